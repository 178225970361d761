import {
    copyFileSync,
    existsSync,
    linkSync,
    mkdirSync,
    realpathSync,
    writeFileSync,
} from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** The pack, as a user of the package names it. */
export const INSTALLED_PACK = resolve(
    import.meta.dirname,
    "../../node_modules/kubefabric/dist/policy",
);

const LANGUAGE_HOST = "pulumi-language-nodejs";
const LAUNCHER = "pulumi-resource-pulumi-nodejs";

/** Starts a pack where no language host does it: what the engine runs in the pack's own folder. */
const ANALYZER = `#!/bin/sh
exec node "$(node -p 'require.resolve("@pulumi/pulumi/cmd/run-policy-pack")')" "$@"
`;

const folders = () =>
    [process.env.KUBEFABRIC_TEST_PATH ?? "", process.env.PATH ?? ""]
        .join(delimiter)
        .split(delimiter);

/**
 * Whether the language host at hand can run policy packs. The one that this project builds is the last
 * that could be built on its own, and older than that.
 */
export function hostRunsPacks(): boolean {
    const host = folders().find((folder) => existsSync(join(folder, LANGUAGE_HOST)));
    return host !== undefined && !host.includes("pulumi-with-nodejs-");
}

/**
 * A PATH on which the engine finds no language host and so asks for the program that runs a pack: the
 * only way to enforce one where the host is too old. The CLI has to be away from its host, too.
 */
export function pathWithoutHost(into: string): string {
    const all = folders();
    const cli = all.find((folder) => existsSync(join(folder, "pulumi"))) ?? "";
    const own = join(into, "bin");
    mkdirSync(own, { recursive: true });
    for (const program of ["pulumi", LAUNCHER]) {
        const from = join(realpathSync(cli), program);
        if (existsSync(from)) {
            linkOrCopy(realpathSync(from), join(own, program));
        }
    }
    writeFileSync(join(own, "pulumi-analyzer-policy-nodejs"), ANALYZER, { mode: 0o755 });
    const others = all.filter(
        (folder) => folder !== "" && !existsSync(join(folder, LANGUAGE_HOST)) && folder !== cli,
    );
    return [own, ...others].join(delimiter);
}

/** A link, where both are on one disk: the CLI is large. */
function linkOrCopy(from: string, to: string): void {
    try {
        linkSync(from, to);
    } catch {
        copyFileSync(from, to);
    }
}
