import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim";
import type * as pulumi from "@pulumi/pulumi";

import { objectNameProblem } from "../fabric/objectNames";
import type { Problem } from "../fabric/problem";
import { storageSizeProblem } from "../storage/quantities";
import type { StorageVendor } from "../storage/capabilities";
import type * as rules from "../storage/index";
import type { Purpose } from "../storage/profiles";
import type { FabricCluster, Vendor } from "./clusters/fabricCluster";
import type { FabricOrg } from "./fabricOrg";
import type { LedgerStorage, StorageChoice } from "./ledgerStorage";
import { keepOptions } from "./protection";
import { LedgerGuard } from "./resources/ledgerGuard";
import { problemsOf } from "./validation";
import { nodeClaim } from "./workloads/node";
import { nodeLabels, type Owner } from "./workloads/labels";

/** What a node's volume claim asks for. */
export interface LedgerArgs {
    owner: Owner;
    org: FabricOrg;
    /** Name of the claim. */
    name: string;
    storage: LedgerStorage;
    size: string;
}

/**
 * The table of storage and what it answers. Loaded by the first program that names a vendor, a driver
 * or a profile: the table is large, and most of it is text for people.
 */
export function storageRules(): typeof rules {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require("../storage/index") as typeof rules;
}

/** A vendor, by its name in the table of storage. */
export type KnownVendor = Exclude<StorageVendor, "any">;

/** The vendor's name in the table of storage; nothing where who runs the cluster is not known. */
export function storageVendorOf(vendor: Vendor): KnownVendor | undefined {
    return vendor === "other" ? undefined : vendor === "iks" ? "iks-vpc" : vendor;
}

/** The storage of a node: what it chose, else what its cluster keeps such things on. */
export function storageOf(
    cluster: FabricCluster,
    purpose: Purpose,
    choice?: StorageChoice,
): LedgerStorage {
    if (choice === undefined) {
        return cluster.storage[purpose];
    }
    return typeof choice === "string" ? cluster.storage.profile(choice) : choice;
}

/** Everything that speaks against the storage and the size of a node's ledger. */
export function ledgerProblems(
    cluster: Pick<FabricCluster, "vendor" | "machineTypes" | "storage">,
    purpose: Purpose,
    asked: { choice?: StorageChoice; path: string; size: string; sizePath: string },
): Problem[] {
    const { choice, path, size, sizePath } = asked;
    const { vendor } = cluster;
    const problems = choice === undefined ? [] : choiceProblems(path, choice, cluster);
    const place = () => placeOf(choice ?? cluster.storage[purpose]);
    const reason =
        storageSizeProblem(size) ??
        (problems.length === 0 ? placeSizeProblem(place(), vendor, size) : undefined);
    return [...problems, ...(reason === undefined ? [] : [{ path: sizePath, reason }])];
}

/** Everything that speaks against a choice of storage, known without asking the cluster. */
export function choiceProblems(
    path: string,
    choice: StorageChoice,
    { vendor, machineTypes }: Pick<FabricCluster, "vendor" | "machineTypes">,
): Problem[] {
    if (typeof choice === "string") {
        const known = storageVendorOf(vendor) ?? "any";
        const problems = storageRules().profileProblems(known, choice, { machineTypes });
        return problems.map(({ reason }) => ({ path, reason }));
    }
    return placeProblems(placeOf(choice), vendor).map((problem) => ({
        ...problem,
        path: `${path}.${problem.path}`,
    }));
}

/** Everything that speaks against keeping a ledger somewhere; paths as in `LedgerStorage`. */
export function placeProblems(place: rules.LedgerPlace, vendor: Vendor): Problem[] {
    const { storageClassName, driver, accessMode } = place;
    const wrongName =
        storageClassName === undefined ? undefined : objectNameProblem(storageClassName);
    const isOpen = driver === undefined && accessMode === undefined;
    // What a class gives is not known where its name is wrong.
    const known = wrongName === undefined ? place : { ...place, storageClassName: undefined };
    return [
        ...problemsOf(["storageClassName", wrongName]),
        ...(isOpen && !hasOwnClasses(vendor)
            ? []
            : storageRules().ledgerPlaceProblems(withVendor(known, vendor))),
    ];
}

/** Makes the guard that stands before a claim, and before the keys that belong to it. */
export function guardLedger(parent: pulumi.Resource, args: LedgerArgs): LedgerGuard {
    const { owner, org, name, size, storage } = args;
    const { kubeconfig, context, recover, vendor } = org.cluster;
    return new LedgerGuard(
        `${name}-guard`,
        {
            claim: `${org.namespace}/${name}`,
            storageClassName: storage.storageClassName,
            accessMode: storage.accessMode ?? defaultAccessMode(placeOf(storage), vendor),
            leftOpen: [
                ...(storage.accessMode === undefined ? (["accessMode"] as const) : []),
                ...(storage.isDefault ? (["storageClassName"] as const) : []),
            ],
            size,
            grows: knownToGrow(placeOf(storage), vendor),
            owner: nodeLabels(owner),
            kubeconfig,
            context,
            recover,
        },
        { parent, dependsOn: [org.home] },
    );
}

/**
 * Makes a node's volume claim. Its class and mode are the guard's, who knows what was made before. It
 * does not go with its cluster: its disk would stay behind.
 */
export function createLedger(
    parent: pulumi.Resource,
    args: LedgerArgs & { guard: LedgerGuard },
): PersistentVolumeClaim {
    const { owner, org, name, size, guard } = args;
    return new PersistentVolumeClaim(
        name,
        nodeClaim({
            owner,
            namespace: org.namespace,
            name,
            storageClassName: guard.storageClassName,
            accessMode: guard.accessMode,
            size,
            adopt: org.cluster.recover,
        }),
        { ...keepOptions(org.protection, parent), dependsOn: [guard] },
    );
}

/** Whether a vendor's classes are known by their names: a local cluster's are anybody's. */
export function hasOwnClasses(vendor: Vendor): boolean {
    return vendor !== "other" && vendor !== "local";
}

function placeOf(choice: StorageChoice): rules.LedgerPlace {
    if (typeof choice === "string") {
        const { storageClass } = storageRules().storageProfile(choice);
        return { driver: storageClass.provisioner, parameters: storageClass.parameters };
    }
    const { storageClassName, driver, parameters, accessMode } = choice;
    const isPlain = typeof storageClassName === "string";
    return {
        storageClassName: isPlain ? storageClassName : undefined,
        driver,
        parameters,
        accessMode,
    };
}

function withVendor(place: rules.LedgerPlace, vendor: Vendor): rules.LedgerPlace {
    return hasOwnClasses(vendor) ? { ...place, vendor: storageVendorOf(vendor) } : place;
}

/** Whether anything can be known of a place. */
function isKnown({ driver }: rules.LedgerPlace, vendor: Vendor): boolean {
    return driver !== undefined || hasOwnClasses(vendor);
}

function placeSizeProblem(
    place: rules.LedgerPlace,
    vendor: Vendor,
    size: string,
): string | undefined {
    return isKnown(place, vendor)
        ? storageRules().ledgerSizeProblem(withVendor(place, vendor), size)
        : undefined;
}

function defaultAccessMode(place: rules.LedgerPlace, vendor: Vendor) {
    if (!isKnown(place, vendor)) {
        return "ReadWriteOnce";
    }
    const { ledgerAccessMode, ledgerRows } = storageRules();
    return ledgerAccessMode(ledgerRows(withVendor(place, vendor)));
}

function knownToGrow(place: rules.LedgerPlace, vendor: Vendor): boolean | undefined {
    return isKnown(place, vendor)
        ? storageRules().ledgerGrows(withVendor(place, vendor))
        : undefined;
}
