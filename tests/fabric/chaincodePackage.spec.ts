import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";

import fc from "fast-check";
import {
    chaincodePackage,
    chaincodePackageProblems,
    type ChaincodeCode,
    PACKAGE_LIMIT_BYTES,
    packageIdOf,
    sizeProblem,
} from "kubefabric/internal/fabric/chaincodePackage";
import { labelProblem } from "kubefabric/internal/fabric/packageLabel";
import { archivePathProblem, tarGzip } from "kubefabric/internal/fabric/tarGzip";
import { Parser } from "tar";

import { golden } from "../support/golden.ts";
import { makeAuthority, makeIdentity } from "../support/nodeIdentities.ts";

interface Row {
    label: string;
    code: ChaincodeCode;
    packageId: string;
}

const ROWS = JSON.parse(golden("chaincode/packages.json")) as Row[];

interface Entry {
    content: string;
    mode?: number;
    uid?: number;
    gid?: number;
    mtime?: Date;
    type: string;
}

/** What a well-known library reads out of an archive, by path in its order. */
function entriesOf(archive: Uint8Array): Map<string, Entry> {
    const entries = new Map<string, Entry>();
    const parser = new Parser({
        sync: true,
        strict: true,
        onReadEntry: (entry) => {
            const { mode, uid, gid, mtime, type } = entry;
            const chunks: Buffer[] = [];
            entry.on("data", (chunk: Buffer) => chunks.push(chunk));
            entry.on("end", () => {
                const content = Buffer.concat(chunks).toString("latin1");
                entries.set(entry.path, { content, mode, uid, gid, mtime, type });
            });
        },
    });
    parser.end(gunzipSync(archive));
    return entries;
}

function codeIn(label: string, code: ChaincodeCode): Map<string, Entry> {
    const outer = entriesOf(chaincodePackage(label, code).bytes);
    return entriesOf(Buffer.from(outer.get("code.tar.gz")?.content ?? "", "latin1"));
}

const SERVICE: ChaincodeCode = { type: "ccaas", address: "basic.org1.svc:9999" };

describe("an archive", () => {
    const path = fc
        .array(fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/), { minLength: 1, maxLength: 4 })
        .map((parts) => parts.join("/"));
    const files = fc.uniqueArray(fc.record({ path, content: fc.uint8Array({ maxLength: 2000 }) }), {
        minLength: 1,
        selector: (file) => file.path,
    });

    it("holds its files, sorted, with no owner and no time, in whatever order they came", () => {
        fc.assert(
            fc.property(files, (list) => {
                const archive = tarGzip(list);
                assert.deepEqual(tarGzip([...list].reverse()), archive);
                const entries = entriesOf(archive);
                assert.deepEqual([...entries.keys()], list.map((file) => file.path).sort());
                for (const file of list) {
                    assert.deepEqual(entries.get(file.path), {
                        content: Buffer.from(file.content).toString("latin1"),
                        mode: 0o644,
                        uid: 0,
                        gid: 0,
                        mtime: new Date(0),
                        type: "File",
                    });
                }
            }),
            { numRuns: 50 },
        );
    });

    it("begins as gzip does, without a time and a system, and is larger than its contents", () => {
        const content = new Uint8Array(200_000);
        const archive = tarGzip([{ path: "zeros", content }]);
        assert.equal(Buffer.from(archive.subarray(0, 10)).toString("hex"), "1f8b08000000000000ff");
        assert.ok(archive.length > content.length);
        // Pieces of 65535 bytes and a shorter one, each behind its length and the complement of it.
        assert.equal(Buffer.from(archive.subarray(10, 15)).toString("hex"), "00ffff0000");
        assert.equal(entriesOf(archive).get("zeros")?.content.length, content.length);
    });

    it("takes paths of up to 255 characters, cut at a folder", () => {
        const longest = `${"d".repeat(155)}/${"f".repeat(100)}`;
        assert.equal(archivePathProblem(longest), undefined);
        assert.deepEqual(
            [...entriesOf(tarGzip([{ path: longest, content: new Uint8Array(1) }])).keys()],
            [longest],
        );
        assert.match(
            archivePathProblem(`${longest}f`) ?? "",
            /is longer than a tar can say.*shorten it/,
        );
        assert.match(archivePathProblem("f".repeat(101)) ?? "", /is longer than a tar can say/);
        assert.throws(
            () => tarGzip([{ path: "f".repeat(101), content: new Uint8Array(1) }]),
            /longer/,
        );
    });

    it("fails for paths that lead out of it or that systems read in different ways", () => {
        for (const wrong of ["", "/etc/passwd", "a/../b", "./a", "a//b", "a/", ".."]) {
            assert.match(
                archivePathProblem(wrong) ?? "",
                /is no path inside of the package/,
                wrong,
            );
        }
        for (const wrong of ["ä", "a\\b", "a\nb"]) {
            assert.match(archivePathProblem(wrong) ?? "", /not every system reads the same/, wrong);
        }
    });
});

describe("a chaincode package", () => {
    for (const { label, code, packageId } of ROWS) {
        it(`has for ${label} (${code.type}) the ID that Fabric's own peer gives it`, () => {
            assert.equal(chaincodePackage(label, code).packageId, packageId);
        });
    }

    it("has its metadata and its code at the top, and an ID of its label and its bytes", () => {
        const { label, packageId, bytes } = chaincodePackage("basic_1.0", SERVICE);
        const entries = entriesOf(bytes);
        assert.deepEqual([...entries.keys()], ["code.tar.gz", "metadata.json"]);
        assert.equal(entries.get("metadata.json")?.content, '{"type":"ccaas","label":"basic_1.0"}');
        assert.equal(packageId, packageIdOf(label, bytes));
        assert.notEqual(packageIdOf(label, bytes.subarray(1)), packageId);
    });

    it("tells peers where a service is dialed, without TLS where there is no root", () => {
        assert.deepEqual(JSON.parse(codeIn("a", SERVICE).get("connection.json")?.content ?? ""), {
            address: "basic.org1.svc:9999",
            dial_timeout: "10s",
            tls_required: false,
        });
    });

    it("has the root of a service's TLS certificate in it, and never a leaf or a key", async () => {
        const root = await makeAuthority("tls-ca");
        const leaf = await makeIdentity({ ca: root, commonName: "service" });
        const code = { ...SERVICE, dialTimeout: "3s", tlsRootPem: root.certificatePem };
        assert.deepEqual(JSON.parse(codeIn("a", code).get("connection.json")?.content ?? ""), {
            address: "basic.org1.svc:9999",
            dial_timeout: "3s",
            tls_required: true,
            client_auth_required: false,
            root_cert: root.certificatePem,
        });
        const reasons = (tlsRootPem: string) =>
            chaincodePackageProblems("a", { ...SERVICE, tlsRootPem }).map(({ reason }) => reason);
        assert.match(reasons(leaf.certificatePem)[0] ?? "", /"O=Org1MSP, .*CN=service" is no CA/);
        assert.match(reasons(root.certificatePem + leaf.certificatePem)[0] ?? "", /is no CA/);
        assert.match(
            reasons(root.certificatePem + root.privateKeyPem)[0] ?? "",
            /private key in it/,
        );
        assert.deepEqual(reasons("x"), ["it is no certificate; pass the CA's certificate in PEM"]);
    });

    it("carries indexes for CouchDB where peers look for them", () => {
        const definition = { index: { fields: ["owner", { size: "desc" }] }, type: "json" };
        const indexes = [
            { name: "owner", definition },
            { name: "owner", collection: "secrets", definition },
        ];
        const code = codeIn("a", { ...SERVICE, indexes });
        assert.deepEqual(
            [...code.keys()],
            [
                "META-INF/statedb/couchdb/collections/secrets/indexes/owner.json",
                "META-INF/statedb/couchdb/indexes/owner.json",
                "connection.json",
            ],
        );
        const file = code.get("META-INF/statedb/couchdb/indexes/owner.json");
        assert.deepEqual(JSON.parse(file?.content ?? ""), definition);
    });

    it("names image and digest for the external builder of Kubernetes", () => {
        const digest = `sha256:${"0".repeat(64)}`;
        const code = codeIn("a", { type: "k8s", image: "ghcr.io/example/asset", digest });
        assert.deepEqual(JSON.parse(code.get("image.json")?.content ?? ""), {
            name: "ghcr.io/example/asset",
            digest,
        });
    });

    it("has sources below src, metadata beside them, and leaves out what Fabric leaves out", () => {
        const files = {
            "package.json": "{}",
            "lib/a.js": "a",
            "node_modules/x/index.js": "x",
            ".git/HEAD": "x",
            "META-INF/statedb/couchdb/indexes/a.json": "{}",
            "META-INF/statedb/couchdb/indexes/.hidden": "x",
        };
        assert.deepEqual(
            [...codeIn("a", { type: "node", files }).keys()],
            ["META-INF/statedb/couchdb/indexes/a.json", "src/lib/a.js", "src/package.json"],
        );
        const vendored = { ...files, "go.mod": "module example.com/a", "main.go": "package main" };
        assert.ok(
            codeIn("a", { type: "golang", files: vendored }).has("src/node_modules/x/index.js"),
        );
    });

    it("tells the peer the import path of Go code", () => {
        const metadata = (code: ChaincodeCode) =>
            entriesOf(chaincodePackage("a", code).bytes).get("metadata.json")?.content;
        const files = { "go.mod": '// a\nmodule "example.com/a" // b\n', "cmd/main.go": "" };
        assert.equal(
            metadata({ type: "golang", files, mainFolder: "cmd" }),
            '{"path":"example.com/a/cmd","type":"golang","label":"a"}',
        );
        assert.equal(
            metadata({ type: "golang", files }),
            '{"path":"example.com/a","type":"golang","label":"a"}',
        );
        assert.equal(
            metadata({ type: "java", files: { "pom.xml": "" } }),
            '{"path":"","type":"java","label":"a"}',
        );
    });

    const wrong: [what: string, code: ChaincodeCode, path: string, reason: RegExp][] = [
        [
            "a URL as address",
            { ...SERVICE, address: "http://a:1" },
            "address",
            /is not where a service is dialed; write "host:port"/,
        ],
        ["an address without port", { ...SERVICE, address: "a" }, "address", /write "host:port"/],
        ["a port that is none", { ...SERVICE, address: "a:65536" }, "address", /write "host:port"/],
        [
            "a template in a URL",
            { ...SERVICE, address: "http://{{.a}}:1" },
            "address",
            /"host:port"/,
        ],
        [
            "a time that is none",
            { ...SERVICE, dialTimeout: "10" },
            "dialTimeout",
            /"10" is not a Go duration above 0; write "10s"/,
        ],
        ["no time at all", { ...SERVICE, dialTimeout: "0s" }, "dialTimeout", /above 0/],
        [
            "an image with a tag",
            { type: "k8s", image: "a:1", digest: `sha256:${"0".repeat(64)}` },
            "image",
            /without tag and digest/,
        ],
        [
            "a short digest",
            { type: "k8s", image: "a", digest: "sha256:0" },
            "digest",
            /64 hexadecimal digits/,
        ],
        [
            "another type",
            { type: "docker" } as unknown as ChaincodeCode,
            "type",
            /"docker" is not a type of chaincode; write "ccaas", "k8s", "golang", "node" or "java"/,
        ],
        [
            "node without package.json",
            { type: "node", files: { "a.js": "" } },
            "files",
            /no package\.json at the root of the node sources/,
        ],
        [
            "java without a build",
            { type: "java", files: { a: "" } },
            "files",
            /no build\.gradle or build\.gradle\.kts or pom\.xml/,
        ],
        [
            "golang without a module",
            { type: "golang", files: { "a.go": "" } },
            "files",
            /no go\.mod/,
        ],
        [
            "a go.mod without a name",
            { type: "golang", files: { "go.mod": "go 1.26" } },
            'files["go.mod"]',
            /has no line "module NAME"/,
        ],
        [
            "a folder without files",
            { type: "golang", files: { "go.mod": "module a" }, mainFolder: "cmd" },
            "mainFolder",
            /"cmd" has no files/,
        ],
        [
            "a path that leads out",
            { type: "node", files: { "package.json": "", "../a": "" } },
            'files["../a"]',
            /is no path inside/,
        ],
        [
            "an index without fields",
            { ...SERVICE, indexes: [{ name: "a", definition: { index: {} } }] },
            "indexes[0].definition.index.fields",
            /is no list of fields/,
        ],
        [
            "an index that is no index",
            { ...SERVICE, indexes: [{ name: "a", definition: { ddoc: "d" } }] },
            "indexes[0].definition",
            /it has no index/,
        ],
        [
            "an index that is a word",
            { ...SERVICE, indexes: [{ name: "a", definition: { index: "a" } }] },
            "indexes[0].definition.index",
            /is no object/,
        ],
        [
            "a key that peers do not know",
            {
                ...SERVICE,
                indexes: [{ name: "a", definition: { index: { fields: ["a"] }, x: 1 } }],
            },
            "indexes[0].definition.x",
            /"x" is not known to peers/,
        ],
        [
            "a key inside the index",
            {
                ...SERVICE,
                indexes: [{ name: "a", definition: { index: { fields: ["a"], x: 1 } } }],
            },
            "indexes[0].definition.index.x",
            /"x" is not known to peers/,
        ],
        [
            "an order that is none",
            {
                ...SERVICE,
                indexes: [{ name: "a", definition: { index: { fields: [{ a: "up" }] } } }],
            },
            "indexes[0].definition.index.fields[0]",
            /is no field/,
        ],
        [
            "a type that is none",
            {
                ...SERVICE,
                indexes: [{ name: "a", definition: { index: { fields: ["a"] }, type: "text" } }],
            },
            "indexes[0].definition.type",
            /write "json"/,
        ],
        [
            "a name that is a number",
            {
                ...SERVICE,
                indexes: [{ name: "a", definition: { index: { fields: ["a"] }, name: 1 } }],
            },
            "indexes[0].definition.name",
            /is no text/,
        ],
        [
            "an index in a path",
            { ...SERVICE, indexes: [{ name: "../a", definition: { index: { fields: ["a"] } } }] },
            "indexes[0].name",
            /is not a name of a file/,
        ],
        [
            "an index of no collection",
            {
                ...SERVICE,
                indexes: [
                    { name: "a", collection: "a/b", definition: { index: { fields: ["a"] } } },
                ],
            },
            "indexes[0].collection",
            /is not a name of a collection/,
        ],
    ];
    for (const [what, code, path, reason] of wrong) {
        it(`fails for ${what}`, () => {
            const problems = chaincodePackageProblems("a", code);
            assert.deepEqual(
                problems.map((problem) => problem.path),
                [path],
            );
            assert.match(problems[0]?.reason ?? "", reason);
            assert.throws(() => chaincodePackage("a", code), reason);
        });
    }

    it("fails for two indexes of one name, unless one is of a collection", () => {
        const definition = { index: { fields: ["a"] } };
        const of = (...collections: (string | undefined)[]) =>
            chaincodePackageProblems("a", {
                ...SERVICE,
                indexes: collections.map((collection) => ({ name: "a", collection, definition })),
            }).map(({ path }) => path);
        assert.deepEqual(of(undefined, undefined), ["indexes[1].name"]);
        assert.deepEqual(of(undefined, "c"), []);
    });

    it("takes an address that peers fill in", () => {
        const address = "{{.peername}}-basic:{{.port}}";
        assert.deepEqual(chaincodePackageProblems("a", { ...SERVICE, address }), []);
    });

    it("has a label by Fabric's own rule", () => {
        for (const right of ["a", "0", "basic_1.0", "A+b-c_d.e", "a".repeat(183)]) {
            assert.equal(labelProblem(right), undefined, right);
        }
        for (const broken of ["", "_a", ".a", "+a", "-a", "a b", "a:b", "a/b", "ä"]) {
            assert.match(
                labelProblem(broken) ?? "",
                /is not a label .*; write "[A-Za-z0-9][A-Za-z0-9_.+-]*"/,
                broken,
            );
        }
        assert.match(labelProblem("basic:1.0") ?? "", /write "basic_1\.0"$/);
        assert.match(labelProblem("a".repeat(184)) ?? "", /184 characters and the limit is 183/);
    });

    it("fails when it is larger than one message to a peer", () => {
        assert.equal(sizeProblem(PACKAGE_LIMIT_BYTES), undefined);
        assert.match(
            sizeProblem(PACKAGE_LIMIT_BYTES + 1) ?? "",
            /has 104792065 bytes and peers take 104792064; leave out/,
        );
        const files = { "package.json": "", large: new Uint8Array(PACKAGE_LIMIT_BYTES) };
        assert.throws(() => chaincodePackage("a", { type: "node", files }), /peers take 104792064/);
    });
});
