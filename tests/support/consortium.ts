import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type * as pulumi from "@pulumi/pulumi";
import type { OrgDefinition } from "kubefabric";
import { check, create } from "kubefabric/internal/components/resources/methods/dispatch";
import type { Outputs, RecordedResource, Recording } from "kubefabric/testing";

import { cloudAnswers } from "./clouds.ts";
import { exampleIn, recordExample } from "./examples.ts";
import { issuing, valueOf } from "./network.ts";
import { waitsOf, within } from "./waits.ts";

const FOLDER = join("examples", "consortium");

/** One program for the whole network. */
export const CONSORTIUM = exampleIn(FOLDER);

/** Settings of that program which have no default. */
export const CONSORTIUM_CONFIG = {
    iksLocation: "eu-de",
    gkeLocation: "europe-west4",
    aksLocation: "westeurope",
    ordererDomain: "orderers.example.com",
    org1Domain: "org1.example.com",
    org1DnsZone: "org1-zone",
    org2DnsLabel: "acme",
};

/** A company with a program of its own. */
export interface Company {
    /** Folder of its program. */
    folder: string;
    /** Settings that have no default. */
    config: Record<string, string>;
    /** The file that the others get. */
    publishes: string;
    /** The setting with which it takes part in the channel. */
    takesPart: string;
}

export const FOUNDER: Company = {
    folder: "founder",
    config: { location: "eu-de", domain: "orderers.example.com" },
    publishes: "founder.json",
    takesPart: "makeChannel",
};
export const MEMBERS: readonly Company[] = [
    {
        folder: "gke-member",
        config: { location: "europe-west4", domain: "org1.example.com", dnsZone: "org1-zone" },
        publishes: "org1.json",
        takesPart: "joinChannel",
    },
    {
        folder: "aks-member",
        config: { location: "westeurope", dnsLabel: "acme" },
        publishes: "org2.json",
        takesPart: "joinChannel",
    },
];
export const COMPANIES = [FOUNDER, ...MEMBERS];

export const programOf = ({ folder }: Company) => exampleIn(join(FOLDER, "companies", folder));

/** Problems for which a first block or a published one would be refused in the preview. */
export type Refused = string[];

/** What was issued in earlier runs, by name: a company's state, as far as identities go. */
export type Issued = Map<string, Promise<Record<string, unknown>>>;

/** What clouds and this package's own resources answer, identities and first blocks being really made. */
export function answering(refused: Refused = [], issued: Issued = new Map()): Outputs {
    const issuedOnce: Outputs = (resource) => {
        const key = `${resource.type} ${resource.name}`;
        const found = issued.get(key) ?? Promise.resolve(issuing(resource));
        issued.set(key, found);
        return found;
    };
    return async (resource) => {
        const kind = resource.type.split(":").at(-1)!;
        if (kind !== "GenesisBlock" && kind !== "PublishedBlock") {
            return { ...(await cloudAnswers(resource)), ...(await issuedOnce(resource)) };
        }
        const method = kind.charAt(0).toLowerCase() + kind.slice(1);
        const { inputs, failures } = await check(method, {}, resource.inputs);
        refused.push(...failures.map(({ property, reason }) => `${property}: ${reason}`));
        return failures.length > 0 ? {} : (await create(method, inputs)).outs;
    };
}

/** What a company's program exports. */
export interface Published {
    definition: pulumi.Output<OrgDefinition>;
    genesisBlock?: pulumi.Output<string>;
    genesisHash?: pulumi.Output<string>;
    records?: unknown[];
}

/** Runs a company's program beside the files that it got, and records what it registers. */
export async function recordCompany(
    company: Company,
    files: Readonly<Record<string, string>>,
    options: { config?: Record<string, string>; outputs?: Outputs; preview?: boolean } = {},
): Promise<Recording & { returned: Published }> {
    const folder = mkdtempSync(join(tmpdir(), "kubefabric-company-"));
    try {
        for (const [name, text] of Object.entries(files)) {
            writeFileSync(join(folder, name), text);
        }
        const { config, outputs = answering(), preview } = options;
        const settings = { ...company.config, ...config };
        const recording = await recordExample(programOf(company), settings, {
            outputs,
            preview,
            folder,
        });
        return recording as Recording & { returned: Published };
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** The file that a company sends, as `pulumi stack output definition --json` writes it. */
export async function definitionFile({ returned }: { returned: Published }): Promise<string> {
    return JSON.stringify(await valueOf(returned.definition));
}

/** Everything of an organization: its cluster, itself and its nodes, by names of their components. */
export function partOf(recording: Recording, components: readonly string[]): Set<string> {
    const parts = components.map((name) => {
        const [component] = recording.resources.filter(
            (each) => each.name === name && /^kubefabric:/.test(each.type) && !each.custom,
        );
        if (component === undefined) {
            throw new Error(`no component ${name}`);
        }
        return within(recording, component);
    });
    return new Set(parts.flatMap((part) => [...part]));
}

/** What of one part waits for anything of another, as `what → for what`. */
export function waitsBetween(
    recording: Recording,
    part: ReadonlySet<string>,
    other: ReadonlySet<string>,
): string[] {
    const label = ({ type, name }: RecordedResource) => `${type.split(":").at(-1)} ${name}`;
    const byUrn = new Map(recording.resources.map((each) => [each.urn, label(each)]));
    return recording.resources
        .filter(({ urn }) => part.has(urn))
        .flatMap((resource) =>
            [...waitsOf(recording, resource)]
                .filter((urn) => other.has(urn))
                .map((urn) => `${label(resource)} → ${byUrn.get(urn)}`),
        );
}
