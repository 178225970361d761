import { isDeepStrictEqual } from "node:util";

import { common } from "@hyperledger/fabric-protos";

import { gatherSignatures } from "../../../clients/channelChange";
import { readChannelConfig } from "../../../clients/channelConfig";
import type { DeliverAccess } from "../../../clients/ordererDeliver";
import { changeProblems, desiredConfig, type WantedChannel } from "../../../fabric/configChanges";
import { configTree } from "../../../fabric/configTree";
import { configurationOf } from "../../../fabric/channelConfiguration";
import type { ChannelDefinition } from "../../../fabric/channelDefinition";
import { channelProblems } from "../../../fabric/channelProblems";
import { describeChange, nextUpdate } from "../../../fabric/nextUpdate";
import type { Problem } from "../../../fabric/problem";
import { openPolicies } from "../../../fabric/updateSignatures";
import { deliverAccesses, firstAnswerOf, REFRESH_PATIENCE_MS, unreachable } from "./access";
import { isUnknown } from "./dispatch";
import type { ChannelOutline } from "../channelConfig";
import type { Properties } from "../remoteResource";

/** What a program wants of a channel, as an input. */
export interface Wanted {
    definition: ChannelDefinition;

    /** MSP IDs of organizations whose definitions other programs published. */
    others: string[];

    /** Texts of update files that others signed. */
    signatures: string[];

    /** The definition as it was last made true, while an update waits for signatures. */
    previous?: ChannelDefinition;
}

/** What is expected of a refresh: that the configuration is what the program last made of it. */
export const OBSERVED = "read";

/** How a channel is that is what is wanted, and one that waits for signatures. */
export const MADE = "made";
export const PENDING = "pending";

/** What stands beside the configuration in the inputs and outputs. */
const OTHERS = [
    "wanted",
    "services",
    "mspId",
    "signerCertificatePem",
    "signerPrivateKeyPem",
    "admins",
    "observed",
    "status",
    "update",
    "waitsFor",
    "pendingUpdate",
    "refusals",
    "__provider",
];

/** The configuration in Fabric's words. */
export function configurationIn(properties: Properties): Properties {
    return Object.fromEntries(Object.entries(properties).filter(([key]) => !OTHERS.includes(key)));
}

/** A configuration in Fabric's words. How often it was updated is nobody's wish. */
export function wordsOf(channelId: string, config: common.Config): Properties {
    const { sequence: _sequence, ...configuration } = configurationOf(channelId, config);
    return JSON.parse(JSON.stringify(configuration)) as Properties;
}

/** What is wanted, with what others look after: they do unless we were handed something new of them. */
export function wantedOf(
    { definition, others }: Wanted,
    previous: ChannelDefinition | undefined,
    now: ChannelDefinition = definition,
): WantedChannel {
    const orgs = (channel: ChannelDefinition, mspId: string) =>
        [channel.ordering, channel.application].map((list) =>
            list.find((org) => org.mspId === mspId),
        );
    const leftToOthers = others.filter(
        (mspId) =>
            previous === undefined || isDeepStrictEqual(orgs(now, mspId), orgs(previous, mspId)),
    );
    return { definition: now, previous, leftToOthers };
}

/** The channel's configuration from the first ordering node that answers, and the way to that node. */
export async function currentConfig(
    { channelId, services, mspId, ...inputs }: Properties,
    patienceMs?: number,
): Promise<{ access: DeliverAccess; config: common.Config }> {
    const signer = {
        mspId,
        certificatePem: inputs.signerCertificatePem,
        privateKeyPem: inputs.signerPrivateKeyPem,
    };
    const accesses = deliverAccesses(services, signer, { patienceMs });
    const found = await firstAnswerOf(accesses, async (access) => {
        const read = await readChannelConfig(access, channelId);
        return read && { access: { ...access, patienceMs: undefined }, config: read.config };
    });
    if (found === undefined) {
        throw new Error(
            `channel "${channelId}": no ordering node of it has it any more; run the update again ` +
                "with --refresh, which joins them",
        );
    }
    return found;
}

/**
 * The inputs with what is wanted in Fabric's words, and, where that is not what the channel was last
 * made to be, with what would be changed and who would still have to sign. The channel is only asked
 * where something is to be changed.
 */
export async function planChange(
    olds: Properties,
    { outline, ...news }: Properties,
): Promise<Properties> {
    if (isUnknown(news.wanted)) {
        return olds.wanted === undefined
            ? news
            : {
                  ...news,
                  ...configurationIn(olds),
                  status: MADE,
                  observed: OBSERVED,
                  update: outlineChange(olds.wanted, outline),
              };
    }
    const wanted = news.wanted as Wanted;
    const { definition } = wanted;
    const inputs = { ...news, status: MADE, observed: OBSERVED };
    if (isMade(olds, definition)) {
        return { ...inputs, ...configurationIn(olds) };
    }
    const problems = [...channelProblems(definition), ...renamingProblems(olds, definition)];
    if (problems.length > 0) {
        return refused(inputs, problems);
    }
    const previous = olds.waitsFor === undefined ? olds.wanted?.definition : olds.wanted.previous;
    const remembering = { ...inputs, wanted: { ...wanted, previous } };
    const channelId = { channelId: definition.channelId };
    const current = isUnknown(news)
        ? "not everything that is needed to ask it is known yet"
        : await currentConfig({ ...news, ...channelId }, REFRESH_PATIENCE_MS).catch(unreachable);
    return typeof current === "string"
        ? {
              ...remembering,
              ...wordsOfDefinition(definition),
              ...(olds.wanted && {
                  update: [`what changes in the channel is not known: ${current}`],
              }),
          }
        : planned(remembering, current.config, wantedOf(wanted, previous));
}

/** What can be said while certificates of new members are not made yet. */
function outlineChange({ definition, others }: Wanted, outline?: ChannelOutline): string[] {
    const known = definition.application
        .map(({ mspId }) => mspId)
        .filter((mspId) => !others.includes(mspId));
    const { application = known, consenters = {} } = outline ?? {};
    const before = (mspId: string) =>
        definition.ordering.find((org) => org.mspId === mspId)?.consenters.length ?? 0;
    return [
        ...application
            .filter((mspId) => !known.includes(mspId))
            .map((mspId) => `${mspId} joins the organizations with peers`),
        ...known
            .filter((mspId) => !application.includes(mspId))
            .map((mspId) => `${mspId} leaves the organizations with peers`),
        ...Object.entries(consenters)
            .filter(([mspId, count]) => count !== before(mspId))
            .map(([mspId, count]) => `consenters of ${mspId}: ${before(mspId)} => ${count}`),
        "whatever else changes is known once the certificates are made that the channel is told of",
    ];
}

function renamingProblems({ channelId }: Properties, definition: ChannelDefinition): Problem[] {
    const reason =
        `"${definition.channelId}" is not the channel's name, which is "${channelId}" and never ` +
        "changes; write that, or make a Channel of another name";
    return channelId === undefined || channelId === definition.channelId
        ? []
        : [{ path: "channelId", reason }];
}

function isMade(olds: Properties, definition: ChannelDefinition): boolean {
    return (
        olds.wanted !== undefined &&
        !isUnknown(olds.wanted) &&
        olds.observed === OBSERVED &&
        olds.waitsFor === undefined &&
        sameDefinition(olds.wanted.definition, definition)
    );
}

/** Whether two definitions want the same of a channel; they may name other certificates of the same keys. */
export function sameDefinition(one: ChannelDefinition, other: ChannelDefinition): boolean {
    return (
        isDeepStrictEqual(one, other) ||
        (channelProblems(other).length === 0 &&
            isDeepStrictEqual(wordsOfDefinition(one), wordsOfDefinition(other)))
    );
}

/** What a definition says in Fabric's words, whatever the channel has beside it. */
function wordsOfDefinition(definition: ChannelDefinition): Properties {
    const config = new common.Config();
    config.setChannelGroup(configTree(definition));
    return wordsOf(definition.channelId, config);
}

function planned(inputs: Properties, config: common.Config, wanted: WantedChannel): Properties {
    const problems = changeProblems(config, wanted);
    if (problems.length > 0) {
        return refused(inputs, problems);
    }
    const settled = {
        ...inputs,
        ...wordsOf(wanted.definition.channelId, desiredConfig(config, wanted)),
    };
    const next = nextUpdate(config, wanted);
    if (next === undefined) {
        return settled;
    }
    const { signatures } = inputs.wanted as Wanted;
    const gathered = gatherSignatures(config, next.update, {
        wanted,
        signers: inputs.admins,
        signatures,
    });
    const waitsFor = openPolicies(gathered.file, config);
    return gathered.problems.length > 0
        ? refused(inputs, gathered.problems)
        : {
              ...settled,
              update: describeChange(config, wanted),
              ...(waitsFor.length > 0 && { waitsFor: [...waitsFor, ...gathered.stale] }),
          };
}

/** Inputs that are refused: they never come into the state. */
function refused(inputs: Properties, problems: readonly Problem[]): Properties {
    const refusals = problems.map(({ path, reason }) => ({ property: path, reason }));
    return { ...inputs, refusals };
}
