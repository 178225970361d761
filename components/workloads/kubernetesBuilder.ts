import type * as types from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";

import type { Resources } from "../../storage/quantities";
import { API_SERVER_PORTS } from "./apiServerPorts";
import { CCAAS_BUILDER } from "./coreYaml";
import { organizationLabels } from "./labels";
import { DNS_PORTS } from "./organization";
import { toPeers, type PeerChaincode } from "./peerChaincode";
import { CONTAINER_SECURITY } from "./pod";

/** Whose builder it is, and where chaincode runs. */
export interface BuilderOwner {
    mspId: string;
    /** Name of the component. */
    name: string;
    /** Namespace of the organization. */
    organization: string;
    /** Namespace that chaincode runs in. */
    namespace: string;
}

const COMPONENT = { "app.kubernetes.io/component": "chaincode" };

/** Account that chaincode runs under; it may do nothing. */
const CHAINCODE_ACCOUNT = "chaincode";

/** Name of what is one of its kind in the namespace of chaincode. */
const BUILDER = "chaincode-builder";

/** Account of the peers that have the builder. */
export function peerAccountName(name: string): string {
    return `${name}-peers`;
}

function metadata({ mspId, namespace }: BuilderOwner, name: string, home = namespace) {
    return { name, namespace: home, labels: { ...organizationLabels(mspId), ...COMPONENT } };
}

/** Account of chaincode's Pods. The builder says nothing of registries: the account does. */
export function chaincodeAccount(
    owner: BuilderOwner,
    imagePullSecrets: readonly string[],
): types.input.core.v1.ServiceAccount {
    return {
        metadata: metadata(owner, CHAINCODE_ACCOUNT),
        automountServiceAccountToken: false,
        imagePullSecrets: imagePullSecrets.map((name) => ({ name })),
    };
}

/** Account of the peers that have the builder, in their own namespace. */
export function builderAccount(owner: BuilderOwner): types.input.core.v1.ServiceAccount {
    return {
        metadata: metadata(owner, peerAccountName(owner.name), owner.organization),
        automountServiceAccountToken: false,
    };
}

/**
 * What peers may do where chaincode runs: start a Job and see how it goes, and write the Secret with which
 * the chaincode dials back. They can read no Secret, and nothing of this holds in the organization's own
 * namespace: who may start a Pod beside its keys may read them.
 *
 * @see https://github.com/hyperledger-labs/fabric-builder-k8s/blob/v0.15.2/docs/configuring/kubernetes-permissions.md
 */
export function builderRole(owner: BuilderOwner): types.input.rbac.v1.Role {
    return {
        metadata: metadata(owner, BUILDER),
        rules: [
            {
                apiGroups: ["batch"],
                resources: ["jobs"],
                verbs: ["get", "list", "watch", "create"],
            },
            { apiGroups: [""], resources: ["secrets"], verbs: ["create", "patch"] },
        ],
    };
}

/** Gives the role to the peers' account. */
export function builderRoleBinding(owner: BuilderOwner): types.input.rbac.v1.RoleBinding {
    return {
        metadata: metadata(owner, BUILDER),
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: BUILDER },
        subjects: [
            {
                kind: "ServiceAccount",
                name: peerAccountName(owner.name),
                namespace: owner.organization,
            },
        ],
    };
}

/** What chaincode may dial, which is its peers. Nobody dials it. */
export function chaincodePodPolicy(owner: BuilderOwner): types.input.networking.v1.NetworkPolicy {
    return {
        metadata: metadata(owner, "chaincode"),
        spec: {
            podSelector: {},
            policyTypes: ["Ingress", "Egress"],
            ingress: [],
            egress: [{ ports: [...DNS_PORTS] }, toPeers(owner.organization)],
        },
    };
}

/** CPU and memory of chaincode's Pods: the builder says none. */
export function chaincodeLimits(
    owner: BuilderOwner,
    { requests, limits }: Resources,
): types.input.core.v1.LimitRange {
    return {
        metadata: metadata(owner, "chaincode"),
        spec: {
            limits: [
                {
                    type: "Container",
                    ...(requests ? { defaultRequest: { ...requests } } : {}),
                    ...(limits ? { default: { ...limits } } : {}),
                },
            ],
        },
    };
}

/** Where the builder is in its image, and where a peer finds it. */
const BUILDER_PATH = "/opt/hyperledger/k8s_builder";
const COPY_PATH = "/builder";
const TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";

/** What the builder is told, in its own words; a peer hands on nothing else of its environment. */
const PROPAGATED = [
    "CORE_PEER_ID",
    "FABRIC_K8S_BUILDER_NAMESPACE",
    "FABRIC_K8S_BUILDER_SERVICE_ACCOUNT",
    "KUBERNETES_SERVICE_HOST",
    "KUBERNETES_SERVICE_PORT",
];

/**
 * The builder in a peer's Pod. It is copied from its image, so that a peer of any version has it, and its
 * token is the peer's container's alone.
 *
 * @see https://github.com/hyperledger-labs/fabric-builder-k8s/blob/v0.15.2/docs/configuring/overview.md
 */
export function builderOfPeer(owner: BuilderOwner, image: pulumi.Input<string>): PeerChaincode {
    return {
        namespace: owner.namespace,
        account: peerAccountName(owner.name),
        settings: {
            CORE_CHAINCODE_EXTERNALBUILDERS: JSON.stringify([
                CCAAS_BUILDER,
                {
                    name: "k8s_builder",
                    path: BUILDER_PATH,
                    propagateEnvironment: PROPAGATED,
                },
            ]),
            FABRIC_K8S_BUILDER_NAMESPACE: owner.namespace,
            FABRIC_K8S_BUILDER_SERVICE_ACCOUNT: CHAINCODE_ACCOUNT,
        },
        initContainers: [
            {
                name: "kubernetes-builder",
                image,
                command: ["cp", "-R", `${BUILDER_PATH}/.`, COPY_PATH],
                securityContext: CONTAINER_SECURITY,
                volumeMounts: [{ name: "kubernetes-builder", mountPath: COPY_PATH }],
            },
        ],
        volumes: [
            { name: "kubernetes-builder", emptyDir: {} },
            { name: "kubernetes-token", projected: { sources: TOKEN } },
        ],
        mounts: [
            { name: "kubernetes-builder", mountPath: BUILDER_PATH, readOnly: true },
            { name: "kubernetes-token", mountPath: TOKEN_PATH, readOnly: true },
        ],
        egress: { ports: [...API_SERVER_PORTS] },
    };
}

/** What Kubernetes would mount into every container of the Pod. */
const TOKEN: types.input.core.v1.VolumeProjection[] = [
    { serviceAccountToken: { path: "token", expirationSeconds: 3600 } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    {
        downwardAPI: {
            items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }],
        },
    },
];
