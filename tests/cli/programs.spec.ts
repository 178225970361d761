import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";

import { ALL_PROGRAMS } from "kubefabric/internal/cli/programs";
import { cacheFolder } from "kubefabric/internal/cli/programs/cache";
import { CATALOG } from "kubefabric/internal/cli/programs/catalog";
import { formatDuration, formatExpectation } from "kubefabric/internal/cli/programs/progress";
import { resolveReleased } from "kubefabric/internal/cli/programs/resolver";
import { findVersion, isWithin } from "kubefabric/internal/cli/programs/versions";

import {
    catalogEntry,
    openWorkshop,
    putGo,
    putProgram,
    type Workshop,
} from "./programs/workshop.ts";

const TOOLS = path.resolve(import.meta.dirname, "..", "..", "tools");

describe("the catalog of programs", () => {
    it("names every program that the agreed list has", () => {
        assert.equal(new Set(ALL_PROGRAMS).size, 10);
    });

    for (const program of CATALOG) {
        it(`has ${program.name} at the version that its Go module pins`, async () => {
            const { module, package: name } = program.source;
            const text = await fs.readFile(path.join(TOOLS, module, "go.mod"), "utf8");
            const [required, ...others] = text
                .split("\n")
                .map((line) =>
                    line
                        .trim()
                        .replace(/^require /, "")
                        .split(" "),
                )
                .filter(([word, version]) => word !== undefined && version?.startsWith("v"))
                .filter(([word]) => name === word || name.startsWith(`${word}/`));
            assert.deepEqual(others, []);
            assert.equal(required?.[1], `v${program.version}`);
            assert.match(text, new RegExp(`^\\s*(tool )?${name}$`, "m"));
        });
    }

    for (const program of CATALOG.filter(({ source }) => source.linkerFlags.length > 0)) {
        it(`links ${program.name} with its own version and no other`, () => {
            const versions = program.source.linkerFlags.join(" ").match(/v\d+\.\d+\.\d+/g);
            assert.deepEqual([...new Set(versions)], [`v${program.version}`]);
        });
    }

    for (const program of CATALOG.filter(({ name }) => name !== "pulumi-language-nodejs")) {
        it(`has an address of ${program.name} and of its checksum that name its version`, () => {
            const file = program.release?.({ os: "linux", processor: "amd64" });
            for (const address of [file?.address, file?.checksum.address]) {
                assert.match(address ?? "", /^https:\/\//);
                assert.ok(address?.includes(program.version), address);
            }
        });
    }
});

describe("versions", () => {
    const printed: [string, string][] = [
        ["v3.250.0\n", "3.250.0"],
        ["etcd Version: 3.4.30\nGit SHA: Not provided\nGo Version: go1.22.5\n", "3.4.30"],
        ["Kubernetes v1.34.2\n", "1.34.2"],
        ["Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0\n", "1.32.4"],
        ["kwokctl version v0.7.0 go1.26.8 (linux/amd64)\n", "0.7.0"],
    ];
    for (const [text, version] of printed) {
        it(`finds ${version} in what the program prints`, () => {
            assert.equal(findVersion(text)?.join("."), version);
        });
    }

    it("takes the first of a range and not its end, by number and not by letter", () => {
        const range = { from: "3.5.13", below: "4.0.0" };
        assert.equal(isWithin([3, 5, 13], range), true);
        assert.equal(isWithin([3, 5, 9], range), false);
        assert.equal(isWithin([3, 10, 0], range), true);
        assert.equal(isWithin([4, 0, 0], range), false);
    });
});

describe("durations", () => {
    it("are told as a person would", () => {
        assert.equal(formatDuration(38.2), "38 s");
        assert.equal(formatDuration(291), "4 min 51 s");
        assert.equal(formatDuration(59.7), "1 min 0 s");
        assert.equal(formatExpectation(365), "6 min");
        assert.equal(formatExpectation(45), "50 s");
    });
});

describe("the cache folder", () => {
    it("is ours below KUBEFABRIC_CACHE, else XDG_CACHE_HOME, else ~/.cache", () => {
        const env = { KUBEFABRIC_CACHE: "/a", XDG_CACHE_HOME: "/b", HOME: "/c" };
        assert.equal(cacheFolder(env), "/a/kubefabric");
        assert.equal(cacheFolder({ ...env, KUBEFABRIC_CACHE: "" }), "/b/kubefabric");
        assert.equal(cacheFolder({ HOME: "/c" }), "/c/.cache/kubefabric");
        assert.equal(
            cacheFolder({ XDG_CACHE_HOME: "relative", HOME: "/c" }),
            "/c/.cache/kubefabric",
        );
    });
});

describe("programs on the PATH", () => {
    let workshop: Workshop;
    afterEach(() => workshop.remove());

    it("are used as they are where their version fits", async () => {
        workshop = await openWorkshop();
        const file = await putProgram(workshop.bin, "etcd", "echo etcd Version: 1.3.0");
        const found = await resolveReleased(["etcd"], workshop.surroundings);
        assert.deepEqual(found.get("etcd"), { path: file, origin: "PATH" });
        assert.deepEqual(workshop.lines, []);
    });

    it("are left alone where they are too old, and the reason is said", async () => {
        workshop = await openWorkshop();
        await putGo(workshop);
        const file = await putProgram(workshop.bin, "etcd", "echo etcd Version: 1.1.9");
        const found = await resolveReleased(["etcd"], workshop.surroundings);
        assert.equal(found.get("etcd")?.origin, "built");
        assert.equal(
            workshop.lines[0],
            `${file} is 1.1.9, but etcd must be at least 1.2.0 and below 2.0.0: older ones are too ` +
                "old; it is left alone and 1.2.3 used",
        );
    });

    it("are left alone where they do not run", async () => {
        workshop = await openWorkshop();
        await putGo(workshop);
        await putProgram(workshop.bin, "etcd", "echo 1.3.0; exit 1");
        const found = await resolveReleased(["etcd"], workshop.surroundings);
        assert.equal(found.get("etcd")?.origin, "built");
    });

    const controlPlane = (["kube-apiserver", "kube-scheduler"] as const).map((name) =>
        catalogEntry({ name, set: "control plane" }),
    );

    it("are used as a set where all are of one minor version", async () => {
        workshop = await openWorkshop(controlPlane);
        await putProgram(workshop.bin, "kube-apiserver", "echo Kubernetes v1.4.1");
        await putProgram(workshop.bin, "kube-scheduler", "echo Kubernetes v1.4.2");
        const found = await resolveReleased(
            ["kube-apiserver", "kube-scheduler"],
            workshop.surroundings,
        );
        assert.deepEqual(
            [...found.values()].map(({ origin }) => origin),
            ["PATH", "PATH"],
        );
    });

    it("are left alone where a set is not whole or of two versions", async () => {
        workshop = await openWorkshop(controlPlane);
        await putGo(workshop);
        await putProgram(workshop.bin, "kube-apiserver", "echo Kubernetes v1.4.1");
        const names = ["kube-apiserver", "kube-scheduler"] as const;
        const found = await resolveReleased(names, workshop.surroundings);
        assert.deepEqual(
            [...found.values()].map(({ origin }) => origin),
            ["built", "built"],
        );
        await putProgram(workshop.bin, "kube-scheduler", "echo Kubernetes v1.5.0");
        const again = await resolveReleased(names, workshop.surroundings);
        assert.deepEqual(
            [...again.values()].map(({ origin }) => origin),
            ["cache", "cache"],
        );
    });

    const pulumiAndHost = [
        catalogEntry({ name: "pulumi" }),
        catalogEntry({ name: "pulumi-language-nodejs", versionArguments: undefined }),
    ];

    it("bring the language host that lies beside the CLI, behind its link", async () => {
        workshop = await openWorkshop(pulumiAndHost);
        const distribution = path.join(workshop.folder, "distribution");
        const pulumi = await putProgram(distribution, "pulumi", "echo v1.9.0");
        const host = await putProgram(distribution, "pulumi-language-nodejs", "exit 1");
        await fs.symlink(pulumi, path.join(workshop.bin, "pulumi"));
        const found = await resolveReleased(
            ["pulumi", "pulumi-language-nodejs"],
            workshop.surroundings,
        );
        assert.deepEqual(found.get("pulumi-language-nodejs"), { path: host, origin: "PATH" });
    });

    it("bring no language host where their CLI is too old", async () => {
        workshop = await openWorkshop(pulumiAndHost);
        await putGo(workshop);
        await putProgram(workshop.bin, "pulumi", "echo v1.0.0");
        await putProgram(workshop.bin, "pulumi-language-nodejs", "exit 1");
        const found = await resolveReleased(
            ["pulumi", "pulumi-language-nodejs"],
            workshop.surroundings,
        );
        assert.deepEqual(
            [...found.values()].map(({ origin }) => origin),
            ["built", "built"],
        );
        const folder = path.dirname(found.get("pulumi")?.path ?? "");
        assert.deepEqual((await fs.readdir(folder)).sort(), [
            "pulumi",
            "pulumi-resource-pulumi-nodejs",
        ]);
    });
});
