import { type HostPort, type OrgDefinition } from "./msp";
import { type Problem } from "./problem";
import { publicKeyFingerprint } from "./x509";

/** What an organization does in a channel: order transactions, or run peers. */
export type ChannelRole = "ordering" | "application";

/**
 * What is right in a definition, as Fabric takes it, and rarely meant: each with its path and what to
 * do about it.
 */
export function definitionWarnings(org: OrgDefinition, role: ChannelRole): Problem[] {
    return [...sharedKeyWarnings(org), ...addressWarnings(org, role)];
}

/** The same of the addresses alone. */
export function addressWarnings(org: OrgDefinition, role: ChannelRole): Problem[] {
    return role === "application" ? anchorWarnings(org) : consenterWarnings(org);
}

/** A TLS certificate of a node is an identity of its MSP, where one CA issues both. */
function sharedKeyWarnings({ mspId, signingCaPem, tlsCaPem }: OrgDefinition): Problem[] {
    const reason =
        `is of the same key as signingCaPem, so that a TLS key of a node speaks for ${mspId} in the ` +
        "channel; a CA of its own for TLS keeps the two apart";
    return publicKeyFingerprint(signingCaPem) === publicKeyFingerprint(tlsCaPem)
        ? [{ path: "tlsCaPem", reason }]
        : [];
}

/** Peers of an organization learn of those of another one by the anchor peers of one of them. */
function anchorWarnings({ mspId, anchorPeers, consenters }: OrgDefinition): Problem[] {
    if (anchorPeers.length === 0) {
        const reason =
            `is empty, so that peers of other organizations do not find those of ${mspId}: no ` +
            "private data between them, no service discovery across them; ask it for a definition " +
            "with anchor peers" +
            (consenters.length > 0 ? ", or, if it only orders, take it out of the members" : "");
        return [{ path: "anchorPeers", reason }];
    }
    return insideProblems("anchorPeers", anchorPeers);
}

function consenterWarnings({ ordererEndpoints, consenters }: OrgDefinition): Problem[] {
    const endpoints = ordererEndpoints.map((text) => ({ host: text.replace(/:[0-9]+$/, "") }));
    return [
        ...insideProblems("ordererEndpoints", endpoints),
        ...insideProblems("consenters", consenters, "consenterAddresses"),
    ];
}

/** Names that only the Pods of one cluster can resolve, and those of whoever dials them. */
function insideProblems(
    path: string,
    addresses: readonly Pick<HostPort, "host">[],
    argument: "advertise" | "consenterAddresses" = "advertise",
): Problem[] {
    const instead = `nodes of other clusters reach it with outside of its FabricOrg and ${argument}: "external"`;
    return addresses.flatMap(({ host }, index) => {
        const what = LOOPBACK.test(host)
            ? "is the machine itself that dials it"
            : INSIDE.test(host)
              ? "is a name inside one cluster"
              : undefined;
        return what === undefined
            ? []
            : [{ path: `${path}[${index}]`, reason: `"${host}" ${what}; ${instead}` }];
    });
}

const INSIDE = /(\.svc(\.cluster\.local)?|^[^.:]+)$/;
const LOOPBACK = /^(localhost|.*\.localhost|127\.[0-9.]+|\[?::1\]?)$/i;
