import type { NamedNode } from "./nodeError";
import { NodeError, type Fault } from "./nodeError";
import type { OrdererAnswer } from "./ordererRequest";

/** The error for an answer of the channel participation interface that is not the one hoped for. */
export function refused(node: NamedNode, attempted: string, answer: OrdererAnswer): NodeError {
    return new NodeError(node, attempted, faultOf(answer));
}

/**
 * Puts a refusal of the channel participation interface in words. Fabric's statuses are few and its
 * words tell more, so both are looked at.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/common/channelparticipation/restapi.go#L545
 */
function faultOf({ status, refusal = "" }: OrdererAnswer): Fault {
    const said = refusal === "" ? `HTTP ${status} without a reason` : `${refusal} (HTTP ${status})`;
    const known = KNOWN.find(({ words }) => words.test(refusal));
    if (known !== undefined) {
        return { cause: said, advice: known.advice, passing: known.passing ?? false };
    }
    if (status === 409 || status >= 500) {
        return { cause: said, advice: "look at the node's log", passing: true };
    }
    if (status === 404 || status === 405) {
        return {
            cause: said,
            advice: "check that the address is the node's admin port and the version of the node",
            passing: false,
        };
    }
    return { cause: said, advice: "look at the node's log and at the block", passing: false };
}

const KNOWN: readonly { words: RegExp; advice: string; passing?: boolean }[] = [
    {
        words: /channel pending removal/,
        advice: "the node still removes the channel; try again",
        passing: true,
    },
    {
        words: /channel removal failure/,
        advice: "restart the node, which finishes the removal when it starts",
    },
    {
        words: /participation API is disabled/,
        advice: "set ORDERER_CHANNELPARTICIPATION_ENABLED=true on the node",
    },
    {
        words: /request body too large/,
        advice: "raise ORDERER_CHANNELPARTICIPATION_MAXREQUESTBODYSIZE on the node; it is 1 MB by default",
    },
    {
        words: /capabilit/i,
        advice: "the node's version does not know a capability of the channel; update the node or lower the capability",
    },
    {
        words: /he is a follower/,
        advice: "ask a consenter of the channel, or wait until the node has become one",
    },
    {
        words: /invalid channel ID/,
        advice: 'write lower-case letters, digits, "." and "-", a letter first, at most 249 characters',
    },
];
