import assert from "node:assert/strict";

import * as dispatch from "kubefabric/internal/components/resources/methods/dispatch";

import { startApiServer, type ApiServer } from "../support/apiServer.ts";

/** How the engine writes a value that is not known yet. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const OWNER = { "kubefabric.io/organization": "Org1MSP" };
const CLAIM = "/api/v1/namespaces/org1/persistentvolumeclaims/peer0-ledger";

type Inputs = Record<string, unknown>;

describe("LedgerGuard", () => {
    let server: ApiServer;
    beforeEach(async () => {
        server = await startApiServer();
        addClass("standard", true);
    });
    afterEach(() => server.close());

    function addClass(name: string, allowVolumeExpansion?: boolean): void {
        server.objects.set(`/apis/storage.k8s.io/v1/storageclasses/${name}`, {
            apiVersion: "storage.k8s.io/v1",
            kind: "StorageClass",
            metadata: { name },
            provisioner: "example.com/disk",
            allowVolumeExpansion,
        });
    }

    function addClaim(spec: object = {}, labels: Record<string, string> = OWNER): void {
        server.objects.set(CLAIM, {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name: "peer0-ledger", namespace: "org1", labels },
            spec: {
                storageClassName: "standard",
                accessModes: ["ReadWriteOnce"],
                resources: { requests: { storage: "1Gi" } },
                ...spec,
            },
        });
    }

    const inputs = (more: Inputs = {}): Inputs => ({
        claim: "org1/peer0-ledger",
        storageClassName: "standard",
        accessMode: "ReadWriteOncePod",
        leftOpen: ["accessMode"],
        size: "1Gi",
        owner: OWNER,
        kubeconfig: server.kubeconfig,
        recover: false,
        ...more,
    });
    /** Inputs as an earlier version of this package recorded them. */
    const recorded = (more: Inputs = {}): Inputs => {
        const { leftOpen: _none, ...rest } = inputs({ accessMode: "ReadWriteOnce", ...more });
        return rest;
    };
    const check = (olds: Inputs, news: Inputs) => dispatch.check("ledgerGuard", olds, news);
    const reasons = async (olds: Inputs, news: Inputs) =>
        (await check(olds, news)).failures.map(({ property, reason }) => `${property}: ${reason}`);

    describe("of what the program leaves open", () => {
        it("takes for a new claim what this package chooses", async () => {
            const checked = await check({}, inputs());
            assert.deepEqual(checked, { inputs: inputs(), failures: [] });
            assert.deepEqual(server.asked, [], "no cluster was asked");
        });

        it("keeps the access mode that an earlier version chose", async () => {
            const { inputs: kept, failures } = await check(recorded(), inputs());
            assert.equal(kept.accessMode, "ReadWriteOnce");
            assert.deepEqual(failures, []);
            assert.deepEqual(await dispatch.diff("ledgerGuard", recorded(), kept), {
                changes: false,
            });
        });

        it("keeps the class that an earlier version chose, and says nothing of how that grows", async () => {
            const news = inputs({
                storageClassName: "kubefabric-pd-balanced",
                leftOpen: ["accessMode", "storageClassName"],
                grows: true,
            });
            const { inputs: kept, failures } = await check(recorded(), news);
            assert.equal(kept.storageClassName, "standard");
            assert.equal("grows" in kept, false);
            assert.deepEqual(failures, []);
        });

        it("takes what was made for known only when it is", async () => {
            const olds = recorded({ storageClassName: UNKNOWN });
            const news = inputs({ leftOpen: ["storageClassName"], accessMode: "ReadWriteOnce" });
            assert.equal((await check(olds, news)).inputs.storageClassName, "standard");
        });

        it("takes the program's word as soon as it says one", async () => {
            const olds = recorded();
            assert.deepEqual(await reasons(olds, inputs({ leftOpen: [] })), [
                'accessMode: "ReadWriteOnce" => "ReadWriteOncePod" would delete claim ' +
                    "org1/peer0-ledger and the ledger on it; keep it, and to move the ledger add a " +
                    "new node with the new storage, wait until it has caught up, then remove this one",
            ]);
            const same = inputs({ leftOpen: [], accessMode: "ReadWriteOnce" });
            assert.deepEqual(await reasons(olds, same), []);
        });
    });

    describe("of a change", () => {
        it("fails on another class, claim or access mode, each by itself", async () => {
            for (const property of ["claim", "storageClassName", "accessMode"]) {
                const news = inputs({
                    leftOpen: [],
                    accessMode: "ReadWriteOnce",
                    [property]: "new",
                });
                const [reason, ...more] = await reasons(recorded(), news);
                assert.match(reason!, new RegExp(`^${property}: ".*" => "new" would delete claim`));
                assert.deepEqual(more, []);
            }
        });

        it("says nothing of what is not known yet", async () => {
            const news = inputs({ storageClassName: UNKNOWN });
            assert.deepEqual(await reasons(recorded(), news), []);
        });

        it("fails on a smaller volume, however it is written", async () => {
            assert.deepEqual(await reasons(recorded(), inputs({ size: "1000Mi" })), [
                'size: "1Gi" => "1000Mi": a volume cannot shrink; keep "1Gi", or add a new node ' +
                    "with a smaller volume and remove this one",
            ]);
            assert.deepEqual(await reasons(recorded(), inputs({ size: "1024Mi" })), []);
        });

        it("lets a volume grow where its class says so, and tells the engine", async () => {
            const news = inputs({ size: "2Gi", accessMode: "ReadWriteOnce" });
            assert.deepEqual(await reasons(recorded(), news), []);
            const olds = recorded();
            assert.deepEqual(await dispatch.diff("ledgerGuard", olds, news), { changes: true });
            const { outs } = await dispatch.update("ledgerGuard", "id", olds, news);
            assert.deepEqual(outs, {
                claim: "org1/peer0-ledger",
                storageClassName: "standard",
                accessMode: "ReadWriteOnce",
                size: "2Gi",
            });
        });

        for (const [what, allowed] of [
            ["says no", false],
            ["says nothing", undefined],
        ] as const) {
            it(`fails to let a volume grow where its class ${what}`, async () => {
                addClass("standard", allowed);
                assert.deepEqual(await reasons(recorded(), inputs({ size: "2Gi" })), [
                    'size: "1Gi" => "2Gi": volumes of class "standard" do not grow; keep "1Gi", ' +
                        "and for a larger ledger add a new node with the new storage, wait until " +
                        "it has caught up, then remove this one",
                ]);
            });
        }

        it("fails to let a volume grow that is known not to, without asking the cluster", async () => {
            const [reason] = await reasons(recorded(), inputs({ size: "2Gi", grows: false }));
            assert.match(reason!, /do not grow/);
            assert.deepEqual(server.asked, []);
        });

        it("asks no cluster where the size stays", async () => {
            assert.deepEqual(await reasons(recorded(), inputs()), []);
            assert.deepEqual(server.asked, []);
        });

        it("works without a cluster, and lets the update find out", async () => {
            const nowhere = server.kubeconfig.replace(/127\.0\.0\.1:\d+/, "127.0.0.1:1");
            for (const kubeconfig of [UNKNOWN, nowhere]) {
                assert.deepEqual(
                    await reasons(recorded(), inputs({ size: "2Gi", kubeconfig })),
                    [],
                );
            }
        });
    });

    describe("of a network that is read back", () => {
        const found = (more: Inputs = {}) => inputs({ recover: true, ...more });

        it("keeps what the claim has of what the program leaves open", async () => {
            addClaim({ storageClassName: "gold", accessModes: ["ReadWriteOnce"] });
            addClass("gold");
            const news = found({ leftOpen: ["accessMode", "storageClassName"] });
            const { inputs: kept } = await check({}, news);
            assert.equal(kept.accessMode, "ReadWriteOnce");
            assert.equal(kept.storageClassName, "gold");
            const { outs } = await dispatch.create("ledgerGuard", kept);
            assert.equal(outs.accessMode, "ReadWriteOnce");
            assert.equal(outs.storageClassName, "gold");
        });

        it("fails on what the program says otherwise, as on a change", async () => {
            addClaim({ resources: { requests: { storage: "5Gi" } } });
            const create = (more: Inputs) =>
                dispatch.create("ledgerGuard", found({ accessMode: "ReadWriteOnce", ...more }));
            await assert.rejects(create({}), /"5Gi" => "1Gi": a volume cannot shrink/);
            await assert.rejects(
                create({ size: "5Gi", storageClassName: "gold" }),
                /"standard" => "gold" would delete claim/,
            );
            await assert.rejects(
                create({ size: "5Gi", accessMode: "ReadWriteOncePod" }),
                /"ReadWriteOnce" => "ReadWriteOncePod" would delete claim/,
            );
            await create({ size: "5Gi" });
        });

        it("takes the state's word once there is one", async () => {
            addClaim({ accessModes: ["ReadWriteOncePod"] });
            assert.equal((await check(recorded(), found())).inputs.accessMode, "ReadWriteOnce");
            assert.deepEqual(server.asked, []);
        });

        it("works in a preview without its cluster", async () => {
            const { inputs: kept } = await check({}, found({ kubeconfig: UNKNOWN }));
            assert.equal(kept.accessMode, "ReadWriteOncePod");
        });
    });

    describe("before a new claim", () => {
        it("records what the claim gets", async () => {
            const { id, outs } = await dispatch.create("ledgerGuard", inputs());
            assert.equal(id, "org1/peer0-ledger");
            assert.deepEqual(outs, {
                claim: "org1/peer0-ledger",
                storageClassName: "standard",
                accessMode: "ReadWriteOncePod",
                size: "1Gi",
            });
        });

        it("fails on a class that the cluster does not have", async () => {
            await assert.rejects(
                dispatch.create("ledgerGuard", inputs({ storageClassName: "gold" })),
                /claim org1\/peer0-ledger would wait for ever: the cluster has no StorageClass "gold"; write one that `kubectl get storageclass` lists/,
            );
        });

        it("fails on a claim that exists, and on another network's even when it is read back", async () => {
            addClaim();
            await assert.rejects(
                dispatch.create("ledgerGuard", inputs()),
                /exists and holds a ledger that this stack does not know.*recover: true/,
            );
            addClaim({}, { "kubefabric.io/organization": "Org2MSP" });
            await assert.rejects(
                dispatch.create("ledgerGuard", inputs({ recover: true })),
                /belongs to another network: its label .* is "Org2MSP", not "Org1MSP"/,
            );
        });
    });
});
