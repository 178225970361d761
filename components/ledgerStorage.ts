import type * as pulumi from "@pulumi/pulumi";

import type { LEDGER_ACCESS_MODES } from "../storage/accessModes";

/** Access modes that a ledger can live with: one writer. */
export type LedgerAccessMode = (typeof LEDGER_ACCESS_MODES)[number];

/** The storage that a ledger's volume claim asks for. */
export interface LedgerStorage {
    /**
     * StorageClass of the claim. Always written into the claim: a cluster's default may change under
     * an existing ledger.
     */
    storageClassName: pulumi.Input<string>;
    /**
     * Access mode of the claim. `"ReadWriteOncePod"` keeps a second Pod away even on the same
     * machine; it needs a CSI driver. Fixed once the claim exists.
     *
     * @default "ReadWriteOnce"
     */
    accessMode?: LedgerAccessMode;
}
