import type * as types from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";

import type { Intermediates } from "../../fabric/msp";
import { ORDERER_PORTS } from "../../fabric/ports";
import type { FabricLine } from "../../fabric/versions";
import type { Resources } from "../../storage/quantities";
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

/** Where an ordering node keeps blocks, write-ahead log and snapshots. */
const LEDGER_PATH = "/var/hyperledger/production/orderer";

/** What an ordering node's Pod is made from. */
export interface OrdererPodArgs {
    mspId: string;
    fabricLine: FabricLine;
    image: pulumi.Input<string>;
    imagePullSecrets: readonly string[];
    identitySecret: string;
    /** CAs between the organization's roots and its nodes. */
    intermediates: Intermediates;
    ledgerClaim: string;
    resources: Resources;
    placement: Placement;
    /** Never two consenters in a zone, instead of rather not. */
    strictZones: boolean;
    logging: Logging;
}

/** The Pod of an ordering node. */
export function ordererPod(args: OrdererPodArgs): types.input.core.v1.PodSpec {
    return {
        ...podDefaults("orderer", args.placement, { strictZones: args.strictZones }),
        imagePullSecrets: args.imagePullSecrets.map((name) => ({ name })),
        containers: [withResources(ordererContainer(args), args.resources)],
        volumes: [
            { name: "ledger", persistentVolumeClaim: { claimName: args.ledgerClaim } },
            identityVolume(args.identitySecret, {
                adminCa: true,
                intermediates: args.intermediates,
            }),
            TEMPORARY_FOLDER.volume,
        ],
    };
}

function ordererContainer(args: OrdererPodArgs): types.input.core.v1.Container {
    return {
        name: "orderer",
        image: args.image,
        securityContext: CONTAINER_SECURITY,
        env: environment(ordererSettings(args)),
        ports: containerPorts(ORDERER_PORTS),
        // The admin port opens last, when every channel is loaded; the others open before.
        startupProbe: tcpProbe("admin", STARTING.periodSeconds, STARTING.failureThreshold),
        readinessProbe: tcpProbe("admin", 5, 3),
        livenessProbe: tcpProbe("grpc", 10, 3),
        lifecycle: LEAVE_SERVICE_FIRST,
        volumeMounts: [
            { name: "ledger", mountPath: LEDGER_PATH },
            IDENTITY_MOUNT,
            TEMPORARY_FOLDER.mount,
        ],
    };
}

/**
 * Settings of an ordering node, over the `orderer.yaml` of the image.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/sampleconfig/orderer.yaml
 */
function ordererSettings(args: OrdererPodArgs): Record<string, string> {
    const { tlsCertificate, tlsKey, tlsCa, adminCa } = IDENTITY_FILES;
    return {
        ...args.logging,
        ORDERER_GENERAL_LISTENADDRESS: "0.0.0.0",
        ORDERER_GENERAL_LISTENPORT: `${ORDERER_PORTS.grpc}`,
        ORDERER_GENERAL_LOCALMSPID: args.mspId,
        ORDERER_GENERAL_LOCALMSPDIR: IDENTITY_FILES.msp,
        ORDERER_GENERAL_TLS_ENABLED: "true",
        ORDERER_GENERAL_TLS_CERTIFICATE: tlsCertificate,
        ORDERER_GENERAL_TLS_PRIVATEKEY: tlsKey,
        ORDERER_GENERAL_TLS_ROOTCAS: `[${tlsCa}]`,
        ORDERER_GENERAL_BOOTSTRAPMETHOD: "none",
        ORDERER_CHANNELPARTICIPATION_ENABLED: "true",
        ORDERER_FILELEDGER_LOCATION: LEDGER_PATH,
        ORDERER_CONSENSUS_WALDIR: `${LEDGER_PATH}/etcdraft/wal`,
        ORDERER_CONSENSUS_SNAPDIR: `${LEDGER_PATH}/etcdraft/snapshot`,
        ORDERER_ADMIN_LISTENADDRESS: `0.0.0.0:${ORDERER_PORTS.admin}`,
        ORDERER_ADMIN_TLS_ENABLED: "true",
        ORDERER_ADMIN_TLS_CERTIFICATE: tlsCertificate,
        ORDERER_ADMIN_TLS_PRIVATEKEY: tlsKey,
        ORDERER_ADMIN_TLS_CLIENTAUTHREQUIRED: "true",
        // Whoever holds a certificate of this CA can remove channels; so it signs nothing else.
        ORDERER_ADMIN_TLS_CLIENTROOTCAS: `[${adminCa}]`,
        ORDERER_OPERATIONS_LISTENADDRESS: `0.0.0.0:${ORDERER_PORTS.operations}`,
        ORDERER_OPERATIONS_TLS_ENABLED: "true",
        ORDERER_OPERATIONS_TLS_CERTIFICATE: tlsCertificate,
        ORDERER_OPERATIONS_TLS_PRIVATEKEY: tlsKey,
        ORDERER_OPERATIONS_TLS_CLIENTAUTHREQUIRED: "false",
        // Metrics want a certificate: one of the organization's TLS CA, or the one that asks which
        // node leads before another is replaced.
        ORDERER_OPERATIONS_TLS_CLIENTROOTCAS: `[${tlsCa}, ${adminCa}]`,
        ORDERER_METRICS_PROVIDER: "prometheus",
        ...goMemoryLimit(args.resources),
        ...goProcessors(args.fabricLine, args.resources),
    };
}
