import { shown, type Problem } from "../../fabric/problem";
import { choiceProblem, problemsOf } from "../validation";
import { AKS_ENDPOINTS, AKS_NETWORK_POLICIES, type AksClusterArgs } from "./aksClusterArgs";
import { aksDiskProblems, aksZonesProblem, vmSizeProblem } from "./aksDiskProblems";
import { aksHatchProblems } from "./aksHatchProblems";
import { aksUserProblems } from "./aksUserProblems";
import { clusterNameProblem, clusterVersionProblem, nodeCountProblem } from "./clusterProblems";
import { connectionStorageProblems } from "./connectedCluster";

/**
 * Longest name of a cluster whose DNS prefix is its name.
 *
 * @see https://learn.microsoft.com/en-us/azure/templates/microsoft.containerservice/managedclusters
 */
const NAME_LIMIT = 54;

const NAME = { what: "an AKS cluster", limit: NAME_LIMIT, prefix: "aks" };
const VERSION = { vendor: "AKS", form: /^\d+\.\d+(\.\d+)?$/, example: "1.34.1" };

/** Everything wrong with the name and the arguments that can be known without asking Azure. */
export function checkAksClusterArgs(name: string, args: AksClusterArgs): Problem[] {
    const { networkPolicy = "cilium", endpoint = "public", storage, ledgerAccessMode } = args;
    return [
        ...problemsOf(
            ["name", clusterNameProblem(name, NAME)],
            ["location", locationProblem(args.location)],
            ["kubernetesVersion", clusterVersionProblem(args.kubernetesVersion, VERSION)],
            ["zones", aksZonesProblem(args)],
            ["vmSize", vmSizeProblem(args)],
            ["nodeCount", nodeCountProblem(args.nodeCount)],
            ["subnetId", subnetProblem(args.subnetId)],
            [
                "networkPolicy",
                choiceProblem(networkPolicy, AKS_NETWORK_POLICIES, "enforcer of NetworkPolicies"),
            ],
            ["endpoint", choiceProblem(endpoint, AKS_ENDPOINTS, "way to reach the API server")],
        ),
        ...aksUserProblems(args),
        ...aksHatchProblems(args),
        ...aksDiskProblems(args),
        ...connectionStorageProblems({ vendor: "aks", storage, ledgerAccessMode }),
    ];
}

const REGION = /^[a-z]{4,}\d?[a-z]*$/;

function locationProblem(location: unknown): string | undefined {
    if (typeof location === "string" && REGION.test(location)) {
        return undefined;
    }
    const squeezed = typeof location === "string" ? location.toLowerCase().replace(/\s/g, "") : "";
    const instead = REGION.test(squeezed) ? shown(squeezed) : 'one such as "westeurope"';
    return `${shown(location)} is not a region of Azure as its templates write it; write ${instead}`;
}

function subnetProblem(subnetId: unknown): string | undefined {
    const form =
        /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Network\/.+\/subnets\/[^/]+$/i;
    return typeof subnetId !== "string" || form.test(subnetId)
        ? undefined
        : `${shown(subnetId)} is not the ID of a subnet; write the id that Azure shows, which begins ` +
              "with /subscriptions/";
}
