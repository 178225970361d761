import type * as pulumi from "@pulumi/pulumi";

import { describeBlock } from "../../../fabric/block";
import type { OrgDefinition } from "../../../fabric/msp";
import { caEndProblems } from "../../../fabric/mspAuthorities";
import {
    orderingAddresses,
    publishedBlockProblems,
    type PublishedBlock,
} from "../../../fabric/publishedBlock";
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

/** Organizations that were not looked at before: what was right once stays right. */
function newIn(olds: Properties, news: Properties, list: "ordering" | "application") {
    const known = ((olds[list] ?? []) as OrgDefinition[]).map(({ mspId }) => mspId);
    return (news[list] as OrgDefinition[]).filter(({ mspId }) => !known.includes(mspId));
}

function problemsOf(olds: Properties, news: Properties): { path: string; reason: string }[] {
    const first = olds.block === undefined;
    const organizations: OrgDefinition[] = first ? news.organizations : [];
    const now = new Date();
    return [
        ...publishedBlockProblems({
            ...expectedOf(news),
            ordering: newIn(olds, news, "ordering"),
            application: newIn(olds, news, "application"),
            organizations,
        }),
        ...organizations.flatMap((org, index) =>
            caEndProblems(org, now).map(({ path, reason }) => ({
                path: `organizations[${index}].${path}`,
                reason,
            })),
        ),
    ];
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
