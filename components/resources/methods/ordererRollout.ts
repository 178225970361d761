import { isDeepStrictEqual } from "node:util";

import { replaceOutdatedPods } from "../../../clients/podRollout";
import { askedNodesOf } from "./access";
import type { Methods, Properties } from "../remoteResource";

async function roll(inputs: Properties): Promise<Properties> {
    const { namespace, nodes, revisions, simulated } = inputs;
    const { credentials, ...asked } = askedNodesOf(inputs);
    const replaced = await replaceOutdatedPods(credentials, { ...asked, simulated });
    return { namespace, nodes, revisions, replaced };
}

export const methods: Methods = {
    async diff(olds, news) {
        const same = (["namespace", "nodes", "revisions"] as const).every((key) =>
            isDeepStrictEqual(olds[key], news[key]),
        );
        return { changes: !same };
    },
    async create(inputs) {
        const names = inputs.nodes.map(({ node }: Properties) => node);
        return { id: `${inputs.namespace}/${names.join(",")}`, outs: await roll(inputs) };
    },
    async update(_id, _olds, news) {
        return roll(news);
    },
};
