import type { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";
import * as pulumi from "@pulumi/pulumi";

import type { Consensus } from "../fabric/channelDefinition";
import type { OrgDefinition } from "../fabric/msp";
import type { Problem } from "../fabric/problem";
import { DEFAULT_FABRIC_VERSION, fabricLine } from "../fabric/versions";
import { createAuthority, type Authority } from "./authority";
import { administeredNodes } from "./nodeConnections";
import type { FabricOrg } from "./fabricOrg";
import { advertiseProblem, checkNodeArgs, checkNodeNames, type NodeArgs } from "./nodeArgs";
import type { NodeCertificates } from "./nodeIdentity";
import { OrdererNode } from "./ordererNode";
import { keepOptions } from "./protection";
import { Certificate } from "./resources/certificate";
import { OrdererRollout } from "./resources/ordererRollout";
import { PrivateKey } from "./resources/privateKey";
import { problemsOf, rejectInvalid } from "./validation";
import { oneAtATime } from "./workloads/node";
import type { AdminIdentity } from "./adminIdentity";

/** Arguments of an `OrdererService`. */
export interface OrdererServiceArgs extends NodeArgs {
    /** Organization that owns the ordering nodes. */
    org: FabricOrg;

    /**
     * How the nodes agree on the order of transactions, in Fabric's own words: `"etcdraft"` tolerates
     * nodes that crash, `"BFT"` (SmartBFT) also nodes that lie. It cannot change later.
     *
     * @default "etcdraft"
     */
    consensus?: Consensus;

    /**
     * How many ordering nodes. Raft: 1 tolerates no failure, 3 tolerate one, 5 two. SmartBFT: 4
     * tolerate one, 7 two. They are named after the component: `orderer-0`, `orderer-1`, …
     *
     * @default - 3 with Raft, 4 with SmartBFT.
     */
    nodes?: number;

    /**
     * Host names or IP addresses by which each node is known outside the cluster, by the node's
     * number. They are in its TLS certificate; set them from the start, even if nothing exposes the
     * nodes yet.
     *
     * @default - none.
     */
    externalHosts?: Readonly<Record<number, readonly string[]>>;

    /**
     * Port of the external hosts.
     *
     * @default 7050
     */
    externalPort?: number;

    /**
     * Names of Secrets with the nodes' keys and certificates, by the node's number, for keys that are
     * kept elsewhere.
     *
     * @default - keys and certificates are made by this program.
     */
    identitySecretNames?: Readonly<Record<number, string>>;

    /**
     * Public certificates of the nodes whose keys are kept elsewhere, by the node's number: a channel
     * names them.
     *
     * @default - those that this program issues.
     */
    identityCertificates?: Readonly<Record<number, NodeCertificates>>;
}

/** The fewest nodes that tolerate the loss of one. */
const DEFAULT_NODES: Readonly<Record<Consensus, number>> = { etcdraft: 3, BFT: 4 };

/**
 * The ordering nodes of an organization, each with its own identity, ledger and name.
 *
 * Children, in order: the CA of the admin endpoints and this program's identity of it, with a ConfigMap
 * that tells the daily check when they end, the nodes in parallel, the rollout that replaces them one at a time, and a PodDisruptionBudget over all.
 *
 * @example
 * const orderers = new OrdererService("orderer", { org: ordererOrg, nodes: 3 });
 */
export class OrdererService extends pulumi.ComponentResource {
    public readonly name: string;
    public readonly org: FabricOrg;
    /** How the nodes agree. */
    public readonly consensus: Consensus;
    public readonly nodes: readonly OrdererNode[];
    /** Signs the certificates that may join and remove channels, and nothing else. */
    public readonly adminCa: Authority;
    /** This program's identity at the admin endpoints. */
    public readonly admin: AdminIdentity;
    /** When its certificates end, where they are checked. */
    public readonly certificates?: ConfigMap;
    public readonly rollout: OrdererRollout;
    public readonly disruptionBudget: PodDisruptionBudget;
    /** What others need to know of its organization and its nodes, and nothing secret. */
    public readonly definition: pulumi.Output<OrgDefinition>;
    /** What comes after the ordering service depends on this: its last child. */
    public readonly ready: pulumi.Resource;

    /** @throws pulumi.ResourceError listing every problem of the arguments. */
    constructor(name: string, args: OrdererServiceArgs, opts?: pulumi.ComponentResourceOptions) {
        rejectInvalid("OrdererService", name, checkOrdererServiceArgs(name, args));
        const { org, consensus = "etcdraft", nodes: count = DEFAULT_NODES[consensus] } = args;
        super(
            "kubefabric:index:OrdererService",
            name,
            { mspId: org.mspId, namespace: org.namespace, consensus, nodes: count },
            pulumi.mergeOptions({ providers: [org.cluster.provider] }, opts),
        );
        warnOfUselessNodes(consensus, count, this);

        const kept = keepOptions(org.protection, this);
        this.name = name;
        this.org = org;
        this.consensus = consensus;
        this.adminCa = createAuthority(`${name}-admin-ca`, {
            commonName: `admin-ca.${org.namespace}`,
            organization: org.mspId,
            validityDays: org.caValidityDays,
            namespace: org.namespace,
            home: org.home,
            managedCluster: org.cluster.managedCluster,
            options: kept,
            recoverFrom: org.cluster.recover ? org.cluster : undefined,
        });
        this.admin = createEndpointAdmin(`${name}-admin`, org, this.adminCa, kept);
        this.certificates = org.certificateCheck?.publish(this, `${name}-certificates`, {
            object: `${name}-certificates`,
            owner: name,
            lives: { "admin-ca": this.adminCa.life, admin: this.admin.life },
        });
        this.nodes = Array.from({ length: count }, (_, number) => {
            const { nodes: _count, consensus: _consensus, ...rest } = args;
            const { externalHosts, identitySecretNames, identityCertificates, ...shared } = rest;
            return new OrdererNode(
                `${name}-${number}`,
                {
                    ...shared,
                    adminCaPem: this.adminCa.certificatePem,
                    externalHosts: externalHosts?.[number] ?? [],
                    identitySecretName: identitySecretNames?.[number],
                    identityCertificates: identityCertificates?.[number],
                },
                { parent: this },
            );
        });
        this.rollout = new OrdererRollout(
            `${name}-rollout`,
            {
                ...administeredNodes(this),
                revisions: this.nodes.map((node) => node.revision),
                simulated: org.cluster.simulated,
            },
            { parent: this, dependsOn: this.nodes.map((node) => node.ready) },
        );
        this.disruptionBudget = new PodDisruptionBudget(
            `${name}-budget`,
            oneAtATime(name, org.namespace, org.mspId, "orderer"),
            {
                parent: this,
                deletedWith: org.cluster.managedCluster,
                dependsOn: [this.rollout],
            },
        );
        this.ready = this.disruptionBudget;
        this.definition = pulumi
            .all([org.definition, pulumi.all(this.nodes.flatMap((node) => node.consenter ?? []))])
            .apply(([definition, consenters]) => ({
                ...definition,
                consenters,
                ordererEndpoints: this.nodes.map((node) => node.externalEndpoint),
            }));

        this.registerOutputs({ endpoints: this.nodes.map((node) => node.endpoint) });
    }
}

/** Everything wrong with the arguments that can be known without talking to a cluster. */
export function checkOrdererServiceArgs(name: string, args: OrdererServiceArgs): Problem[] {
    const { consensus = "etcdraft", externalHosts = {} } = args;
    if (!(consensus in DEFAULT_NODES)) {
        const reason = `"${String(consensus)}" is not a consensus; write "etcdraft" or "BFT"`;
        return [{ path: "consensus", reason }, ...checkNodeArgs(args)];
    }
    const { nodes = DEFAULT_NODES[consensus] } = args;
    const count = countProblem(consensus, nodes);
    const numbers = count === undefined ? [...Array(nodes).keys()] : [0];
    return [
        ...problemsOf(
            ["nodes", count],
            ["fabricVersion", consensusProblem(consensus, args.fabricVersion)],
        ),
        ...checkNodeArgs(args),
        ...problemsOf(["advertise", serviceAdvertiseProblem(name, args, numbers)]),
        ...numbers.flatMap((number) =>
            checkNodeNames("name", `${name}-${number}`, externalHosts[number] ?? []).map(
                ({ path, reason }) => ({
                    path: path.replace("externalHosts", `externalHosts[${number}]`),
                    reason,
                }),
            ),
        ),
    ];
}

/** One problem however many nodes have it, naming them. */
function serviceAdvertiseProblem(
    name: string,
    { advertise, externalHosts = {} }: OrdererServiceArgs,
    numbers: readonly number[],
): string | undefined {
    const without = numbers.filter((number) => (externalHosts[number] ?? []).length === 0);
    const nodes = without.map((number) => `${name}-${number}`).join(", ");
    const problem = advertiseProblem(advertise, without.length > 0 ? [] : [name]);
    return problem === undefined || advertise !== "external" ? problem : `${nodes}: ${problem}`;
}

function consensusProblem(consensus: Consensus, version = ""): string | undefined {
    return consensus === "BFT" && fabricLine(version) === "2.5"
        ? `"${version}" does not know SmartBFT; write "${DEFAULT_FABRIC_VERSION}", or consensus: "etcdraft"`
        : undefined;
}

function countProblem(consensus: Consensus, nodes: number): string | undefined {
    if (consensus === "BFT") {
        return Number.isInteger(nodes) && nodes >= 4 && nodes <= 13
            ? undefined
            : `"${nodes}" is not a number of SmartBFT nodes; 4 tolerate one that fails or lies, fewer ` +
                  "tolerate none; write 4, 7 or 10";
    }
    if (nodes === 2) {
        return '"2" Raft nodes tolerate no failure, as both must be up, and cost two; write 3, or 1 for a test';
    }
    return Number.isInteger(nodes) && nodes >= 1 && nodes <= 9
        ? undefined
        : `"${nodes}" is not a number of Raft nodes; write 1, 3, 5, 7 or 9`;
}

/** How many nodes may fail while the others go on. */
function tolerated(consensus: Consensus, count: number): number {
    return Math.floor((count - 1) / (consensus === "BFT" ? 3 : 2));
}

function warnOfUselessNodes(consensus: Consensus, count: number, resource: pulumi.Resource): void {
    const failures = tolerated(consensus, count);
    let fewest = count;
    while (fewest > 1 && tolerated(consensus, fewest - 1) === failures) {
        fewest -= 1;
    }
    if (fewest < count) {
        const step = consensus === "BFT" ? 3 : 2;
        void pulumi.log.warn(
            `nodes: ${count} ${consensus === "BFT" ? "SmartBFT" : "Raft"} nodes tolerate ${failures} ` +
                `failure${failures === 1 ? "" : "s"}, the same as ${fewest}; write ${fewest} or ` +
                `${fewest + step}`,
            resource,
        );
    }
}

function createEndpointAdmin(
    name: string,
    org: FabricOrg,
    ca: Authority,
    options: pulumi.CustomResourceOptions,
): AdminIdentity {
    const key = new PrivateKey(`${name}-key`, {}, options);
    const certificate = new Certificate(
        `${name}-certificate`,
        {
            profile: "tls",
            commonName: `admin.${org.namespace}`,
            role: "admin",
            organization: org.mspId,
            publicKeyPem: key.publicKeyPem,
            ca,
            validityDays: org.certificateValidityDays,
        },
        options,
    );
    const { certificatePem, life } = certificate;
    return { certificatePem, privateKeyPem: key.privateKeyPem, life };
}
