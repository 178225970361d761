import type { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim";
import * as pulumi from "@pulumi/pulumi";

import { endpointText, type Consenter } from "../fabric/msp";
import { ORDERER_PORTS } from "../fabric/ports";
import type { Problem } from "../fabric/problem";
import { lineOf } from "../fabric/versions";
import type { FabricOrg } from "./fabricOrg";
import type { ConsenterAddresses } from "./ordererServiceArgs";
import { advertiseProblem, nodeAddresses } from "./nodeAddresses";
import { checkNodeArgs, NODE_DEFAULTS, type NodeArgs } from "./nodeArgs";
import {
    createNodeIdentity,
    givenNodeIdentity,
    type NodeCertificates,
    type NodeIdentity,
} from "./nodeIdentity";
import { createLedger, guardLedger, storageOf } from "./nodeLedger";
import { exposeNode, type NodeOutside } from "./nodeOutside";
import {
    checkHosts,
    claimNode,
    externalPortProblem,
    identitySecretProblem,
    nodeProblem,
} from "./nodePlace";
import { createNodePod, type NodePod } from "./nodePod";
import { isAdministeredOutside } from "./outside";
import { problemsOf, rejectInvalid } from "./validation";
import { ADMIN_CA_ENTRY } from "./workloads/identity";
import type { Owner } from "./workloads/labels";
import { logging } from "./workloads/pod";
import { ordererPod } from "./workloads/orderer";

/** Arguments of an `OrdererNode`; its `OrdererService` gives them. */
export interface OrdererNodeArgs extends NodeArgs {
    org: FabricOrg;
    /** Certificate of the CA whose holders may join and remove channels, PEM. */
    adminCaPem: pulumi.Input<string>;
    externalHosts: readonly string[];
    /** @default 7050 */
    externalPort?: number;
    /** @default "internal" */
    consenterAddresses?: ConsenterAddresses;
    identitySecretName?: string;
    identityCertificates?: NodeCertificates;
}

const { admin: _admin, ...withoutAdmin } = ORDERER_PORTS;

const DEFAULT_RESOURCES = {
    requests: { cpu: "250m", memory: "512Mi" },
    limits: { memory: "2Gi" },
};

/** One node of an `OrdererService`: a Pod with its own identity, ledger and name. */
export class OrdererNode extends pulumi.ComponentResource {
    /** Name of the node, and of its objects in the cluster. */
    public readonly name: string;
    /** Version of Fabric that it runs. */
    public readonly fabricVersion: string;
    /** `host:port` at which it is reached inside the cluster. */
    public readonly endpoint: pulumi.Output<string>;
    /** `host:port` that channels and other organizations are told. */
    public readonly externalEndpoint: string;
    public readonly identity: NodeIdentity;
    /** What a channel says of the node; absent where its certificates are not known here. */
    public readonly consenter?: pulumi.Output<Consenter>;
    /** Claim of the ledger. */
    public readonly ledger: PersistentVolumeClaim;
    public readonly pod: NodePod;
    /** What leads to it from outside its cluster, where something does. */
    public readonly outside?: NodeOutside;
    /** Every name and address that it answers to outside its cluster. */
    public readonly externalHosts: readonly string[];
    /** Revision of the node's StatefulSet: changes when its Pod has to. */
    public readonly revision: pulumi.Output<string>;
    /** What comes after the node depends on this: its last child. */
    public readonly ready: pulumi.Resource;

    /** @throws pulumi.ResourceError listing every problem of the arguments. */
    constructor(name: string, args: OrdererNodeArgs, opts?: pulumi.ComponentResourceOptions) {
        rejectInvalid("OrdererNode", name, checkOrdererNodeArgs(name, args));
        const { org, externalHosts, fabricVersion = NODE_DEFAULTS.fabricVersion } = args;
        super(
            "kubefabric:index:OrdererNode",
            name,
            { mspId: org.mspId, namespace: org.namespace, externalHosts },
            opts,
        );

        claimNode("OrdererNode", { ...args, kind: "orderer", name });

        const owner: Owner = { mspId: org.mspId, kind: "orderer", name };
        const addresses = nodeAddresses({ ...args, kind: "orderer", name });
        const { inside, told, external = inside } = addresses;

        this.name = name;
        this.fabricVersion = fabricVersion;
        this.externalEndpoint = endpointText(told);
        this.externalHosts = addresses.externalHosts;
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
                      entries: { [ADMIN_CA_ENTRY]: args.adminCaPem },
                  })
                : givenNodeIdentity(org, args.identitySecretName, args.identityCertificates);
        this.consenter = consenterOf(
            args.consenterAddresses === "external" ? external : inside,
            this.identity,
        );
        this.ledger = createLedger(this, { ...ledger, guard });
        this.pod = createNodePod(this, {
            owner,
            org,
            ports: ORDERER_PORTS,
            // The admin port is not dialed by name: a port-forward reaches it, or what leads here from
            // outside.
            dialedPorts: isAdministeredOutside(org) ? ORDERER_PORTS : withoutAdmin,
            updateStrategy: "OnDelete",
            identity: this.identity,
            claims: [this.ledger],
            pod: ordererPod({
                mspId: org.mspId,
                fabricLine: lineOf(fabricVersion),
                image: args.image ?? `${org.imageRegistry}/fabric-orderer:${fabricVersion}`,
                imagePullSecrets: org.imagePullSecrets,
                identitySecret: this.identity.secretName,
                intermediates: this.identity.intermediates,
                ledgerClaim: `${name}-ledger`,
                resources: args.resources ?? DEFAULT_RESOURCES,
                placement: args.placement ?? {},
                strictZones: org.cluster.zones >= 3,
                logging: logging(args.logSpecification ?? NODE_DEFAULTS.logSpecification),
            }),
        });
        this.revision = this.pod.statefulSet.status.apply((status) => status?.updateRevision ?? "");
        this.outside = exposeNode(this, { owner, org, addresses, pod: this.pod });
        this.ready = this.outside?.needed ?? this.pod.service;
        this.endpoint = this.pod.service.metadata.name.apply(() => endpointText(inside));

        this.registerOutputs({ endpoint: this.endpoint, externalEndpoint: this.externalEndpoint });
    }
}

/** Everything wrong with the arguments that can be known without talking to a cluster. */
export function checkOrdererNodeArgs(name: string, args: OrdererNodeArgs): Problem[] {
    const { org, externalHosts, externalPort, identitySecretName } = args;
    return [
        ...problemsOf(["name", nodeProblem({ org, name })]),
        ...checkHosts("externalHosts", { ...args, kind: "orderer", name }),
        ...checkNodeArgs(args),
        ...problemsOf(
            ["externalPort", externalPortProblem(externalPort, externalHosts, org)],
            ["advertise", advertiseProblem({ ...args, kind: "orderer", name })],
            ["identitySecretName", identitySecretProblem(org, identitySecretName)],
        ),
    ];
}

function consenterOf(
    told: { host: string; port: number },
    { signingCertificatePem, tlsCertificatePem }: NodeIdentity,
): pulumi.Output<Consenter> | undefined {
    return signingCertificatePem === undefined || tlsCertificatePem === undefined
        ? undefined
        : pulumi
              .all([tlsCertificatePem, signingCertificatePem])
              .apply(([tls, identityCertificatePem]) => ({
                  ...told,
                  tlsCertificatePem: tls,
                  identityCertificatePem,
              }));
}
