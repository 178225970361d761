import {
    knownClass,
    rowOfClass,
    rowOfProvisioner,
    rowOfVolumeSource,
    rowsFor,
    rowsOfProvisioner,
    type StorageRow,
    type StorageVendor,
} from "../../storage/capabilities";
import type { VolumeClaim } from "../../storage/claims";
import type { StorageFacts } from "../../storage/conditions";
import { fieldsOf } from "../../storage/manifests";
import type { Resource } from "./resource";
import type { Context } from "./rule";
import { isUnknown, read, textOf } from "./unknown";
import { vendorsOf } from "./vendors";

/** A tier of storage that a claim may be on, and what its class says. What is absent is not known. */
export interface Tier {
    readonly row: StorageRow;
    readonly parameters?: Readonly<Record<string, string>>;
    /** The class says nothing of a field: `null`. */
    readonly binding?: unknown;
    readonly reclaim?: unknown;
    readonly expansion?: unknown;
    /** The class, where it is among the resources. */
    readonly storageClass?: Resource;
    /** The volume was made beforehand. */
    readonly isStatic: boolean;
    /** Nobody says whose cluster it is: only the name of the class speaks for the tier. */
    readonly isGuess?: boolean;
}

/** The storage of a claim, as far as it can be told. */
export type ClaimStorage =
    /** One tier, or several where it cannot be told which. */
    | { readonly is: "known"; readonly tiers: readonly Tier[]; readonly unsureUntilUpdate: boolean }
    /** What decides it is not known before the update; `path` within the claim's fields. */
    | { readonly is: "not-known-yet"; readonly path: string }
    /** It names a class that nobody knows. */
    | { readonly is: "unknown-class"; readonly className: string }
    /** It names no class and no volume that could tell. */
    | { readonly is: "none" };

/** Where older manifests have the name of the class. */
const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

/** Where Kubernetes notes the provisioner that it asked for the volume. */
const PROVISIONER_ANNOTATIONS = [
    "volume.kubernetes.io/storage-provisioner",
    "volume.beta.kubernetes.io/storage-provisioner",
];

const VENDORS: readonly StorageVendor[] = ["gke", "aks", "iks-vpc", "iks-classic", "local"];

/**
 * The storage of a claim: that of the volume it names, else of its class: as it is among the resources,
 * as the vendor's clusters have it, as the configuration tells, or as Kubernetes noted it.
 */
export function storageOf(claim: VolumeClaim, resource: Resource, context: Context): ClaimStorage {
    if (claim.origin === "volume") {
        return known(volumeTiers(claim.spec));
    }
    const { volumeName } = claim.spec;
    const volume = context.world.find("PersistentVolume", resource.cluster, volumeName);
    if (volume !== undefined && typeof volumeName === "string") {
        return known(volumeTiers(fieldsOf(volume.properties.spec)));
    }
    const className = classNameOf(claim);
    if (isUnknown(className)) {
        return { is: "not-known-yet", path: "storageClassName" };
    }
    if (className === "") {
        return { is: "none" };
    }
    const isStatic = volumeName !== undefined;
    if (typeof className !== "string") {
        return known(defaultTiers(resource, context));
    }
    const storageClass = context.world.find("StorageClass", resource.cluster, className);
    if (storageClass !== undefined) {
        return classTiers(storageClass, className, isStatic);
    }
    const found = known([
        ...wellKnownTiers(className, vendorsOf(resource.cluster, context), isStatic),
    ]);
    return found.is === "known"
        ? found
        : (configuredTiers(className, isStatic, context) ??
              recordedTiers(claim, resource, isStatic) ?? { is: "unknown-class", className });
}

/** Name of a claim's class as it was written; nothing where it is left to the cluster. */
export function classNameOf({ spec, annotations }: VolumeClaim): unknown {
    return spec.storageClassName ?? annotations[CLASS_ANNOTATION];
}

/** What is known of a claim on a tier, for the conditions of an access mode. */
export function factsOf(claim: VolumeClaim, tier: Tier, { settings }: Context): StorageFacts {
    const { dataSource, dataSourceRef, volumeName } = claim.spec;
    return {
        ...settings.facts,
        dataSource: dataSource !== undefined || dataSourceRef !== undefined,
        staticVolume: claim.origin === "volume" || volumeName !== undefined,
        parameters: tier.parameters,
    };
}

function known(tiers: readonly Tier[], unsureUntilUpdate = false): ClaimStorage {
    return tiers.length === 0 ? { is: "none" } : { is: "known", tiers, unsureUntilUpdate };
}

function volumeTiers(spec: Readonly<Record<string, unknown>>): Tier[] {
    const driver = read(spec, "csi", "driver");
    const attributes = textsOf(read(spec, "csi", "volumeAttributes")) ?? {};
    const row =
        typeof driver === "string"
            ? (rowOfProvisioner(driver, attributes) ?? rowsOfProvisioner(driver)[0])
            : Object.keys(spec)
                  .map(rowOfVolumeSource)
                  .find((one) => one !== undefined);
    const reclaim = spec.persistentVolumeReclaimPolicy ?? null;
    return row === undefined ? [] : [{ row, parameters: attributes, reclaim, isStatic: true }];
}

function classTiers(storageClass: Resource, className: string, isStatic: boolean): ClaimStorage {
    const { provisioner, parameters = {}, ...rest } = storageClass.properties;
    if (isUnknown(provisioner)) {
        return { is: "not-known-yet", path: "storageClassName" };
    }
    const given = textsOf(parameters);
    const details = {
        binding: rest.volumeBindingMode ?? null,
        reclaim: rest.reclaimPolicy ?? null,
        expansion: rest.allowVolumeExpansion ?? null,
        storageClass,
        isStatic,
    };
    const rows = rowsOfClass(textOf(provisioner), given);
    return rows.length === 0
        ? { is: "unknown-class", className }
        : known(
              rows.map((row) => ({ row, parameters: given, ...details })),
              given === undefined,
          );
}

function wellKnownTiers(
    className: string,
    vendors: readonly StorageVendor[],
    isStatic: boolean,
): Tier[] {
    const isGuess = vendors.length === 0;
    const rows = (isGuess ? VENDORS : vendors).flatMap(
        (vendor) => rowOfClass(vendor, className) ?? [],
    );
    return [...new Set(rows)].map((row) => ({
        ...wellKnownTier(row, className, isStatic),
        isGuess,
    }));
}

function wellKnownTier(row: StorageRow, className: string, isStatic: boolean): Tier {
    const found = knownClass(row, className);
    return {
        row,
        // What a vendor's own class sets beyond its tier is nothing that a condition asks for.
        parameters: {},
        binding: found?.binding,
        reclaim: found?.reclaim,
        expansion: found?.expansion,
        isStatic,
    };
}

function configuredTiers(
    className: string,
    isStatic: boolean,
    { settings }: Context,
): ClaimStorage | undefined {
    const all = settings.storageClasses ?? {};
    const setting = Object.hasOwn(all, className) ? all[className] : undefined;
    if (setting === undefined) {
        return undefined;
    }
    const { provisioner, parameters, volumeBindingMode, reclaimPolicy } = setting;
    const details = { parameters, binding: volumeBindingMode, reclaim: reclaimPolicy, isStatic };
    const rows = rowsOfClass(provisioner, parameters);
    return rows.length === 0 ? undefined : known(rows.map((row) => ({ row, ...details })));
}

function recordedTiers(
    { annotations }: VolumeClaim,
    { outputs }: Resource,
    isStatic: boolean,
): ClaimStorage | undefined {
    const noted = fieldsOf(read(outputs, "metadata", "annotations"));
    const provisioner = PROVISIONER_ANNOTATIONS.map(
        (name) => annotations[name] ?? noted[name],
    ).find((value) => typeof value === "string" && !isUnknown(value));
    const rows = rowsOfProvisioner(textOf(provisioner));
    return rows.length === 0 ? undefined : known(rows.map((row) => ({ row, isStatic })));
}

/** The tier of a cluster's default class, where it is known whose cluster it is. */
function defaultTiers({ cluster }: Resource, context: Context): Tier[] {
    const defaults = vendorsOf(cluster, context).flatMap((vendor) =>
        rowsFor(vendor).flatMap((row) =>
            row.classes
                .filter(({ isDefault }) => isDefault)
                .map(({ name }) => wellKnownTier(row, name, false)),
        ),
    );
    return defaults.slice(0, 1);
}

function rowsOfClass(
    provisioner: string,
    parameters: Readonly<Record<string, string>> | undefined,
): StorageRow[] {
    const row = parameters === undefined ? undefined : rowOfProvisioner(provisioner, parameters);
    return row === undefined ? rowsOfProvisioner(provisioner) : [row];
}

/** Parameters as texts; nothing where one of them is not known before the update. */
export function textsOf(value: unknown): Record<string, string> | undefined {
    const entries = Object.entries(fieldsOf(value));
    return isUnknown(value) || entries.some(([, item]) => isUnknown(item))
        ? undefined
        : Object.fromEntries(entries.map(([name, item]) => [name, textOf(item)]));
}
