/**
 * Quantities as Kubernetes writes them back: the API server turns `1024Mi` into `1Gi`, and a
 * comparison that does not would report a change forever.
 * https://github.com/kubernetes/apimachinery/blob/master/pkg/api/resource/quantity.go
 */
const decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const shape = /^([+-]?)(\d*)(?:\.(\d*))?(n|u|m|k|[KMGTPE]i|[MGTPE]|[eE][+-]?\d+)?$/;
const nano = 1_000_000_000n;

interface Parsed {
    /** In units of 10⁻⁹, rounded away from zero. */
    value: bigint;
    style: "decimal" | "binary" | "exponent";
}

function parseQuantity(text: string): Parsed | undefined {
    const match = shape.exec(text);
    if (match === null || `${match[2]}${match[3] ?? ""}` === "") {
        return undefined;
    }
    const [, sign, whole = "", fraction = "", suffix = ""] = match;
    const digits = BigInt(`${whole}${fraction}`);
    const binary = binarySuffixes.indexOf(suffix);
    const exponent =
        /^[eE]/.test(suffix) && suffix.length > 1 ? Number(suffix.slice(1)) : undefined;
    const decimal = decimalSuffixes.indexOf(suffix);
    const style = exponent !== undefined ? "exponent" : binary > 0 ? "binary" : "decimal";
    const tens = (exponent ?? (binary > 0 ? 0 : (decimal - 3) * 3)) + 9 - fraction.length;
    const factor = binary > 0 ? 1024n ** BigInt(binary) : 1n;
    const scaled = digits * factor;
    const value = tens >= 0 ? scaled * 10n ** BigInt(tens) : divideUp(scaled, 10n ** BigInt(-tens));
    return { value: sign === "-" ? -value : value, style };
}

const divideUp = (dividend: bigint, divisor: bigint) => (dividend + divisor - 1n) / divisor;

function strip(value: bigint, base: bigint, most: number): { mantissa: bigint; steps: number } {
    let mantissa = value;
    let steps = 0;
    while (mantissa !== 0n && steps < most && mantissa % base === 0n) {
        mantissa /= base;
        steps++;
    }
    return { mantissa, steps };
}

/** The canonical spelling, or undefined for what is not a quantity. */
export function canonicalQuantity(quantity: string | number): string | undefined {
    const parsed = parseQuantity(String(quantity).trim());
    if (parsed === undefined) {
        return undefined;
    }
    const { value, style } = parsed;
    if (value === 0n) {
        return "0";
    }
    const whole = value % nano === 0n;
    const large = value >= 1024n * nano || value <= -1024n * nano;
    if (style === "binary" && whole && large) {
        const { mantissa, steps } = strip(value / nano, 1024n, binarySuffixes.length - 1);
        return `${mantissa}${binarySuffixes[steps]}`;
    }
    if (style === "exponent") {
        const { mantissa, steps } = strip(value, 1000n, Number.MAX_SAFE_INTEGER);
        const exponent = steps * 3 - 9;
        return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`;
    }
    const { mantissa, steps } = strip(value, 1000n, decimalSuffixes.length - 1);
    return `${mantissa}${decimalSuffixes[steps]}`;
}
