import { isDeepStrictEqual } from "node:util";

import { replaceOutdatedPods } from "../../../clients/podRollout";
import { requireUntold } from "../../../clients/toldHosts";
import { askedNodesOf } from "./access";
import type { Methods, Properties } from "../remoteResource";

async function roll(inputs: Properties, olds: Properties = {}): Promise<Properties> {
    const { namespace, nodes, revisions, simulated, answeringTo } = inputs;
    const { credentials, ...asked } = askedNodesOf(inputs);
    const lost = ((olds.answeringTo ?? []) as string[]).filter(
        (host) => !(answeringTo ?? []).includes(host),
    );
    if (lost.length > 0 && !simulated) {
        await requireUntold({ credentials, ...asked }, lost);
    }
    const replaced = await replaceOutdatedPods(credentials, { ...asked, simulated });
    return {
        namespace,
        nodes,
        revisions,
        replaced,
        ...(answeringTo === undefined ? {} : { answeringTo }),
    };
}

export const methods: Methods = {
    async diff(olds, news) {
        const same = (["namespace", "nodes", "revisions"] as const).every((key) =>
            isDeepStrictEqual(olds[key], news[key]),
        );
        return { changes: !same || !isDeepStrictEqual(olds.answeringTo, news.answeringTo) };
    },
    async create(inputs) {
        const names = inputs.nodes.map(({ node }: Properties) => node);
        return { id: `${inputs.namespace}/${names.join(",")}`, outs: await roll(inputs) };
    },
    async update(_id, olds, news) {
        return roll(news, olds);
    },
};
