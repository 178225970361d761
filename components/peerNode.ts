import type { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim";
import * as pulumi from "@pulumi/pulumi";

import { endpointText, type HostPort } from "../fabric/msp";
import { PEER_PORTS } from "../fabric/ports";
import { lineOf } from "../fabric/versions";
import { createCouchDb, type CouchDb } from "./couchDb";
import type { DockerEndpoint } from "./dockerEndpoint";
import type { GatewayParameters } from "../fabric/connectionProfile";
import { gatewayOf, type ClientPlace } from "./clientConnections";
import type { FabricOrg } from "./fabricOrg";
import type { KubernetesBuilder } from "./kubernetesBuilder";
import { nodeAddresses, type NodeAddresses } from "./nodeAddresses";
import { NODE_DEFAULTS } from "./nodeArgs";
import { createNodeIdentity, givenNodeIdentity, type NodeIdentity } from "./nodeIdentity";
import { createLedger, guardLedger, storageOf } from "./nodeLedger";
import { exposeNode, type NodeOutside } from "./nodeOutside";
import { claimNode } from "./nodePlace";
import { createNodePod, type NodePod } from "./nodePod";
import { createPeerConfiguration } from "./peerConfiguration";
import { checkPeerNodeArgs, type PeerNodeArgs, type StateDatabase } from "./peerNodeArgs";
import { createOrdererOverrides } from "./peerOrderers";
import { startChaincode, startersOf } from "./peerChaincode";
import { rejectInvalid } from "./validation";
import { logging } from "./workloads/pod";
import type { Owner } from "./workloads/labels";
import { peerPod } from "./workloads/peer";
import { withChaincode } from "./workloads/peerChaincode";

export type { PeerNodeArgs, StateDatabase } from "./peerNodeArgs";

const DEFAULT_RESOURCES = {
    requests: { cpu: "500m", memory: "1Gi" },
    limits: { memory: "4Gi" },
};

/**
 * A peer: one Pod with its own identity, its own ledger and a name that lasts.
 *
 * A peer is not scaled by replicas: two Pods with one identity and one ledger are a fault. Make another
 * `PeerNode` instead.
 *
 * Children, in order: keys and certificates with their Secret, guard and claim of the ledger, the same
 * for CouchDB, its settings in files as ConfigMaps, a NetworkPolicy where it starts chaincode, headless Service, StatefulSet, Service, and what leads to
 * it from outside.
 *
 * @example
 * const peer0 = new PeerNode("org1-peer0", { org: org1 });
 */
export class PeerNode extends pulumi.ComponentResource {
    public readonly org: FabricOrg;
    /** Name of the peer, and of its objects in the cluster. */
    public readonly name: string;
    /** Version of Fabric that it runs. */
    public readonly fabricVersion: string;
    /** Where it keeps the world state. */
    public readonly stateDatabase: StateDatabase;
    /** `host:port` at which it is reached inside the cluster. */
    public readonly endpoint: pulumi.Output<string>;
    /** Which address others are told, where the program says so. */
    public readonly advertise?: PeerNodeArgs["advertise"];
    /** `host:port` that channels and other organizations are told. */
    public readonly externalEndpoint: string;
    /** The same in its parts, as an anchor peer is written. */
    public readonly told: HostPort;
    /** Where it is reached inside its cluster, and outside where it has a name there. */
    public readonly addresses: Pick<NodeAddresses, "inside" | "external">;
    public readonly identity: NodeIdentity;
    /** Claim of the ledger. */
    public readonly ledger: PersistentVolumeClaim;
    /** The CouchDB beside the peer; absent with goleveldb. */
    public readonly couchDb?: CouchDb;
    /** What it starts chaincode in Kubernetes with, where it does. */
    public readonly kubernetesBuilder?: KubernetesBuilder;
    /** Where it builds and runs chaincode from sources, where it does. */
    public readonly dockerEndpoint?: DockerEndpoint;
    public readonly pod: NodePod;
    /** What leads to it from outside its cluster, where something does. */
    public readonly outside?: NodeOutside;
    /** What comes after the peer depends on this: its last child. */
    public readonly ready: pulumi.Resource;

    /** @throws pulumi.ResourceError listing every problem of the arguments. */
    constructor(name: string, args: PeerNodeArgs, opts?: pulumi.ComponentResourceOptions) {
        rejectInvalid("PeerNode", name, checkPeerNodeArgs(name, args));
        const { org, stateDatabase = "goleveldb", externalHosts = [] } = args;
        const { fabricVersion = NODE_DEFAULTS.fabricVersion } = args;
        super(
            "kubefabric:index:PeerNode",
            name,
            { mspId: org.mspId, namespace: org.namespace, stateDatabase, externalHosts },
            pulumi.mergeOptions({ providers: [org.cluster.provider] }, opts),
        );

        claimNode("PeerNode", { ...args, kind: "peer", name });

        const owner: Owner = { mspId: org.mspId, kind: "peer", name };
        const addresses = nodeAddresses({ ...args, kind: "peer", name });
        const address = endpointText(addresses.inside);
        const resources = args.resources ?? DEFAULT_RESOURCES;
        const starters = startersOf(args);

        this.org = org;
        this.name = name;
        this.kubernetesBuilder = args.kubernetesBuilder;
        this.dockerEndpoint = args.dockerEndpoint;
        this.fabricVersion = fabricVersion;
        this.stateDatabase = stateDatabase;
        this.advertise = args.advertise;
        this.told = addresses.told;
        this.addresses = { inside: addresses.inside, external: addresses.external };
        this.externalEndpoint = endpointText(this.told);
        const ledger = {
            owner,
            org,
            name: `${name}-ledger`,
            storage: storageOf(org.cluster, "ledger", args.storage),
            size: args.ledgerSize ?? NODE_DEFAULTS.ledgerSize,
        };
        const guard = guardLedger(this, ledger);
        this.identity =
            args.identitySecretName === undefined
                ? createNodeIdentity(this, {
                      owner,
                      org,
                      externalHosts: addresses.externalHosts,
                      toldHosts: addresses.toldHosts,
                      guard,
                  })
                : givenNodeIdentity(org, args.identitySecretName);
        this.ledger = createLedger(this, { ...ledger, guard });
        this.couchDb =
            stateDatabase === "CouchDB"
                ? createCouchDb(this, {
                      ...args.couchDb,
                      owner,
                      org,
                      storage: storageOf(
                          org.cluster,
                          "stateDatabase",
                          args.couchDb?.storage ?? args.storage,
                      ),
                  })
                : undefined;
        const line = lineOf(fabricVersion);
        const configuration =
            // The image's own names a Docker daemon, which is right where there is one.
            line === "2.5" && args.dockerEndpoint === undefined
                ? createPeerConfiguration(this, owner, org)
                : undefined;
        const overrides = createOrdererOverrides(this, owner, org, args.orderers ?? []);
        const starting = startChaincode(this, owner, org, starters);
        this.pod = createNodePod(this, {
            owner,
            org,
            ports: PEER_PORTS,
            dialedPorts: PEER_PORTS,
            updateStrategy: "RollingUpdate",
            identity: this.identity,
            claims: [this.ledger, ...(this.couchDb ? [this.couchDb.claim] : [])],
            configuration,
            orderers: overrides,
            needs: starting,
            pod: withChaincode(
                peerPod({
                    name,
                    mspId: org.mspId,
                    address,
                    externalAddress: this.externalEndpoint,
                    fabricLine: line,
                    configuration: configuration?.name,
                    image: args.image ?? `${org.imageRegistry}/fabric-peer:${fabricVersion}`,
                    imagePullSecrets: org.imagePullSecrets,
                    identitySecret: this.identity.secretName,
                    intermediates: this.identity.intermediates,
                    ledgerClaim: `${name}-ledger`,
                    couchDb: this.couchDb?.sidecar,
                    overrides,
                    resources,
                    placement: args.placement ?? {},
                    logging: logging(args.logSpecification ?? NODE_DEFAULTS.logSpecification),
                }),
                starters.map(({ ofPeer }) => ofPeer),
            ),
        });
        this.outside = exposeNode(this, { owner, org, addresses, pod: this.pod });
        this.ready = this.outside?.needed ?? this.pod.service;
        // An output, so that what uses the address starts after the peer.
        this.endpoint = this.pod.service.metadata.name.apply(() => address);

        this.registerOutputs({ endpoint: this.endpoint, externalEndpoint: this.externalEndpoint });
    }

    /**
     * What an application needs, beside a user's certificate and key, to call chaincode through this peer's
     * gateway. Nothing of it is secret.
     *
     * @example
     * export const gateway = peer0.gatewayParameters();
     * @throws pulumi.ResourceError where the peer has no such address.
     */
    public gatewayParameters(place: ClientPlace = {}): pulumi.Output<GatewayParameters> {
        return gatewayOf(this, place);
    }
}
