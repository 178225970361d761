import { shown, type Problem } from "../../fabric/problem";
import { storageRules } from "../nodeLedger";
import { choiceProblem, problemsOf } from "../validation";
import {
    AKS_ENDPOINTS,
    AKS_NETWORK_POLICIES,
    USUAL_VM_SIZE,
    zonesOf,
    type AksClusterArgs,
} from "./aksClusterArgs";
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
            ["zones", zonesProblem(args)],
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

function zonesProblem(args: AksClusterArgs): string | undefined {
    const zones = zonesOf(args);
    if (zones.some((zone) => !/^[1-9]$/.test(zone)) || new Set(zones).size < zones.length) {
        return `${shown(zones)} are not zones of Azure, each once; write them as ["1", "2", "3"]`;
    }
    const inZones = zones.length === 0 ? usualDisks(args).filter(({ sku }) => /ZRS/.test(sku)) : [];
    const [first] = inZones;
    return first === undefined
        ? undefined
        : `[] is no zone, and the usual disks, such as ${shown(first.profile)}, are in three; write ` +
              storageOf(inZones, ({ profile }) => profile.replace("zrs", "lrs"));
}

const PURPOSES = ["ledger", "stateDatabase", "ca"] as const;

interface Disk {
    purpose: (typeof PURPOSES)[number];
    profile: string;
    sku: string;
}

/** The disks that nobody chose. */
function usualDisks({ storage }: AksClusterArgs): Disk[] {
    const usual = storageRules().defaultProfiles("aks");
    return PURPOSES.filter((purpose) => storage?.[purpose] === undefined).map((purpose) =>
        diskOf(purpose, usual[purpose]),
    );
}

/** The disks that are chosen by their profile, where it is one of Azure's. */
function chosenDisks({ storage }: AksClusterArgs): Disk[] {
    return PURPOSES.flatMap((purpose) => {
        const choice = storage?.[purpose];
        const isProfile =
            typeof choice === "string" &&
            storageRules().profileProblems("aks", choice, {}).length === 0;
        return isProfile ? [diskOf(purpose, choice)] : [];
    });
}

function diskOf(
    purpose: Disk["purpose"],
    profile: Parameters<ReturnType<typeof storageRules>["storageProfile"]>[0],
): Disk {
    const { parameters } = storageRules().storageProfile(profile).storageClass;
    return { purpose, profile, sku: parameters?.skuName ?? "" };
}

/** Family, CPUs, features, accelerator and version of a size. */
const VM_SIZE = /^Standard_([A-Z]+)\d+(?:-\d+)?([a-z]*)(_[A-Za-z0-9]+)*$/;

/**
 * What is wrong with a size, or nothing. Its name says whether it takes Premium SSDs.
 *
 * @see https://learn.microsoft.com/en-us/azure/virtual-machines/vm-naming-conventions
 */
function vmSizeProblem(args: AksClusterArgs): string | undefined {
    const { vmSize = USUAL_VM_SIZE } = args;
    const [whole, family = "", features = ""] = VM_SIZE.exec(vmSize) ?? [];
    if (whole === undefined) {
        return `${shown(vmSize)} is not a size of virtual machines; write one such as ${shown(USUAL_VM_SIZE)}`;
    }
    if (family.startsWith("B") && args.nodePoolArgs?.mode === undefined) {
        return (
            `${shown(vmSize)} is of the B series, on which Azure runs none of its own Pods; write ` +
            `${shown(USUAL_VM_SIZE)}, or nodePoolArgs: { mode: "User" }`
        );
    }
    const isPremium = features.includes("s") || ["DS", "GS"].includes(family);
    const premium = isPremium
        ? []
        : [...chosenDisks(args), ...usualDisks(args)].filter(({ sku }) => /^Premium/.test(sku));
    const [first] = premium;
    return first === undefined
        ? undefined
        : `${shown(vmSize)} takes no Premium SSD (no "s" after the CPUs), and ${first.purpose} is on ` +
              `${shown(first.profile)}; write a size such as ${shown(USUAL_VM_SIZE)}, or ` +
              storageOf(premium, () => "standard-ssd-zrs");
}

/** What a program writes to have other disks. */
function storageOf(disks: readonly Disk[], profileFor: (disk: Disk) => string): string {
    const choices = disks.map((disk) => `${disk.purpose}: ${shown(profileFor(disk))}`);
    return `storage: { ${choices.join(", ")} }`;
}

function subnetProblem(subnetId: unknown): string | undefined {
    const form =
        /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Network\/.+\/subnets\/[^/]+$/i;
    return typeof subnetId !== "string" || form.test(subnetId)
        ? undefined
        : `${shown(subnetId)} is not the ID of a subnet; write the id that Azure shows, which begins ` +
              "with /subscriptions/";
}
