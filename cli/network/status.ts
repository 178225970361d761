import type { StatusOptions } from "./options";
import { askNodes, type LiveAnswers } from "./live";
import { networkIn } from "./networkModel";
import { attentionIn } from "./attention";
import { readState } from "./stateReading";
import { statusLines } from "./statusTable";

/**
 * Prints a network's nodes and channels, and what needs a look; returns 1 where something does.
 *
 * @param file Exported state; without one the Pulumi CLI exports it.
 */
export async function status(file: string | undefined, options: StatusOptions): Promise<number> {
    const state = await readState(file, options, { secrets: options.live });
    const network = networkIn(state);
    const answers: LiveAnswers | undefined =
        options.live === true ? await askNodes(state.entries) : undefined;
    const now = new Date();
    const attention = attentionIn(network, answers, now);
    const lines =
        options.format === "json"
            ? [
                  JSON.stringify(
                      { ...network, live: answers && [...answers.values()], attention },
                      undefined,
                      4,
                  ),
              ]
            : statusLines(network, { answers, attention, now });
    process.stdout.write(lines.map((line) => `${line}\n`).join(""));
    return attention.length > 0 ? 1 : 0;
}
