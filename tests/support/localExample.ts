import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Recording } from "kubefabric/testing";

import { exampleIn, recordExample } from "./examples.ts";
import { KUBECONFIG } from "./network.ts";

/** The example whose project is the checkout itself. */
export const LOCAL = exampleIn(".");

/** Runs the local example's program, with some stack configuration, and records what it registers. */
export async function recordLocalExample(config: Record<string, string> = {}): Promise<Recording> {
    const folder = mkdtempSync(join(tmpdir(), "kubefabric-example-"));
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, KUBECONFIG);
    try {
        return await recordExample(LOCAL, { kubeconfig, context: "test", ...config });
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}
