import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { cacheFolder } from "../cli/programs/cache";
import { CATALOG, type CatalogEntry } from "../cli/programs/catalog";
import { NotHere, type Bench, type Part } from "./part";
import { msText } from "./report";

export const tools: Part = {
    name: "tools",
    title: "building the programs it needs, against the time that is announced for it",
    // Nothing is built for this: with Go's caches filled it would say nothing of a fresh machine.
    run: async (bench) => {
        const cache = cacheFolder(process.env);
        const seconds = CATALOG.map((entry) => report(bench, entry, cache));
        const built = seconds.filter((value) => value !== undefined);
        if (built.length === 0) {
            throw new NotHere("no program was built on this machine, or the logs are gone");
        }
        const expected = CATALOG.filter((_, index) => seconds[index] !== undefined);
        const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
        const [took, announced] = [sum(built), sum(expected.map((entry) => entry.buildSeconds))];
        bench.finding({
            what: "all builds that left a log, took / announced",
            figure: took / announced,
            detail: `${msText(took * 1000)}, announced ${msText(announced * 1000)}`,
        });
        await Promise.resolve();
    },
};

/** How long a program's build took; says so, or that it is not known. */
function report(bench: Bench, entry: CatalogEntry, cache: string): number | undefined {
    const { name, version, buildSeconds } = entry;
    const seconds = buildTime(entry, cache);
    if (seconds === undefined) {
        bench.note(`${name} ${version}: cached, downloaded or on the PATH; no log of a build`);
        return undefined;
    }
    bench.finding({
        what: `${name} ${version}, took / announced`,
        figure: seconds / buildSeconds,
        detail: `${msText(seconds * 1000)}, announced ${msText(buildSeconds * 1000)}`,
    });
    return seconds;
}

/** From the moment that Go's log was begun to the moment that the program was complete. */
function buildTime({ name, version }: CatalogEntry, cache: string): number | undefined {
    const log = join(cache, "logs", `${name}.log`);
    const programs = join(cache, "programs");
    if (!existsSync(log) || !existsSync(programs)) {
        return undefined;
    }
    const begun = statSync(log).birthtimeMs;
    const complete = readdirSync(programs)
        .filter((folder) => folder.startsWith(`${name}-${version}-`))
        .map((folder) => statSync(join(programs, folder, name)).mtimeMs)
        .filter((time) => time > begun);
    return complete.length === 0 ? undefined : (Math.max(...complete) - begun) / 1000;
}
