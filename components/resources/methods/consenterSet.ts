import { consenterSetState, untilWorking } from "../../../clients/consenterSet";
import { askedNodesOf, unreachable } from "./access";
import { differs, expectsMore, found, kept } from "./membership";
import type { Methods, Properties } from "../remoteResource";

const FACTS = ["channelId", "consensus", "active", "leader"] as const;

async function work(inputs: Properties): Promise<Properties> {
    const { services, channelId } = inputs;
    return { ...kept(inputs), ...(await untilWorking(services.map(askedNodesOf), channelId)) };
}

/** Names of all nodes: another set of them has to find together anew. */
function namesIn({ services = [] }: Properties): string {
    return services
        .flatMap(({ namespace, nodes }: Properties) =>
            nodes.map(({ node }: Properties) => `${namespace}/${node}`),
        )
        .join();
}

export const methods: Methods = {
    async diff(olds, news) {
        return { changes: differs(olds, news) };
    },
    async create(inputs) {
        return { id: inputs.channelId, outs: await work(inputs) };
    },
    async update(_id, olds, news) {
        const asks = expectsMore(FACTS, olds, news) || namesIn(olds) !== namesIn(news);
        return asks ? work(news) : kept(news);
    },
    async read(_id, outs) {
        try {
            return found(
                outs,
                await consenterSetState(outs.services.map(askedNodesOf), outs.channelId),
            );
        } catch (error) {
            return found(outs, { active: unreachable(error) });
        }
    },
};
