import type * as pulumi from "@pulumi/pulumi";

import type {
    BftSettings,
    ChannelCapabilities,
    ChannelSettings,
    Consensus,
    RaftSettings,
} from "../fabric/channelDefinition";
import { channelIdProblem } from "../fabric/channelProblems";
import { CHANNEL_PROFILES, channelSettings, type ChannelProfile } from "../fabric/channelProfiles";
import { settingsProblems } from "../fabric/channelSettings";
import type { OrgDefinition } from "../fabric/msp";
import type { Problem } from "../fabric/problem";
import type { OrdererService } from "./ordererService";
import type { PeerNode } from "./peerNode";
import { versionProblems } from "./channelVersions";
import { problemsOf } from "./validation";

/** Arguments of a `Channel`. */
export interface ChannelArgs {
    /**
     * Name of the channel: lower-case letters, digits, `.` and `-`, a letter first. It can never change.
     *
     * @default - the component's name.
     */
    channelId?: string;

    /** Ordering services whose nodes are the channel's consenters; all with the same consensus. */
    orderers: readonly OrdererService[];

    /** Peers that join. Their organizations are the members of the channel. */
    peers: readonly PeerNode[];

    /**
     * Peers that other organizations' peers meet first. They are written into the first block.
     *
     * @default - the first peer of each organization.
     */
    anchorPeers?: readonly PeerNode[];

    /**
     * Further member organizations, whose peers other programs run.
     *
     * @default []
     */
    organizations?: readonly pulumi.Input<OrgDefinition>[];

    /**
     * What the channel is tuned for. `"local"`: a laptop or CI; `"lowLatency"`: small blocks at once;
     * `"balanced"`: production; `"throughput"`: large blocks.
     *
     * @default "balanced"
     */
    profile?: ChannelProfile;

    /**
     * Single settings, over those of the profile.
     *
     * @default - those of the profile.
     */
    settings?: ChannelSettingsArgs;

    /**
     * What every node of the channel must be able to do. They follow the oldest image in it.
     *
     * @default - `V2_0` for channel and ordering service, `V2_5` for peers; `V3_0` for the channel with
     * SmartBFT.
     */
    capabilities?: Partial<ChannelCapabilities>;
}

/** Settings of a channel, each of which may be left to the profile. */
export interface ChannelSettingsArgs extends Partial<Omit<ChannelSettings, "raft" | "bft">> {
    raft?: Partial<RaftSettings>;
    bft?: Partial<BftSettings>;
}

/** The profile of a channel that names none. */
const DEFAULT_PROFILE: ChannelProfile = "balanced";

/** What the channel is set to: the profile's settings, and over them what the arguments say. */
export function settingsOf({ orderers, profile, settings = {} }: ChannelArgs): ChannelSettings {
    const { raft, bft, ...batch } = settings;
    const base = channelSettings(profile ?? DEFAULT_PROFILE, consensusOf(orderers));
    return {
        ...base,
        ...batch,
        ...(base.raft && { raft: { ...base.raft, ...raft } }),
        ...(base.bft && { bft: { ...base.bft, ...bft } }),
    };
}

/** What every node of the channel must be able to do. */
export function capabilitiesOf({ orderers, capabilities }: ChannelArgs): ChannelCapabilities {
    return {
        channel: consensusOf(orderers) === "BFT" ? "V3_0" : "V2_0",
        orderer: "V2_0",
        application: "V2_5",
        ...capabilities,
    };
}

/** Everything wrong with the arguments that can be known without a certificate. */
export function checkChannelArgs(name: string, args: ChannelArgs): Problem[] {
    const { channelId = name, orderers, peers, profile = DEFAULT_PROFILE } = args;
    const id = channelIdProblem(channelId);
    const parts = [
        ...problemsOf(
            ["channelId", id && args.channelId === undefined ? `${id} as channelId` : id],
            ["profile", profileProblem(profile)],
        ),
        ...ordererProblems(orderers),
        ...peerProblems(peers, args.anchorPeers ?? []),
        ...versionProblems(args, capabilitiesOf(args)),
    ];
    // Without a consensus and a profile there are no settings to look at.
    return orderers.length === 0 || profileProblem(profile) !== undefined
        ? parts
        : [...parts, ...settingsArgProblems(args)];
}

function consensusOf(orderers: readonly OrdererService[]): Consensus {
    return orderers[0]?.consensus ?? "etcdraft";
}

function profileProblem(profile: ChannelProfile): string | undefined {
    return CHANNEL_PROFILES.includes(profile)
        ? undefined
        : `"${String(profile)}" is not a profile; write ` +
              CHANNEL_PROFILES.map((known) => `"${known}"`).join(", ");
}

function ordererProblems(orderers: readonly OrdererService[]): Problem[] {
    const [first] = orderers;
    if (first === undefined) {
        return [{ path: "orderers", reason: "is empty; write the OrdererService of the channel" }];
    }
    return orderers.flatMap((service, index) => {
        const unknown = service.nodes.filter(({ consenter }) => consenter === undefined);
        return problemsOf(
            [
                `orderers[${index}]`,
                orderers.indexOf(service) === index
                    ? undefined
                    : `"${service.name}" is there twice; take one of them away`,
            ],
            [
                `orderers[${index}]`,
                service.consensus === first.consensus
                    ? undefined
                    : `"${service.name}" has the consensus "${service.consensus}" and ` +
                      `"${first.name}" has "${first.consensus}"; a channel has one of them`,
            ],
            [
                `orderers[${index}]`,
                unknown.length === 0
                    ? undefined
                    : `the certificates of ${unknown.map((node) => node.name).join(", ")} are not ` +
                      `known; write them as identityCertificates of "${service.name}"`,
            ],
        );
    });
}

function peerProblems(peers: readonly PeerNode[], anchorPeers: readonly PeerNode[]): Problem[] {
    const [first] = peers;
    if (first === undefined) {
        return [{ path: "peers", reason: "is empty; write the peers that join" }];
    }
    return [
        ...peers.flatMap((peer, index) =>
            problemsOf(
                [
                    `peers[${index}]`,
                    peers.indexOf(peer) === index
                        ? undefined
                        : `"${peer.name}" is there twice; take one of them away`,
                ],
                [
                    `peers[${index}]`,
                    peer.stateDatabase === first.stateDatabase
                        ? undefined
                        : `"${peer.name}" keeps its state in ${peer.stateDatabase} and "${first.name}" ` +
                          `in ${first.stateDatabase}; all peers of a channel use the same`,
                ],
            ),
        ),
        ...anchorPeers.flatMap((peer, index) =>
            peers.includes(peer)
                ? []
                : [
                      {
                          path: `anchorPeers[${index}]`,
                          reason: `"${peer.name}" does not join the channel; write it into peers too`,
                      },
                  ],
        ),
    ];
}

function settingsArgProblems(args: ChannelArgs): Problem[] {
    const consensus = consensusOf(args.orderers);
    const capabilities = capabilitiesOf(args);
    const wrongOptions = consensus === "BFT" ? "raft" : "bft";
    return [
        ...problemsOf(
            [
                `settings.${wrongOptions}`,
                args.settings?.[wrongOptions] === undefined
                    ? undefined
                    : `is set, and the consensus is "${consensus}"; take it away`,
            ],
            [
                "capabilities.channel",
                consensus === "BFT" && capabilities.channel !== "V3_0"
                    ? `"${capabilities.channel}" does not know SmartBFT; write "V3_0", or nothing`
                    : undefined,
            ],
        ),
        ...settingsProblems(settingsOf(args), consensus).map(({ path, reason }) => ({
            path: `settings.${path}`,
            reason,
        })),
    ];
}
