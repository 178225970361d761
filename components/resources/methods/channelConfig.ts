import { isDeepStrictEqual } from "node:util";

import type * as pulumi from "@pulumi/pulumi";

import { deliverBlock } from "../../../clients/ordererDeliver";
import { buildGenesisBlock, settingsOf } from "../../../fabric/genesisBlock";
import { deliverAccesses, firstAnswerOf, REFRESH_PATIENCE_MS, unreachable } from "./access";
import { isUnknown } from "./dispatch";
import { differs, found, kept } from "./membership";
import type { Methods, Properties } from "../remoteResource";

/** What stands beside the configuration in the inputs. */
const OTHERS = [
    "definition",
    "services",
    "mspId",
    "signerCertificatePem",
    "signerPrivateKeyPem",
    "observed",
    "__provider",
];

/** What is expected of a refresh: that the configuration could be read. */
const OBSERVED = "read";

function configurationIn(properties: Properties): Properties {
    return Object.fromEntries(Object.entries(properties).filter(([key]) => !OTHERS.includes(key)));
}

/** The configuration in a block. How often it was updated is nobody's wish. */
function configurationOf(block: Uint8Array): Properties {
    const { sequence: _sequence, ...configuration } = settingsOf(block);
    return JSON.parse(JSON.stringify(configuration)) as Properties;
}

async function current(inputs: Properties, patienceMs?: number): Promise<Properties> {
    const { channelId, services, mspId } = inputs;
    const signer = {
        mspId,
        certificatePem: inputs.signerCertificatePem,
        privateKeyPem: inputs.signerPrivateKeyPem,
    };
    const accesses = deliverAccesses(services, signer, { patienceMs });
    const block = await firstAnswerOf(accesses, (access) =>
        deliverBlock(access, channelId, "config"),
    );
    if (block === undefined) {
        throw new Error(
            `channel "${channelId}": no ordering node of it has it any more; run the update again ` +
                "with --refresh, which joins them",
        );
    }
    return configurationOf(block);
}

function refusals(olds: Properties, news: Properties): pulumi.dynamic.CheckFailure[] {
    const before = configurationIn(olds);
    if (before.channelId === undefined) {
        return [];
    }
    const after = configurationIn(news);
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
        .filter((property) => !isDeepStrictEqual(before[property], after[property]))
        .map((property) => ({
            property,
            reason:
                `${text(before[property])} => ${text(after[property])} is a config update of channel ` +
                `"${before.channelId}", which this version does not make; keep what the channel has, ` +
                "or change the channel with Fabric's own tools, then refresh",
        }));
}

function text(value: unknown): string {
    return value === undefined ? "nothing" : JSON.stringify(value);
}

async function verified(inputs: Properties): Promise<Properties> {
    const has = await current(inputs);
    const differences = refusals(has, inputs);
    if (differences.length > 0) {
        throw new Error(
            differences.map(({ property, reason }) => `${property}: ${reason}`).join("\n"),
        );
    }
    return kept(inputs);
}

export const methods: Methods = {
    async check(olds, news) {
        // A definition that is not known yet was not settled: nothing can be said of it.
        return isUnknown(news.definition) || isUnknown(configurationIn(news))
            ? []
            : refusals(olds, news);
    },
    async diff(olds, news) {
        return { changes: differs(olds, news) };
    },
    async create(inputs) {
        return { id: inputs.channelId, outs: await verified(inputs) };
    },
    async update(_id, olds, news) {
        const unread = olds.observed !== OBSERVED;
        return unread ? verified(news) : kept(news);
    },
    async read(_id, outs) {
        try {
            const has = await current(outs, REFRESH_PATIENCE_MS);
            return found(outs, { ...has, observed: OBSERVED });
        } catch (error) {
            return found(outs, { observed: unreachable(error) });
        }
    },
    /** Replaces the definition by what it says in Fabric's words. */
    async settle(_olds, { definition, ...inputs }) {
        return isUnknown(definition)
            ? { ...inputs, definition }
            : {
                  ...inputs,
                  ...configurationOf(buildGenesisBlock(definition)),
                  observed: OBSERVED,
              };
    },
};
