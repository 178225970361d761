import assert from "node:assert/strict";

import { parseDownArguments, parseUpArguments } from "kubefabric/internal/cli/arguments";
import { parseTestArguments } from "kubefabric/internal/cli/testPlan";

describe("arguments of npm run up", () => {
    it("are all optional", () => {
        assert.deepEqual(parseUpArguments([]), {
            context: undefined,
            kubeconfig: undefined,
            cluster: undefined,
            settings: {},
            verbose: false,
        });
    });

    it("name a cluster, and settings of the stack that may contain anything", () => {
        const parsed = parseUpArguments([
            ...["--context", "prod", "--kubeconfig", "a b.yaml"],
            ...["--set", "ordererNodes=1", "--set=ledgerSize=a=b", "--set", "image="],
        ]);
        assert.equal(parsed?.context, "prod");
        assert.equal(parsed?.kubeconfig, "a b.yaml");
        assert.deepEqual(parsed?.settings, { ordererNodes: "1", ledgerSize: "a=b", image: "" });
    });

    it("give nothing where help is asked for", () => {
        assert.equal(parseUpArguments(["--help"]), undefined);
        assert.equal(parseDownArguments(["-h"]), undefined);
    });

    const wrong: [string, string[], RegExp][] = [
        [
            "an option that does not exist",
            ["--clutser", "kind"],
            /^"--clutser" is not an option; use --context/,
        ],
        ["an option without its value", ["--context"], /^--context: needs a value$/],
        ["an option instead of a value", ["--context", "--verbose"], /^--context: needs a value$/],
        ["a value for a switch", ["--verbose=1"], /^--verbose: takes no value$/],
        ["an empty name", ["--context", ""], /^--context: "" is empty/],
        [
            "a word that npm let through",
            ["kind"],
            /^"kind" is not expected; options come after "--"/,
        ],
        [
            "an unknown cluster",
            ["--cluster", "gke"],
            /^--cluster: "gke" is not known; use kind or simulated$/,
        ],
        [
            "a context and a cluster of our own",
            ["--cluster", "kind", "--context", "a"],
            /^--cluster: cannot be given together with --context; keep one$/,
        ],
        [
            "a kubeconfig and a cluster of our own",
            ["--cluster", "kind", "--kubeconfig", "a"],
            /together with --kubeconfig/,
        ],
        [
            "a setting without a value",
            ["--set", "ordererNodes"],
            /^--set: "ordererNodes" is not a setting/,
        ],
        ["a setting without a key", ["--set", "=1"], /^--set: "=1" is not a setting/],
        ["a setting given twice", ["--set", "a=1", "--set", "a=2"], /^--set: "a" is given twice/],
        [
            "a setting that the command makes",
            ["--set", "deleteLedgers=true"],
            /^--set: "deleteLedgers" cannot be set; use "npm run down -- --delete-ledgers"$/,
        ],
    ];
    for (const [what, args, message] of wrong) {
        it(`fails on ${what}, with exit code 2`, () => {
            assert.throws(() => parseUpArguments(args), { message, exitCode: 2 });
        });
    }
});

describe("arguments of npm run down", () => {
    it("keep ledgers unless told otherwise", () => {
        assert.equal(parseDownArguments([])?.deleteLedgers, false);
        assert.equal(parseDownArguments(["--delete-ledgers"])?.deleteLedgers, true);
    });

    it("answer only when both are given", () => {
        assert.equal(parseDownArguments(["--delete-ledgers"])?.yes, false);
        assert.equal(parseDownArguments(["--delete-ledgers", "--yes"])?.yes, true);
    });

    it("fails on an answer without the question", () => {
        assert.throws(() => parseDownArguments(["--yes"]), { message: /^--yes: /, exitCode: 2 });
    });
});

describe("arguments of npm test", () => {
    it("run every suite, the quickest first", () => {
        assert.deepEqual(parseTestArguments([]).suites, ["unit", "engine", "network"]);
    });

    it("name one suite and pass the rest on to mocha", () => {
        assert.deepEqual(parseTestArguments(["engine", "--grep", "unit"]), {
            suites: ["engine"],
            mochaArguments: ["--grep", "unit"],
        });
        assert.deepEqual(parseTestArguments(["--grep", "claims"]).mochaArguments, [
            "--grep",
            "claims",
        ]);
    });
});
