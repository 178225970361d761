import { lifecycleFault } from "./lifecycleRefusal";
import { NodeError } from "./nodeError";
import { calling, type CalledPeer, type PeerAccess } from "./peerAdmin";
import type { PeerAnswer } from "./peerCall";

/** A call of a function of `_lifecycle`. */
export interface LifecycleCall {
    name: string;
    args: Uint8Array;
    attempted: string;
    channelId?: string;
    answerWithinMs?: number;
}

/** Calls a function of `_lifecycle`; a refusal is an answer. */
export async function invoke(called: CalledPeer, wanted: LifecycleCall): Promise<PeerAnswer> {
    const { name, args, ...more } = wanted;
    const call = { type: "ENDORSER_TRANSACTION", chaincode: "_lifecycle" } as const;
    return called.call({ ...call, ...more, args: [name, args] });
}

/** The error for a refusal of `_lifecycle`. */
export function refusedLifecycle(
    { at, access }: Pick<CalledPeer, "at" | "access">,
    attempted: string,
    message: string,
): NodeError {
    return new NodeError(at.target, attempted, lifecycleFault(message, access.signer));
}

/** The payload of a function that must succeed. */
export async function ask(access: PeerAccess, wanted: LifecycleCall): Promise<Uint8Array> {
    return calling(access, async (called) => {
        const answer = await invoke(called, wanted);
        requireSuccess(called, wanted.attempted, answer);
        return answer.payload;
    });
}

/** Fails where a function did not succeed. */
export function requireSuccess(called: CalledPeer, attempted: string, answer: PeerAnswer): void {
    if (answer.status !== 200) {
        throw refusedLifecycle(called, attempted, answer.message);
    }
}
