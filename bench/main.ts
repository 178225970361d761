import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";

import { CommanderError } from "commander";

import { runToEnd } from "../cli/refusal";
import { placesOf } from "../cli/workspace";
import { parseBenchArguments } from "./arguments";
import { construct } from "./construct";
import { engine } from "./engine";
import { NotHere, type Part } from "./part";
import { realNetwork } from "./network";
import { policy } from "./policy";
import { Reporter, type PartReport } from "./report";
import { tools } from "./tools";
import { types } from "./types";

const PARTS: readonly Part[] = [construct, engine, policy, types, tools, realNetwork];

/** Measures, prints, and asserts nothing: what must hold everywhere is a count, and a test's. */
async function bench(args: string[]): Promise<number> {
    const known = PARTS.map(({ name }) => name);
    const { parts, full, json } = parseBenchArguments(args, known);
    console.log(`Ratios of one run, medians of A B A B; the machine: ${machine()}`);
    const reports: PartReport[] = [];
    for (const part of PARTS.filter(({ name }) => parts.includes(name))) {
        reports.push(await runPart(part, full));
    }
    if (json !== undefined) {
        const about = { date: new Date().toISOString(), machine: machine(), full };
        writeFileSync(json, `${JSON.stringify({ ...about, parts: reports }, undefined, 4)}\n`);
    }
    return reports.some(({ failure }) => failure !== undefined) ? 1 : 0;
}

/** One part to its end; what goes wrong in it keeps no other from running. */
async function runPart(part: Part, full: boolean): Promise<PartReport> {
    console.log(`\n${part.name}: ${part.title}`);
    const begin = performance.now();
    const scratch = mkdtempSync(join(tmpdir(), "kubefabric-bench-"));
    const cleaning = [() => rmSync(scratch, { recursive: true, force: true }) as unknown];
    const cleanUp = async () => {
        for (let work = cleaning.pop(); work !== undefined; work = cleaning.pop()) {
            // What cannot be taken away is said, and keeps nothing else from being taken away.
            await Promise.resolve()
                .then(work)
                .catch((error: unknown) => console.error("cleaning up:", error));
        }
    };
    const stop = stopOnSignals(cleanUp);
    const reporter = new Reporter();
    const { finding, note } = reporter;
    let failure: string | undefined;
    try {
        const afterwards = (work: () => unknown) => void cleaning.push(work);
        const { root } = placesOf();
        await part.run({ full, scratch, root, finding, note, afterwards });
    } catch (error) {
        if (error instanceof NotHere) {
            note(`not measured here: ${error.message}`);
        } else {
            failure = error instanceof Error ? error.message : String(error);
            console.error(error);
        }
    } finally {
        await cleanUp();
        stop();
    }
    const seconds = (performance.now() - begin) / 1000;
    console.log(`  (${seconds.toFixed(0)} s)`);
    const { findings, notes } = reporter;
    return { part: part.name, seconds, findings, notes, failure };
}

/** Cleans up before the process ends; gives what takes the listeners away. */
function stopOnSignals(cleanUp: () => Promise<void>): () => void {
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    const stop = () => {
        console.error("stopping");
        void cleanUp().finally(() => process.exit(130));
    };
    signals.forEach((signal) => process.once(signal, stop));
    return () => signals.forEach((signal) => process.off(signal, stop));
}

function machine(): string {
    const [load = 0] = loadavg();
    const processor = cpus()[0]?.model ?? "unknown processor";
    return `${availableParallelism()} cores, ${processor}, load ${load.toFixed(1)}, Node ${process.version}`;
}

void runToEnd(async () => {
    process.channel?.unref();
    try {
        return await bench(process.argv.slice(2));
    } catch (error) {
        if (error instanceof CommanderError) {
            return error.exitCode;
        }
        throw error;
    }
});
