import { isDeepStrictEqual } from "node:util";

import { changeChannel } from "../../../clients/channelChange";
import { untilConsenterMayChange } from "../../../clients/consenterGate";
import { desiredConfig } from "../../../fabric/configChanges";
import { differs as differ } from "../../../fabric/configUpdate";
import {
    configurationIn,
    currentConfig,
    OBSERVED,
    PENDING,
    MADE,
    planChange,
    sameDefinition,
    wantedOf,
    wordsOf,
    type Wanted,
} from "./plannedChange";
import { askedNodesOf, REFRESH_PATIENCE_MS, unreachable } from "./access";
import { isUnknown } from "./dispatch";
import { differs, found, kept } from "./membership";
import type { Methods, Properties } from "../remoteResource";

/** The definition as the channel was last made to be. */
function madeIn({ wanted, status }: Properties): Wanted["definition"] | undefined {
    return status === PENDING ? wanted.previous : wanted?.definition;
}

/** What the state is to have of inputs: without what was only told about one update. */
function rememberedOf(inputs: Properties): Properties {
    const { update: _update, waitsFor: _waitsFor, wanted, ...rest } = kept(inputs);
    const { signatures: _signatures, previous: _previous, ...remembered } = wanted as Wanted;
    return { ...rest, wanted: remembered };
}

/** Makes the channel what is wanted, as far as signatures are there. */
async function change(news: Properties, olds: Properties = {}): Promise<Properties> {
    const made = madeIn(olds);
    const { access, config } = await currentConfig(news);
    const result = await changeChannel(access, config, {
        wanted: wantedOf(news.wanted, made),
        signers: news.admins,
        signatures: news.wanted.signatures,
        pending: olds.pendingUpdate,
        gate: (step) =>
            untilConsenterMayChange(news.services.map(askedNodesOf), news.channelId, step),
    });
    const remembered = rememberedOf(news);
    if (result.pending === undefined) {
        return { ...remembered, status: MADE };
    }
    const { file, waitsFor } = result.pending;
    return {
        ...remembered,
        wanted: { ...remembered.wanted, previous: made },
        status: PENDING,
        pendingUpdate: file,
        waitsFor: [...waitsFor, ...result.stale],
    };
}

/** Whether the channel has to be asked, and not only the way to it is another one. */
function asks(olds: Properties, news: Properties): boolean {
    return (
        olds.status !== MADE ||
        olds.observed !== OBSERVED ||
        !sameDefinition(olds.wanted.definition, news.wanted.definition) ||
        !isDeepStrictEqual(configurationIn(olds), configurationIn(news))
    );
}

/** The configuration as a refresh finds it, and whether it is what the program last made of it. */
async function observed(outs: Properties): Promise<Properties> {
    const { config } = await currentConfig(outs, REFRESH_PATIENCE_MS);
    const made = madeIn(outs);
    const drifted =
        made !== undefined &&
        differ(config, desiredConfig(config, wantedOf(outs.wanted, made, made)));
    return {
        ...wordsOf(outs.channelId, config),
        observed: drifted ? "differs from the program" : OBSERVED,
    };
}

export const methods: Methods = {
    async check(_olds, { refusals = [] }) {
        return refusals;
    },
    async diff(olds, news) {
        const changes =
            isUnknown(news.wanted) ||
            differs(olds, { ...rememberedOf(news), wanted: olds.wanted }) ||
            !sameDefinition(olds.wanted.definition, news.wanted.definition);
        return { changes };
    },
    async create(inputs) {
        return { id: inputs.channelId, outs: await change(inputs) };
    },
    async update(_id, olds, news) {
        return asks(olds, news) ? change(news, olds) : { ...rememberedOf(news), status: MADE };
    },
    async read(_id, outs) {
        const { refusals: _refusals, ...rest } = outs;
        try {
            const facts = await observed(outs);
            const words = Object.keys(configurationIn(outs));
            const others = Object.entries(rest).filter(([key]) => !words.includes(key));
            return found(Object.fromEntries(others), facts);
        } catch (error) {
            return found(rest, { observed: unreachable(error) });
        }
    },
    /** Adds what is wanted in Fabric's words, and what would be changed for it. */
    async settle(olds, news) {
        return planChange(olds, news);
    },
};
