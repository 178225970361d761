import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { KubeConfig } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import {
    Chaincode,
    Channel,
    ExistingCluster,
    FabricOrg,
    JoinedChannel,
    OrdererService,
    PeerNode,
    type OrgDefinition,
} from "kubefabric";
import { nodeTarget, type NodeTarget } from "kubefabric/internal/clients/connection";
import { committedDefinition } from "kubefabric/internal/clients/lifecycle";
import { channelInfo, fetchBlock } from "kubefabric/internal/clients/ordererAdmin";
import { chainInfo } from "kubefabric/internal/clients/peerAdmin";
import { settingsOf } from "kubefabric/internal/fabric/channelConfiguration";
import type { Signer } from "kubefabric/internal/fabric/signing";

import { underLoad } from "../support/channelLoad.ts";
import { changes, engineStack, type EngineStack } from "../support/engine.ts";
import { givingAddresses, needsOutsideNames, OUTSIDE_DOMAIN } from "../support/outsideWays.ts";
import { needsRealCluster, realApis, realCredentials } from "../support/realNetwork.ts";

/** Runs chaincode between the companies, where it is set. */
const image = process.env.KUBEFABRIC_TEST_CHAINCODE_IMAGE;

const mark = randomBytes(3).toString("hex");
const CHANNEL = `trade-${mark}`;
const COMPANIES = ["founder", "org2", "org3", "outsider"] as const;
type Company = (typeof COMPANIES)[number];
const MSP_IDS = {
    founder: "FounderMSP",
    org2: "Org2MSP",
    org3: "Org3MSP",
    outsider: "OutsiderMSP",
};
const PEERS = { org2: "peer0", org3: "other0", outsider: "peer0" };
const ORDERERS = ["orderer-0", "orderer-1", "orderer-2"];
const PORTS = { orderer: { grpc: 7050, admin: 9443 }, peer: { grpc: 7051 } };
const NODE = { ledgerSize: "1Gi", resources: { requests: { cpu: "20m", memory: "64Mi" } } };
const namespaceOf = (company: Company) => `n${mark}-${company}`;

/** What companies send each other: texts of files, and nothing else. */
const files = new Map<string, string>();

/** What a company's program is told beside the others' files. */
interface Turn {
    /** Members of the channel, or none while it is not made. */
    members?: string[];
    joining?: boolean;
    /** Version of the chaincode that it wants on the channel. */
    chaincode?: string;
    /** Files that it is to sign. */
    sign?: string[];
    /** Files that others signed. */
    signatures?: string[];
    founderFile?: string;
    nodes?: boolean;
    log?: string;
    kubeconfig?: string;
}

type Program = () => Promise<Record<string, unknown>>;

function organization(company: Company, { kubeconfig }: Turn): FabricOrg {
    const cluster = new ExistingCluster("cluster", {
        kubeconfig: kubeconfig ?? realCredentials().kubeconfig,
        vendor: "local",
    });
    return new FabricOrg(namespaceOf(company), {
        cluster,
        mspId: MSP_IDS[company],
        protection: "none",
        outside: { domain: OUTSIDE_DOMAIN, administration: "outside" },
    });
}

/** The company that orders, has no peers, and makes the channel. */
function founder(turn: Turn): Program {
    return async () => {
        const org = organization("founder", turn);
        const orderers = new OrdererService("orderer", {
            org,
            ...NODE,
            logSpecification: turn.log,
        });
        const channel =
            turn.members &&
            new Channel(CHANNEL, {
                orderers: [orderers],
                peers: [],
                organizations: turn.members,
                profile: "local",
                signatures: turn.signatures,
            });
        return {
            definition: org.definitionWith({ orderers: [orderers] }),
            admin: pulumi.secret(pulumi.output(orderers.admin)),
            genesisBlock: channel?.genesisBlock,
            genesisHash: channel?.genesisHash,
            pendingUpdate: channel?.pendingUpdate,
        };
    };
}

/** A company with a peer that joins the channel of others. */
function member(company: Exclude<Company, "founder">, turn: Turn): Program {
    return async () => {
        const org = organization(company, turn);
        const peers =
            turn.nodes === false
                ? []
                : [new PeerNode(PEERS[company], { org, ...NODE, logSpecification: turn.log })];
        const channel = turn.joining
            ? new JoinedChannel(CHANNEL, {
                  genesisBlock: files.get("trade.block")!,
                  genesisHash: files.get("trade.hash")!,
                  organizations: [turn.founderFile ?? files.get("founder.json")!],
                  peers,
                  sign: turn.sign,
              })
            : undefined;
        const asset =
            channel && turn.chaincode
                ? new Chaincode("asset", {
                      channel,
                      version: turn.chaincode,
                      image: image!,
                      resources: { requests: { cpu: "10m", memory: "64Mi" } },
                  })
                : undefined;
        return {
            waiting: asset?.waiting,
            definition: org.definitionWith({ anchorPeers: peers }),
            admin: pulumi.secret(pulumi.output({ ...org.admin, mspId: org.mspId })),
            signedUpdates: channel ? channel.signedUpdates : [],
        };
    };
}

function programOf(company: Company, turn: Turn): Program {
    return company === "founder" ? founder(turn) : member(company, turn);
}

/** The tests' own credentials, for a server that is not there. */
function unreachableKubeconfig(): string {
    const config = new KubeConfig();
    config.loadFromString(realCredentials().kubeconfig);
    config.clusters = config.clusters.map((cluster) => ({
        ...cluster,
        server: "https://127.0.0.1:9",
    }));
    return config.exportConfig();
}

function report(what: string, begin: number): void {
    console.log(`      · ${what}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
}

describe("three companies that know each other's files and outside addresses", function () {
    needsRealCluster(this);
    needsOutsideNames(this);
    this.timeout(300_000);
    const stacks = new Map<Company, EngineStack>();
    const admins = new Map<Company, Signer>();
    const turns = (): [Company, Turn][] => [
        ["founder", { members: [files.get("org2.json")!, files.get("org3.json")!] }],
        ["org2", { joining: true }],
        ["org3", { joining: true }],
    ];

    before(async () => {
        for (const company of COMPANIES) {
            const env = { PULUMI_CONFIG_PASSPHRASE: `${company}-${mark}` };
            stacks.set(company, await engineStack(`consortium-${company}`, env));
        }
    });
    after(async () => {
        const { core } = realApis();
        await Promise.all(
            COMPANIES.map((company) =>
                core.deleteNamespace({ name: namespaceOf(company) }).catch(() => undefined),
            ),
        );
        stacks.forEach((stack) => stack.forget());
    });

    /** Updates a company's stack; gives what changed, and keeps what it publishes. */
    async function up(company: Company, turn: Turn): Promise<Record<string, number>> {
        const { outputs, summary } = await givingAddresses(COMPANIES.map(namespaceOf), () =>
            stacks.get(company)!.run(programOf(company, turn)),
        );
        const { definition, admin, genesisBlock, genesisHash, pendingUpdate } = outputs;
        files.set("pending.json", String(pendingUpdate?.value ?? files.get("pending.json") ?? ""));
        const signed = (outputs.signedUpdates?.value ?? []) as string[];
        files.set(`${company}.signed.json`, signed[0] ?? "");
        files.set(`${company}.waiting`, String(outputs.waiting?.value));
        assert.equal(definition?.secret, false);
        files.set(`${company}.json`, JSON.stringify(definition.value));
        admins.set(company, admin!.value as Signer);
        if (genesisBlock?.value !== undefined) {
            assert.equal(genesisBlock.secret || genesisHash!.secret, false);
            files.set("trade.block", String(genesisBlock.value));
            files.set("trade.hash", String(genesisHash!.value));
        }
        return changes(summary);
    }

    /** What an update or preview that is refused says. */
    async function refusal(of: Promise<unknown>): Promise<string> {
        const error = await of.then(
            () => assert.fail("it was not refused"),
            (reason: Error) => reason,
        );
        return error.message.replace(/\s+/g, " ");
    }

    function preview(company: Company, turn: Turn): Promise<unknown> {
        const program = programOf(company, turn);
        return stacks.get(company)!.stack.preview({ program, color: "never" });
    }

    /** A node at its outside address, as its company's published definition tells its CA. */
    function target(company: Company, node: string, port: "grpc" | "admin"): NodeTarget {
        const { tlsCaPem: tlsRoot } = JSON.parse(files.get(`${company}.json`)!) as OrgDefinition;
        const reached = (ports: Record<string, number>) => ({
            node,
            namespace: namespaceOf(company),
            tlsCaPem: tlsRoot,
            outside: { host: `${node}.${OUTSIDE_DOMAIN}`, ports },
        });
        return company === "founder"
            ? nodeTarget(reached(PORTS.orderer), "orderer", port)
            : nodeTarget(reached(PORTS.peer), "peer", "grpc");
    }

    async function heights(): Promise<number[]> {
        return Promise.all(
            (["org2", "org3"] as const).map(async (company) => {
                const info = await chainInfo(
                    {
                        credentials: realCredentials(),
                        target: target(company, PEERS[company], "grpc"),
                        signer: admins.get(company)!,
                    },
                    CHANNEL,
                );
                return info?.height ?? 0;
            }),
        );
    }

    it("come up apart, and publish definitions with their outside addresses", async () => {
        for (const company of COMPANIES) {
            const begin = performance.now();
            const made = await up(company, { nodes: company !== "outsider" });
            assert.deepEqual(Object.keys(made), ["create"]);
            report(`${company} from nothing`, begin);
        }
        const { ordererEndpoints } = JSON.parse(files.get("founder.json")!) as OrgDefinition;
        assert.deepEqual(
            ordererEndpoints,
            ORDERERS.map((node) => `${node}.${OUTSIDE_DOMAIN}:7050`),
        );
    });

    it("found the channel and join it, every node is in it, and nothing changes after", async () => {
        for (const [company, turn] of turns()) {
            const begin = performance.now();
            assert.deepEqual(Object.keys(await up(company, turn)), ["create"]);
            report(`${company} in the channel`, begin);
        }
        for (const node of ORDERERS) {
            const info = await channelInfo(
                {
                    credentials: realCredentials(),
                    target: target("founder", node, "admin"),
                    admin: admins.get("founder")!,
                },
                CHANNEL,
            );
            assert.deepEqual([info?.consensusRelation, info?.status], ["consenter", "active"]);
        }
        assert.deepEqual(await heights(), [1, 1]);
        for (const [company, turn] of turns()) {
            const begin = performance.now();
            assert.deepEqual(await up(company, turn), {});
            report(`${company} again`, begin);
            const { summary } = await stacks.get(company)!.stack.refresh({ color: "never" });
            assert.deepEqual(changes(summary), {});
        }
    });

    it("bring an envelope to the founder's nodes, and its block to the peers of both", async () => {
        const { ordered, refusals } = await underLoad(
            {
                credentials: realCredentials(),
                targets: ORDERERS.map((node) => target("founder", node, "grpc")),
                channelId: CHANNEL,
                signer: admins.get("org2")!,
            },
            () => sleep(1_000),
        );
        assert.ok(ordered > 0, JSON.stringify(refusals));
        const begin = performance.now();
        for (;;) {
            const [first = 0, second = 0] = await heights();
            if (first > 1 && first === second) {
                break;
            }
            assert.ok(performance.now() - begin < 20_000, `heights are ${first} and ${second}`);
            await sleep(200);
        }
    });

    it("fails in the preview for a company that is not in it, before its peer is made", async () => {
        const said = await refusal(preview("outsider", { joining: true }));
        assert.match(
            said,
            /OutsiderMSP is not in channel "trade-[0-9a-f]+", in which Org2MSP, Org3MSP are/,
        );
        const { items } = await realApis().apps.listNamespacedStatefulSet({
            namespace: namespaceOf("outsider"),
        });
        assert.deepEqual(items, []);
    });

    it("fails in the preview on a definition that was edited by hand", async () => {
        const text = files.get("founder.json")!;
        const edited = JSON.parse(text) as Record<string, unknown>;
        const other = JSON.parse(files.get("outsider.json")!) as Record<string, unknown>;
        // One that has joined holds its members to be known; so the last one reads it before it joins.
        for (const [company, founderFile, words] of [
            [
                "org2",
                JSON.stringify({ ...edited, mspID: "FounderMSP" }),
                /organizations\[0\]: has the field "mspID", which version 1 does not know/,
            ],
            [
                "org2",
                JSON.stringify({ ...edited, version: 2 }),
                /organizations\[0\](\.version)?: .*version/,
            ],
            [
                "outsider",
                JSON.stringify({ ...other, mspId: "FounderMSP" }),
                /FounderMSP is in the block with another/,
            ],
        ] as const) {
            assert.match(await refusal(preview(company, { joining: true, founderFile })), words);
        }
    });

    it("fails for one whose cluster cannot be reached, and the others go on", async () => {
        const begin = performance.now();
        const kubeconfig = unreachableKubeconfig();
        const log = "info:gossip=warning";
        const said = await refusal(up("org3", { joining: true, log, kubeconfig }));
        assert.match(said, /127\.0\.0\.1:9/);
        report("org3 without its cluster", begin);
        assert.deepEqual(await up("org2", { joining: true, log }), { update: 1 });
        assert.deepEqual(await up(...turns()[0]!), {});
        assert.ok((await heights()).every((height) => height > 1));
    });

    const withoutImage = image ? "" : " (skipped: set KUBEFABRIC_TEST_CHAINCODE_IMAGE)";
    it(`commit chaincode that each runs and approves on its own, and the last one commits${withoutImage}`, async function () {
        if (!image) {
            this.skip();
        }
        for (const version of ["1.0", "2.0"]) {
            const wanting = { joining: true, chaincode: version };
            await up("org2", wanting);
            assert.match(
                files.get("org2.waiting")!,
                /^1 of 2 organizations approved .*: Org3MSP has not approved it$/,
            );
            const begin = performance.now();
            await up("org3", wanting);
            report(`version ${version} committed by the second company`, begin);
            assert.equal(files.get("org3.waiting"), "");
            await up("org2", wanting);
            assert.equal(files.get("org2.waiting"), "");
            const committed = await Promise.all(
                (["org2", "org3"] as const).map((company) =>
                    committedDefinition(
                        {
                            credentials: realCredentials(),
                            target: target(company, PEERS[company], "grpc"),
                            signer: admins.get(company)!,
                        },
                        CHANNEL,
                        "asset",
                    ),
                ),
            );
            assert.deepEqual(
                committed.map((found) => found?.definition.version),
                [version, version],
            );
        }
    });

    it("sign one update, each in its own stack, and it is made with their files", async () => {
        const members = ["org2", "org3", "outsider"].map((name) => files.get(`${name}.json`)!);
        let begin = performance.now();
        assert.deepEqual(await up("founder", { members }), { update: 1 });
        report("founder asks for signatures", begin);
        const pending = files.get("pending.json")!;
        assert.match(pending, /"baseSequence": 0/);
        assert.deepEqual(await up("founder", { members }), { update: 1 });
        assert.equal(files.get("pending.json"), pending, "the same file, to the byte");
        for (const company of ["org2", "org3"] as const) {
            const turn = { joining: true, sign: [pending] };
            const { stdout } = await stacks.get(company)!.stack.preview({
                program: programOf(company, turn),
                color: "never",
            });
            assert.match(stdout, /OutsiderMSP joins the organizations with peers/);
            begin = performance.now();
            const made = await up(company, turn);
            assert.equal(made.create, 1, JSON.stringify(made));
            report(`${company} signs`, begin);
            assert.deepEqual(await up(company, turn), {});
        }
        const signatures = ["org2", "org3"].map((name) => files.get(`${name}.signed.json`)!);
        assert.deepEqual(await up("founder", { members, signatures: signatures.slice(0, 1) }), {
            update: 1,
        });
        begin = performance.now();
        assert.deepEqual(await up("founder", { members, signatures }), { update: 1 });
        report("founder makes the update with both signatures", begin);
        const block = await fetchBlock(
            {
                credentials: realCredentials(),
                target: target("founder", "orderer-0", "admin"),
                admin: admins.get("founder")!,
            },
            CHANNEL,
            "config",
        );
        const { application, sequence } = settingsOf(block!);
        assert.deepEqual(application.map(({ mspId }) => mspId).sort(), [
            "Org2MSP",
            "Org3MSP",
            "OutsiderMSP",
        ]);
        assert.equal(sequence, 1);
        assert.deepEqual(await up("founder", { members, signatures }), {});
        assert.deepEqual(await up("org2", { joining: true, sign: [pending] }), {});
    });
});
