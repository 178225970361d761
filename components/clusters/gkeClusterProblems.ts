import { type Problem, shown } from "../../fabric/problem";
import { choiceProblem, problemsOf } from "../validation";
import { clusterNameProblem, clusterVersionProblem, nodeCountProblem } from "./clusterProblems";
import { connectionStorageProblems } from "./connectedCluster";
import {
    GKE_ENDPOINTS,
    isRegion,
    isZone,
    machineTypesOf,
    regionOf,
    type GkeClusterArgs,
} from "./gkeClusterArgs";
import { gkeHatchProblems } from "./gkeHatchProblems";
import { GKE_LOGINS } from "./kubeconfig/gke";

/**
 * Longest name of a cluster.
 *
 * @see https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters#Cluster.FIELDS.name
 */
const NAME_LIMIT = 40;

const NAME = { what: "a GKE cluster", limit: NAME_LIMIT, prefix: "gke" };
const VERSION = {
    vendor: "GKE",
    form: /^\d+\.\d+(\.\d+(-gke\.\d+)?)?$/,
    example: "1.34.1-gke.1829001",
};

/** Everything wrong with the name and the arguments that can be known without asking Google. */
export function checkGkeClusterArgs(name: string, args: GkeClusterArgs): Problem[] {
    const { machineType, login = "plugin", endpoint = "public", storage, ledgerAccessMode } = args;
    const wrongMachine = machineType === undefined ? undefined : machineTypeProblem(machineType);
    // Which disks there are is not known where the machine is not.
    const machineTypes = wrongMachine === undefined ? machineTypesOf(args) : undefined;
    return [
        ...problemsOf(
            ["name", clusterNameProblem(name, NAME)],
            ["location", locationProblem(args)],
            ["kubernetesVersion", versionProblem(args.kubernetesVersion)],
            ["machineType", wrongMachine],
            ["nodesPerZone", nodeCountProblem(args.nodesPerZone)],
            ["nodeZones", nodeZonesProblem(args)],
            ["login", choiceProblem(login, GKE_LOGINS, "way to log in to GKE")],
            ["endpoint", choiceProblem(endpoint, GKE_ENDPOINTS, "endpoint of GKE")],
        ),
        ...networkProblems(args),
        ...autopilotProblems(args),
        ...gkeHatchProblems(args),
        ...connectionStorageProblems({ vendor: "gke", machineTypes, storage, ledgerAccessMode }),
    ];
}

function locationProblem({ location, autopilot }: GkeClusterArgs): string | undefined {
    if (typeof location !== "string" || !(isRegion(location) || isZone(location))) {
        return (
            `${shown(location)} is not a region or a zone of Google Cloud; write one such as ` +
            '"europe-west4" or "europe-west4-a"'
        );
    }
    return autopilot && isZone(location)
        ? `${shown(location)} is a zone, and Autopilot is for regions; write "${regionOf(location)}"`
        : undefined;
}

function versionProblem(version: string | undefined): string | undefined {
    return version === "latest" ? undefined : clusterVersionProblem(version, VERSION);
}

function machineTypeProblem(machineType: string): string | undefined {
    return /^([a-z]\w*-)?[a-z]+(-[a-z0-9]+)+$/.test(machineType) || isSharedCore(machineType)
        ? undefined
        : `${shown(machineType)} is not a machine type; write one such as "n4-standard-4"`;
}

function isSharedCore(machineType: string): boolean {
    return /^(e2-(micro|small|medium)|f1-micro|g1-small)$/.test(machineType);
}

function nodeZonesProblem({ nodeZones, location }: GkeClusterArgs): string | undefined {
    if (nodeZones === undefined || typeof location !== "string") {
        return undefined;
    }
    if (isZone(location)) {
        return `is set, and ${shown(location)} is one zone; take it away, or write a region as the location`;
    }
    const elsewhere = nodeZones.filter((zone) => !isZone(zone) || regionOf(zone) !== location);
    if (elsewhere.length > 0) {
        const zones = elsewhere.map(shown).join(", ");
        return `${zones} is not in ${location}; write its zones, such as "${location}-b"`;
    }
    const isSet = nodeZones.length > 0 && new Set(nodeZones).size === nodeZones.length;
    return isSet
        ? undefined
        : `${shown(nodeZones)} is empty or names a zone twice; write each zone once`;
}

function networkProblems({ network }: GkeClusterArgs): Problem[] {
    if (network === undefined) {
        return [];
    }
    const missing = (name: string) => `is not there; write the ${name} that the cluster is in`;
    return problemsOf(
        ["network.network", network.network ? undefined : missing("network")],
        ["network.subnetwork", network.subnetwork ? undefined : missing("subnetwork")],
    );
}

/** What there is only where the program makes the nodes. */
const OF_NODES = ["machineType", "nodesPerZone", "nodeZones", "nodePoolArgs"] as const;

function autopilotProblems(args: GkeClusterArgs): Problem[] {
    const set = args.autopilot ? OF_NODES.filter((name) => args[name] !== undefined) : [];
    return set.map((path) => ({
        path,
        reason: "is set, and Autopilot makes the nodes itself; take one of them away",
    }));
}
