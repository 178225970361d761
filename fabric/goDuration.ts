/** Nanoseconds in the units that Go knows. Both signs for micro are right. */
const NANOSECONDS: Record<string, bigint> = {
    ns: 1n,
    us: 1_000n,
    "\u00b5s": 1_000n,
    "\u03bcs": 1_000n,
    ms: 1_000_000n,
    s: 1_000_000_000n,
    m: 60_000_000_000n,
    h: 3_600_000_000_000n,
};

/** A Go duration is a signed number of 64 bits: at most a little over 292 years. */
const LONGEST = 2n ** 63n;

/** One number with its unit: `1.5h`. */
const PART = /([0-9]*)(?:\.([0-9]*))?([^0-9.]+)/y;

/**
 * A duration as Go's `time.ParseDuration` reads it, in nanoseconds, or `undefined` where Go fails:
 * numbers with units in any order (`1h30m`, `1.5s`, `-2ms`), and of the bare numbers only `0`.
 *
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function parseGoDuration(text: string): bigint | undefined {
    const unsigned = text.replace(/^[-+]/, "");
    if (unsigned === "0") {
        return 0n;
    }
    const length = unsigned === "" ? undefined : sumOfParts(unsigned);
    if (length === undefined) {
        return undefined;
    }
    if (text.startsWith("-")) {
        return length > LONGEST ? undefined : -length;
    }
    return length >= LONGEST ? undefined : length;
}

function sumOfParts(text: string): bigint | undefined {
    let sum = 0n;
    PART.lastIndex = 0;
    while (PART.lastIndex < text.length) {
        const [, whole = "", fraction = "", name = ""] = PART.exec(text) ?? [];
        const unit = Object.hasOwn(NANOSECONDS, name) ? NANOSECONDS[name] : undefined;
        if (unit === undefined || whole + fraction === "") {
            return undefined;
        }
        sum += BigInt(whole) * unit;
        sum += (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length);
    }
    return sum;
}
