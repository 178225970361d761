import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";
import * as pulumi from "@pulumi/pulumi";

import type { Problem } from "../fabric/problem";
import { createAuthority, type Authority } from "./authority";
import type { FabricOrg } from "./fabricOrg";
import { checkNodeArgs, checkNodeNames, type NodeArgs } from "./nodeArgs";
import { OrdererNode } from "./ordererNode";
import { keepOptions } from "./protection";
import { Certificate } from "./resources/certificate";
import { OrdererRollout } from "./resources/ordererRollout";
import { PrivateKey } from "./resources/privateKey";
import { rejectInvalid } from "./validation";
import { oneAtATime } from "./workloads/node";
import type { AdminIdentity } from "./adminIdentity";

/** Arguments of an `OrdererService`. */
export interface OrdererServiceArgs extends NodeArgs {
    /** Organization that owns the ordering nodes. */
    org: FabricOrg;

    /**
     * How many ordering nodes (Raft): 1 tolerates no failure, 3 tolerate one, 5 two. They are named
     * after the component: `orderer-0`, `orderer-1`, …
     *
     * @default 3
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
}

const DEFAULT_NODES = 3;

/**
 * The ordering nodes of an organization, each with its own identity, ledger and name.
 *
 * Children, in order: the CA of the admin endpoints and this program's identity of it, the nodes in
 * parallel, the rollout that replaces them one at a time, and a PodDisruptionBudget over all.
 *
 * @example
 * const orderers = new OrdererService("orderer", { org: ordererOrg, nodes: 3 });
 */
export class OrdererService extends pulumi.ComponentResource {
    public readonly org: FabricOrg;
    public readonly nodes: readonly OrdererNode[];
    /** Signs the certificates that may join and remove channels, and nothing else. */
    public readonly adminCa: Authority;
    /** This program's identity at the admin endpoints. */
    public readonly admin: AdminIdentity;
    public readonly rollout: OrdererRollout;
    public readonly disruptionBudget: PodDisruptionBudget;
    /** What comes after the ordering service depends on this: its last child. */
    public readonly ready: pulumi.Resource;

    /** @throws pulumi.ResourceError listing every problem of the arguments. */
    constructor(name: string, args: OrdererServiceArgs, opts?: pulumi.ComponentResourceOptions) {
        rejectInvalid("OrdererService", name, checkOrdererServiceArgs(name, args));
        const { org, nodes: count = DEFAULT_NODES } = args;
        super(
            "kubefabric:index:OrdererService",
            name,
            { mspId: org.mspId, namespace: org.namespace, nodes: count },
            pulumi.mergeOptions({ providers: [org.cluster.provider] }, opts),
        );
        warnOfEvenCount(count, this);

        const kept = keepOptions(org.protection, this);
        this.org = org;
        this.adminCa = createAuthority(`${name}-admin-ca`, {
            commonName: `admin-ca.${org.namespace}`,
            organization: org.mspId,
            validityDays: org.caValidityDays,
            namespace: org.namespace,
            home: org.home,
            options: kept,
            recoverFrom: org.cluster.recover ? org.cluster : undefined,
        });
        this.admin = createEndpointAdmin(`${name}-admin`, org, this.adminCa, kept);
        this.nodes = Array.from({ length: count }, (_, number) => {
            const { nodes: _count, externalHosts, identitySecretNames, ...shared } = args;
            return new OrdererNode(
                `${name}-${number}`,
                {
                    ...shared,
                    adminCaPem: this.adminCa.certificatePem,
                    externalHosts: externalHosts?.[number] ?? [],
                    identitySecretName: identitySecretNames?.[number],
                },
                { parent: this },
            );
        });
        this.rollout = new OrdererRollout(
            `${name}-rollout`,
            {
                kubeconfig: org.cluster.kubeconfig,
                context: org.cluster.context,
                namespace: org.namespace,
                nodes: this.nodes.map((node) => node.name),
                revisions: this.nodes.map((node) => node.revision),
                tlsCaPem: org.tlsCa.certificatePem,
                adminCertificatePem: this.admin.certificatePem,
                adminPrivateKeyPem: this.admin.privateKeyPem,
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

        this.registerOutputs({ endpoints: this.nodes.map((node) => node.endpoint) });
    }
}

/** Everything wrong with the arguments that can be known without talking to a cluster. */
export function checkOrdererServiceArgs(name: string, args: OrdererServiceArgs): Problem[] {
    const { nodes = DEFAULT_NODES, externalHosts = {} } = args;
    const count = countProblem(nodes);
    const numbers = count === undefined ? [...Array(nodes).keys()] : [0];
    return [
        ...(count === undefined ? [] : [{ path: "nodes", reason: count }]),
        ...checkNodeArgs(args),
        ...numbers.flatMap((number) =>
            checkNodeNames("name", `${name}-${number}`, externalHosts[number] ?? []),
        ),
    ];
}

function countProblem(nodes: number): string | undefined {
    if (nodes === 2) {
        return '"2" Raft nodes tolerate no failure, as both must be up, and cost two; write 3, or 1 for a test';
    }
    return Number.isInteger(nodes) && nodes >= 1 && nodes <= 9
        ? undefined
        : `"${nodes}" is not a number of Raft nodes; write 1, 3, 5, 7 or 9`;
}

function warnOfEvenCount(count: number, resource: pulumi.Resource): void {
    if (count % 2 === 0) {
        const tolerated = count / 2 - 1;
        void pulumi.log.warn(
            `nodes: ${count} Raft nodes tolerate ${tolerated} failure${tolerated === 1 ? "" : "s"}, ` +
                `the same as ${count - 1}; write ${count - 1} or ${count + 1}`,
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
    return { certificatePem: certificate.certificatePem, privateKeyPem: key.privateKeyPem };
}
