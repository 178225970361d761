import * as pulumi from "@pulumi/pulumi";

import { definitionWarnings, type ChannelRole } from "../fabric/definitionWarnings";
import type { OrgDefinition } from "../fabric/msp";
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
    const mspIds = read.map((one) => one?.definition?.mspId);
    return read.flatMap((one, index) => {
        const at = `${path}[${index}]`;
        if (one?.definition === undefined) {
            return (one?.problems ?? []).map((problem) => ({
                path: problem.path === "(whole)" ? at : `${at}.${problem.path}`,
                reason: problem.reason,
            }));
        }
        const { mspId } = one.definition;
        const first = mspIds.indexOf(mspId);
        return [
            ...problemsOf(
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
            ),
            ...(role === "ordering" ? orderingProblems(at, one.definition) : []),
        ];
    });
}

/** What of an ordering organization the channel needs, so that its nodes are found. */
function orderingProblems(
    at: string,
    { mspId, consenters, ordererEndpoints }: OrgDefinition,
): Problem[] {
    const instead = `ask ${mspId} for a definition with its OrdererService`;
    return problemsOf(
        [`${at}.consenters`, consenters.length === 0 ? `is empty; ${instead}` : undefined],
        [
            `${at}.ordererEndpoints`,
            ordererEndpoints.length === 0
                ? `is empty, so that nobody finds its ordering nodes; ${instead}`
                : undefined,
        ],
    );
}
