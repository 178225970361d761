import type { StorageVendor } from "../../storage/capabilities";
import { ownKind, type Resource } from "./resource";
import type { Context } from "./rule";
import type { VendorSetting } from "./settings";
import { isUnknown } from "./unknown";

/** Components that make a cluster of one vendor. */
const CLUSTER_COMPONENTS: Readonly<Record<string, VendorSetting>> = {
    GkeCluster: "gke",
    AksCluster: "aks",
    IksCluster: "iks",
};

const STORAGE_OF: Readonly<Record<VendorSetting, readonly StorageVendor[]>> = {
    gke: ["gke"],
    aks: ["aks"],
    "iks-vpc": ["iks-vpc"],
    "iks-classic": ["iks-classic"],
    iks: ["iks-vpc", "iks-classic"],
    local: ["local"],
    other: [],
};

/**
 * Whose storage a cluster has: as the configuration says of this very cluster, else as its component
 * says, else as the configuration says of all. Empty where nobody says; several where it may be either.
 */
export function vendorsOf(cluster: string, context: Context): readonly StorageVendor[] {
    const { settings } = context;
    const setting =
        ofThisCluster(cluster, context) ??
        ofComponent(cluster, context) ??
        settings.vendor ??
        "other";
    return STORAGE_OF[setting] ?? [];
}

/** Whether a cluster is on somebody's own machine, where no ledger is lost that anybody needs. */
export function isLocal(cluster: string, context: Context): boolean {
    const vendors = vendorsOf(cluster, context);
    return vendors.length > 0 && vendors.every((vendor) => vendor === "local");
}

function ofThisCluster(cluster: string, { world, settings }: Context): VendorSetting | undefined {
    const provider = world.get(cluster);
    const names = [
        provider?.properties.context,
        provider?.name,
        world.clusterComponent(cluster)?.name,
    ];
    const named = names.find(
        (name) => typeof name === "string" && Object.hasOwn(settings.clusters ?? {}, name),
    );
    return named === undefined ? undefined : settings.clusters?.[named as string];
}

function ofComponent(cluster: string, { world }: Context): VendorSetting | undefined {
    const component = world.clusterComponent(cluster);
    return component === undefined ? undefined : vendorOfComponent(component);
}

function vendorOfComponent({ type, properties }: Resource): VendorSetting | undefined {
    const { vendor, infrastructure } = properties;
    const kind = ownKind(type);
    const made = Object.hasOwn(CLUSTER_COMPONENTS, kind) ? CLUSTER_COMPONENTS[kind] : undefined;
    if (made === "iks" && (infrastructure === "vpc" || infrastructure === "classic")) {
        return `iks-${infrastructure}`;
    }
    const given = made ?? vendor;
    const isKnown = typeof given === "string" && !isUnknown(given) && given !== "other";
    return isKnown ? (given as VendorSetting) : undefined;
}
