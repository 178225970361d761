import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { Ajv } from "ajv";
import fc from "fast-check";
import type { OrgDefinition } from "kubefabric/internal/fabric/msp";
import { readOrgDefinition } from "kubefabric/internal/fabric/orgDefinition";

import { goldenDefinition } from "./goldenChannel.ts";
import { revocationList, SigningOrg } from "./signingOrgs.ts";

interface Schema {
    $id: string;
    properties: Record<string, { description?: string }>;
}

const schema = JSON.parse(
    readFileSync(
        createRequire(import.meta.url).resolve("kubefabric/definition.schema.json"),
        "utf8",
    ),
) as Schema;

/** Right definitions: with and without intermediates, consenters, endpoints and anchor peers. */
const GOLDEN: OrgDefinition[] = (["raft", "bft"] as const).flatMap((kind) => {
    const { ordering, application } = goldenDefinition(kind);
    return [...ordering, ...application];
});

/** One that left its roots behind and took a certificate back. */
const leaver = await SigningOrg.make("Org1MSP");
const RIGHT: OrgDefinition[] = [
    ...GOLDEN,
    {
        ...GOLDEN[1]!,
        signingCaPem: leaver.ca.certificatePem,
        formerSigningCasPem: [GOLDEN[1]!.signingCaPem],
        formerTlsCasPem: [GOLDEN[0]!.tlsCaPem],
        revocationListsPem: [revocationList(leaver.ca, (await leaver.signer()).certificatePem)],
    },
];

/** Values that are wrong in most places, and right in some. */
const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(
        1,
        0,
        65_536,
        7050.5,
        "",
        "Org1MSP",
        "peer0.org1.example.com",
        "PEER0",
        "2001:DB8::1",
        "fe80::1%eth0",
        "orderer0:7050",
        "[::1]:7050",
        "orderer0:99999",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        RIGHT[0]!.signingCaPem,
        `x${RIGHT[0]!.signingCaPem}`,
        `${RIGHT[0]!.signingCaPem}x`,
        RIGHT[0]!.signingCaPem.replaceAll("\n", "\r\n"),
        RIGHT[0]!.consenters,
        RIGHT[1]!.anchorPeers,
        true,
        null,
    ),
);

/** Paths of everything in a JSON value. */
function pathsIn(json: unknown, path: string[] = []): string[][] {
    const below =
        typeof json === "object" && json !== null
            ? Object.entries(json).flatMap(([key, each]) => pathsIn(each, [...path, key]))
            : [];
    return [path, ...below];
}

type Edit = { op: "set" | "remove" | "add" | "repeat"; at: number; value: unknown; key: string };

const edit: fc.Arbitrary<Edit> = fc.record({
    op: fc.constantFrom("set", "remove", "add", "repeat"),
    at: fc.nat(),
    value,
    key: fc.oneof(
        fc.string(),
        fc.constantFrom("__proto__", "constructor", "host", "tlsIntermediatesPem"),
    ),
});

/** A definition after an edit by hand. */
function edited(json: unknown, { op, at, value: given, key }: Edit): unknown {
    const copy = structuredClone(json);
    const paths = pathsIn(copy);
    const path = paths[at % paths.length]!;
    const last = path.at(-1);
    if (last === undefined) {
        return op === "set" ? given : copy;
    }
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    const parent = path.slice(0, -1).reduce<any>((node, step) => node[step], copy);
    if (op === "remove") {
        if (Array.isArray(parent)) {
            parent.splice(Number(last), 1);
        } else {
            delete parent[last];
        }
    } else if (op === "set") {
        parent[last] = given;
    } else if (op === "add") {
        Object.defineProperty(parent, Array.isArray(parent) ? String(parent.length) : key, {
            value: given,
            enumerable: true,
            configurable: true,
            writable: true,
        });
    } else if (Array.isArray(parent)) {
        parent.push(...Array<unknown>(120).fill(parent[Number(last)]));
    }
    return copy;
}

describe("the schema of a definition", () => {
    const validate = new Ajv({ allErrors: true, strict: true }).compile(schema);

    it("has a name that is no address", () => {
        assert.equal(schema.$id, "urn:kubefabric:organization-definition:1");
    });

    it("takes what the validator takes", () => {
        for (const definition of RIGHT) {
            assert.ok(validate(definition), JSON.stringify(validate.errors));
            assert.deepEqual(readOrgDefinition(definition).problems, []);
        }
    });

    it("knows every field that a definition has, and describes each", () => {
        const known = new Set(RIGHT.flatMap((definition) => Object.keys(definition)));
        assert.deepEqual([...known].sort(), Object.keys(schema.properties).sort());
        for (const [name, { description }] of Object.entries(schema.properties)) {
            assert.ok(description, name);
        }
    });

    it("refuses nothing that the validator takes, whatever a hand has edited", () => {
        let refused = 0;
        let taken = 0;
        fc.assert(
            fc.property(
                fc.nat(RIGHT.length - 1),
                fc.array(edit, { minLength: 1, maxLength: 3 }),
                (index, edits) => {
                    const text = JSON.stringify(edits.reduce<unknown>(edited, RIGHT[index]));
                    const { problems } = readOrgDefinition(text);
                    if (validate(JSON.parse(text))) {
                        taken += 1;
                    } else {
                        refused += 1;
                        assert.ok(
                            problems.length > 0,
                            `${JSON.stringify(validate.errors)}\n${text}`,
                        );
                    }
                    for (const { path, reason } of problems) {
                        assert.ok(path.length > 0);
                        assert.doesNotMatch(reason, /undefined|NaN|\[object/);
                        assert.ok(reason.length < 800, reason);
                    }
                },
            ),
            { numRuns: 1500 },
        );
        assert.ok(refused > 300 && taken > 20, `${refused} refused, ${taken} taken`);
    });
});
