import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
    existsSync,
    mkdirSync,
    readFileSync,
    readdirSync,
    statfsSync,
    writeFileSync,
} from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import {
    LocalWorkspace,
    Stack,
    StackNotFoundError,
    type StackSettings,
} from "@pulumi/pulumi/automation";

import type { ClusterTarget } from "./cluster";
import { RUN_MARK } from "./orphans";
import type { Programs } from "./programs";
import { Refusal } from "./refusal";

/** Name of the stack of the root `Pulumi.yaml` that `npm run up` uses. */
export const STACK = "local";

/** Setting under which the program protects nothing, so that everything can be deleted. */
export const DELETE_LEDGERS = "deleteLedgers";

/** Less than this is too little to write state with; the last state must never be cut off. */
const NEEDED_BYTES = 256 * 1024 * 1024;

/** Paths of this checkout. Everything in `folder` is ignored by git. */
export interface Places {
    root: string;
    folder: string;
    state: string;
    passphrase: string;
    logs: string;
    cluster: string;
    memory: string;
}

/** What later runs have to know about the network that is up. */
export interface Memory {
    target: ClusterTarget;
    /** UID of the cluster's `kube-system` Namespace. */
    clusterUid?: string;
    /** Fingerprint of the kubeconfig that the state's provider was last given. */
    kubeconfig?: string;
    /** Whether the network was taken down since. */
    down?: boolean;
    /** Where the state is: in this folder, or (by fingerprint) where the user keeps theirs. */
    backend: "own" | { elsewhere: string };
}

/** Where Pulumi keeps state: in this checkout, or where the user is logged in. */
export type Backend = { kind: "own" } | { kind: "elsewhere"; url: string; because: string };

export function placesOf(root = resolve(__dirname, "..", "..")): Places {
    const folder = join(root, ".kubefabric");
    return {
        root,
        folder,
        state: join(folder, "state"),
        passphrase: join(folder, "passphrase"),
        logs: join(folder, "logs"),
        cluster: join(folder, "cluster"),
        memory: join(folder, "network.json"),
    };
}

export function recall({ memory }: Places): Memory | undefined {
    return existsSync(memory) ? (JSON.parse(readFileSync(memory, "utf8")) as Memory) : undefined;
}

export function remember({ memory }: Places, what: Memory): void {
    writeFileSync(memory, `${JSON.stringify(what, undefined, 4)}\n`);
}

export function fingerprint(text: string): string {
    return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** Refuses to begin what a full disk would cut off in the middle. */
export function refuseFullDisk(
    { folder }: Pick<Places, "folder">,
    neededBytes = NEEDED_BYTES,
): void {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < neededBytes) {
        throw new Refusal(
            `only ${Math.floor((bavail * bsize) / 1024 / 1024)} MB are free on the disk of ${folder}; ` +
                `free at least ${neededBytes / 1024 / 1024} MB and run the same command again`,
        );
    }
}

/**
 * Which backend keeps the state: the one the network's state is in already, else where the user is
 * logged in, else a folder of this checkout.
 */
export async function chooseBackend({
    env,
    remembered,
    loggedInAt,
}: {
    env: NodeJS.ProcessEnv;
    remembered: Memory["backend"] | undefined;
    /** Where the user's own Pulumi is logged in, if it is. */
    loggedInAt: () => Promise<string | undefined>;
}): Promise<Backend> {
    const named = env.PULUMI_BACKEND_URL;
    if (remembered === "own") {
        if (named !== undefined && named !== "") {
            throw new Refusal(
                "PULUMI_BACKEND_URL is set, but the state of this network is in .kubefabric/state; " +
                    "unset it to go on with this network",
            );
        }
        return { kind: "own" };
    }
    const backend = await elsewhere(env, loggedInAt);
    const known = backend.kind === "own" ? undefined : fingerprint(backend.url);
    if (remembered !== undefined && remembered.elsewhere !== known) {
        throw new Refusal(
            "the state of this network is in another Pulumi backend than the present one; log in " +
                "there again (pulumi login, or PULUMI_BACKEND_URL) to go on with this network",
        );
    }
    return backend;
}

async function elsewhere(
    env: NodeJS.ProcessEnv,
    loggedInAt: () => Promise<string | undefined>,
): Promise<Backend> {
    if (env.PULUMI_BACKEND_URL) {
        const url = env.PULUMI_BACKEND_URL;
        return { kind: "elsewhere", url, because: "PULUMI_BACKEND_URL is set" };
    }
    if (env.PULUMI_ACCESS_TOKEN) {
        const url = "https://api.pulumi.com";
        return { kind: "elsewhere", url, because: "PULUMI_ACCESS_TOKEN is set" };
    }
    const url = await loggedInAt();
    return url === undefined
        ? { kind: "own" }
        : { kind: "elsewhere", url, because: `you are logged in at ${withoutCredentials(url)}` };
}

/** Asks the user's own Pulumi, if there is one; ours never logs in anywhere. */
export async function whereUserIsLoggedIn(): Promise<string | undefined> {
    try {
        const { stdout } = await promisify(execFile)("pulumi", ["whoami", "--json"], {
            env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true", CI: "true" },
            timeout: 15_000,
        });
        return (JSON.parse(stdout) as { url?: string }).url;
    } catch {
        // No Pulumi, or not logged in.
        return undefined;
    }
}

/**
 * The variables that tell Pulumi how secrets in the state are encrypted. A passphrase is made once, for
 * a new state; one that is lost is never replaced, because the keys in the state are lost with it.
 */
export function passphraseVariables({
    env,
    backend,
    file,
    stateExists,
}: {
    env: NodeJS.ProcessEnv;
    backend: Backend;
    file: string;
    stateExists: boolean;
}): Record<string, string> {
    if (
        env.PULUMI_CONFIG_PASSPHRASE !== undefined ||
        env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined ||
        // The service encrypts by itself.
        (backend.kind === "elsewhere" && backend.url.startsWith("https://"))
    ) {
        return {};
    }
    if (existsSync(file)) {
        if (readFileSync(file, "utf8").trim() === "") {
            throw new Refusal(`the passphrase file ${file} is empty; ${RESTORE}`);
        }
    } else if (stateExists) {
        throw new Refusal(
            `the passphrase file ${file} is missing, but there is a state; ${RESTORE}`,
        );
    } else {
        mkdirSync(join(file, ".."), { recursive: true, mode: 0o700 });
        writeFileSync(file, `${randomBytes(32).toString("base64url")}\n`, {
            mode: 0o600,
            flag: "wx",
        });
    }
    return { PULUMI_CONFIG_PASSPHRASE_FILE: file };
}

const RESTORE =
    "the keys of the network are encrypted with it. Restore the file from a backup, or set " +
    "PULUMI_CONFIG_PASSPHRASE. If it is lost, so are the keys: delete the folder .kubefabric and the " +
    "network's namespaces, and begin anew";

/** Pulumi in this checkout, with the given state. */
export async function openWorkspace({
    places,
    programs,
    backend,
    env = process.env,
}: {
    places: Places;
    programs: Programs;
    backend: Backend;
    env?: NodeJS.ProcessEnv;
}): Promise<LocalWorkspace> {
    // The Automation API and everything below it look programs up on the PATH.
    process.env.PATH = [...programs.pathFolders, process.env.PATH ?? ""].join(delimiter);
    const variables: Record<string, string> = {
        PULUMI_SKIP_UPDATE_CHECK: "true",
        // The clouds' SDKs are in node_modules for tests, and the engine would fetch a provider for each. The
        // one that is needed was found before.
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        [RUN_MARK]: places.folder,
    };
    if (backend.kind === "own") {
        mkdirSync(places.state, { recursive: true, mode: 0o700 });
        variables.PULUMI_BACKEND_URL = pathToFileURL(places.state).href;
    }
    const workspace = await LocalWorkspace.create({ workDir: places.root, envVars: variables });
    const stateExists =
        backend.kind === "own"
            ? existsSync(stateFile(places, (await workspace.projectSettings()).name))
            : !existsSync(places.passphrase) && (await stackExists(workspace));
    Object.assign(
        variables,
        passphraseVariables({ env, backend, file: places.passphrase, stateExists }),
    );
    workspace.envVars = variables;
    return workspace;
}

/** Whether the folder of our own state lists any resource, whatever stack it belongs to. */
export function ownStateIsEmpty({ state }: Places): boolean {
    const stacks = join(state, ".pulumi", "stacks");
    const files = existsSync(stacks)
        ? readdirSync(stacks, { recursive: true, encoding: "utf8" })
        : [];
    return files
        .filter((file) => file.endsWith(".json"))
        .every((file) => resourcesIn(join(stacks, file)) === 0);
}

function resourcesIn(file: string): number {
    try {
        const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as Checkpoint;
        return (checkpoint?.latest?.resources ?? []).length;
    } catch {
        // Cut off while it was written; what it lists is not known, but it is not nothing.
        return Infinity;
    }
}

/** A stack in a file, as far as it is read here. */
interface Checkpoint {
    checkpoint?: { latest?: { resources?: unknown[] } };
}

/** Where our own backend keeps the stack of a project. */
export function stateFile({ state }: Pick<Places, "state">, project: string): string {
    return join(state, ".pulumi", "stacks", project, `${STACK}.json`);
}

async function stackExists(workspace: LocalWorkspace): Promise<boolean> {
    const stacks = await workspace.listStacks();
    return stacks.some(({ name }) => name === STACK || name.endsWith(`/${STACK}`));
}

/** The stack; made where it does not exist and `create` is set, else nothing. */
export async function openStack(
    workspace: LocalWorkspace,
    { create }: { create: boolean },
): Promise<Stack | undefined> {
    try {
        return await Stack.select(STACK, workspace);
    } catch (error) {
        if (!(error instanceof StackNotFoundError)) {
            throw error;
        }
        return create ? await Stack.create(STACK, workspace) : undefined;
    }
}

/** Writes settings of the stack; an empty value takes one back. */
export async function saveSettings(
    workspace: LocalWorkspace,
    settings: Record<string, string>,
): Promise<void> {
    const { name: project } = await workspace.projectSettings();
    // There is no file yet where the backend encrypts by itself and nothing was ever set.
    const none: StackSettings = {};
    const file = await workspace.stackSettings(STACK).catch(() => none);
    const config: Record<string, unknown> = { ...file.config };
    for (const [key, value] of Object.entries(settings)) {
        if (value === "") {
            delete config[`${project}:${key}`];
        } else {
            config[`${project}:${key}`] = value;
        }
    }
    await workspace.saveStackSettings(STACK, { ...file, config });
}

function withoutCredentials(url: string): string {
    return url.replace(/\/\/[^/@]*@/, "//").replace(/\?.*$/, "");
}
