import { type Problem } from "../../fabric/problem";
import { problemsOf } from "../validation";
import { ownArgumentProblems, writtenAt } from "./clusterProblems";
import type { GkeClusterArgs } from "./gkeClusterArgs";

/** What this package has to know is an argument of its own, and not Google's. */
const KNOWN = {
    clusterArgs: {
        name: "the name of the GkeCluster",
        location: "location",
        project: "project",
        enableAutopilot: "autopilot",
        minMasterVersion: "kubernetesVersion",
        deletionProtection: "deletionProtection",
        network: "network",
        subnetwork: "network",
        nodeLocations: "nodeZones",
    },
    nodePoolArgs: {
        location: "location",
        project: "project",
        nodeLocations: "nodeZones",
        version: "kubernetesVersion",
        "nodeConfig.machineType": "machineType",
    },
} as const;

/** Everything wrong with the arguments for Google itself. What is an output is not looked into. */
export function gkeHatchProblems(args: GkeClusterArgs): Problem[] {
    const known = (["clusterArgs", "nodePoolArgs"] as const).flatMap((hatch) =>
        Object.entries(KNOWN[hatch]).map(
            ([path, own]) => [`${hatch}.${path}`, writtenAt(args[hatch], path), own] as const,
        ),
    );
    return [...ownArgumentProblems(known), ...endpointProblems(args)];
}

const BY_ADDRESS = "controlPlaneEndpointsConfig.ipEndpointsConfig.enabled";
const BY_NAME = "controlPlaneEndpointsConfig.dnsEndpointConfig.allowExternalTraffic";
const PRIVATE_ONLY = "privateClusterConfig.enablePrivateEndpoint";

/** An endpoint that programs use, and that the arguments for Google itself take away. */
function endpointProblems({ clusterArgs, endpoint = "public" }: GkeClusterArgs): Problem[] {
    const written = (path: string) => writtenAt(clusterArgs, path);
    const used = `the endpoint that programs use is "${endpoint}"`;
    return problemsOf(
        [
            `clusterArgs.${BY_ADDRESS}`,
            endpoint !== "dns" && written(BY_ADDRESS) === false
                ? `is false, and ${used}; write endpoint: "dns", or take it away`
                : undefined,
        ],
        [
            `clusterArgs.${BY_NAME}`,
            endpoint === "dns" && written(BY_NAME) === false
                ? `is false, and ${used}; take it away, or write endpoint: "private"`
                : undefined,
        ],
        [
            `clusterArgs.${PRIVATE_ONLY}`,
            endpoint === "public" && written(PRIVATE_ONLY) === true
                ? `is true, and ${used}; write endpoint: "private" or "dns"`
                : undefined,
        ],
    );
}
