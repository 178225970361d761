import assert from "node:assert/strict";

import type { OpType } from "@pulumi/pulumi/automation/index.js";

import {
    changesText,
    clean,
    failureText,
    Progress,
    resourceText,
} from "kubefabric/internal/cli/report";

const STACK = "urn:pulumi:local::project::pulumi:pulumi:Stack::project-local";
const PEER = "urn:pulumi:local::project::kubefabric:index:PeerNode::peer0";
const child = (type: string, name: string) =>
    `urn:pulumi:local::project::kubefabric:index:PeerNode$kubernetes:${type}::${name}`;
const CLAIM = child("core/v1:PersistentVolumeClaim", "peer0-ledger");
const POD = child("apps/v1:StatefulSet", "peer0");

/** The pattern by which a second `up` is found to have changed something. */
const A_CHANGE =
    /[+~-] *[0-9]+ (created|updated|deleted|replaced|to (create|update|delete|replace))/;

describe("what is said of changes", () => {
    it("counts each kind, a replacement once", () => {
        assert.equal(
            changesText({ create: 12, update: 3, replace: 1, "create-replacement": 1, same: 40 }),
            "12 created, 3 updated, 1 replaced",
        );
        assert.equal(changesText({ delete: 2, import: 1 }), "1 adopted, 2 deleted");
    });

    it("is exactly “0 changes” where nothing changed", () => {
        assert.equal(changesText({ same: 43 }), "0 changes");
        assert.equal(changesText({ same: 43, read: 2 }), "0 changes");
        assert.equal(changesText({}), "0 changes");
    });
});

describe("the name of a resource", () => {
    it("is its kind and its own name", () => {
        assert.equal(resourceText(CLAIM), "PersistentVolumeClaim peer0-ledger");
        assert.equal(resourceText(PEER), "PeerNode peer0");
        assert.equal(resourceText("urn:pulumi:s::p::a:b:C::x::y"), "C x::y");
    });

    it("is empty for the program as a whole", () => {
        assert.equal(resourceText(STACK), "");
        assert.equal(resourceText(""), "");
    });
});

describe("the progress of a run", () => {
    let lines: string[];
    let progress: Progress;
    beforeEach(() => {
        lines = [];
        progress = new Progress((line) => lines.push(line.trim().replace(/^[\d.]+ s +/, "")));
    });

    function send(...events: object[]): void {
        for (const event of events) {
            progress.onEvent({ sequence: 0, timestamp: 0, ...event });
        }
    }
    const metadata = (urn: string, op: OpType, parent: string) => {
        const custom = urn !== PEER && urn !== STACK;
        const state = { urn, custom, parent };
        return { urn, op, ...(op === "delete" ? { old: state } : { new: state }) };
    };
    const begun = (urn: string, op: OpType, parent = PEER) => ({
        resourcePreEvent: { metadata: metadata(urn, op, parent) },
    });
    const done = (urn: string, op: OpType, parent = PEER) => ({
        resOutputsEvent: { metadata: metadata(urn, op, parent) },
    });

    it("says that a component is ready once it and all its children are", () => {
        send(begun(STACK, "create", ""), begun(PEER, "create", STACK));
        send(begun(CLAIM, "create"), begun(POD, "create"), done(CLAIM, "create"));
        assert.deepEqual(lines, []);
        send(done(PEER, "create", STACK));
        assert.deepEqual(lines, []);
        send(done(POD, "create"));
        assert.deepEqual(lines, ["PeerNode peer0 ready"]);
        send(done(STACK, "create", ""));
        assert.deepEqual(lines, ["PeerNode peer0 ready"]);
    });

    it("says nothing of a component in which nothing changed", () => {
        send(begun(PEER, "same", STACK), begun(POD, "same"), done(POD, "same"));
        send(done(PEER, "same", STACK));
        assert.deepEqual(lines, []);
    });

    it("says that a component is gone, and of none that it is ready, when it is taken down", () => {
        progress = new Progress((line) => lines.push(line.trim().replace(/^[\d.]+ s +/, "")), {
            destroying: true,
        });
        const other = PEER.replace("peer0", "peer1");
        send(begun(other, "same", STACK), begun(POD, "delete", other), done(POD, "delete", other));
        send(done(other, "same", STACK));
        assert.deepEqual(lines, []);
        send(begun(CLAIM, "delete"), done(CLAIM, "delete"));
        send(begun(PEER, "delete", STACK), done(PEER, "delete", STACK));
        assert.deepEqual(lines, ["PeerNode peer0 gone"]);
    });

    it("prints nothing in a second run that looks like a change", () => {
        send(begun(PEER, "same", STACK), begun(POD, "same"), done(POD, "same"));
        send({ summaryEvent: { resourceChanges: { same: 43 } } });
        assert.doesNotMatch([...lines, changesText(progress.changes)].join("\n"), A_CHANGE);
    });

    it("shows what the program says, and keeps each problem once", () => {
        const diagnostic = (severity: string, message: string, urn = "", ephemeral = false) => ({
            diagnosticEvent: { severity, message, urn, ephemeral, color: "never" },
        });
        send(
            diagnostic("info", "<{%reset%}>join plan<{%reset%}>\n", STACK),
            diagnostic("info", "Waiting for Pods", POD, true),
            diagnostic("debug", "Registering resource"),
            diagnostic("error", "no such class\n", POD),
            diagnostic("error", "no such class", POD),
            diagnostic("warning", "using pulumi-resource-kubernetes from $PATH at /x"),
            diagnostic("warning", "a certificate ends soon", PEER),
        );
        assert.deepEqual(lines, ["join plan"]);
        assert.deepEqual(progress.errors, [
            { resource: "StatefulSet peer0", message: "no such class" },
        ]);
        assert.deepEqual(progress.warnings, [
            { resource: "PeerNode peer0", message: "a certificate ends soon" },
        ]);
    });

    it("keeps what a mandatory policy forbids as a problem", () => {
        const policy = { resourceUrn: POD, message: "ReadWriteMany", policyName: "modes" };
        send({ policyEvent: { ...policy, enforcementLevel: "warning" } });
        assert.deepEqual(progress.errors, []);
        send({ policyEvent: { ...policy, enforcementLevel: "mandatory" } });
        assert.deepEqual(progress.errors, [
            { resource: "StatefulSet peer0", message: "ReadWriteMany" },
        ]);
    });
});

describe("a message of the engine", () => {
    it("loses colors, the stack of an exception and the words around it", () => {
        const message = [
            "<{%fg 1%}>Running program '/a/index.js' failed with an unhandled exception:<{%reset%}>",
            'Error: FabricOrg "org1" has invalid arguments',
            '  mspId: "a_b" is wrong',
            "    at new FabricOrg (/a/b.js:12:3)",
            "    at Object.<anonymous> (/a/index.js:1:1)",
            "",
        ].join("\n");
        assert.equal(
            clean(message),
            'Error: FabricOrg "org1" has invalid arguments\n  mspId: "a_b" is wrong',
        );
    });

    it("is cut where it is long, and says by how much", () => {
        const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
        const cut = clean(lines.join("\n")).split("\n");
        assert.equal(cut.length, 9);
        assert.equal(cut.at(-1), "(22 more lines in the log)");
        assert.equal(clean(lines.slice(0, 9).join("\n")).split("\n").length, 9);
    });
});

describe("the end of a run that failed", () => {
    const told = (errors: { resource: string; message: string }[], fallback = "") =>
        failureText({ what: '"npm run up"', errors, fallback, log: "/log", command: "npm run up" });

    it("says what failed, what to do and where the rest is", () => {
        assert.equal(
            told([
                { resource: "StatefulSet peer0", message: "2 errors occurred" },
                { resource: "", message: "update failed" },
            ]),
            [
                '"npm run up" failed',
                "  StatefulSet peer0: 2 errors occurred",
                'What to do: mend what it says; then run "npm run up" again, it goes on from here. Nothing is lost.',
                "Full log: /log",
            ].join("\n"),
        );
    });

    it("falls back on the last words where the engine gave no reason", () => {
        assert.match(
            told([{ resource: "", message: "update failed" }], "no plugin"),
            /\n {2}no plugin\n/,
        );
    });

    const remedies: [string, RegExp][] = [
        ["write /x: no space left on device", /free some space/],
        ["incorrect passphrase", /restore it/],
        ["dial tcp 10.0.0.1:443: connect: connection refused", /check that it runs/],
        ['secrets is forbidden: User "x" cannot create', /permission is missing/],
        ["timed out waiting for Ready replicas", /kubectl describe pod/],
    ];
    for (const [message, remedy] of remedies) {
        it(`knows what to do about “${message}”`, () => {
            assert.match(told([{ resource: "", message }]), remedy);
        });
    }
});
