/** One figure of a run. */
export interface Finding {
    /** What was measured. */
    what: string;
    /** The figure: a ratio wherever a machine's speed would decide it. */
    figure: number;
    /** Of the figure; none for a ratio. */
    unit?: string;
    /** The most, or with `atLeast` the least, that the project holds itself to. */
    goal?: number;
    atLeast?: boolean;
    /** What it was made from, for those who want to know. */
    detail?: string;
}

/** What was found in one part, or why it could not run here. */
export interface PartReport {
    part: string;
    seconds: number;
    findings: Finding[];
    notes: string[];
    failure?: string;
}

/** Takes what one part finds and prints it at once. */
export class Reporter {
    readonly findings: Finding[] = [];
    readonly notes: string[] = [];

    readonly finding = (finding: Finding): void => {
        this.findings.push(finding);
        console.log(findingLine(finding));
    };

    /** What somebody has to know who reads the figures. */
    readonly note = (note: string): void => {
        this.notes.push(note);
        console.log(`  · ${note}`);
    };
}

/** A finding as one line. */
export function findingLine(finding: Finding): string {
    const { what, figure, unit, goal, atLeast = false, detail } = finding;
    const sign = atLeast ? "≥" : "≤";
    const met = goal === undefined || (atLeast ? figure >= goal : figure <= goal);
    const parts = [
        `  ${what.padEnd(58)} ${figureText(figure, unit).padStart(11)}`,
        goal === undefined ? "" : `goal ${sign} ${figureText(goal, unit)}${met ? "" : " (missed)"}`,
        detail === undefined ? "" : `[${detail}]`,
    ];
    return parts.filter((part) => part !== "").join("  ");
}

/** Three digits that count, and the unit; × for a ratio. */
export function figureText(figure: number, unit = "×"): string {
    const digits = Math.abs(figure) >= 100 ? 0 : Math.abs(figure) >= 10 ? 1 : 2;
    return `${Number.isInteger(figure) && unit !== "×" ? figure : figure.toFixed(digits)} ${unit}`.trimEnd();
}

/** Milliseconds for a line of details. */
export function msText(ms: number): string {
    return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toFixed(ms < 10 ? 2 : 0)} ms`;
}
