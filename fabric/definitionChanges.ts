import {
    chaincodeDefinition,
    type ApprovedDefinition,
    type ChaincodeDefinition,
    type ChaincodeSettings,
} from "./chaincodeDefinition";
import { collectionChangeProblems } from "./collectionProblems";
import type { PrivateDataCollection } from "./collections";
import { problemsOf, shown, type Problem } from "./problem";

/** One setting in which two definitions differ, as text. */
export interface DefinitionDifference {
    /** In Fabric's words: `version`, `endorsement policy`, `collection "secrets" blockToLive`. */
    field: string;
    from: string;
    to: string;
}

/** The settings in which a definition differs from another one; the sequence is none of them. */
export function definitionDifferences(
    from: ChaincodeSettings,
    to: ChaincodeSettings,
): DefinitionDifference[] {
    const [old, now] = [chaincodeDefinition(from, 0), chaincodeDefinition(to, 0)];
    const plain = PLAIN_FIELDS.map(([field, key]) => ({
        field,
        from: String(old[key]),
        to: String(now[key]),
    }));
    return [
        ...plain.filter((one) => one.from !== one.to),
        ...collectionDifferences(old.collections, now.collections),
    ];
}

/** Differences as one sentence: `version: 1.0 => 2.0, init required: false => true`. */
export function differencesText(differences: readonly DefinitionDifference[]): string {
    return differences.map(({ field, from, to }) => `${field}: ${from} => ${to}`).join(", ");
}

/**
 * The sequence of a definition: that of the committed one where they are the same, so that a changed
 * package alone is approved again, and the next one where they differ.
 */
export function sequenceOf(settings: ChaincodeSettings, committed?: ChaincodeDefinition): number {
    if (committed === undefined) {
        return 1;
    }
    const changed = definitionDifferences(committed, settings).length > 0;
    return committed.sequence + (changed ? 1 : 0);
}

/** Everything that a definition may not be after the committed one. */
export function redefinitionProblems(
    settings: ChaincodeSettings,
    committed: ChaincodeDefinition | undefined,
    sequence?: number,
): Problem[] {
    const next = sequenceOf(settings, committed);
    const changes = committed === undefined ? [] : definitionDifferences(committed, settings);
    const why =
        committed === undefined
            ? "nothing is committed yet"
            : changes.length === 0
              ? `sequence ${committed.sequence} is committed with the same definition`
              : `sequence ${committed.sequence} is committed and this differs (${differencesText(changes)})`;
    return [
        ...problemsOf([
            "sequence",
            sequence === undefined || sequence === next
                ? undefined
                : `${shown(sequence)} is not the sequence of this definition, since ${why}; write ${next}, or leave it out`,
        ]),
        ...collectionChangeProblems(committed?.collections ?? [], settings.collections ?? []),
    ];
}

/** Whether an organization has to approve a definition, or approve it again. */
export function needsApproval(
    wanted: ChaincodeDefinition,
    packageId: string | undefined,
    approved: ApprovedDefinition | undefined,
): boolean {
    return (
        approved?.sequence !== wanted.sequence ||
        approved.packageId !== packageId ||
        definitionDifferences(approved, wanted).length > 0
    );
}

const PLAIN_FIELDS = [
    ["version", "version"],
    ["endorsement policy", "endorsementPolicy"],
    ["init required", "initRequired"],
    ["endorsement plugin", "endorsementPlugin"],
    ["validation plugin", "validationPlugin"],
] as const;

function collectionDifferences(
    from: readonly PrivateDataCollection[],
    to: readonly PrivateDataCollection[],
): DefinitionDifference[] {
    const names = [...new Set([...from, ...to].map(({ name }) => name))];
    const differences = names.flatMap((name) => {
        const old = from.find((one) => one.name === name);
        const now = to.find((one) => one.name === name);
        const keys = Object.keys({ ...old, ...now }) as (keyof PrivateDataCollection)[];
        if (old === undefined || now === undefined) {
            const [before, after] = old === undefined ? ["none", "added"] : ["there", "taken out"];
            return [{ field: `collection "${name}"`, from: before, to: after }];
        }
        return keys
            .map((key) => ({
                field: `collection "${name}" ${key}`,
                from: String(old[key] ?? "none"),
                to: String(now[key] ?? "none"),
            }))
            .filter((one) => one.from !== one.to);
    });
    const order = (list: readonly PrivateDataCollection[]) =>
        list.map(({ name }) => name).join(", ");
    return differences.length > 0 || order(from) === order(to)
        ? differences
        : [{ field: "order of collections", from: order(from), to: order(to) }];
}
