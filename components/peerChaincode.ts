import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy";
import type * as pulumi from "@pulumi/pulumi";

import type { FabricOrg } from "./fabricOrg";
import type { PeerNodeArgs } from "./peerNodeArgs";
import type { Owner } from "./workloads/labels";
import { peerChaincodePolicy, type PeerChaincode } from "./workloads/peerChaincode";

/** What a peer starts chaincode with. */
interface ChaincodeStarter {
    readonly ofPeer: PeerChaincode;
    readonly ready: pulumi.Resource;
}

/** All that a peer starts chaincode with; nothing where chaincode runs as a service. */
export function startersOf({
    kubernetesBuilder,
    dockerEndpoint,
}: PeerNodeArgs): ChaincodeStarter[] {
    return [kubernetesBuilder, dockerEndpoint].filter((starter) => starter !== undefined);
}

/** Opens the ways of a peer that starts chaincode. What is given comes before its Pod. */
export function startChaincode(
    parent: pulumi.Resource,
    owner: Owner,
    org: FabricOrg,
    starters: readonly ChaincodeStarter[],
): pulumi.Resource[] {
    if (starters.length === 0) {
        return [];
    }
    const policy = new NetworkPolicy(
        `${owner.name}-chaincode`,
        peerChaincodePolicy(
            owner,
            org.namespace,
            starters.map(({ ofPeer }) => ofPeer),
        ),
        { parent, deletedWith: org.cluster.managedCluster, dependsOn: [org.ready] },
    );
    return [policy, ...starters.map(({ ready }) => ready)];
}
