import { peer } from "@hyperledger/fabric-protos";

import { sizeProblem, type ChaincodePackage } from "../fabric/chaincodePackage";
import { ask, invoke, requireSuccess } from "./lifecycleCall";
import { saysInstalled, saysNotInstalled } from "./lifecycleRefusal";
import { NodeError } from "./nodeError";
import { calling, type CalledPeer, type PeerAccess } from "./peerAdmin";

const { lifecycle } = peer;

/** A package that a peer has. */
export interface InstalledPackage {
    packageId: string;
    label: string;

    /** Chaincodes that are committed and run it, by channel. */
    references: Record<string, { name: string; version: string }[]>;
}

/** A peer gives a build 300 s where its `installTimeout` is left alone. */
const INSTALL_WITHIN_MS = 310_000;

/**
 * Installs a package on a peer. Safe to repeat: a peer that has it is left alone.
 *
 * @throws NodeError where the package is larger than peers take, before it is sent; where the peer cannot
 *     build it, or refuses.
 */
export async function installPackage(
    access: PeerAccess,
    { packageId, bytes }: ChaincodePackage,
): Promise<{ alreadyInstalled: boolean }> {
    const attempted = `install chaincode package ${packageId}`;
    const tooLarge = sizeProblem(bytes.length);
    if (tooLarge !== undefined) {
        const [cause = "", advice = ""] = tooLarge.split("; ");
        throw new NodeError(access.target, attempted, { cause, advice, passing: false });
    }
    return calling(access, async (called) => {
        if ((await askInstalled(called, packageId)) !== undefined) {
            return { alreadyInstalled: true };
        }
        const args = new lifecycle.InstallChaincodeArgs();
        args.setChaincodeInstallPackage(bytes);
        const answer = await invoke(called, {
            name: "InstallChaincode",
            args: args.serializeBinary(),
            attempted,
            answerWithinMs: Math.max(access.answerWithinMs ?? 0, INSTALL_WITHIN_MS),
        });
        if (answer.status !== 200 && saysInstalled(answer.message)) {
            return { alreadyInstalled: true };
        }
        requireSuccess(called, attempted, answer);
        const made = lifecycle.InstallChaincodeResult.deserializeBinary(answer.payload);
        if (made.getPackageId() !== packageId) {
            throw new NodeError(access.target, attempted, {
                cause: `the peer gave it the ID ${made.getPackageId()}`,
                advice: "the package was changed on its way, or its ID was not made of its bytes",
                passing: false,
            });
        }
        return { alreadyInstalled: false };
    });
}

/** The packages that a peer has, by their IDs. */
export async function installedPackages(access: PeerAccess): Promise<InstalledPackage[]> {
    const payload = await ask(access, {
        name: "QueryInstalledChaincodes",
        args: new lifecycle.QueryInstalledChaincodesArgs().serializeBinary(),
        attempted: "list its chaincode packages",
    });
    return lifecycle.QueryInstalledChaincodesResult.deserializeBinary(payload)
        .getInstalledChaincodesList()
        .map(packageIn)
        .sort((a, b) => (a.packageId < b.packageId ? -1 : 1));
}

/** A package that a peer has; nothing where it does not have it. */
export async function installedPackage(
    access: PeerAccess,
    packageId: string,
): Promise<InstalledPackage | undefined> {
    return calling(access, (called) => askInstalled(called, packageId));
}

async function askInstalled(
    called: CalledPeer,
    packageId: string,
): Promise<InstalledPackage | undefined> {
    const args = new lifecycle.QueryInstalledChaincodeArgs();
    args.setPackageId(packageId);
    const attempted = `ask for chaincode package ${packageId}`;
    const call = { name: "QueryInstalledChaincode", args: args.serializeBinary(), attempted };
    const answer = await invoke(called, call);
    if (answer.status !== 200 && saysNotInstalled(answer.message)) {
        return undefined;
    }
    requireSuccess(called, attempted, answer);
    return packageIn(lifecycle.QueryInstalledChaincodeResult.deserializeBinary(answer.payload));
}

function packageIn(
    held:
        | peer.lifecycle.QueryInstalledChaincodeResult
        | peer.lifecycle.QueryInstalledChaincodesResult.InstalledChaincode,
): InstalledPackage {
    const references: InstalledPackage["references"] = {};
    // The two messages have maps of two types that say the same.
    const map = held.getReferencesMap();
    map.forEach((found, channelId) => {
        references[channelId] = found
            .getChaincodesList()
            .map((one) => ({ name: one.getName(), version: one.getVersion() }));
    });
    return { packageId: held.getPackageId(), label: held.getLabel(), references };
}
