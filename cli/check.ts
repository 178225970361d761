import { readConfiguration } from "./checkConfiguration";
import { readSource, readText, STANDARD_INPUT } from "./checkInput";
import { report, type Found, type Outcome } from "./checkReport";
import { Unreadable, type Source } from "./checkSource";
import { checkAll, type Configuration } from "../policy/rules/check";
import { SHARING_RULE } from "../policy/rules/index";
import type { VendorSetting } from "../policy/rules/settings";

export const FORMATS = ["text", "json", "sarif"] as const;

/** Options of `kubefabric check`. */
export interface CheckOptions {
    vendor: VendorSetting;
    format: (typeof FORMATS)[number];
    /** File with settings and levels of policies. */
    config?: string;
}

/** Holds files against the policy pack and prints what is wrong; returns what the process ends with. */
export async function check(files: readonly string[], options: CheckOptions): Promise<number> {
    const outcome = await outcomeOf(files, options);
    const { output, notes } = report(outcome, options.format);
    process.stdout.write(output);
    process.stderr.write(notes);
    return exitCodeOf(outcome);
}

async function outcomeOf(files: readonly string[], options: CheckOptions): Promise<Outcome> {
    const unreadable: Unreadable[] = [];
    const attempt = async <T>(read: () => T | Promise<T>): Promise<T | undefined> => {
        try {
            return await read();
        } catch (error) {
            if (!(error instanceof Unreadable)) {
                throw error;
            }
            unreadable.push(error);
            return undefined;
        }
    };
    const { config } = options;
    const configuration =
        config === undefined
            ? {}
            : await attempt(async () => readConfiguration(await readText(config), config));
    const sources: Source[] = [];
    for (const file of new Set(files)) {
        const source = await attempt(() => readSource(file));
        sources.push(...(source === undefined ? [] : [source]));
    }
    const checked = sources.reduce((sum, { resources }) => sum + resources.length, 0);
    if (checked === 0 && unreadable.length === 0) {
        // A renderer that failed leaves nothing behind, and nothing must not pass.
        unreadable.push(new Unreadable(files[0] ?? STANDARD_INPUT, "holds no Kubernetes object"));
    }
    const found = configuration === undefined ? [] : findings(sources, configuration, options);
    return { found, unreadable, checked };
}

/** Every file is a cluster's, or part of it; so all resources are looked at together. */
function findings(
    sources: readonly Source[],
    configuration: Configuration,
    { vendor }: CheckOptions,
): Found[] {
    const sourceOf = new Map(
        sources.flatMap((source) => source.resources.map(({ id }) => [id, source] as const)),
    );
    const resources = sources.flatMap(({ resources }) => resources);
    const { name } = SHARING_RULE;
    const withVendor = { ...configuration, [name]: { vendor, ...configuration[name] } };
    return checkAll(resources, withVendor).map((violation) => {
        const source = sourceOf.get(violation.resource.id);
        const place = source?.locate(violation.resource, violation.path);
        return { ...violation, file: source?.file ?? "", ...(place ?? { line: 1, column: 1 }) };
    });
}

function exitCodeOf({ found, unreadable }: Outcome): number {
    if (unreadable.length > 0) {
        return 2;
    }
    return found.some(({ level }) => level === "mandatory") ? 1 : 0;
}
