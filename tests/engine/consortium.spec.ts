import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import { CoreV1Api } from "@kubernetes/client-node";
import {
    Channel,
    ExistingCluster,
    FabricOrg,
    JoinedChannel,
    OrdererService,
    parseOrgDefinition,
    PeerNode,
    type JoinedChannelArgs,
} from "kubefabric";
import { settingsOf } from "kubefabric/internal/fabric/genesisBlock";

import {
    changes,
    cluster,
    engineKubeconfig,
    engineStack,
    needsEngine,
    removeNamespaces,
    type EngineStack,
} from "../support/engine.ts";

const mark = randomBytes(3).toString("hex");
const RESOURCES = { requests: { cpu: "10m", memory: "64Mi" } };
const NODE = { ledgerSize: "1Gi", resources: RESOURCES };
const namespaceOf = (name: string) => `t${mark}-${name}`;
const COMPANIES = ["founder", "org2", "org3"] as const;

/** What companies send each other: texts of files, and nothing else. */
const files = new Map<string, string>();

function organization(name: string, mspId: string) {
    const target = new ExistingCluster("cluster", {
        kubeconfig: engineKubeconfig(),
        simulated: true,
    });
    return new FabricOrg(namespaceOf(name), { cluster: target, mspId });
}

function peerOf(org: FabricOrg, name: string) {
    const host = `peer0.${name}.example.com`;
    const outside = { externalHosts: [host], externalPort: 443, advertise: "external" as const };
    return new PeerNode("peer0", { org, ...NODE, ...outside });
}

/** The program of the company that orders, has peers too, and makes the channel. */
function founder(members?: string[]) {
    return async () => {
        const org = organization("founder", "FounderMSP");
        const orderers = new OrdererService("orderer", {
            org,
            nodes: 1,
            ...NODE,
            externalHosts: [["orderer0.founder.example.com"]],
            externalPort: 443,
            advertise: "external",
        });
        const peer = peerOf(org, "founder");
        const definition = org.definitionWith({ anchorPeers: [peer], orderers: [orderers] });
        if (members === undefined) {
            return { definition };
        }
        const { genesisBlock, genesisHash } = new Channel("trade", {
            orderers: [orderers],
            peers: [peer],
            organizations: members,
        });
        return { definition, genesisBlock, genesisHash };
    };
}

/** The program of a company that joins, once it has the block. */
function member(name: string, mspId: string, joining?: Partial<JoinedChannelArgs>) {
    return async () => {
        const org = organization(name, mspId);
        const peer = peerOf(org, name);
        if (joining !== undefined) {
            new JoinedChannel("trade", {
                genesisBlock: files.get("trade.block")!,
                genesisHash: files.get("trade.hash")!,
                organizations: [files.get("founder.json")!],
                peers: [peer],
                ...joining,
            });
        }
        return { definition: org.definitionWith({ anchorPeers: [peer] }) };
    };
}

describe("three companies with a stack, a state and a passphrase each", function () {
    needsEngine(this);
    this.timeout(300_000);
    const stacks = new Map<string, EngineStack>();
    const stackOf = (name: string) => stacks.get(name)!;

    before(async () => {
        for (const name of COMPANIES) {
            const env = { PULUMI_CONFIG_PASSPHRASE: `${name}-${mark}` };
            stacks.set(name, await engineStack(`consortium-${name}`, env));
        }
    });
    after(async () => {
        await removeNamespaces(...COMPANIES.map(namespaceOf));
        stacks.forEach((stack) => stack.forget());
    });

    /** Runs a company's program and puts what it publishes into files. */
    async function publish(name: string, program: () => Promise<unknown>) {
        const { outputs, summary } = await stackOf(name).run(program as never);
        for (const [output, { secret }] of Object.entries(outputs)) {
            assert.equal(secret, false, `${output} of ${name} is secret, and nobody could send it`);
        }
        files.set(`${name}.json`, JSON.stringify(outputs.definition?.value));
        return { outputs, changed: changes(summary) };
    }

    it("publish definitions that the others can read", async () => {
        await publish("founder", founder());
        await publish("org2", member("org2", "Org2MSP"));
        await publish("org3", member("org3", "Org3MSP"));
        for (const name of COMPANIES) {
            const text = files.get(`${name}.json`)!;
            const { anchorPeers } = parseOrgDefinition(text, new Date());
            assert.deepEqual(anchorPeers, [{ host: `peer0.${name}.example.com`, port: 443 }]);
        }
    });

    it("are members of the channel that one of them founds with the files of the others", async () => {
        const members = [files.get("org2.json")!];
        const { outputs, changed } = await publish("founder", founder(members));
        assert.deepEqual(changed, { create: 2 }, "channel and first block; nothing was replaced");
        const block = String(outputs.genesisBlock?.value);
        files.set("trade.block", block);
        files.set("trade.hash", String(outputs.genesisHash?.value));
        const { application, ordering } = settingsOf(Buffer.from(block, "base64"));
        assert.deepEqual(
            application.map(({ mspId, anchorPeers }) => [
                mspId,
                anchorPeers.map(({ host }) => host),
            ]),
            [
                ["FounderMSP", ["peer0.founder.example.com"]],
                ["Org2MSP", ["peer0.org2.example.com"]],
            ],
        );
        assert.deepEqual(
            ordering.map(({ endpoints }) => endpoints),
            [["orderer0.founder.example.com:443"]],
        );
        assert.deepEqual((await publish("founder", founder(members))).changed, {});
    });

    it("join it with the block, and a second update changes nothing", async () => {
        const joins = member("org2", "Org2MSP", {});
        assert.deepEqual((await publish("org2", joins)).changed, { create: 2 });
        assert.deepEqual((await publish("org2", joins)).changed, {});
        const { summary } = await stackOf("org2").stack.refresh({ color: "never" });
        assert.deepEqual(changes(summary), {});
    });

    /** What a preview of a program that is refused says. */
    async function refusal(name: string, program: () => Promise<unknown>): Promise<string> {
        let said = "";
        await assert.rejects(
            stackOf(name).stack.preview({ program: program as never, color: "never" }),
            (error: Error) => {
                said = error.message;
                return true;
            },
        );
        return said.replace(/\s+/g, " ");
    }

    it("fails in the preview for one that is not in it, and says what to do", async () => {
        const said = await refusal("org3", member("org3", "Org3MSP", {}));
        assert.match(
            said,
            /Org3MSP is not in channel "trade", in which FounderMSP, Org2MSP are; ask its members for a config update/,
        );
    });

    it("fails in the preview on a hash, a definition or a block that was changed on its way", async () => {
        const hash = "0".repeat(64);
        const wrongHash = await refusal("org3", member("org3", "Org3MSP", { genesisHash: hash }));
        assert.match(wrongHash, /"0{64}" is not the hash of genesisBlock/);
        const swapped = JSON.parse(files.get("org3.json")!) as Record<string, unknown>;
        const organizations = [JSON.stringify({ ...swapped, mspId: "FounderMSP" })];
        const wrongOrg = await refusal(
            "org3",
            member("org3", "Org3MSP", { organizations, addedLater: true }),
        );
        assert.match(wrongOrg, /FounderMSP is in the block with another signing and TLS CA/);
        const genesisBlock = files.get("trade.block")!.slice(0, -200);
        const wrongBlock = await refusal("org2", member("org2", "Org2MSP", { genesisBlock }));
        assert.match(wrongBlock, /is not the first block of a channel in base64/);
    });

    it("send each other nothing secret, and keep no key of another in their states", async () => {
        const core = cluster().makeApiClient(CoreV1Api);
        const sent = [...files.values()].join("\n");
        const states = await Promise.all(COMPANIES.map((name) => stackOf(name).exported()));
        let keys = 0;
        for (const name of COMPANIES) {
            const { items } = await core.listNamespacedSecret({ namespace: namespaceOf(name) });
            for (const { data = {} } of items) {
                for (const value of Object.values(data)) {
                    const text = Buffer.from(value, "base64").toString();
                    if (/PRIVATE KEY/.test(text)) {
                        keys += 1;
                        const line = text.split("\n")[1]!;
                        for (const place of [sent, ...states]) {
                            assert.ok(!place.includes(line) && !place.includes(value));
                        }
                    }
                }
            }
        }
        assert.ok(keys >= 12, `${keys} keys were looked for`);
        const decoded = Buffer.from(files.get("trade.block")!, "base64").toString("latin1");
        assert.doesNotMatch(sent + decoded, /PRIVATE KEY/);
        const token = /(?:token|client-key-data): (\S+)/.exec(engineKubeconfig())?.[1];
        assert.ok(token && !sent.includes(token));
    });
});
