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
import type { Problem } from "../fabric/problem";
import type { OrdererService } from "./ordererService";
import type { PeerNode } from "./peerNode";
import { ordererProblems, peerProblems, placeProblems } from "./channelNodes";
import { versionProblems } from "./channelVersions";
import {
    otherOrganizationProblems,
    type OtherOrganizations,
    type PublishedDefinition,
} from "./otherOrganizations";
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

    /**
     * Peers that join. Their organizations are the members of the channel; empty only where others are,
     * by `organizations`.
     */
    peers: readonly PeerNode[];

    /**
     * Peers that other organizations' peers meet first. They are written into the first block.
     *
     * @default - the first peer of each organization.
     */
    anchorPeers?: readonly PeerNode[];

    /**
     * Further member organizations, whose peers other programs run: their definitions, or the text of
     * the files in which they were published. They are members from the first block on.
     *
     * @default []
     */
    organizations?: readonly PublishedDefinition[];

    /**
     * Further organizations whose ordering nodes other programs run; they are consenters from the first
     * block on. One that runs peers too is in `organizations` as well. Ordering nodes that an organization has
     * in another cluster are here, too, by the definition that the program there publishes: it has the same
     * CAs.
     *
     * @default []
     */
    orderingOrganizations?: readonly PublishedDefinition[];

    /**
     * Whether only the ordering nodes join, and nothing is waited for. For the first run of a channel
     * whose consenters elect no leader before those of other programs have joined: publish the first
     * block, let the others join, then take this away.
     *
     * @default false
     */
    founding?: boolean;

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
     * Files of a config update that others signed, as texts: out of a folder, the output of another
     * stack (`signedUpdates` of a `JoinedChannel`), or a ConfigMap. Empty ones are of nobody, and those of
     * an update that is made already say nothing any more.
     *
     * @default []
     */
    signatures?: readonly pulumi.Input<string | undefined>[];

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
    const { channelId = name, orderers, profile = DEFAULT_PROFILE } = args;
    const id = channelIdProblem(channelId);
    const parts = [
        ...problemsOf(
            ["channelId", id && args.channelId === undefined ? `${id} as channelId` : id],
            ["profile", profileProblem(profile)],
        ),
        ...ordererProblems(orderers),
        ...memberProblems(args),
        ...placeProblems(orderers, args.peers),
        ...otherOrganizationProblems(otherMembers(args)),
        ...otherOrganizationProblems(otherOrderers(args)),
        ...versionProblems(args, capabilitiesOf(args)),
    ];
    // Without a consensus and a profile there are no settings to look at.
    return orderers.length === 0 || profileProblem(profile) !== undefined
        ? parts
        : [...parts, ...settingsArgProblems(args)];
}

/** A company that only orders has no peers of its own. */
function memberProblems({ peers, anchorPeers = [], organizations = [] }: ChannelArgs): Problem[] {
    const isOnlyOrdering = peers.length + anchorPeers.length === 0 && organizations.length > 0;
    return isOnlyOrdering ? [] : peerProblems(peers, anchorPeers);
}

/** Definitions of members whose peers other programs run. */
export function otherMembers({ organizations, peers }: ChannelArgs): OtherOrganizations {
    return {
        path: "organizations",
        definitions: organizations ?? [],
        role: "application",
        own: peers.map(({ org }) => org),
    };
}

/** Definitions of organizations whose ordering nodes other programs run. */
export function otherOrderers({
    orderingOrganizations,
    orderers,
}: ChannelArgs): OtherOrganizations {
    return {
        path: "orderingOrganizations",
        definitions: orderingOrganizations ?? [],
        role: "ordering",
        own: orderers.map(({ org }) => org),
    };
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
