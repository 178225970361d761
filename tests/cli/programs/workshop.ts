import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";

import type { CatalogEntry } from "kubefabric/internal/cli/programs/catalog";
import { ReleaseSite } from "kubefabric/internal/cli/programs/download";
import type { Surroundings } from "kubefabric/internal/cli/programs/resolver";

/**
 * A machine of its own for a test: a PATH with only what the test puts there, an empty cache, one Go
 * module, and a `go` that writes shell scripts.
 */
export interface Workshop {
    folder: string;
    /** The only folder on the PATH besides the system's. */
    bin: string;
    surroundings: Surroundings;
    /** Every line that was logged. */
    lines: string[];
    /** How often the fake Go has built something. */
    builds: () => Promise<number>;
    remove: () => Promise<void>;
}

/** What the fake Go runs instead of compiling, once for each build. */
const GO = `#!/bin/sh
if [ "$1" = env ]; then
    printf '{"GOVERSION":"%s","GOCACHE":"%s","GOMODCACHE":"%s"}' "\${FAKE_GO_VERSION:-go1.26.1}" "$HOME" "$HOME"
    exit 0
fi
echo "$@" >> "$HOME/builds"
while [ "$1" != -o ]; do shift; done
echo half > "$2"
[ -e "$HOME/while-building" ] && . "$HOME/while-building"
printf '#!/bin/sh\\necho %s\\n' "\${FAKE_BUILT_VERSION:-1.2.3}" > "$2"
chmod +x "$2"
`;

/** A program of the workshop's catalog; what a test is about is given, the rest is plain. */
export function catalogEntry(changes: Partial<CatalogEntry> = {}): CatalogEntry {
    return {
        name: "etcd",
        version: "1.2.3",
        accepted: { from: "1.2.0", below: "2.0.0", reason: "older ones are too old" },
        versionArguments: ["--version"],
        source: { module: "tool", package: "example.test/tool", linkerFlags: ["-X a.b=c"] },
        buildSeconds: 65,
        buildGigabytes: 1,
        ...changes,
    };
}

export async function openWorkshop(
    catalog: readonly CatalogEntry[] = [catalogEntry()],
): Promise<Workshop> {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), "programs-"));
    const bin = path.join(folder, "bin");
    const module = path.join(folder, "tools", "tool");
    await fs.mkdir(bin);
    await fs.mkdir(module, { recursive: true });
    await fs.writeFile(path.join(module, "go.mod"), "module tool\n\ngo 1.25.11\n");
    await fs.writeFile(path.join(module, "go.sum"), "");
    await fs.writeFile(path.join(folder, "launcher"), "#!/bin/sh\n");
    const lines: string[] = [];
    return {
        folder,
        bin,
        lines,
        surroundings: {
            catalog,
            env: { PATH: `${bin}:/usr/bin:/bin`, HOME: folder },
            platform: { os: "linux", processor: "amd64" },
            site: new ReleaseSite(),
            toolsFolder: path.join(folder, "tools"),
            cacheFolder: path.join(folder, "cache"),
            launcher: path.join(folder, "launcher"),
            log: (line) => lines.push(line),
            freeBytes: () => Promise.resolve(100e9),
        },
        builds: async () => {
            const text = await fs.readFile(path.join(folder, "builds"), "utf8").catch(() => "");
            return text.split("\n").length - 1;
        },
        remove: () => fs.rm(folder, { recursive: true, force: true }),
    };
}

/** Puts a shell script on the workshop's PATH. */
export async function putProgram(folder: string, name: string, script: string): Promise<string> {
    await fs.mkdir(folder, { recursive: true });
    const file = path.join(folder, name);
    await fs.writeFile(file, script.startsWith("#!") ? script : `#!/bin/sh\n${script}\n`);
    await fs.chmod(file, 0o755);
    return file;
}

export function putGo(workshop: Workshop): Promise<string> {
    return putProgram(workshop.bin, "go", GO);
}

/** Has the fake Go do something in the middle of a build. */
export function whileBuilding(workshop: Workshop, script: string): Promise<void> {
    return fs.writeFile(path.join(workshop.folder, "while-building"), `${script}\n`);
}

/** The names in the cache's folder of programs. */
export function installed(workshop: Workshop): Promise<string[]> {
    return fs
        .readdir(path.join(workshop.surroundings.cacheFolder, "programs"))
        .catch(() => [] as string[]);
}
