import { isDeepStrictEqual } from "node:util";

import { replaceOutdatedPods } from "../../../clients/podRollout";
import type { Methods, Properties } from "../remoteMethods";

async function roll(inputs: Properties): Promise<Properties> {
    const { kubeconfig, context, namespace, nodes, revisions, tlsCaPem } = inputs;
    const replaced = await replaceOutdatedPods(
        { kubeconfig, context },
        {
            namespace,
            nodes: nodes.map((name: string) => ({ name })),
            tlsCaPem,
            admin: {
                certificatePem: inputs.adminCertificatePem,
                privateKeyPem: inputs.adminPrivateKeyPem,
            },
        },
    );
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
        return { id: `${inputs.namespace}/${inputs.nodes.join(",")}`, outs: await roll(inputs) };
    },
    async update(_id, _olds, news) {
        return roll(news);
    },
};
