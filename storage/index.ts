export { ACCESS_MODES, LEDGER_ACCESS_MODES, type AccessMode } from "./accessModes";
export {
    STORAGE_ROWS,
    hasParameters,
    knownClass,
    rowOfClass,
    rowOfId,
    rowOfProvisioner,
    rowOfVolumeSource,
    rowsFor,
    rowsOfProvisioner,
    type BindingMode,
    type Condition,
    type KnownClass,
    type LedgerFit,
    type LedgerVerdict,
    type ModeRule,
    type SizeRule,
    type StorageKind,
    type StorageRow,
    type StorageVendor,
    type Topology,
    type Verified,
    type VolumeMode,
} from "./capabilities";
export { holds, type StorageFacts } from "./conditions";
export {
    ledgerAccessMode,
    ledgerGrows,
    ledgerPlaceProblems,
    ledgerRows,
    ledgerSizeProblem,
    type LedgerPlace,
} from "./ledgers";
export {
    defaultProfiles,
    machineProblem,
    machineSeriesOf,
    profileNames,
    profileProblems,
    storageProfile,
    type ProfileName,
    type ProfileOptions,
    type Purpose,
    type StorageProfile,
} from "./profiles";
export { bytesOf, storageSizeProblem } from "./quantities";
export {
    accessModeProblems,
    accessModeVerdict,
    bindingProblem,
    expansionProblem,
    ledgerFit,
    sizeProblem,
    type ClassBinding,
    type ModeQuestion,
    type ModeVerdict,
    type SizeProblem,
} from "./verdicts";
