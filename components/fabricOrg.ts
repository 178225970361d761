import type { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy";
import * as pulumi from "@pulumi/pulumi";

import { VALIDITY_DEFAULTS } from "../fabric/identities";
import type { ConnectionProfile } from "../fabric/connectionProfile";
import type { OrgDefinition } from "../fabric/msp";
import { createAdmin, type AdminIdentity } from "./adminIdentity";
import { createAuthority, definitionOf, givenAuthority, type Authority } from "./authority";
import type * as checkModule from "./certificateCheck";
import { profileOf, type ProfileArgs } from "./clientConnections";
import type { FabricCluster } from "./clusters/fabricCluster";
import {
    checkFabricOrgArgs,
    claimOrganization,
    dialedPorts,
    loadCertificateCheck,
    type FabricOrgArgs,
} from "./fabricOrgArgs";
import { keepOptions, type Protection } from "./protection";
import { definitionWith, type PublishedNodes } from "./publishedDefinition";
import { NamespaceGuard } from "./resources/namespaceGuard";
import { rejectInvalid } from "./validation";
import { createGateway } from "./orgGateway";
import { exposedBy, isAdministeredOutside } from "./outside";
import type { OutsideArgs } from "./outsideArgs";
import { accountManifest, namespaceManifest, organizationPolicies } from "./workloads/organization";

const DEFAULT_IMAGE_REGISTRY = "ghcr.io/hyperledger";

/**
 * An organization: its namespace, its authorities, its administrator, and the rules of its network.
 *
 * Children, in order: Namespace, signing CA, TLS CA and the Secret that keeps them, administrator,
 * NetworkPolicies, the gateway that leads to its nodes where one does, the ServiceAccount that they run
 * under, and beside them, as nothing waits for it, the daily check of certificates.
 *
 * @example
 * const org1 = new FabricOrg("org1", { cluster, mspId: "Org1MSP" });
 */
export class FabricOrg extends pulumi.ComponentResource {
    public readonly mspId: string;
    /** Name of the namespace. */
    public readonly namespace: string;
    public readonly cluster: FabricCluster;
    public readonly protection: Protection;
    /** Signs the identities of nodes, administrators and users. */
    public readonly signingCa: Authority;
    /** Signs TLS certificates. */
    public readonly tlsCa: Authority;
    /** The namespace itself: the first of its children that lives in the cluster. */
    public readonly home: Namespace;
    /** The organization's administrator, as which channels and chaincode are managed. */
    public readonly admin: AdminIdentity;
    /** What its Pods may dial, and who may dial them. */
    public readonly networkPolicies: readonly NetworkPolicy[];
    /** Account of the organization's Pods; it may do nothing. */
    public readonly serviceAccount: ServiceAccount;
    /** The daily check of its certificates, where it is on. */
    public readonly certificateCheck?: checkModule.CertificateCheck;
    /** What comes after the organization depends on this: the last child that nodes need. */
    public readonly ready: pulumi.Resource;
    /**
     * What others need to know of the organization, and nothing secret: without nodes, which
     * `definitionWith` adds.
     */
    public readonly definition: pulumi.Output<OrgDefinition>;
    /** How its nodes are reached from outside their cluster. */
    public readonly outside?: OutsideArgs;
    /** The gateway that leads to them, where one does. */
    public readonly gateway?: CustomResource;
    public readonly imageRegistry: string;
    public readonly imagePullSecrets: readonly string[];
    /** Life of the CAs made for it, in days. */
    public readonly caValidityDays: number;
    /** Life of the certificates made for it, in days. */
    public readonly certificateValidityDays: number;

    /** @throws pulumi.ResourceError listing every problem of the arguments. */
    constructor(name: string, args: FabricOrgArgs, opts?: pulumi.ComponentResourceOptions) {
        rejectInvalid("FabricOrg", name, checkFabricOrgArgs(name, args));
        const { cluster, mspId, namespace = name, protection = "protect" } = args;
        super(
            "kubefabric:index:FabricOrg",
            name,
            { mspId, namespace, protection },
            pulumi.mergeOptions({ providers: [cluster.provider] }, opts),
        );
        claimOrganization(name, { cluster, mspId, namespace });

        this.mspId = mspId;
        this.namespace = namespace;
        this.cluster = cluster;
        this.protection = protection;
        this.outside = args.outside;
        this.imageRegistry = args.imageRegistry ?? DEFAULT_IMAGE_REGISTRY;
        this.imagePullSecrets = args.imagePullSecrets ?? [];
        this.caValidityDays = args.caValidityDays ?? VALIDITY_DEFAULTS.caValidityDays;
        this.certificateValidityDays =
            args.certificateValidityDays ?? VALIDITY_DEFAULTS.certificateValidityDays;

        const kept = keepOptions(protection, this);
        const owned = { parent: this, deletedWith: cluster.managedCluster };

        const guard = new NamespaceGuard(
            `${name}-guard`,
            {
                namespace,
                mspId,
                kubeconfig: cluster.kubeconfig,
                context: cluster.context,
                recover: cluster.recover,
            },
            { parent: this, dependsOn: [cluster.ready] },
        );
        this.home = new Namespace(name, namespaceManifest(namespace, mspId), {
            ...kept,
            deletedWith: cluster.managedCluster,
            dependsOn: [guard],
        });
        const authorities = args.authorities;
        const authority = (role: "signing" | "tls"): Authority =>
            authorities
                ? givenAuthority("FabricOrg", name, role, authorities[role])
                : createAuthority(`${name}-${role}-ca`, {
                      commonName: `${role}-ca.${namespace}`,
                      organization: mspId,
                      validityDays: this.caValidityDays,
                      home: this.home,
                      managedCluster: cluster.managedCluster,
                      options: kept,
                      recoverFrom: cluster.recover ? cluster : undefined,
                      namespace,
                  });
        this.signingCa = authority("signing");
        this.tlsCa = authority("tls");
        this.admin = createAdmin(
            `${name}-admin`,
            { profile: "signing", ca: this.signingCa, org: this },
            kept,
        );

        this.networkPolicies = Object.values(
            organizationPolicies(namespace, mspId, {
                egressPorts: dialedPorts(args),
                administeredOutside: isAdministeredOutside(this),
                hasGateway: exposedBy(this) === "Gateway",
            }),
        ).map(
            (policy) =>
                new NetworkPolicy(`${name}-${(policy.metadata as { name: string }).name}`, policy, {
                    ...owned,
                    dependsOn: [this.home],
                }),
        );
        this.serviceAccount = new ServiceAccount(
            `${name}-nodes`,
            accountManifest(namespace, mspId),
            { ...owned, dependsOn: [...this.networkPolicies] },
        );
        this.gateway = createGateway(this, name, this.networkPolicies);
        this.ready = this.serviceAccount;
        const check = args.certificateCheck ?? (cluster.vendor === "local" ? false : {});
        this.certificateCheck = check
            ? new (loadCertificateCheck().CertificateCheck)(
                  `${name}-certificate-check`,
                  { ...check, org: this },
                  { parent: this },
              )
            : undefined;
        this.definition = definitionOf(mspId, this.signingCa, this.tlsCa);

        this.registerOutputs({ definition: this.definition });
    }

    /**
     * What others need to know of the organization and its nodes, and nothing secret: to be published
     * as JSON, and taken by a `Channel` of another program.
     *
     * @example
     * export const definition = org1.definitionWith({ anchorPeers: [peer0] });
     * @throws pulumi.ResourceError where a node is of another organization.
     */
    public definitionWith(nodes: PublishedNodes): pulumi.Output<OrgDefinition> {
        return definitionWith(this, nodes);
    }

    /**
     * Fabric's common connection profile, for SDKs before the Gateway. Nothing of it is secret.
     *
     * @example
     * export const profile = org1.connectionProfile({ peers: [peer0], channels: [channel] });
     * @throws pulumi.ResourceError where a peer is of another organization, has not joined a channel, or has
     *     no such address.
     */
    public connectionProfile(args: ProfileArgs): pulumi.Output<ConnectionProfile> {
        return profileOf(this, args);
    }
}
