import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";

import { exists } from "./cache";
import { findOnPath, isExecutable } from "./onPath";
import { Refusal } from "../refusal";
import { explainFileError } from "./fileErrors";
import { formatDuration, formatExpectation } from "./progress";
import { compareVersions, findVersion, isWithin, type Version } from "./versions";

/** The name of the program, as the engine looks for it. */
export const KUBERNETES_PROVIDER = "pulumi-resource-kubernetes";

/** Versions of the real provider that the SDK in use can be run on. */
const ACCEPTED = { from: "4.24.0", below: "5.0.0" };

/** Where the engine itself looks first; whether to try at all is decided by whether it answers. */
const PLUGIN_SITE = "https://get.pulumi.com/";

const EXPECTED_DOWNLOAD_SECONDS = 30;
const DOWNLOAD_TIMEOUT_MILLISECONDS = 300_000;

/** The second line of the stand-in, by which it is told from a real provider. */
const STAND_IN_MARK = "# kubefabric: a stand-in for Pulumi's Kubernetes provider";

export interface KubernetesProvider {
    path: string;
    /** The folder to put on the PATH, where the engine would not find the provider by itself. */
    folder?: string;
    standIn: boolean;
}

export interface ProviderSurroundings {
    env: NodeJS.ProcessEnv;
    /** The version of `@pulumi/kubernetes` in use. */
    version: string;
    /** The CLI that can download the provider; none where no CLI was asked for. */
    pulumi: string | undefined;
    /** Whether anything answers at an address. */
    answers: (address: string) => Promise<boolean>;
    standIn: {
        /** The folder that the stand-in is written into, in the checkout whose provider it starts. */
        folder: string;
        node: string;
        /** The compiled provider. */
        main: string;
    };
    log: (line: string) => void;
}

/** The real provider where it can be had, else the stand-in. */
export async function resolveKubernetesProvider(
    surroundings: ProviderSurroundings,
): Promise<KubernetesProvider> {
    const { env, version } = surroundings;
    const onPath = await findOnPath(KUBERNETES_PROVIDER, env);
    if (onPath !== undefined && (await isRealAndFitting(onPath))) {
        return { path: onPath, standIn: false };
    }
    const installed = await installedPlugin(env, version);
    if (installed !== undefined) {
        return installed;
    }
    if (await downloadPlugin(surroundings)) {
        const downloaded = await installedPlugin(env, version);
        if (downloaded !== undefined) {
            return downloaded;
        }
    }
    return writeStandIn(surroundings);
}

/** A provider tells its version only by the name of the folder that it was installed into, if at all. */
async function isRealAndFitting(file: string): Promise<boolean> {
    const folder = path.basename(path.dirname(await fs.realpath(file)));
    const version = folder.startsWith("resource-kubernetes-v") ? findVersion(folder) : undefined;
    if (version !== undefined) {
        return isWithin(version, ACCEPTED);
    }
    const handle = await fs.open(file);
    try {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
        return !buffer.toString("latin1", 0, bytesRead).includes(STAND_IN_MARK);
    } finally {
        await handle.close();
    }
}

/**
 * A provider that `pulumi plugin install` has put into Pulumi's folder. The engine takes only the very
 * version of the SDK from there, but any version from the PATH.
 *
 * @see https://github.com/pulumi/pulumi/blob/v3.250.0/sdk/go/common/workspace/plugins.go
 */
async function installedPlugin(
    env: NodeJS.ProcessEnv,
    wanted: string,
): Promise<KubernetesProvider | undefined> {
    const home = env.PULUMI_HOME || path.join(env.HOME || os.homedir(), ".pulumi");
    const plugins = path.join(home, "plugins");
    const names = await fs.readdir(plugins).catch(() => [] as string[]);
    const found: { version: Version; folder: string }[] = [];
    for (const name of names) {
        const version = /^resource-kubernetes-v(\d+\.\d+\.\d+)$/.exec(name)?.[1];
        const folder = path.join(plugins, name);
        const whole =
            (await isExecutable(path.join(folder, KUBERNETES_PROVIDER))) &&
            // The engine leaves this mark while it unpacks, and when it was interrupted.
            !(await exists(`${folder}.partial`));
        if (
            version !== undefined &&
            whole &&
            isWithin(findVersion(version) ?? [0, 0, 0], ACCEPTED)
        ) {
            if (version === wanted) {
                return { path: path.join(folder, KUBERNETES_PROVIDER), standIn: false };
            }
            found.push({ version: findVersion(version) ?? [0, 0, 0], folder });
        }
    }
    const newest = found.sort((left, right) => compareVersions(left.version, right.version)).at(-1);
    return newest === undefined
        ? undefined
        : {
              path: path.join(newest.folder, KUBERNETES_PROVIDER),
              folder: newest.folder,
              standIn: false,
          };
}

async function downloadPlugin({
    env,
    version,
    pulumi,
    answers,
    log,
}: ProviderSurroundings): Promise<boolean> {
    if (pulumi === undefined || !(await answers(PLUGIN_SITE))) {
        return false;
    }
    const expected = formatExpectation(EXPECTED_DOWNLOAD_SECONDS);
    log(`downloading the Kubernetes provider ${version} (about ${expected}) …`);
    const begin = performance.now();
    const succeeded = await new Promise<boolean>((resolve) => {
        execFile(
            pulumi,
            ["plugin", "install", "resource", "kubernetes", version],
            {
                env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
                timeout: DOWNLOAD_TIMEOUT_MILLISECONDS,
            },
            (error) => resolve(error === null),
        );
    });
    const seconds = formatDuration((performance.now() - begin) / 1000);
    log(
        succeeded
            ? `downloaded the Kubernetes provider in ${seconds}`
            : `the Kubernetes provider could not be downloaded (${seconds})`,
    );
    return succeeded;
}

/** A program of the provider's name that starts the small one of this project. */
async function writeStandIn({ standIn, log }: ProviderSurroundings): Promise<KubernetesProvider> {
    const { folder, node, main } = standIn;
    if (!(await exists(main))) {
        throw new Refusal(
            `"${main}" is missing, with which Pulumi's Kubernetes provider is replaced where it cannot ` +
                `be downloaded; compile it with "npm run build"`,
        );
    }
    const file = path.join(folder, KUBERNETES_PROVIDER);
    const text = `#!/bin/sh\n${STAND_IN_MARK}\nexec ${quote(node)} ${quote(main)} "$@"\n`;
    if ((await fs.readFile(file, "utf8").catch(() => "")) !== text) {
        const temporary = `${file}.${randomUUID()}`;
        try {
            await fs.mkdir(folder, { recursive: true });
            await fs.writeFile(temporary, text, { mode: 0o755 });
            await fs.rename(temporary, file);
        } catch (error) {
            throw explainFileError(error, folder);
        }
    }
    log(
        "the Kubernetes provider of Pulumi cannot be had here; a small stand-in of this project is " +
            "used (tools/kubernetes-provider)",
    );
    return { path: file, folder, standIn: true };
}

function quote(word: string): string {
    return `'${word.replaceAll("'", `'\\''`)}'`;
}
