import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { alternate, median, timed } from "./measure";
import { NotHere, type Bench, type Part } from "./part";
import { msText } from "./report";
import { SDKS, typePrograms, type Sdk, type TypePrograms } from "./typePrograms";

const ROUNDS = { usual: 3, full: 7 };

/** What one run of the compiler took and read. */
interface Check {
    ms: number;
    files: number;
    memoryKb: number;
}

export const types: Part = {
    name: "types",
    title: "type-check of a program for one cloud, against the same on resources of the cloud's SDK",
    run: async (bench) => {
        const there = SDKS.filter((sdk) =>
            existsSync(join(bench.root, "node_modules", "@pulumi", sdk, "package.json")),
        );
        if (there.length === 0) {
            throw new NotHere("no SDK of a cloud is installed");
        }
        for (const sdk of there) {
            await compare(bench, sdk);
        }
        bench.note("each in a process of its own, with the settings of the examples, nothing kept");
    },
};

async function compare(bench: Bench, sdk: Sdk): Promise<void> {
    const programs = typePrograms(sdk, bench.root);
    const check = (way: keyof TypePrograms) => {
        const folder = writeProgram(bench, `${sdk}-${way}`, programs[way]);
        return () => typeCheck(bench, folder);
    };
    const checks = { ours: check("ours"), classes: check("classes"), root: check("root") };
    // Whichever came first would read the SDK from the disk for the others.
    await checks.root();
    const results = await alternate(bench.full ? ROUNDS.full : ROUNDS.usual, checks);
    const ms = (way: keyof TypePrograms) => median(results[way].map((run) => run.ms));
    const read = (way: keyof TypePrograms) => {
        const { files, memoryKb } = results[way][0]!;
        return `${msText(ms(way))}, ${files} files, ${Math.round(memoryKb / 1024)} MB`;
    };
    bench.finding({
        what: `${sdk}: ours / the SDK's classes`,
        figure: ms("ours") / ms("classes"),
        goal: 1.2,
        detail: `${read("ours")}; ${read("classes")}`,
    });
    bench.finding({
        what: `${sdk}: the SDK's root / ours`,
        figure: ms("root") / ms("ours"),
        goal: 2,
        atLeast: true,
        detail: read("root"),
    });
}

/** A folder with a program and what it needs to be checked as an example is. */
function writeProgram({ scratch, root }: Bench, name: string, program: string): string {
    const folder = join(scratch, name);
    mkdirSync(folder);
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    cpSync(join(root, "examples", "gke", "tsconfig.json"), join(folder, "tsconfig.json"));
    writeFileSync(join(folder, "index.ts"), program);
    return folder;
}

/** Fails where the program has an error: what is not checked to its end takes no time. */
async function typeCheck({ root }: Bench, folder: string): Promise<Check> {
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    const [stdout, ms] = await timed(async () => {
        const args = [compiler, "-p", folder, "--diagnostics"];
        const { stdout } = await promisify(execFile)(process.execPath, args).catch(notChecked);
        return stdout;
    });
    const figure = (name: string) =>
        Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(stdout)?.[1]);
    return { ms, files: figure("Files"), memoryKb: figure("Memory used") };
}

/** The compiler writes what is wrong to its output. */
function notChecked(error: Error & { stdout?: string }): never {
    throw new Error(`${error.message}\n${error.stdout ?? ""}`);
}
