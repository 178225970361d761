import { type ChannelDefinition } from "./channelDefinition";
import { orgDefinitionProblems } from "./definitionForm";
import { type OrgDefinition } from "./msp";
import { caEndProblems, mspProblems } from "./mspAuthorities";
import { type Problem } from "./problem";

/** Fewest nodes of SmartBFT that go on while one of them lies (3f + 1). */
const FEWEST_BFT_NODES = 4;

/** What an MSP is made of; a channel knows one MSP of a name, and no second one. */
export const MSP_FIELDS = [
    "signingCaPem",
    "signingIntermediatesPem",
    "formerSigningCasPem",
    "tlsCaPem",
    "tlsIntermediatesPem",
    "formerTlsCasPem",
    "revocationListsPem",
] as const satisfies (keyof OrgDefinition)[];

type Members = Pick<ChannelDefinition, "ordering" | "application">;

/** Everything wrong with the form of the organizations; nothing else can be said before it is right. */
export function formProblems({ ordering, application }: Members): Problem[] {
    return Object.entries({ ordering, application }).flatMap(([list, orgs]) =>
        orgs.flatMap((org, index) =>
            orgDefinitionProblems(org).map(({ path, reason }) => ({
                path: `${list}[${index}].${path}`,
                reason,
            })),
        ),
    );
}

/** Everything wrong with who is in a channel. */
export function memberProblems(definition: ChannelDefinition): Problem[] {
    const { ordering, application } = definition;
    return [
        ...absenceProblems(definition),
        ...repetitionProblems("ordering", ordering),
        ...repetitionProblems("application", application),
        ...contradictionProblems(definition),
        ...endpointProblems(definition),
        ...authorityProblems("ordering", ordering),
        ...authorityProblems("application", application),
    ];
}

/** Members whose CAs are not valid at a time: nobody could act in a channel of them. */
export function endProblems(members: Members, now: Date): Problem[] {
    if (formProblems(members).length > 0) {
        return [];
    }
    return (["ordering", "application"] as const).flatMap((list) =>
        members[list].flatMap((org, index) =>
            caEndProblems(org, now).map(({ path, reason }) => ({
                path: `${list}[${index}].${path}`,
                reason,
            })),
        ),
    );
}

function absenceProblems({ ordering, application, consensus }: ChannelDefinition): Problem[] {
    const problems: Problem[] = [];
    const nodes = ordering.flatMap(({ consenters }) => consenters).length;
    if (ordering.length === 0) {
        const reason = "has no organization; name those that run the ordering nodes";
        problems.push({ path: "ordering", reason });
    } else if (nodes === 0) {
        const reason = "has no consenter in any organization; name the ordering nodes";
        problems.push({ path: "ordering", reason });
    } else if (consensus === "BFT" && nodes < FEWEST_BFT_NODES) {
        const reason =
            `has ${nodes} consenters, with which SmartBFT survives no fault; ` +
            `name ${FEWEST_BFT_NODES} or more, or choose "etcdraft"`;
        problems.push({ path: "ordering", reason });
    }
    if (application.length === 0) {
        // https://github.com/hyperledger/fabric/blob/v3.1.5/common/policies/implicitmeta.go#L55
        const reason =
            "has no organization, and a policy over no organization lets everyone in; name those " +
            "that run peers";
        problems.push({ path: "application", reason });
    }
    return problems;
}

function repetitionProblems(list: keyof Members, orgs: readonly OrgDefinition[]): Problem[] {
    return orgs.flatMap((org, index) => {
        const first = orgs.findIndex(({ mspId }) => mspId === org.mspId);
        return first === index
            ? []
            : [
                  {
                      path: `${list}[${index}].mspId`,
                      reason: `"${org.mspId}" is ${list}[${first}] already; name it once`,
                  },
              ];
    });
}

/**
 * An organization with ordering nodes and peers has one MSP, the same to the byte in both places.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/channelconfig/msp.go#L85
 */
function contradictionProblems({ ordering, application }: Members): Problem[] {
    return application.flatMap((org, index) => {
        const other = ordering.findIndex(({ mspId }) => mspId === org.mspId);
        return MSP_FIELDS.filter(
            (field) =>
                ordering[other] !== undefined &&
                String(org[field] ?? []) !== String(ordering[other][field] ?? []),
        ).map((field) => ({
            path: `application[${index}].${field}`,
            reason:
                `is not that of ordering[${other}], which is "${org.mspId}" too; pass the same ` +
                "definition in both places, or give one organization another MSP ID",
        }));
    });
}

/**
 * Peers find the ordering service by the endpoints of its organizations.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/channelconfig/orderer.go#L242
 */
function endpointProblems({ ordering, capabilities }: ChannelDefinition): Problem[] {
    const without = [...ordering.entries()].filter(
        ([, { ordererEndpoints }]) => ordererEndpoints.length === 0,
    );
    if (capabilities.channel !== "V3_0" && without.length < ordering.length) {
        return [];
    }
    const why =
        capabilities.channel === "V3_0"
            ? "and V3_0 wants some of every ordering organization"
            : "and no ordering organization has any, so that no peer finds the ordering service";
    return without.map(([index]) => ({
        path: `ordering[${index}].ordererEndpoints`,
        reason: `is empty, ${why}; write the nodes' addresses as "host:port"`,
    }));
}

function authorityProblems(list: keyof Members, orgs: readonly OrgDefinition[]): Problem[] {
    return orgs.flatMap((org, index) =>
        mspProblems(org).map(({ path, reason }) => ({ path: `${list}[${index}].${path}`, reason })),
    );
}
