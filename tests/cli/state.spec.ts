import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";

import {
    ownResources,
    pendingOperations,
    releaseDeadLocks,
    type State,
    type StateResource,
} from "kubefabric/internal/cli/state";

const TIMESTAMP = "2026-11-24T05:00:00Z";

describe("locks that an interrupted run left", () => {
    let state: string;
    let locks: string;
    beforeEach(() => {
        state = mkdtempSync(join(tmpdir(), "kubefabric-cli-"));
        locks = join(state, ".pulumi", "locks", "organization", "project", "local");
        mkdirSync(locks, { recursive: true });
    });
    afterEach(() => rmSync(state, { recursive: true }));

    function lock(holder: object | string): void {
        const text = typeof holder === "string" ? holder : JSON.stringify(holder);
        writeFileSync(join(locks, "1.json"), text);
        writeFileSync(join(locks, "1.json.attrs"), '{"md5":"x"}');
    }

    it("are removed where their process has ended", () => {
        const { pid } = spawnSync(process.execPath, ["--version"]);
        lock({ pid, hostname: hostname(), timestamp: TIMESTAMP });
        releaseDeadLocks({ state }, "project");
        assert.deepEqual(readdirSync(locks), []);
    });

    it("are removed where their number is another program's by now", () => {
        // This test is no Pulumi; only where the system says what a process is can that be known.
        if (existsSync("/proc/self/stat")) {
            lock({ pid: process.pid, hostname: hostname(), timestamp: TIMESTAMP });
            releaseDeadLocks({ state }, "project");
            assert.deepEqual(readdirSync(locks), []);
        }
    });

    it("are removed where they were cut off while being written", () => {
        lock("{");
        releaseDeadLocks({ state }, "project");
        assert.deepEqual(readdirSync(locks), []);
    });

    it("fails on one whose process runs, and leaves it", () => {
        lock({ pid: 77, hostname: hostname(), timestamp: TIMESTAMP });
        assert.throws(
            () => releaseDeadLocks({ state }, "project", (pid) => pid === 77),
            /^Refusal: process 77 is changing this network .*"kill -INT 77"$/,
        );
        assert.equal(readdirSync(locks).length, 2);
    });

    it("fails on one of another machine, and leaves it", () => {
        lock({ pid: 77, hostname: "elsewhere", timestamp: TIMESTAMP });
        assert.throws(
            () => releaseDeadLocks({ state }, "project", () => false),
            /locked by process 77 on "elsewhere".*remove .*1\.json$/,
        );
        assert.equal(readdirSync(locks).length, 2);
    });

    it("are not there at all after an orderly run", () => {
        rmSync(locks, { recursive: true });
        releaseDeadLocks({ state }, "project");
    });
});

describe("what a state tells", () => {
    const resource = (name: string, type: string, custom = true): StateResource => ({
        urn: `urn:pulumi:local::project::${type}::${name}`,
        type,
        custom,
    });
    const claim = resource("claim", "kubernetes:core/v1:PersistentVolumeClaim");
    const node = resource("node", "kubernetes:apps/v1:StatefulSet");
    const state: State = {
        version: 3,
        deployment: {
            resources: [
                resource("project-local", "pulumi:pulumi:Stack", false),
                resource("default", "pulumi:providers:kubernetes"),
                resource("peer0", "kubefabric:index:PeerNode", false),
                claim,
                node,
            ],
            pending_operations: [
                { type: "creating", resource: resource("new", "kubernetes:core/v1:Service") },
                { type: "updating", resource: node },
                { type: "deleting", resource: node },
                { type: "deleting", resource: resource("gone", "kubernetes:core/v1:Service") },
            ],
        },
    };

    it("counts what stands for something: no components, no providers", () => {
        assert.deepEqual(ownResources(state), [claim, node]);
        assert.deepEqual(ownResources({ version: 3, deployment: {} }), []);
    });

    it("tells what an interrupted run was making from what it was changing", () => {
        assert.deepEqual(pendingOperations(state), {
            creating: ["urn:pulumi:local::project::kubernetes:core/v1:Service::new"],
            changing: [node.urn],
        });
    });
});
