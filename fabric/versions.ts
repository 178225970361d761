import type { Problem } from "./problem";

/**
 * What differs between nodes: Fabric 3 knows SmartBFT and the capability `V3_0`; Fabric 2.5 reads its
 * settings in another way.
 */
export type FabricLine = "2.5" | "3";

/** What a node runs that names no version. */
export const DEFAULT_FABRIC_VERSION = "3.1.5";

/**
 * Versions whose images are known to start as this package runs them: the lines, and the first of each.
 * Ordering nodes of 3.1.2 lack their settings, and peers before 3.1.4 may hang when they stop.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/release_notes/v3.1.3.md
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/release_notes/v3.1.4.md
 * @see https://github.com/hyperledger/fabric/blob/v2.5.16/release_notes/v2.5.15.md
 */
const KNOWN = [
    { line: "3.1", firstPatch: 4, example: DEFAULT_FABRIC_VERSION },
    { line: "2.5", firstPatch: 15, example: "2.5.16" },
] as const;

/** The line of a version; nothing for a version that no node here can be run as. */
export function fabricLine(version: string): FabricLine | undefined {
    const [, major, minor] = VERSION.exec(version) ?? [];
    if (major === "3") {
        return "3";
    }
    return major === "2" && minor === "5" ? "2.5" : undefined;
}

/** The line of a version that was checked. */
export function lineOf(version: string): FabricLine {
    return fabricLine(version) ?? "3";
}

const VERSION = /^([1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?$/;

/**
 * Everything wrong with the version of a node, and with an image that is of another one.
 *
 * @param image - the node's own image, where it has one; as far as it is known yet.
 */
export function fabricVersionProblems(version: unknown, image?: unknown): Problem[] {
    const line = typeof version === "string" ? fabricLine(version) : undefined;
    if (line === undefined || (image === undefined && !isKnown(version as string))) {
        return [{ path: "fabricVersion", reason: versionReason(version, line) }];
    }
    const tag = typeof image === "string" ? imageVersion(image) : undefined;
    return tag === undefined || lineOfTag(tag) === line
        ? []
        : [
              {
                  path: "image",
                  reason:
                      `"${String(image)}" is of Fabric ${tag}, and fabricVersion is ` +
                      `"${String(version)}"; write the version of the image as fabricVersion`,
              },
          ];
}

function isKnown(version: string): boolean {
    const [, major, minor, patch] = VERSION.exec(version) ?? [];
    return KNOWN.some(
        ({ line, firstPatch }) =>
            line === `${major}.${minor}` && !version.includes("-") && Number(patch) >= firstPatch,
    );
}

function versionReason(version: unknown, line: FabricLine | undefined): string {
    const wanted = KNOWN.map(
        ({ example, line: of, firstPatch }) => `"${example}" (${of}.${firstPatch} or newer)`,
    );
    return (
        `"${String(version)}" is not a version of Fabric that is known here; write ` +
        wanted.join(" or ") +
        (line === undefined ? "" : ", or an image of your own beside it")
    );
}

/** The version that an image of Fabric's own name has as its tag, such as `2.5.16` or `3.1`. */
function imageVersion(image: string): string | undefined {
    const [name = ""] = image.split("@");
    return /(?:^|\/)fabric-(?:peer|orderer):(\d+\.\d+(?:\.\d+)?)(?![\d.])/.exec(name)?.[1];
}

function lineOfTag(tag: string): FabricLine | undefined {
    return fabricLine(tag.split(".").length === 2 ? `${tag}.0` : tag);
}
