import { readFileSync } from "node:fs";

import { golden } from "./golden.ts";
import { SdkSource } from "./sdkSource.ts";
import {
    camelCase,
    functionProperties,
    properties,
    resourceProperties,
    type Entry,
} from "./terraformBridge.ts";

const FOLDER = new URL("../../sdks/ibm/", import.meta.url);

/** Facts of the provider's schema. */
export const SCHEMA = JSON.parse(golden("ibm/schema.json")) as {
    version: string;
    resources: Record<string, Entry>;
    dataSources: Record<string, Entry>;
    provider: { ibm: Entry };
};

export const MANIFEST = JSON.parse(sdkFile("package.json")) as {
    name: string;
    version: string;
    pulumi: { name: string; version: string; parameterization: Record<string, string> };
};

/** Names as the bridge makes them of Terraform's, and what is declared under them. */
export const RESOURCES = Object.entries(SCHEMA.resources).map(([terraform, entry]) => {
    const member = camelCase(terraform.replace(/^ibm_/, ""));
    const className = member[0]!.toUpperCase() + member.slice(1);
    return { member, className, declared: resourceProperties(className, entry) };
});
export const FUNCTIONS = Object.entries(SCHEMA.dataSources).map(([terraform, entry]) => {
    const member = camelCase(terraform.replace(/^ibm_/, "get_"));
    return { member, declared: functionProperties(member, entry) };
});
export const SETTINGS = properties(SCHEMA.provider.ibm.attributes, "Provider");

export function sdkFile(file: string): string {
    return readFileSync(new URL(file, FOLDER), "utf8");
}

/** What a file of the SDK declares. */
export function source(file: string): SdkSource {
    return new SdkSource(`${file}.ts`, sdkFile(`${file}.ts`));
}
