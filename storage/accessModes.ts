/** Who may mount a volume, in Kubernetes' own words. */
export type AccessMode = keyof typeof ACCESS_MODES;

/**
 * The four access modes. A mode says which mounts a volume allows, not that writers are kept apart:
 * only `ReadWriteOncePod` makes sure of one writer.
 *
 * @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes
 */
export const ACCESS_MODES = {
    /** One node reads and writes; several Pods on that node may. */
    ReadWriteOnce: { short: "RWO", mountedBy: "node", singleWriter: false },

    /** Many nodes read. */
    ReadOnlyMany: { short: "ROX", mountedBy: "nodes", singleWriter: false },

    /** Many nodes read and write. */
    ReadWriteMany: { short: "RWX", mountedBy: "nodes", singleWriter: false },

    /** One Pod in the whole cluster reads and writes. CSI drivers only, Kubernetes 1.29 and later. */
    ReadWriteOncePod: { short: "RWOP", mountedBy: "pod", singleWriter: true },
} as const;

/**
 * Modes a ledger may live on, the better one first. A ledger has one writer: two peers on one volume
 * destroy it, so modes for many nodes are out even where the storage has them.
 */
export const LEDGER_ACCESS_MODES = [
    "ReadWriteOncePod",
    "ReadWriteOnce",
] as const satisfies readonly AccessMode[];
