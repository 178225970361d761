import { setTimeout as sleep } from "node:timers/promises";

import { common } from "@hyperledger/fabric-protos";

import { configOf, describeBlock } from "../fabric/block";
import { applyUpdate, hasUpdate, StaleUpdateError } from "../fabric/configUpdate";
import { needOf, needInWords, policyVerdicts } from "../fabric/policyEvaluation";
import { signedEnvelope } from "../fabric/signing";
import { signerOf, updateEnvelope, type UpdateSignature } from "../fabric/updateSigning";
import { NodeError, type Fault } from "./nodeError";
import { broadcastOnce, type BroadcastAnswer } from "./ordererBroadcast";
import { deliverBlock, type DeliverAccess } from "./ordererDeliver";
import { retryPassing } from "./retryPassing";

/** The configuration of a channel as a node has it. */
export interface ReadConfig {
    config: common.Config;

    /** Number of its block. */
    block: number;
}

/** A config update that is to be made. */
export interface SubmittedUpdate {
    channelId: string;

    /** Serialized `common.ConfigUpdate`, to the byte as it was signed. */
    update: Uint8Array;

    signatures: readonly UpdateSignature[];

    /**
     * How long the update may take from being sent to being in the channel, in milliseconds.
     *
     * @default 30000
     */
    withinMs?: number;
}

const MADE_WITHIN_MS = 30_000;
const READ_EVERY_MS = 100;

/**
 * The configuration of a channel from an ordering node; nothing where the node does not have the
 * channel.
 *
 * @throws NodeError where the node cannot be asked, or the identity may not read the channel.
 */
export async function readChannelConfig(
    access: DeliverAccess,
    channelId: string,
): Promise<ReadConfig | undefined> {
    const block = await deliverBlock(access, channelId, "config");
    return block && { config: configOf(block).config, block: describeBlock(block).number };
}

/**
 * Makes a config update: sends it to an ordering node, and waits until the channel has it. The signer
 * of `access` sends it, and need not have signed it. An update that the channel has already is made.
 *
 * @throws NodeError where nothing was sent, or it was refused: because the channel has moved on, because
 *     signatures are missing (of whom is said), or for what Fabric itself says; and where it was sent
 *     and is not in the channel in time.
 */
export async function submitConfigUpdate(
    access: DeliverAccess,
    submitted: SubmittedUpdate,
): Promise<ReadConfig> {
    const { channelId, withinMs = MADE_WITHIN_MS } = submitted;
    const update = common.ConfigUpdate.deserializeBinary(submitted.update);
    const before = await readChannelConfig(access, channelId);
    if (before === undefined) {
        throw failure(access, channelId, {
            cause: "it does not have the channel",
            advice: "ask a node that has joined it",
            passing: false,
        });
    }
    if (hasUpdate(before.config, update)) {
        return before;
    }
    const refusal = refusalAhead(before.config, update, submitted);
    if (refusal !== undefined) {
        throw failure(access, channelId, refusal);
    }
    const end = Date.now() + withinMs;
    await retryPassing(
        () =>
            send(access, submitted).catch(async (error: unknown) => {
                // A stream may break after the node took the update, which is stale the next time.
                const read = await readChannelConfig(access, channelId);
                if (read === undefined || !hasUpdate(read.config, update)) {
                    throw error;
                }
            }),
        { withinMs },
    );
    return untilMade(access, { channelId, update, end });
}

/** What ordering nodes would say, said before they are asked. */
function refusalAhead(
    config: common.Config,
    update: common.ConfigUpdate,
    { signatures }: SubmittedUpdate,
): Fault | undefined {
    try {
        applyUpdate(config, update);
    } catch (error) {
        return error instanceof StaleUpdateError
            ? movedOn(error.message.split("; ")[0] ?? "")
            : {
                  cause: (error as Error).message,
                  advice: "compute the update anew",
                  passing: false,
              };
    }
    const need = needOf(policyVerdicts(config, update, signatures.map(signerOf)));
    return need && missing(needInWords(need));
}

function movedOn(cause: string): Fault {
    return {
        cause,
        advice: "read the channel, compute the update anew, and have it signed again",
        passing: false,
    };
}

function missing(who: string): Fault {
    return {
        cause: `signatures are missing: ${who}`,
        advice: "have it signed by them, then submit it again",
        passing: false,
    };
}

async function send(access: DeliverAccess, submitted: SubmittedUpdate): Promise<void> {
    const { channelId, update, signatures } = submitted;
    const envelope = signedEnvelope({
        type: "CONFIG_UPDATE",
        channelId,
        data: updateEnvelope(update, signatures).serializeBinary(),
        signer: access.signer,
        now: new Date(),
    });
    const answer = await broadcastOnce(access, envelope, (error) =>
        failure(access, channelId, {
            cause: `the stream to it broke (${(error as Error).message})`,
            advice: "look at the node's log",
            passing: true,
        }),
    );
    if (answer.status !== "SUCCESS") {
        throw failure(access, channelId, answerFault(answer));
    }
}

/**
 * Puts a refusal in words. Fabric gives most of them as a bad request, and tells them apart in its text
 * alone.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/common/broadcast/broadcast.go#L108
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/configtx/update.go#L20
 */
export function answerFault({ status, info }: BroadcastAnswer): Fault {
    const said = info === "" ? `it answers ${status}` : `${info} (${status})`;
    if (/error validating ReadSet|attempt to set key .* to version/.test(info)) {
        return movedOn(`the channel has moved on since the update was computed: ${said}`);
    }
    if (/policy for .* not satisfied/.test(info)) {
        return missing(said);
    }
    if (/more than one consenter/.test(info)) {
        return { cause: said, advice: "change one consenter at a time", passing: false };
    }
    if (/quorum/.test(info)) {
        const advice = "bring all consenters up first, then submit it again";
        return { cause: said, advice, passing: false };
    }
    return KNOWN[status]?.(said) ?? { cause: said, advice: "look at its log", passing: false };
}

const KNOWN: Partial<Record<BroadcastAnswer["status"], (cause: string) => Fault>> = {
    SERVICE_UNAVAILABLE: (cause) => ({
        cause,
        advice: "wait until the channel has a leader",
        passing: true,
    }),
    NOT_FOUND: (cause) => ({ cause, advice: "ask a node that has joined it", passing: false }),
    FORBIDDEN: (cause) => ({
        cause,
        advice: "send it as an identity that satisfies /Channel/Writers and has not ended",
        passing: false,
    }),
};

/** Waits until the channel has an update that was taken into the order. */
async function untilMade(
    access: DeliverAccess,
    wanted: { channelId: string; update: common.ConfigUpdate; end: number },
): Promise<ReadConfig> {
    const { channelId, update, end } = wanted;
    for (;;) {
        const read = await readChannelConfig(access, channelId);
        if (read !== undefined && hasUpdate(read.config, update)) {
            return read;
        }
        // Of two updates that were taken at once, the second is dropped without a word.
        const overtaken = read && staleness(read.config, update);
        if (overtaken !== undefined) {
            throw failure(access, channelId, movedOn(overtaken));
        }
        if (Date.now() >= end) {
            throw failure(access, channelId, {
                cause: "it took the update, which is not in the channel yet",
                advice: "see that the channel orders, then run the same again",
                passing: true,
            });
        }
        await sleep(READ_EVERY_MS);
    }
}

function staleness(config: common.Config, update: common.ConfigUpdate): string | undefined {
    try {
        applyUpdate(config, update);
        return undefined;
    } catch (error) {
        return (error as Error).message.split("; ")[0];
    }
}

function failure({ target }: DeliverAccess, channelId: string, fault: Fault): NodeError {
    return new NodeError(target, `update the configuration of channel "${channelId}"`, fault);
}
