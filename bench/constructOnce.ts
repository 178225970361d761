// One construction, in a process of its own: `constructOnce.js components`, or `constructOnce.js flat FILE`
// with the raw resources. Prints what it took as JSON.
import { readFileSync } from "node:fs";

import { record } from "../testing";
import { LARGE, NOWHERE, type Construction } from "./construct";
import { registerFlat, type RawResource } from "./flatList";
import { timed } from "./measure";
import { network } from "./program";

async function constructOnce(form: string, file: string): Promise<Construction> {
    const components = form === "components";
    const list = () => JSON.parse(readFileSync(file, "utf8")) as RawResource[];
    // Both load what they need first: loading is another measurement.
    await record(() => {
        if (components) {
            network({ organizations: 1, kubeconfig: NOWHERE });
        } else {
            registerFlat(list().slice(0, 60));
        }
    });
    const before = heapUsed();
    const [recording, ms] = await timed(() =>
        record(() => {
            if (components) {
                network({ ...LARGE, kubeconfig: NOWHERE });
            } else {
                registerFlat(list());
            }
        }),
    );
    const heapBytes = heapUsed() - before;
    return { resources: recording.resources.length, ms, heapBytes };
}

/** What is still in use after everything else has been collected. */
function heapUsed(): number {
    (globalThis as { gc?: () => void }).gc?.();
    return process.memoryUsage().heapUsed;
}

const [form = "components", file = ""] = process.argv.slice(2);
void constructOnce(form, file).then((construction) => {
    console.log(JSON.stringify(construction));
});
