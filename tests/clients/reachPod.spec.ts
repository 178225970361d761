import assert from "node:assert/strict";

import type { V1Container, V1PodTemplateSpec } from "@kubernetes/client-node";
import { reachPod, unreached } from "kubefabric/internal/clients/reachPod";
import { PeerNode } from "kubefabric";

import { recordNetwork, testOrg } from "../support/network.ts";

const DIALED = [
    { address: "orderer-0.example.com:7050", tlsCaPem: "first" },
    { address: "[2001:db8::1]:443", tlsCaPem: "second" },
];

/** What `peer channel fetch` of Fabric 3.1.5 said, tried by hand; the last lines of its log. */
const SAID: Record<string, [said: string, cause: string | undefined, passing?: boolean]> = {
    "a name that nobody knows": [
        'Error: failed to create deliver client for orderer: orderer client failed to connect to a.example:7050: failed to create new connection: connection error: desc = "transport: error while dialing: dial tcp: lookup a.example on 10.0.0.10:53: no such host"',
        "dial tcp: lookup a.example on 10.0.0.10:53: no such host",
        false,
    ],
    "a port at which nothing listens": [
        'Error: failed to create deliver client for orderer: orderer client failed to connect to a.example:7055: failed to create new connection: connection error: desc = "transport: error while dialing: dial tcp 198.51.100.10:7055: connect: connection refused"',
        "dial tcp 198.51.100.10:7055: connect: connection refused",
        true,
    ],
    "no answer in time": [
        "Error: failed to create deliver client for orderer: orderer client failed to connect to a.example:7050: failed to create new connection: context deadline exceeded",
        "context deadline exceeded",
        true,
    ],
    "a certificate of another CA or name": [
        "Client TLS handshake failed after 1.6ms with error: tls: failed to verify certificate: x509: cannot validate certificate for 10.255.255.1 because it doesn't contain any IP SANs remoteaddress=10.255.255.1:7050\n" +
            "Error: failed to create deliver client for orderer: orderer client failed to connect to 10.255.255.1:7050: failed to create new connection: context deadline exceeded",
        "tls: failed to verify certificate: x509: cannot validate certificate for 10.255.255.1 because it doesn't contain any IP SANs",
        false,
    ],
    "a peer": [
        "Error: error receiving: rpc error: code = Unimplemented desc = unknown service orderer.AtomicBroadcast",
        "what answers there is no ordering node",
        false,
    ],
    "an ordering node without the channel": [
        "Error: can't read the block: &{NOT_FOUND}",
        undefined,
    ],
    "an ordering node that refuses": ["Error: can't read the block: &{FORBIDDEN}", undefined],
    "an ordering node that has it": ["", undefined],
};

describe("what a Pod finds at an address", () => {
    for (const [what, [said, cause, passing]] of Object.entries(SAID)) {
        it(`is told for ${what}`, () => {
            const expected =
                cause === undefined ? undefined : { address: "a.example:7050", cause, passing };
            assert.deepEqual(unreached("a.example:7050", said), expected);
        });
    }
});

describe("a Pod that dials what a peer is going to dial", () => {
    let template: V1PodTemplateSpec;
    before(async () => {
        const recording = await recordNetwork(() => new PeerNode("peer0", { org: testOrg() }));
        const { spec } = recording.find("StatefulSet", "peer0").inputs as {
            spec: { template: V1PodTemplateSpec };
        };
        template = spec.template;
    });
    const made = () => reachPod(template, "peer0-reach-a", { channelId: "trade", dialed: DIALED });

    it("is under the peer's NetworkPolicies, and no Service and no StatefulSet takes it for the peer", () => {
        const { labels } = made().metadata!;
        assert.equal(labels?.["app.kubernetes.io/component"], "peer");
        for (const label of ["app.kubernetes.io/instance", "kubefabric.io/in-service"]) {
            assert.ok(label in template.metadata!.labels!, label);
            assert.ok(!(label in labels), label);
        }
    });

    it("has the peer's image, identity and limits of rights, and not its ledger", () => {
        const { spec } = made();
        const [peer] = template.spec!.containers;
        assert.deepEqual(spec?.securityContext, template.spec?.securityContext);
        assert.deepEqual(
            spec?.volumes?.map(({ name }) => name),
            ["identity", "tmp", "dialed"],
        );
        for (const container of spec.containers) {
            assert.equal(container.image, peer!.image);
            assert.deepEqual(container.securityContext, peer!.securityContext);
            assert.ok(!container.volumeMounts?.some(({ name }) => name === "ledger"));
            assert.deepEqual(
                container.env?.map(({ name }) => name),
                [
                    "CORE_PEER_LOCALMSPID",
                    "CORE_PEER_MSPCONFIGPATH",
                    "FABRIC_LOGGING_SPEC",
                    "FABRIC_LOGGING_FORMAT",
                ],
            );
        }
    });

    it("dials each address with the CA of its organization, and ends", () => {
        const { metadata, spec } = made();
        assert.equal(spec?.restartPolicy, "Never");
        assert.equal(spec?.activeDeadlineSeconds, 60);
        const { items } = spec.volumes!.at(-1)!.downwardAPI!;
        for (const [index, { address, tlsCaPem }] of DIALED.entries()) {
            const container: V1Container = spec.containers[index]!;
            const { command, terminationMessagePolicy: policy } = container;
            const words: readonly string[] = command ?? [];
            const after = (flag: string) => words[words.indexOf(flag) + 1];
            assert.deepEqual(words.slice(0, 3), ["peer", "channel", "fetch"]);
            assert.equal(after("--orderer"), address);
            assert.equal(after("--cafile"), `/etc/hyperledger/dialed/${index}.pem`);
            assert.equal(after("--channelID"), "trade");
            assert.equal(policy, "FallbackToLogsOnError");
            const key = /\['(.*)'\]$/.exec(items![index]!.fieldRef!.fieldPath)![1]!;
            assert.equal(metadata!.annotations![key], tlsCaPem);
            assert.equal(items![index]!.path, `${index}.pem`);
        }
    });
});
