import type { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";
import * as pulumi from "@pulumi/pulumi";

import type { Consensus } from "../fabric/channelDefinition";
import { certificatesIn } from "../fabric/identities";
import type { Consenter, OrgDefinition } from "../fabric/msp";
import { createAdmin, type AdminIdentity } from "./adminIdentity";
import { createAuthority, type Authority } from "./authority";
import { administeredNodes } from "./nodeConnections";
import type { FabricOrg } from "./fabricOrg";
import type { NodeArgs } from "./nodeArgs";
import { OrdererNode } from "./ordererNode";
import {
    checkOrdererServiceArgs,
    DEFAULT_NODES,
    type ConsenterAddresses,
    type OrdererServiceArgs,
} from "./ordererServiceArgs";
import { keepOptions } from "./protection";
import { OrdererRollout } from "./resources/ordererRollout";
import { rejectInvalid } from "./validation";
import { oneAtATime } from "./workloads/node";

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
    /** Which addresses others are told, where the program says so. */
    public readonly advertise?: NodeArgs["advertise"];
    /** Where its consenters are reached by others, where the program says so. */
    public readonly consenterAddresses?: ConsenterAddresses;
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
        if (args.consenterAddresses !== "external") {
            warnOfUselessNodes(consensus, count, this);
        }

        const kept = keepOptions(org.protection, this);
        this.name = name;
        this.org = org;
        this.consensus = consensus;
        this.advertise = args.advertise;
        this.consenterAddresses = args.consenterAddresses;
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
        this.admin = createAdmin(`${name}-admin`, { profile: "tls", ca: this.adminCa, org }, kept);
        this.certificates = org.certificateCheck?.publish(this, `${name}-certificates`, {
            object: `${name}-certificates`,
            owner: name,
            lives: { "admin-ca": this.adminCa.life, admin: this.admin.life },
        });
        this.nodes = Array.from({ length: count }, (_, number) => {
            const { nodes: _count, consensus: _consensus, ...rest } = args;
            const { externalHosts, identitySecretNames, identityCertificates, ...shared } = rest;
            const hosts = externalHosts?.[number] ?? [];
            return new OrdererNode(
                `${name}-${number}`,
                {
                    ...shared,
                    adminCaPem: this.adminCa.certificatePem,
                    externalHosts: hosts,
                    externalPort: hosts.length > 0 ? args.externalPort : undefined,
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
                ...answeringTo(this.nodes),
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
                consenters: consenters.map(withOwnCertificates),
                ordererEndpoints: this.nodes.map((node) => node.externalEndpoint),
            }));

        this.registerOutputs({ endpoints: this.nodes.map((node) => node.endpoint) });
    }
}

/** Written only where it says something: a new input would be an update of every network. */
function answeringTo(nodes: readonly OrdererNode[]) {
    const hosts = nodes.flatMap(({ externalHosts }) => externalHosts);
    return hosts.length === 0 ? {} : { answeringTo: hosts };
}

/** A certificate that a user hands over may come with those above it, which a channel does not want. */
function withOwnCertificates(consenter: Consenter): Consenter {
    const own = (pem: string) => certificatesIn(pem)[0] ?? pem;
    const { tlsCertificatePem, identityCertificatePem } = consenter;
    return {
        ...consenter,
        tlsCertificatePem: own(tlsCertificatePem),
        ...(identityCertificatePem && { identityCertificatePem: own(identityCertificatePem) }),
    };
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
