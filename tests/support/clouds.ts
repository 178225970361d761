import { AksCluster } from "kubefabric/aks";
import { GkeCluster } from "kubefabric/gke";
import { IksCluster } from "kubefabric/iks";
import type { FabricCluster } from "kubefabric";
import type { Outputs } from "kubefabric/testing";

import { certificateOf } from "./aks.ts";
import { GKE_ANSWERS } from "./gke.ts";
import { CONFIGURATION, onVpc } from "./iks.ts";

const ANSWERS: Record<string, Record<string, unknown>> = {
    ...GKE_ANSWERS,
    listManagedClusterUserCredentials: certificateOf("clusterUser"),
    getContainerClusterConfig: CONFIGURATION,
};

/** What the three clouds answer, whatever a cluster is called. */
export const cloudAnswers: Outputs = ({ type, name }) => {
    const kind = type.split(":").at(-1)!;
    return kind === "ManagedCluster" || kind === "ResourceGroup" ? { name } : (ANSWERS[kind] ?? {});
};

/** A cluster of each cloud, in a place of its own; every one with a component of the same name. */
export const CLOUDS: Record<string, (name: string) => FabricCluster> = {
    gke: (name) => new GkeCluster(name, { location: "europe-west4" }),
    autopilot: (name) => new GkeCluster(name, { location: "us-east1", autopilot: true }),
    aks: (name) => new AksCluster(name, { location: "westeurope" }),
    iks: (name) => new IksCluster(name, { infrastructure: onVpc() }),
    classic: (name) =>
        new IksCluster(name, { infrastructure: { classic: { datacenter: "dal10" } } }),
};
