import { installedPackage, installPackage } from "../../../clients/chaincodeInstall";
import { REFRESH_PATIENCE_MS, unreachable } from "./access";
import { peerAccessOf } from "./definition";
import { differs, expectsMore, found, kept } from "./membership";
import type { Methods, Properties } from "../remoteResource";

const FACTS = ["node", "namespace", "packageId", "status"] as const;

async function install(inputs: Properties): Promise<Properties> {
    const { packageId, label } = inputs;
    const bytes = Buffer.from(inputs.package, "base64");
    await installPackage(peerAccessOf(inputs), { packageId, label, bytes });
    return { ...kept(inputs), status: "installed" };
}

async function statusOf(outs: Properties): Promise<string> {
    const access = peerAccessOf(outs, REFRESH_PATIENCE_MS);
    const held = await installedPackage(access, outs.packageId);
    return held === undefined ? "not installed" : "installed";
}

export const methods: Methods = {
    async diff(olds, news) {
        return { changes: differs(olds, news) };
    },
    async create(inputs) {
        const { namespace, node, label } = inputs;
        return { id: `${namespace}/${node}/${label}`, outs: await install(inputs) };
    },
    async update(_id, olds, news) {
        return expectsMore(FACTS, olds, news) ? install(news) : kept(news);
    },
    async read(_id, outs) {
        try {
            return found(outs, { status: await statusOf(outs) });
        } catch (error) {
            return found(outs, { status: unreachable(error) });
        }
    },
};
