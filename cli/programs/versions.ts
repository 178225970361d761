/** Versions as programs print them. */

/** Major, minor, patch. */
export type Version = readonly [number, number, number];

/** The first version in a text, or undefined where there is none. */
export function findVersion(text: string): Version | undefined {
    const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
    return found === null
        ? undefined
        : [Number(found[1]), Number(found[2]), Number(found[3] ?? "0")];
}

/** Negative where `left` is older than `right`, positive where it is newer, 0 where they are equal. */
export function compareVersions(left: Version, right: Version): number {
    return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

/** Whether a version is at least `from` and below `below`. */
export function isWithin(version: Version, range: { from: string; below: string }): boolean {
    const from = findVersion(range.from);
    const below = findVersion(range.below);
    return (
        (from === undefined || compareVersions(version, from) >= 0) &&
        (below === undefined || compareVersions(version, below) < 0)
    );
}

export function formatVersion(version: Version): string {
    return version.join(".");
}
