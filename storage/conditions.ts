import type { Condition } from "./capabilities";

/** What is known of a claim, its class and its cluster. What is absent is not known. */
export interface StorageFacts {
    /** Whether the claim is filled from a snapshot or another claim. */
    dataSource?: boolean;
    /** Whether the volume was made beforehand: the claim names it, or it is one. */
    staticVolume?: boolean;
    /** Parameters of the StorageClass, or attributes of the volume; all of them. */
    parameters?: Readonly<Record<string, string>>;
    /** Series of the machines: `n4` of `n4-standard-8`. */
    machineSeries?: string;
    /** Version of the driver, such as `1.35.0`. */
    driverVersion?: string;
    /** Version of Kubernetes, such as `1.34`. */
    kubernetesVersion?: string;
    /** Names of the provisioner's own settings; all of them. */
    provisionerSettings?: readonly string[];
}

/** Whether a condition holds; `undefined` where the facts do not tell. */
export function holds(condition: Condition, facts: StorageFacts): boolean | undefined {
    switch (condition.kind) {
        case "dataSource":
            return facts.dataSource;
        case "staticVolume":
            return facts.staticVolume;
        case "parameter":
            return facts.parameters && parameterHolds(condition, facts.parameters);
        case "machineSeries":
            return facts.machineSeries === undefined
                ? undefined
                : condition.values.includes(facts.machineSeries);
        case "driverVersion":
            return isAtLeast(facts.driverVersion, condition.atLeast);
        case "kubernetesVersion":
            return isAtLeast(facts.kubernetesVersion, condition.atLeast);
        case "provisionerSetting":
            return facts.provisionerSettings?.includes(condition.name);
        case "anyOf":
            return anyOf(condition.of.map((one) => holds(one, facts)));
        case "allOf":
            return not(anyOf(condition.of.map((one) => not(holds(one, facts)))));
    }
}

function parameterHolds(
    { name, values, atLeast }: Extract<Condition, { kind: "parameter" }>,
    parameters: Readonly<Record<string, string>>,
): boolean {
    const found = Object.entries(parameters).find(
        ([given]) => given.toLowerCase() === name.toLowerCase(),
    )?.[1];
    if (found === undefined) {
        return false;
    }
    const isOneOf = values === undefined || values.includes(found.toLowerCase());
    const isEnough = atLeast === undefined || Number(found) >= atLeast;
    return isOneOf && isEnough;
}

function isAtLeast(version: string | undefined, least: string): boolean | undefined {
    if (version === undefined) {
        return undefined;
    }
    const [have, want] = [numbersOf(version), numbersOf(least)];
    const differing = want.findIndex((number, index) => number !== (have[index] ?? 0));
    return differing === -1 || (have[differing] ?? 0) > (want[differing] ?? 0);
}

function numbersOf(version: string): number[] {
    const [, numbers = ""] = /^v?([0-9]+(?:\.[0-9]+)*)/.exec(version) ?? [];
    return numbers.split(".").map(Number);
}

/** True if one is, false if none is, and not known otherwise. */
function anyOf(all: readonly (boolean | undefined)[]): boolean | undefined {
    return all.includes(true) || (all.includes(undefined) ? undefined : false);
}

function not(value: boolean | undefined): boolean | undefined {
    return value === undefined ? undefined : !value;
}
