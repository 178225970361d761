import * as fs from "node:fs/promises";
import * as path from "node:path";

import { cacheFolder, fingerprint, installOnce } from "./programs/cache";
import { CATALOG, type Platform, type ReleasedProgramName } from "./programs/catalog";
import { ReleaseSite } from "./programs/download";
import {
    KUBERNETES_PROVIDER,
    type KubernetesProvider,
    resolveKubernetesProvider,
} from "./programs/kubernetesProvider";
import { findOnPath, isExecutable } from "./programs/onPath";
import { Refusal } from "./refusal";
import {
    LAUNCHER,
    type Origin,
    type Resolved,
    resolveReleased,
    type Surroundings,
} from "./programs/resolver";

/** A program that this project runs. */
export type ProgramName = ReleasedProgramName | "pulumi-resource-kubernetes";

/** The Kubernetes provider is the real one, where Pulumi or a person has installed it, or ours. */
type ProviderOrigin = "installed" | "stand-in";

/** Every program, as a stack on a simulated cluster needs them. */
export const ALL_PROGRAMS: readonly ProgramName[] = [
    ...CATALOG.map((program) => program.name),
    KUBERNETES_PROVIDER,
];

/** Programs that can be run. */
export interface Programs {
    /** The absolute path of each program that was asked for. */
    paths: Record<ProgramName, string>;
    /** Where each program that was asked for came from. */
    origins: Record<ProgramName, Origin | ProviderOrigin>;
    /**
     * Folders to put first on the PATH, in order: the one of the Node.js that dynamic resources run on,
     * and those of all programs that are not on the PATH already.
     */
    pathFolders: string[];
    /** Whether the Kubernetes provider is the small one of this project. */
    standInProvider: boolean;
}

/** How programs are looked for. */
export interface ResolveOptions {
    /**
     * Takes one line at a time: what is downloaded or built, how long that should take and took.
     *
     * @default nothing is said
     */
    log?: (line: string) => void;
    /**
     * The environment: PATH, HOME, KUBEFABRIC_CACHE, PULUMI_HOME, Go's settings.
     *
     * @default this process's
     */
    env?: NodeJS.ProcessEnv;
}

/** The checkout, two folders above this compiled file. */
const CHECKOUT = path.resolve(__dirname, "..", "..");

/** Asked once in a run, however often programs are resolved in it. */
const SITE = new ReleaseSite();

/**
 * Finds each program on the PATH if it fits, else in the cache, else downloads it, else builds it from
 * `tools/`. Two runs at once make each program once. Throws a `Refusal` where that cannot be.
 */
export async function resolvePrograms(
    names: readonly ProgramName[],
    options: ResolveOptions = {},
): Promise<Programs> {
    const { log = () => {}, env = process.env } = options;
    const surroundings = surroundingsOfCheckout(env, log);
    const released = names.filter((name) => name !== KUBERNETES_PROVIDER);
    const resolved = await resolveReleased(released, surroundings);
    await joinLanguageHost(resolved, surroundings);

    const programs: Programs = {
        paths: {} as Record<ProgramName, string>,
        origins: {} as Programs["origins"],
        pathFolders: [await nodeFolder()],
        standInProvider: false,
    };
    for (const [name, { path: file, origin }] of resolved) {
        programs.paths[name] = file;
        programs.origins[name] = origin;
        if (origin !== "PATH") {
            programs.pathFolders.push(path.dirname(file));
        }
    }
    if (names.includes(KUBERNETES_PROVIDER)) {
        const provider = await kubernetesProvider(resolved, surroundings);
        programs.paths[KUBERNETES_PROVIDER] = provider.path;
        programs.origins[KUBERNETES_PROVIDER] = provider.standIn ? "stand-in" : "installed";
        programs.standInProvider = provider.standIn;
        if (provider.folder !== undefined) {
            programs.pathFolders.push(provider.folder);
        }
    }
    programs.pathFolders.push(...(await launcherFolder(resolved, surroundings)));
    programs.pathFolders = [...new Set(programs.pathFolders)];
    return programs;
}

function surroundingsOfCheckout(env: NodeJS.ProcessEnv, log: (line: string) => void): Surroundings {
    return {
        env,
        log,
        catalog: CATALOG,
        platform: platformOf(process.platform, process.arch),
        site: SITE,
        toolsFolder: path.join(CHECKOUT, "tools"),
        cacheFolder: cacheFolder(env),
        launcher: path.join(path.dirname(require.resolve("@pulumi/pulumi/package.json")), LAUNCHER),
    };
}

function platformOf(os: string, processor: string): Platform {
    if ((os !== "linux" && os !== "darwin") || (processor !== "x64" && processor !== "arm64")) {
        throw new Refusal(
            `the commands of this project run on Linux and macOS, on x64 and arm64, not on ${os} ` +
                `${processor}; on Windows use its subsystem for Linux`,
        );
    }
    return { os, processor: processor === "x64" ? "amd64" : "arm64" };
}

/**
 * The engine warns of a language host that is on the PATH but not beside the CLI. So a CLI and a host
 * that were built are put into one folder, besides the folders of their own: a CLI without any host is
 * what runs policy packs of inline programs.
 */
async function joinLanguageHost(
    resolved: Map<ReleasedProgramName, Resolved>,
    surroundings: Surroundings,
): Promise<void> {
    const pulumi = resolved.get("pulumi");
    const host = resolved.get("pulumi-language-nodejs");
    if (
        pulumi === undefined ||
        host === undefined ||
        pulumi.origin === "PATH" ||
        path.dirname(pulumi.path) === path.dirname(host.path)
    ) {
        return;
    }
    const folders = [path.dirname(pulumi.path), path.dirname(host.path)];
    const joined = path.join(
        surroundings.cacheFolder,
        "programs",
        `pulumi-with-nodejs-${fingerprint(folders.map((folder) => path.basename(folder)))}`,
    );
    await installOnce(joined, {
        waiting: () => {},
        make: async (temporary) => {
            for (const folder of folders) {
                for (const name of await fs.readdir(folder)) {
                    // Links to files: a symbolic link would lead the engine back to the first folder.
                    await fs.link(path.join(folder, name), path.join(temporary, name));
                }
            }
        },
    });
    for (const [name, { origin }] of [
        ["pulumi", pulumi],
        ["pulumi-language-nodejs", host],
    ] as const) {
        resolved.set(name, { path: path.join(joined, name), origin });
    }
}

/** The Node.js of this package's development dependencies, else the one that runs this. */
async function nodeFolder(): Promise<string> {
    const own = path.join(CHECKOUT, "node_modules", "node", "bin");
    return (await isExecutable(path.join(own, "node"))) ? own : path.dirname(process.execPath);
}

async function kubernetesProvider(
    resolved: Map<ReleasedProgramName, Resolved>,
    { env, log, site }: Surroundings,
): Promise<KubernetesProvider> {
    const { version } = JSON.parse(
        await fs.readFile(require.resolve("@pulumi/kubernetes/package.json"), "utf8"),
    ) as { version: string };
    return resolveKubernetesProvider({
        env,
        log,
        version,
        pulumi: resolved.get("pulumi")?.path,
        answers: (address) => site.answers(address),
        standIn: {
            folder: path.join(CHECKOUT, ".kubefabric", "bin"),
            node: path.join(await nodeFolder(), "node"),
            main: path.join(CHECKOUT, "dist", "tools", "kubernetes-provider", "main.js"),
        },
    });
}

/** The SDK's launcher of dynamic resources, for a CLI on the PATH that has none beside it. */
async function launcherFolder(
    resolved: Map<ReleasedProgramName, Resolved>,
    { env, launcher }: Surroundings,
): Promise<string[]> {
    const pulumi = resolved.get("pulumi");
    if (pulumi?.origin !== "PATH") {
        return [];
    }
    const beside = path.join(path.dirname(await fs.realpath(pulumi.path)), LAUNCHER);
    if ((await isExecutable(beside)) || (await findOnPath(LAUNCHER, env)) !== undefined) {
        return [];
    }
    await fs.chmod(launcher, 0o755);
    return [path.dirname(launcher)];
}
