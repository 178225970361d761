import * as pulumi from "@pulumi/pulumi";

import { definitionWarnings, type ChannelRole } from "../fabric/definitionWarnings";
import type { OrgDefinition } from "../fabric/msp";
import { partProblems } from "../fabric/definitionParts";
import { readOrgDefinition } from "../fabric/orgDefinition";
import type { FabricOrg } from "./fabricOrg";
import { problemsOf, rejectInvalid } from "./validation";
import type { Problem } from "../fabric/problem";

/** A definition that another program published: as it is, or the text of its file. */
export type PublishedDefinition = pulumi.Input<OrgDefinition | string>;

/** Definitions of others, with what they are there for. */
export interface OtherOrganizations {
    /** Name of the argument. */
    path: string;
    definitions: readonly PublishedDefinition[];
    /** What the organizations do in the channel; anything where absent. */
    role?: ChannelRole;
    /** Organizations of this program that do the same. */
    own: readonly FabricOrg[];
}

/** Everything wrong with definitions that are known before anything runs. */
export function otherOrganizationProblems(others: OtherOrganizations): Problem[] {
    return problemsIn(
        others,
        others.definitions.map((source) => (isPlain(source) ? { source } : undefined)),
    );
}

/**
 * The definitions, once they are known. One that is wrong and was not known earlier stops the program
 * where it is first used.
 */
export function otherOrganizations(
    component: string,
    name: string,
    others: OtherOrganizations,
    about: pulumi.Resource,
): pulumi.Output<OrgDefinition[]> {
    return pulumi.all([...others.definitions]).apply((sources) => {
        rejectInvalid(
            component,
            name,
            problemsIn(
                others,
                sources.map((source) => ({ source })),
            ),
        );
        const definitions = sources.map((source) => readOrgDefinition(source).definition!);
        for (const [index, definition] of definitions.entries()) {
            const warnings = others.role ? definitionWarnings(definition, others.role) : [];
            warn(`${others.path}[${index}].`, warnings, about);
        }
        return definitions;
    });
}

/** Says what is rarely meant. */
export function warn(prefix: string, warnings: readonly Problem[], about: pulumi.Resource): void {
    for (const { path, reason } of warnings) {
        void pulumi.log.warn(`${prefix}${path}: ${reason}`, about);
    }
}

function isPlain(source: PublishedDefinition): boolean {
    return !pulumi.Output.isInstance(source) && !(source instanceof Promise);
}

/** Problems of the definitions that are there; where there is none, it is not known yet. */
function problemsIn(
    { path, role, own }: OtherOrganizations,
    known: readonly ({ source: unknown } | undefined)[],
): Problem[] {
    const read = known.map((one) => one && readOrgDefinition(one.source));
    if (role === "ordering") {
        return [
            ...read.flatMap((one, index) => formProblems(`${path}[${index}]`, one)),
            ...orderingProblems(
                path,
                read.map((one) => one?.definition),
            ),
        ];
    }
    const mspIds = read.map((one) => one?.definition?.mspId);
    return read.flatMap((one, index) => {
        const at = `${path}[${index}]`;
        if (one?.definition === undefined) {
            return formProblems(at, one);
        }
        const { mspId } = one.definition;
        const first = mspIds.indexOf(mspId);
        return problemsOf(
            [
                `${at}.mspId`,
                first === index
                    ? undefined
                    : `"${mspId}" is ${path}[${first}] already; name it once`,
            ],
            [
                `${at}.mspId`,
                own.some((org) => org.mspId === mspId)
                    ? `"${mspId}" is an organization of this program, whose nodes are in the ` +
                      "channel already; take the definition away, or ask its organization for " +
                      "another MSP ID"
                    : undefined,
            ],
        );
    });
}

/** Why there is no definition, where it was looked for. */
function formProblems(
    at: string,
    read: ReturnType<typeof readOrgDefinition> | undefined,
): Problem[] {
    return read?.definition !== undefined
        ? []
        : (read?.problems ?? []).map(({ path, reason }) => ({
              path: path === "(whole)" ? at : `${at}.${path}`,
              reason,
          }));
}

/**
 * What of ordering organizations the channel needs, so that their nodes are found. One that has nodes in
 * several clusters is there once for each.
 */
function orderingProblems(path: string, read: readonly (OrgDefinition | undefined)[]): Problem[] {
    const known = [...read.entries()].flatMap(([index, org]) => (org ? [{ index, org }] : []));
    const strangers = partProblems(known.map(({ org }) => org));
    return [
        ...known.flatMap(({ index, org: { mspId, consenters, ordererEndpoints } }) => {
            const instead = `ask ${mspId} for a definition with its OrdererService`;
            return problemsOf(
                [
                    `${path}[${index}].consenters`,
                    consenters.length === 0 ? `is empty; ${instead}` : undefined,
                ],
                [
                    `${path}[${index}].ordererEndpoints`,
                    ordererEndpoints.length === 0
                        ? `is empty, so that nobody finds its ordering nodes; ${instead}`
                        : undefined,
                ],
            );
        }),
        ...strangers.map(({ path: number, reason }) => ({
            path: `${path}[${known[Number(number)]!.index}].mspId`,
            reason,
        })),
    ];
}
