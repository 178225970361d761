import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { setPriority, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";

import type { Counts } from "./mochaReporter";
import { ALL_PROGRAMS, resolvePrograms, type Programs } from "./programs";
import { Refusal, runToEnd } from "./refusal";
import { secondsText } from "./report";
import { deleteSimulatedCluster, startSimulatedCluster } from "./simulatedCluster";
import { exitCodeOf, parseTestArguments, specsOf, totalLine, type Suite } from "./testPlan";
import { placesOf } from "./workspace";

/** After its last test, a process has this long to end by itself. */
const MUST_END_WITHIN_MS = 30_000;

/** Settings of the person who runs the tests that would change what they see. */
const NOT_FOR_TESTS = [
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_BACKEND_URL",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "PULUMI_STACK",
    "KUBECONFIG",
];

const { root } = placesOf();
const children = new Set<ChildProcess>();
const scratch = mkdtempSync(join(tmpdir(), "kubefabric-test-"));
const clusterFolder = join(scratch, "cluster");

async function test(args: string[]): Promise<number> {
    const { suites, mochaArguments } = parseTestArguments(args);
    stopOnSignals();
    try {
        const counts: Counts[] = [];
        const needsPrograms = suites.some((suite) => suite !== "unit");
        const tools = needsPrograms ? prepareTools() : undefined;
        for (const suite of suites) {
            const started = Date.now();
            const count = await runSuite(suite, mochaArguments, tools);
            counts.push(count);
            console.log(`${suite}: ${totalLine([count])} (${secondsText(Date.now() - started)})\n`);
        }
        console.log(totalLine(counts));
        return exitCodeOf(counts);
    } finally {
        await cleanUp();
    }
}

/** One suite; where it cannot run at all, one failure. */
async function runSuite(
    suite: Suite,
    mochaArguments: string[],
    tools: Promise<number> | undefined,
): Promise<Counts> {
    const specs = specsOf(root, suite);
    try {
        switch (suite) {
            case "unit":
                await checkTypes();
                return await mocha(specs, mochaArguments, {});
            case "engine": {
                if (specs.length === 0) {
                    return { passed: 0, failed: 0, skipped: 0 };
                }
                const programs = await preparedPrograms(tools!);
                const cluster = await startSimulatedCluster({
                    folder: clusterFolder,
                    programs,
                    log: console.log,
                });
                return await mocha(specs, mochaArguments, {
                    KUBEFABRIC_ENGINE_KUBECONFIG: cluster.kubeconfig,
                    ...withPrograms(programs),
                });
            }
            case "network": {
                if (process.env.KUBEFABRIC_TEST_KUBECONFIG === undefined) {
                    const all = await mocha(specs, [...mochaArguments, "--dry-run"], {}, "quiet");
                    const skipped = all.passed + all.skipped;
                    console.log(
                        `network tests are skipped (${skipped}): set KUBEFABRIC_TEST_KUBECONFIG to ` +
                            "the kubeconfig of a cluster that runs containers",
                    );
                    return { ...all, passed: 0, skipped };
                }
                const programs = await preparedPrograms(tools!);
                return await mocha(specs, mochaArguments, withPrograms(programs));
            }
        }
    } catch (error) {
        console.error(
            `${suite} tests: ${error instanceof Refusal ? error.message : String(error)}`,
        );
        return { passed: 0, failed: 1, skipped: 0 };
    }
}

/** Starts to look for, download or build all programs, and says so line by line. */
function prepareTools(): Promise<number> {
    const child = start([join(root, "dist", "cli", "prepareTools.js")], {}, "pipe");
    // The tests that run meanwhile are the ones somebody waits for.
    setPriority(child.pid!, 10);
    for (const stream of [child.stdout!, child.stderr!]) {
        createInterface({ input: stream }).on("line", (line) => console.log(`tools: ${line}`));
    }
    return ended(child);
}

/** Environment of a suite that drives the engine; the Automation API looks for it on the PATH. */
function withPrograms({ pathFolders }: Programs): Record<string, string> {
    const folders = pathFolders.join(delimiter);
    return {
        KUBEFABRIC_TEST_PATH: folders,
        PATH: [folders, process.env.PATH ?? ""].join(delimiter),
    };
}

async function preparedPrograms(tools: Promise<number>): Promise<Programs> {
    if ((await tools) !== 0) {
        throw new Refusal('a program they need cannot be had; see the lines with "tools:" above');
    }
    return resolvePrograms(ALL_PROGRAMS);
}

async function checkTypes(): Promise<void> {
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    const examples = readdirSync(join(root, "examples")).map((name) => join("examples", name));
    for (const project of ["tests", ...examples]) {
        const file = join(root, project, "tsconfig.json");
        if (existsSync(file)) {
            const started = Date.now();
            if ((await ended(start([compiler, "-p", file], {}, "inherit"))) !== 0) {
                throw new Refusal(`the types of ${project} do not fit`);
            }
            console.log(`types of ${project} fit (${secondsText(Date.now() - started)})`);
        }
    }
}

async function mocha(
    specs: string[],
    mochaArguments: string[],
    env: Record<string, string>,
    output: "shown" | "quiet" = "shown",
): Promise<Counts> {
    if (specs.length === 0) {
        return { passed: 0, failed: 0, skipped: 0 };
    }
    const file = join(scratch, `counts-${Date.now()}.json`);
    const child = start(
        [
            ...(process.features.typescript ? [] : ["--experimental-strip-types"]),
            join(root, "node_modules", "mocha", "bin", "mocha.js"),
            ...["--reporter", join(root, "dist", "cli", "mochaReporter.js")],
            ...["--reporter-option", `counts=${file}`],
            ...mochaArguments,
            ...specs,
        ],
        env,
        output === "shown" ? "inherit" : "ignore",
    );
    const hangs = watchForHang(child, file);
    const code = await ended(child);
    clearInterval(hangs);
    if (!existsSync(file)) {
        throw new Refusal(`mocha ended before its last test (exit code ${code})`);
    }
    const counts = JSON.parse(readFileSync(file, "utf8")) as Counts;
    // Something outside a test failed: an unhandled rejection, or the process did not end.
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** A forgotten timer or connection would keep the process, and everyone who waits for it, for ever. */
function watchForHang(child: ChildProcess, counts: string): NodeJS.Timeout {
    let finished: number | undefined;
    return setInterval(() => {
        finished ??= existsSync(counts) ? Date.now() : undefined;
        if (finished !== undefined && Date.now() - finished > MUST_END_WITHIN_MS) {
            console.error("all tests have ended, but something keeps their process; it is ended");
            kill(child, "SIGKILL");
        }
    }, 500);
}

function start(
    args: string[],
    env: Record<string, string>,
    output: "inherit" | "pipe" | "ignore",
): ChildProcess {
    const inherited = Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !NOT_FOR_TESTS.includes(name)),
    );
    const child = spawn(process.execPath, args, {
        cwd: root,
        env: { ...inherited, ...env },
        stdio: ["ignore", output, output],
        // A group of its own, so that what it starts can be ended with it.
        detached: true,
    });
    children.add(child);
    return child;
}

function ended(child: ChildProcess): Promise<number> {
    return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code) => {
            children.delete(child);
            resolve(code ?? 1);
        });
    });
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
    try {
        process.kill(-child.pid!, signal);
    } catch {
        // It has ended.
    }
}

function stopOnSignals(): void {
    let stopping = false;
    const stop = () => {
        if (stopping) {
            return;
        }
        stopping = true;
        console.error("stopping");
        void cleanUp().finally(() => process.exit(130));
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "disconnect"] as const) {
        process.on(signal, stop);
    }
    process.channel?.unref();
}

async function cleanUp(): Promise<void> {
    for (const child of children) {
        kill(child, "SIGTERM");
    }
    await Promise.race([
        Promise.all([...children].map((child) => ended(child))),
        new Promise((resolve) => setTimeout(resolve, 5000).unref()),
    ]);
    for (const child of children) {
        kill(child, "SIGKILL");
    }
    await deleteSimulatedCluster({ folder: clusterFolder });
    rmSync(scratch, { recursive: true, force: true });
}

if (require.main === module) {
    void runToEnd(() => test(process.argv.slice(2)));
}
