import assert from "node:assert/strict";

import { attentionIn } from "kubefabric/internal/cli/network/attention";
import { answerKey, type LiveAnswer } from "kubefabric/internal/cli/network/live";
import { networkIn } from "kubefabric/internal/cli/network/networkModel";
import { stateOf } from "kubefabric/internal/cli/network/stateReading";
import { statusLines } from "kubefabric/internal/cli/network/statusTable";

import { later } from "../fabric/authorities.ts";
import { secretValue } from "../support/exportedState.ts";
import {
    type ExportedState,
    networkState,
    resourceAt,
    resourcesOf,
} from "../support/networkState.ts";
import { CommandFolder } from "../support/updateFolder.ts";

describe("kubefabric status", function () {
    this.timeout(120_000);
    let folder: CommandFolder;
    let state: ExportedState;
    before(async () => {
        folder = new CommandFolder();
        state = await networkState({ organizations: 2, chaincode: true });
    });
    after(() => folder.remove());

    /** The state with something else in it. */
    function changed(change: (copy: ExportedState) => unknown): ExportedState {
        const copy = structuredClone(state);
        change(copy);
        return copy;
    }

    function run(of: object, ...more: string[]) {
        folder.write("state.json", JSON.stringify(of));
        return folder.run(["status", "state.json", ...more]);
    }

    const networkOf = (of: ExportedState) => networkIn(stateOf("state.json", JSON.stringify(of)));

    it("says in a table what there is, where, and how long certificates last", () => {
        const { code, lines, notes } = run(state);
        assert.equal(code, 0, notes);
        assert.deepEqual(
            lines.map((line) => line.split(/ {2,}/)),
            [
                ["test/stack: 1 cluster, 3 organizations, 5 nodes, 1 channel"],
                ["", "nothing needs a look, as far as the state tells; --live asks the nodes"],
                "ORGANIZATION,NODE,KIND,CLUSTER,FABRIC,CHANNELS,CERTIFICATE,VOLUME".split(","),
                ...[0, 1, 2].map((number) => [
                    ...["OrdererMSP", `orderer-${number}`, "ordering node", "cluster0", "3.1.5"],
                    ...["trade (active)", "399 days", "20Gi placeholder-class"],
                ]),
                ...[1, 2].map((number) => [
                    ...[`Org${number}MSP`, `org${number}-peer0`, "peer", "cluster0", "3.1.5"],
                    ...["trade (joined)", "399 days", "20Gi placeholder-class"],
                ]),
                "CHANNEL,CONSENSUS,HEIGHT,ORDERING NODES,PEERS,CHAINCODE".split(","),
                [
                    ...["trade", "etcdraft", "-", "3 of 3 active", "2 of 2 joined"],
                    "asset0 1.0 (sequence 1)",
                ],
            ],
        );
    });

    it("gives the same as JSON, and reads standard input and the file of a backend of one's own", () => {
        folder.write("state.json", JSON.stringify(state));
        const json = folder.run(["status", "state.json", "--format", "json"]);
        const read = JSON.parse(json.output) as {
            attention: string[];
            clusters: { organizations: { mspId: string }[] }[];
        };
        assert.deepEqual(read.attention, []);
        assert.deepEqual(
            read.clusters[0]!.organizations.map(({ mspId }) => mspId),
            ["OrdererMSP", "Org1MSP", "Org2MSP"],
        );
        const backend = { version: 3, checkpoint: { latest: state.deployment } };
        const piped = folder.run(["status", "-", "--format", "json"], JSON.stringify(backend));
        assert.equal(piped.output, json.output);
    });

    it("says that nodes of a simulated cluster are planned, by the first block", async () => {
        const simulated = await networkState({ organizations: 2, simulated: true });
        const planned = changed(() => {});
        planned.deployment.resources = simulated.deployment.resources;
        const { code, output, notes } = run(planned);
        assert.equal(code, 0, notes);
        assert.match(output, /^Org1MSP .* trade \(planned\) /m);
        assert.match(output, /^trade +etcdraft +- +3 planned +2 planned/m);
    });

    it("ends with 1 and says what needs a look: certificates, drift, chaincode that waits", () => {
        const soon = changed((copy) => {
            const at = (kind: string, name: string, outputs: object) => {
                const found = resourceAt(copy, kind, name);
                found.outputs = { ...found.outputs, ...outputs };
            };
            const day = (days: number) => ({ notAfter: later(days, new Date()).toISOString() });
            at("Certificate", "orderer-0-tls-certificate", day(12.5));
            at("Certificate", "org1-peer0-signing-certificate", day(-1));
            at("CaCertificate", "org2-tls-ca-certificate", day(1.5));
            at("PeerChannelMembership", "trade-org1-peer0", { status: "not joined" });
            at("CommittedChaincode", "asset0-committed", { waiting: "waits for Org9MSP" });
        });
        const { code, output } = run(soon);
        assert.equal(code, 1);
        for (const line of [
            "  ! orderer-0: a certificate ends in 12 days; run pulumi up to renew it",
            "  ! org1-peer0: a certificate has ended; run pulumi up to renew it",
            "  ! Org2MSP: a CA ends in 1 day; bring another one in before it does",
            "  ! org1-peer0 in trade: not joined",
            "  ! chaincode asset0 on trade: waits for Org9MSP",
        ]) {
            assert.ok(output.split("\n").includes(line), `${line}\n${output}`);
        }
        assert.match(
            output,
            /trade +etcdraft +- +3 of 3 active +1 of 2 joined +asset0 1\.0 \(waits/,
        );
    });

    describe("with what nodes answered", () => {
        const now = new Date();
        function answers(change: (node: string) => Partial<LiveAnswer> = () => ({})) {
            const [channel] = networkOf(state).channels;
            return new Map(
                channel!.members.map(({ node, namespace, kind }) => {
                    const status = kind === "peer" ? "joined" : "active";
                    const leads = kind === "peer" ? undefined : node === "orderer-1";
                    const answer = { node, namespace, kind, channelId: "trade", height: 107 };
                    return [
                        answerKey({ node, namespace }, "trade"),
                        { ...answer, status, leads, ...change(node) },
                    ] as const;
                }),
            );
        }
        const attention = (of: ReturnType<typeof answers>) =>
            attentionIn(networkOf(state), of, now);

        it("shows heights and the leader, and needs no look where all is well", () => {
            const of = answers();
            assert.deepEqual(attention(of), []);
            const lines = statusLines(networkOf(state), { answers: of, attention: [], now });
            assert.match(lines[1]!, /^ {2}nothing needs a look$/);
            assert.ok(lines.some((line) => / trade 107 \(leads\) /.test(line)));
            assert.ok(lines.some((line) => /^trade +etcdraft +107 +3 of 3 active/.test(line)));
        });

        for (const [what, change, expected] of [
            [
                "one cannot be asked",
                { status: "not reachable: timeout", height: undefined },
                "org1-peer0 in trade: not reachable: timeout",
            ],
            [
                "one is not in it",
                { status: "not joined", height: undefined },
                "org1-peer0 in trade: not joined",
            ],
            ["one is far behind", { height: 86 }, "org1-peer0 in trade: is 21 blocks behind"],
        ] as const) {
            it(`tells when ${what}`, () => {
                const of = answers((node) => (node === "org1-peer0" ? change : {}));
                assert.deepEqual(attention(of), [expected]);
            });
        }

        it("lets a node be a little behind, and tells when nobody leads", () => {
            assert.deepEqual(
                attention(answers((node) => (node === "org1-peer0" ? { height: 87 } : {}))),
                [],
            );
            assert.deepEqual(attention(answers(() => ({ leads: false }))), [
                "trade: none of its ordering nodes here leads",
            ]);
        });
    });

    it("prints no secret, encrypted or in clear, and no control character of a name", () => {
        const canaries = changed((copy) => {
            for (const resource of resourcesOf(copy)) {
                const inputs = resource.inputs as Record<string, unknown>;
                for (const [key, value] of Object.entries(inputs)) {
                    if (/key|kubeconfig|password/i.test(key)) {
                        inputs[key] = {
                            ...secretValue("canary-ciphertext"),
                            plaintext: JSON.stringify("canary-plain"),
                        };
                    } else if (key === "namespace" && resource.type.endsWith(":FabricOrg")) {
                        inputs[key] = value;
                    }
                }
            }
            resourceAt(copy, "Channel", "trade").inputs = {
                channelId: secretValue("canary-channel"),
                consensus: "raft\u001b[31m\nfake",
            };
        });
        for (const args of [
            ["status"],
            ["status", "--format", "json"],
            ["topology"],
            ["topology", "--format", "svg"],
        ]) {
            folder.write("state.json", JSON.stringify(canaries));
            const { output, notes } = folder.run([args[0]!, "state.json", ...args.slice(1)]);
            assert.ok(output.length > 100, notes);
            assert.doesNotMatch(output + notes, /canary/);
            assert.ok(!output.includes("\u001b"));
        }
    });

    it("says in one line that no node of a cluster answers, and never with what it was asked", () => {
        // The recorded state has its secrets in clear, and nothing answers at its addresses.
        const { code, output, notes } = run(state, "--live");
        assert.equal(code, 1, notes);
        assert.match(
            output,
            /^ {2}! orderer-0, .*org2-peer0 in trade: not reachable: the cluster at https:\/\/127\.0\.0\.1:1 /m,
        );
        assert.equal(output.match(/^ {2}! /gm)?.length, 1);
        assert.match(output, /trade \(not reachable\)/);
        assert.doesNotMatch(output + notes, /canary/);
    });

    it("fails to ask nodes with encrypted secrets, and says how they are had", () => {
        const encrypted = changed((copy) => {
            for (const { inputs } of resourcesOf(copy)) {
                if ("adminPrivateKeyPem" in inputs) {
                    (inputs as Record<string, unknown>).adminPrivateKeyPem = secretValue("x");
                }
            }
        });
        const { code, notes } = run(encrypted, "--live");
        assert.equal(code, 2);
        assert.match(notes, /^--live: the state's secrets are encrypted/);
    });

    it("fails on what is no state, holds no network, or cannot be read", () => {
        assert.equal(folder.run(["status", "absent.json"]).code, 2);
        folder.write("text.json", "kind: Pod");
        assert.match(
            folder.run(["status", "text.json"]).notes,
            /is no state as pulumi stack export/,
        );
        const empty = { version: 3, deployment: { resources: [] } };
        const none = run(empty);
        assert.equal(none.code, 1);
        assert.match(none.notes, /has no FabricOrg in it/);
        assert.equal(run({ version: 3, deployment: {} }).code, 2);
        assert.equal(run(state, "--stack", "x").code, 2);
        assert.equal(run(state, "--format", "yaml").code, 2);
    });
});
