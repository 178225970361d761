import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";

import type { ReleaseFile } from "kubefabric/internal/cli/programs/catalog";
import { ReleaseSite } from "kubefabric/internal/cli/programs/download";
import { resolveReleased } from "kubefabric/internal/cli/programs/resolver";
import * as tar from "tar";

import {
    catalogEntry,
    installed,
    openWorkshop,
    putGo,
    putProgram,
    type Workshop,
} from "./workshop.ts";

const PROGRAM = Buffer.from("#!/bin/sh\necho v1.2.3\n");
const SUM = createHash("sha256").update(PROGRAM).digest("hex");
const WRONG_SUM = "0".repeat(64);

describe("programs that are downloaded", () => {
    let workshop: Workshop;
    let server: http.Server;
    let root: string;
    /** What the release site has; a path that is not here is not found. */
    let files: Map<string, Buffer | string>;
    /** What was asked for, in order. */
    let asked: string[];

    beforeEach(async () => {
        workshop = await openWorkshop();
        files = new Map();
        asked = [];
        server = http.createServer((request, response) => {
            asked.push(request.url ?? "");
            const file = files.get(request.url ?? "");
            if (file === "silence") {
                request.socket.destroy();
            } else {
                response.writeHead(file === undefined ? 404 : 200).end(file);
            }
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterEach(async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
        await workshop.remove();
    });

    function release(changes: Partial<ReleaseFile> = {}): void {
        workshop.surroundings.catalog = [
            catalogEntry({
                release: () => ({
                    address: `${root}/etcd-linux`,
                    checksum: { address: `${root}/sums`, form: "text" },
                    ...changes,
                }),
            }),
        ];
    }
    const resolve = () => resolveReleased(["etcd"], workshop.surroundings);

    it("are checked against the published sum and cached", async () => {
        release();
        files.set("/sums", `${WRONG_SUM}  other\n${SUM}  etcd-linux\n`);
        files.set("/etcd-linux", PROGRAM);
        const first = await resolve();
        assert.equal(first.get("etcd")?.origin, "downloaded");
        assert.deepEqual(await fs.readFile(first.get("etcd")?.path ?? ""), PROGRAM);
        assert.equal((await resolve()).get("etcd")?.origin, "cache");
        assert.deepEqual(asked, ["/sums", "/etcd-linux"]);
        assert.match(
            workshop.lines[0] ?? "",
            /^downloading etcd 1\.2\.3 from 127\.0\.0\.1:\d+ \(about/,
        );
        assert.match(workshop.lines[1] ?? "", /^downloaded etcd 1\.2\.3 in \d+ s$/);
    });

    it("are taken from an archive, without its leading folder", async () => {
        const folder = path.join(workshop.folder, "etcd-v1.2.3");
        await putProgram(folder, "etcd", "echo v1.2.3");
        const archive = path.join(workshop.folder, "etcd.tar.gz");
        await tar.create({ gzip: true, file: archive, cwd: workshop.folder }, ["etcd-v1.2.3"]);
        const bytes = await fs.readFile(archive);
        release({ address: `${root}/etcd.tar.gz`, leadingFolders: 1 });
        files.set("/etcd.tar.gz", bytes);
        // A file with one sum and nothing else, as Kubernetes publishes it.
        files.set("/sums", createHash("sha256").update(bytes).digest("hex"));
        const file = (await resolve()).get("etcd")?.path ?? "";
        assert.deepEqual(await fs.readdir(path.dirname(file)), ["etcd"]);
    });

    it("are checked against the digest in GitHub's description of a release", async () => {
        release({ checksum: { address: `${root}/release`, form: "release" } });
        const assets = [{ name: "etcd-linux", digest: `sha256:${SUM}` }];
        files.set("/release", JSON.stringify({ assets }));
        files.set("/etcd-linux", PROGRAM);
        assert.equal((await resolve()).get("etcd")?.origin, "downloaded");
    });

    const withoutSum: [string, Partial<ReleaseFile>, string | undefined][] = [
        ["there is no file of sums", {}, undefined],
        ["the sums have no such file", {}, `${WRONG_SUM}  a\n${SUM}  b\n`],
        ["a single sum is for another file", {}, `${SUM}  other\n`],
        [
            "the release has no digests",
            { checksum: { address: "/sums", form: "release" } },
            JSON.stringify({ assets: [{ name: "etcd-linux", digest: null }] }),
        ],
    ];
    for (const [why, changes, sums] of withoutSum) {
        it(`are built and not downloaded where ${why}`, async () => {
            await putGo(workshop);
            const form = changes.checksum?.form ?? "text";
            release({ checksum: { address: `${root}/sums`, form } });
            if (sums !== undefined) {
                files.set("/sums", sums);
            }
            files.set("/etcd-linux", PROGRAM);
            assert.equal((await resolve()).get("etcd")?.origin, "built");
            assert.deepEqual(asked, ["/sums"]);
        });
    }

    it("are built where the file is not the published one, which is said", async () => {
        await putGo(workshop);
        release();
        files.set("/sums", `${WRONG_SUM}  etcd-linux\n`);
        files.set("/etcd-linux", PROGRAM);
        assert.equal((await resolve()).get("etcd")?.origin, "built");
        assert.equal(
            workshop.lines[1],
            `etcd could not be downloaded: ${root}/etcd-linux has the SHA-256 ${SUM}, but ` +
                `${WRONG_SUM} is published for it`,
        );
        assert.equal((await installed(workshop)).length, 1);
    });

    it("fails for want of Go before anything is downloaded", async () => {
        workshop.surroundings.env = { ...workshop.surroundings.env, PATH: workshop.bin };
        release();
        files.set("/sums", `${SUM}  etcd-linux\n`);
        files.set("/etcd-linux", PROGRAM);
        workshop.surroundings.catalog = [
            ...workshop.surroundings.catalog,
            catalogEntry({ name: "kwok" }),
        ];
        await assert.rejects(resolveReleased(["etcd", "kwok"], workshop.surroundings), {
            message: /^Go 1\.25\.11 or newer is needed to build kwok,/,
        });
        assert.deepEqual(asked, ["/sums"]);
    });

    it("bring the language host of the CLI, which then is not built", async () => {
        const folder = path.join(workshop.folder, "pulumi");
        await putProgram(folder, "pulumi", "echo v1.2.3");
        await putProgram(folder, "pulumi-language-nodejs", "exit 1");
        const archive = path.join(workshop.folder, "pulumi.tar.gz");
        await tar.create({ gzip: true, file: archive, cwd: workshop.folder }, ["pulumi"]);
        const bytes = await fs.readFile(archive);
        files.set("/pulumi.tar.gz", bytes);
        files.set("/sums", createHash("sha256").update(bytes).digest("hex"));
        release({ address: `${root}/pulumi.tar.gz`, leadingFolders: 1 });
        const [{ release: pulumiRelease } = catalogEntry()] = workshop.surroundings.catalog;
        workshop.surroundings.catalog = [
            catalogEntry({ name: "pulumi", release: pulumiRelease }),
            catalogEntry({ name: "pulumi-language-nodejs", versionArguments: undefined }),
        ];
        const names = ["pulumi", "pulumi-language-nodejs"] as const;
        const first = await resolveReleased(names, workshop.surroundings);
        assert.deepEqual(
            [...first.values()].map(({ origin }) => origin),
            ["downloaded", "downloaded"],
        );
        const again = await resolveReleased(names, workshop.surroundings);
        assert.deepEqual(
            [...again.values()].map(({ origin }) => origin),
            ["cache", "cache"],
        );
        const folders = [...again.values()].map(({ path: file }) => path.dirname(file));
        assert.equal(new Set(folders).size, 1);
    });

    it("are not asked for again from a host that did not answer", async () => {
        files.set("/a", "silence");
        files.set("/b", "here");
        const site = new ReleaseSite();
        assert.equal(await site.answers(`${root}/a`), false);
        assert.equal(await site.answers(`${root}/b`), false);
        assert.deepEqual(asked, ["/a"]);
    });
});
