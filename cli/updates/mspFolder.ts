import { readdirSync } from "node:fs";
import { join } from "node:path";

import { Refusal } from "../refusal";

/** The file with the certificate of a local MSP. Fabric takes the first by name. */
export function certificateFileIn(folder: string): string {
    const [first] = filesIn(folder, "signcerts");
    return first ?? "";
}

/** The files with keys of a local MSP, of which a renewal leaves the old ones behind. */
export function keyFilesIn(folder: string): string[] {
    return filesIn(folder, "keystore");
}

function filesIn(folder: string, name: "signcerts" | "keystore"): string[] {
    const path = join(folder, name);
    let files: string[];
    try {
        files = readdirSync(path, { withFileTypes: true })
            // Kubernetes mounts Secrets as links to files in hidden folders.
            .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
            .map((entry) => join(path, entry.name))
            .sort();
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        const why = code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
        throw new Refusal(
            `${path}: ${why}; --msp names the folder of a local MSP, which has signcerts and keystore`,
            2,
        );
    }
    if (files.length === 0) {
        const instead =
            name === "keystore" ? "; for a key that is kept elsewhere use --sign-command" : "";
        throw new Refusal(`${path}: is empty${instead}`, 2);
    }
    return files;
}
