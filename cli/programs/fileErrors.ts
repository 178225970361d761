import { Refusal } from "../refusal";

/** What went wrong with a folder, in words, or the error as it is. */
export function explainFileError(error: unknown, folder: string): unknown {
    switch ((error as NodeJS.ErrnoException | undefined)?.code) {
        case "ENOSPC":
        case "EDQUOT":
            return new Refusal(diskFull(folder));
        case "EACCES":
        case "EPERM":
        case "EROFS":
        case "ENOTDIR":
            return new Refusal(
                `"${folder}" cannot be written to; set KUBEFABRIC_CACHE to a folder that can`,
            );
        default:
            return error;
    }
}

/** The sentence for a disk that ran full while something was written to a folder. */
export function diskFull(folder: string): string {
    return (
        `the disk ran full while writing to "${folder}" or Go's caches; free some space, or set ` +
        "KUBEFABRIC_CACHE, GOCACHE, GOMODCACHE and TMPDIR to folders on a larger disk; the next run goes on"
    );
}
