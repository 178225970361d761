import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { packageOfFolder } from "kubefabric/internal/components/chaincodeFolder";
import {
    check,
    create,
    diff,
    read,
    update,
} from "kubefabric/internal/components/resources/methods/dispatch";
import { configOf } from "kubefabric/internal/fabric/block";
import { buildGenesisBlock } from "kubefabric/internal/fabric/genesisBlock";

import { goldenDefinition } from "../../fabric/goldenChannel.ts";
import { startApiServer, type ApiServer } from "../../support/apiServer.ts";
import { DeliverNode } from "../../support/deliverNode.ts";
import { LifecycleLedger, LifecycleMember } from "../../support/lifecycleLedger.ts";
import {
    makeAuthority,
    makeIdentity,
    makeNodeIdentity,
    testAuthorities,
} from "../../support/nodeIdentities.ts";
import { PeerNode } from "../../support/peerNode.ts";

type Properties = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

const OWN = { version: "1.0", endorsementPolicy: "OR('Org1MSP.peer')" };
const OTHER = { version: "2.0", endorsementPolicy: "OR('Org2MSP.peer')" };
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
        await sleep(20);
    }
}

/** The peer of the tests takes the text of a package for its ID. */
const packaged = (packageId: string) => ({
    packageId,
    label: packageId.split(":")[0],
    package: Buffer.from(packageId).toString("base64"),
});

describe("chaincode as resources of a channel of two organizations", function () {
    this.timeout(30_000);
    const mspIds = ["Org1MSP", "Org2MSP"];
    const { config } = configOf(buildGenesisBlock(goldenDefinition("raft")));
    let ledger: LifecycleLedger;
    let members: LifecycleMember[];
    let nodes: PeerNode[];
    let ordering: DeliverNode;
    let connections: Properties[];
    let services: Properties[];

    beforeEach(async () => {
        const { tlsCa } = await testAuthorities();
        const ca = await makeAuthority("ca");
        const connectionTo = (node: string, port: number) => ({
            node,
            outside: { host: "127.0.0.1", ports: { grpc: port } },
        });
        const shared = { namespace: "ordering", tlsCaPem: tlsCa.certificatePem };
        ledger = new LifecycleLedger(mspIds, config.serializeBinary());
        [members, nodes, connections] = [[], [], []];
        for (const mspId of mspIds) {
            const node = `peer-${mspId.toLowerCase()}`;
            const identity = await makeIdentity({ ca, commonName: node, profile: "signing" });
            const admin = await makeIdentity({ ca, commonName: "admin", profile: "signing" });
            const member = new LifecycleMember(ledger, mspId, identity);
            const served = new PeerNode(await makeNodeIdentity(tlsCa, node), member);
            await served.start();
            members.push(member);
            nodes.push(served);
            connections.push({
                ...shared,
                ...connectionTo(node, served.port),
                mspId,
                adminCertificatePem: admin.certificatePem,
                adminPrivateKeyPem: admin.privateKeyPem,
            });
        }
        ordering = await new DeliverNode(await makeNodeIdentity(tlsCa, "orderer-0")).start();
        ordering.order = (envelope) => ledger.order(envelope);
        services = [{ ...shared, nodes: [connectionTo("orderer-0", ordering.port)] }];
    });
    afterEach(() => [...nodes, ordering].forEach((node) => node.stop()));

    /** Inputs as the engine hands them over, once they were checked. */
    async function checked(kind: string, inputs: Properties): Promise<Properties> {
        const { inputs: settled, failures } = await check(kind, {}, inputs);
        assert.deepEqual(failures, []);
        return settled;
    }
    const installation = (packageId = "asset_1:00", peer = 0) => ({
        ...connections[peer],
        ...packaged(packageId),
        status: "installed",
    });
    const approval = (settings: object = OWN, organization = 0, packageId = "asset_1:00") =>
        checked("approvedChaincode", {
            ...connections[organization],
            ...settings,
            channelId: "trade",
            chaincode: "asset",
            services,
            packageId,
            status: "approved",
        });
    const commitment = (settings: object = OWN, organizations = [0, 1]) =>
        checked("committedChaincode", {
            ...settings,
            channelId: "trade",
            chaincode: "asset",
            services,
            peers: organizations.map((index) => connections[index]),
            waiting: "",
            observed: "read",
        });
    const approve = async (settings: object = OWN, organization = 0) =>
        create("approvedChaincode", await approval(settings, organization));
    const commit = async (settings: object = OWN, organizations = [0, 1]) =>
        create("committedChaincode", await commitment(settings, organizations));
    /** A definition that both organizations have approved and committed. */
    async function agree(settings: object = OWN): Promise<Properties> {
        await approve(settings, 0);
        await approve(settings, 1);
        return (await commit(settings)).outs;
    }
    const callsOf = (peer: number) => nodes[peer]!.calls.map(({ call }) => call.split(" ")[1]!);
    const changing = (calls: string[]) =>
        calls.filter((call) => /^(Install|Approve|Commit)/.test(call));
    const wanted = (properties: Properties) => ({ ...properties, sequence: undefined });

    describe("an installed package", () => {
        const kind = "installedChaincode";

        it("is installed, and the state has everything but the package itself", async () => {
            const { id, outs } = await create(kind, installation());
            assert.equal(id, "ordering/peer-org1msp/asset_1");
            assert.deepEqual([...members[0]!.packages], ["asset_1:00"]);
            const { package: _package, ...rest } = installation();
            assert.deepEqual(outs, rest);
            assert.deepEqual(await diff(kind, outs, installation()), { changes: false });
        });

        it("is installed beside the older one when it changes, and left alone when only the way to the peer does", async () => {
            const { id, outs } = await create(kind, installation());
            const next = installation("asset_2:00");
            assert.deepEqual(await diff(kind, outs, next), { changes: true });
            const { outs: after } = await update(kind, id, outs, next);
            assert.deepEqual([...members[0]!.packages], ["asset_1:00", "asset_2:00"]);
            const before = callsOf(0).length;
            const moved = { ...next, kubeconfig: "another" };
            assert.deepEqual(await diff(kind, after, moved), { changes: true });
            assert.equal((await update(kind, id, after, moved)).outs.kubeconfig, "another");
            assert.equal(callsOf(0).length, before);
        });

        it("is missed by a refresh where the peer has lost it, and installed again", async () => {
            const { id, outs } = await create(kind, installation());
            members[0]!.packages.clear();
            const found = await read(kind, id, outs);
            assert.equal(found.props.status, "not installed");
            assert.deepEqual(await diff(kind, found.props, installation()), { changes: true });
            await update(kind, id, found.props, installation());
            assert.deepEqual([...members[0]!.packages], ["asset_1:00"]);
            const again = await read(kind, id, outs);
            assert.equal(again.props.status, "installed");
        });

        it("is never called gone where the peer does not answer", async () => {
            const { id, outs } = await create(kind, installation());
            nodes[0]!.stop();
            const found = await read(kind, id, outs);
            assert.match(found.props.status as string, /^not reachable: /);
        });
    });

    describe("an approval", () => {
        const kind = "approvedChaincode";

        it("has Fabric's defaults and policies as Fabric prints them in its inputs", async () => {
            const settled = await approval({
                version: "1.0",
                endorsementPolicy: "or( 'Org1MSP.peer','Org2MSP.peer' )",
                collections: [{ name: "secrets", policy: "or('Org1MSP.member')" }],
            });
            assert.partialDeepStrictEqual(settled, {
                endorsementPolicy: "OR('Org1MSP.peer', 'Org2MSP.peer')",
                initRequired: false,
                endorsementPlugin: "escc",
                validationPlugin: "vscc",
                collections: [
                    {
                        name: "secrets",
                        policy: "OR('Org1MSP.member')",
                        requiredPeerCount: 0,
                        maxPeerCount: 1,
                        blockToLive: 0,
                    },
                ],
            });
            const plain = await approval({ version: "1.0" });
            assert.equal(plain.endorsementPolicy, "/Channel/Application/Endorsement");
        });

        it("leaves inputs alone that are not known yet", async () => {
            const settled = await approval({ version: UNKNOWN });
            assert.equal(settled.endorsementPolicy, undefined);
            assert.deepEqual(await diff(kind, {}, settled), { changes: true });
        });

        it("is of the first sequence where nothing is committed, and repeating it changes nothing", async () => {
            const { id, outs } = await approve();
            assert.equal(id, "trade/asset/Org1MSP");
            assert.equal(outs.sequence, 1);
            assert.deepEqual(await diff(kind, outs, await approval()), { changes: false });
            const found = await read(kind, id, outs);
            assert.deepEqual(found.props, outs);
            assert.deepEqual(found.inputs, await approval());
            const before = changing(callsOf(0)).length;
            await approve();
            assert.equal(changing(callsOf(0)).length, before);
        });

        it("is of the next sequence where the definition changed, and of the same one where the package did", async () => {
            await agree();
            const { id, outs } = await approve();
            assert.equal(outs.sequence, 1);
            const repackaged = await approval(OWN, 0, "asset_1:11");
            assert.deepEqual(await diff(kind, outs, repackaged), { changes: true });
            const { outs: same } = await update(kind, id, outs, repackaged);
            assert.equal(same.sequence, 1);
            const source = ledger.approvals.get("Org1MSP asset#1")?.getSource();
            assert.equal(source?.getLocalPackage()?.getPackageId(), "asset_1:11");
            const { outs: next } = await update(kind, id, same, await approval(OTHER));
            assert.equal(next.sequence, 2);
        });

        it("is missed by a refresh where others have committed another definition since", async () => {
            const { id, outs } = await approve();
            await agree(OTHER);
            const found = await read(kind, id, outs);
            assert.equal(found.props.status, "sequence 2 is not approved");
            assert.deepEqual(await diff(kind, found.props, await approval()), { changes: true });
        });

        it("is shown by a refresh as it stands on the channel, where someone changed it", async () => {
            const { id, outs } = await approve();
            await create(kind, await approval(OTHER));
            const { props, inputs } = await read(kind, id, outs);
            assert.equal(props.version, "2.0");
            assert.equal(inputs?.endorsementPolicy, OTHER.endorsementPolicy);
            assert.deepEqual(await diff(kind, props, await approval()), { changes: true });
        });

        it("is never called gone where the peer does not answer", async () => {
            const { id, outs } = await approve();
            nodes[0]!.stop();
            const { props } = await read(kind, id, outs);
            assert.match(props.status as string, /^not reachable: /);
            assert.equal(props.sequence, 1);
        });

        it("fails for organizations that the channel does not have, and nothing is approved", async () => {
            const policy = "AND('Org1MSP.peer', 'Org9MSP.peer')";
            const collections = [{ name: "secrets", policy: "OR('Org8MSP.member')" }];
            await assert.rejects(
                approve({ version: "1.0", endorsementPolicy: policy, collections }),
                /^Error: chaincode "asset" does not fit channel "trade", and was not approved for Org1MSP\n {2}endorsementPolicy: .*Org9MSP.*\n {2}collections\[0\]\.policy: .*Org8MSP/,
            );
            assert.deepEqual(changing(callsOf(0)), []);
        });

        it("fails where a collection would be taken away, and nothing is approved", async () => {
            await agree({
                ...OWN,
                collections: [{ name: "kept", policy: "OR('Org1MSP.member')" }],
            });
            const before = changing(callsOf(0)).length;
            await assert.rejects(approve(OWN), /collections.*kept/s);
            assert.equal(changing(callsOf(0)).length, before);
        });
    });

    describe("a commit", () => {
        const kind = "committedChaincode";

        it("waits for an organization that has not approved, and each update tries again", async () => {
            await approve(OWN, 0);
            const { id, outs } = await commit(OWN, [0]);
            assert.equal(id, "trade/asset");
            assert.equal(outs.sequence, 1);
            assert.match(
                outs.waiting as string,
                /^1 of 2 organizations approved sequence 1, .*: Org2MSP has not approved it$/,
            );
        });

        it("is made by the update after the last approval", async () => {
            await approve(OWN, 0);
            const inputs = await commitment(OWN, [0]);
            const { id, outs } = await create(kind, inputs);
            assert.notEqual(outs.waiting, "");
            assert.deepEqual(await diff(kind, outs, inputs), { changes: true });
            await approve(OWN, 1);
            const both = await commitment(OWN);
            const { outs: after } = await update(kind, id, outs, both);
            assert.equal(after.waiting, "");
            assert.equal(ledger.committed.get("asset")?.getSequence(), 1);
            assert.deepEqual(await diff(kind, after, both), { changes: false });
        });

        it("is made with the next sequence where the definition changed", async () => {
            const outs = await agree();
            assert.deepEqual([outs.sequence, outs.waiting], [1, ""]);
            await approve(OTHER, 0);
            await approve(OTHER, 1);
            const { outs: after } = await update(
                kind,
                "trade/asset",
                outs,
                await commitment(OTHER),
            );
            assert.deepEqual([after.sequence, after.waiting], [2, ""]);
            assert.equal(ledger.committed.get("asset")?.getVersion(), "2.0");
        });

        it("asks nobody where only the way to the peers changed", async () => {
            const outs = await agree();
            const before = callsOf(0).length;
            const moved = await commitment();
            moved.services = [{ ...services[0], context: "renamed" }];
            const { outs: after } = await update(kind, "trade/asset", outs, moved);
            assert.equal(callsOf(0).length, before);
            assert.equal(after.sequence, 1);
        });

        it("is shown by a refresh as the channel has it, where others have committed another one", async () => {
            const outs = await agree();
            await agree(OTHER);
            const { props, inputs } = await read(kind, "trade/asset", outs);
            assert.deepEqual(
                [props.version, props.endorsementPolicy, props.sequence],
                ["2.0", OTHER.endorsementPolicy, 2],
            );
            assert.equal(inputs?.version, "2.0");
            assert.equal(inputs?.sequence, undefined);
            assert.deepEqual(await diff(kind, props, await commitment()), { changes: true });
        });

        it("is unchanged by a refresh where nothing changed, and asked of another peer where one is down", async () => {
            const outs = await agree();
            nodes[0]!.stop();
            const { props, inputs } = await read(kind, "trade/asset", outs);
            assert.deepEqual(props, outs);
            assert.deepEqual(wanted(inputs!), wanted(await commitment()));
        });

        it("still waits after a refresh where nothing is committed, and is never called gone", async () => {
            await approve(OWN, 0);
            const { outs } = await commit(OWN, [0]);
            const { props } = await read(kind, "trade/asset", outs);
            assert.equal(props.waiting, outs.waiting);
            nodes.forEach((node) => node.stop());
            const silent = await read(kind, "trade/asset", outs);
            assert.match(silent.props.observed as string, /^not reachable: /);
            assert.deepEqual(await diff(kind, silent.props, await commitment()), { changes: true });
        });

        it("fails where others have committed since this program approved, and says what to do", async () => {
            await approve(OWN, 0);
            await agree(OTHER);
            await assert.rejects(
                commit(OWN),
                /^Error: chaincode "asset" on channel "trade": Org1MSP, Org2MSP approved it as an earlier sequence, and others have committed since \(0 of 2 .*\); run the update again with --refresh/,
            );
        });
    });

    describe("what a peer started of older versions in Kubernetes", () => {
        const kind = "retiredJobs";
        const selector = encodeURIComponent("app.kubernetes.io/created-by=fabric-builder-k8s");
        const query = `?labelSelector=${selector}`;
        const lists = { jobs: "/apis/batch/v1", secrets: "/api/v1" };
        const pathOf = (list: keyof typeof lists, name = "") =>
            `${lists[list]}/namespaces/cc/${list}${name && `/${name}`}`;
        let api: ApiServer;

        const object = (name: string, packageId: string, peer = "peer-org1msp") => ({
            metadata: {
                name,
                annotations: {
                    "fabric-builder-k8s-ccid": packageId,
                    "fabric-builder-k8s-peerid": peer,
                },
            },
        });
        const deleted = () => api.asked.filter((path) => !path.includes("?labelSelector"));

        beforeEach(async () => {
            api = await startApiServer();
            const items = [
                object("first", "asset_1:00"),
                object("second", "asset_2:00"),
                object("elsewhere", "used:00"),
                object("of-another-peer", "asset_1:00", "peer9"),
                object("of-nobody", "never:00"),
                { metadata: { name: "unmarked" } },
            ];
            for (const list of ["jobs", "secrets"] as const) {
                api.objects.set(pathOf(list) + query, { items });
                api.objects.set(pathOf(list, "first"), {});
            }
            for (const packageId of ["asset_1:00", "asset_2:00", "used:00"]) {
                members[0]!.packages.add(packageId);
            }
            members[0]!.uses.set("asset_2:00", ["trade"]).set("used:00", ["other"]);
        });
        afterEach(() => api.close());

        const inputs = (waiting = "") => ({
            ...connections[0],
            kubeconfig: api.kubeconfig,
            builderNamespace: "cc",
            channelId: "trade",
            packageId: "asset_2:00",
            waiting,
        });

        it("ends after the commit, with its Secrets, where no channel of that peer uses it", async () => {
            const { outs } = await create(kind, inputs());
            assert.deepEqual(outs.retired, ["asset_1:00"]);
            assert.deepEqual(deleted(), [
                `${pathOf("jobs", "first")}?propagationPolicy=Background`,
                pathOf("secrets", "first"),
            ]);
            assert.deepEqual(await diff(kind, outs, inputs()), { changes: false });
        });

        it("runs on while the commit waits, and ends when it waits no more", async () => {
            const { id, outs } = await create(kind, inputs("1 of 2 …"));
            assert.deepEqual(outs.retired, []);
            assert.deepEqual(api.asked, []);
            assert.deepEqual(await diff(kind, outs, inputs()), { changes: true });
            const { outs: after } = await update(kind, id, outs, inputs());
            assert.deepEqual(after.retired, ["asset_1:00"]);
        });

        it("runs on until the peer itself has the commit", async () => {
            members[0]!.uses.set("asset_1:00", ["trade"]).delete("asset_2:00");
            const retiring = create(kind, inputs());
            await until(() => callsOf(0).length > 1);
            assert.deepEqual(api.asked, []);
            members[0]!.uses.set("asset_2:00", ["trade"]).delete("asset_1:00");
            assert.deepEqual((await retiring).outs.retired, ["asset_1:00"]);
        });

        it("fails where the user may not see it", async () => {
            api.forbidden.add(pathOf("jobs") + query);
            await assert.rejects(create(kind, inputs()), /403/);
        });
    });

    describe("a package of sources", () => {
        it("is made again of its folder where it is installed, and no output has the folder", async () => {
            const folder = mkdtempSync(join(tmpdir(), "sources-"));
            try {
                writeFileSync(join(folder, "package.json"), "{}");
                const source = { folder, language: "node" } as const;
                const { packageId, bytes } = packageOfFolder("asset_1.0", source);
                const { package: _package, ...rest } = installation();
                const inputs = { ...rest, packageId, label: "asset_1.0", source };
                // The peer of the tests takes the text of a package for its ID, and gives this one another.
                const text = Buffer.from(bytes).toString("utf8");
                await assert.rejects(
                    create("installedChaincode", inputs),
                    /the peer gave it the ID/,
                );
                assert.deepEqual([...members[0]!.packages], [text]);
                members[0]!.packages.add(packageId);
                const { outs } = await create("installedChaincode", inputs);
                assert.ok(!("source" in outs));
                const elsewhere = { ...inputs, source: { ...source, folder: "/elsewhere" } };
                assert.deepEqual(await diff("installedChaincode", outs, elsewhere), {
                    changes: false,
                });
            } finally {
                rmSync(folder, { recursive: true });
            }
        });
    });
});

describe("older versions of a chaincode", () => {
    const kind = "retiredChaincode";
    const query = `?labelSelector=${encodeURIComponent("app.kubernetes.io/component=chaincode")}`;
    let api: ApiServer;

    const object = (name: string, uid = "own") => ({
        metadata: { name, ownerReferences: [{ uid }] },
    });
    const lists = { services: "/api/v1", deployments: "/apis/apps/v1" };
    const pathOf = (kindOf: keyof typeof lists, name = "") =>
        `${lists[kindOf]}/namespaces/org1/${kindOf}${name && `/${name}`}`;
    const deleted = () => api.asked.filter((path) => !path.includes("?"));

    beforeEach(async () => {
        api = await startApiServer();
        const items = [
            object("asset-1"),
            object("asset-2"),
            object("asset-3"),
            object("other-1", "other"),
        ];
        for (const kindOf of ["services", "deployments"] as const) {
            api.objects.set(pathOf(kindOf) + query, { items });
            api.objects.set(pathOf(kindOf, "asset-1"), {});
            api.objects.set(pathOf(kindOf, "asset-2"), {});
        }
    });
    afterEach(() => api.close());

    const inputs = (waiting = "") => ({
        kubeconfig: api.kubeconfig,
        namespace: "org1",
        ownerUid: "own",
        serviceName: "asset-3",
        waiting,
    });

    it("end after the commit, and nothing that is not of the same chaincode", async () => {
        const { outs } = await create(kind, inputs());
        assert.deepEqual(outs.retired, ["asset-1", "asset-2"]);
        assert.deepEqual(deleted(), [
            pathOf("services", "asset-1"),
            pathOf("services", "asset-2"),
            pathOf("deployments", "asset-1"),
            pathOf("deployments", "asset-2"),
        ]);
        assert.deepEqual(await diff(kind, outs, inputs()), { changes: false });
    });

    it("run on while the commit waits, and end when it waits no more", async () => {
        const { id, outs } = await create(kind, inputs("1 of 2 …"));
        assert.deepEqual(outs.retired, []);
        assert.deepEqual(api.asked, []);
        assert.deepEqual(await diff(kind, outs, inputs()), { changes: true });
        const { outs: after } = await update(kind, id, outs, inputs());
        assert.deepEqual(after.retired, ["asset-1", "asset-2"]);
    });

    it("may be gone before they are deleted", async () => {
        api.objects.delete(pathOf("services", "asset-1"));
        const { outs } = await create(kind, inputs());
        assert.deepEqual(outs.retired, ["asset-1", "asset-2"]);
    });

    it("fails where the user may not see them", async () => {
        api.forbidden.add(pathOf("services") + query);
        await assert.rejects(create(kind, inputs()), /403/);
    });
});
