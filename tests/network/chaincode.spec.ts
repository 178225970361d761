import assert from "node:assert/strict";

import { approveDefinition } from "kubefabric/internal/clients/chaincodeApproval";
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
import {
    chaincodeDefinition,
    type ChaincodeSettings,
} from "kubefabric/internal/fabric/chaincodeDefinition";
import { chaincodePackage, PACKAGE_LIMIT_BYTES } from "kubefabric/internal/fabric/chaincodePackage";
import { definitionDifferences, sequenceOf } from "kubefabric/internal/fabric/definitionChanges";

import { engineStack, type EngineStack, outputValues } from "../support/engine.ts";
import {
    needsRealCluster,
    RealNetwork,
    realCredentials,
    type RealOutputs,
} from "../support/realNetwork.ts";

const INDEX = {
    name: "owner",
    definition: { index: { fields: ["docType", "owner"] }, ddoc: "ownerDoc", type: "json" },
};

/** The service of the chaincode does not run: nothing of the lifecycle calls it. */
const FIRST = chaincodePackage("basic_1.0", {
    type: "ccaas",
    address: "basic-1.chaincode.svc:9999",
    indexes: [INDEX],
});
const SECOND = chaincodePackage("basic_2.0", {
    type: "ccaas",
    address: "basic-2.chaincode.svc:9999",
    indexes: [INDEX],
});

const SETTINGS: ChaincodeSettings = {
    name: "basic",
    version: "1.0",
    endorsementPolicy: "OR('Org1MSP.peer', 'Org2MSP.peer')",
    collections: [
        {
            name: "assets",
            policy: "OR('Org1MSP.member', 'Org2MSP.member')",
            blockToLive: 1000,
            memberOnlyRead: true,
        },
    ],
};
const CHANGED: ChaincodeSettings = {
    ...SETTINGS,
    version: "2.0",
    endorsementPolicy: "AND('Org1MSP.peer', 'Org2MSP.peer')",
};

const asked = process.env.KUBEFABRIC_TEST_FABRIC_25 !== undefined;

for (const fabricVersion of ["3.1.5", "2.5.16"]) {
    const skipped = fabricVersion === "2.5.16" && !asked;
    const title =
        `the lifecycle of a chaincode on real nodes of Fabric ${fabricVersion}` +
        (skipped
            ? " (skipped: set KUBEFABRIC_TEST_FABRIC_25=1 where the cluster has its images)"
            : "");
    describe(title, function () {
        if (skipped) {
            this.pending = true;
        }
        lifecycleOn(this, fabricVersion);
    });
}

function lifecycleOn(suite: Mocha.Suite, fabricVersion: string): void {
    needsRealCluster(suite);
    suite.timeout(300_000);
    const network = new RealNetwork();
    const { channelId } = network;
    let engine: EngineStack;
    let outputs: RealOutputs;
    let peers: readonly [PeerAccess, PeerAccess];

    const orderers = () =>
        ["orderer-0", "orderer-1", "orderer-2"].map((node) => ({
            credentials: realCredentials(),
            target: network.ordererTarget(node, "grpc", outputs.ordererTlsCaPem),
        }));

    before(async () => {
        engine = await engineStack("kubefabric-chaincode");
        const started = performance.now();
        const result = await engine.run(network.program({ fabricVersion }));
        report("network up", started);
        outputs = outputValues(result.outputs) as unknown as RealOutputs;
        peers = [network.peerAccess("peer0", outputs), network.otherPeerAccess(outputs)];
    });
    after(async () => {
        await network.deleteNamespaces();
        engine?.forget();
    });

    function report(what: string, started: number): void {
        console.log(`      · ${what}: ${((performance.now() - started) / 1000).toFixed(2)} s`);
    }

    async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
        const started = performance.now();
        const result = await work();
        report(what, started);
        return result;
    }

    const approve = (access: PeerAccess, settings: ChaincodeSettings, sequence: number) =>
        approveDefinition(access, {
            channelId,
            orderers: orderers(),
            definition: chaincodeDefinition(settings, sequence),
            packageId: (sequence === 1 ? FIRST : SECOND).packageId,
        });
    const commit = (settings: ChaincodeSettings, sequence: number) =>
        commitDefinition(peers, {
            channelId,
            orderers: orderers(),
            definition: chaincodeDefinition(settings, sequence),
        });

    it("installs a package on every peer under the ID that was known before", async () => {
        const install = () => Promise.all(peers.map((access) => installPackage(access, FIRST)));
        const first = await timed("install on two peers", install);
        assert.deepEqual(first, [{ alreadyInstalled: false }, { alreadyInstalled: false }]);
        const again = await timed("install again", install);
        assert.deepEqual(again, [{ alreadyInstalled: true }, { alreadyInstalled: true }]);
        for (const access of peers) {
            assert.deepEqual(await installedPackages(access), [
                { packageId: FIRST.packageId, label: "basic_1.0", references: {} },
            ]);
        }
        assert.equal(await installedPackage(peers[0], SECOND.packageId), undefined);
    });

    it("knows of no approval and no commit before there is one", async () => {
        assert.equal(await approvedDefinition(peers[0], channelId, "basic"), undefined);
        assert.equal(await committedDefinition(peers[0], channelId, "basic"), undefined);
    });

    it("approves for one organization, and a commit waits for the other", async () => {
        assert.deepEqual(await timed("approve", () => approve(peers[0], SETTINGS, 1)), {
            alreadyApproved: false,
        });
        assert.deepEqual(await timed("approve again", () => approve(peers[0], SETTINGS, 1)), {
            alreadyApproved: true,
        });
        const approved = await approvedDefinition(peers[0], channelId, "basic");
        assert.deepEqual(approved, {
            ...chaincodeDefinition(SETTINGS, 1),
            packageId: FIRST.packageId,
        });
        assert.deepEqual(await commit(SETTINGS, 1), {
            state: "waiting",
            approvals: { Org1MSP: true, Org2MSP: false },
            text:
                "1 of 2 organizations approved sequence 1, and the channel wants a majority of the " +
                "organizations (2 of 2): Org2MSP has not approved it",
        });
    });

    it("says in which field an approval of another organization differs, with both values", async () => {
        await approve(peers[1], CHANGED, 1);
        const definition = chaincodeDefinition(SETTINGS, 1);
        const { approvals, mismatches } = await commitReadiness(peers[0], channelId, definition);
        assert.deepEqual(approvals, { Org1MSP: true, Org2MSP: false });
        // Fabric 2.5 knows who differs, and not where.
        const parts = { Org2MSP: ["EndorsementInfo", "ValidationInfo"] };
        assert.deepEqual(mismatches, fabricVersion.startsWith("3") ? parts : {});
        const waiting = await commit(SETTINGS, 1);
        assert.ok(waiting.state === "waiting");
        assert.match(
            waiting.text,
            /: Org2MSP approved another definition \(version: 2\.0 => 1\.0, endorsement policy: AND\('Org1MSP\.peer', 'Org2MSP\.peer'\) => OR\('Org1MSP\.peer', 'Org2MSP\.peer'\)\)$/,
        );
    });

    it("approves and commits when both agree, and a second run changes nothing", async () => {
        await timed("approve for the second organization", () => approve(peers[1], SETTINGS, 1));
        assert.deepEqual(await timed("commit", () => commit(SETTINGS, 1)), {
            state: "committed",
            alreadyCommitted: false,
        });
        const found = await committedDefinition(peers[0], channelId, "basic");
        assert.deepEqual(found, {
            definition: chaincodeDefinition(SETTINGS, 1),
            approvals: { Org1MSP: true, Org2MSP: true },
        });
        assert.equal(sequenceOf(SETTINGS, found?.definition), 1);
        const started = performance.now();
        for (const access of peers) {
            await installPackage(access, FIRST);
            assert.deepEqual(await approve(access, SETTINGS, 1), { alreadyApproved: true });
        }
        assert.deepEqual(await commit(SETTINGS, 1), {
            state: "committed",
            alreadyCommitted: true,
        });
        report("everything again, unchanged", started);
        const [held] = await installedPackages(peers[0]);
        assert.deepEqual(held?.references, { [channelId]: [{ name: "basic", version: "1.0" }] });
    });

    it("approves another package for the same definition without a new sequence", async () => {
        await installPackage(peers[0], SECOND);
        const definition = chaincodeDefinition(SETTINGS, 1);
        const again = { channelId, orderers: orderers(), definition };
        assert.deepEqual(
            await approveDefinition(peers[0], { ...again, packageId: SECOND.packageId }),
            { alreadyApproved: false },
        );
        const approved = await approvedDefinition(peers[0], channelId, "basic");
        assert.equal(approved?.packageId, SECOND.packageId);
        assert.equal(approved?.sequence, 1);
    });

    it("upgrades to the next sequence when the definition changed", async () => {
        const committed = await committedDefinition(peers[0], channelId, "basic");
        assert.equal(sequenceOf(CHANGED, committed?.definition), 2);
        await timed("upgrade", async () => {
            await Promise.all(peers.map((access) => installPackage(access, SECOND)));
            await Promise.all(peers.map((access) => approve(access, CHANGED, 2)));
            await commit(CHANGED, 2);
        });
        for (const access of peers) {
            const found = await committedDefinition(access, channelId, "basic");
            assert.equal(found?.definition.sequence, 2);
            assert.deepEqual(definitionDifferences(CHANGED, found.definition), []);
        }
    });

    it("fails for sequences that are none, in Fabric's words and with what to do", async () => {
        await assert.rejects(
            approve(peers[0], { ...CHANGED, version: "4.0" }, 4),
            /peer peer0: cannot approve sequence 4 of chaincode "basic" for Org1MSP: requested sequence 4 is larger than the next available sequence number 3; read what is committed/,
        );
        await assert.rejects(
            approve(peers[0], { ...CHANGED, version: "3.0" }, 2),
            /attempted to redefine the current committed sequence \(2\) for namespace basic with different parameters.*takes the next sequence/,
        );
        await assert.rejects(
            commit({ ...CHANGED, version: "3.0" }, 2),
            /this sequence is committed with another definition \(version: 2\.0 => 3\.0\); take sequence 3/,
        );
        await assert.rejects(
            commit({ ...CHANGED, version: "5.0" }, 5),
            /requested sequence is 5, but new definition must be sequence 3/,
        );
    });

    it("fails for a package that only Docker could build, and says so", async () => {
        const node = chaincodePackage("node_1", {
            type: "node",
            files: { "package.json": "{}" },
        });
        await assert.rejects(
            installPackage(peers[0], node),
            /peer peer0: cannot install chaincode package node_1:[0-9a-f]{64}: the peer fell back to Docker.*ccaas/,
        );
        assert.equal(await installedPackage(peers[0], node.packageId), undefined);
    });

    it("sends a package of the largest size, which arrives whole", async () => {
        const files = (length: number) => ({ "package.json": "{}", large: new Uint8Array(length) });
        const empty = chaincodePackage("large_1", { type: "node", files: files(0) });
        // Room for what gzip puts around every piece, twice.
        const length = PACKAGE_LIMIT_BYTES - empty.bytes.length - 18_000;
        const large = chaincodePackage("large_1", { type: "node", files: files(length) });
        assert.ok(large.bytes.length > PACKAGE_LIMIT_BYTES - 20_000, String(large.bytes.length));
        await timed(`${large.bytes.length} bytes`, () =>
            assert.rejects(installPackage(peers[0], large), /the peer fell back to Docker/),
        );
    });

    it("fails for a service's address whose template the peer has no value for", async () => {
        const templated = chaincodePackage("templated_1", {
            type: "ccaas",
            address: "{{.cluster}}.chaincode.svc:9999",
        });
        await assert.rejects(
            installPackage(peers[0], templated),
            /an external builder of the peer failed .*CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG/,
        );
    });

    it("fails for an administrator of another organization", async () => {
        const { signer } = peers[1];
        await assert.rejects(
            installPackage({ ...peers[0], signer }, FIRST),
            /the peer refuses the admin certificate of Org2MSP/,
        );
    });

    it("fails to commit with peers of too few organizations, before anything is ordered", async () => {
        const next = { ...CHANGED, version: "3.0" };
        await Promise.all(peers.map((access) => approve(access, next, 3)));
        await assert.rejects(
            commitDefinition([peers[0]], {
                channelId,
                orderers: orderers(),
                definition: chaincodeDefinition(next, 3),
            }),
            /the channel wants endorsements of a majority of the organizations \(2 of 2\), and peers of Org1MSP are at hand/,
        );
        const found = await committedDefinition(peers[0], channelId, "basic");
        assert.equal(found?.definition.sequence, 2);
    });

    it("fails for collections that peers refuse, and for one that is left out", async () => {
        const [assets] = SETTINGS.collections!;
        const stranger = { ...assets!, policy: "OR('Org9MSP.member')" };
        await assert.rejects(
            approve(peers[0], { ...CHANGED, version: "3.0", collections: [stranger] }, 3),
            /collection member 'Org9MSP' is not part of the channel; correct the collections/,
        );
        await assert.rejects(
            approve(peers[0], { ...CHANGED, version: "3.0", collections: [] }, 3),
            /the proposed collection config does not contain previously defined collections; correct/,
        );
    });
}
