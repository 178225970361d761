import type * as chaincode from "./chaincode";
import type * as channel from "./channel";
import type * as dockerEndpoint from "./dockerEndpoint";
import type * as existingCluster from "./clusters/existingCluster";
import type * as fabricOrg from "./fabricOrg";
import type * as headlamp from "./headlamp";
import type * as orgDefinition from "../fabric/orgDefinition";
import type * as joinedChannel from "./joinedChannel";
import type * as kubernetesBuilder from "./kubernetesBuilder";
import type * as ledgerStorageClass from "./ledgerStorageClass";
import type * as monitoring from "./monitoring";
import type * as ordererNode from "./ordererNode";
import type * as ordererService from "./ordererService";
import type * as peerNode from "./peerNode";
import { lazyExports, LOADED_LATER } from "./lazyExports";

export type { AdminIdentity } from "./adminIdentity";
export type { Authority, GivenAuthorities, GivenAuthority } from "./authority";
export type { ChaincodeArgs, SharedChaincodeArgs } from "./chaincodeArgs";
export type { ChaincodeMode, DockerMode, KubernetesMode, ServiceMode } from "./chaincodeModes";
export type { ChaincodeService } from "./chaincodeService";
export type { ClientPlace, ProfileArgs } from "./clientConnections";
export type { ChannelArgs, ChannelSettingsArgs } from "./channelArgs";
export type { ExistingClusterArgs } from "./clusters/existingCluster";
export type { CertificateCheck } from "./certificateCheck";
export type { CertificateCheckArgs } from "./certificateCheckArgs";
export type { FabricCluster, Privileged, Vendor } from "./clusters/fabricCluster";
export type { CouchDb, CouchDbArgs } from "./couchDb";
export type { DockerEndpointArgs } from "./dockerEndpointArgs";
export type { FabricOrgArgs } from "./fabricOrgArgs";
export type { HeadlampArgs } from "./headlampArgs";
export type {
    ClusterStorage,
    ClusterStorageArgs,
    LedgerAccessMode,
    LedgerStorage,
    StorageChoice,
} from "./ledgerStorage";
export type { JoinedChannelArgs } from "./joinedChannelArgs";
export type { KubernetesBuilderArgs } from "./kubernetesBuilder";
export type { LedgerStorageClassArgs } from "./ledgerStorageClass";
export type { MonitoringArgs, WatchedNodes } from "./monitoringArgs";
export type { WatchedOrganization } from "./monitoring";
export type { NodeArgs } from "./nodeArgs";
export type { NodeCertificates, NodeIdentity } from "./nodeIdentity";
export type { DnsRecord, NodeOutside } from "./nodeOutside";
export type { NodePod } from "./nodePod";
export type { OrdererNodeArgs } from "./ordererNode";
export type { ConsenterAddresses, OrdererServiceArgs } from "./ordererServiceArgs";
export type {
    Administration,
    ExposedBy,
    GatewayArgs,
    OutsideArgs,
    TlsRouteVersion,
} from "./outsideArgs";
export type { PublishedDefinition } from "./otherOrganizations";
export type { PublishedNodes } from "./publishedDefinition";
export type { PeerNodeArgs, StateDatabase } from "./peerNode";
export type { Protection } from "./protection";
export type { AlertLimits } from "./workloads/monitoring/alerts";
export type { Placement } from "./workloads/pod";
export type { ProfileName } from "../storage/profiles";
export type { Resources } from "../storage/quantities";
export type { ChannelCapabilities, ChannelSettings, Consensus } from "../fabric/channelDefinition";
export type { ChannelProfile } from "../fabric/channelProfiles";
export type { PrivateDataCollection } from "../fabric/collections";
export type { CouchDbIndex } from "../fabric/couchDbIndex";
export type { ConnectionProfile, GatewayParameters } from "../fabric/connectionProfile";
export type { Consenter, HostPort, OrgDefinition } from "../fabric/msp";

// Each class as a type and as a value. The value is written down for those who list a module's
// exports before they run it, and loaded when it is first used.
export type Chaincode = chaincode.Chaincode;
export const Chaincode: typeof chaincode.Chaincode = LOADED_LATER;
export type Channel = channel.Channel;
export const Channel: typeof channel.Channel = LOADED_LATER;
export type DockerEndpoint = dockerEndpoint.DockerEndpoint;
export const DockerEndpoint: typeof dockerEndpoint.DockerEndpoint = LOADED_LATER;
export type ExistingCluster = existingCluster.ExistingCluster;
export const ExistingCluster: typeof existingCluster.ExistingCluster = LOADED_LATER;
export type FabricOrg = fabricOrg.FabricOrg;
export const FabricOrg: typeof fabricOrg.FabricOrg = LOADED_LATER;
export type Headlamp = headlamp.Headlamp;
export const Headlamp: typeof headlamp.Headlamp = LOADED_LATER;
export type JoinedChannel = joinedChannel.JoinedChannel;
export const JoinedChannel: typeof joinedChannel.JoinedChannel = LOADED_LATER;
export type KubernetesBuilder = kubernetesBuilder.KubernetesBuilder;
export const KubernetesBuilder: typeof kubernetesBuilder.KubernetesBuilder = LOADED_LATER;
export type LedgerStorageClass = ledgerStorageClass.LedgerStorageClass;
export const LedgerStorageClass: typeof ledgerStorageClass.LedgerStorageClass = LOADED_LATER;
export type Monitoring = monitoring.Monitoring;
export const Monitoring: typeof monitoring.Monitoring = LOADED_LATER;
export type OrdererNode = ordererNode.OrdererNode;
export const OrdererNode: typeof ordererNode.OrdererNode = LOADED_LATER;
export type OrdererService = ordererService.OrdererService;
export const OrdererService: typeof ordererService.OrdererService = LOADED_LATER;
export type PeerNode = peerNode.PeerNode;
export const PeerNode: typeof peerNode.PeerNode = LOADED_LATER;
export const parseOrgDefinition: typeof orgDefinition.parseOrgDefinition = LOADED_LATER;

/* eslint-disable @typescript-eslint/no-require-imports */
lazyExports(exports as object, {
    Chaincode: () => require("./chaincode") as typeof chaincode,
    Channel: () => require("./channel") as typeof channel,
    DockerEndpoint: () => require("./dockerEndpoint") as typeof dockerEndpoint,
    ExistingCluster: () => require("./clusters/existingCluster") as typeof existingCluster,
    FabricOrg: () => require("./fabricOrg") as typeof fabricOrg,
    Headlamp: () => require("./headlamp") as typeof headlamp,
    JoinedChannel: () => require("./joinedChannel") as typeof joinedChannel,
    KubernetesBuilder: () => require("./kubernetesBuilder") as typeof kubernetesBuilder,
    LedgerStorageClass: () => require("./ledgerStorageClass") as typeof ledgerStorageClass,
    Monitoring: () => require("./monitoring") as typeof monitoring,
    OrdererNode: () => require("./ordererNode") as typeof ordererNode,
    OrdererService: () => require("./ordererService") as typeof ordererService,
    PeerNode: () => require("./peerNode") as typeof peerNode,
    parseOrgDefinition: () => require("../fabric/orgDefinition") as typeof orgDefinition,
});
