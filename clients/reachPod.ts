import type { V1Container, V1Pod, V1PodTemplateSpec } from "@kubernetes/client-node";

import { IN_SERVICE_LABEL } from "./inService";

/** An address that a peer dials, with the TLS CAs that whoever answers there may be of. */
export interface DialedAddress {
    /** `host:port`. */
    address: string;
    /** PEM, one after the other. */
    tlsCaPem: string;
}

/** What a peer's Pod has that one which only dials has, too. */
const KEPT_VOLUMES = ["identity", "tmp", "configuration"];
const KEPT_SETTINGS = ["CORE_PEER_LOCALMSPID", "CORE_PEER_MSPCONFIGPATH", "FABRIC_CFG_PATH"];
/** Labels by which the peer's Services find its own Pod. */
const ITS_OWN = ["app.kubernetes.io/instance", IN_SERVICE_LABEL];

const CAS_PATH = "/etc/hyperledger/dialed";
const annotation = (index: number) => `kubefabric.io/tls-ca-${index}`;

/** How long a connection and its TLS handshake may take. */
const CONNECTED_WITHIN = "5s";

/** The Pod as a whole ends after this, whatever happens. */
const ENDED_WITHIN_SECONDS = 60;

/**
 * A Pod like a peer's, under the same NetworkPolicies and with the same identity, that dials addresses with
 * the peer's own command and ends: one container for each. The CAs are in its annotations, which a volume
 * shows as files.
 */
export function reachPod(
    template: V1PodTemplateSpec,
    name: string,
    { channelId, dialed }: { channelId: string; dialed: readonly DialedAddress[] },
): V1Pod {
    const { labels = {} } = template.metadata ?? {};
    const spec = template.spec!;
    const peer = spec.containers.find((container) => container.name === "peer")!;
    return {
        metadata: {
            name,
            labels: Object.fromEntries(
                Object.entries(labels).filter(([label]) => !ITS_OWN.includes(label)),
            ),
            annotations: Object.fromEntries(
                dialed.map(({ tlsCaPem }, index) => [annotation(index), tlsCaPem]),
            ),
        },
        spec: {
            restartPolicy: "Never",
            activeDeadlineSeconds: ENDED_WITHIN_SECONDS,
            terminationGracePeriodSeconds: 0,
            enableServiceLinks: false,
            automountServiceAccountToken: false,
            serviceAccountName: spec.serviceAccountName,
            securityContext: spec.securityContext,
            imagePullSecrets: spec.imagePullSecrets,
            priorityClassName: spec.priorityClassName,
            tolerations: spec.tolerations,
            nodeSelector: spec.nodeSelector,
            containers: dialed.map(({ address }, index) =>
                dialing(peer, { name: `address-${index}`, channelId, address, index }),
            ),
            volumes: [
                ...(spec.volumes ?? []).filter((volume) => KEPT_VOLUMES.includes(volume.name)),
                {
                    name: "dialed",
                    downwardAPI: {
                        items: dialed.map((_, index) => ({
                            path: `${index}.pem`,
                            fieldRef: { fieldPath: `metadata.annotations['${annotation(index)}']` },
                        })),
                    },
                },
            ],
        },
    };
}

function dialing(
    peer: V1Container,
    args: { name: string; channelId: string; address: string; index: number },
): V1Container {
    const { name, channelId, address, index } = args;
    return {
        name,
        image: peer.image,
        imagePullPolicy: peer.imagePullPolicy,
        securityContext: peer.securityContext,
        command: [
            ...["peer", "channel", "fetch", "0", `/tmp/${index}.block`, "--channelID", channelId],
            ...["--orderer", address, "--tls", "--cafile", `${CAS_PATH}/${index}.pem`],
            ...["--connTimeout", CONNECTED_WITHIN],
        ],
        env: [
            ...(peer.env ?? []).filter((variable) => KEPT_SETTINGS.includes(variable.name)),
            { name: "FABRIC_LOGGING_SPEC", value: "error" },
            { name: "FABRIC_LOGGING_FORMAT", value: "%{message}" },
        ],
        resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } },
        terminationMessagePolicy: "FallbackToLogsOnError",
        volumeMounts: [
            ...(peer.volumeMounts ?? []).filter((mount) => KEPT_VOLUMES.includes(mount.name)),
            { name: "dialed", mountPath: CAS_PATH, readOnly: true },
        ],
    };
}

/** Whether that a connection failed may be otherwise a moment later. */
const PASSING = /refused|timeout|deadline exceeded|unreachable|reset|temporar|server misbehaving/i;

/** An address that was not reached. */
export interface Unreached {
    address: string;
    cause: string;
    passing: boolean;
}

/**
 * Why an address was not reached, by what the peer's command said; nothing where an ordering node answered,
 * even if only that it does not have the channel.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/internal/pkg/peer/orderers/connection.go
 */
export function unreached(address: string, said: string): Unreached | undefined {
    if (/unknown service orderer\.AtomicBroadcast/.test(said)) {
        return { address, cause: "what answers there is no ordering node", passing: false };
    }
    const [, failed] = /failed to create new connection: (.*)/.exec(said) ?? [];
    if (failed === undefined) {
        return undefined;
    }
    const [, untrusted] = /with error: (tls: .*?)(?: remoteaddress=|$)/m.exec(said) ?? [];
    const cause = untrusted ?? failed.replace(/^.*error while dialing: /i, "").replace(/"\s*$/, "");
    return { address, cause, passing: PASSING.test(cause) };
}
