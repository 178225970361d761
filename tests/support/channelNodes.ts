import type { ChannelDefinition } from "kubefabric/internal/fabric/channelDefinition";
import { buildGenesisBlock, describeBlock } from "kubefabric/internal/fabric/genesisBlock";
import { ORDERER_PORTS, PEER_PORTS } from "kubefabric/internal/fabric/ports";
import type { CertificateAuthority } from "kubefabric/internal/fabric/x509";

import { goldenDefinition } from "../fabric/goldenChannel.ts";
import { DeliverNode } from "./deliverNode.ts";
import { KubernetesApi } from "./kubernetesApi.ts";
import {
    makeAuthority,
    makeIdentity,
    makeNodeIdentity,
    testAuthorities,
    type Identity,
} from "./nodeIdentities.ts";
import { OrdererNode } from "./ordererNode.ts";
import { PeerNode } from "./peerNode.ts";

/** What the memberships of a channel are given, secrets in clear. */
export interface ChannelFacts {
    kubeconfig: string;
    namespace: string;
    tlsCaPem: string;
    /** Admitted by the admin endpoints. */
    admin: Identity;
    /** Administrator of the peer's organization. */
    signer: Identity & { mspId: string };
}

const ORDERERS = ["orderer-0", "orderer-1"] as const;

/**
 * Two ordering nodes and a peer behind an API server that forwards their ports, and a channel that
 * they do not have yet: what the resources of a channel talk to.
 */
export class ChannelNodes {
    readonly api = new KubernetesApi();
    readonly definition: ChannelDefinition = goldenDefinition("raft");
    readonly channelId = this.definition.channelId;
    readonly block = buildGenesisBlock(this.definition);
    readonly hash = describeBlock(this.block).hash;
    readonly orderers = new Map<string, OrdererNode>();
    readonly delivers = new Map<string, DeliverNode>();
    peer!: PeerNode;
    facts!: ChannelFacts;
    /** Whether one of the nodes leads the channel. */
    led = true;
    private signingCa!: CertificateAuthority;

    async start(): Promise<this> {
        await this.api.start();
        const { tlsCa, adminCa, admin } = await testAuthorities();
        for (const name of ORDERERS) {
            const tls = await makeNodeIdentity(tlsCa, name);
            const node = await new OrdererNode(tls, adminCa.certificatePem).start();
            node.metrics = () => this.metrics(name);
            this.orderers.set(name, node);
            this.delivers.set(name, await new DeliverNode(tls).start());
        }
        this.peer = await new PeerNode(await makeNodeIdentity(tlsCa, "peer0")).start();
        this.signingCa = await makeAuthority("ca");
        const profile = "signing" as const;
        const signer = await makeIdentity({ ca: this.signingCa, commonName: "admin", profile });
        this.facts = {
            kubeconfig: this.api.credentials.kubeconfig,
            namespace: "ordering",
            tlsCaPem: tlsCa.certificatePem,
            admin,
            signer: { ...signer, mspId: "Org1MSP" },
        };
        this.expose();
        return this;
    }

    async stop(): Promise<void> {
        await Promise.all([...this.orderers.values()].map((node) => node.stop()));
        this.delivers.forEach((node) => node.stop());
        this.peer.stop();
        await this.api.stop();
    }

    /** As at the start: nobody has joined anything, and everybody behaves. */
    clear(): void {
        for (const node of this.orderers.values()) {
            node.channels.clear();
            node.misbehave.length = 0;
            node.requests.length = 0;
            node.joined = { consensusRelation: "consenter", status: "active" };
        }
        for (const node of this.delivers.values()) {
            node.blocks.clear();
            node.refuse.length = 0;
            node.asked.length = 0;
        }
        this.peer.ledgers.clear();
        this.peer.misbehave.length = 0;
        this.peer.calls.length = 0;
        this.led = true;
        this.api.forwardFault = undefined;
        this.expose();
    }

    orderer(name: (typeof ORDERERS)[number] = "orderer-0"): OrdererNode {
        return this.orderers.get(name)!;
    }

    /** Lets the gRPC ports of the ordering nodes serve a block of the channel. */
    deliver(block: Uint8Array = this.block): void {
        this.delivers.forEach((node) => node.blocks.set(this.channelId, block));
    }

    /** Lets both ordering nodes have the channel. */
    joinOrderers(): void {
        for (const node of this.orderers.values()) {
            const { consensusRelation, status } = node.joined;
            node.channels.set(this.channelId, {
                consensusRelation,
                status,
                height: 1,
                block: this.block,
            });
        }
        this.deliver();
    }

    /** Lets nobody reach a node any more: its ports are closed. */
    kill(name: string): void {
        this.api.pods.set(`${name}-0`, { ready: false, ports: {} });
    }

    /** Everything that was asked of the network. */
    asked(): number {
        const requests = [...this.orderers.values()].map((node) => node.requests.length);
        const blocks = [...this.delivers.values()].map((node) => node.asked.length);
        return [...requests, ...blocks, this.peer.calls.length].reduce((sum, one) => sum + one, 0);
    }

    /** Makes all nodes reachable. */
    expose(): void {
        for (const [name, node] of this.orderers) {
            const ports = {
                [ORDERER_PORTS.admin]: node.adminPort,
                [ORDERER_PORTS.operations]: node.operationsPort,
                [ORDERER_PORTS.grpc]: this.delivers.get(name)?.port,
            };
            this.api.pods.set(`${name}-0`, { ready: true, ports });
        }
        const ports = { [PEER_PORTS.grpc]: this.peer.port };
        this.api.pods.set("peer0-0", { ready: true, ports });
    }

    private metrics(name: string): string {
        if (!this.orderers.get(name)?.channels.has(this.channelId)) {
            return "";
        }
        const leads = this.led && name === ORDERERS[0] ? 1 : 0;
        const label = `{channel="${this.channelId}"}`;
        return (
            `consensus_etcdraft_cluster_size${label} ${ORDERERS.length}\n` +
            `consensus_etcdraft_is_leader${label} ${leads}\n` +
            `consensus_etcdraft_active_nodes${label} ${this.led ? ORDERERS.length : 0}\n`
        );
    }
}

/** Inputs of the resources of a channel, as their constructors write them. */
export function channelInputs({ facts, channelId, definition, block, hash }: ChannelNodes) {
    const { kubeconfig, namespace, tlsCaPem, admin, signer } = facts;
    const at = { kubeconfig, namespace, tlsCaPem };
    const nodes = ORDERERS.map((node) => ({ node }));
    const asSigner = {
        mspId: signer.mspId,
        certificatePem: signer.certificatePem,
        privateKeyPem: signer.privateKeyPem,
    };
    return {
        ordererMembership: {
            ...at,
            node: ORDERERS[0],
            channelId,
            block: Buffer.from(block).toString("base64"),
            adminCertificatePem: admin.certificatePem,
            adminPrivateKeyPem: admin.privateKeyPem,
            consenter: definition.ordering[0]!.consenters[0]!,
            siblings: nodes,
            consensusRelation: "consenter",
            status: "active",
        },
        peerMembership: {
            ...at,
            node: "peer0",
            channelId,
            genesisHash: hash,
            orderers: { ...at, nodes },
            mspId: signer.mspId,
            adminCertificatePem: signer.certificatePem,
            adminPrivateKeyPem: signer.privateKeyPem,
            status: "joined",
        },
        consenterSet: {
            channelId,
            consensus: "etcdraft",
            services: [{ ...at, nodes, admin }],
            active: "all",
            leader: "elected",
        },
        channelConfig: {
            wanted: { definition, others: [], signatures: [] },
            admins: [asSigner],
            services: [{ ...at, nodes, admin }],
            mspId: signer.mspId,
            signerCertificatePem: signer.certificatePem,
            signerPrivateKeyPem: signer.privateKeyPem,
        },
        genesisBlock: {
            definition,
            recovery: { channelId, services: [{ ...at, nodes }], signer: asSigner },
        },
    };
}
