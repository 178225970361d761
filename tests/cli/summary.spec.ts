import assert from "node:assert/strict";

import type { StateResource } from "kubefabric/internal/cli/state";
import {
    channelsOf,
    endpointsOf,
    keptIn,
    keptText,
    upSummary,
} from "kubefabric/internal/cli/summary";

const A_CHANGE =
    /[+~-] *[0-9]+ (created|updated|deleted|replaced|to (create|update|delete|replace))/;

describe("the closing words of npm run up", () => {
    const words = (changes: object, more: object = {}) =>
        upSummary({
            changes,
            elapsedMs: 12345,
            channels: [],
            endpoints: [
                { organization: "org1", node: "peer0", endpoint: "peer0.org1.svc:7051" },
                { organization: "orderer", node: "orderer-node0", endpoint: "o.svc:7050" },
            ],
            kubectl: "kubectl --context x",
            simulated: false,
            ownState: true,
            ...more,
        });

    it("begin with what changed and how long it took", () => {
        assert.match(words({ create: 43 }), /^43 created \(12\.3 s\)\n/);
    });

    it("begin with “0 changes” in a second run, and contain nothing that looks like a change", () => {
        const text = words({ same: 43 });
        assert.match(
            text,
            /^0 changes: all 43 resources are as the program describes them \(12\.3 s\)/,
        );
        assert.doesNotMatch(text, A_CHANGE);
    });

    it("list the endpoints in columns", () => {
        assert.match(
            words({}),
            /\n {2}org1 {5}peer0 {10}peer0\.org1\.svc:7051\n {2}orderer {2}orderer-node0 {2}o\.svc:7050\n/,
        );
    });

    const channel = {
        channel: "trade",
        consensus: "etcdraft",
        orderingNodes: 3,
        peers: 2,
        genesisHash: "0123456789abcdef",
        planned: [] as string[],
    };

    it("list the channels with their members and the beginning of their first block's hash", () => {
        assert.match(
            words({}, { channels: [channel] }),
            /\n {2}trade {2}3 ordering nodes \(etcdraft\), 2 peers have joined {2}first block 0123456789ab\n/,
        );
        assert.doesNotMatch(words({}), /Channels/);
    });

    it("list what is planned and left out in a simulated cluster, and claim no more", () => {
        const planned = ["peer peer0 of Org1MSP joins trade"];
        const text = words({}, { channels: [{ ...channel, planned }], simulated: true });
        assert.match(text, /Planned and left out.*\n {2}peer peer0 of Org1MSP joins trade\n/);
        assert.match(text, /2 peers planned/);
        assert.doesNotMatch(text, /have joined/);
    });

    it("say that nothing listens in a simulated cluster", () => {
        assert.match(words({}, { simulated: true }), /nothing listens: it is simulated/);
        assert.doesNotMatch(words({}), /simulated/);
    });

    it("say how to look at it, take it down and delete it, and what to keep copies of", () => {
        const text = words({});
        assert.match(text, /kubectl --context x get pods/);
        assert.match(text, /npm run down {3}\(keeps ledgers, keys and genesis block\)/);
        assert.match(text, /npm run down -- --delete-ledgers/);
        assert.match(text, /\.kubefabric\/passphrase/);
        assert.doesNotMatch(words({}, { ownState: false }), /passphrase/);
    });
});

describe("the output endpoints", () => {
    it("is taken as the example gives it, and left out where it is not", () => {
        const endpoint = { organization: "org1", node: "peer0", endpoint: "x:1" };
        assert.deepEqual(endpointsOf([endpoint, { node: 1 }, null]), [endpoint]);
        assert.deepEqual(endpointsOf(undefined), []);
        assert.deepEqual(endpointsOf("x"), []);
    });
});

describe("the output channels", () => {
    it("is taken as the example gives it, and left out where it is not", () => {
        const channel = { channel: "a", consensus: "BFT", genesisHash: "00", planned: [] };
        assert.deepEqual(channelsOf([channel, { channel: 1 }, null]), [channel]);
        assert.deepEqual(channelsOf(undefined), []);
    });
});

describe("what is kept", () => {
    const resource = (type: string, name: string, more: object = {}): StateResource => ({
        urn: `urn:pulumi:local::project::kubefabric:index:PeerNode$${type}::${name}`,
        type,
        custom: true,
        protect: true,
        ...more,
    });
    const named = (namespace: string | undefined, name: string) => ({
        outputs: { metadata: { namespace, name } },
    });

    it("is named by kind: ledgers, namespaces, Secrets and what only the state has", () => {
        const kept = keptIn([
            resource("kubernetes:core/v1:PersistentVolumeClaim", "b", named("org1", "ledger-b")),
            resource("kubernetes:core/v1:PersistentVolumeClaim", "a", named("org1", "ledger-a")),
            resource("kubernetes:core/v1:Namespace", "ns", named(undefined, "org1")),
            resource("kubernetes:core/v1:Secret", "s"),
            resource("pulumi-nodejs:dynamic:Resource", "peer0-tls-key"),
            resource("pulumi-nodejs:dynamic:Resource", "peer0-tls-certificate"),
            resource("pulumi-nodejs:dynamic:Resource", "channel-genesis-block"),
            resource("kubernetes:apps/v1:StatefulSet", "peer0", { protect: false }),
        ]);
        assert.deepEqual(kept, {
            ledgers: ["org1/ledger-a", "org1/ledger-b"],
            namespaces: ["org1"],
            secrets: ["s"],
            keys: ["peer0-tls-key"],
            certificates: ["peer0-tls-certificate"],
            others: ["channel-genesis-block"],
        });
        assert.deepEqual(keptText(kept), [
            "  ledgers (volume claims): org1/ledger-a, org1/ledger-b",
            "  namespaces: org1",
            "  Secrets: s",
            "  keys: peer0-tls-key",
            "  certificates: 1",
            "  further: channel-genesis-block",
        ]);
    });

    it("fits a terminal, however much it is, and loses no name", () => {
        const names = Array.from({ length: 40 }, (_, index) => `organization-${index}/ledger`);
        const lines = keptText({ ...keptIn([]), ledgers: names });
        assert.ok(lines.length > 5 && lines.every((line) => line.length <= 100), lines.join("\n"));
        assert.deepEqual(lines.join(" ").match(/organization-\d+\/ledger/g), names);
    });

    it("is not spoken of where there is nothing", () => {
        assert.deepEqual(keptText(keptIn([])), []);
    });
});
