import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy";
import * as pulumi from "@pulumi/pulumi";

import type { Problem } from "../fabric/problem";
import { VALIDITY_DEFAULTS, validityProblems } from "../fabric/identities";
import type { OrgDefinition } from "../fabric/msp";
import { mspIdProblem, namespaceProblem } from "../fabric/names";
import { portProblem } from "../fabric/ports";
import { createAdmin, type AdminIdentity } from "./adminIdentity";
import {
    checkAuthorities,
    createAuthority,
    givenAuthority,
    type Authority,
    type GivenAuthorities,
} from "./authority";
import type * as checkModule from "./certificateCheck";
import type { CertificateCheckArgs } from "./certificateCheckArgs";
import type { FabricCluster } from "./clusters/fabricCluster";
import { claimMspId, mspIdTaken } from "./mspIds";
import { keepOptions, type Protection } from "./protection";
import { NamespaceGuard } from "./resources/namespaceGuard";
import { problemsOf, rejectInvalid } from "./validation";
import { accountManifest, namespaceManifest, organizationPolicies } from "./workloads/organization";

/** Arguments of a `FabricOrg`. */
export interface FabricOrgArgs {
    /** Cluster that the organization's nodes run in. */
    cluster: FabricCluster;

    /**
     * MSP ID: the organization's name in channels and policies. Letters, digits, `.` and `-`; it can
     * never change.
     */
    mspId: string;

    /**
     * Namespace of the organization; made by this component, for it alone.
     *
     * @default - the component's name.
     */
    namespace?: string;

    /**
     * Whether ledgers, keys and what they live in are kept when a network is taken down or a node is
     * removed from the program.
     *
     * `"protect"` keeps them in the cluster and refuses their removal; deleting one is a step of its
     * own (`pulumi state unprotect`). `"none"` deletes them with everything else.
     *
     * @default "protect"
     */
    protection?: Protection;

    /**
     * A signing CA and a TLS CA of your own; roots, or intermediates with what is above them.
     *
     * @default - both are made by this component.
     */
    authorities?: GivenAuthorities;

    /**
     * Life of the CAs made here, in days. Read when they are made.
     *
     * @default 5475 (15 years, as Fabric CA's)
     */
    caValidityDays?: number;

    /**
     * Life of certificates of nodes and administrators, in days; they are renewed by the first update
     * in the last third.
     *
     * @default 1095 (3 years)
     */
    certificateValidityDays?: number;

    /**
     * The daily check of the organization's certificates, from inside the cluster: it warns of those
     * that end, because nothing else runs between two updates. `false` for none. `docs/certificates.md`
     * has its metric, events and alerts.
     *
     * @default - on, except on a cluster whose vendor is "local", where no public image is promised.
     */
    certificateCheck?: false | CertificateCheckArgs;

    /**
     * Registry and folder of the Fabric images.
     *
     * @default "ghcr.io/hyperledger"
     */
    imageRegistry?: string;

    /**
     * Names of Secrets in the namespace with logins for image registries.
     *
     * @default []
     */
    imagePullSecrets?: string[];

    /**
     * TCP ports, besides Fabric's own, that nodes may dial: those of other organizations' load
     * balancers.
     *
     * @default []
     */
    egressPorts?: number[];
}

const DEFAULT_IMAGE_REGISTRY = "ghcr.io/hyperledger";

/**
 * An organization: its namespace, its authorities, its administrator, and the rules of its network.
 *
 * Children, in order: Namespace, signing CA, TLS CA and the Secret that keeps them, administrator,
 * NetworkPolicies, the ServiceAccount that its nodes run under, and beside them, as nothing waits for
 * it, the daily check of certificates.
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
    /** What others need to know of the organization, and nothing secret. */
    public readonly definition: pulumi.Output<OrgDefinition>;
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
        claimMspId(mspId, name);

        this.mspId = mspId;
        this.namespace = namespace;
        this.cluster = cluster;
        this.protection = protection;
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
        this.admin = createAdmin(`${name}-admin`, this, kept);

        this.networkPolicies = Object.values(
            organizationPolicies(namespace, mspId, args.egressPorts ?? []),
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
        this.ready = this.serviceAccount;
        const check = args.certificateCheck ?? (cluster.vendor === "local" ? false : {});
        this.certificateCheck = check
            ? new (loadCertificateCheck().CertificateCheck)(
                  `${name}-certificate-check`,
                  { ...check, org: this },
                  { parent: this },
              )
            : undefined;
        this.definition = pulumi
            .all([
                this.signingCa.rootPem,
                this.tlsCa.rootPem,
                pulumi.all([...this.signingCa.intermediatesPem]),
                pulumi.all([...this.tlsCa.intermediatesPem]),
            ])
            .apply(([signingCaPem, tlsCaPem, signing, tls]): OrgDefinition => ({
                version: 1,
                mspId,
                signingCaPem,
                tlsCaPem,
                ...(signing.length > 0 ? { signingIntermediatesPem: signing } : {}),
                ...(tls.length > 0 ? { tlsIntermediatesPem: tls } : {}),
                nodeOUs: true,
                ordererEndpoints: [],
                anchorPeers: [],
                consenters: [],
            }));

        this.registerOutputs({ definition: this.definition });
    }
}

/** Everything wrong with the arguments that can be known without talking to a cluster. */
export function checkFabricOrgArgs(name: string, args: FabricOrgArgs): Problem[] {
    const { mspId, namespace = name, egressPorts = [], authorities } = args;
    return [
        ...problemsOf(
            ["mspId", mspIdProblem(mspId) ?? mspIdTaken(mspId)],
            ["namespace", namespaceProblem(namespace)],
            ...egressPorts.map(
                (port, index) => [`egressPorts[${index}]`, portProblem(port)] as const,
            ),
        ),
        ...validityProblems(args),
        ...certificateCheckProblems(args),
        ...(authorities ? checkAuthorities(authorities) : []),
    ];
}

function certificateCheckProblems(args: FabricOrgArgs): Problem[] {
    const { certificateCheck = false, certificateValidityDays } = args;
    const days = certificateValidityDays ?? VALIDITY_DEFAULTS.certificateValidityDays;
    return certificateCheck === false
        ? []
        : loadCertificateCheck().checkCertificateCheckArgs(certificateCheck, days);
}

/** Loaded where it is used only, so that an import of the package stays small. */
function loadCertificateCheck() {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require("./certificateCheck") as typeof checkModule;
}
