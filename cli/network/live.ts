import { withSecrets } from "../checkState";
import { Refusal } from "../refusal";
import { nodeKey } from "./network";
import { type Entry, textOf } from "./stateReading";
import { nodeTarget } from "../../clients/connection";
import { NodeError } from "../../clients/nodeError";
import { type ChannelHealth, ordererHealth } from "../../clients/ordererHealth";
import { chainInfo } from "../../clients/peerAdmin";
import { credentialsOf, targetOf, unreachable } from "../../components/resources/methods/access";
import type { Properties } from "../../components/resources/remoteResource";

/** What a node says of a channel that the state has it in. */
export interface LiveAnswer {
    node: string;
    namespace: string;
    channelId: string;
    kind: "orderer" | "peer";
    /** Number of blocks; absent where the node cannot be asked or is not in the channel. */
    height?: number;
    /** Whether an ordering node leads. */
    leads?: boolean;
    /** `active`, `joined`, `not joined`, or why it cannot be asked. */
    status: string;
}

/** Answers by `answerKey`. */
export type LiveAnswers = ReadonlyMap<string, LiveAnswer>;

/** How long a node has to answer, in milliseconds: a person waits. */
const PATIENCE_MS = 5000;

/** What an answer is found by. */
export function answerKey(of: { node: string; namespace: string }, channelId: string): string {
    return `${nodeKey({ namespace: of.namespace, name: of.node })} ${channelId}`;
}

/**
 * Asks every node that the state has in a channel, all at once, the way that the state's own resources
 * do.
 *
 * @throws Refusal where the state's secrets are encrypted.
 */
export async function askNodes(entries: readonly Entry[]): Promise<LiveAnswers> {
    const memberships = entries.filter(({ kind }) =>
        /^(Orderer|Peer)ChannelMembership$/.test(kind),
    );
    const inputs = memberships.map(({ kind, raw }) => ({
        isPeer: kind === "PeerChannelMembership",
        properties: withSecrets(raw) as Properties,
    }));
    if (inputs.some(({ properties }) => textOf(properties.adminPrivateKeyPem) === "")) {
        throw new Refusal(
            "--live: the state's secrets are encrypted, and nodes are asked with them; let the command " +
                "export it (--stack), or pipe it in: pulumi stack export --show-secrets | kubefabric status - --live",
            2,
        );
    }
    const answers = await Promise.all(
        inputs.map(({ isPeer, properties }) =>
            isPeer ? askPeer(properties) : askOrderer(properties),
        ),
    );
    return new Map(answers.map((answer) => [answerKey(answer, answer.channelId), answer]));
}

async function askPeer(of: Properties): Promise<LiveAnswer> {
    return answering(of, "peer", async () => {
        const info = await chainInfo(
            {
                credentials: credentialsOf(of),
                target: targetOf(of, "peer grpc"),
                signer: {
                    mspId: of.mspId,
                    certificatePem: of.adminCertificatePem,
                    privateKeyPem: of.adminPrivateKeyPem,
                },
                patienceMs: PATIENCE_MS,
            },
            of.channelId,
        );
        return info === undefined ? undefined : { height: info.height, status: "joined" };
    });
}

async function askOrderer(of: Properties): Promise<LiveAnswer> {
    return answering(of, "orderer", async () => {
        const channels = await ordererHealth({
            credentials: credentialsOf(of),
            adminTarget: targetOf(of, "orderer admin"),
            operationsTarget: nodeTarget(
                {
                    node: of.node,
                    namespace: of.namespace,
                    outside: of.outside,
                    tlsCaPem: of.tlsCaPem,
                },
                "orderer",
                "operations",
            ),
            admin: {
                certificatePem: of.adminCertificatePem,
                privateKeyPem: of.adminPrivateKeyPem,
            },
        });
        const found = channels.find(({ name }) => name === of.channelId);
        return found && healthOf(found);
    });
}

function healthOf({ height, status, consensus }: ChannelHealth) {
    return { height, status: String(status), leads: consensus?.leads };
}

async function answering(
    { node, namespace, channelId }: Properties,
    kind: LiveAnswer["kind"],
    ask: () => Promise<Pick<LiveAnswer, "height" | "leads" | "status"> | undefined>,
): Promise<LiveAnswer> {
    const of = {
        node: textOf(node),
        namespace: textOf(namespace),
        channelId: textOf(channelId),
        kind,
    };
    try {
        return { ...of, ...((await ask()) ?? { status: "not joined" }) };
    } catch (error) {
        // Anything else is a fault of ours, and has to be seen.
        if (!(error instanceof NodeError)) {
            throw error;
        }
        return { ...of, status: unreachable(error) };
    }
}
