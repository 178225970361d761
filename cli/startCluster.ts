import type { ClusterTarget } from "./cluster";
import { startKindCluster } from "./kindCluster";
import type { ProgramName, Programs } from "./programs";
import { SIMULATED_CONTEXT, startSimulatedCluster } from "./simulatedCluster";
import type { Places } from "./workspace";

/** A cluster that is there, and the way into it. */
export interface StartedCluster {
    /** Absolute path of the kubeconfig. */
    kubeconfig: string;
    context: string;
}

const ENGINE: readonly ProgramName[] = [
    "pulumi",
    "pulumi-language-nodejs",
    "pulumi-resource-kubernetes",
];

/** Programs of a simulated cluster. */
export const SIMULATION: readonly ProgramName[] = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubectl",
    "kwok",
    "kwokctl",
];

/** What has to be there before Pulumi can work in a cluster of this kind. */
export function programsFor(target: ClusterTarget): readonly ProgramName[] {
    return target.kind === "simulated" ? [...ENGINE, ...SIMULATION] : ENGINE;
}

/** Starts the cluster, if it is one of ours, and says how it is reached. */
export async function startCluster(
    target: ClusterTarget,
    programs: Programs,
    places: Places,
): Promise<StartedCluster> {
    switch (target.kind) {
        case "context":
            return { kubeconfig: target.kubeconfig, context: target.context };
        case "kind":
            return startKindCluster({ folder: places.folder, log: console.log });
        case "simulated": {
            const folder = places.cluster;
            const cluster = await startSimulatedCluster({ folder, programs, log: console.log });
            return { ...cluster, context: SIMULATED_CONTEXT };
        }
    }
}
