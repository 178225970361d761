import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { channelProblems } from "kubefabric/internal/fabric/channelProblems";

import { RULES } from "./channelRules.ts";
import { changed, goldenDefinition } from "./goldenChannel.ts";

/** What an ordering node of Fabric 3.1.5 answered to the first block of a definition. */
interface Answer {
    right: number;
    /** A status, or what happened instead of one. */
    wrong: number | string;
    error?: string;
}

const ANSWERS = JSON.parse(
    readFileSync(new URL("../golden/answers.json", import.meta.url), "utf8"),
) as Record<string, Answer>;

describe("channelProblems", () => {
    it("finds none in channels that Fabric takes", () => {
        for (const kind of ["raft", "bft"] as const) {
            assert.deepEqual(channelProblems(goldenDefinition(kind)), []);
        }
    });

    for (const { name, kind, right, wrong, path, reason } of RULES) {
        it(`knows that ${name}`, () => {
            assert.deepEqual(channelProblems(changed(kind, right)), []);
        });

        it(`fails where it is not so that ${name}`, () => {
            const problems = channelProblems(changed(kind, wrong));
            const found = problems.filter((problem) => problem.path === path);
            assert.equal(found.length, 1, JSON.stringify(problems));
            assert.match(found[0]?.reason ?? "", reason);
            for (const problem of problems) {
                assert.doesNotMatch(problem.reason, /-----|\.$|undefined/);
            }
        });
    }

    it("fails in one place for one fault, but where one fault is in many places", () => {
        const many = RULES.filter(
            ({ kind, wrong }) => channelProblems(changed(kind, wrong)).length > 1,
        );
        assert.deepEqual(
            many.map(({ name }) => name),
            ["a consenter's TLS certificate is of its organization's TLS CA"],
        );
    });

    it("fails with everything at once", () => {
        const broken = changed("bft", (channel) => {
            channel.channelId = "X";
            channel.capabilities.channel = "V2_0";
            channel.application = [];
            channel.settings.batchTimeout = "soon";
            channel.settings.acls = { "peer/Propose": " " };
            for (const { consenters } of channel.ordering) {
                consenters.splice(1);
            }
        });
        assert.deepEqual(
            channelProblems(broken).map(({ path }) => path),
            [
                "channelId",
                "capabilities.channel",
                "ordering",
                "application",
                "settings.batchTimeout",
                'settings.acls["peer/Propose"]',
            ],
        );
    });

    it("fails on an organization that is none, and says nothing more about it", () => {
        const broken = changed("raft", (channel) => {
            channel.ordering[0] = {} as (typeof channel.ordering)[0];
            channel.settings.maxMessageCount = 0;
        });
        assert.deepEqual(
            channelProblems(broken).map(({ path }) => path),
            ["ordering[0].version", "settings.maxMessageCount"],
        );
    });
});

describe("the rules of a channel", () => {
    it("were shown to Fabric, each with its right and its wrong definition", () => {
        assert.deepEqual(Object.keys(ANSWERS).sort(), RULES.map(({ name }) => name).sort());
    });

    it("let through nothing but what Fabric took", () => {
        for (const [name, { right }] of Object.entries(ANSWERS)) {
            assert.equal(right, 201, name);
        }
    });

    it("are Fabric's own, but for those without which a channel would not work or not be safe", () => {
        const ours = Object.entries(ANSWERS).filter(([, { wrong }]) => wrong === 201);
        assert.deepEqual(
            ours.map(([name]) => name),
            [
                "SmartBFT comes with the channel capability V3_0",
                "SmartBFT has four consenters or more",
                "some organization runs peers",
                "an organization is named once among those with peers",
                "an organization is named once among those with ordering nodes",
                "with V2_0, some ordering organization has endpoints",
                "no two consenters have one address",
                "a consenter's certificate speaks for the host by which it is dialed",
                "Raft's consenters need none",
                "an enrollment certificate is of its organization's signing CA",
                "no two consenters have one identity",
                "a block is deliverable: 49 MiB at most",
                "a guard of a function names a policy",
                "a guard's path starts at the channel",
            ],
        );
    });
});
