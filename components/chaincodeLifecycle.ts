import type * as pulumi from "@pulumi/pulumi";

import type { ChaincodePackage } from "../fabric/chaincodePackage";
import type { Channel } from "./channel";
import { memberOrganizations } from "./channelMembers";
import type { definitionOf } from "./chaincodeArgs";
import { folderOf } from "./chaincodeFolder";
import type { ChaincodeMode } from "./chaincodeModes";
import type { ChaincodeService } from "./chaincodeService";
import type { JoinedChannel } from "./joinedChannel";
import { orderingNodes, peerConnection, signerOf } from "./nodeConnections";
import type { PeerNode } from "./peerNode";
import { ApprovedChaincode } from "./resources/approvedChaincode";
import type { ChannelOrderers, DefinitionInputs } from "./resources/chaincodeDefinition";
import { CommittedChaincode } from "./resources/committedChaincode";
import { InstalledChaincode } from "./resources/installedChaincode";
import { RetiredChaincode } from "./resources/retiredChaincode";
import { RetiredJobs } from "./resources/retiredJobs";

/** A chaincode on its way to a channel. */
export interface DefinedChaincode extends pulumi.ComponentResource {
    readonly name: string;
    readonly channel: Channel | JoinedChannel;
    readonly peers: readonly PeerNode[];
    readonly definition: ReturnType<typeof definitionOf>;
}

/** Installs a package on every peer that has joined the channel, none after another. */
export function installOnPeers(
    chaincode: DefinedChaincode,
    { packageId, label, bytes }: ChaincodePackage,
    mode: ChaincodeMode,
): InstalledChaincode[] {
    const content =
        mode.mode === "docker"
            ? { source: folderOf(mode) }
            : { package: Buffer.from(bytes).toString("base64") };
    return chaincode.peers.map(
        (peer) =>
            new InstalledChaincode(
                `${chaincode.name}-${peer.name}`,
                {
                    ...peerConnection(peer),
                    packageId,
                    label,
                    ...content,
                    admin: signerOf(peer.org),
                },
                { parent: chaincode, dependsOn: [membershipOf(chaincode.channel, peer)] },
            ),
    );
}

/** With which a peer is in the channel: chaincode of one peer waits for no other one. */
function membershipOf({ peers, peerMemberships }: Channel | JoinedChannel, peer: PeerNode) {
    return peerMemberships[peers.indexOf(peer)]!;
}

/** Approves the definition for every organization of the peers, each once its peers have the package. */
export function approveForOrganizations(
    chaincode: DefinedChaincode,
    packageId: string,
    installed: readonly InstalledChaincode[],
): ApprovedChaincode[] {
    const { name, channel, peers } = chaincode;
    return firstPeers(peers).map(
        (first) =>
            new ApprovedChaincode(
                `${name}-${first.org.mspId}`,
                {
                    ...peerConnection(first),
                    ...definitionInputs(chaincode),
                    ...orderersOf(channel),
                    packageId,
                    admin: signerOf(first.org),
                },
                {
                    parent: chaincode,
                    dependsOn: installed.filter((_, index) => peers[index]?.org === first.org),
                },
            ),
    );
}

/** Commits the definition once it is approved, and its Pods are ready to be called. */
export function commitToChannel(
    chaincode: DefinedChaincode,
    approved: readonly ApprovedChaincode[],
    services: readonly ChaincodeService[],
): CommittedChaincode {
    return new CommittedChaincode(
        `${chaincode.name}-committed`,
        {
            ...definitionInputs(chaincode),
            ...orderersOf(chaincode.channel),
            peers: firstPeers(chaincode.peers).map((peer) => ({
                ...peerConnection(peer),
                admin: signerOf(peer.org),
            })),
        },
        {
            parent: chaincode,
            dependsOn: [...approved, ...services.map(({ service }) => service)],
        },
    );
}

/** Retires older versions in every organization once the commit waits for nobody. */
export function retireOlder(
    chaincode: DefinedChaincode,
    committed: CommittedChaincode,
    services: readonly ChaincodeService[],
): RetiredChaincode[] {
    return services.map(
        ({ org, networkPolicy, serviceName }) =>
            new RetiredChaincode(
                `${chaincode.name}-${org.mspId}-retired`,
                {
                    kubeconfig: org.cluster.kubeconfig,
                    context: org.cluster.context,
                    namespace: org.namespace,
                    ownerUid: networkPolicy.metadata.uid,
                    serviceName,
                    waiting: committed.waiting,
                },
                { parent: chaincode, dependsOn: [committed] },
            ),
    );
}

/** Ends Jobs of older versions that peers started, once the commit waits for nobody. */
export function retireJobs(
    chaincode: DefinedChaincode,
    packageId: string,
    committed: CommittedChaincode,
): RetiredJobs[] {
    return chaincode.peers.flatMap((peer) =>
        peer.kubernetesBuilder === undefined
            ? []
            : [
                  new RetiredJobs(
                      `${chaincode.name}-${peer.name}-retired`,
                      {
                          ...peerConnection(peer),
                          builderNamespace: peer.kubernetesBuilder.namespace,
                          channelId: chaincode.channel.channelId,
                          packageId,
                          waiting: committed.waiting,
                          admin: signerOf(peer.org),
                      },
                      { parent: chaincode, dependsOn: [committed] },
                  ),
              ],
    );
}

/** What would be done on a cluster whose nodes run, one line a step. */
export function lifecyclePlan(
    { channel: { channelId }, definition: { name, version }, peers }: DefinedChaincode,
    packageId: string,
): string[] {
    return [
        ...peers.map((peer) => `peer ${peer.name} of ${peer.org.mspId} installs ${packageId}`),
        ...firstPeers(peers).map(
            ({ org }) => `${org.mspId} approves version ${version} of ${name} on ${channelId}`,
        ),
        `version ${version} of ${name} is committed to ${channelId}`,
    ];
}

/** The first peer of each organization. */
function firstPeers(peers: readonly PeerNode[]): PeerNode[] {
    return memberOrganizations(peers).map((org) => peers.find((peer) => peer.org === org)!);
}

function definitionInputs({ channel, definition }: DefinedChaincode): DefinitionInputs {
    const { name, ...settings } = definition;
    return { channelId: channel.channelId, chaincode: name, ...settings };
}

/** A channel of others tells where its ordering nodes are; those of this program are known. */
function orderersOf(channel: Channel | JoinedChannel): ChannelOrderers {
    return "organizationMemberships" in channel
        ? { addresses: channel.firstBlock.addresses }
        : { services: channel.orderers.map(orderingNodes) };
}
