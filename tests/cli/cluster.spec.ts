import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { stringify } from "yaml";

import {
    chooseCluster,
    defaultKubeconfigFiles,
    refuseSecondCluster,
    type ClusterTarget,
    type Surroundings,
} from "kubefabric/internal/cli/cluster";

describe("the choice of a cluster", () => {
    let folder: string;
    let file: string;
    let asked: number;
    const around = (changes: Partial<Surroundings> = {}): Surroundings => ({
        remembered: undefined,
        canRunKind: async () => {
            asked += 1;
            return true;
        },
        kubeconfigFiles: () => [file],
        ...changes,
    });

    before(() => {
        folder = mkdtempSync(join(tmpdir(), "kubefabric-cli-"));
        file = kubeconfig("config", ["dev", "prod"]);
    });
    after(() => rmSync(folder, { recursive: true }));
    beforeEach(() => {
        asked = 0;
    });

    function kubeconfig(name: string, contexts: string[], users = contexts): string {
        const path = join(folder, name);
        writeFileSync(
            path,
            stringify({
                apiVersion: "v1",
                kind: "Config",
                "current-context": contexts[0],
                clusters: contexts.map((n) => ({ name: n, cluster: { server: "https://x" } })),
                users: users.map((n) => ({ name: n, user: { token: "t" } })),
                contexts: contexts.map((n) => ({ name: n, context: { cluster: n, user: n } })),
            }),
        );
        return path;
    }

    it("takes the context that the user names, before anything else", async () => {
        const remembered: ClusterTarget = { kind: "simulated" };
        assert.deepEqual(await chooseCluster({ context: "prod" }, around({ remembered })), {
            kind: "context",
            context: "prod",
            kubeconfig: file,
        });
        assert.equal(asked, 0);
    });

    it("takes the only context of a file that the user names", async () => {
        const only = kubeconfig("only", ["one"]);
        assert.deepEqual(await chooseCluster({ kubeconfig: only }, around()), {
            kind: "context",
            context: "one",
            kubeconfig: only,
        });
    });

    it("fails on a file with several contexts, although one of them is current", async () => {
        await assert.rejects(
            chooseCluster({ kubeconfig: file }, around()),
            /has 2 contexts; name one of them with --context: dev, prod$/,
        );
    });

    it("fails on a context that does not exist, and lists those that do", async () => {
        await assert.rejects(
            chooseCluster({ context: "stage" }, around()),
            /^Refusal: --context: "stage" does not exist; use one of dev, prod$/,
        );
    });

    it("fails on a context whose user is in another file", async () => {
        const half = kubeconfig("half", ["a", "b"], ["a"]);
        await assert.rejects(
            chooseCluster({ kubeconfig: half, context: "b" }, around()),
            /the cluster or user of "b" is not in /,
        );
        assert.equal(
            (await chooseCluster({ kubeconfig: half, context: "a" }, around())).kind,
            "context",
        );
    });

    it("fails on a file that is missing or is no kubeconfig, without quoting it", async () => {
        await assert.rejects(
            chooseCluster({ kubeconfig: join(folder, "none") }, around()),
            /^Refusal: --kubeconfig: there is no file /,
        );
        const broken = join(folder, "broken");
        writeFileSync(broken, "token: [s3cret");
        await assert.rejects(chooseCluster({ kubeconfig: broken }, around()), (error: Error) => {
            assert.match(error.message, /is not a kubeconfig/);
            assert.doesNotMatch(error.message, /s3cret/);
            return true;
        });
    });

    it("goes back to where the network is, without looking for anything else", async () => {
        for (const remembered of [
            { kind: "simulated" },
            { kind: "kind" },
            { kind: "context", context: "x", kubeconfig: "/x" },
        ] as const) {
            assert.deepEqual(await chooseCluster({}, around({ remembered })), remembered);
        }
        assert.equal(asked, 0);
    });

    it("prefers containers in Docker, and simulates where there is no Docker", async () => {
        assert.deepEqual(await chooseCluster({}, around()), { kind: "kind" });
        const without = around({ canRunKind: async () => false });
        assert.deepEqual(await chooseCluster({}, without), { kind: "simulated" });
    });

    it("never takes a context that was not named, even where it is the only one", async () => {
        const only = kubeconfig("alone", ["prod"]);
        const chosen = await chooseCluster(
            {},
            around({ kubeconfigFiles: () => [only], canRunKind: async () => false }),
        );
        assert.deepEqual(chosen, { kind: "simulated" });
    });

    it("simulates where the user asks for it, although Docker is there", async () => {
        assert.deepEqual(await chooseCluster({ cluster: "simulated" }, around()), {
            kind: "simulated",
        });
    });

    it("fails on kind where it cannot run", async () => {
        await assert.rejects(
            chooseCluster({ cluster: "kind" }, around({ canRunKind: async () => false })),
            /needs the program "kind" on the PATH and a Docker daemon that answers/,
        );
    });

    it("reads the files of KUBECONFIG, else the one in the home folder", () => {
        assert.deepEqual(defaultKubeconfigFiles({ KUBECONFIG: "/a::/b" }), ["/a", "/b"]);
        assert.match(defaultKubeconfigFiles({}).join(), /\/\.kube\/config$/);
    });
});

describe("a second cluster", () => {
    const simulated: ClusterTarget = { kind: "simulated" };
    const context: ClusterTarget = { kind: "context", context: "prod", kubeconfig: "/k" };

    it("is refused while the first holds the network, with what to run instead", () => {
        assert.throws(
            () => refuseSecondCluster(context, simulated, 3, true),
            /the network is in its own simulated cluster, .*"npm run up" without naming.*npm run down -- --delete-ledgers/s,
        );
        const other: ClusterTarget = { ...context, context: "dev" };
        assert.throws(() => refuseSecondCluster(other, context, 3, true), /context "prod"/);
    });

    it("is taken once the first holds nothing", () => {
        refuseSecondCluster(context, simulated, 0, true);
    });

    it("is not the same cluster named again", () => {
        refuseSecondCluster({ ...context }, context, 3, true);
    });

    it("is not guessed where nobody remembers the first", () => {
        assert.throws(() => refuseSecondCluster(simulated, undefined, 3, false), /name it with/);
        refuseSecondCluster(simulated, undefined, 3, true);
    });
});
