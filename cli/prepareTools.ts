/**
 * Makes every program ready that this project runs, and prints where each is. It is run while other
 * tests run, so that nothing has to be waited for afterwards.
 */
import { ALL_PROGRAMS, resolvePrograms } from "./programs";
import { formatDuration } from "./programs/progress";
import { runToEnd } from "./refusal";

async function prepareTools(): Promise<number> {
    const begin = performance.now();
    const programs = await resolvePrograms(ALL_PROGRAMS, { log: (line) => console.log(line) });
    const width = Math.max(...ALL_PROGRAMS.map((name) => name.length));
    for (const name of ALL_PROGRAMS) {
        const origin = programs.origins[name];
        console.log(`${name.padEnd(width)}  ${origin.padEnd(10)}  ${programs.paths[name]}`);
    }
    console.log(`all programs ready in ${formatDuration((performance.now() - begin) / 1000)}`);
    return 0;
}

void runToEnd(prepareTools);
