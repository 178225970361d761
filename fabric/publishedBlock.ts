import { describeBlock } from "./block";
import {
    type ChannelConfiguration,
    type ConfiguredConsenter,
    settingsOf,
} from "./channelConfiguration";
import { type Consenter, type OrgDefinition } from "./msp";
import { blockBytes } from "./orderingAddresses";
import { type Problem, problemsOf } from "./problem";
import { publicKeyFingerprint } from "./x509";

/** A first block that others published, and what a program that joins by it takes for granted. */
export interface PublishedBlock {
    /** The block, serialized, in base64. */
    block: string;

    /** Name of the channel. */
    channelId: string;

    /**
     * Hash of the block that was told beside it, hex.
     *
     * @default - none was told
     */
    hash?: string;

    /** The program's own organizations whose ordering nodes join. */
    ordering: OrgDefinition[];

    /** The program's own organizations whose peers join. */
    application: OrgDefinition[];

    /** Definitions of other members. */
    organizations: OrgDefinition[];

    /** Whether the program's own organizations were added to the channel after its first block. */
    addedLater: boolean;
}

/** Everything for which a program must not join by a block, each with the argument it is about. */
export function publishedBlockProblems(expected: PublishedBlock): Problem[] {
    const { channelId, hash } = expected;
    let has: ChannelConfiguration;
    let description: ReturnType<typeof describeBlock>;
    try {
        const bytes = blockBytes(expected.block);
        description = describeBlock(bytes);
        has = settingsOf(bytes);
    } catch (error) {
        const cause = error instanceof Error ? error.message.split(";")[0] : String(error);
        const reason = `is not the first block of a channel in base64 (${cause}); take over genesisBlock of the channel that made it`;
        return [{ path: "genesisBlock", reason }];
    }
    const { number } = description;
    return [
        ...problemsOf(
            [
                "genesisBlock",
                number === 0
                    ? undefined
                    : `is block ${number} of channel "${has.channelId}", and a node joins by block 0`,
            ],
            [
                "channelId",
                has.channelId === channelId
                    ? undefined
                    : `"${channelId}" is not the channel of genesisBlock, which is ` +
                      `"${has.channelId}"; write "${has.channelId}", or pass the other block`,
            ],
            [
                "genesisHash",
                hash === undefined || hash.toLowerCase() === description.hash
                    ? undefined
                    : `"${hash}" is not the hash of genesisBlock, which is "${description.hash}"; ` +
                      "ask who published them which of both is right",
            ],
        ),
        ...(expected.addedLater ? [] : ownProblems(expected, has)),
        ...otherProblems(expected, has),
    ];
}

/** Why an organization cannot have its nodes in a channel, or nothing. */
export function absenceFault(
    { channelId, application }: Pick<ChannelConfiguration, "channelId" | "application">,
    mspId: string,
): string | undefined {
    const members = application.map((org) => org.mspId);
    return members.includes(mspId)
        ? undefined
        : `${mspId} is not in channel "${channelId}", in which ${listed(members)}; ask its members ` +
              "for a config update that adds it, with its definition";
}

/** The program's own organizations must be in the block, with the CAs that its nodes are of. */
function ownProblems(
    { ordering, application }: PublishedBlock,
    has: ChannelConfiguration,
): Problem[] {
    return [
        ...application.flatMap((org) =>
            problemsOf([
                "peers",
                later(absenceFault(has, org.mspId)) ?? keyFault(org, has.application),
            ]),
        ),
        ...ordering.flatMap((org) => {
            const members = has.ordering.map(({ mspId }) => mspId);
            return members.includes(org.mspId)
                ? [
                      ...problemsOf(["orderers", keyFault(org, has.ordering)]),
                      ...consenterProblems(org, has),
                  ]
                : problemsOf([
                      "orderers",
                      later(
                          `${org.mspId} has no ordering nodes in channel "${has.channelId}", in ` +
                              `which ${listed(members)}; ask its members for a config update that ` +
                              "adds it, with the definition of its OrdererService",
                      ),
                  ]);
        }),
    ];
}

function later(fault: string | undefined): string | undefined {
    return fault && `${fault}; once that is made, write addedLater: true`;
}

/** A node whose key is not in the channel would join as a follower, and never order anything. */
function consenterProblems(org: OrgDefinition, has: ChannelConfiguration): Problem[] {
    return org.consenters.flatMap((node) =>
        has.consenters.some((consenter) => isSameNode(node, consenter))
            ? []
            : [
                  {
                      path: "orderers",
                      reason:
                          `${org.mspId}'s ordering node "${node.host}:${node.port}" is no consenter ` +
                          `of channel "${has.channelId}" with the key that it has; publish the ` +
                          "definition of its OrdererService before the channel is made",
                  },
              ],
    );
}

function isSameNode(node: Consenter, consenter: ConfiguredConsenter): boolean {
    return (
        node.host === consenter.host &&
        node.port === consenter.port &&
        publicKeyFingerprint(node.tlsCertificatePem) === consenter.tlsPublicKey
    );
}

/** What definitions of others say must be what the block says, or one of both is not what it seems. */
function otherProblems({ organizations }: PublishedBlock, has: ChannelConfiguration): Problem[] {
    return organizations.flatMap((org, index) => {
        const members = [...has.ordering, ...has.application];
        const path = `organizations[${index}]`;
        const first = organizations.findIndex(({ mspId }) => mspId === org.mspId);
        if (first !== index) {
            const reason = `"${org.mspId}" is organizations[${first}] already; name it once`;
            return [{ path: `${path}.mspId`, reason }];
        }
        return problemsOf([
            path,
            members.some(({ mspId }) => mspId === org.mspId)
                ? keyFault(org, members)
                : `${org.mspId} is not in the first block of channel "${has.channelId}", in which ` +
                  `${listed(members.map(({ mspId }) => mspId))}; take it away, or pass the right block`,
        ]);
    });
}

function keyFault(
    org: OrgDefinition,
    members: readonly { mspId: string; signingCas: string[]; tlsCas: string[] }[],
): string | undefined {
    const found = members.find(({ mspId }) => mspId === org.mspId);
    const wrong = (["signing", "tls"] as const).filter((use) => {
        const keys = [org[`${use}CaPem`], ...(org[`${use}IntermediatesPem`] ?? [])];
        const wanted = keys.map(publicKeyFingerprint).sort().join();
        return found !== undefined && [...found[`${use}Cas`]].sort().join() !== wanted;
    });
    const cas = wrong.map((use) => (use === "tls" ? "TLS" : use)).join(" and ");
    return wrong.length === 0
        ? undefined
        : `${org.mspId} is in the block with another ${cas} CA than it has here; pass the block and ` +
              "the definition that belong together";
}

function listed(members: readonly string[]): string {
    const names = [...new Set(members)];
    return `${names.join(", ")} ${names.length === 1 ? "is" : "are"}`;
}
