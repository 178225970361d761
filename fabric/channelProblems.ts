import { type ChannelDefinition } from "./channelDefinition";
import { formProblems, memberProblems } from "./channelMembers";
import { settingsProblems } from "./channelSettings";
import { consenterProblems } from "./consenterCertificates";
import { type Problem } from "./problem";

/** Fabric's own words, for definitions that no compiler has seen. */
const WORDS = {
    consensus: ["etcdraft", "BFT"],
    "capabilities.channel": ["V2_0", "V3_0"],
    "capabilities.orderer": ["V2_0"],
    "capabilities.application": ["V2_0", "V2_5"],
};

/** Longest name of a channel. */
const CHANNEL_ID_LIMIT = 249;

/**
 * Everything for which Fabric would refuse a channel, and a few things that it would take for a
 * channel that never works. A first block stays as it is for the life of its channel, so that what
 * is not found here is found too late.
 */
export function channelProblems(definition: ChannelDefinition): Problem[] {
    const { channelId, consensus, settings } = definition;
    const form = formProblems(definition);
    const idProblem = channelIdProblem(channelId);
    return [
        ...(idProblem === undefined ? [] : [{ path: "channelId", reason: idProblem }]),
        ...wordProblems(definition),
        ...(form.length > 0
            ? form
            : [...memberProblems(definition), ...consenterProblems(definition)]),
        ...settingsProblems(settings, consensus).map(({ path, reason }) => ({
            path: `settings.${path}`,
            reason,
        })),
        ...aclProblems(definition),
    ];
}

/**
 * What is wrong with the name of a channel, or nothing.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/configtx/validator.go#L82
 */
export function channelIdProblem(channelId: string): string | undefined {
    if (!/^[a-z][a-z0-9.-]*$/.test(channelId)) {
        const instead =
            channelId
                .toLowerCase()
                .replace(/[^a-z0-9.-]+/g, "-")
                .replace(/^[^a-z]+/, "")
                .slice(0, CHANNEL_ID_LIMIT) || "channel1";
        return (
            `"${channelId}" is not a name of a channel (a lower-case letter, then lower-case ` +
            `letters, digits, "." and "-"); write "${instead}"`
        );
    }
    return channelId.length > CHANNEL_ID_LIMIT
        ? `"${channelId}" has ${channelId.length} characters and the limit is ${CHANNEL_ID_LIMIT}; shorten it`
        : undefined;
}

function wordProblems({ consensus, capabilities }: ChannelDefinition): Problem[] {
    const { channel, orderer, application } = capabilities;
    const written = {
        consensus,
        "capabilities.channel": channel,
        "capabilities.orderer": orderer,
        "capabilities.application": application,
    };
    const problems = Object.entries(WORDS).flatMap(([path, words]) => {
        const word = written[path as keyof typeof WORDS];
        const known = words.map((one) => `"${one}"`).join(" or ");
        return words.includes(word)
            ? []
            : [{ path, reason: `"${word}" is not known here; write ${known}` }];
    });
    if (consensus === "BFT" && channel === "V2_0") {
        // https://github.com/hyperledger/fabric/blob/v3.1.5/internal/configtxgen/encoder/encoder.go#L187
        const reason = '"V2_0" has no SmartBFT; write "V3_0", and run every node on Fabric 3';
        problems.push({ path: "capabilities.channel", reason });
    }
    return problems;
}

/**
 * Guards of Fabric's functions name a policy of the channel: `Readers` below `/Channel/Application`,
 * or one by its path. Fabric reads an empty one as its default.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/channelconfig/acls.go#L23
 */
function aclProblems({ settings: { acls = {} } }: ChannelDefinition): Problem[] {
    return Object.entries(acls)
        .filter(([, policy]) => !/^(\/Channel(\/[a-zA-Z0-9.-]+)+|[a-zA-Z0-9.-]+)$/.test(policy))
        .map(([resource, policy]) => ({
            path: `settings.acls["${resource}"]`,
            reason:
                `"${policy}" names no policy; write the name of one of the application's, such as ` +
                '"Readers", or a path, such as "/Channel/Application/Readers"',
        }));
}
