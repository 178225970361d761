import type { Problem } from "../fabric/problem";
import { ACCESS_MODES, LEDGER_ACCESS_MODES, type AccessMode } from "./accessModes";
import {
    rowOfClass,
    rowOfProvisioner,
    rowsFor,
    rowsOfProvisioner,
    type StorageRow,
    type StorageVendor,
} from "./capabilities";
import { profileNames } from "./profiles";
import { accessModeVerdict, sizeProblem } from "./verdicts";

type LedgerAccessMode = (typeof LEDGER_ACCESS_MODES)[number];

/** Storage that a ledger is to be kept on, as far as it is known. */
export interface LedgerPlace {
    /** Who runs the cluster; nothing for one that is not known. */
    vendor?: StorageVendor;
    /** Name of the StorageClass. */
    storageClassName?: string;
    /** Provisioner of the class. */
    driver?: string;
    /** Parameters of the class. */
    parameters?: Readonly<Record<string, string>>;
    accessMode?: string;
}

/**
 * Tiers that the storage can be: one where class or parameters say which, all of the driver where they
 * do not, none where nothing is known.
 */
export function ledgerRows(place: LedgerPlace): StorageRow[] {
    const { vendor, driver, parameters } = place;
    const known = knownRow(place);
    if (driver === undefined || known?.provisioners.includes(driver)) {
        return known === undefined ? [] : [known];
    }
    if (parameters !== undefined) {
        const row =
            rowOfProvisioner(driver, parameters, vendor) ?? rowOfProvisioner(driver, parameters);
        return row === undefined ? [] : [row];
    }
    const own = rowsOfProvisioner(driver, vendor);
    return own.length > 0 ? own : rowsOfProvisioner(driver);
}

/** Access mode of new claims: one Pod where the driver is known to give that, else one node. */
export function ledgerAccessMode(rows: readonly StorageRow[]): LedgerAccessMode {
    const isCsi = rows.length > 0 && rows.every((row) => row.csi);
    return isCsi ? "ReadWriteOncePod" : "ReadWriteOnce";
}

/** Everything that speaks against keeping a ledger there; paths as in `LedgerPlace`. */
export function ledgerPlaceProblems(place: LedgerPlace): Problem[] {
    const rows = ledgerRows(place);
    const problems = [
        { path: "driver", reason: driverProblem(place) },
        { path: pathOfFit(place), reason: fitProblem(rows, place) },
        { path: "accessMode", reason: modeProblem(rows, place) },
    ];
    return problems.filter((problem): problem is Problem => problem.reason !== undefined);
}

/** Why a ledger cannot be of that size there; nothing where it can. */
export function ledgerSizeProblem(place: LedgerPlace, size: string): string | undefined {
    const problems = ledgerRows(place).map((row) => sizeProblem(row, size));
    const refused = problems.flatMap((problem) => (problem?.level === "refused" ? problem : []));
    const [first] = refused;
    return first !== undefined && refused.length === problems.length
        ? `${first.reason}; write "${first.instead}"`
        : undefined;
}

/** Whether volumes there can grow; `undefined` where that is not known. */
export function ledgerGrows(place: LedgerPlace): boolean | undefined {
    const answers = new Set(ledgerRows(place).map(({ expansion }) => expansion !== "no"));
    const [only] = answers;
    return answers.size === 1 ? only : undefined;
}

function knownRow({ vendor, storageClassName }: LedgerPlace): StorageRow | undefined {
    return vendor === undefined || storageClassName === undefined
        ? undefined
        : rowOfClass(vendor, storageClassName);
}

function driverProblem(place: LedgerPlace): string | undefined {
    const { driver, storageClassName } = place;
    const known = knownRow(place);
    if (driver === undefined || known === undefined || known.provisioners.includes(driver)) {
        return undefined;
    }
    const right = known.provisioners.map((one) => `"${one}"`).join(" or ");
    return `"${driver}" is not the driver of class "${storageClassName}"; write ${right}, or nothing`;
}

function fitProblem(rows: readonly StorageRow[], place: LedgerPlace): string | undefined {
    const [first] = rows;
    if (first === undefined || rows.some(({ ledger }) => ledger.fit !== "never")) {
        return undefined;
    }
    const shown = place[pathOfFit(place)];
    return (
        `"${shown}" is ${first.title}, and no ledger lives on it: ${first.ledger.reason}; ` +
        betterThan(first, place.vendor)
    );
}

/** What a ledger can be kept on instead: the vendor's profile, and its class that is right. */
function betterThan(row: StorageRow, vendor = row.vendors[0] ?? "any"): string {
    const [profile] = profileNames(vendor);
    const right = rowsFor(vendor).filter(({ ledger }) => ledger.fit === "recommended");
    const [className] = right.flatMap(({ classes }) => classes.map(({ name }) => name));
    const ways = [
        ...(profile === undefined ? [] : [`write profile "${profile}"`]),
        ...(className === undefined ? [] : [`take a class such as "${className}"`]),
    ];
    return ways.length === 0 ? "take a disk" : ways.join(", or ");
}

function modeProblem(rows: readonly StorageRow[], place: LedgerPlace): string | undefined {
    const { accessMode: asked, parameters } = place;
    if (asked === undefined) {
        return undefined;
    }
    const mode = asked as LedgerAccessMode;
    if (!LEDGER_ACCESS_MODES.includes(mode)) {
        const what = Object.hasOwn(ACCESS_MODES, asked)
            ? "lets more than one node have the volume, and two writers destroy a ledger"
            : "is no access mode";
        return `"${asked}" ${what}; write ${modesOf(rows, place)}`;
    }
    const facts = { dataSource: false, staticVolume: false, parameters };
    const verdicts = rows.map((row) => accessModeVerdict(row, { mode, facts }));
    const [first] = verdicts;
    const refused = verdicts.every(({ verdict }) => verdict === "refused");
    return first === undefined || first.verdict === "ok" || !refused
        ? undefined
        : `${first.reason}; write ${modesOf(rows, place)}`;
}

/** The modes of a ledger that all these tiers give. */
function modesOf(rows: readonly StorageRow[], { parameters }: LedgerPlace): string {
    const facts = { dataSource: false, staticVolume: false, parameters };
    const given = LEDGER_ACCESS_MODES.filter((mode: AccessMode) =>
        rows.every((row) => accessModeVerdict(row, { mode, facts }).verdict === "ok"),
    );
    return given.map((mode) => `"${mode}"`).join(" or ");
}

/** What names the storage that does not fit. */
function pathOfFit({ driver }: LedgerPlace): "driver" | "storageClassName" {
    return driver === undefined ? "storageClassName" : "driver";
}
