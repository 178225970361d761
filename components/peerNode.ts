import type { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim";
import * as pulumi from "@pulumi/pulumi";

import type { Problem } from "../fabric/problem";
import type { HostPort } from "../fabric/msp";
import { imageProblem } from "../fabric/images";
import { nodeAddress } from "../fabric/names";
import { PEER_PORTS } from "../fabric/ports";
import { lineOf } from "../fabric/versions";
import { createCouchDb, type CouchDb, type CouchDbArgs } from "./couchDb";
import type { FabricOrg } from "./fabricOrg";
import {
    advertised,
    advertiseProblem,
    checkNodeArgs,
    endpointText,
    NODE_DEFAULTS,
    type NodeArgs,
    problemsAt,
} from "./nodeArgs";
import { createNodeIdentity, givenNodeIdentity, type NodeIdentity } from "./nodeIdentity";
import { createLedger, guardLedger, ledgerProblems, storageOf } from "./nodeLedger";
import {
    checkHosts,
    claimNode,
    externalPortProblem,
    identitySecretProblem,
    nodeProblem,
} from "./nodePlace";
import { createNodePod, type NodePod } from "./nodePod";
import { createPeerConfiguration } from "./peerConfiguration";
import { choiceProblem, problemsOf, rejectInvalid } from "./validation";
import { logging } from "./workloads/pod";
import type { Owner } from "./workloads/labels";
import { peerPod } from "./workloads/peer";

/** Where a peer keeps the world state; the values of Fabric's `ledger.state.stateDatabase`. */
export type StateDatabase = (typeof STATE_DATABASES)[number];

const STATE_DATABASES = ["goleveldb", "CouchDB"] as const;

/** Arguments of a `PeerNode`. */
export interface PeerNodeArgs extends NodeArgs {
    /** Organization that owns the peer. */
    org: FabricOrg;

    /**
     * Where the peer keeps the world state. All peers of a channel use the same one, and it cannot be
     * changed later. `"goleveldb"` is faster; `"CouchDB"` answers queries over JSON.
     *
     * @default "goleveldb"
     */
    stateDatabase?: StateDatabase;

    /**
     * The CouchDB beside the peer.
     *
     * @default - CouchDB 3.4.2, the version Fabric 3.1.5 is tested with.
     */
    couchDb?: CouchDbArgs;

    /**
     * Host names or IP addresses by which the peer is known outside its cluster. They are in its TLS
     * certificate; set them from the start, even if nothing exposes the peer yet. The first one is
     * what other organizations are told.
     *
     * @default []
     */
    externalHosts?: string[];

    /**
     * Port of the external hosts.
     *
     * @default 7051
     */
    externalPort?: number;

    /**
     * Name of a Secret with the peer's keys and certificates, for keys that are kept elsewhere. Its
     * entries are listed in README.md under "Keys of your own".
     *
     * @default - keys and certificates are made by this program.
     */
    identitySecretName?: string;
}

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
 * for CouchDB, the settings of Fabric 2.5 as a ConfigMap, headless Service, StatefulSet, Service.
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
    /** `host:port` that channels and other organizations are told. */
    public readonly externalEndpoint: string;
    /** The same in its parts, as an anchor peer is written. */
    public readonly told: HostPort;
    public readonly identity: NodeIdentity;
    /** Claim of the ledger. */
    public readonly ledger: PersistentVolumeClaim;
    /** The CouchDB beside the peer; absent with goleveldb. */
    public readonly couchDb?: CouchDb;
    public readonly pod: NodePod;
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

        claimNode("PeerNode", { ...args, name }, PEER_PORTS.grpc);

        const owner: Owner = { mspId: org.mspId, kind: "peer", name };
        const inside = { host: nodeAddress(name, org.namespace), port: PEER_PORTS.grpc };
        const address = endpointText(inside);
        const resources = args.resources ?? DEFAULT_RESOURCES;

        this.org = org;
        this.name = name;
        this.fabricVersion = fabricVersion;
        this.stateDatabase = stateDatabase;
        this.told = advertised(args, inside);
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
                      externalHosts,
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
            line === "2.5" ? createPeerConfiguration(this, owner, org) : undefined;
        this.pod = createNodePod(this, {
            owner,
            org,
            ports: PEER_PORTS,
            dialedPorts: PEER_PORTS,
            updateStrategy: "RollingUpdate",
            identity: this.identity,
            claims: [this.ledger, ...(this.couchDb ? [this.couchDb.claim] : [])],
            configuration,
            pod: peerPod({
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
                resources,
                placement: args.placement ?? {},
                logging: logging(args.logSpecification ?? NODE_DEFAULTS.logSpecification),
            }),
        });
        this.ready = this.pod.service;
        // An output, so that what uses the address starts after the peer.
        this.endpoint = this.pod.service.metadata.name.apply(() => address);

        this.registerOutputs({ endpoint: this.endpoint, externalEndpoint: this.externalEndpoint });
    }
}

/** Everything wrong with the arguments that can be known without talking to a cluster. */
export function checkPeerNodeArgs(name: string, args: PeerNodeArgs): Problem[] {
    const { org, stateDatabase = "goleveldb", couchDb = {}, externalHosts = [] } = args;
    return [
        ...problemsOf(["name", nodeProblem({ org, name })]),
        ...checkHosts("externalHosts", { ...args, name }, PEER_PORTS.grpc),
        ...checkNodeArgs(args),
        ...problemsOf(
            ["externalPort", externalPortProblem(args.externalPort, externalHosts)],
            ["advertise", advertiseProblem(args.advertise, externalHosts)],
            ["identitySecretName", identitySecretProblem(org, args.identitySecretName)],
            ["stateDatabase", choiceProblem(stateDatabase, STATE_DATABASES, "state database")],
            ["couchDb.image", imageProblem(couchDb.image)],
            [
                "couchDb",
                stateDatabase === "CouchDB" || args.couchDb === undefined
                    ? undefined
                    : 'is set, but stateDatabase is "goleveldb"; take one of them away',
            ],
        ),
        ...(stateDatabase === "CouchDB"
            ? ledgerProblems(org.cluster, "stateDatabase", {
                  choice: couchDb.storage ?? args.storage,
                  path: couchDb.storage === undefined ? "storage" : "couchDb.storage",
                  size: couchDb.size ?? NODE_DEFAULTS.ledgerSize,
                  sizePath: "couchDb.size",
              })
            : []),
        ...problemsAt("couchDb.resources", couchDb.resources),
    ];
}
