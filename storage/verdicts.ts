import { ACCESS_MODES, type AccessMode } from "./accessModes";
import {
    hasParameters,
    rowOfClass,
    STORAGE_ROWS,
    type BindingMode,
    type LedgerVerdict,
    type StorageRow,
    type VolumeMode,
} from "./capabilities";
import { holds, type StorageFacts } from "./conditions";
import { bytesOf, storageSizeProblem } from "./quantities";

/** What is asked of a row: one access mode of a claim or a volume. */
export interface ModeQuestion {
    mode: AccessMode;
    /** @default "Filesystem" */
    volumeMode?: VolumeMode;
    /** @default {} - nothing is known. */
    facts?: StorageFacts;
}

/** Whether storage gives an access mode. */
export type ModeVerdict =
    | { verdict: "ok" }
    | {
          /** `depends`: on something that the facts do not tell. */
          verdict: "refused" | "depends";
          /** Begins with the mode in quotes; no final period. */
          reason: string;
          /** What to write instead; no final period. */
          remedy: string;
          instead: {
              /** Modes that this storage gives for the same volume mode. */
              modes: readonly AccessMode[];
              /** Classes of the same vendor that give the mode. */
              classes: readonly string[];
          };
      };

/** Something wrong with a size. `costs`: it is made larger, and paid for. */
export interface SizeProblem {
    level: "refused" | "costs";
    /** Begins with the size in quotes; no final period. */
    reason: string;
    /** The size to write instead. */
    instead: string;
}

/** Whether storage gives one access mode. */
export function accessModeVerdict(row: StorageRow, question: ModeQuestion): ModeVerdict {
    const { mode, volumeMode = "Filesystem", facts = {} } = question;
    const rule = row.accessModes[volumeMode][mode];
    if (rule.verdict === "always") {
        return { verdict: "ok" };
    }
    const fulfilled = rule.verdict === "only-if" ? holds(rule.condition, facts) : false;
    if (fulfilled === true) {
        return { verdict: "ok" };
    }
    const instead = {
        modes: modesGiven(row, volumeMode, facts),
        classes: classesGiving(row, mode, volumeMode),
    };
    const why = rule.verdict === "only-if" ? `it works ${rule.sentence}` : rule.reason;
    const verdict = fulfilled === undefined ? "depends" : "refused";
    const is = verdict === "depends" ? "may not be given" : "is not given";
    return {
        verdict,
        reason: `"${mode}" ${is} by ${row.title} for volumeMode ${volumeMode}: ${why}`,
        remedy: remedy(instead, volumeMode),
        instead,
    };
}

/**
 * What is wrong with all access modes of a claim together; nothing where they are right. Every mode of
 * the list has to be given: a list is no choice.
 *
 * @see https://github.com/kubernetes-csi/external-provisioner/blob/v5.3.0/pkg/controller/controller.go
 */
export function accessModeProblems(
    row: StorageRow,
    question: Omit<ModeQuestion, "mode"> & { modes: readonly AccessMode[] },
): Exclude<ModeVerdict, { verdict: "ok" }>[] {
    const { modes, volumeMode, facts } = question;
    const list = [togetherProblem(modes), listVerdict(row, { modes, facts })];
    const verdicts = modes.map((mode) => accessModeVerdict(row, { mode, volumeMode, facts }));
    return [...list, ...verdicts].filter(
        (verdict) => verdict !== undefined && verdict.verdict !== "ok",
    );
}

/** What is wrong with the size of a volume on this storage; nothing where it is right. */
export function sizeProblem(row: StorageRow, size: string): SizeProblem | undefined {
    const fault = storageSizeProblem(size);
    if (fault !== undefined) {
        return { level: "refused", reason: fault, instead: row.size.min ?? "10Gi" };
    }
    const { min, below, max, step, billed = [] } = row.size;
    const bytes = bytesOf(size);
    if (max !== undefined && bytes > bytesOf(max)) {
        const reason = `"${size}" is more than ${row.title} has, which ends at ${max}`;
        return { level: "refused", reason, instead: max };
    }
    if (min !== undefined && bytes < bytesOf(min)) {
        const refused = below !== "rounded-up";
        const what = refused ? "begins at" : "makes it at least";
        const reason = `"${size}" is less than ${row.title} has, which ${what} ${min}`;
        return { level: refused ? "refused" : "costs", reason, instead: min };
    }
    const paid = billed.find((one) => bytesOf(one) >= bytes);
    if (paid !== undefined && bytesOf(paid) > bytes) {
        const reason = `"${size}" costs as much as "${paid}" on ${row.title}`;
        return { level: "costs", reason, instead: paid };
    }
    if (step !== undefined && bytes % bytesOf(step) !== 0) {
        const instead = `${Math.ceil(bytes / bytesOf(step)) * Number.parseInt(step)}Gi`;
        const reason = `"${size}" is made "${instead}" by ${row.title}, in steps of ${step}`;
        return { level: "costs", reason, instead };
    }
    return undefined;
}

/** What is wrong with when a class binds its volumes; nothing where it is right. */
export function bindingProblem(
    row: StorageRow,
    { binding = "Immediate", parameters = {} }: ClassBinding,
): string | undefined {
    const { reach, note, regionalWith } = row.topology;
    const tied = row.binding === "WaitForFirstConsumer" && (reach === "zonal" || reach === "host");
    const spread = regionalWith !== undefined && hasParameters(regionalWith, parameters);
    if (binding === "WaitForFirstConsumer" || !tied || spread) {
        return undefined;
    }
    return (
        `"Immediate" makes the volume before the Pod has a node, perhaps in a zone where it cannot ` +
        `run (${row.title}: ${note}); write "WaitForFirstConsumer"`
    );
}

/** How a class binds; what it does not say is Kubernetes' default, `"Immediate"`. */
export interface ClassBinding {
    binding?: BindingMode;
    parameters?: Readonly<Record<string, string>>;
}

/** How well a ledger lives on a volume for these access modes, and why. */
export function ledgerFit(
    { ledger }: StorageRow,
    modes: readonly AccessMode[] = [],
): LedgerVerdict {
    const { shared, ...own } = ledger;
    const isShared = modes.includes("ReadWriteMany") || modes.includes("ReadOnlyMany");
    return isShared && shared !== undefined ? shared : own;
}

/** Why a volume of this storage cannot grow; nothing where it can. */
export function expansionProblem(row: StorageRow): string | undefined {
    return row.expansion === "no" ? `volumes of ${row.title} do not grow` : undefined;
}

/** What is wrong with access modes that stand together, whatever the storage. */
export function togetherProblem(modes: readonly AccessMode[]): ModeVerdict | undefined {
    if (modes.length < 2 || !modes.includes("ReadWriteOncePod")) {
        return undefined;
    }
    return {
        verdict: "refused",
        reason: '"ReadWriteOncePod" stands beside other modes, which Kubernetes refuses',
        remedy: 'write "ReadWriteOncePod" alone',
        instead: { modes: ["ReadWriteOncePod"], classes: [] },
    };
}

/**
 * Whether a provisioner makes a volume for as many modes as a claim lists. A volume that was made
 * beforehand asks no provisioner.
 *
 * @see https://github.com/IBM/ibmcloud-object-storage-plugin/blob/b8830d54bb8987814f7ab3c8db91d8cfc4f91227/provisioner/ibm-s3fs-provisioner.go#L773
 */
export function listVerdict(
    row: StorageRow,
    { modes, facts = {} }: { modes: readonly AccessMode[]; facts?: StorageFacts },
): ModeVerdict {
    if (!row.oneModePerClaim || modes.length < 2 || facts.staticVolume) {
        return { verdict: "ok" };
    }
    return {
        verdict: facts.staticVolume === undefined ? "depends" : "refused",
        reason: `${modes.map((mode) => `"${mode}"`).join(", ")} are more than the one access mode that a claim may have on ${row.title}`,
        remedy: "write one of them",
        instead: { modes, classes: [] },
    };
}

function modesGiven(row: StorageRow, volumeMode: VolumeMode, facts: StorageFacts): AccessMode[] {
    const rules = row.accessModes[volumeMode];
    return (Object.keys(ACCESS_MODES) as AccessMode[]).filter((mode) => {
        const rule = rules[mode];
        const isMet = rule.verdict === "only-if" && holds(rule.condition, facts) === true;
        return rule.verdict === "always" || isMet;
    });
}

/** Classes that the row's vendors put into their clusters themselves, and that give the mode. */
function classesGiving(row: StorageRow, mode: AccessMode, volumeMode: VolumeMode): string[] {
    const names = row.vendors.flatMap((vendor) =>
        STORAGE_ROWS.filter(({ vendors }) => vendors.includes(vendor))
            .filter((other) => other.accessModes[volumeMode][mode].verdict === "always")
            .flatMap((other) =>
                other.classes.filter(({ name }) => rowOfClass(vendor, name) === other),
            )
            .map(({ name }) => name),
    );
    return [...new Set(names)];
}

function remedy(
    { modes, classes }: { modes: readonly string[]; classes: readonly string[] },
    volumeMode: VolumeMode,
): string {
    const [className] = classes;
    const isFilesOnly = modes.length === 0 && volumeMode === "Block";
    const ways = [
        ...(modes.length === 0 ? [] : [`write ${quoted(modes)}`]),
        ...(isFilesOnly ? ["write volumeMode Filesystem"] : []),
        ...(className === undefined ? [] : [`take a class such as "${className}"`]),
    ];
    return ways.length === 0 ? "take other storage" : ways.join(", or ");
}

function quoted(modes: readonly string[]): string {
    return modes.map((mode) => `"${mode}"`).join(" or ");
}
