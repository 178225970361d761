import type { RolloutNode } from "kubefabric/internal/clients/rolloutGate";

import { KubernetesApi } from "./kubernetesApi.ts";
import { makeNodeIdentity, testAuthorities, type Identity } from "./nodeIdentities.ts";
import { OrdererNode } from "./ordererNode.ts";

/** A channel of a simulated ordering service. */
export interface SimulatedChannel {
    name: string;
    type?: "etcdraft" | "BFT";
    /** Its consenters among the nodes. */
    members: string[];
    /** Consenters that others run, and how many of them are up. */
    others?: number;
    othersUp?: number;
    leader?: string;
    height?: number;
}

interface Simulated {
    server: OrdererNode;
    up: boolean;
    /** Channels of which it has heard from the leader since its start. */
    inTouch: Set<string>;
    /** Blocks that it lacks. */
    lag: number;
}

/** How long things take, in milliseconds; seconds in a real one. */
const RESTART = 20;
const CONTACT = 80;

/**
 * Ordering nodes in a cluster of Kubernetes, with the delays that matter: a Pod that is deleted comes
 * back after a moment, is ready, and only later takes part in its channels again. Whoever deletes a
 * Pod that a channel cannot spare is found out.
 */
export class OrderingCluster {
    readonly api = new KubernetesApi();
    readonly channels: SimulatedChannel[];
    /** Pods that were deleted, in order. */
    readonly replaced: string[] = [];
    /** Channels that had not all consenters active when a Pod of a member was deleted. */
    readonly harmed: string[] = [];
    /** Nodes that do not come back by themselves. */
    readonly stuck = new Set<string>();
    /** Nodes that come back and are never in touch with a leader. */
    readonly mute = new Set<string>();
    readonly simulated = new Map<string, Simulated>();
    private readonly names: readonly string[];
    private readonly timers = new Set<NodeJS.Timeout>();
    private readonly ports = new Map<string, [admin: number, operations: number]>();

    constructor(names: readonly string[], channels: SimulatedChannel[] = []) {
        this.names = names;
        this.channels = channels;
    }

    async start(make?: (name: string) => Promise<Identity>): Promise<this> {
        await this.api.start();
        const { tlsCa, adminCa } = await testAuthorities();
        for (const name of this.names) {
            const tls = await (make ?? ((node) => makeNodeIdentity(tlsCa, node)))(name);
            const server = new OrdererNode(tls, adminCa.certificatePem);
            server.metrics = () => this.metricsOf(name);
            const all = this.channels.map((channel) => channel.name);
            this.simulated.set(name, { server, up: false, inTouch: new Set(all), lag: 0 });
            this.api.sets.set(name, { revision: "new" });
            await this.boot(name, "old");
        }
        this.api.onDelete = (pod) => void this.onDelete(pod.replace(/-0$/, ""));
        return this;
    }

    async stop(): Promise<void> {
        this.timers.forEach(clearTimeout);
        await Promise.all([...this.simulated.values()].map(({ server }) => server.stop()));
        await this.api.stop();
    }

    /** The nodes, with addresses: forwards have tests of their own, and this is quicker. */
    get nodes(): RolloutNode[] {
        return this.names.map((name) => {
            const [admin, operations] = this.ports.get(name)!;
            return {
                name,
                outside: { host: "127.0.0.1", ports: { admin, operations } },
            };
        });
    }

    /** Stops a node as a crash does. */
    async crash(name: string): Promise<void> {
        const pod = this.api.pods.get(`${name}-0`);
        Object.assign(pod ?? {}, { ready: false, waiting: "CrashLoopBackOff", ports: {} });
        await this.down(name);
    }

    /** Starts a node, whose Pod is ready then. */
    async boot(name: string, revision: string): Promise<void> {
        const node = this.get(name);
        node.server.channels.clear();
        for (const { name: channel, members, height = 5 } of this.channels) {
            if (members.includes(name)) {
                node.server.channels.set(channel, {
                    consensusRelation: "consenter",
                    status: "active",
                    height: height - node.lag,
                });
            }
        }
        await node.server.start(this.ports.get(name));
        const { adminPort = 0, operationsPort = 0 } = node.server;
        this.ports.set(name, [adminPort, operationsPort]);
        node.up = true;
        this.api.pods.set(`${name}-0`, {
            ready: true,
            revision,
            uid: `${name}-${Math.random()}`,
            ports: { 9443: adminPort, 8443: operationsPort },
        });
    }

    private async onDelete(name: string): Promise<void> {
        this.replaced.push(name);
        if (this.get(name).up) {
            const harmed = this.channels.filter(
                (channel) => channel.members.includes(name) && !this.isWell(channel),
            );
            this.harmed.push(...harmed.map((channel) => `${channel.name} without ${name}`));
        }
        Object.assign(this.api.pods.get(`${name}-0`) ?? {}, { leaving: true });
        await this.down(name);
        this.api.pods.delete(`${name}-0`);
        if (!this.stuck.has(name)) {
            this.later(RESTART, () => void this.boot(name, "new"));
            this.later(RESTART + CONTACT, () => this.join(name));
        }
    }

    private async down(name: string): Promise<void> {
        const node = this.get(name);
        node.up = false;
        node.inTouch.clear();
        for (const channel of this.channels.filter(({ leader }) => leader === name)) {
            channel.leader = channel.members.find((member) => this.get(member).up);
        }
        await node.server.stop();
    }

    private join(name: string): void {
        if (!this.mute.has(name)) {
            const node = this.get(name);
            node.lag = 0;
            for (const channel of this.channels.filter(({ members }) => members.includes(name))) {
                node.inTouch.add(channel.name);
                channel.leader ??= name;
                const { height = 5 } = channel;
                Object.assign(node.server.channels.get(channel.name) ?? {}, { height });
            }
        }
    }

    private isWell(channel: SimulatedChannel): boolean {
        return (
            channel.leader !== undefined &&
            channel.members.every((member) => this.takesPart(member, channel))
        );
    }

    private takesPart(name: string, { name: channel }: SimulatedChannel): boolean {
        const { up, inTouch, lag } = this.get(name);
        return up && inTouch.has(channel) && lag === 0;
    }

    private metricsOf(name: string): string {
        return this.channels
            .filter(({ members }) => members.includes(name))
            .map((channel) => this.metricsOfChannel(name, channel))
            .join("");
    }

    private metricsOfChannel(name: string, channel: SimulatedChannel): string {
        const { members, others = 0, othersUp = others, leader, type = "etcdraft" } = channel;
        const inTouch = this.get(name).inTouch.has(channel.name);
        const leads = leader === name ? 1 : 0;
        const size = members.length + others;
        const gauge = (gaugeName: string, value: number) =>
            `consensus_${gaugeName}{channel="${channel.name}"} ${value}\n`;
        if (type === "BFT") {
            const view = inTouch ? 2 : 1;
            return (
                gauge("BFT_cluster_size", size) +
                gauge("BFT_is_leader", leads) +
                gauge("BFT_leader_id", 1) +
                gauge("smartbft_view_leader_id", 1) +
                gauge("smartbft_view_number", view)
            );
        }
        const counted = members.filter((member) => this.takesPart(member, channel)).length;
        return (
            gauge("etcdraft_cluster_size", size) +
            gauge("etcdraft_is_leader", leads) +
            gauge("etcdraft_active_nodes", inTouch ? counted + othersUp : 0)
        );
    }

    private get(name: string): Simulated {
        const found = this.simulated.get(name);
        if (found === undefined) {
            throw new Error(`no node ${name}`);
        }
        return found;
    }

    private later(after: number, run: () => void): void {
        this.timers.add(setTimeout(run, after));
    }
}
