import { describe as describeCertificate } from "../../fabric/x509";
import type { IdentityRef } from "../../fabric/channelIdentities";
import { describeBytes } from "../../fabric/describeBytes";
import { describeUpdate } from "../../fabric/describeUpdate";
import { printable } from "../../fabric/printable";
import { needInWords, policyVerdicts } from "../../fabric/policyEvaluation";
import {
    openNeed,
    signersIn,
    type UpdateFile,
    type UpdateFileContext,
    updateIn,
} from "../../fabric/updateFile";

/** What a file says, all of it read from its bytes. */
export interface UpdateReport {
    channel: string;
    baseSequence: number;
    /** SHA-256 of the update, hex. */
    hash: string;
    /** ISO 8601, UTC. */
    expires: string;
    /** Lines in Fabric's words. */
    changes: string[];
    /** Whether the changes were told from what the channel has now, old values and all that goes. */
    compared: boolean;
    signed: { mspId: string; subject: string; certificate: string; notAfter: string }[];
    /** Policies that guard the changes; nothing where the channel is not at hand. */
    policies?: { policy: string; needed?: string }[];
    /** Who still has to sign; nothing where it can be submitted, or the channel is not at hand. */
    needed?: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** What a signer has to know of a file. */
export function updateReport(file: UpdateFile, context?: UpdateFileContext): UpdateReport {
    const update = updateIn(file);
    const signers = signersIn(file);
    const { channelId: channel, baseSequence, hash, expires } = file;
    const own = { channel, baseSequence, hash, expires, signed: signers.map(signerFacts) };
    if (context === undefined) {
        return { ...own, changes: describeBytes(update), compared: false };
    }
    const { config } = context;
    const need = openNeed(file, config);
    return {
        ...own,
        changes: describeUpdate(config, update),
        compared: true,
        policies: policyVerdicts(config, update, signers).map(({ policy, need: open }) => ({
            policy,
            needed: open && needInWords(open),
        })),
        needed: need && needInWords(need),
    };
}

/** A file as a person reads it before it is signed. */
export function updateLines(report: UpdateReport, now: Date): string[] {
    const { channel, baseSequence, hash, expires, changes, signed, compared } = report;
    return [
        `Config update of channel "${channel}"`,
        `  base sequence  ${baseSequence}`,
        `  SHA-256        ${hash}`,
        `  expires        ${expires} (${untilText(Date.parse(expires) - now.getTime())})`,
        "",
        compared
            ? "It changes, told from the channel's config block"
            : "It sets, told from its bytes alone: what was there before, and what goes, shows --config-block",
        ...changes.map((line) => `  ${line}`),
        "",
        "Signed so far",
        ...(signed.length === 0 ? ["  by nobody"] : signed.map(signedLine)),
        "",
        "Still needed",
        ...neededLines(report),
    ].map(printable);
}

/** An identity as one line: its organization and the subject of its certificate. */
export function identityText({ mspId, certificatePem }: IdentityRef): string {
    return `${mspId} "${describeCertificate(certificatePem).subject}"`;
}

function signerFacts({ mspId, certificatePem }: IdentityRef): UpdateReport["signed"][number] {
    const { subject, fingerprint, notAfter } = describeCertificate(certificatePem);
    return { mspId, subject, certificate: fingerprint, notAfter };
}

function signedLine({ mspId, subject, certificate }: UpdateReport["signed"][number]): string {
    return `  ${mspId}  "${subject}"  certificate ${certificate.slice(0, 16)}`;
}

function neededLines({ policies, needed }: UpdateReport): string[] {
    if (policies === undefined) {
        return ["  is not known without --config-block"];
    }
    const open = policies.flatMap(({ policy, needed: who }) =>
        who === undefined ? [] : [`  ${policy}: ${who}`],
    );
    return needed === undefined ? ["  nobody: it can be submitted"] : open;
}

/** `in 3 days`, `2 hours ago`: whole units, never more than there is. */
export function untilText(milliseconds: number): string {
    const size = Math.abs(milliseconds);
    const [count, unit] =
        size >= DAY_MS
            ? [Math.floor(size / DAY_MS), "day"]
            : size >= 3_600_000
              ? [Math.floor(size / 3_600_000), "hour"]
              : [Math.floor(size / 60_000), "minute"];
    const text = `${count} ${unit}${count === 1 ? "" : "s"}`;
    return milliseconds < 0 ? `${text} ago` : `in ${text}`;
}
