import { LimitRange } from "@pulumi/kubernetes/core/v1/limitRange";
import type { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy";
import { Role } from "@pulumi/kubernetes/rbac/v1/role";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding";
import * as pulumi from "@pulumi/pulumi";

import type { Problem } from "../fabric/problem";
import { imageProblem } from "../fabric/images";
import { objectNameProblem } from "../fabric/objectNames";
import type { Resources } from "../storage/quantities";
import type { FabricOrg } from "./fabricOrg";
import { problemsAt } from "./nodeArgs";
import { createOrgNamespace, orgNamespaceProblems } from "./orgNamespace";
import { problemsOf, rejectInvalid } from "./validation";
import { DEFAULT_CHAINCODE_RESOURCES } from "./workloads/chaincode";
import {
    builderAccount,
    builderOfPeer,
    builderRole,
    builderRoleBinding,
    chaincodeAccount,
    chaincodeLimits,
    chaincodePodPolicy,
} from "./workloads/kubernetesBuilder";
import type { PeerChaincode } from "./workloads/peerChaincode";

/** Arguments of a `KubernetesBuilder`. */
export interface KubernetesBuilderArgs {
    /** Organization whose peers start chaincode with it. */
    org: FabricOrg;

    /**
     * Namespace that chaincode runs in; the builder has it to itself. It is not the organization's own, for
     * two reasons: who may start Pods beside keys may read them, and the builder's Pods say nothing of
     * their security, which the "restricted" profile there refuses.
     *
     * @default - the component's name.
     */
    namespace?: string;

    /**
     * Image with the builder in `/opt/hyperledger/k8s_builder`; peers copy it from there when they start.
     *
     * @default "ghcr.io/hyperledger-labs/fabric-builder-k8s/k8s-fabric-peer:0.15.2"
     * @see https://github.com/hyperledger-labs/fabric-builder-k8s
     */
    image?: pulumi.Input<string>;

    /**
     * Secrets for the registries of chaincode's images, in that namespace.
     *
     * @default - names as in the organization.
     */
    imagePullSecrets?: readonly string[];

    /**
     * CPU and memory of each Pod of chaincode.
     *
     * @default { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } }
     */
    resources?: Resources;
}

const DEFAULT_IMAGE = "ghcr.io/hyperledger-labs/fabric-builder-k8s/k8s-fabric-peer:0.15.2";

/**
 * What peers start chaincode in Kubernetes with: the external builder fabric-builder-k8s, a namespace for
 * the chaincode, and the rights of the peers there. Peers name it in `kubernetesBuilder`, and a `Chaincode`
 * has the mode `"kubernetes"`.
 *
 * Children, in order: Namespace, NetworkPolicy, LimitRange and account of the chaincode, account of the
 * peers, and their Role and RoleBinding in that namespace.
 *
 * @example
 * const builder = new KubernetesBuilder("org1-chaincode", { org: org1 });
 * const peer0 = new PeerNode("org1-peer0", { org: org1, kubernetesBuilder: builder });
 */
export class KubernetesBuilder extends pulumi.ComponentResource {
    public readonly org: FabricOrg;
    /** Name of the namespace that chaincode runs in. */
    public readonly namespace: string;
    /** The namespace itself. */
    public readonly home: Namespace;
    /** What chaincode may dial, and that nobody dials it. */
    public readonly networkPolicy: NetworkPolicy;
    /** CPU and memory of its Pods. */
    public readonly limits: LimitRange;
    /** Account of chaincode; it may do nothing. */
    public readonly chaincodeAccount: ServiceAccount;
    /** Account of the peers, in the organization's namespace. */
    public readonly peerAccount: ServiceAccount;
    /** What the peers may do where chaincode runs. */
    public readonly role: Role;
    public readonly binding: RoleBinding;
    /** What a peer with the builder depends on: the last child. */
    public readonly ready: pulumi.Resource;
    /** What it adds to a peer's Pod. @internal */
    public readonly ofPeer: PeerChaincode;

    /** @throws pulumi.ResourceError listing every problem of the arguments. */
    constructor(name: string, args: KubernetesBuilderArgs, opts?: pulumi.ComponentResourceOptions) {
        rejectInvalid("KubernetesBuilder", name, checkKubernetesBuilderArgs(name, args));
        const { org, namespace = name } = args;
        const { mspId, cluster } = org;
        super(
            "kubefabric:index:KubernetesBuilder",
            name,
            { mspId, namespace },
            pulumi.mergeOptions({ providers: [cluster.provider] }, opts),
        );
        const owner = { mspId, name, organization: org.namespace, namespace };

        this.org = org;
        this.namespace = namespace;
        this.home = createOrgNamespace(this, name, `KubernetesBuilder "${name}"`, {
            org,
            namespace,
            security: "baseline",
        });
        const owned = { parent: this, deletedWith: cluster.managedCluster };
        const inside = { ...owned, dependsOn: [this.home] };
        this.networkPolicy = new NetworkPolicy(`${name}-policy`, chaincodePodPolicy(owner), inside);
        this.limits = new LimitRange(
            `${name}-limits`,
            chaincodeLimits(owner, args.resources ?? DEFAULT_CHAINCODE_RESOURCES),
            inside,
        );
        this.chaincodeAccount = new ServiceAccount(
            `${name}-account`,
            chaincodeAccount(owner, args.imagePullSecrets ?? org.imagePullSecrets),
            inside,
        );
        this.peerAccount = new ServiceAccount(`${name}-peers`, builderAccount(owner), {
            ...owned,
            dependsOn: [org.ready],
        });
        this.role = new Role(`${name}-role`, builderRole(owner), inside);
        this.binding = new RoleBinding(`${name}-binding`, builderRoleBinding(owner), {
            ...owned,
            dependsOn: [
                this.networkPolicy,
                this.limits,
                this.chaincodeAccount,
                this.peerAccount,
                this.role,
            ],
        });
        this.ready = this.binding;
        this.ofPeer = builderOfPeer(owner, args.image ?? DEFAULT_IMAGE);

        this.registerOutputs({ namespace });
    }
}

/** Everything wrong with the arguments that can be known without talking to a cluster. */
function checkKubernetesBuilderArgs(name: string, args: KubernetesBuilderArgs): Problem[] {
    return [
        ...orgNamespaceProblems("KubernetesBuilder", name, args),
        ...problemsOf(
            ["image", imageProblem(args.image, DEFAULT_IMAGE)],
            ...(args.imagePullSecrets ?? []).map((secret, index) => {
                return [`imagePullSecrets[${index}]`, objectNameProblem(secret)] as const;
            }),
        ),
        ...problemsAt("resources", args.resources),
    ];
}
