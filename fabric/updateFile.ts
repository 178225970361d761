import { createHash } from "node:crypto";

import { common } from "@hyperledger/fabric-protos";

import { channelMsps, type IdentityRef, identityIn } from "./channelIdentities";
import { needOf, needInWords, policyVerdicts, type Need } from "./policyEvaluation";
import {
    contextProblems,
    formProblems,
    identityKey,
    type UpdateFileContext,
} from "./updateFileProblems";
import { signerOf, type UpdateSignature } from "./updateSigning";

export { type UpdateFileContext } from "./updateFileProblems";

/**
 * A config update that waits for signatures: a small file that goes from company to company. It has no
 * secret in it, and nothing in it is believed: whoever reads it checks all of it.
 */
export interface UpdateFile {
    /** Version of this format. */
    version: 1;

    channelId: string;

    /** How many updates the channel had seen when this one was computed. */
    baseSequence: number;

    /** Serialized `common.ConfigUpdate`, base64. */
    update: string;

    /** SHA-256 of the update, hex: what signers can read to each other. */
    hash: string;

    /** When the file ends, ISO 8601 in UTC. */
    expires: string;

    signatures: {
        /** Serialized `common.SignatureHeader`, base64. */
        header: string;

        /** Base64. */
        signature: string;
    }[];
}

/** A file for a new update, which nobody has signed yet. */
export function newUpdateFile(
    update: common.ConfigUpdate,
    { baseSequence, expires }: { baseSequence: number; expires: Date },
): UpdateFile {
    const bytes = update.serializeBinary();
    return {
        version: 1,
        channelId: update.getChannelId(),
        baseSequence,
        update: Buffer.from(bytes).toString("base64"),
        hash: createHash("sha256").update(bytes).digest("hex"),
        expires: expires.toISOString(),
        signatures: [],
    };
}

/** The text of a file, whose lines make it easy to compare. */
export function writeUpdateFile(file: UpdateFile): string {
    return `${JSON.stringify(file, undefined, 4)}\n`;
}

/**
 * Reads a file and checks all of it: form, hash, every signature, and, where the channel is at hand,
 * whether the update still fits and all signers are in the channel.
 *
 * @throws Error listing every problem of the file.
 */
export function readUpdateFile(text: string, context?: UpdateFileContext): UpdateFile {
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch {
        throw new Error("the file of a config update is not JSON; ask for it again");
    }
    let problems = formProblems(value);
    if (problems.length === 0 && context !== undefined) {
        problems = contextProblems(value as UpdateFile, context);
    }
    if (problems.length > 0) {
        const lines = problems.map(({ path, reason }) => `  ${path}: ${reason}`);
        throw new Error(["the file of a config update is not valid", ...lines].join("\n"));
    }
    return value as UpdateFile;
}

/** The update in a file. */
export function updateIn({ update }: Pick<UpdateFile, "update">): common.ConfigUpdate {
    return common.ConfigUpdate.deserializeBinary(updateBytesIn({ update }));
}

/** The bytes that every signature in a file is over. */
export function updateBytesIn({ update }: Pick<UpdateFile, "update">): Uint8Array {
    return new Uint8Array(Buffer.from(update, "base64"));
}

/** The signatures in a file. */
export function signaturesIn({ signatures }: UpdateFile): UpdateSignature[] {
    return signatures.map(({ header, signature }) => ({
        header: new Uint8Array(Buffer.from(header, "base64")),
        signature: new Uint8Array(Buffer.from(signature, "base64")),
    }));
}

/** Who signed, in the order of the signatures. */
export function signersIn(file: UpdateFile): IdentityRef[] {
    return signaturesIn(file).map(signerOf);
}

/** Who still has to sign; nothing where it can be submitted. */
export function openNeed(file: UpdateFile, config: common.Config): Need | undefined {
    return needOf(policyVerdicts(config, updateIn(file), signersIn(file)));
}

/**
 * Why a signature of somebody is of no use to a file, before it is made; nothing where it is. Without a
 * channel no more is seen than whether it is there already.
 *
 * @returns a sentence without subject.
 */
export function signerFault(
    file: UpdateFile,
    signer: IdentityRef,
    context?: Pick<UpdateFileContext, "config">,
): string | undefined {
    const at = signersIn(file).findIndex((one) => identityKey(one) === identityKey(signer));
    if (at >= 0) {
        return `has signed already, as signatures[${at}]; nothing is left to do`;
    }
    if (context === undefined) {
        return undefined;
    }
    const { config } = context;
    const found = identityIn(channelMsps(config), signer);
    return "fault" in found
        ? `${found.fault}; sign with the identity of an organization of the channel`
        : additionFault(file, signer, config);
}

/** Why a signature of a member of the channel brings an update no further. */
function additionFault(
    file: UpdateFile,
    signer: IdentityRef,
    config: common.Config,
): string | undefined {
    const needAfter = (signers: IdentityRef[]) =>
        needOf(policyVerdicts(config, updateIn(file), signers));
    const signers = signersIn(file);
    const before = needAfter(signers);
    if (JSON.stringify(before) !== JSON.stringify(needAfter([...signers, signer]))) {
        return undefined;
    }
    const open = before === undefined ? "it can be submitted" : `needed is ${needInWords(before)}`;
    return `adds nothing to the update; ${open}`;
}

/**
 * A file with one more signature. Without a channel no more is checked than that it fits the update
 * and its certificate, and is there once.
 *
 * @throws Error where the signature is wrong, there already, of nobody in the channel, or not needed.
 */
export function withSignature(
    file: UpdateFile,
    signature: UpdateSignature,
    context?: UpdateFileContext,
): UpdateFile {
    const added = { ...file, signatures: [...file.signatures, encoded(signature)] };
    readUpdateFile(writeUpdateFile(added), context);
    const signer = signerOf(signature);
    const fault = context && additionFault(file, signer, context.config);
    if (fault !== undefined) {
        throw new Error(
            `channel "${file.channelId}": a signature of this identity of ${signer.mspId} ${fault}`,
        );
    }
    return added;
}

/**
 * One file of two that were signed apart.
 *
 * @throws Error where they are not of the same update.
 */
export function mergeUpdateFiles(one: UpdateFile, other: UpdateFile): UpdateFile {
    if (one.hash !== other.hash || one.channelId !== other.channelId) {
        throw new Error(
            `the files are of different updates: of channel "${one.channelId}" with hash ${one.hash} ` +
                `and of channel "${other.channelId}" with hash ${other.hash}`,
        );
    }
    if (one.baseSequence !== other.baseSequence) {
        throw new Error(
            `the files are of one update with different base sequences, ${one.baseSequence} and ` +
                `${other.baseSequence}: one of them was edited; ask whoever made the file for it again`,
        );
    }
    const known = new Set(signersIn(one).map(identityKey));
    const signers = signersIn(other);
    const added = other.signatures.filter((_, index) => {
        const signer = signers[index];
        return signer !== undefined && !known.has(identityKey(signer));
    });
    const expires = one.expires < other.expires ? one.expires : other.expires;
    return { ...one, expires, signatures: [...one.signatures, ...added] };
}

function encoded({ header, signature }: UpdateSignature): UpdateFile["signatures"][number] {
    return {
        header: Buffer.from(header).toString("base64"),
        signature: Buffer.from(signature).toString("base64"),
    };
}
