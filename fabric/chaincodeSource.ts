import { shown, type Problem } from "./problem";
import { archivePathProblem, type ArchiveFile } from "./tarGzip";

/** Languages that peers with a Docker daemon build chaincode from. */
export const CHAINCODE_LANGUAGES = ["golang", "node", "java"] as const;
export type ChaincodeLanguage = (typeof CHAINCODE_LANGUAGES)[number];

/** Source code of a chaincode, which the peer builds with Docker. */
export interface ChaincodeSource {
    type: ChaincodeLanguage;

    /**
     * Its files by their paths below the source folder, `META-INF` included. What Fabric leaves out of a
     * package is left out here: `.git`, `node_modules` of node, hidden files in `META-INF`.
     */
    files: Readonly<Record<string, string | Uint8Array>>;

    /**
     * For golang, folder of the main package below the module's root.
     *
     * @default - the root
     */
    mainFolder?: string;
}

/** What must be at the root of each language's sources, for the images that build them. */
const BUILD_FILES = {
    golang: ["go.mod"],
    node: ["package.json"],
    java: ["build.gradle", "build.gradle.kts", "pom.xml"],
} as const;

/** The files of a source package as peers want them: sources in `src/`, metadata beside it. */
export function sourceFiles(source: ChaincodeSource): ArchiveFile[] {
    return packaged(source).map(([path, content]) => ({
        path: isMetadata(path) ? path : `src/${path}`,
        content: bytesOf(content),
    }));
}

/**
 * The `path` of the metadata: for golang the import path of the main package, which the peer hands to
 * `go build`; the other languages need none.
 */
export function sourcePath({ type, files, mainFolder }: ChaincodeSource): string {
    if (type !== "golang") {
        return "";
    }
    const module = moduleOf(files["go.mod"]) ?? "";
    return mainFolder === undefined ? module : `${module}/${mainFolder}`;
}

/** Everything for which a peer would refuse the sources, or fail to build them for a plain reason. */
export function sourceProblems(source: ChaincodeSource): Problem[] {
    const { type, files, mainFolder } = source;
    const paths = packaged(source).map(([path]) => path);
    const problems = paths.flatMap((path) => {
        const reason = archivePathProblem(isMetadata(path) ? path : `src/${path}`);
        return reason === undefined ? [] : [{ path: `files[${shown(path)}]`, reason }];
    });
    const wanted = BUILD_FILES[type];
    if (!wanted.some((file) => paths.includes(file))) {
        const reason = `there is no ${wanted.join(" or ")} at the root of the ${type} sources; pass the folder that has it`;
        problems.push({ path: "files", reason });
    } else if (type === "golang" && moduleOf(files["go.mod"]) === undefined) {
        const reason = 'it has no line "module NAME"; write one';
        problems.push({ path: 'files["go.mod"]', reason });
    }
    if (mainFolder !== undefined && !paths.some((path) => path.startsWith(`${mainFolder}/`))) {
        const reason = `${shown(mainFolder)} has no files; write a folder below the module's root`;
        problems.push({ path: "mainFolder", reason });
    }
    return problems;
}

/** Files and folders that no package of a language has, at any depth. */
export function leftOut(type: ChaincodeLanguage): readonly string[] {
    return type === "node" ? [".git", "node_modules"] : [".git"];
}

function packaged({ type, files }: ChaincodeSource): [string, string | Uint8Array][] {
    const without = leftOut(type);
    return Object.entries(files).filter(([path]) => {
        const parts = path.split("/");
        return (
            !parts.some((part) => without.includes(part)) &&
            !(isMetadata(path) && parts.at(-1)?.startsWith("."))
        );
    });
}

function isMetadata(path: string): boolean {
    return path.startsWith("META-INF/");
}

function moduleOf(file: string | Uint8Array | undefined): string | undefined {
    const text = file === undefined ? "" : Buffer.from(bytesOf(file)).toString("utf8");
    return /^[ \t]*module[ \t]+"?([^\s"]+)"?[ \t]*(?:\/\/.*)?$/m.exec(text)?.[1];
}

function bytesOf(content: string | Uint8Array): Uint8Array {
    return typeof content === "string" ? new TextEncoder().encode(content) : content;
}
