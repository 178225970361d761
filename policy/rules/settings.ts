import type { StorageVendor } from "../../storage/capabilities";
import type { StorageFacts } from "../../storage/conditions";
import type { Verdict } from "./resource";

/** Who runs a cluster. `iks` may be either of IBM's; `other` is nobody whose storage is known. */
export type VendorSetting = Exclude<StorageVendor, "any"> | "iks" | "other";

/** A StorageClass that is in no stack and no file, as the configuration tells of it. */
export interface ClassSetting {
    readonly provisioner: string;
    /** @default - not known. */
    readonly parameters?: Readonly<Record<string, string>>;
    /** @default - not known. */
    readonly volumeBindingMode?: "Immediate" | "WaitForFirstConsumer";
    /** @default - not known. */
    readonly reclaimPolicy?: "Delete" | "Retain";
}

/** What a policy can be told. All policies take all settings; most look at a few. */
export interface Settings {
    /**
     * Who runs the clusters.
     *
     * @default - as the cluster's component says; without one, not known.
     */
    readonly vendor?: VendorSetting;
    /** Who runs a single cluster, by its component's name, its provider's name or its context. */
    readonly clusters?: Readonly<Record<string, VendorSetting>>;
    /** StorageClasses that were made elsewhere. */
    readonly storageClasses?: Readonly<Record<string, ClassSetting>>;
    /**
     * What a claim counts whose class nobody knows.
     *
     * @default "advisory"
     */
    readonly unknownClass?: Verdict;
    /**
     * What counts a value that a preview does not know yet. The update knows it, and is then stopped
     * before the resource is made; say "mandatory" where nothing but a preview guards a merge.
     *
     * @default "advisory"
     */
    readonly onUnknown?: Verdict;
    /** What no manifest shows and some access modes hang on. */
    readonly facts?: Pick<
        StorageFacts,
        "machineSeries" | "driverVersion" | "kubernetesVersion" | "provisionerSettings"
    >;
    /**
     * Namespaces in which a privileged Docker endpoint may run; `*` is every one.
     *
     * @default []
     */
    readonly dockerNamespaces?: readonly string[];
    /**
     * Whether the clusters are GKE Autopilot.
     *
     * @default - as the cluster in the stack says.
     */
    readonly autopilot?: boolean;
}

export const VENDOR_SETTINGS = [
    "gke",
    "aks",
    "iks-vpc",
    "iks-classic",
    "iks",
    "local",
    "other",
] as const satisfies readonly VendorSetting[];

const VERDICTS = ["mandatory", "advisory", "ignore"] as const satisfies readonly Verdict[];

/** JSON schema of each setting, as far as Pulumi's configuration of policies knows it. */
export const SETTING_SCHEMAS = {
    vendor: { type: "string", enum: VENDOR_SETTINGS },
    clusters: { type: "object", additionalProperties: { type: "string", enum: VENDOR_SETTINGS } },
    storageClasses: {
        type: "object",
        additionalProperties: {
            type: "object",
            required: ["provisioner"],
            additionalProperties: false,
            properties: {
                provisioner: { type: "string" },
                parameters: { type: "object", additionalProperties: { type: "string" } },
                volumeBindingMode: { type: "string", enum: ["Immediate", "WaitForFirstConsumer"] },
                reclaimPolicy: { type: "string", enum: ["Delete", "Retain"] },
            },
        },
    },
    unknownClass: { type: "string", enum: VERDICTS },
    onUnknown: { type: "string", enum: VERDICTS },
    facts: {
        type: "object",
        additionalProperties: false,
        properties: {
            machineSeries: { type: "string" },
            driverVersion: { type: "string" },
            kubernetesVersion: { type: "string" },
            provisionerSettings: { type: "array", items: { type: "string" } },
        },
    },
    dockerNamespaces: { type: "array", items: { type: "string" } },
    autopilot: { type: "boolean" },
} as const satisfies Record<keyof Settings, object>;

/** Settings of `volume-access-mode` that hold for every policy, unless it has its own. */
export const SHARED_SETTINGS = [
    "vendor",
    "clusters",
    "storageClasses",
    "unknownClass",
    "onUnknown",
    "facts",
] as const satisfies readonly (keyof Settings)[];
