import type * as pulumi from "@pulumi/pulumi";

import { describeBlock } from "../../../fabric/block";
import type { OrgDefinition } from "../../../fabric/msp";
import { caEndProblems } from "../../../fabric/mspAuthorities";
import { orderingAddresses } from "../../../fabric/orderingAddresses";
import { publishedBlockProblems, type PublishedBlock } from "../../../fabric/publishedBlock";
import { publicKeyFingerprint } from "../../../fabric/x509";
import { isUnknown } from "./dispatch";
import { differs } from "./membership";
import type { Methods, Properties } from "../remoteResource";

function expectedOf(inputs: Properties): PublishedBlock {
    const { block, channelId, expectedHash, ordering, application, organizations } = inputs;
    return {
        block,
        channelId,
        hash: expectedHash,
        ordering,
        application,
        organizations,
        addedLater: inputs.addedLater,
    };
}

type List = "ordering" | "application" | "organizations";

/**
 * Whether an organization was looked at before: what was right once stays right. One of another program is
 * known by the keys of its CAs, too: a definition with other keys may be anybody's.
 */
function isKnown(olds: Properties, list: List, org: OrgDefinition): boolean {
    return ((olds[list] ?? []) as OrgDefinition[]).some(
        (old) =>
            old.mspId === org.mspId && (list !== "organizations" || keysOf(old) === keysOf(org)),
    );
}

function keysOf({ signingCaPem, tlsCaPem }: OrgDefinition): string {
    return [signingCaPem, tlsCaPem].map(publicKeyFingerprint).join();
}

function problemsOf(olds: Properties, news: Properties): { path: string; reason: string }[] {
    const newIn = (list: List) =>
        (news[list] as OrgDefinition[]).filter((org) => !isKnown(olds, list, org));
    const others: OrgDefinition[] = news.organizations;
    const seen = others.flatMap((org, index) =>
        isKnown(olds, "organizations", org) ? [`organizations[${index}]`] : [],
    );
    const now = new Date();
    return [
        ...publishedBlockProblems({
            ...expectedOf(news),
            ordering: newIn("ordering"),
            application: newIn("application"),
        }),
        ...others.flatMap((org, index) =>
            caEndProblems(org, now).map(({ path, reason }) => ({
                path: `organizations[${index}].${path}`,
                reason,
            })),
        ),
    ].filter(({ path }) => !seen.includes(path.split(".")[0]!));
}

function changedBlock(olds: Properties, news: Properties): pulumi.dynamic.CheckFailure[] {
    if (olds.block === undefined || hashOf(olds.block) === hashOf(news.block)) {
        return [];
    }
    return [
        {
            property: "genesisBlock",
            reason:
                `is another block (hash ${hashOf(news.block)}) than the one by which the nodes have ` +
                `joined (${hashOf(olds.block)}); pass that one, or make a JoinedChannel of another name`,
        },
    ];
}

function hashOf(block: string): string {
    return describeBlock(Buffer.from(block, "base64")).hash;
}

function outsOf(inputs: Properties): Properties {
    const { __provider: _provider, ...rest } = inputs;
    return {
        ...rest,
        hash: hashOf(inputs.block),
        addresses: orderingAddresses(expectedOf(inputs)),
    };
}

export const methods: Methods = {
    async check(olds, news) {
        if (isUnknown(news)) {
            return [];
        }
        const problems = problemsOf(olds, news);
        return problems.length > 0
            ? problems.map(({ path, reason }) => ({ property: path, reason }))
            : changedBlock(olds, news);
    },
    async diff(olds, news) {
        return { changes: isUnknown(news) || differs(olds, outsOf(news)) };
    },
    async create(inputs) {
        return { id: inputs.channelId, outs: outsOf(inputs) };
    },
    async update(_id, _olds, news) {
        return outsOf(news);
    },
};
