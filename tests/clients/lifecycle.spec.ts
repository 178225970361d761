import assert from "node:assert/strict";

import { peer } from "@hyperledger/fabric-protos";
import { approveDefinition, type Approval } from "kubefabric/internal/clients/chaincodeApproval";
import { commitDefinition } from "kubefabric/internal/clients/chaincodeCommit";
import {
    installedPackage,
    installedPackages,
    installPackage,
} from "kubefabric/internal/clients/chaincodeInstall";
import {
    approvedDefinition,
    commitReadiness,
    committedDefinition,
} from "kubefabric/internal/clients/lifecycle";
import type { PeerAccess } from "kubefabric/internal/clients/peerAdmin";
import { configOf } from "kubefabric/internal/fabric/block";
import {
    chaincodeDefinition,
    type ChaincodeSettings,
} from "kubefabric/internal/fabric/chaincodeDefinition";
import { PACKAGE_LIMIT_BYTES } from "kubefabric/internal/fabric/chaincodePackage";
import { buildGenesisBlock } from "kubefabric/internal/fabric/genesisBlock";
import { nodeAddress } from "kubefabric/internal/fabric/names";

import { goldenDefinition } from "../fabric/goldenChannel.ts";
import { DeliverNode } from "../support/deliverNode.ts";
import { recorded, type RecordedResponse } from "../support/golden.ts";
import { LifecycleLedger, LifecycleMember } from "../support/lifecycleLedger.ts";
import {
    makeAuthority,
    makeIdentity,
    makeNodeIdentity,
    testAuthorities,
} from "../support/nodeIdentities.ts";
import { PeerNode } from "../support/peerNode.ts";

const RECORDED = recorded<RecordedResponse>("lifecycle.json");
const SETTINGS: ChaincodeSettings = { name: "basic", version: "1.0" };
const FIRST = chaincodeDefinition(SETTINGS, 1);
const OTHER = chaincodeDefinition({ ...SETTINGS, endorsementPolicy: "OR('Org1MSP.peer')" }, 1);
/** The peer of the tests takes the text of a package for its ID. */
const PACKAGE = { label: "basic_1", packageId: "basic_1:00", bytes: Buffer.from("basic_1:00") };

describe("the lifecycle of a chaincode", function () {
    this.timeout(30_000);
    const mspIds = ["Org1MSP", "Org2MSP"] as const;
    const orderers = ["orderer-0", "orderer-1"] as const;
    const { config } = configOf(buildGenesisBlock(goldenDefinition("raft")));
    let ledger: LifecycleLedger;
    let members: LifecycleMember[];
    let nodes: PeerNode[];
    let ordering: DeliverNode[];
    let access: [PeerAccess, PeerAccess];
    let approval: Approval;

    const target = (node: string, kind: "peer" | "orderer", port: number, tlsCaPem: string) => ({
        node,
        namespace: "ordering",
        kind,
        port,
        address: `127.0.0.1:${port}`,
        serverName: nodeAddress(node, "ordering"),
        tlsCaPem,
    });

    beforeEach(async () => {
        const { tlsCa } = await testAuthorities();
        const signingCa = await makeAuthority("ca");
        ledger = new LifecycleLedger(mspIds, config.serializeBinary());
        members = [];
        nodes = [];
        ordering = [];
        const made: PeerAccess[] = [];
        for (const mspId of mspIds) {
            const node = `peer-${mspId.toLowerCase()}`;
            const identity = { ca: signingCa, commonName: node, profile: "signing" } as const;
            const member = new LifecycleMember(ledger, mspId, await makeIdentity(identity));
            const served = new PeerNode(await makeNodeIdentity(tlsCa, node), member);
            await served.start();
            members.push(member);
            nodes.push(served);
            const admin = await makeIdentity({ ...identity, commonName: "admin" });
            made.push({
                target: target(node, "peer", served.port, tlsCa.certificatePem),
                signer: { mspId, ...admin },
                patienceMs: 0,
            });
        }
        access = made as [PeerAccess, PeerAccess];
        for (const name of orderers) {
            const node = await new DeliverNode(await makeNodeIdentity(tlsCa, name)).start();
            node.order = (envelope) => ledger.order(envelope);
            ordering.push(node);
        }
        approval = {
            channelId: "trade",
            orderers: orderers.map((name, index) => ({
                target: target(name, "orderer", ordering[index]!.port, tlsCa.certificatePem),
            })),
            definition: FIRST,
            packageId: PACKAGE.packageId,
            commitWithinMs: 2_000,
        };
    });
    afterEach(() => [...nodes, ...ordering].forEach((node) => node.stop()));

    const approve = (
        index: 0 | 1,
        change: Partial<Approval> = {},
        more: Partial<PeerAccess> = {},
    ) => approveDefinition({ ...access[index], ...more }, { ...approval, ...change });
    const commit = (change: Partial<Approval> = {}, peers: PeerAccess[] = access) =>
        commitDefinition(peers, { ...approval, ...change });
    const functionsOf = (index: 0 | 1) => nodes[index]!.calls.map(({ call }) => call.split(" ")[1]);
    const replay = (index: 0 | 1, call: string, answer: string) => {
        const found = RECORDED[answer];
        assert.ok(found !== undefined, answer);
        nodes[index]!.misbehave.push([`_lifecycle ${call}`, found]);
    };

    describe("installing", () => {
        it("asks first, and sends a package once", async () => {
            assert.equal(await installedPackage(access[0], PACKAGE.packageId), undefined);
            nodes[0]!.calls.length = 0;
            assert.deepEqual(await installPackage(access[0], PACKAGE), { alreadyInstalled: false });
            assert.deepEqual(await installPackage(access[0], PACKAGE), { alreadyInstalled: true });
            assert.deepEqual(functionsOf(0), [
                "QueryInstalledChaincode",
                "InstallChaincode",
                "QueryInstalledChaincode",
            ]);
            assert.deepEqual(await installedPackage(access[0], PACKAGE.packageId), {
                packageId: PACKAGE.packageId,
                label: "basic_1",
                references: {},
            });
        });

        it("is done where someone else was faster", async () => {
            members[0]!.packages.add(PACKAGE.packageId);
            replay(0, "QueryInstalledChaincode", "package that it does not have");
            assert.deepEqual(await installPackage(access[0], PACKAGE), { alreadyInstalled: true });
        });

        it("fails for a package over the peer's limit before it is sent", async () => {
            const bytes = new Uint8Array(PACKAGE_LIMIT_BYTES + 1);
            await assert.rejects(
                installPackage(access[0], { ...PACKAGE, bytes }),
                /peer peer-org1msp: cannot install chaincode package basic_1:00: the package has 104792065 bytes and peers take 104792064; leave out/,
            );
            assert.deepEqual(nodes[0]!.calls, []);
        });

        it("fails where the peer gives it another ID", async () => {
            await assert.rejects(
                installPackage(access[0], { ...PACKAGE, packageId: "basic_1:11" }),
                /the peer gave it the ID basic_1:00; the package was changed on its way/,
            );
        });

        it("fails in words of its own where the peer fell back to Docker, or a builder failed", async () => {
            replay(0, "InstallChaincode", "install where only Docker could build");
            await assert.rejects(
                installPackage(access[0], PACKAGE),
                /the peer fell back to Docker, since none of its external builders took the package \(could not build chaincode: docker build failed: docker build is disabled\); give the package the type "ccaas"/,
            );
            replay(0, "InstallChaincode", "install with a template without a value");
            await assert.rejects(
                installPackage(access[0], PACKAGE),
                /an external builder of the peer failed \(.*'ccaas_builder' failed: exit status 1\); .*CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG/,
            );
        });
    });

    describe("approving", () => {
        it("is endorsed by the organization's own peer, ordered, and seen by that peer", async () => {
            assert.deepEqual(await approve(0), { alreadyApproved: false });
            const found = await approvedDefinition(access[0], "trade", "basic", 1);
            assert.deepEqual(found, { ...FIRST, packageId: PACKAGE.packageId });
            assert.equal(await approvedDefinition(access[1], "trade", "basic", 1), undefined);
            assert.equal(nodes[0]!.calls[1]?.channelId, "trade");
            const [action] = ledger.transactions[0]?.getActionsList() ?? [];
            const payload = peer.ChaincodeActionPayload.deserializeBinary(
                action?.getPayload_asU8() ?? new Uint8Array(),
            );
            assert.equal(payload.getAction()?.getEndorsementsList().length, 1);
        });

        it("happens once, and again for another package or another definition", async () => {
            await approve(0);
            assert.deepEqual(await approve(0), { alreadyApproved: true });
            assert.equal(ledger.transactions.length, 1);
            assert.deepEqual(await approve(0, { packageId: "basic_1:11" }), {
                alreadyApproved: false,
            });
            assert.deepEqual(await approve(0, { definition: OTHER }), { alreadyApproved: false });
            assert.equal(ledger.transactions.length, 3);
        });

        it("is done where an earlier answer was lost", async () => {
            await approve(0);
            replay(0, "QueryApprovedChaincodeDefinition", "nothing approved");
            assert.deepEqual(await approve(0), { alreadyApproved: true });
            assert.equal(ledger.transactions.length, 1);
        });

        it("goes to the next ordering node where one does not take it, and is counted once", async () => {
            ordering[0]!.notTaken.push({ status: "SERVICE_UNAVAILABLE", info: "no Raft leader" });
            assert.deepEqual(await approve(0), { alreadyApproved: false });
            assert.deepEqual(
                ordering.map(({ envelopes }) => envelopes),
                [1, 1],
            );
            ordering[0]!.notTaken.push("broken");
            await approve(0, { packageId: "basic_1:11" });
            ordering[0]!.stop();
            await approve(0, { packageId: "basic_1:22" });
            assert.equal(ledger.transactions.length, 3);
        });

        it("fails with the words of the ordering node where none takes it", async () => {
            for (const node of ordering) {
                node.notTaken.push({
                    status: "FORBIDDEN",
                    info: "implicit policy evaluation failed",
                });
            }
            await assert.rejects(
                approve(0),
                /ordering node orderer-1: cannot approve sequence 1 of chaincode "basic" for Org1MSP: it does not take the transaction \(FORBIDDEN: implicit policy evaluation failed\); check that Org1MSP may write/,
            );
        });

        it("is tried again on all nodes while the channel has no leader", async () => {
            for (const node of ordering) {
                node.notTaken.push({ status: "SERVICE_UNAVAILABLE", info: "" });
            }
            await approve(0, {}, { patienceMs: 5_000 });
            assert.deepEqual(
                ordering.map(({ envelopes }) => envelopes),
                [2, 1],
            );
        });

        it("waits for a peer whose stream breaks before the first block", async () => {
            members[0]!.refuse.push("broken");
            await approve(0, {}, { patienceMs: 5_000 });
            assert.equal(members[0]!.deliveries, 2);
        });

        it("goes on with the next block when the peer's stream breaks, however many came since", async () => {
            members[0]!.refuse.push("broken after a block");
            ledger.busy = true;
            await approve(0, {}, { patienceMs: 5_000 });
            assert.equal(members[0]!.deliveries, 2);
        });

        it("fails where the peer does not deliver, before anything is ordered", async () => {
            members[0]!.refuse.push("FORBIDDEN");
            await assert.rejects(
                approve(0),
                /peer peer-org1msp: .* it does not deliver the channel's blocks \(FORBIDDEN\); check that the organization is a member/,
            );
            assert.equal(ledger.transactions.length, 0);
        });

        it("is made again when another transaction came in between", async () => {
            ledger.codes.push("MVCC_READ_CONFLICT");
            assert.deepEqual(await approve(0, {}, { patienceMs: 5_000 }), {
                alreadyApproved: false,
            });
            assert.equal(ledger.transactions.length, 2);
        });

        it("fails with the code of a transaction that peers do not count", async () => {
            ledger.codes.push("ENDORSEMENT_POLICY_FAILURE");
            await assert.rejects(
                approve(0),
                /peers find the transaction [0-9a-f]{64} invalid \(ENDORSEMENT_POLICY_FAILURE\); its endorsements do not satisfy/,
            );
            ledger.codes.push("BAD_RWSET");
            await assert.rejects(approve(0), /invalid \(BAD_RWSET\); look at the peer's log/);
        });

        it("fails when no block with it comes, and names who took it", async () => {
            ledger.codes.push("lost");
            await assert.rejects(
                approve(0, { commitWithinMs: 300 }),
                /ordering node orderer-0 took the transaction [0-9a-f]{64}, and within 0\.3 s the peer has committed no block with it; .*run it again/,
            );
        });

        for (const [how, words] of [
            [
                "signed by another",
                /its endorsement for Org1MSP is not signed with its certificate's key/,
            ],
            ["not endorsed", /it agrees and endorses nothing/],
        ] as const) {
            it(`fails for an endorsement that is ${how}, before anything is ordered`, async () => {
                nodes[0]!.misbehave.push(["_lifecycle ApproveChaincodeDefinitionForMyOrg", how]);
                await assert.rejects(approve(0), words);
                assert.equal(ledger.transactions.length, 0);
            });
        }

        const refusals: [answer: string, words: RegExp][] = [
            [
                "approval of sequence 4",
                /requested sequence 4 is larger than the next available sequence number 3; read what is committed/,
            ],
            [
                "approval of another definition of the committed sequence",
                /attempted to redefine the current committed sequence \(2\) .* with different parameters: expected Version '2\.0' .*; a changed definition takes the next sequence/,
            ],
            [
                "approval with a stranger in a collection",
                /collection member 'Org9MSP' is not part of the channel; correct the collections/,
            ],
            [
                "approval without a collection",
                /does not contain previously defined collections; correct the collections/,
            ],
        ];
        for (const [answer, words] of refusals) {
            it(`fails at once for what a real peer said to: ${answer}`, async () => {
                replay(0, "ApproveChaincodeDefinitionForMyOrg", answer);
                await assert.rejects(approve(0, {}, { patienceMs: 5_000 }), words);
                assert.equal(functionsOf(0).length, 2);
                assert.equal(ledger.transactions.length, 0);
            });
        }
    });

    describe("committing", () => {
        it("waits, as a state and without a transaction, for whom the policy asks for", async () => {
            await approve(0);
            assert.deepEqual(await commit(), {
                state: "waiting",
                approvals: { Org1MSP: true, Org2MSP: false },
                text: "1 of 2 organizations approved sequence 1, and the channel wants a majority of the organizations (2 of 2): Org2MSP has not approved it",
            });
            assert.equal(ledger.transactions.length, 1);
        });

        it("says what another organization approved instead: both values of its own peer, else the part", async () => {
            await approve(0);
            await approve(1, { definition: OTHER });
            const waiting = await commit();
            assert.ok(waiting.state === "waiting");
            assert.match(
                waiting.text,
                /Org2MSP approved another definition \(endorsement policy: OR\('Org1MSP\.peer'\) => \/Channel\/Application\/Endorsement\)$/,
            );
            const alone = await commit({}, [access[0]]);
            assert.ok(alone.state === "waiting");
            assert.match(
                alone.text,
                /Org2MSP approved another definition \(its endorsement policy or validation plugin differs\)$/,
            );
        });

        it("takes an endorsement of each organization, and happens once", async () => {
            await approve(0);
            await approve(1);
            assert.deepEqual(await commit(), { state: "committed", alreadyCommitted: false });
            assert.deepEqual(await commit(), { state: "committed", alreadyCommitted: true });
            assert.equal(ledger.transactions.length, 3);
            const [action] = ledger.transactions[2]?.getActionsList() ?? [];
            const payload = peer.ChaincodeActionPayload.deserializeBinary(
                action?.getPayload_asU8() ?? new Uint8Array(),
            );
            assert.equal(payload.getAction()?.getEndorsementsList().length, 2);
            assert.deepEqual(await committedDefinition(access[1], "trade", "basic"), {
                definition: FIRST,
                approvals: { Org1MSP: true, Org2MSP: true },
            });
        });

        it("does not wait for an approval that only the asked peer does not know of yet", async () => {
            await approve(0);
            await approve(1);
            replay(0, "CheckCommitReadiness", "readiness with another approval");
            const patient = [{ ...access[0], patienceMs: 5_000 }, access[1]];
            assert.equal((await commit({}, patient)).state, "committed");
            assert.equal(ledger.transactions.length, 3);
        });

        it("is over when every given peer knows of it", async () => {
            await approve(0);
            await approve(1);
            replay(1, "QueryChaincodeDefinition", "nothing committed");
            await commit();
            const asked = functionsOf(1).filter((name) => name === "QueryChaincodeDefinition");
            assert.equal(asked.length, 2);
        });

        it("lets both peers endorse one and the same proposal of the first one's caller", async () => {
            await approve(0);
            await approve(1);
            await commit();
            const calls = nodes.map(({ calls: all }) =>
                all.filter(({ call }) => call.startsWith("_lifecycle CommitChaincodeDefinition")),
            );
            assert.deepEqual(
                calls.map(([call]) => call?.mspId),
                ["Org1MSP", "Org1MSP"],
            );
        });

        it("tries again while a peer comes to another outcome, and fails when it goes on", async () => {
            await approve(0);
            await approve(1);
            nodes[1]!.misbehave.push(["_lifecycle CommitChaincodeDefinition", "another outcome"]);
            await assert.rejects(
                commit(),
                /peer peer-org2msp: .* it comes to another outcome than peer peer-org1msp; one of them lags behind/,
            );
            assert.equal(ledger.transactions.length, 2);
            nodes[1]!.misbehave.push(["_lifecycle CommitChaincodeDefinition", "another outcome"]);
            const patient = [{ ...access[0], patienceMs: 5_000 }, access[1]];
            assert.deepEqual(await commit({}, patient), {
                state: "committed",
                alreadyCommitted: false,
            });
        });

        it("fails where peers of too few organizations are at hand, before anything is ordered", async () => {
            await approve(0);
            await approve(1);
            await assert.rejects(
                commit({}, [access[0]]),
                /the channel wants endorsements of a majority of the organizations \(2 of 2\), and peers of Org1MSP are at hand \(.*peer-0\.org2\.svc:7051.*\); let the anchor peers of those who approved be reached from here/,
            );
            assert.equal(ledger.transactions.length, 2);
        });

        describe("where another organization approved, whose peers are no business of this program", () => {
            /** What the channel tells of the second organization's anchor peers. */
            async function tellAnchors(...anchorPeers: { host: string; port: number }[]) {
                const { tlsCa } = await testAuthorities();
                const told = goldenDefinition("raft");
                const application = told.application.map((org) =>
                    org.mspId === "Org2MSP"
                        ? {
                              ...org,
                              anchorPeers,
                              tlsCaPem: tlsCa.certificatePem,
                              tlsIntermediatesPem: [],
                          }
                        : org,
                );
                const block = buildGenesisBlock({ ...told, application });
                ledger.config = configOf(block).config.serializeBinary();
                await approve(0);
                await approve(1);
            }
            const anchor = () => ({ host: "localhost", port: nodes[1]!.port });

            it("asks the anchor peers that the channel tells of, one after the other", async () => {
                await tellAnchors({ host: "localhost", port: 1 }, anchor());
                assert.deepEqual(await commit({}, [access[0]]), {
                    state: "committed",
                    alreadyCommitted: false,
                });
                const [action] = ledger.transactions.at(-1)!.getActionsList();
                const payload = peer.ChaincodeActionPayload.deserializeBinary(
                    action!.getPayload_asU8(),
                );
                assert.equal(payload.getAction()?.getEndorsementsList().length, 2);
                assert.equal(functionsOf(1).at(-1), "CommitChaincodeDefinition");
            });

            it("asks none of them where its own peers are enough", async () => {
                await tellAnchors(anchor());
                nodes[1]!.calls.length = 0;
                await commit();
                const asked = functionsOf(1).filter((name) => name === "CommitChaincodeDefinition");
                assert.equal(asked.length, 1);
            });

            it("fails with each one's reason where none of them endorses", async () => {
                await tellAnchors({ host: "localhost", port: 1 }, anchor());
                nodes[1]!.misbehave.push([
                    "_lifecycle CommitChaincodeDefinition",
                    "signed by another",
                ]);
                await assert.rejects(
                    commit({}, [access[0]]),
                    /peers of Org1MSP are at hand \(.*localhost:1.*; .*is not signed with its certificate's key.*\)/,
                );
                assert.equal(ledger.transactions.length, 2);
            });

            it("fails where the channel tells of none", async () => {
                await tellAnchors();
                await assert.rejects(
                    commit({}, [access[0]]),
                    /\(Org2MSP has no anchor peer in the channel\)/,
                );
            });
        });

        it("fails where the sequence is committed with another definition, with both values", async () => {
            await approve(0);
            await approve(1);
            await commit();
            await assert.rejects(
                commit({ definition: chaincodeDefinition({ ...SETTINGS, version: "2.0" }, 1) }),
                /this sequence is committed with another definition \(version: 1\.0 => 2\.0\); take sequence 2/,
            );
        });

        it("fails for a sequence that is not the next one", async () => {
            await assert.rejects(
                commit({ definition: chaincodeDefinition(SETTINGS, 3) }),
                /requested sequence is 3, but new definition must be sequence 1; someone else has committed in between/,
            );
        });

        it("fails where an organization that approved does not endorse", async () => {
            await approve(0);
            await approve(1);
            const disagrees = RECORDED["readiness of sequence 5"];
            nodes[1]!.misbehave.push(["_lifecycle CommitChaincodeDefinition", disagrees!]);
            await assert.rejects(
                commit(),
                /peer peer-org2msp: cannot commit sequence 1 of chaincode "basic": requested sequence is 5/,
            );
        });

        it("fails without a peer", async () => {
            await assert.rejects(commit({}, []), /no peer is given; give one of each organization/);
        });
    });

    describe("a real peer", () => {
        const SEQUENCE_1 = {
            name: "basic",
            version: "1.0",
            sequence: 1,
            endorsementPolicy: "OR('Org1MSP.peer', 'Org2MSP.peer')",
            initRequired: false,
            collections: [
                {
                    name: "assets",
                    policy: "OR('Org1MSP.member', 'Org2MSP.member')",
                    requiredPeerCount: 0,
                    maxPeerCount: 1,
                    blockToLive: 1000,
                    memberOnlyRead: true,
                    memberOnlyWrite: false,
                },
            ],
            endorsementPlugin: "escc",
            validationPlugin: "vscc",
        };
        const PACKAGE_ID =
            "basic_1.0:f70b91afa0a3d04218b3c5e61da404c3eb7aa1de03f18f11ccad83ca1d905a36";

        it("answered what it has installed, and which chaincode runs it", async () => {
            replay(0, "QueryInstalledChaincodes", "packages after the commit");
            const [held] = await installedPackages(access[0]);
            assert.equal(held?.packageId, PACKAGE_ID);
            assert.equal(held.label, "basic_1.0");
            const [chaincodes] = Object.values(held.references);
            assert.deepEqual(chaincodes, [{ name: "basic", version: "1.0" }]);
        });

        it("answered what is approved, who agrees and what is committed", async () => {
            replay(0, "QueryApprovedChaincodeDefinition", "approved");
            assert.deepEqual(await approvedDefinition(access[0], "trade", "basic"), {
                ...SEQUENCE_1,
                packageId: PACKAGE_ID,
            });
            replay(0, "CheckCommitReadiness", "readiness with another approval");
            assert.deepEqual(await commitReadiness(access[0], "trade", FIRST), {
                approvals: { Org1MSP: true, Org2MSP: false },
                mismatches: { Org2MSP: ["EndorsementInfo", "ValidationInfo"] },
            });
            replay(0, "QueryChaincodeDefinition", "committed");
            assert.deepEqual(await committedDefinition(access[0], "trade", "basic"), {
                definition: SEQUENCE_1,
                approvals: { Org1MSP: true, Org2MSP: true },
            });
            replay(0, "QueryChaincodeDefinition", "nothing committed");
            assert.equal(await committedDefinition(access[0], "trade", "basic"), undefined);
        });

        it("signed its endorsements as they are checked here", async () => {
            replay(0, "ApproveChaincodeDefinitionForMyOrg", "approval by Org1MSP");
            // Its transaction is another one, which no block here has anything of.
            assert.deepEqual(await approve(0), { alreadyApproved: false });
        });
    });
});
