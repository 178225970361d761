import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";

import {
    chaincodePackage,
    chaincodePackageProblems,
    type ChaincodePackage,
} from "../fabric/chaincodePackage";
import {
    CHAINCODE_LANGUAGES,
    leftOut,
    type ChaincodeLanguage,
    type ChaincodeSource,
} from "../fabric/chaincodeSource";
import { choiceProblem, problemsOf, shown, type Problem } from "../fabric/problem";

/** Sources as a program names them. */
export interface SourceArgs {
    language: ChaincodeLanguage;
    source: string;
    mainFolder?: string;
}

/** Sources on this machine. */
export interface SourceFolder {
    /** Its whole path. */
    folder: string;
    language: ChaincodeLanguage;
    mainFolder?: string;
}

/** Where sources are on this machine. */
export function folderOf({ source, language, mainFolder }: SourceArgs): SourceFolder {
    // Whatever a program without types wrote: what is wrong with it is told by the check.
    return { folder: resolve(String(source)), language, mainFolder };
}

/** A package that is made of a folder. */
export function packageOfFolder(label: string, folder: SourceFolder): ChaincodePackage {
    return chaincodePackage(label, codeIn(folder));
}

/** Sources with their files; without any where the folder cannot be read. */
export function sourceCode(args: SourceArgs): ChaincodeSource {
    return codeIn(folderOf(args));
}

function codeIn({ folder, language, mainFolder }: SourceFolder): ChaincodeSource {
    const { files } = filesIn(folder, language);
    return { type: language, files, mainFolder };
}

/** Everything wrong with a folder of sources. */
export function sourceFolderProblems(args: SourceArgs): Problem[] {
    const { source, language } = args;
    const unknown = choiceProblem(language, CHAINCODE_LANGUAGES, "language");
    if (typeof source !== "string" || unknown !== undefined) {
        const reason = `${shown(source)} is no text; write the folder that has the sources`;
        return problemsOf(
            ["language", unknown],
            ["source", typeof source === "string" ? undefined : reason],
        );
    }
    const { folder } = folderOf(args);
    const { files, links, fault } = filesIn(folder, language);
    if (fault !== undefined) {
        const reason = `${shown(source)} cannot be read (${fault}); write the folder that has the sources`;
        return [{ path: "source", reason }];
    }
    const named = problemsOf(
        ...links.map((link) => {
            const reason = `${shown(link)} is a link, and a package has none; put the file in its place`;
            return ["source", reason] as const;
        }),
    );
    const code = { type: language, files, mainFolder: args.mainFolder };
    return [
        ...named,
        ...chaincodePackageProblems("source", code).map(({ path, reason }) => ({
            path: path.replace(/^files/, "source"),
            reason,
        })),
    ];
}

/** What a folder has; folders that no package has are not looked into, as they may be large. */
function filesIn(folder: string, language: ChaincodeLanguage) {
    const files: Record<string, Uint8Array> = {};
    const links: string[] = [];
    const without = leftOut(language);
    const visit = (path: string) => {
        for (const entry of readdirSync(path, { withFileTypes: true })) {
            const whole = join(path, entry.name);
            const within = relative(folder, whole).split(sep).join("/");
            if (without.includes(entry.name)) {
                continue;
            }
            if (entry.isDirectory()) {
                visit(whole);
            } else if (entry.isFile()) {
                files[within] = readFileSync(whole);
            } else if (entry.isSymbolicLink()) {
                links.push(within);
            }
        }
    };
    try {
        visit(folder);
    } catch (error) {
        return { files: {}, links, fault: (error as NodeJS.ErrnoException).code ?? "unknown" };
    }
    return { files, links };
}
