import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { AppsV1Api, CoreV1Api, type V1Pod, type V1PodTemplateSpec } from "@kubernetes/client-node";

import { kubeConfigOf, type ClusterCredentials } from "./kubeconfig";
import { kubeDeadline } from "./kubeDeadline";
import { NodeError } from "./nodeError";
import { reachPod, unreached, type DialedAddress, type Unreached } from "./reachPod";

/** A peer and what it is going to dial. */
export interface DialingPeer {
    credentials: ClusterCredentials;
    node: string;
    namespace: string;
    channelId: string;
    dialed: readonly DialedAddress[];
}

/** How long the Pod may take from its creation to its end. */
const WITHIN_MS = 60_000;

/**
 * Refuses a channel whose ordering nodes a peer cannot reach: it would join, and have no block ever. The
 * addresses are dialed by a Pod beside the peer's, for what can be reached from here says nothing of it.
 *
 * One that is down for the moment is no reason, as long as another one answers. Where no such Pod can be
 * made, nothing is known, and nothing is refused.
 *
 * @throws NodeError naming each address and why it was not reached.
 */
export async function requireReached(peer: DialingPeer): Promise<void> {
    const dialed = await withoutOverrides(peer).catch(() => []);
    const failed = dialed.length === 0 ? [] : await dialFrom(peer, dialed).catch(() => []);
    const isNone = failed.length > 0 && failed.length === dialed.length;
    const reported = isNone ? failed : failed.filter(({ passing }) => !passing);
    if (reported.length === 0) {
        return;
    }
    const list = reported.map(({ address, cause }) => `${address} (${cause})`).join(", ");
    throw new NodeError({ node: peer.node, kind: "peer" }, `join channel "${peer.channelId}"`, {
        cause: `from inside its cluster, as a Pod of namespace ${peer.namespace}, it does not reach ${list}`,
        advice:
            "let these names lead to the ordering nodes in the DNS that the Pods of the cluster ask, and let " +
            "the Pods dial them (NetworkPolicies, egressPorts of the FabricOrg, firewalls); an address that " +
            "is not theirs any more takes a config update of the channel",
        passing: false,
    });
}

/** What the peer dials itself: not those for which it has other addresses, inside the cluster. */
async function withoutOverrides(peer: DialingPeer): Promise<DialedAddress[]> {
    const { spec } = await templateOf(peer);
    const setting = spec?.containers
        .flatMap(({ env = [] }) => env)
        .find(({ name }) => name === "CORE_PEER_DELIVERYCLIENT_ADDRESSOVERRIDES");
    const overrides = JSON.parse(setting?.value ?? "[]") as { from: string }[];
    return peer.dialed.filter(({ address }) => !overrides.some(({ from }) => from === address));
}

async function templateOf({
    credentials,
    node,
    namespace,
}: DialingPeer): Promise<V1PodTemplateSpec> {
    const apps = kubeConfigOf(credentials).makeApiClient(AppsV1Api);
    const set = await apps.readNamespacedStatefulSet({ name: node, namespace }, kubeDeadline());
    return set.spec!.template;
}

async function dialFrom(peer: DialingPeer, dialed: DialedAddress[]): Promise<Unreached[]> {
    const { namespace, node, channelId } = peer;
    const core = kubeConfigOf(peer.credentials).makeApiClient(CoreV1Api);
    const name = `${node}-reach-${randomBytes(3).toString("hex")}`;
    const body = reachPod(await templateOf(peer), name, { channelId, dialed });
    await core.createNamespacedPod({ namespace, body }, kubeDeadline());
    try {
        for (const end = Date.now() + WITHIN_MS; ; await sleep(300)) {
            const pod = await core.readNamespacedPod({ namespace, name }, kubeDeadline());
            const ended = endsIn(pod, dialed.length);
            if (ended !== undefined) {
                const said = await Promise.all(
                    ended.map(async (end, index) => end ?? logOf(core, { namespace, name }, index)),
                );
                return dialed.flatMap(
                    ({ address }, index) => unreached(address, said[index]!) ?? [],
                );
            }
            if (Date.now() > end) {
                return [];
            }
        }
    } finally {
        await core.deleteNamespacedPod({ namespace, name }, kubeDeadline()).catch(() => undefined);
    }
}

/**
 * What each container said at its end, which the kubelet tells for most that failed; nothing until all have
 * ended.
 */
function endsIn({ status }: V1Pod, count: number): (string | undefined)[] | undefined {
    const ends = Array.from({ length: count }, (_, index) => {
        const container = status?.containerStatuses?.find(
            ({ name }) => name === `address-${index}`,
        );
        return container?.state?.terminated;
    });
    return ends.every((end) => end !== undefined)
        ? ends.map(({ exitCode, message }) => (exitCode === 0 ? "" : message || undefined))
        : undefined;
}

async function logOf(
    core: CoreV1Api,
    pod: { namespace: string; name: string },
    index: number,
): Promise<string> {
    const container = `address-${index}`;
    return core.readNamespacedPodLog({ ...pod, container }, kubeDeadline());
}
