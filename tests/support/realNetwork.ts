import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

import { AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { Channel, ExistingCluster, FabricOrg, OrdererService, PeerNode } from "kubefabric";
import type { OutsideArgs, PeerNodeArgs } from "kubefabric";
import type { NodeTarget } from "kubefabric/internal/clients/connection";
import type { ClusterCredentials } from "kubefabric/internal/clients/kubeconfig";
import type { OrdererAccess } from "kubefabric/internal/clients/ordererAdmin";
import type { PeerAccess } from "kubefabric/internal/clients/peerAdmin";
import type { ChannelSettings } from "kubefabric/internal/fabric/channelDefinition";
import type { OrgDefinition } from "kubefabric/internal/fabric/msp";
import { nodeAddress } from "kubefabric/internal/fabric/names";
import { ORDERER_PORTS, PEER_PORTS } from "kubefabric/internal/fabric/ports";
import type { CertificateAuthority } from "kubefabric/internal/fabric/x509";
import type { Signer } from "kubefabric/internal/fabric/signing";

const kubeconfigPath = process.env.KUBEFABRIC_TEST_KUBECONFIG;

/** Skips a suite where there is no cluster whose containers run. */
export function needsRealCluster(suite: Mocha.Suite): void {
    if (!kubeconfigPath) {
        suite.pending = true;
    }
}

export function realCredentials(): ClusterCredentials {
    return { kubeconfig: readFileSync(kubeconfigPath ?? "", "utf8") };
}

/** The official clients of the cluster. */
export function realApis(): { core: CoreV1Api; apps: AppsV1Api } {
    const config = new KubeConfig();
    config.loadFromString(realCredentials().kubeconfig);
    return { core: config.makeApiClient(CoreV1Api), apps: config.makeApiClient(AppsV1Api) };
}

/** What a test varies between two updates. */
export interface RealShape {
    /** @default "etcdraft" */
    consensus?: "etcdraft" | "BFT";
    /** Peers of the first organization; the second has one. @default ["peer0"] */
    peers?: readonly string[];
    ordererImage?: string;
    /** Of all nodes. @default - that of the package. */
    fabricVersion?: string;
    /** Of the first organization's peers. @default - that of all nodes. */
    peerVersion?: string;
    ordererLog?: string;
    certificateValidityDays?: number;
    recover?: boolean;
    protection?: "protect" | "none";
    /** Of all organizations. */
    outside?: OutsideArgs;
    /** Which address ordering nodes tell. */
    advertise?: "internal" | "external";
    /** Whether peers take their blocks inside the cluster although ordering nodes tell another address. */
    besideOrderers?: boolean;
    /** @default - those of the tests. */
    kubeconfig?: string;
    /** What each peer has beyond, by its organization. */
    peerArgs?: (org: FabricOrg) => Partial<PeerNodeArgs>;
    /** What the program has beyond the channel; what it gives out is added. */
    beyond?: (channel: Channel) => Record<string, unknown>;
}

/** A network with a channel on the real cluster, in namespaces of its own. */
export class RealNetwork {
    readonly mark = randomBytes(3).toString("hex");
    readonly channelId = `channel-${this.mark}`;
    readonly ordererNamespace = `n${this.mark}-orderers`;
    readonly orgNamespaces = [`n${this.mark}-org1`, `n${this.mark}-org2`] as const;

    get namespaces(): string[] {
        return [this.ordererNamespace, ...this.orgNamespaces];
    }

    /** Takes away all that a suite has left in the cluster. */
    async deleteNamespaces(): Promise<void> {
        const { core } = realApis();
        await Promise.all(
            this.namespaces.map((name) => core.deleteNamespace({ name }).catch(() => undefined)),
        );
    }

    /** The program of one shape. */
    program(shape: RealShape = {}): () => Promise<Record<string, unknown>> {
        return async () => {
            const { consensus, protection, certificateValidityDays, fabricVersion } = shape;
            const resources = { requests: { cpu: "20m", memory: "64Mi" } };
            const cluster = new ExistingCluster("cluster", {
                kubeconfig: shape.kubeconfig ?? realCredentials().kubeconfig,
                vendor: "local",
                recover: shape.recover,
            });
            const { outside } = shape;
            const shared = { cluster, protection, certificateValidityDays, outside };
            const ordererOrg = new FabricOrg(this.ordererNamespace, {
                ...shared,
                mspId: "OrdererMSP",
            });
            const orderers = new OrdererService("orderer", {
                org: ordererOrg,
                consensus,
                fabricVersion,
                ledgerSize: "1Gi",
                resources,
                image: shape.ordererImage,
                logSpecification: shape.ordererLog,
                advertise: shape.advertise,
            });
            const peers = this.orgNamespaces.flatMap((namespace, index) => {
                const org = new FabricOrg(namespace, { ...shared, mspId: `Org${index + 1}MSP` });
                const more = shape.peerArgs?.(org);
                const names = index === 0 ? (shape.peers ?? ["peer0"]) : ["other0"];
                return names.map(
                    (name) =>
                        new PeerNode(name, {
                            org,
                            fabricVersion:
                                index === 0 ? (shape.peerVersion ?? fabricVersion) : fabricVersion,
                            ledgerSize: "1Gi",
                            resources,
                            orderers: shape.besideOrderers ? [orderers] : [],
                            ...more,
                        }),
                );
            });
            const channel = new Channel(this.channelId, {
                orderers: [orderers],
                peers,
                profile: "local",
            });
            const { admin, tlsCa, mspId } = peers[0]!.org;
            const other = peers.at(-1)!.org;
            return {
                ...shape.beyond?.(channel),
                genesisHash: channel.genesisHash,
                ordererTlsCaPem: ordererOrg.tlsCa.certificatePem,
                orgTlsCaPem: tlsCa.certificatePem,
                ordererAdmin: pulumi.output(orderers.admin),
                orgAdmin: pulumi.output({ ...admin, mspId }),
                ordering: orderers.definition,
                application: pulumi.all(
                    peers.flatMap(({ org }, index) =>
                        peers.findIndex((peer) => peer.org === org) === index
                            ? [org.definition]
                            : [],
                    ),
                ),
                settings: channel.settings,
                orderingCas: pulumi.output({
                    signingCa: ordererOrg.signingCa,
                    tlsCa: ordererOrg.tlsCa,
                }),
                admins: pulumi.output(
                    [ordererOrg, ...new Set(peers.map(({ org }) => org))].map((org) => ({
                        ...org.admin,
                        mspId: org.mspId,
                    })),
                ),
                otherTlsCaPem: other.tlsCa.certificatePem,
                otherAdmin: pulumi.output({ ...other.admin, mspId: other.mspId }),
            };
        };
    }

    ordererTarget(node: string, port: keyof typeof ORDERER_PORTS, tlsCaPem: string): NodeTarget {
        return {
            node,
            namespace: this.ordererNamespace,
            kind: "orderer",
            port: ORDERER_PORTS[port],
            serverName: nodeAddress(node, this.ordererNamespace),
            tlsCaPem,
        };
    }

    ordererAccess(node: string, outputs: RealOutputs): OrdererAccess {
        return {
            credentials: realCredentials(),
            target: this.ordererTarget(node, "admin", outputs.ordererTlsCaPem),
            admin: outputs.ordererAdmin,
        };
    }

    peerAccess(node: string, outputs: RealOutputs): PeerAccess {
        const [namespace] = this.orgNamespaces;
        return this.accessTo(node, namespace, outputs.orgTlsCaPem, outputs.orgAdmin);
    }

    /** The second organization's peer. */
    otherPeerAccess(outputs: RealOutputs): PeerAccess {
        const [, namespace] = this.orgNamespaces;
        return this.accessTo("other0", namespace, outputs.otherTlsCaPem, outputs.otherAdmin);
    }

    private accessTo(
        node: string,
        namespace: string,
        tlsCaPem: string,
        signer: Signer,
    ): PeerAccess {
        return {
            credentials: realCredentials(),
            target: {
                node,
                namespace,
                kind: "peer",
                port: PEER_PORTS.grpc,
                serverName: nodeAddress(node, namespace),
                tlsCaPem,
            },
            signer,
        };
    }
}

/** What the program gives out. */
export interface RealOutputs {
    genesisHash: string;
    ordererTlsCaPem: string;
    orgTlsCaPem: string;
    ordererAdmin: { certificatePem: string; privateKeyPem: string };
    orgAdmin: Signer;
    /** Definitions of the organizations, without the anchor peers that the channel adds. */
    ordering: OrgDefinition;
    application: OrgDefinition[];
    settings: ChannelSettings;
    orderingCas: Record<"signingCa" | "tlsCa", CertificateAuthority>;
    /** Administrators of the ordering organization and of those with peers. */
    admins: Signer[];
    otherTlsCaPem: string;
    otherAdmin: Signer;
}
