import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** The command, as it is published. */
const COMMAND = resolve(import.meta.dirname, "../../dist/cli/kubefabric.js");

/** What a run of the command came to. */
export interface Run {
    code: number | null;
    /** Lines of standard output. */
    lines: string[];
    output: string;
    /** Standard error. */
    notes: string;
}

/** A folder of files to run `kubefabric check` in. */
export class CheckFolder {
    readonly path = mkdtempSync(join(tmpdir(), "kubefabric-check-"));

    /** Writes a file; an object as JSON. */
    write(file: string, content: string | Buffer | object): string {
        const isText = typeof content === "string" || Buffer.isBuffer(content);
        mkdirSync(dirname(join(this.path, file)), { recursive: true });
        writeFileSync(
            join(this.path, file),
            isText ? content : JSON.stringify(content, undefined, 4),
        );
        return file;
    }

    /** Runs `kubefabric check --vendor gke ARGUMENTS`; `--vendor` in the arguments counts instead. */
    check(args: readonly string[], input?: string | Buffer): Run {
        const vendor = args.includes("--vendor") ? [] : ["--vendor", "gke"];
        const { status, stdout, stderr } = spawnSync(
            process.execPath,
            [COMMAND, "check", ...vendor, ...args],
            { cwd: this.path, encoding: "utf8", input: input ?? "", maxBuffer: 2 ** 28 },
        );
        const lines = stdout.split("\n").filter((line) => line !== "");
        return { code: status, lines, output: stdout, notes: stderr };
    }

    remove(): void {
        rmSync(this.path, { recursive: true });
    }
}

/** A claim as YAML. */
export function claimYaml(
    mode: string,
    { name = "data", className = "standard-rwo" } = {},
): string {
    return `apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: ${name}
spec:
  storageClassName: ${className}
  accessModes:
    - ${mode}
  resources:
    requests:
      storage: 20Gi
`;
}
