import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

import { settingsOf } from "kubefabric/internal/fabric/genesisBlock";
import { policies } from "kubefabric/policy";
import { checkRecording, replay } from "kubefabric/testing";

import {
    answering,
    COMPANIES,
    CONSORTIUM,
    definitionFile,
    FOUNDER,
    MEMBERS,
    programOf,
    recordCompany,
    type Company,
    type Issued,
} from "../support/consortium.ts";
import { countsOf, EXAMPLES, manifestIn, namesOf, settingsReadBy } from "../support/examples.ts";
import { valueOf } from "../support/network.ts";
import { assertSnapshot } from "../support/snapshot.ts";

const CHECKOUT = join(EXAMPLES, "..");

/** How many resources a company's program registers, and what more once it takes part in the channel. */
const COUNTS: Record<string, { total: number; then: Record<string, number> }> = {
    founder: {
        total: 82,
        then: {
            Channel: 1,
            GenesisBlock: 1,
            OrdererChannelMembership: 3,
            ConsenterSet: 1,
            ChannelConfig: 1,
        },
    },
    "gke-member": {
        total: 47,
        then: {
            JoinedChannel: 1,
            PublishedBlock: 1,
            PeerChannelMembership: 1,
            OrganizationMembership: 1,
        },
    },
    "aks-member": {
        total: 44,
        then: {
            JoinedChannel: 1,
            PublishedBlock: 1,
            PeerChannelMembership: 1,
            OrganizationMembership: 1,
        },
    },
};

describe("three companies, each with the program of the example and the files that it got", function () {
    this.timeout(60_000);
    const files: Record<string, string> = {};
    const states = new Map<Company, Issued>(COMPANIES.map((company) => [company, new Map()]));
    let refused: string[];
    const answersOf = (company: Company) => answering(refused, states.get(company));
    const takingPart = (company: Company, got: Record<string, string>) =>
        recordCompany(company, got, {
            config: { [company.takesPart]: "true" },
            outputs: answersOf(company),
        });
    beforeEach(() => {
        refused = [];
    });
    before(async () => {
        refused = [];
        for (const company of COMPANIES) {
            const outputs = answersOf(company);
            files[company.publishes] = await definitionFile(
                await recordCompany(company, {}, { outputs }),
            );
        }
        const founder = await takingPart(FOUNDER, files);
        assert.deepEqual(refused, []);
        assert.equal(await definitionFile(founder), files[FOUNDER.publishes]);
        files["trade.block"] = await valueOf(founder.returned.genesisBlock!);
        files["trade.hash"] = `${await valueOf(founder.returned.genesisHash!)}\n`;
    });

    it("found a channel of the members' definitions, with the ordering nodes at their outside names", () => {
        const { application, ordering } = settingsOf(Buffer.from(files["trade.block"]!, "base64"));
        assert.deepEqual(
            application.map(({ mspId, anchorPeers }) => [mspId, anchorPeers[0]?.host]),
            [
                ["Org1MSP", "org1-peer0.org1.example.com"],
                ["Org2MSP", "acme-org2-peer0.westeurope.cloudapp.azure.com"],
            ],
        );
        assert.deepEqual(
            ordering.map(({ mspId, endpoints }) => [mspId, endpoints]),
            [
                [
                    "FounderMSP",
                    [0, 1, 2].map((index) => `orderer-${index}.orderers.example.com:7050`),
                ],
            ],
        );
    });

    it("send each other no key", () => {
        assert.deepEqual(Object.keys(files).sort(), [
            "founder.json",
            "org1.json",
            "org2.json",
            "trade.block",
            "trade.hash",
        ]);
        const block = Buffer.from(files["trade.block"]!, "base64").toString("latin1");
        assert.match(block, /BEGIN CERTIFICATE/);
        assert.doesNotMatch(Object.values(files).join("\n") + block, /PRIVATE KEY/);
    });

    for (const member of MEMBERS) {
        it(`join it with the block, the hash and the founder's definition: ${member.folder}`, async () => {
            const got = pick(files, "founder.json", "trade.block", "trade.hash");
            const recording = await takingPart(member, got);
            assert.deepEqual(refused, []);
            const asked = recording.ofKind("PeerChannelMembership")[0]!.inputs.addresses;
            const addresses = asked as { mspId: string; endpoints: string[] }[];
            assert.deepEqual(
                addresses.map(({ mspId, endpoints }) => [mspId, endpoints[2]]),
                [["FounderMSP", "orderer-2.orderers.example.com:7050"]],
            );
        });

        it(`fail with keys that are not those of their definition: ${member.folder}`, async () => {
            await recordCompany(member, files, {
                config: { [member.takesPart]: "true" },
                outputs: answering(refused),
            });
            assert.match(refused.join(), /is in the block with another signing and TLS CA/);
        });

        it(`fail on a hash that is another block's: ${member.folder}`, async () => {
            await takingPart(member, { ...files, "trade.hash": "0".repeat(64) });
            assert.ok(
                refused.some((line) => /is not the hash of genesisBlock/.test(line)),
                refused.join(),
            );
        });
    }

    for (const company of COMPANIES) {
        const { folder } = company;
        const { total, then } = COUNTS[folder]!;

        it(`are their nodes and clusters first, and the channel's once it is said: ${folder}`, async () => {
            const first = await recordCompany(company, {});
            const second = await recordCompany(company, files, {
                config: { [company.takesPart]: "true" },
                preview: true,
                outputs: () => ({}),
            });
            assert.equal(first.resources.length, total);
            assert.deepEqual(countsOf(second), { ...countsOf(first), ...then });
            const names = namesOf(second);
            assert.deepEqual(
                namesOf(first).filter((name) => !names.includes(name)),
                [],
            );
            assertSnapshot(`${folder}.urns`, names);
        });

        it(`pass the policy pack without an advice: ${folder}`, async () => {
            const recording = await recordCompany(company, files, {
                config: { [company.takesPart]: "true" },
            });
            assert.deepEqual(await replay(recording, policies), []);
            assert.deepEqual(checkRecording(recording), []);
        });

        it(`fail with the name of a file that they have not got: ${folder}`, async () => {
            const needed = [...programOf(company).source.matchAll(/readFileSync\("([\w.]+)"/g)].map(
                ([, file]) => file!,
            );
            assert.ok(needed.length > 1);
            for (const file of needed) {
                const got = { ...files };
                delete got[file];
                await assert.rejects(takingPart(company, got), new RegExp(`ENOENT.*'${file}'`));
            }
        });

        it(`lose the protection of everything once ledgers may be deleted: ${folder}`, async () => {
            const recording = await recordCompany(company, files, {
                config: { [company.takesPart]: "true", deleteLedgers: "true" },
            });
            const still = recording.resources.filter(
                ({ protect, retainOnDelete, inputs }) =>
                    protect || retainOnDelete || inputs.deletionProtection === true,
            );
            assert.deepEqual(
                still.map(({ urn }) => urn),
                [],
            );
        });
    }
});

function pick(files: Record<string, string>, ...names: string[]): Record<string, string> {
    return Object.fromEntries(names.map((name) => [name, files[name]!]));
}

for (const example of [CONSORTIUM, ...COMPANIES.map(programOf)]) {
    const folder = dirname(example.program);
    describe(`the program in ${relative(CHECKOUT, folder)}`, () => {
        it("reads the settings that its Pulumi.yaml describes, and no others", () => {
            const { config } = example.project;
            assert.deepEqual(settingsReadBy(example), Object.keys(config).sort());
            for (const [key, { description }] of Object.entries(config)) {
                assert.ok(description, key);
            }
        });

        it("asks for what it imports as this package is tested with", () => {
            const { name, main, dependencies, devDependencies } = example.manifest;
            assert.equal(main, "index.ts");
            assert.equal(name, example.project.name);
            const ours = manifestIn(CHECKOUT);
            const known: Record<string, string> = {
                ...ours.devDependencies,
                ...ours.dependencies,
                kubefabric: `^${ours.version}`,
            };
            const asked = { ...dependencies, ...devDependencies };
            for (const [each, version] of Object.entries(asked)) {
                assert.equal(version, known[each], each);
            }
            const clouds = [...example.source.matchAll(/"kubefabric\/(\w+)"/g)].map(
                ([, cloud = ""]) => SDKS[cloud]!,
            );
            const imported = [...clouds, "@pulumi/pulumi", "kubefabric"];
            assert.deepEqual(Object.keys(dependencies).sort(), imported.sort());
        });

        it("is shorter than 90 lines and type-checked by npm run check-types", () => {
            assert.ok(example.source.split("\n").length < 90);
            const checks = manifestIn(CHECKOUT).scripts!["check-types"]!.split(" && ");
            assert.ok(checks.includes(`tsc -p ${relative(CHECKOUT, folder)}`));
            const settings = (of: string) => readFileSync(join(of, "tsconfig.json"), "utf8");
            assert.equal(settings(folder), settings(join(EXAMPLES, "local")));
        });
    });
}

const SDKS: Record<string, string> = {
    gke: "@pulumi/gcp",
    aks: "@pulumi/azure-native",
    iks: "@pulumi/ibm",
};
