import type * as types from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";

import { CHAINCODE_PORT } from "../../fabric/ports";
import type { Resources } from "../../storage/quantities";
import { kindSelectorLabels, organizationLabels } from "./labels";
import {
    CONTAINER_SECURITY,
    containerPorts,
    environment,
    FABRIC_USER,
    LEAVE_SERVICE_FIRST,
    podSecurity,
    SERVICE_ACCOUNT,
    STARTING,
    tcpProbe,
    TEMPORARY_FOLDER,
    withResources,
} from "./pod";

type NetworkPolicy = types.input.networking.v1.NetworkPolicy;

/** Whose chaincode it is. */
export interface ChaincodeOwner {
    mspId: string;
    namespace: string;
    /** Name of the component: all versions of its chaincode have it. */
    name: string;
}

/** One version of a chaincode in an organization's namespace. */
export interface ChaincodeVersion extends ChaincodeOwner {
    /** Name of its Deployment and its Service, by label and version. */
    serviceName: string;
    /** The object with which it goes: the policy of `chaincodePolicies`, which all versions share. */
    owner: { name: string; uid: pulumi.Input<string> };
}

/** What a chaincode's Pod is made from. */
export interface ChaincodePodArgs {
    image: pulumi.Input<string>;
    imagePullSecrets: readonly string[];
    packageId: string;
    environment: Readonly<Record<string, pulumi.Input<string>>>;
    resources: Resources;
}

/** What a chaincode's Pod gets where nothing else is said. */
export const DEFAULT_CHAINCODE_RESOURCES: Resources = {
    requests: { cpu: "100m", memory: "128Mi" },
    limits: { memory: "512Mi" },
};

/** Label of all Pods of a chaincode, whatever their version. */
const CHAINCODE_LABEL = "kubefabric.io/chaincode";

const CHAINCODE_KIND = { "app.kubernetes.io/component": "chaincode" };

const PORTS = { chaincode: CHAINCODE_PORT };

/**
 * What a chaincode is told, in the words of Fabric's libraries and samples for Node.js, Go and Java.
 *
 * @see https://hyperledger.github.io/fabric-chaincode-node/main/api/tutorial-using-external-services.html
 * @see https://hyperledger-fabric.readthedocs.io/en/release-2.5/cc_service.html
 */
function chaincodeSettings(packageId: string): Record<string, string> {
    return {
        CHAINCODE_ID: packageId,
        CORE_CHAINCODE_ID_NAME: packageId,
        CHAINCODE_SERVER_ADDRESS: `0.0.0.0:${CHAINCODE_PORT}`,
        // The Go samples and the Java library each have a word of their own for it.
        CHAINCODE_TLS_DISABLED: "true",
        CORE_PEER_TLS_ENABLED: "false",
        // npm and the JVM write to the home folder, and the image's is read-only.
        HOME: TEMPORARY_FOLDER.mount.mountPath,
    };
}

/** Variables that a chaincode is given, and that nobody else sets. */
export const CHAINCODE_VARIABLES: readonly string[] = Object.keys(chaincodeSettings(""));

/** Name of the policy that all versions of a chaincode share. */
export function chaincodePolicyName(name: string): string {
    return `chaincode-${name}`;
}

/**
 * Who may dial a chaincode, which are the peers of its namespace, and that they may. A chaincode dials
 * nobody: what it answers may depend on its arguments and the ledger only.
 */
export function chaincodePolicies(
    owner: ChaincodeOwner,
): Record<"chaincode" | "peers", NetworkPolicy> {
    const { namespace } = owner;
    const name = chaincodePolicyName(owner.name);
    const pods = { matchLabels: chaincodeSelectorLabels(owner) };
    const peers = { matchLabels: kindSelectorLabels("peer") };
    const ports = [{ protocol: "TCP", port: CHAINCODE_PORT }];
    return {
        chaincode: {
            metadata: { name, namespace, labels: chaincodeLabels(owner) },
            spec: {
                podSelector: pods,
                policyTypes: ["Ingress"],
                ingress: [{ from: [{ podSelector: peers }], ports }],
            },
        },
        peers: {
            metadata: { name: `${name}-peers`, namespace, labels: chaincodeLabels(owner) },
            spec: {
                podSelector: peers,
                policyTypes: ["Egress"],
                egress: [{ to: [{ podSelector: pods }], ports }],
            },
        },
    };
}

/** One version of a chaincode. */
export function chaincodeDeployment(
    version: ChaincodeVersion,
    pod: ChaincodePodArgs,
): types.input.apps.v1.Deployment {
    return {
        metadata: versionMetadata(version),
        spec: {
            replicas: 1,
            selector: { matchLabels: versionSelectorLabels(version) },
            template: {
                metadata: { labels: versionLabels(version) },
                spec: chaincodePod(pod),
            },
        },
    };
}

/** The name that peers dial for a version; leads to a ready Pod only. */
export function chaincodeService(version: ChaincodeVersion): types.input.core.v1.Service {
    return {
        metadata: {
            ...versionMetadata(version),
            // The Deployment was waited for; waiting for its Pod again costs 10 s a Service.
            annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
            type: "ClusterIP",
            selector: versionSelectorLabels(version),
            ports: Object.entries(PORTS).map(([name, port]) => ({ name, port, targetPort: name })),
        },
    };
}

function chaincodePod(pod: ChaincodePodArgs): types.input.core.v1.PodSpec {
    const container: types.input.core.v1.Container = {
        name: "chaincode",
        image: pod.image,
        securityContext: CONTAINER_SECURITY,
        env: environment({ ...pod.environment, ...chaincodeSettings(pod.packageId) }),
        ports: containerPorts(PORTS),
        startupProbe: tcpProbe("chaincode", STARTING.periodSeconds, STARTING.failureThreshold),
        readinessProbe: tcpProbe("chaincode", 5, 3),
        livenessProbe: tcpProbe("chaincode", 10, 3),
        lifecycle: LEAVE_SERVICE_FIRST,
        // What it said last is then in the update's message: an image that ends is the usual mistake.
        terminationMessagePolicy: "FallbackToLogsOnError",
        volumeMounts: [TEMPORARY_FOLDER.mount],
    };
    return {
        securityContext: podSecurity(FABRIC_USER),
        serviceAccountName: SERVICE_ACCOUNT,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        imagePullSecrets: pod.imagePullSecrets.map((name) => ({ name })),
        containers: [withResources(container, pod.resources)],
        volumes: [TEMPORARY_FOLDER.volume],
    };
}

function versionMetadata(version: ChaincodeVersion): types.input.meta.v1.ObjectMeta {
    const { serviceName: name, namespace, owner } = version;
    return {
        name,
        namespace,
        labels: versionLabels(version),
        ownerReferences: [{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", ...owner }],
    };
}

function chaincodeLabels({ mspId, name }: ChaincodeOwner): Record<string, string> {
    return { ...organizationLabels(mspId), ...CHAINCODE_KIND, [CHAINCODE_LABEL]: name };
}

/** Selects the Pods of all versions of a chaincode. */
function chaincodeSelectorLabels({ name }: ChaincodeOwner): Record<string, string> {
    return { ...CHAINCODE_KIND, [CHAINCODE_LABEL]: name };
}

function versionLabels(version: ChaincodeVersion): Record<string, string> {
    return { ...chaincodeLabels(version), "app.kubernetes.io/instance": version.serviceName };
}

/** Selects the Pods of one version. */
function versionSelectorLabels({ serviceName }: ChaincodeVersion): Record<string, string> {
    return { ...CHAINCODE_KIND, "app.kubernetes.io/instance": serviceName };
}
