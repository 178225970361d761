import { PolicyPack } from "@pulumi/policy";

import { policies } from "./policies";

// The engine runs this file, in its own folder; everything else of the pack can be imported freely.
new PolicyPack("kubefabric", {
    displayName: "Hyperledger Fabric on Kubernetes",
    description: "Storage that fits the vendor, ledgers that are kept, nodes that start in order",
    enforcementLevel: "mandatory",
    policies,
});
