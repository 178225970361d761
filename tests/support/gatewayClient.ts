import { createPrivateKey } from "node:crypto";

import { credentials, Client } from "@grpc/grpc-js";
import {
    connect,
    EndorseError,
    GatewayError,
    signers,
    type Contract,
    type Gateway,
} from "@hyperledger/fabric-gateway";
import { kubeConfigOf } from "kubefabric/internal/clients/kubeconfig";
import { podOf } from "kubefabric/internal/clients/connection";
import type { PeerAccess } from "kubefabric/internal/clients/peerAdmin";
import { openPortForward } from "kubefabric/internal/clients/portForward";

/** Calls through the gateway of one peer, as its organization's administrator. */
export interface GatewayClient {
    readonly gateway: Gateway;
    contract(channelId: string, chaincode: string): Contract;
    close(): Promise<void>;
}

/** Connects to a peer's gateway with Fabric's own library, through the Kubernetes API. */
export async function gatewayOf(access: PeerAccess): Promise<GatewayClient> {
    const { target, signer } = access;
    const { node, namespace, port, serverName, tlsCaPem } = target;
    const config = kubeConfigOf(access.credentials!);
    const forward = await openPortForward(config, { namespace, pod: podOf(node), port });
    const client = new Client(
        `127.0.0.1:${forward.port}`,
        credentials.createSsl(Buffer.from(tlsCaPem)),
        { "grpc.ssl_target_name_override": serverName },
    );
    const gateway = connect({
        client,
        identity: { mspId: signer.mspId, credentials: Buffer.from(signer.certificatePem) },
        signer: signers.newPrivateKeySigner(createPrivateKey(signer.privateKeyPem)),
        evaluateOptions: () => ({ deadline: Date.now() + 30_000 }),
        endorseOptions: () => ({ deadline: Date.now() + 15_000 }),
        submitOptions: () => ({ deadline: Date.now() + 5_000 }),
        commitStatusOptions: () => ({ deadline: Date.now() + 60_000 }),
    });
    return {
        gateway,
        contract: (channelId, chaincode) => gateway.getNetwork(channelId).getContract(chaincode),
        close: async () => {
            gateway.close();
            client.close();
            await forward.close();
        },
    };
}

/** What a gateway says, with what the peers behind it said. */
export function toldBy(error: unknown): string {
    const details =
        error instanceof GatewayError ? error.details.map(({ message }) => message) : [];
    return [error instanceof Error ? error.message : String(error), ...details].join("; ");
}

/** What became of the transactions of a load. */
export interface CallReport {
    /** Assets whose creation was acknowledged: committed, and found valid by the peer. */
    readonly acknowledged: string[];
    /** Refused before anything was sent to the ordering service: calling again is safe. */
    readonly notEndorsed: Record<string, number>;
    /** Whatever else happened to a call. */
    readonly otherwise: Record<string, number>;
    /** Longest time between two acknowledgements, in milliseconds. */
    longestGapMs: number;
}

/** Creates assets, so many at a time, while `during` runs. */
export async function creatingAssets(
    contracts: readonly Contract[],
    { prefix, atATime }: { prefix: string; atATime: number },
    during: () => Promise<unknown>,
): Promise<CallReport> {
    const report: CallReport = {
        acknowledged: [],
        notEndorsed: {},
        otherwise: {},
        longestGapMs: 0,
    };
    let [running, made, last] = [true, 0, performance.now()];
    const acknowledge = (id: string) => {
        report.acknowledged.push(id);
        const now = performance.now();
        report.longestGapMs = Math.max(report.longestGapMs, now - last);
        last = now;
    };
    const work = Array.from({ length: atATime }, async (_, worker) => {
        const contract = contracts[worker % contracts.length]!;
        while (running) {
            const id = `${prefix}${made++}`;
            try {
                await contract.submitTransaction("createAsset", id, "under load");
                acknowledge(id);
            } catch (error) {
                const list = error instanceof EndorseError ? "notEndorsed" : "otherwise";
                const text = toldBy(error).replace(/[0-9a-f]{64}|\d+\.\d+\.\d+\.\d+/g, "…");
                report[list][text] = (report[list][text] ?? 0) + 1;
            }
        }
    });
    try {
        while (report.acknowledged.length < atATime) {
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        await during();
        const before = report.acknowledged.length;
        const ended = Date.now() + 30_000;
        while (report.acknowledged.length < before + 2 * atATime && Date.now() < ended) {
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    } finally {
        running = false;
        await Promise.all(work);
    }
    return report;
}
