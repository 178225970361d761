import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";
import {
    type Channel,
    JoinedChannel,
    OrdererService,
    parseOrgDefinition,
    PeerNode,
    type JoinedChannelArgs,
    type OrgDefinition,
} from "kubefabric";
import { otherOrganizations } from "kubefabric/internal/components/otherOrganizations";
import type { ChannelDefinition } from "kubefabric/internal/fabric/channelDefinition";
import type { Outputs, RecordedResource, Recording } from "kubefabric/testing";

import { makeCa, makeCertificate, type Wanted } from "../fabric/authorities.ts";
import {
    issuing,
    network,
    recordNetwork,
    testChannel,
    testOrg,
    valueOf,
} from "../support/network.ts";

const PATIENCE_MS = 60_000;
const kindOf = ({ type }: RecordedResource) => type.split(":").at(-1) ?? type;
const labelOf = (resource: RecordedResource) => `${kindOf(resource)} ${resource.name}`;

const childrenOf = (recording: Recording, parent: string) =>
    recording.resources.filter((each) => recording.parentOf(each) === parent);

/** A definition as another program publishes it. */
async function published(
    mspId: string,
    change: Partial<OrgDefinition> = {},
): Promise<OrgDefinition> {
    const now = new Date();
    const [signing, tls] = [await makeCa("signing", { now }), await makeCa("tls", { now })];
    const host = `orderer0.${mspId.toLowerCase()}.example.com`;
    const certificate: Wanted = { ca: tls, profile: "tls", hosts: [host], now };
    return {
        version: 1,
        mspId,
        signingCaPem: signing.certificatePem,
        tlsCaPem: tls.certificatePem,
        nodeOUs: true,
        ordererEndpoints: [`${host}:7050`],
        anchorPeers: [{ host: `peer0.${mspId.toLowerCase()}.example.com`, port: 7051 }],
        consenters: [{ host, port: 7050, tlsCertificatePem: await makeCertificate(certificate) }],
        ...change,
    };
}

function definitionIn(recording: Recording): ChannelDefinition {
    return recording.find("GenesisBlock", "trade-genesis-block").inputs
        .definition as ChannelDefinition;
}

/** What a program that is refused says, line by line. */
async function refusal(program: () => unknown): Promise<string[]> {
    let said = "nothing was refused";
    const recording = await recordNetwork(() => {
        try {
            program();
        } catch (error) {
            said = (error as Error).message;
        }
    });
    assert.deepEqual(
        recording.resources.filter((each) => /trade/.test(each.name)).map(labelOf),
        [],
    );
    const [title, ...lines] = said.split("\n").map((line) => line.trim());
    assert.match(title ?? "", /^(Channel|JoinedChannel) "trade" has invalid arguments$/);
    for (const line of lines) {
        assert.doesNotMatch(line, /undefined|NaN|\[object|\.$/);
    }
    return lines;
}

describe("the published definition of an organization", function () {
    this.timeout(PATIENCE_MS);

    it("is read by those who are given it, with its nodes at the addresses that others are told", async () => {
        const recording = await recordNetwork(() => {
            const org = testOrg();
            const peer = new PeerNode("peer0", {
                org,
                externalHosts: ["peer0.org1.example.com"],
                externalPort: 443,
                advertise: "external",
            });
            const orderers = new OrdererService("orderer", {
                org,
                nodes: 1,
                externalHosts: [["orderer0.org1.example.com"]],
                advertise: "external",
            });
            return pulumi.all([
                org.definitionWith({ anchorPeers: [peer], orderers: [orderers] }),
                org.definition,
                orderers.definition,
                org.definitionWith({}),
            ]);
        }, issuing);
        const all = await valueOf(recording.returned as pulumi.Output<OrgDefinition[]>);
        const [definition, alone, ordering, empty] = all as [
            OrgDefinition,
            OrgDefinition,
            OrgDefinition,
            OrgDefinition,
        ];
        for (const each of all) {
            assert.deepEqual(parseOrgDefinition(JSON.stringify(each), new Date()), each);
        }
        assert.deepEqual(definition.anchorPeers, [{ host: "peer0.org1.example.com", port: 443 }]);
        assert.deepEqual(definition.consenters, ordering.consenters);
        assert.deepEqual(definition.ordererEndpoints, ordering.ordererEndpoints);
        assert.match(definition.ordererEndpoints[0]!, /^orderer0\.org1\.example\.com:\d+$/);
        assert.deepEqual(empty, alone);
    });

    it("holds nothing secret: no key, no kubeconfig, nothing that the program was told", async () => {
        const now = new Date();
        const own = {
            signing: await makeCa("own", { now }),
            tls: await makeCa("own-tls", { now }),
        };
        const made: string[] = [];
        const listening: Outputs = async (resource) => {
            const outputs = await issuing(resource);
            const key = outputs?.privateKeyPem;
            made.push(...(typeof key === "string" ? [key] : []));
            return outputs;
        };
        const recording = await recordNetwork(() => {
            const org = testOrg({ authorities: own });
            const secret = pulumi.secret("registry.example.com/canary-image:1");
            const peer = new PeerNode("peer0", { org, image: secret });
            const orderers = new OrdererService("orderer", { org, nodes: 1, image: secret });
            return {
                definition: org.definitionWith({ anchorPeers: [peer], orderers: [orderers] }),
                keys: pulumi.all([
                    org.signingCa.privateKeyPem,
                    org.tlsCa.privateKeyPem,
                    org.admin.privateKeyPem,
                    orderers.adminCa.privateKeyPem,
                    orderers.admin.privateKeyPem,
                ]),
                isSecret: pulumi.isSecret(org.definition),
            };
        }, listening);
        const { definition, keys, isSecret } = recording.returned as {
            definition: pulumi.Output<OrgDefinition>;
            keys: pulumi.Output<string[]>;
            isSecret: Promise<boolean>;
        };
        assert.equal(await isSecret, false, "a secret output is nobody's to publish");
        const text = JSON.stringify(await valueOf(definition));
        assert.ok(made.length > 5, `${made.length} keys were made`);
        const secrets = [...(await valueOf(keys)), ...made];
        for (const secret of secrets) {
            assert.match(secret, /PRIVATE KEY/);
            const [, line] = secret.split("\n");
            assert.ok(line!.length > 20 && !text.includes(line!), "a key is in the definition");
        }
        assert.doesNotMatch(text, /PRIVATE KEY|canary/);
    });

    it("fails with a node of another organization, by its name", async () => {
        let said = "";
        await recordNetwork(() => {
            const { peers, orderers } = network(2);
            try {
                peers[0]!.org.definitionWith({ anchorPeers: [peers[1]!], orderers: [orderers] });
            } catch (error) {
                said = (error as Error).message;
            }
        });
        assert.deepEqual(said.split("\n").slice(1), [
            '  anchorPeers[0]: "org2-peer0" is of Org2MSP; write it into that organization\'s definition',
            '  orderers[0]: "orderer" is of OrdererMSP; write it into that organization\'s definition',
        ]);
    });
});

describe("a channel with organizations of other programs", function () {
    this.timeout(PATIENCE_MS);

    it("has them in its first block, as objects, as text or as outputs", async () => {
        const [org7, org8, org9] = [
            await published("Org7MSP"),
            await published("Org8MSP"),
            await published("Org9MSP"),
        ];
        const recording = await recordNetwork(() =>
            testChannel(network(1), {
                organizations: [org7, JSON.stringify(org8), pulumi.output(org9)],
                orderingOrganizations: [Promise.resolve(JSON.stringify(org7))],
            }),
        );
        const { ordering, application } = definitionIn(recording);
        assert.deepEqual(
            application.map(({ mspId }) => mspId),
            ["Org1MSP", "Org7MSP", "Org8MSP", "Org9MSP"],
        );
        assert.deepEqual(application.slice(1), [org7, org8, org9]);
        assert.deepEqual(
            ordering.map(({ mspId }) => mspId),
            ["OrdererMSP", "Org7MSP"],
        );
        assert.deepEqual(ordering[1], org7);
    });

    it("may have no peer of the program that makes it, which then only orders", async () => {
        const org7 = await published("Org7MSP");
        const recording = await recordNetwork(() =>
            testChannel({ ...network(0), peers: [] }, { organizations: [org7] }),
        );
        assert.deepEqual(definitionIn(recording).application, [org7]);
        const { config, peerMemberships } = recording.returned as Channel;
        assert.deepEqual(peerMemberships, []);
        assert.ok(config);
    });

    it("fails without a member, or with an anchor peer that does not join", async () => {
        const org7 = await published("Org7MSP");
        const empty = ["peers: is empty; write the peers that join"];
        assert.deepEqual(await refusal(() => testChannel({ ...network(1), peers: [] })), empty);
        const anchored = () => {
            const { orderers, peers } = network(1);
            const args = { organizations: [org7], anchorPeers: peers };
            return testChannel({ orderers, peers: [] }, args);
        };
        assert.deepEqual(await refusal(anchored), empty);
    });

    it("warns of what is rarely meant in them, and of its own addresses inside a cluster", async () => {
        const log = pulumi.log as { warn: typeof pulumi.log.warn };
        const warn = log.warn;
        const warned: string[] = [];
        log.warn = async (message) => void warned.push(message);
        const silent = await published("Org7MSP", { anchorPeers: [] });
        try {
            await recordNetwork(() => testChannel(network(1), { organizations: [silent] }));
            assert.match(
                warned.find((line) => line.startsWith("organizations"))!,
                /^organizations\[0\]\.anchorPeers: is empty/,
            );
            assert.match(
                warned.find((line) => line.startsWith("Org1MSP"))!,
                /^Org1MSP: anchorPeers\[0\]: "org1-peer0.org1.svc" is a name inside one cluster/,
            );
            const isWarnedOf = (path: string) =>
                warned.some((line) => line.startsWith(`OrdererMSP: ${path}[2]: `));
            assert.ok(isWarnedOf("ordererEndpoints"));
            assert.ok(!isWarnedOf("consenters"), "only other consenters dial consenters");
            const others = [await published("Org8MSP")];
            await recordNetwork(() => testChannel(network(1), { orderingOrganizations: others }));
            assert.ok(isWarnedOf("consenters"));
            warned.length = 0;
            await recordNetwork(() => testChannel(network(1)));
            assert.deepEqual(warned, [], "a channel of one program has its own addresses");
        } finally {
            log.warn = warn;
        }
    });

    it("publishes its first block, which is not secret", async () => {
        const recording = await recordNetwork(() => testChannel(network(1)));
        const { genesisBlock } = recording.returned as Channel;
        assert.equal(await pulumi.isSecret(genesisBlock), false);
        assert.equal(await valueOf(genesisBlock), "placeholder-block");
    });

    it("only lets its ordering nodes join while it is founded", async () => {
        const recording = await recordNetwork(() => testChannel(network(1), { founding: true }));
        assert.deepEqual(childrenOf(recording, "Channel trade").map(labelOf), [
            "GenesisBlock trade-genesis-block",
            "OrdererChannelMembership trade-orderer-0",
            "OrdererChannelMembership trade-orderer-1",
            "OrdererChannelMembership trade-orderer-2",
        ]);
        const { plan, consenterSet, config } = recording.returned as Channel;
        assert.deepEqual(plan.length, 3);
        assert.deepEqual([consenterSet, config], [undefined, undefined]);
    });

    it("fails on definitions that are wrong, all at once, before anything is registered", async () => {
        const org7 = await published("Org7MSP");
        const org1 = await published("Org1MSP");
        const namesake = await published("Org7MSP");
        const lines = await refusal(() =>
            testChannel(network(1), {
                organizations: [
                    "{",
                    { ...org7, nodeOUs: false as true, tlsCaPem: "" },
                    org1,
                    org7,
                    JSON.stringify(org7),
                    undefined as unknown as string,
                ],
                orderingOrganizations: [
                    { ...org7, consenters: [], ordererEndpoints: [] },
                    namesake,
                ],
            }),
        );
        assert.deepEqual(
            lines.map((line) => line.split(": ")[0]),
            [
                "organizations[0]",
                "organizations[1].tlsCaPem",
                "organizations[1].nodeOUs",
                "organizations[2].mspId",
                "organizations[4].mspId",
                "organizations[5]",
                "orderingOrganizations[0].consenters",
                "orderingOrganizations[0].ordererEndpoints",
                "orderingOrganizations[1].mspId",
            ],
        );
        assert.equal(
            lines[3],
            'organizations[2].mspId: "Org1MSP" is an organization of this program, whose nodes are ' +
                "in the channel already; take the definition away, or ask its organization for " +
                "another MSP ID",
        );
        assert.match(lines[4]!, /"Org7MSP" is organizations\[3\] already; name it once/);
        assert.match(lines[6]!, /is empty; ask Org7MSP for a definition with its OrdererService/);
        assert.match(
            lines[8]!,
            /"Org7MSP" is there already, with another signingCaPem, tlsCaPem; /,
        );
    });

    it("fails on a definition that is wrong and was not known earlier", async () => {
        const org7 = await published("Org7MSP");
        let read: Promise<unknown> | undefined;
        await recordNetwork(() => {
            const definitions = [pulumi.output({ ...org7, mspId: "Org_7" })];
            const others = { path: "organizations", definitions, own: [] };
            const about = new pulumi.ComponentResource("test:index:Any", "any");
            const output = otherOrganizations("Channel", "trade", others, about);
            read = (output as unknown as { promise(): Promise<unknown> }).promise();
            read.catch(() => undefined);
        });
        await assert.rejects(
            read!,
            /Channel "trade" has invalid arguments\n {2}organizations\[0\]\.mspId: "Org_7" is not an MSP ID/,
        );
    });
});

describe("a channel that another program made", function () {
    this.timeout(PATIENCE_MS);
    let orderers: OrgDefinition;
    before(async () => {
        orderers = await published("OrdererMSP");
    });

    /** The peers of a network in a channel of others, and its ordering nodes where a test wants them. */
    function joined(
        nodes: { peers: PeerNode[]; orderers: OrdererService },
        args: Partial<JoinedChannelArgs> = {},
    ): JoinedChannel {
        return new JoinedChannel("trade", {
            genesisBlock: "AAAA",
            peers: nodes.peers,
            organizations: [JSON.stringify(orderers)],
            ...args,
        });
    }
    const children = (recording: Recording) => childrenOf(recording, "JoinedChannel trade");

    it("is joined after its block was looked at, and the organizations are verified last", async () => {
        const recording = await recordNetwork(() => joined(network(2)));
        assert.deepEqual(children(recording).map(labelOf), [
            "PublishedBlock trade-genesis-block",
            "PeerChannelMembership trade-org1-peer0",
            "PeerChannelMembership trade-org2-peer0",
            "OrganizationMembership trade-Org1MSP",
            "OrganizationMembership trade-Org2MSP",
        ]);
        const dependencies = (kind: string, name: string) =>
            recording.dependenciesOf(recording.find(kind, name));
        for (const org of ["org1", "org2"]) {
            const waits = dependencies("PeerChannelMembership", `trade-${org}-peer0`);
            assert.ok(waits.includes("PublishedBlock trade-genesis-block"), waits.join());
            assert.ok(waits.includes(`Service ${org}-peer0-service`), waits.join());
            assert.ok(!waits.some((label) => label.startsWith("PeerChannel")), waits.join());
        }
        const last = dependencies("OrganizationMembership", "trade-Org2MSP");
        assert.ok(last.includes("PeerChannelMembership trade-org2-peer0"), last.join());
        const { ready, organizationMemberships } = recording.returned as JoinedChannel;
        assert.equal(ready, organizationMemberships[1]);
    });

    it("signs the updates that it is told to, after its organizations are verified, and no others", async () => {
        const recording = await recordNetwork(
            () => {
                const nodes = network(1);
                return joined(nodes, {
                    orderers: [nodes.orderers],
                    sign: ["{}", pulumi.output(undefined)],
                });
            },
            { outputs: { SignedUpdate: { signed: "signed text" } } },
        );
        const signed = recording.ofKind("SignedUpdate");
        assert.deepEqual(
            signed.map(({ name, inputs }) => [name, inputs.file]),
            [
                ["trade-signed-0", "{}"],
                ["trade-signed-1", ""],
            ],
        );
        for (const each of signed) {
            assert.ok(
                recording.dependenciesOf(each).includes("OrganizationMembership trade-Org1MSP"),
            );
            assert.deepEqual(each.additionalSecretOutputs, ["admins"]);
            assert.deepEqual(
                (each.inputs.admins as { mspId: string }[]).map(({ mspId }) => mspId),
                ["Org1MSP", "OrdererMSP"],
            );
        }
        const { signedUpdates } = recording.returned as JoinedChannel;
        assert.deepEqual(await valueOf(signedUpdates), ["signed text", "signed text"]);
        const without = await recordNetwork(() => joined(network(1)));
        assert.deepEqual(without.ofKind("SignedUpdate"), []);
    });

    it("looks at its block with the definitions of its own organizations and of others", async () => {
        const recording = await recordNetwork(() => {
            const nodes = network(1);
            return joined(nodes, { orderers: [nodes.orderers], genesisHash: "00ff" });
        });
        const { inputs } = recording.find("PublishedBlock", "trade-genesis-block");
        const mspIds = (list: unknown) => (list as OrgDefinition[]).map(({ mspId }) => mspId);
        assert.deepEqual(mspIds(inputs.application), ["Org1MSP"]);
        assert.deepEqual(mspIds(inputs.ordering), ["OrdererMSP"]);
        assert.deepEqual(inputs.organizations, [orderers]);
        assert.deepEqual(
            [inputs.block, inputs.channelId, inputs.expectedHash, inputs.addedLater],
            ["AAAA", "trade", "00ff", false],
        );
    });

    it("is joined by ordering nodes first, and by peers once these have a leader", async () => {
        const recording = await recordNetwork(() => {
            const nodes = network(1);
            return joined(nodes, { orderers: [nodes.orderers] });
        });
        const waits = recording.dependenciesOf(
            recording.find("PeerChannelMembership", "trade-org1-peer0"),
        );
        assert.ok(waits.includes("ConsenterSet trade-consenters"), waits.join());
        const set = recording.dependenciesOf(recording.find("ConsenterSet", "trade-consenters"));
        assert.equal(set.filter((label) => label.includes("ChannelMembership")).length, 3);
    });

    it("is joined by its ordering nodes alone while it is founded, or where it has no peers", async () => {
        const kinds = async (args: Partial<JoinedChannelArgs>) => {
            const recording = await recordNetwork(() => {
                const nodes = network(1);
                return joined(nodes, { orderers: [nodes.orderers], ...args });
            });
            const { ready } = recording.returned as JoinedChannel;
            assert.ok(ready);
            return [...new Set(children(recording).map(kindOf))];
        };
        assert.deepEqual(await kinds({ founding: true }), [
            "PublishedBlock",
            "OrdererChannelMembership",
        ]);
        assert.deepEqual(await kinds({ peers: [] }), [
            "PublishedBlock",
            "OrdererChannelMembership",
            "ConsenterSet",
        ]);
    });

    it("keeps keys and kubeconfigs secret in what its children remember", async () => {
        const recording = await recordNetwork(() => joined(network(1)));
        for (const child of children(recording)) {
            const clear = Object.entries(child.inputs).filter(
                ([key]) => !child.additionalSecretOutputs.includes(key),
            );
            assert.doesNotMatch(
                JSON.stringify(clear),
                /placeholder-private-key|canary-kubeconfig-token/,
                child.name,
            );
        }
    });

    it("is only planned on a simulated cluster, after its block was looked at", async () => {
        const recording = await recordNetwork(() => joined(network(1, 1, { simulated: true })));
        assert.deepEqual(children(recording).map(labelOf), ["PublishedBlock trade-genesis-block"]);
        assert.deepEqual((recording.returned as JoinedChannel).plan, [
            "peer org1-peer0 of Org1MSP joins trade",
        ]);
    });

    it("fails with everything that is missing or wrong at once", async () => {
        const lines = await refusal(() =>
            joined(network(1), {
                channelId: "Trade",
                genesisBlock: "",
                peers: [],
                founding: true,
                organizations: [orderers, { ...orderers, version: 2 as 1 }, orderers],
            }),
        );
        assert.deepEqual(
            lines.map((line) => line.split(": ")[0]),
            [
                "channelId",
                "genesisBlock",
                "peers",
                "founding",
                "organizations[1].version",
                "organizations[2].mspId",
            ],
        );
        assert.match(lines[1]!, /is missing; write genesisBlock of the Channel that made it/);
    });

    it("fails where a node is there twice", async () => {
        const lines = await refusal(() => {
            const nodes = network(1);
            joined(nodes, {
                peers: [nodes.peers[0]!, nodes.peers[0]!],
                orderers: [nodes.orderers, nodes.orderers],
            });
        });
        assert.deepEqual(lines, [
            'orderers[1]: "orderer" is there twice; take one of them away',
            'peers[1]: "org1-peer0" is there twice; take one of them away',
        ]);
    });

    it("takes the definition of an organization of its own, which is in everyone's folder", async () => {
        const own = await published("Org1MSP");
        const recording = await recordNetwork(() =>
            joined(network(1), { organizations: [own, orderers] }),
        );
        assert.equal(children(recording).length, 3);
    });
});
