/** The five fields of a schedule, in order. */
const FIELDS = [
    { name: "minute", least: 0, most: 59 },
    { name: "hour", least: 0, most: 23 },
    { name: "day of month", least: 1, most: 31 },
    {
        name: "month",
        least: 1,
        most: 12,
        words: "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" "),
    },
    // Kubernetes does not take 7 for Sunday.
    { name: "day of week", least: 0, most: 6, words: "SUN MON TUE WED THU FRI SAT".split(" ") },
] as const satisfies readonly Field[];

interface Field {
    name: string;
    least: number;
    most: number;
    /** Names of its values, the least first. */
    words?: readonly string[];
}

const SHORTHANDS = [
    "@hourly",
    "@daily",
    "@midnight",
    "@weekly",
    "@monthly",
    "@yearly",
    "@annually",
];

const INSTEAD = 'write five fields such as "17 3 * * *" (every day at 3:17), or "@daily"';

/**
 * Why a schedule is none that a CronJob takes, or nothing.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
export function scheduleProblem(schedule: string): string | undefined {
    if (typeof schedule !== "string") {
        return `${JSON.stringify(schedule)} is not a schedule; ${INSTEAD}`;
    }
    if (SHORTHANDS.includes(schedule)) {
        return undefined;
    }
    const written = schedule.trim().split(/\s+/);
    if (written.length !== FIELDS.length) {
        return `"${schedule}" is not a schedule; ${INSTEAD}`;
    }
    const wrong = FIELDS.map((field, index) => fieldFault(written[index] ?? "", field));
    const faults = wrong.filter((fault) => fault !== undefined);
    return faults.length === 0 ? undefined : `"${schedule}": ${faults.join(", ")}; ${INSTEAD}`;
}

function fieldFault(text: string, field: Field): string | undefined {
    const fits = text.split(",").every((part) => isPart(part, field));
    return fits ? undefined : `"${text}" is no ${field.name} (${field.least}-${field.most})`;
}

/** Whether a text is `*`, a value or a range, each with or without a step. */
function isPart(part: string, field: Field): boolean {
    const [, range = "", step] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
    if (step !== undefined && Number(step) === 0) {
        return false;
    }
    if (range === "*" || range === "?") {
        return true;
    }
    const values = range.split("-").map((value) => valueOf(value, field));
    const [first = NaN, last = first] = values;
    return values.length <= 2 && first >= field.least && first <= last && last <= field.most;
}

function valueOf(text: string, { least, words = [] }: Field): number {
    const word = words.indexOf(text.toUpperCase());
    return word >= 0 ? least + word : /^\d+$/.test(text) ? Number(text) : NaN;
}
