import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { resolveReleased } from "kubefabric/internal/cli/programs/resolver";

import {
    catalogEntry,
    installed,
    openWorkshop,
    putGo,
    whileBuilding,
    type Workshop,
} from "./workshop.ts";

const CHECKOUT = path.resolve(import.meta.dirname, "..", "..", "..");

describe("programs that are built", () => {
    let workshop: Workshop;
    beforeEach(async () => {
        workshop = await openWorkshop();
    });
    afterEach(() => workshop.remove());

    const resolve = () => resolveReleased(["etcd"], workshop.surroundings);

    it("are built once, with the expected and the real time", async () => {
        await putGo(workshop);
        const [first, second] = [await resolve(), await resolve()];
        assert.equal(first.get("etcd")?.origin, "built");
        assert.equal(second.get("etcd")?.origin, "cache");
        assert.equal(second.get("etcd")?.path, first.get("etcd")?.path);
        assert.equal(await workshop.builds(), 1);
        assert.equal(workshop.lines.length, 2);
        assert.equal(
            workshop.lines[0],
            "building etcd 1.2.3 from source (about 1 min on 2 cores) …",
        );
        assert.match(workshop.lines[1] ?? "", /^built etcd 1\.2\.3 in \d+ s$/);
    });

    it("are built from the locked sources, without C and without paths of this machine", async () => {
        await putGo(workshop);
        await whileBuilding(workshop, 'echo "$CGO_ENABLED $GOFLAGS $GOWORK $GOOS" > "$HOME/seen"');
        workshop.surroundings.env = {
            ...workshop.surroundings.env,
            CGO_ENABLED: "1",
            GOOS: "plan9",
            GOFLAGS: "-modcacherw",
        };
        await resolve();
        assert.equal(
            (await fs.readFile(path.join(workshop.folder, "seen"), "utf8")).trim(),
            "0 -modcacherw off",
        );
        const build = await fs.readFile(path.join(workshop.folder, "builds"), "utf8");
        assert.match(
            build,
            /^build -mod=readonly -trimpath -buildvcs=false -ldflags -s -w -X a\.b=c -o \S+ example\.test\/tool$/m,
        );
    });

    it("are built anew when go.sum changes", async () => {
        await putGo(workshop);
        const before = (await resolve()).get("etcd")?.path;
        await fs.writeFile(path.join(workshop.surroundings.toolsFolder, "tool", "go.sum"), "x\n");
        const after = (await resolve()).get("etcd")?.path;
        assert.notEqual(after, before);
        assert.equal(await workshop.builds(), 2);
    });

    it("are built once by two runs at the same time, of which one waits and says so", async () => {
        await putGo(workshop);
        await whileBuilding(workshop, "sleep 1");
        const both = await Promise.all([resolve(), resolve()]);
        assert.deepEqual(both.map((run) => run.get("etcd")?.origin).sort(), ["built", "cache"]);
        assert.equal(await workshop.builds(), 1);
        assert.ok(
            workshop.lines.includes("another run is making etcd 1.2.3; waiting for it …"),
            workshop.lines.join("\n"),
        );
    });

    it("fails with one sentence where there is no Go, before anything is built", async () => {
        workshop.surroundings.env = { ...workshop.surroundings.env, PATH: workshop.bin };
        await assert.rejects(resolve(), {
            name: "Refusal",
            message:
                "Go 1.25.11 or newer is needed to build etcd, which are neither on the PATH nor to be " +
                'downloaded from here, but there is no "go" on the PATH; install it from ' +
                "https://go.dev/dl/, or install those programs",
        });
        assert.deepEqual(await installed(workshop), []);
    });

    it("fails with one sentence where Go is too old", async () => {
        await putGo(workshop);
        workshop.surroundings.env = { ...workshop.surroundings.env, FAKE_GO_VERSION: "go1.25.10" };
        await assert.rejects(resolve(), {
            name: "Refusal",
            message: /^Go 1\.25\.11 or newer is needed .* the "go" on the PATH is go1\.25\.10; /,
        });
        assert.equal(await workshop.builds(), 0);
    });

    it("fails before it begins where the disk is too full", async () => {
        await putGo(workshop);
        workshop.surroundings.freeBytes = () => Promise.resolve(0.4e9);
        await assert.rejects(resolve(), {
            name: "Refusal",
            message: /^building etcd needs about 1\.0 GB, but the disk of ".+" has 0\.4 GB free; /,
        });
        assert.equal(await workshop.builds(), 0);
    });

    it("fails with one sentence where the disk runs full in the middle", async () => {
        await putGo(workshop);
        await whileBuilding(workshop, 'echo "write x: no space left on device" >&2; exit 1');
        await assert.rejects(resolve(), {
            name: "Refusal",
            message: /^building etcd: the disk ran full .*the next run goes on$/,
        });
        assert.deepEqual(await installed(workshop), []);
    });

    it("fails with the end of what Go said, and leaves nothing half-made", async () => {
        await putGo(workshop);
        await whileBuilding(workshop, 'for i in $(seq 30); do echo "line $i"; done; exit 3');
        await assert.rejects(resolve(), (error: Error) => {
            assert.match(
                error.message,
                /^building etcd 1\.2\.3 failed: Go ended with exit code 3; /,
            );
            assert.ok(error.message.endsWith("line 29\nline 30"), error.message);
            assert.ok(!error.message.includes("line 15\n"), error.message);
            return true;
        });
        assert.deepEqual(await installed(workshop), []);
    });

    it("fails where what was built is not what its name says", async () => {
        await putGo(workshop);
        workshop.surroundings.env = { ...workshop.surroundings.env, FAKE_BUILT_VERSION: "9.9.9" };
        await assert.rejects(resolve(), { message: "etcd should be 1.2.3, but says 9.9.9" });
        assert.deepEqual(await installed(workshop), []);
    });

    it("fails with the folder and the setting where the cache cannot be written to", async () => {
        await putGo(workshop);
        const file = path.join(workshop.folder, "file");
        await fs.writeFile(file, "");
        workshop.surroundings.cacheFolder = path.join(file, "cache");
        await assert.rejects(resolve(), {
            name: "Refusal",
            message: `"${file}/cache/programs" cannot be written to; set KUBEFABRIC_CACHE to a folder that can`,
        });
        assert.equal(await workshop.builds(), 0);
    });

    /** Another process that builds, as far as the middle of the build. */
    async function startOtherRun(): Promise<ChildProcess> {
        await whileBuilding(workshop, 'echo $$ > "$HOME/go.pid"; exec sleep 60');
        const { site: _site, log: _log, freeBytes: _free, ...plain } = workshop.surroundings;
        const program = `
            import { ReleaseSite } from "kubefabric/internal/cli/programs/download";
            import { resolveReleased } from "kubefabric/internal/cli/programs/resolver";
            const plain = JSON.parse(process.env.SURROUNDINGS);
            await resolveReleased(["etcd"], { ...plain, site: new ReleaseSite(), log() {} })
                .catch((error) => { console.log(error.name + ": " + error.message); process.exitCode = 3; });
        `;
        const run = spawn(process.execPath, ["--input-type=module", "-e", program], {
            cwd: CHECKOUT,
            env: { ...process.env, SURROUNDINGS: JSON.stringify(plain) },
            stdio: ["ignore", "pipe", "inherit"],
        });
        while (!(await goProcess())) {
            assert.equal(run.exitCode, null);
            await sleep(50);
        }
        return run;
    }

    async function goProcess(): Promise<number> {
        const text = await fs
            .readFile(path.join(workshop.folder, "go.pid"), "utf8")
            .catch(() => "");
        return Number(text);
    }

    function lives(pid: number): boolean {
        try {
            return process.kill(pid, 0);
        } catch {
            return false;
        }
    }

    it("are built by the next run after one was killed in the middle", async () => {
        await putGo(workshop);
        const run = await startOtherRun();
        run.kill("SIGKILL");
        await once(run, "exit");
        process.kill(await goProcess(), "SIGKILL");
        const left = await installed(workshop);
        const lock = left.find((name) => name.endsWith(".lock"));
        assert.ok(
            left.some((name) => name.includes(".partial-")),
            left.join(),
        );
        assert.ok(lock !== undefined, left.join());
        // Half a minute goes by.
        const past = new Date(Date.now() - 30_000);
        await fs.utimes(path.join(workshop.surroundings.cacheFolder, "programs", lock), past, past);

        await whileBuilding(workshop, "");
        const found = await resolve();
        assert.equal(found.get("etcd")?.origin, "built");
        const folder = path.basename(path.dirname(found.get("etcd")?.path ?? ""));
        assert.deepEqual(await installed(workshop), [folder]);
    });

    it("are given up tidily when the run is asked to stop, and Go with it", async () => {
        await putGo(workshop);
        const run = await startOtherRun();
        const output: string[] = [];
        run.stdout?.on("data", (chunk) => output.push(String(chunk)));
        run.kill("SIGTERM");
        const [code] = (await once(run, "close")) as [number];
        assert.equal(code, 3);
        assert.equal(
            output.join("").trim(),
            "Interrupted: building etcd was interrupted (SIGTERM); the next run goes on from there",
        );
        assert.equal(lives(await goProcess()), false);
        assert.deepEqual(await installed(workshop), []);
    });

    it("are built in the catalog's order, whatever the order of the names", async () => {
        workshop.surroundings.catalog = [
            catalogEntry({ name: "kwok" }),
            catalogEntry({ name: "kwokctl" }),
        ];
        await putGo(workshop);
        await resolveReleased(["kwokctl", "kwok"], workshop.surroundings);
        assert.deepEqual(
            workshop.lines
                .filter((line) => line.startsWith("building"))
                .map((line) => line.split(" ")[1]),
            ["kwok", "kwokctl"],
        );
    });
});
