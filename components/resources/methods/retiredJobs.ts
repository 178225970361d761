import { retireStarted } from "../../../clients/startedChaincodeRetirement";
import { credentialsOf } from "./access";
import { peerAccessOf } from "./definition";
import { differs, kept } from "./membership";
import type { Methods, Properties } from "../remoteResource";

async function retire(inputs: Properties): Promise<Properties> {
    const { builderNamespace: namespace, channelId, packageId, waiting } = inputs;
    const retired =
        waiting === ""
            ? await retireStarted(credentialsOf(inputs), peerAccessOf(inputs), {
                  namespace,
                  channelId,
                  packageId,
              })
            : [];
    return { ...kept(inputs), retired };
}

export const methods: Methods = {
    async diff(olds, news) {
        return { changes: differs(olds, news) };
    },
    async create(inputs) {
        const { namespace, node, packageId } = inputs;
        return { id: `${namespace}/${node}/${packageId}`, outs: await retire(inputs) };
    },
    async update(_id, _olds, news) {
        return retire(news);
    },
};
