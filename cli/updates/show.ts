import type { ShowOptions } from "./options";
import { openUpdate, type OpenedUpdate, problemText } from "./reading";
import { updateLines, type UpdateReport, updateReport } from "./updateText";
import { StaleUpdateError } from "../../fabric/configUpdate";
import { printable } from "../../fabric/printable";

/** Prints what a file says; ends with 1 where it should neither be signed nor submitted. */
export async function show(path: string, { configBlock, format }: ShowOptions): Promise<number> {
    const now = new Date();
    const opened = await openUpdate(path, configBlock, now);
    const { problems } = opened;
    const report = reportOf(opened);
    const lines =
        format === "json"
            ? [JSON.stringify({ ...report, problems }, undefined, 4)]
            : updateLines(report, now);
    process.stdout.write(lines.map((line) => `${line}\n`).join(""));
    if (problems.length > 0) {
        const said = problemText(path, problems).split("\n").map(printable);
        process.stderr.write(`${said.join("\n")}\n`);
    }
    return problems.length > 0 ? 1 : 0;
}

/** What no longer fits the channel cannot be told from it; its own bytes still tell it. */
function reportOf({ file, context }: OpenedUpdate): UpdateReport {
    try {
        return updateReport(file, context);
    } catch (error) {
        if (!(error instanceof StaleUpdateError)) {
            throw error;
        }
        return updateReport(file);
    }
}
