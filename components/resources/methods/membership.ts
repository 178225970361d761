import { isDeepStrictEqual } from "node:util";

import { isUnknown } from "./dispatch";
import type { Properties } from "../remoteMethods";

/** Inputs that are large and that no refresh needs, so the outputs leave them out. */
const LARGE = ["block"];

/** What a resource of the network keeps in its outputs: all that a refresh needs to ask again. */
export function kept(inputs: Properties): Properties {
    const { __provider: _provider, ...rest } = inputs;
    return Object.fromEntries(Object.entries(rest).filter(([key]) => !LARGE.includes(key)));
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
