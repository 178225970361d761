import { withSecrets } from "../checkState";
import { Refusal } from "../refusal";
import { nodeKey } from "./network";
import type { Entry } from "./stateReading";
import { nodeTarget, type ReachedNode } from "../../clients/connection";
import type { ClusterCredentials } from "../../clients/kubeconfig";
import { type ChannelHealth, ordererHealth } from "../../clients/ordererHealth";
import { chainInfo } from "../../clients/peerAdmin";
import { unreachable } from "../../components/resources/methods/access";

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

/** What the resource of a node in a channel has as inputs, as far as it is used here. */
interface Connection extends ReachedNode, ClusterCredentials {
    channelId: string;
    /** Of a peer. */
    mspId: string;
    adminCertificatePem: string;
    adminPrivateKeyPem?: string;
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
        connection: withSecrets(raw) as Connection,
    }));
    if (inputs.some(({ connection }) => !connection.adminPrivateKeyPem)) {
        throw new Refusal(
            "--live: the state's secrets are encrypted, and nodes are asked with them; let the command " +
                "export it (--stack), or pipe it in: pulumi stack export --show-secrets | kubefabric status - --live",
            2,
        );
    }
    const answers = await Promise.all(
        inputs.map(({ isPeer, connection }) =>
            isPeer ? askPeer(connection) : askOrderer(connection),
        ),
    );
    return new Map(answers.map((answer) => [answerKey(answer, answer.channelId), answer]));
}

async function askPeer(of: Connection): Promise<LiveAnswer> {
    return answering(of, "peer", async () => {
        const info = await chainInfo(
            {
                credentials: of,
                target: nodeTarget(of, "peer", "grpc"),
                signer: {
                    mspId: of.mspId,
                    certificatePem: of.adminCertificatePem,
                    privateKeyPem: of.adminPrivateKeyPem ?? "",
                },
                patienceMs: PATIENCE_MS,
            },
            of.channelId,
        );
        return info === undefined ? undefined : { height: info.height, status: "joined" };
    });
}

async function askOrderer(of: Connection): Promise<LiveAnswer> {
    return answering(of, "orderer", async () => {
        const channels = await ordererHealth({
            credentials: of,
            adminTarget: nodeTarget(of, "orderer", "admin"),
            operationsTarget: nodeTarget(of, "orderer", "operations"),
            admin: {
                certificatePem: of.adminCertificatePem,
                privateKeyPem: of.adminPrivateKeyPem ?? "",
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
    { node, namespace, channelId }: Connection,
    kind: LiveAnswer["kind"],
    ask: () => Promise<Pick<LiveAnswer, "height" | "leads" | "status"> | undefined>,
): Promise<LiveAnswer> {
    const of = { node, namespace, channelId, kind };
    try {
        return { ...of, ...((await ask()) ?? { status: "not joined" }) };
    } catch (error) {
        // A login that fails is no error of a node, and one cluster's must not hide the others'.
        return { ...of, status: unreachable(error) };
    }
}
