import { retireVersions } from "../../../clients/chaincodeRetirement";
import { credentialsOf } from "./access";
import { differs, kept } from "./membership";
import type { Methods, Properties } from "../remoteResource";

async function retire(inputs: Properties): Promise<Properties> {
    const { namespace, ownerUid, serviceName: keep, waiting } = inputs;
    const retired =
        waiting === ""
            ? await retireVersions(credentialsOf(inputs), { namespace, ownerUid, keep })
            : [];
    return { ...kept(inputs), retired };
}

export const methods: Methods = {
    async diff(olds, news) {
        return { changes: differs(olds, news) };
    },
    async create(inputs) {
        return { id: `${inputs.namespace}/${inputs.serviceName}`, outs: await retire(inputs) };
    },
    async update(_id, _olds, news) {
        return retire(news);
    },
};
