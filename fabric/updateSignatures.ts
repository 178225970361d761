import { type common } from "@hyperledger/fabric-protos";

import { applyUpdate, differs } from "./configUpdate";
import { orgsInNeed, needInWords, policyVerdicts } from "./policyEvaluation";
import { isRecord, type Problem } from "./problem";
import { type Signer } from "./signing";
import {
    mergeUpdateFiles,
    newUpdateFile,
    openNeed,
    signersIn,
    updateBytesIn,
    updateIn,
    withSignature,
    type UpdateFile,
    type UpdateFileContext,
} from "./updateFile";
import { contextProblems, formProblems } from "./updateFileProblems";
import { signUpdate } from "./updateSigning";

/** How long a file waits for signatures, in days. */
export const UPDATE_FILE_DAYS = 30;

const DAY_MS = 86_400_000;

/** Files that others signed, beside the update that is wanted now. */
export interface OthersSignatures {
    /** The file with their signatures. */
    file: UpdateFile;

    /** What is wrong with what they signed. */
    problems: Problem[];

    /** Files that say nothing of this update any more. */
    stale: string[];
}

/**
 * The file of an update: the one that waits already, with its signatures, as long as it leads from the
 * channel as it is to the same; else a new one.
 *
 * @param pending text of the file that waits.
 */
export function fileOf(
    update: common.ConfigUpdate,
    pending: string | undefined,
    { config, now, channelId }: UpdateFileContext,
): UpdateFile {
    const waiting = pending === undefined ? undefined : parsed(pending);
    const fits =
        waiting !== undefined &&
        contextProblems(waiting, { config, now, channelId }).length === 0 &&
        !differs(applyUpdate(config, updateIn(waiting)), applyUpdate(config, update));
    return fits
        ? waiting
        : newUpdateFile(update, {
              baseSequence: config.getSequence(),
              expires: new Date(now.getTime() + UPDATE_FILE_DAYS * DAY_MS),
          });
}

/** Adds the signatures of files that others signed. Empty texts are of nobody. */
export function withOthersSignatures(
    file: UpdateFile,
    texts: readonly string[],
    context: UpdateFileContext,
): OthersSignatures {
    const found: OthersSignatures = { file, problems: [], stale: [] };
    for (const [index, text] of texts.entries()) {
        const path = `signatures[${index}]`;
        const value = text.trim() === "" ? undefined : jsonOf(text);
        if (value === undefined) {
            continue;
        }
        const problems = formProblems(value);
        if (problems.length > 0) {
            found.problems.push(...within(path, problems));
            continue;
        }
        const other = value as UpdateFile;
        if (other.hash !== file.hash) {
            found.stale.push(
                `${path} is of another update (hash ${other.hash}) than the one that is wanted now ` +
                    `(hash ${file.hash}), because the channel has moved on or the program wants ` +
                    "something else; have the new one signed",
            );
            continue;
        }
        const wrong = contextProblems(other, context);
        if (wrong.length > 0) {
            found.problems.push(...within(path, wrong));
        } else {
            found.file = mergeUpdateFiles(found.file, other);
        }
    }
    return found;
}

/** Adds the signatures of those at hand that the update still needs. */
export function withOurSignatures(
    file: UpdateFile,
    signers: readonly Signer[],
    context: UpdateFileContext,
): UpdateFile {
    return signers.reduce(
        (before, signer) =>
            isNeeded(before, signer, context)
                ? withSignature(before, signUpdate(updateBytesIn(before), signer), context)
                : before,
        file,
    );
}

function isNeeded(file: UpdateFile, signer: Signer, { config }: UpdateFileContext): boolean {
    const signed = signersIn(file).some(({ mspId }) => mspId === signer.mspId);
    return !signed && orgsInNeed(openNeed(file, config)).includes(signer.mspId);
}

/** Who still has to sign, one line for each policy that is not satisfied yet. */
export function openPolicies(file: UpdateFile, config: common.Config): string[] {
    return policyVerdicts(config, updateIn(file), signersIn(file)).flatMap(({ policy, need }) =>
        need === undefined ? [] : [`${policy}: ${needInWords(need)}`],
    );
}

/** A file of ours, which is right unless the state was edited; nothing then. */
function parsed(text: string): UpdateFile | undefined {
    const value = jsonOf(text);
    return formProblems(value).length === 0 ? (value as UpdateFile) : undefined;
}

function jsonOf(text: string): unknown {
    try {
        const value = JSON.parse(text) as unknown;
        return isRecord(value) ? value : null;
    } catch {
        return null;
    }
}

function within(path: string, problems: readonly Problem[]): Problem[] {
    return problems.map((problem) => ({
        path: problem.path === "(whole)" ? path : `${path}.${problem.path}`,
        reason: problem.reason,
    }));
}
