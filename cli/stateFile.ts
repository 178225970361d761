import { copyFileSync, existsSync, readFileSync } from "node:fs";

/**
 * Puts the last whole state back where a run that was killed left half a file: the engine writes the
 * state after every step, and keeps the one before beside it.
 *
 * @returns whether the file had to be mended.
 */
export function mendStateFile(path: string): boolean {
    const before = `${path}.bak`;
    if (!existsSync(path) || isWhole(path) || !existsSync(before) || !isWhole(before)) {
        return false;
    }
    copyFileSync(before, path);
    return true;
}

function isWhole(path: string): boolean {
    try {
        JSON.parse(readFileSync(path, "utf8"));
        return true;
    } catch {
        return false;
    }
}
