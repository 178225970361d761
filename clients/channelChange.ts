import type { common } from "@hyperledger/fabric-protos";

import type { WantedChannel } from "../fabric/configChanges";
import { nextUpdate, type ConsenterStep } from "../fabric/nextUpdate";
import type { Signer } from "../fabric/signing";
import { signaturesIn, updateBytesIn, writeUpdateFile } from "../fabric/updateFile";
import {
    fileOf,
    openPolicies,
    withOthersSignatures,
    withOurSignatures,
    type OthersSignatures,
} from "../fabric/updateSignatures";
import { submitConfigUpdate } from "./channelConfig";
import type { DeliverAccess } from "./ordererDeliver";

/** What a channel is to become, and who signs for it. */
export interface ChannelChange {
    wanted: WantedChannel;

    /** Administrators at hand. They sign where their signature is needed. */
    signers: readonly Signer[];

    /** Texts of update files that others signed. */
    signatures: readonly string[];

    /** Text of the update file that waited until now. */
    pending?: string;

    /**
     * Called before an update that changes a consenter, and once more after the last of them. It waits
     * until the channel can bear it; where it throws, nothing more is changed.
     */
    gate: (consenter: ConsenterStep | undefined) => Promise<void>;
}

/** How far a change came. */
export interface ChangeResult {
    /** How many updates were made. */
    made: number;

    /** The file of the update that waits for signatures, and who is still needed by each policy. */
    pending?: { file: string; waitsFor: string[] };

    /** Files that say nothing of this update any more. */
    stale: string[];
}

/**
 * Makes the updates that lead a channel to what is wanted, one after the other: computes each from what
 * the channel has then, gathers signatures, submits it and reads it back. It stops where signatures are
 * missing. Safe to repeat; what was interrupted goes on.
 *
 * @throws Error where the change is refused, a file of others is not right, or a node refuses it.
 */
export async function changeChannel(
    access: DeliverAccess,
    config: common.Config,
    change: ChannelChange,
): Promise<ChangeResult> {
    const { channelId } = change.wanted.definition;
    let [current, consentersChanged, remaining] = [config, false, Infinity];
    for (let made = 0; ; made++) {
        const next = nextUpdate(current, change.wanted);
        if (next === undefined) {
            if (consentersChanged) {
                await change.gate(undefined);
            }
            return { made, stale: [] };
        }
        if (next.remaining >= remaining) {
            throw new Error(
                `channel "${channelId}" is not nearer to what is wanted after ${made} updates, because ` +
                    "somebody else changes it too, or took an update back; look at its newest " +
                    "configuration, then run the update again",
            );
        }
        remaining = next.remaining;
        const gathered = gatherSignatures(current, next.update, change);
        if (gathered.problems.length > 0) {
            const lines = gathered.problems.map(({ path, reason }) => `  ${path}: ${reason}`);
            throw new Error([`channel "${channelId}" cannot be changed`, ...lines].join("\n"));
        }
        const waitsFor = openPolicies(gathered.file, current);
        if (waitsFor.length > 0) {
            const file = writeUpdateFile(gathered.file);
            return { made, pending: { file, waitsFor }, stale: gathered.stale };
        }
        if (next.consenter !== undefined) {
            await change.gate(next.consenter);
            consentersChanged = true;
        }
        const read = await submitConfigUpdate(access, {
            channelId,
            update: updateBytesIn(gathered.file),
            signatures: signaturesIn(gathered.file),
        });
        current = read.config;
    }
}

/** The file of an update with every signature that can be had, and what is wrong with files of others. */
export function gatherSignatures(
    config: common.Config,
    update: common.ConfigUpdate,
    { wanted, signers, signatures, pending }: Omit<ChannelChange, "gate">,
): OthersSignatures {
    const context = { channelId: wanted.definition.channelId, config, now: new Date() };
    const waiting = fileOf(update, pending, context);
    const others = withOthersSignatures(waiting, signatures, context);
    return { ...others, file: withOurSignatures(others.file, signers, context) };
}
