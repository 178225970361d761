import { writeFileSync } from "node:fs";

import { Refusal } from "../refusal";
import { mermaid } from "./mermaid";
import { networkIn } from "./networkModel";
import type { TopologyOptions } from "./options";
import { readState } from "./stateReading";
import { svg } from "./svg";

/**
 * Draws a network.
 *
 * @param file Exported state; without one the Pulumi CLI exports it.
 */
export async function topology(
    file: string | undefined,
    options: TopologyOptions,
): Promise<number> {
    const format = formatOf(options);
    const network = networkIn(await readState(file, options));
    const text = format === "svg" ? svg(network) : mermaid(network);
    const { output } = options;
    if (output === undefined) {
        process.stdout.write(text);
        return 0;
    }
    try {
        writeFileSync(output, text);
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw new Refusal(`--output: ${output} cannot be written (${code})`, 2);
    }
    return 0;
}

function formatOf({ format, output = "" }: TopologyOptions): "mermaid" | "svg" {
    return format ?? (output.toLowerCase().endsWith(".svg") ? "svg" : "mermaid");
}
