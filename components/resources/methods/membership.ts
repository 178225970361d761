import { isDeepStrictEqual } from "node:util";

import { unreachable } from "./access";
import { isUnknown } from "./dispatch";
import type { Methods, Properties } from "../remoteResource";

/**
 * Inputs that no refresh needs, so the outputs leave them out: large ones, and a folder that is another one on
 * another machine.
 */
const LEFT_OUT = ["block", "package", "source"];

/** What a resource of the network keeps in its outputs: all that a refresh needs to ask again. */
export function kept(inputs: Properties): Properties {
    const { __provider: _provider, ...rest } = inputs;
    return Object.fromEntries(Object.entries(rest).filter(([key]) => !LEFT_OUT.includes(key)));
}

/** Whether something differs: what is expected of the network, or how it is reached. */
export function differs(outs: Properties, news: Properties): boolean {
    return Object.entries(kept(news)).some(
        ([key, value]) => isUnknown(value) || !isDeepStrictEqual(outs[key], value),
    );
}

/** Whether what is expected of the network differs from what was found, and not just the way to it. */
export function expectsMore(facts: readonly string[], outs: Properties, news: Properties): boolean {
    return facts.some((fact) => !isDeepStrictEqual(outs[fact], news[fact]));
}

/** Puts what a refresh found into inputs and outputs, so that a preview shows it. */
export function found(
    outs: Properties,
    facts: Properties,
): { inputs: Properties; outs: Properties } {
    const { __provider: _provider, ...rest } = outs;
    return { inputs: { ...rest, ...facts }, outs: { ...rest, ...facts } };
}

/** The methods of a node's membership in a channel. */
export function membershipMethods(membership: {
    /** What of the inputs is expected of the network; the rest is the way to the node. */
    facts: readonly string[];
    /** Joins the node, or finds that it has joined; gives the outputs. */
    join: (inputs: Properties) => Promise<Properties>;
    /** How the node stands in the channel. */
    look: (outs: Properties) => Promise<Properties>;
}): Methods {
    const { facts, join, look } = membership;
    return {
        async diff(olds, news) {
            return { changes: differs(olds, news) };
        },
        async create(inputs) {
            const { namespace, node, channelId } = inputs;
            return { id: `${namespace}/${node}/${channelId}`, outs: await join(inputs) };
        },
        async update(_id, olds, news) {
            return expectsMore(facts, olds, news) ? join(news) : kept(news);
        },
        async read(_id, outs) {
            try {
                return found(outs, await look(outs));
            } catch (error) {
                return found(outs, { status: unreachable(error) });
            }
        },
    };
}
