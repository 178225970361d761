import { installedPackage, installPackage } from "../../../clients/chaincodeInstall";
import { packageOfFolder } from "../../chaincodeFolder";
import { REFRESH_PATIENCE_MS, unreachable } from "./access";
import { peerAccessOf } from "./definition";
import { differs, expectsMore, found, kept } from "./membership";
import type { Methods, Properties } from "../remoteResource";

const FACTS = ["node", "namespace", "packageId", "status"] as const;

/** The bytes of the package, made again of its folder where the inputs do not have them. */
function packageBytes({ package: given, source, label, packageId }: Properties): Uint8Array {
    if (source === undefined) {
        return Buffer.from(given, "base64");
    }
    const made = packageOfFolder(label, source);
    if (made.packageId !== packageId) {
        throw new Error(
            `the sources in ${source.folder} are not those any more of which the package ${packageId} was ` +
                "made; run the update again",
        );
    }
    return made.bytes;
}

async function install(inputs: Properties): Promise<Properties> {
    const { packageId, label } = inputs;
    const bytes = packageBytes(inputs);
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
