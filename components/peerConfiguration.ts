import { createHash } from "node:crypto";

import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import type * as pulumi from "@pulumi/pulumi";

import type { FabricOrg } from "./fabricOrg";
import { CORE_YAML, CORE_YAML_OF_2_5 } from "./workloads/coreYaml";
import { nodeLabels, type Owner } from "./workloads/labels";

/** The settings of a peer that its image's file does not give it. */
export interface PeerConfiguration {
    /** Name of the ConfigMap. */
    name: string;
    map: ConfigMap;
    /** Changes when the peer has to start again for them. */
    digest: string;
}

/** Gives a peer of Fabric 2.5 its own core.yaml. */
export function createPeerConfiguration(
    parent: pulumi.Resource,
    owner: Owner,
    org: FabricOrg,
): PeerConfiguration {
    const name = `${owner.name}-configuration`;
    const map = new ConfigMap(
        name,
        {
            metadata: { name, namespace: org.namespace, labels: nodeLabels(owner) },
            data: { [CORE_YAML]: CORE_YAML_OF_2_5 },
        },
        { parent, deletedWith: org.cluster.managedCluster, dependsOn: [org.ready] },
    );
    return { name, map, digest: createHash("sha256").update(CORE_YAML_OF_2_5).digest("hex") };
}
