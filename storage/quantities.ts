import { type Problem } from "../fabric/problem";

/**
 * Suffixes of a Kubernetes quantity as factors: `[numerator, denominator]`.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
const SUFFIXES: Record<string, readonly [bigint, bigint]> = {
    n: [1n, 1_000_000_000n],
    u: [1n, 1_000_000n],
    m: [1n, 1_000n],
    "": [1n, 1n],
    k: [10n ** 3n, 1n],
    M: [10n ** 6n, 1n],
    G: [10n ** 9n, 1n],
    T: [10n ** 12n, 1n],
    P: [10n ** 15n, 1n],
    E: [10n ** 18n, 1n],
    Ki: [2n ** 10n, 1n],
    Mi: [2n ** 20n, 1n],
    Gi: [2n ** 30n, 1n],
    Ti: [2n ** 40n, 1n],
    Pi: [2n ** 50n, 1n],
    Ei: [2n ** 60n, 1n],
};

/** Less than this is no size of a volume or of a process, but a forgotten unit. */
const LEAST_BYTES = 2 ** 20;

/** Kubernetes counts to one byte less, and silently writes that where more is asked for. */
const TOO_MANY_BYTES = 2 ** 63;

/** More memory than this is a mistaken unit; the largest machines for rent have less. */
const MOST_MEMORY_BYTES = 64 * 2 ** 40;

/** The finest share of a CPU that Kubernetes hands out. */
const LEAST_CPUS = 0.001;

/** As many CPUs as this are millicores without their "m"; no machine has them. */
const MOST_CPUS = 1000;

/** A quantity as an exact fraction. */
interface Fraction {
    numerator: bigint;
    denominator: bigint;
}

/** CPU and memory of a container, as Kubernetes takes them. */
export interface Resources {
    requests?: { cpu?: string; memory?: string };
    limits?: { cpu?: string; memory?: string };
}

/**
 * Bytes of a quantity such as `10Gi`, rounded up to a whole one as Kubernetes does. Exact up to 8 PiB.
 */
export function bytesOf(quantity: string): number {
    const { numerator, denominator } = parsed(quantity);
    return Number((numerator + denominator - 1n) / denominator);
}

/** CPUs of a quantity such as `500m`. */
export function cpusOf(quantity: string): number {
    const { numerator, denominator } = parsed(quantity);
    return Number(numerator) / Number(denominator);
}

/** What is wrong with the size of a volume, or nothing. */
export function storageSizeProblem(value: unknown): string | undefined {
    return problem(value, bytesFault, bytesMeant(value, "Gi"), "10Gi");
}

/** What is wrong with an amount of memory, or nothing. */
export function memoryProblem(value: unknown): string | undefined {
    return problem(value, memoryFault, bytesMeant(value, "Mi"), "512Mi");
}

/** What is wrong with an amount of CPU, or nothing. */
export function cpuProblem(value: unknown): string | undefined {
    return problem(value, cpuFault, cpusMeant(value), "500m");
}

/** Everything wrong with the resources of a container; paths as in `requests.cpu`. */
export function resourceProblems({ requests = {}, limits = {} }: Resources): Problem[] {
    const problems: Problem[] = [];
    const kinds = [
        { kind: "cpu", problemOf: cpuProblem, amountOf: cpusOf },
        { kind: "memory", problemOf: memoryProblem, amountOf: bytesOf },
    ] as const;
    for (const { kind, problemOf, amountOf } of kinds) {
        const request = requests[kind];
        const limit = limits[kind];
        const wrong = [
            {
                path: `requests.${kind}`,
                reason: request === undefined ? undefined : problemOf(request),
            },
            { path: `limits.${kind}`, reason: limit === undefined ? undefined : problemOf(limit) },
        ].filter((problem): problem is Problem => problem.reason !== undefined);
        problems.push(...wrong);
        const both = request !== undefined && limit !== undefined && wrong.length === 0;
        if (both && amountOf(request) > amountOf(limit)) {
            const reason =
                `"${request}" is more than the limit "${limit}", and Kubernetes refuses such a Pod; ` +
                `write "${limit}" or less, or raise limits.${kind}`;
            problems.push({ path: `requests.${kind}`, reason });
        }
    }
    return problems;
}

/** A reason that ends with what may have been meant; only what has no fault itself is offered. */
function problem(
    value: unknown,
    faultOf: (value: unknown) => string | undefined,
    meant: readonly string[],
    example: string,
): string | undefined {
    const fault = faultOf(value);
    if (fault === undefined) {
        return undefined;
    }
    const right = meant.filter((candidate) => faultOf(candidate) === undefined);
    const instead = (right.length > 0 ? right : [example]).map((one) => `"${one}"`).join(" or ");
    const shown = typeof value === "string" ? JSON.stringify(value) : textOf(value) || typeof value;
    return `${shown} ${fault}; write ${instead}`;
}

function bytesFault(value: unknown): string | undefined {
    if (typeof value !== "string") {
        return "is not text with a unit";
    }
    if (!isQuantity(value)) {
        return unitFault(value) ?? "is not an amount of bytes";
    }
    if (isZero(value)) {
        return "is nothing";
    }
    if (value.endsWith("m")) {
        return 'means thousandths of a byte ("m" is milli)';
    }
    if (value.startsWith("-")) {
        return "is negative";
    }
    const bytes = bytesOf(value);
    if (bytes < LEAST_BYTES) {
        return `is ${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
    }
    return bytes >= TOO_MANY_BYTES ? "is more than Kubernetes can count" : undefined;
}

function memoryFault(value: unknown): string | undefined {
    const fault = bytesFault(value);
    const isTooMuch = fault === undefined && bytesOf(String(value)) > MOST_MEMORY_BYTES;
    return isTooMuch ? "is more memory than any machine has" : fault;
}

function cpuFault(value: unknown): string | undefined {
    if (typeof value !== "string") {
        return "is not text";
    }
    if (!isQuantity(value)) {
        return unitFault(value) ?? "is not a number of CPUs";
    }
    if (isZero(value)) {
        return "is no CPU at all";
    }
    if (/([kMGTPE]|i)$/.test(value)) {
        return "has a unit of bytes";
    }
    if (value.startsWith("-")) {
        return "is negative";
    }
    const cpus = cpusOf(value);
    if (cpus < LEAST_CPUS) {
        return "is less than a thousandth of a CPU, the smallest share there is";
    }
    return cpus >= MOST_CPUS ? `is ${cpus} CPUs, more than any machine has` : undefined;
}

function unitFault(value: string): string | undefined {
    const unit = /^[+-]?[0-9.]+(\s*[a-z]+)$/i.exec(value)?.[1];
    return unit === undefined ? undefined : `ends in "${unit}", which is no unit in Kubernetes`;
}

/** Sizes that someone may have meant, the likeliest first; `unit` for those who wrote none. */
function bytesMeant(value: unknown, unit: string): string[] {
    const [, digits, letter = "", ending = ""] =
        /^\s*[+-]?([0-9]+(?:[.,][0-9]+)?)\s*([kmgtpe]?)(i?b?|bytes?)\s*$/i.exec(textOf(value)) ??
        [];
    const number = digits?.replace(",", ".");
    if (letter === "") {
        return [`${number}${unit}`];
    }
    if (letter === "m" && ending === "") {
        return [`${number}Mi`, `${number}Gi`];
    }
    const prefix = letter.toUpperCase();
    const binary = `${number}${prefix}i`;
    // "GB" is a decimal unit where it is taken at its word, and a binary one in most mouths.
    const isDecimal = ending.toLowerCase() === "b";
    return isDecimal ? [binary, `${number}${prefix === "K" ? "k" : prefix}`] : [binary];
}

/** The amount of CPU that someone may have meant. */
function cpusMeant(value: unknown): string[] {
    const [, digits, unit = ""] =
        /^\s*[+-]?([0-9]+(?:[.,][0-9]+)?)\s*([a-z]*)\s*$/i.exec(textOf(value)) ?? [];
    const number = digits?.replace(",", ".");
    if (/^[nu]$/.test(unit)) {
        return [];
    }
    return [/^m/i.test(unit) || Number(number) >= MOST_CPUS ? `${number}m` : `${number}`];
}

function textOf(value: unknown): string {
    return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function isZero(quantity: string): boolean {
    return parsed(quantity).numerator === 0n;
}

function isQuantity(value: string): boolean {
    // More digits than these are nobody's size, and would overflow a number.
    const number = /^[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})/;
    const suffix = /([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,2})?$/;
    return new RegExp(number.source + suffix.source).test(value);
}

function parsed(quantity: string): Fraction {
    const [, sign, whole = "", , decimals = "", rest = ""] =
        /^([+-]?)([0-9]*)(\.([0-9]*))?(.*)$/.exec(quantity) ?? [];
    if (!isQuantity(quantity)) {
        throw new Error(`${JSON.stringify(quantity)} is not a quantity of Kubernetes`);
    }
    const exponent = /^[eE]([+-]?[0-9]+)$/.exec(rest)?.[1];
    const [up, down] =
        exponent === undefined
            ? (SUFFIXES[rest] ?? [1n, 1n])
            : Number(exponent) < 0
              ? [1n, 10n ** BigInt(-Number(exponent))]
              : [10n ** BigInt(Number(exponent)), 1n];
    const digits = BigInt(`${whole}${decimals}`) * (sign === "-" ? -1n : 1n);
    return { numerator: digits * up, denominator: 10n ** BigInt(decimals.length) * down };
}
