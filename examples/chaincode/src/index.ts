import { AssetTransfer } from "./assetTransfer";

export const contracts = [AssetTransfer];

// The first process of a container ends at a signal only where it says so.
process.once("SIGTERM", () => process.exit(0));
