import assert from "node:assert/strict";

import { common, orderer, peer } from "@hyperledger/fabric-protos";

import type { ChannelDefinition } from "kubefabric/internal/fabric/channelDefinition";
import { desiredConfig, type WantedChannel } from "kubefabric/internal/fabric/configChanges";
import { applyUpdate, computeUpdate, differs } from "kubefabric/internal/fabric/configUpdate";
import {
    channelGroup,
    readValue,
    subgroup,
    writeValue,
} from "kubefabric/internal/fabric/configValues";
import { addressOf, consentersIn, writeConsenters } from "kubefabric/internal/fabric/consenterList";
import { consenterSteps } from "kubefabric/internal/fabric/consenterSteps";
import { describeUpdate } from "kubefabric/internal/fabric/describeUpdate";
import { editMsp } from "kubefabric/internal/fabric/orgChanges";
import { implicitMeta } from "kubefabric/internal/fabric/policies";
import {
    type CertificateAuthority,
    generateKey,
    issueCa,
    issueCertificate,
} from "kubefabric/internal/fabric/x509";

import { later, makeCa, makeCertificate, OpenSsl } from "./authorities.ts";
import { bftOf, changed, goldenDefinition } from "./goldenChannel.ts";
import { revocationList } from "./signingOrgs.ts";
import { configFrom } from "./updateCases.ts";

type Kind = "raft" | "bft";
type Change = (definition: ChannelDefinition) => unknown;

/** What a change of the definition does to a channel that was made from the golden one, in words. */
function said(kind: Kind, change: Change, more: Partial<WantedChannel> = {}): string[] {
    const current = configFrom(goldenDefinition(kind));
    const previous = goldenDefinition(kind);
    return wordsOf(current, { definition: changed(kind, change), previous, ...more });
}

function wordsOf(current: common.Config, wanted: WantedChannel): string[] {
    const desired = desiredConfig(current, wanted);
    if (!differs(current, desired)) {
        return [];
    }
    const update = computeUpdate("c", current, desired);
    assert.equal(differs(applyUpdate(current, update), desired), false);
    return describeUpdate(current, update);
}

const ordererOf = (config: common.Config) => subgroup(channelGroup(config), "Orderer");
const applicationOf = (config: common.Config) => subgroup(channelGroup(config), "Application");

describe("the desired configuration", () => {
    /** A CA for TLS that can issue more nodes of an ordering organization. */
    let tls: CertificateAuthority;
    let signing: CertificateAuthority;
    before(async () => {
        [tls, signing] = await Promise.all([makeCa("tls"), makeCa("signing")]);
    });

    /** A node of an organization whose CA is at hand. */
    async function node(name: string, key?: Awaited<ReturnType<typeof generateKey>>) {
        const host = `${name}.orderer.svc`;
        return {
            host,
            port: 7050,
            tlsCertificatePem: await makeCertificate({
                ca: tls,
                profile: "tls",
                role: "orderer",
                hosts: [host],
                ...(key && { key }),
            }),
            identityCertificatePem: await makeCertificate({
                ca: signing,
                role: "orderer",
                commonName: name,
                ...(key && { key }),
            }),
        };
    }

    /** A channel whose ordering organization has so many nodes of its own. */
    async function channelWith(kind: Kind, count: number): Promise<ChannelDefinition> {
        const nodes = await Promise.all([...Array(count).keys()].map((n) => node(`node-${n}`)));
        return changed(kind, (channel) => {
            const [org] = channel.ordering;
            channel.ordering = [
                {
                    ...org!,
                    signingCaPem: signing.certificatePem,
                    tlsCaPem: tls.certificatePem,
                    consenters: nodes,
                },
            ];
        });
    }

    for (const kind of ["raft", "bft"] as const) {
        it(`is, for ${kind}, what the channel has where the definition says nothing new`, () => {
            const current = configFrom(goldenDefinition(kind));
            const desired = desiredConfig(current, { definition: goldenDefinition(kind) });
            assert.deepEqual(desired.serializeBinary(), current.serializeBinary());
        });
    }

    const SIMPLE: [string, Kind, Change, string[]][] = [
        [
            "batch",
            "raft",
            ({ settings }) => {
                settings.batchTimeout = "2s";
                settings.maxMessageCount = 11;
            },
            ["batch size max message count: 500 => 11", "batch timeout: 500ms => 2s"],
        ],
        [
            "options of Raft",
            "raft",
            ({ settings: { raft } }) => (raft!.tickInterval = "600ms"),
            ["Raft tick interval: 500ms => 600ms"],
        ],
        [
            "options of SmartBFT, which repeat the batch size",
            "bft",
            (channel) => {
                bftOf(channel).collectTimeout = "3s";
                channel.settings.maxMessageCount = 12;
            },
            [
                "batch size max message count: 1000 => 12",
                "SmartBFT request batch max count: 1000 => 12",
                "SmartBFT collect timeout: 2s => 3s",
            ],
        ],
        [
            "guards",
            "raft",
            (channel) => (channel.settings.acls = { "peer/Propose": "Admins" }),
            [
                "ACL of peer/Propose: Writers => Admins",
                "ACL of qscc/GetChainInfo: /Channel/Application/Readers => none",
            ],
        ],
        [
            "the last guard",
            "raft",
            (channel) => delete channel.settings.acls,
            [
                "ACL of peer/Propose: Writers => none",
                "ACL of qscc/GetChainInfo: /Channel/Application/Readers => none",
            ],
        ],
        [
            "capability",
            "raft",
            (channel) => (channel.capabilities.channel = "V3_0"),
            ["capability of /Channel: V2_0 => V3_0"],
        ],
        [
            "anchor peers",
            "raft",
            ({ application }) => (application[1]!.anchorPeers[0]!.port = 30051),
            ["anchor peer of Org2MSP: peer-0.org2.svc:7051 => peer-0.org2.svc:30051"],
        ],
        [
            "the order of anchor peers, which says nothing",
            "raft",
            ({ application }) => application[0]!.anchorPeers.reverse(),
            [],
        ],
        [
            "no anchor peers",
            "raft",
            ({ application }) => (application[1]!.anchorPeers = []),
            ["anchor peer of Org2MSP: peer-0.org2.svc:7051 => none"],
        ],
        [
            "endpoints",
            "raft",
            ({ ordering }) => ordering[0]!.ordererEndpoints.push("orderer-9.example.com:443"),
            ["orderer endpoint of OrdererMSP: orderer-9.example.com:443 is added"],
        ],
        [
            "an organization that leaves",
            "raft",
            ({ application }) => application.pop(),
            ["Org2MSP leaves the organizations with peers"],
        ],
        [
            "the address of a consenter",
            "raft",
            ({ ordering }) => (ordering[0]!.consenters[1]!.port = 7051),
            [
                "consenter: orderer-1.orderer.svc:7051, TLS key X is added",
                "consenter: orderer-1.orderer.svc:7050, TLS key X is removed",
            ],
        ],
    ];
    for (const [name, kind, change, lines] of SIMPLE) {
        it(`follows ${name}`, () => {
            const found = said(kind, change).map((line) =>
                line.replace(/key [0-9a-f]{16}/, "key X"),
            );
            assert.deepEqual(found, lines);
        });
    }

    it("lets an organization in, all of it", () => {
        const lines = said("raft", (channel) => {
            channel.application.push({ ...channel.ordering[0]!, mspId: "Org3MSP" });
        });
        assert.equal(lines[0], "Org3MSP joins the organizations with peers");
        assert.match(
            lines.join("\n"),
            /\n {2}signing CA: "O=OrdererMSP, CN=signing-ca.orderer" key/,
        );
        assert.match(lines.join("\n"), /\n {2}policy Admins: Org3MSP admin/);
    });

    it("keeps what others added: organizations, policies, guards and values", () => {
        const current = configFrom(goldenDefinition("raft"));
        const application = applicationOf(current);
        application.getGroupsMap().set("TheirMSP", subgroup(application, "Org1MSP").cloneMessage());
        const policy = new common.ConfigPolicy();
        policy.setModPolicy("Admins");
        policy.setPolicy(implicitMeta("ALL", "Readers"));
        application.getPoliciesMap().set("Theirs", policy);
        application.getPoliciesMap().get("Admins")?.setPolicy(implicitMeta("ANY", "Admins"));
        const acls = readValue(application, "ACLs", peer.ACLs);
        acls.getAclsMap().set("qscc/GetBlockByHash", new peer.APIResource());
        writeValue(application, "ACLs", acls);
        const capabilities = readValue(application, "Capabilities", common.Capabilities);
        capabilities.getCapabilitiesMap().set("V9_9_THEIRS", new common.Capability());
        writeValue(application, "Capabilities", capabilities);
        const restrictions = new orderer.ChannelRestrictions();
        restrictions.setMaxCount(7);
        writeValue(ordererOf(current), "ChannelRestrictions", restrictions);
        const definition = goldenDefinition("raft");
        assert.deepEqual(wordsOf(current, { definition, previous: definition }), []);
    });

    it("removes nothing that it was not told of before", () => {
        const definition = changed("raft", ({ application }) => application.pop());
        const current = configFrom(goldenDefinition("raft"));
        assert.deepEqual(wordsOf(current, { definition }), []);
    });

    it("leaves alone what other programs look after, and lets them in the first time", () => {
        const definition = changed("raft", ({ application, ordering }) => {
            application[1]!.anchorPeers = [];
            application[1]!.signingCaPem = application[0]!.signingCaPem;
            delete application[1]!.signingIntermediatesPem;
            ordering[0]!.ordererEndpoints.pop();
            ordering[0]!.consenters.pop();
        });
        const previous = goldenDefinition("raft");
        const leftToOthers = ["Org2MSP", "OrdererMSP"];
        const current = configFrom(previous);
        assert.deepEqual(wordsOf(current, { definition, previous, leftToOthers }), []);
        assert.equal(wordsOf(current, { definition, previous }).length > 3, true);
        applicationOf(current).getGroupsMap().del("Org2MSP");
        const [line] = wordsOf(current, { definition, previous, leftToOthers });
        assert.equal(line, "Org2MSP joins the organizations with peers");
    });

    it("is unmoved by certificates that were renewed with their keys", async () => {
        const key = await generateKey();
        const definition = await channelWith("bft", 4);
        definition.ordering[0]!.consenters[0] = await node("node-0", key);
        const current = configFrom(definition);
        const renewed = structuredClone(definition);
        const [org] = renewed.ordering;
        org!.consenters[0] = {
            ...(await node("node-0", key)),
            tlsCertificatePem: await issueCertificate({
                subject: { commonName: "x", organization: "y", organizationalUnit: "orderer" },
                publicKeyPem: key.publicKeyPem,
                hosts: ["node-0.orderer.svc"],
                profile: "tls",
                ca: tls,
                validityDays: 99,
                now: later(7),
            }),
        };
        org!.tlsCaPem = await issueCa({
            commonName: "tls",
            organization: "Org1MSP",
            privateKeyPem: tls.privateKeyPem,
            validityDays: 3650,
            now: later(30),
        });
        assert.notEqual(org!.tlsCaPem, tls.certificatePem);
        assert.deepEqual(wordsOf(current, { definition: renewed, previous: definition }), []);
    });

    it("replaces a root in two changes: both, then one", async () => {
        const next = await makeCa("next");
        const definition = changed("raft", ({ application: [org] }) => {
            org!.signingCaPem = tls.certificatePem;
        });
        const current = configFrom(definition);
        const both = structuredClone(definition);
        both.application[0]!.signingCaPem = next.certificatePem;
        both.application[0]!.formerSigningCasPem = [tls.certificatePem];
        const first = wordsOf(current, { definition: both, previous: definition });
        assert.match(
            first.join(),
            /^signing CA of Org1MSP: "O=Org1MSP, CN=next" key \w+ is added$/,
        );
        const half = desiredConfig(current, { definition: both });
        const one = structuredClone(both);
        delete one.application[0]!.formerSigningCasPem;
        const second = wordsOf(half, { definition: one, previous: both });
        assert.match(
            second.join(),
            /^signing CA of Org1MSP: "O=Org1MSP, CN=tls" key \w+ is removed$/,
        );
    });

    it("takes certificates back, and keeps the lists of the channel where it has none to say", function () {
        if (!OpenSsl.isThere()) {
            this.skip();
        }
        return (async () => {
            const revoked = await makeCertificate({ ca: signing, role: "admin" });
            const definition = changed("raft", ({ application: [org] }) => {
                org!.signingCaPem = signing.certificatePem;
            });
            const current = configFrom(definition);
            const listed = structuredClone(definition);
            const list = revocationList(signing, revoked);
            listed.application[0]!.revocationListsPem = [list];
            const lines = wordsOf(current, { definition: listed });
            assert.match(lines.join(), /^revoked serial number of Org1MSP: none => [0-9a-f]+$/);
            const after = desiredConfig(current, { definition: listed });
            assert.deepEqual(wordsOf(after, { definition }), []);
            listed.application[0]!.revocationListsPem = [`${list.trim()}\n\n`];
            assert.deepEqual(wordsOf(after, { definition: listed }), []);
            listed.application[0]!.revocationListsPem = [];
            assert.equal(wordsOf(after, { definition: listed }).length, 1);
            const fails = (lists: string[], reason: RegExp) => {
                listed.application[0]!.revocationListsPem = lists;
                assert.throws(() => desiredConfig(current, { definition: listed }), reason);
            };
            fails(
                [revocationList(tls, revoked)],
                /revocationListsPem\[0\]: is signed by none of the CAs/,
            );
            fails(
                [list, "-----BEGIN X509 CRL-----"],
                /revocationListsPem\[1\]: is not one revocation list/,
            );
        })();
    });

    it("fails on settings of the channel that this version does not know", () => {
        const current = configFrom(goldenDefinition("raft"));
        const value = ordererOf(current).getValuesMap().get("BatchSize")!;
        value.setValue(Buffer.concat([value.getValue_asU8(), Buffer.from([0x78, 0x01])]));
        assert.throws(
            () => desiredConfig(current, { definition: goldenDefinition("raft") }),
            /channel's BatchSize has settings that this version does not know/,
        );
    });

    const REFUSED: [string, Kind, Change, RegExp][] = [
        [
            "another kind of consensus",
            "bft",
            () => {},
            /consensus: "BFT" is not what the channel has, which is "etcdraft"/,
        ],
        [
            "a capability taken back",
            "raft",
            (channel) => (channel.capabilities.application = "V2_0"),
            /capabilities.application: "V2_0" is less than "V2_5", which the channel has; .* write "V2_5"$/,
        ],
        [
            "the majority of the consenters taken out",
            "raft",
            ({ ordering: [org] }) => org!.consenters.splice(1),
            /ordering: takes 2 of 3 consenters out of the channel \(orderer-1.*, orderer-2.*\), and 1 is the most/,
        ],
        [
            "the last consenter taken out",
            "raft",
            ({ ordering: [org] }) => (org!.consenters = []),
            /ordering: has no consenter in any organization/,
        ],
        [
            "a definition that is not valid",
            "raft",
            ({ settings }) => (settings.batchTimeout = "soon"),
            /settings.batchTimeout: "soon"/,
        ],
    ];
    for (const [name, kind, change, words] of REFUSED) {
        it(`fails on ${name}`, () => {
            const current = configFrom(goldenDefinition("raft"));
            const previous = goldenDefinition("raft");
            assert.throws(
                () => desiredConfig(current, { definition: changed(kind, change), previous }),
                (error: Error) =>
                    words.test(error.message) && /cannot be changed\n {2}/.test(error.message),
            );
        });
    }

    describe("in steps", () => {
        const steps = (before: ChannelDefinition, after: ChannelDefinition) => {
            const current = configFrom(before);
            const desired = desiredConfig(current, { definition: after, previous: before });
            return { current, desired, steps: consenterSteps(current, desired) };
        };
        const addresses = (config: common.Config) =>
            consentersIn(ordererOf(config)).map((one) => addressOf(one).split(".")[0]);

        for (const kind of ["raft", "bft"] as const) {
            it(`changes one consenter of ${kind} at a time, new ones first`, async () => {
                const before = await channelWith(kind, 4);
                const after = structuredClone(before);
                const [org] = after.ordering;
                org!.consenters.splice(0, 1);
                org!.consenters[0]!.port = 7051;
                org!.consenters.push(await node("node-8"), await node("node-9"));
                after.settings.maxMessageCount = 42;
                const made = steps(before, after);
                assert.deepEqual(
                    made.steps.map(({ consenter }) => consenter),
                    [
                        "node-8.orderer.svc:7050 comes in",
                        "node-9.orderer.svc:7050 comes in",
                        "node-1.orderer.svc:7050 moves to node-1.orderer.svc:7051",
                        "node-0.orderer.svc:7050 leaves",
                    ],
                );
                assert.deepEqual(
                    made.steps.map(({ config }) => addresses(config).length),
                    [5, 6, 6, 5],
                );
                assert.deepEqual(
                    made.steps.at(-1)!.config.serializeBinary(),
                    made.desired.serializeBinary(),
                );
                let current = made.current;
                for (const [index, { config }] of made.steps.entries()) {
                    const update = computeUpdate("c", current, config);
                    const lines = describeUpdate(current, update);
                    assert.equal(
                        lines.some((line) => /max message/.test(line)),
                        index === 0,
                    );
                    current = applyUpdate(current, update);
                    if (kind === "bft") {
                        const list = consentersIn(ordererOf(current));
                        const copy = current.cloneMessage();
                        writeConsenters(ordererOf(copy), list);
                        assert.equal(
                            differs(current, copy),
                            false,
                            "the policy is that of the set",
                        );
                        assert.equal(new Set(list.map(({ bft }) => bft?.id)).size, list.length);
                    }
                }
                if (kind === "bft") {
                    const ids = consentersIn(ordererOf(current)).map(({ bft }) => bft?.id);
                    assert.deepEqual(ids, [2, 3, 4, 5, 6]);
                }
            });
        }

        it("gives a node another key in one step, in its place", async () => {
            const before = await channelWith("raft", 3);
            const after = structuredClone(before);
            after.ordering[0]!.consenters[1] = await node("node-1");
            const made = steps(before, after);
            assert.deepEqual(
                made.steps.map(({ consenter }) => consenter),
                ["node-1.orderer.svc:7050 has another key"],
            );
            assert.deepEqual(addresses(made.desired), ["node-0", "node-1", "node-2"]);
        });

        it("keeps an organization and its CAs until its last consenter has left", async () => {
            const before = await channelWith("raft", 3);
            before.ordering.push({
                ...goldenDefinition("raft").ordering[0]!,
                mspId: "LeavingMSP",
                consenters: goldenDefinition("raft").ordering[0]!.consenters.slice(0, 2),
            });
            const after = structuredClone(before);
            after.ordering.pop();
            const made = steps(before, after);
            const orgs = made.steps.map(({ config }) =>
                [...ordererOf(config).getGroupsMap().keys()].sort(),
            );
            assert.deepEqual(orgs, [["LeavingMSP", "OrdererMSP"], ["OrdererMSP"]]);
        });

        it("trusts both roots until the last step", async () => {
            const next = await makeCa("next");
            const before = await channelWith("raft", 3);
            const [org] = before.ordering;
            org!.formerTlsCasPem = [next.certificatePem];
            before.application.push({ ...org!, anchorPeers: [] });
            const after = structuredClone(before);
            for (const one of [after.ordering[0]!, after.application.at(-1)!]) {
                delete one.formerTlsCasPem;
            }
            after.ordering[0]!.consenters.push(await node("node-7"), await node("node-8"));
            after.application.at(-1)!.consenters = after.ordering[0]!.consenters;
            const made = steps(before, after);
            const roots = made.steps.map(({ config }) =>
                [ordererOf(config), applicationOf(config)].map((group) => {
                    let count = 0;
                    editMsp(subgroup(group, "OrdererMSP").cloneMessage(), (fabric) => {
                        count = fabric.getTlsRootCertsList().length;
                    });
                    return count;
                }),
            );
            assert.deepEqual(roots, [
                [2, 2],
                [1, 1],
            ]);
        });

        it("are one without a consenter, and none without a difference", () => {
            const before = goldenDefinition("raft");
            assert.deepEqual(steps(before, before).steps, []);
            const after = changed("raft", ({ settings }) => (settings.batchTimeout = "1s"));
            const made = steps(before, after);
            assert.equal(made.steps.length, 1);
            assert.equal(made.steps[0]!.consenter, undefined);
        });

        it("keep the consenters of organizations that the program does not know", async () => {
            const before = await channelWith("raft", 3);
            before.ordering.push({
                ...goldenDefinition("raft").ordering[0]!,
                mspId: "TheirMSP",
                consenters: goldenDefinition("raft").ordering[0]!.consenters.slice(0, 1),
            });
            const ours = structuredClone(before);
            ours.ordering.pop();
            ours.ordering[0]!.consenters.pop();
            const current = configFrom(before);
            const previous = structuredClone(before);
            previous.ordering.pop();
            const desired = desiredConfig(current, { definition: ours, previous });
            assert.deepEqual(addresses(desired), ["node-0", "node-1", "orderer-0"]);
            // Without a past, those of an organization in the definition go all the same.
            assert.deepEqual(
                addresses(desiredConfig(current, { definition: ours })),
                addresses(desired),
            );
        });
    });
});

describe("an update in words", () => {
    const { original, update } = (() => {
        const original = configFrom(goldenDefinition("raft"));
        const updated = original.cloneMessage();
        const acls = readValue(applicationOf(updated), "ACLs", peer.ACLs);
        const api = new peer.APIResource();
        api.setPolicyRef("Admins\nOrg9MSP joins \u202e");
        acls.getAclsMap().set("x", api);
        writeValue(applicationOf(updated), "ACLs", acls);
        return { original, update: computeUpdate("c", original, updated) };
    })();

    it("has no line that someone else broke", () => {
        assert.deepEqual(describeUpdate(original, update), [
            "ACL of x: none => Admins\\u{a}Org9MSP joins \\u{202e}",
        ]);
    });

    it("names values that it cannot read by their hash, and fields that it does not know", () => {
        const updated = original.cloneMessage();
        const value = new common.ConfigValue();
        value.setModPolicy("Admins");
        value.setValue(Buffer.from("abc"));
        channelGroup(updated).getValuesMap().set("Odd", value);
        const size = ordererOf(updated).getValuesMap().get("BatchSize")!;
        size.setValue(Buffer.concat([size.getValue_asU8(), Buffer.from([0x78, 0x01])]));
        const lines = describeUpdate(original, computeUpdate("c", original, updated));
        assert.equal(lines.length, 2);
        lines.sort();
        assert.match(
            lines[0]!,
            /^BatchSize with fields that are not known here: none => \d+ bytes, SHA-256/,
        );
        assert.match(lines[1]!, /^Odd: none => 3 bytes, SHA-256 ba7816bf8f01cfea$/);
    });

    it("tells what is written again as it is, as it needs signatures", () => {
        const again = update.cloneMessage();
        const value = ordererOf(original).getValuesMap().get("BatchSize")!.cloneMessage();
        value.setVersion(1);
        const group = new common.ConfigGroup();
        again.getReadSet()!.getGroupsMap().set("Orderer", group);
        const written = new common.ConfigGroup();
        written.getValuesMap().set("BatchSize", value);
        again.getWriteSet()!.getGroupsMap().set("Orderer", written);
        assert.equal(
            describeUpdate(original, again).at(-1),
            "value /Channel/Orderer/BatchSize is written again as it is",
        );
    });

    it("tells another order of the same, which is other bytes", () => {
        const updated = original.cloneMessage();
        writeConsenters(ordererOf(updated), consentersIn(ordererOf(updated)).reverse());
        assert.match(
            describeUpdate(original, computeUpdate("c", original, updated)).join(),
            /^consensus: the same, written differently/,
        );
    });

    it("fails where the channel moved on", () => {
        const moved = applyUpdate(original, update);
        assert.throws(() => describeUpdate(moved, update), /the channel has moved on/);
    });
});
