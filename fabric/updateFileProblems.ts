import { createHash, X509Certificate } from "node:crypto";

import { common } from "@hyperledger/fabric-protos";

import { channelMsps, type IdentityRef, identityIn } from "./channelIdentities";
import { channelIdProblem } from "./channelProblems";
import { applyUpdate, hasUpdate, StaleUpdateError } from "./configUpdate";
import { needOf, policyVerdicts } from "./policyEvaluation";
import { isRecord, type Problem, problemsOf, shown } from "./problem";
import { type UpdateFile } from "./updateFile";
import { signatureFault, signerOf } from "./updateSigning";

/** What a file is checked against. */
export interface UpdateFileContext {
    channelId: string;

    /** The configuration of the channel as it is. */
    config: common.Config;

    now: Date;
}

const AGAIN = "ask whoever made the file for it again";

/** Everything wrong with a file by itself: its form, its hash, its signatures. */
export function formProblems(value: unknown): Problem[] {
    if (!isRecord(value)) {
        return [{ path: "(whole)", reason: `is not an object; ${AGAIN}` }];
    }
    if (value.version !== 1) {
        const reason = `${shown(value.version)} is not a version known here; known is 1`;
        return [{ path: "version", reason }];
    }
    const { channelId, baseSequence, update, hash, expires, signatures } = value;
    const problems = problemsOf(
        ["channelId", typeof channelId === "string" ? channelIdProblem(channelId) : "is no text"],
        ["baseSequence", isCount(baseSequence) ? undefined : `${shown(baseSequence)} is no count`],
        ["update", isBase64(update) ? undefined : `is not base64; ${AGAIN}`],
        ["hash", typeof hash === "string" ? undefined : `is no text; ${AGAIN}`],
        ["expires", isInstant(expires) ? undefined : `${shown(expires)} is no instant in UTC`],
        ["signatures", Array.isArray(signatures) ? undefined : `is no list; ${AGAIN}`],
    );
    if (problems.length > 0) {
        return problems;
    }
    const list = signatures as unknown[];
    const malformed = problemsOf(
        ...list.map((item, index) => {
            const right = isRecord(item) && isBase64(item.header) && isBase64(item.signature);
            return [
                `signatures[${index}]`,
                right ? undefined : `is no signature; ${AGAIN}`,
            ] as const;
        }),
    );
    const file = value as unknown as UpdateFile;
    const broken = updateProblem(file);
    return broken !== undefined || malformed.length > 0
        ? [...(broken === undefined ? [] : [broken]), ...malformed]
        : signatureProblems(file);
}

function updateProblem({ update, hash, channelId }: UpdateFile): Problem | undefined {
    const bytes = Buffer.from(update, "base64");
    const found = createHash("sha256").update(bytes).digest("hex");
    if (found !== hash) {
        const reason = `${shown(hash)} is not that of the update, which is "${found}": the file was edited; ${AGAIN}`;
        return { path: "hash", reason };
    }
    try {
        const of = common.ConfigUpdate.deserializeBinary(bytes).getChannelId();
        return of === channelId
            ? undefined
            : {
                  path: "channelId",
                  reason: `${shown(channelId)} is not the channel of the update, which is "${of}"; ${AGAIN}`,
              };
    } catch {
        return { path: "update", reason: `is no config update of Fabric; ${AGAIN}` };
    }
}

function signatureProblems({ update, signatures }: UpdateFile): Problem[] {
    const bytes = Buffer.from(update, "base64");
    const seen = new Map<string, number>();
    return signatures.flatMap(({ header, signature }, index) => {
        const read = {
            header: Buffer.from(header, "base64"),
            signature: Buffer.from(signature, "base64"),
        };
        return problemsOf([`signatures[${index}]`, faultOf(bytes, read, index, seen)]);
    });
}

function faultOf(
    update: Uint8Array,
    signature: { header: Uint8Array; signature: Uint8Array },
    index: number,
    seen: Map<string, number>,
): string | undefined {
    let signer: IdentityRef;
    try {
        signer = signerOf(signature);
    } catch (error) {
        return `${(error as Error).message}; ${AGAIN}`;
    }
    const fault = signatureFault(update, signature);
    if (fault !== undefined) {
        return `of ${nameOf(signer)} ${fault}; sign again, or take it out`;
    }
    const key = identityKey(signer);
    const first = seen.get(key);
    seen.set(key, first ?? index);
    return first === undefined
        ? undefined
        : `is of ${nameOf(signer)}, as signatures[${first}] is, and counts once; take one out`;
}

/** Everything wrong with a file of the right form for a channel as it is now. */
export function contextProblems(file: UpdateFile, context: UpdateFileContext): Problem[] {
    const { channelId, config, now } = context;
    if (file.channelId !== channelId) {
        const reason = `"${file.channelId}" is not "${channelId}"; pass the file of this channel`;
        return [{ path: "channelId", reason }];
    }
    const update = common.ConfigUpdate.deserializeBinary(Buffer.from(file.update, "base64"));
    return [
        ...expiryProblems(file, now),
        ...problemsOf(["baseSequence", baseProblem(file.baseSequence, config, update)]),
        ...signerProblems(file, context, update),
    ];
}

/** That a file has expired, which needs no channel to be seen. */
export function expiryProblems({ expires }: Pick<UpdateFile, "expires">, now: Date): Problem[] {
    const expired =
        Date.parse(expires) <= now.getTime()
            ? `"${expires}" has passed; make the update anew, and have it signed again`
            : undefined;
    return problemsOf(["expires", expired]);
}

/**
 * Whether the update still fits. The channel may have moved on elsewhere, as Fabric asks for no more
 * than that what the update read is as it was.
 */
function baseProblem(
    base: number,
    config: common.Config,
    update: common.ConfigUpdate,
): string | undefined {
    const sequence = config.getSequence();
    if (base > sequence) {
        return `${base} is ahead of the channel, which is at ${sequence}; read the channel from a node that has come that far`;
    }
    try {
        applyUpdate(config, update);
        return undefined;
    } catch (error) {
        if (hasUpdate(config, update)) {
            return `${base} is behind the channel, which is at ${sequence} and has this update already; the file is done with`;
        }
        const why = error instanceof StaleUpdateError ? "" : ` (${(error as Error).message})`;
        return `${base} is behind the channel, which is at ${sequence} and has changed what the update is about${why}; make the update anew, and have it signed again`;
    }
}

function signerProblems(
    { signatures }: UpdateFile,
    { config }: UpdateFileContext,
    update: common.ConfigUpdate,
): Problem[] {
    const msps = channelMsps(config);
    const signers = signatures.map(({ header }) =>
        signerOf({ header: Buffer.from(header, "base64") }),
    );
    const needAfter = (count: number) =>
        JSON.stringify(needOf(policyVerdicts(config, update, signers.slice(0, count))));
    return signers.flatMap((signer, index) => {
        const found = identityIn(msps, signer);
        const path = `signatures[${index}]`;
        if ("fault" in found) {
            return [{ path, reason: `${found.fault}; take it out` }];
        }
        const first = signers.findIndex(({ mspId }) => mspId === signer.mspId);
        const twice = first < index && needAfter(index) === needAfter(index + 1);
        const reason = `is the second of ${signer.mspId} after signatures[${first}], and adds nothing; take one out`;
        return twice ? [{ path, reason }] : [];
    });
}

/** What tells two signers apart: certificates are compared by what they are, not how they are written. */
export function identityKey({ mspId, certificatePem }: IdentityRef): string {
    return `${mspId} ${new X509Certificate(certificatePem).fingerprint256}`;
}

function nameOf({ mspId, certificatePem }: IdentityRef): string {
    const { subject } = new X509Certificate(certificatePem);
    return `${mspId} "${subject.replaceAll("\n", ", ")}"`;
}

function isCount(value: unknown): boolean {
    return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isBase64(value: unknown): boolean {
    return typeof value === "string" && Buffer.from(value, "base64").toString("base64") === value;
}

function isInstant(value: unknown): boolean {
    return (
        typeof value === "string" &&
        !Number.isNaN(Date.parse(value)) &&
        new Date(value).toISOString() === value
    );
}
