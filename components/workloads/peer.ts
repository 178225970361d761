import type * as types from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";

import type { Intermediates } from "../../fabric/msp";
import { COUCHDB_PORT, PEER_PORTS } from "../../fabric/ports";
import type { FabricLine } from "../../fabric/versions";
import { cpusOf, type Resources } from "../../storage/quantities";
import { couchDbSidecar, couchDbVolumes, COUCHDB_ENTRIES } from "./couchDb";
import { CORE_YAML } from "./coreYaml";
import { IDENTITY_FILES, IDENTITY_MOUNT, identityVolume } from "./identity";
import type { Logging, Placement } from "./pod";
import {
    CONTAINER_SECURITY,
    containerPorts,
    environment,
    goMemoryLimit,
    goProcessors,
    LEAVE_SERVICE_FIRST,
    podDefaults,
    STARTING,
    tcpProbe,
    TEMPORARY_FOLDER,
    withResources,
} from "./pod";

/** Where a peer keeps its ledger; `peer.fileSystemPath` in Fabric's core.yaml. */
const LEDGER_PATH = "/var/hyperledger/production";

/** Where a peer of Fabric 2.5 finds its core.yaml; outside the folder of the image's own. */
const CONFIGURATION_PATH = "/etc/hyperledger/configuration";

/** Where a peer finds the certificates of ordering nodes' TLS CAs. */
const ORDERERS_PATH = "/etc/hyperledger/orderers";

/** What a peer's Pod is made from. */
export interface PeerPodArgs {
    name: string;
    mspId: string;
    fabricLine: FabricLine;
    /** Name of the ConfigMap with its core.yaml; absent where the image's is taken. */
    configuration?: string;
    /** `host:port` at which others in the organization reach it. */
    address: string;
    /** `host:port` at which other organizations reach it. */
    externalAddress: string;
    image: pulumi.Input<string>;
    imagePullSecrets: readonly string[];
    identitySecret: string;
    /** CAs between the organization's roots and its nodes. */
    intermediates: Intermediates;
    ledgerClaim: string;
    /** Absent with goleveldb. */
    couchDb?: {
        image: pulumi.Input<string>;
        claim: string;
        secret: string;
        resources: Resources;
    };
    /** Ordering nodes that it reaches at other addresses than a channel tells; absent where none. */
    overrides?: OrdererOverrides;
    resources: Resources;
    placement: Placement;
    logging: Logging;
}

/** Other addresses for ordering nodes than those that a channel tells. */
export interface OrdererOverrides {
    /** Name of the ConfigMap with the certificates of their TLS CAs. */
    configuration: string;
    addresses: readonly {
        from: string;
        to: string;
        /** Key of the ConfigMap with the certificate of the TLS CA. */
        tlsCa: string;
    }[];
}

/** The Pod of a peer. */
export function peerPod(args: PeerPodArgs): types.input.core.v1.PodSpec {
    const { couchDb, configuration } = args;
    return {
        ...podDefaults("peer", args.placement, { strictZones: false }),
        imagePullSecrets: args.imagePullSecrets.map((name) => ({ name })),
        ...(couchDb ? { initContainers: [couchDbSidecar(couchDb)] } : {}),
        containers: [withResources(peerContainer(args), args.resources)],
        volumes: [
            { name: "ledger", persistentVolumeClaim: { claimName: args.ledgerClaim } },
            identityVolume(args.identitySecret, {
                adminCa: false,
                intermediates: args.intermediates,
            }),
            TEMPORARY_FOLDER.volume,
            ...(configuration === undefined ? [] : [configurationVolume(configuration)]),
            ...(args.overrides === undefined
                ? []
                : [{ name: "orderers", configMap: { name: args.overrides.configuration } }]),
            ...(couchDb ? couchDbVolumes(couchDb.claim) : []),
        ],
    };
}

function peerContainer(args: PeerPodArgs): types.input.core.v1.Container {
    return {
        name: "peer",
        image: args.image,
        securityContext: CONTAINER_SECURITY,
        env: [...environment(peerSettings(args)), ...couchDbLogin(args)],
        ports: containerPorts(PEER_PORTS),
        // The ports open before the channels are loaded; this asks the peer itself.
        startupProbe: {
            exec: {
                command: [
                    "env",
                    `CORE_PEER_ADDRESS=127.0.0.1:${PEER_PORTS.grpc}`,
                    "FABRIC_LOGGING_SPEC=error",
                    "peer",
                    "channel",
                    "list",
                ],
            },
            timeoutSeconds: 5,
            ...STARTING,
        },
        readinessProbe: {
            httpGet: { path: "/healthz", port: "operations", scheme: "HTTPS" },
            periodSeconds: 5,
            timeoutSeconds: 5,
        },
        // Not /healthz: it includes CouchDB, whose absence a restart of the peer does not mend.
        livenessProbe: tcpProbe("grpc", 10, 3),
        lifecycle: LEAVE_SERVICE_FIRST,
        volumeMounts: [
            { name: "ledger", mountPath: LEDGER_PATH },
            IDENTITY_MOUNT,
            TEMPORARY_FOLDER.mount,
            ...(args.configuration === undefined ? [] : [CONFIGURATION_MOUNT]),
            ...(args.overrides === undefined
                ? []
                : [{ name: "orderers", mountPath: ORDERERS_PATH, readOnly: true }]),
        ],
    };
}

function configurationVolume(name: string): types.input.core.v1.Volume {
    return {
        name: "configuration",
        configMap: { name, items: [{ key: CORE_YAML, path: CORE_YAML }] },
    };
}

const CONFIGURATION_MOUNT = {
    name: "configuration",
    mountPath: CONFIGURATION_PATH,
    readOnly: true,
};

/**
 * How often a peer dials an anchor peer that did not answer, and how many times: for as long as Fabric would
 * with 25 s and 120. A peer that joins first is refused by one that has not, and until they have met, no
 * transaction that both organizations must endorse finds its endorsers.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/gossip/discovery/discovery_impl.go#L144
 */
const GOSSIP_RECONNECT = {
    CORE_PEER_GOSSIP_RECONNECTINTERVAL: "5s",
    CORE_PEER_GOSSIP_MAXCONNECTIONATTEMPTS: "600",
};

/**
 * Settings of a peer, over its `core.yaml`.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/sampleconfig/core.yaml
 */
function peerSettings(args: PeerPodArgs): Record<string, string> {
    return {
        ...args.logging,
        CORE_PEER_ID: args.name,
        CORE_PEER_LOCALMSPID: args.mspId,
        CORE_PEER_MSPCONFIGPATH: IDENTITY_FILES.msp,
        CORE_PEER_ADDRESS: args.address,
        CORE_PEER_LISTENADDRESS: `0.0.0.0:${PEER_PORTS.grpc}`,
        // Unset, it would listen on the host of CORE_PEER_ADDRESS, which is a Service's, and panic.
        CORE_PEER_CHAINCODELISTENADDRESS: `0.0.0.0:${PEER_PORTS.chaincode}`,
        CORE_PEER_CHAINCODEADDRESS: args.address.replace(/:\d+$/, `:${PEER_PORTS.chaincode}`),
        CORE_PEER_GOSSIP_BOOTSTRAP: args.address,
        // Without it a peer does not exist for other organizations.
        CORE_PEER_GOSSIP_EXTERNALENDPOINT: args.externalAddress,
        ...GOSSIP_RECONNECT,
        // Every peer takes its blocks from the ordering service, as Fabric's release notes advise.
        CORE_PEER_GOSSIP_ORGLEADER: "true",
        CORE_PEER_GOSSIP_USELEADERELECTION: "false",
        CORE_PEER_GOSSIP_STATE_ENABLED: "false",
        CORE_PEER_DELIVERYCLIENT_BLOCKGOSSIPENABLED: "false",
        // The default is one hour: a peer would sleep long after its ordering service came back.
        CORE_PEER_DELIVERYCLIENT_RECONNECTBACKOFFTHRESHOLD: "10s",
        ...(args.overrides && overrideSettings(args.overrides)),
        CORE_PEER_TLS_ENABLED: "true",
        CORE_PEER_TLS_CERT_FILE: IDENTITY_FILES.tlsCertificate,
        CORE_PEER_TLS_KEY_FILE: IDENTITY_FILES.tlsKey,
        CORE_PEER_TLS_ROOTCERT_FILE: IDENTITY_FILES.tlsCa,
        CORE_PEER_FILESYSTEMPATH: LEDGER_PATH,
        CORE_LEDGER_SNAPSHOTS_ROOTDIR: `${LEDGER_PATH}/snapshots`,
        ...(args.configuration === undefined
            ? // There is no Docker daemon beside the Pod; set, /healthz would ask for one.
              { CORE_VM_ENDPOINT: "" }
            : { FABRIC_CFG_PATH: CONFIGURATION_PATH }),
        CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG: JSON.stringify({ peername: args.name }),
        CORE_OPERATIONS_LISTENADDRESS: `0.0.0.0:${PEER_PORTS.operations}`,
        CORE_OPERATIONS_TLS_ENABLED: "true",
        CORE_OPERATIONS_TLS_CERT_FILE: IDENTITY_FILES.tlsCertificate,
        CORE_OPERATIONS_TLS_KEY_FILE: IDENTITY_FILES.tlsKey,
        CORE_OPERATIONS_TLS_CLIENTAUTHREQUIRED: "false",
        CORE_OPERATIONS_TLS_CLIENTROOTCAS_FILES: IDENTITY_FILES.tlsCa,
        CORE_METRICS_PROVIDER: "prometheus",
        ...validatorPool(args.resources),
        ...goMemoryLimit(args.resources),
        ...goProcessors(args.fabricLine, args.resources),
        ...(args.couchDb ? COUCHDB_SETTINGS : { CORE_LEDGER_STATE_STATEDATABASE: "goleveldb" }),
    };
}

/** A list as YAML, which JSON is; Fabric reads it from 2.5.15 and 3.1.4 on. */
function overrideSettings({ addresses }: OrdererOverrides): Record<string, string> {
    const list = addresses.map(({ from, to, tlsCa }) => {
        return { from, to, caCertsFile: `${ORDERERS_PATH}/${tlsCa}` };
    });
    return { CORE_PEER_DELIVERYCLIENT_ADDRESSOVERRIDES: JSON.stringify(list) };
}

/** Left alone, the peer takes as many validators as the machine has cores, whatever its share of them. */
function validatorPool({ requests, limits }: Resources): Record<string, string> {
    const cpu = limits?.cpu ?? requests?.cpu;
    return cpu === undefined
        ? {}
        : { CORE_PEER_VALIDATORPOOLSIZE: `${Math.max(1, Math.ceil(cpusOf(cpu)))}` };
}

const COUCHDB_SETTINGS = {
    CORE_LEDGER_STATE_STATEDATABASE: "CouchDB",
    CORE_LEDGER_STATE_COUCHDBCONFIG_COUCHDBADDRESS: `127.0.0.1:${COUCHDB_PORT}`,
    CORE_LEDGER_STATE_COUCHDBCONFIG_MAXRETRIESONSTARTUP: "20",
};

function couchDbLogin({ couchDb }: PeerPodArgs): types.input.core.v1.EnvVar[] {
    const from = (key: string) => ({
        valueFrom: { secretKeyRef: { name: couchDb?.secret, key } },
    });
    return couchDb === undefined
        ? []
        : [
              {
                  name: "CORE_LEDGER_STATE_COUCHDBCONFIG_USERNAME",
                  ...from(COUCHDB_ENTRIES.user),
              },
              {
                  name: "CORE_LEDGER_STATE_COUCHDBCONFIG_PASSWORD",
                  ...from(COUCHDB_ENTRIES.password),
              },
          ];
}
