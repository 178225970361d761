import type { common } from "@hyperledger/fabric-protos";

import { readChannelConfig } from "../../../clients/channelConfig";
import { hasUpdate } from "../../../fabric/configUpdate";
import { describeUpdate } from "../../../fabric/describeUpdate";
import { needInWords, orgsInNeed } from "../../../fabric/policyEvaluation";
import type { Signer } from "../../../fabric/signing";
import {
    mergeUpdateFiles,
    openNeed,
    readUpdateFile,
    signersIn,
    updateIn,
    writeUpdateFile,
    type UpdateFile,
} from "../../../fabric/updateFile";
import { contextProblems } from "../../../fabric/updateFileProblems";
import { withOurSignatures } from "../../../fabric/updateSignatures";
import { firstAnswerOf, REFRESH_PATIENCE_MS, unreachable } from "./access";
import { isUnknown } from "./dispatch";
import { publishedAccesses } from "./latestConfig";
import { differs, kept } from "./membership";
import type { Methods, Properties } from "../remoteResource";

async function currentConfig(inputs: Properties, patienceMs?: number): Promise<common.Config> {
    const { channelId, addresses, admins } = inputs;
    const [reader] = admins as [Signer];
    const read = await firstAnswerOf(
        publishedAccesses(addresses, reader, { patienceMs }),
        (access) => readChannelConfig(access, channelId),
    );
    if (read === undefined) {
        throw new Error(`channel "${channelId}": no ordering node has it, so nothing is signed`);
    }
    return read.config;
}

/** Why a file is not signed, or nothing. What the channel has already needs no signature. */
function refusalOf(
    file: UpdateFile,
    config: common.Config,
    inputs: Properties,
): string | undefined {
    if (file.channelId !== inputs.channelId || !hasUpdate(config, updateIn(file))) {
        const context = { channelId: inputs.channelId, config, now: new Date() };
        const [problem] = contextProblems(file, context);
        if (problem !== undefined) {
            return `${problem.path}: ${problem.reason}`;
        }
    }
    const ours = inputs.admins.map(({ mspId }: Signer) => mspId) as string[];
    const need = openNeed(file, config);
    const signed = signersIn(file).some(({ mspId }) => ours.includes(mspId));
    return need === undefined || signed || orgsInNeed(need).some((mspId) => ours.includes(mspId))
        ? undefined
        : `a signature of ${ours.join(" or ")} adds nothing to the update; needed is ` +
              `${needInWords(need)}; take the file away`;
}

async function sign(inputs: Properties, olds: Properties = {}): Promise<Properties> {
    if (inputs.file === "") {
        return { ...kept(inputs), signed: "" };
    }
    const config = await currentConfig(inputs);
    const file = readUpdateFile(inputs.file);
    const refusal = refusalOf(file, config, inputs);
    if (refusal !== undefined) {
        throw new Error(`the update of channel "${inputs.channelId}" is not signed: ${refusal}`);
    }
    const before = olds.signed ? readUpdateFile(olds.signed) : undefined;
    const known = before?.hash === file.hash ? mergeUpdateFiles(file, before) : file;
    const context = { channelId: inputs.channelId, config, now: new Date() };
    const signed = hasUpdate(config, updateIn(file))
        ? known
        : withOurSignatures(known, inputs.admins, context);
    return { ...kept(inputs), signed: writeUpdateFile(signed) };
}

export const methods: Methods = {
    async check(_olds, { refusals = [] }) {
        return refusals;
    },
    async diff(olds, news) {
        const { update: _update, ...rest } = news;
        return { changes: differs(olds, rest) };
    },
    async create(inputs) {
        return { id: inputs.channelId, outs: await sign(inputs) };
    },
    async update(_id, olds, news) {
        return olds.file === news.file ? { ...kept(news), signed: olds.signed } : sign(news, olds);
    },
    /** Adds what the update changes, in Fabric's words. */
    async settle(olds, news) {
        if (isUnknown(news) || news.file === "") {
            return news;
        }
        if (olds.file === news.file) {
            return { ...news, update: olds.update };
        }
        const refused = (reason: string) => ({
            ...news,
            refusals: [{ property: "file", reason: reason.replace(/\s+/g, " ") }],
        });
        let file: UpdateFile;
        try {
            file = readUpdateFile(news.file);
        } catch (error) {
            return refused((error as Error).message);
        }
        const config = await currentConfig(news, REFRESH_PATIENCE_MS).catch(unreachable);
        if (typeof config === "string") {
            return { ...news, update: [`what it changes is not known: ${config}`] };
        }
        const refusal = refusalOf(file, config, news);
        return refusal === undefined
            ? { ...news, update: linesOf(file, config) }
            : refused(refusal);
    },
};

function linesOf(file: UpdateFile, config: common.Config): string[] {
    const update = updateIn(file);
    return [
        ...(hasUpdate(config, update)
            ? ["the channel has this update already; nothing is signed"]
            : describeUpdate(config, update)),
        `hash ${file.hash}`,
    ];
}
