import { X509Certificate } from "node:crypto";

import { isIssuedBy, nameOf } from "./certificateAuthority";
import { type OrgDefinition } from "./msp";
import { type Problem, problemsOf } from "./problem";
import { revocationFault } from "./revocation";

/** What CAs of an organization issue: identities, or certificates for TLS. */
export type Use = "signing" | "tls";

/** Its object identifier, 2.5.29.14, in DER: Node.js shows no extension by itself. */
const SUBJECT_KEY_IDENTIFIER = Buffer.from("0603551d0e", "hex");

/**
 * The CA of an organization that issued a certificate, if a chain leads from it to the root. Expiry
 * is left aside, as Fabric leaves it aside for what is written into a channel.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/consensus/etcdraft/util.go#L206
 */
export function issuerOf(
    certificate: X509Certificate,
    org: OrgDefinition,
    use: Use,
): X509Certificate | undefined {
    const all = authorities(org, use);
    const cas = (root: boolean) => all.filter((one) => one.root === root).map(({ ca }) => ca);
    return issuerAmong(certificate, cas(true), cas(false));
}

/**
 * Everything for which Fabric would not build an organization's MSP: it wants a subject key
 * identifier in every CA, and every intermediate below a root that signed itself.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/msp/mspimplsetup.go#L251
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/msp/mspimpl.go#L901
 */
export function mspProblems(org: OrgDefinition): Problem[] {
    return [...authorityProblems(org), ...revocationProblems(org)];
}

function authorityProblems(org: OrgDefinition): Problem[] {
    return (["signing", "tls"] as const).flatMap((use) =>
        authorities(org, use).flatMap(({ path, ca, root }) => {
            const reasons: string[] = [];
            if (!ca.raw.includes(SUBJECT_KEY_IDENTIFIER)) {
                reasons.push(`${nameOf(ca)} has no subject key identifier; issue it with one`);
            }
            if (root && !isIssuedBy(ca, ca)) {
                reasons.push(
                    `${nameOf(ca)} is no root, as it did not sign itself; write the root here and ` +
                        `the CAs below it into ${use}IntermediatesPem`,
                );
            }
            if (!root && issuerOf(ca, org, use) === undefined) {
                reasons.push(
                    `${nameOf(ca)} does not lead to ${use}CaPem; add the CAs between them`,
                );
            }
            return reasons.map((reason) => ({ path, reason }));
        }),
    );
}

/**
 * CAs of an organization that are not valid at a time. Fabric builds an MSP of them all the same, but
 * nothing that they issue is taken.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/msp/mspimplvalidate.go#L304
 */
export function caEndProblems(org: OrgDefinition, now: Date): Problem[] {
    return (["signing", "tls"] as const).flatMap((use) =>
        authorities(org, use)
            .filter(({ former }) => !former)
            .flatMap(({ path, ca }) =>
                problemsOf(
                    [
                        path,
                        now < ca.validToDate
                            ? undefined
                            : `${nameOf(ca)} expired on ${ca.validToDate.toISOString()}; ask ` +
                              `${org.mspId} for a newer definition`,
                    ],
                    [
                        path,
                        now >= ca.validFromDate
                            ? undefined
                            : `${nameOf(ca)} is not valid before ${ca.validFromDate.toISOString()}; ` +
                              `check the clock of this machine (${now.toISOString()}) and of the one ` +
                              "that issued it",
                    ],
                ),
            ),
    );
}

function revocationProblems(org: OrgDefinition): Problem[] {
    const cas = authorities(org, "signing").map(({ ca }) => ca);
    return problemsOf(
        ...(org.revocationListsPem ?? []).map(
            (list, index) => [`revocationListsPem[${index}]`, revocationFault(list, cas)] as const,
        ),
    );
}

/** One CA of an organization, with its path in the definition. */
interface Authority {
    path: string;
    root: boolean;
    /** Whether it issues nothing any more. */
    former: boolean;
    ca: X509Certificate;
}

/** The CAs of an organization for one use, the root first. */
function authorities(org: OrgDefinition, use: Use): Authority[] {
    const roots = rootsOf(org, use).map((pem, index) => ({
        path: index === 0 ? `${use}CaPem` : `${FORMER_ROOTS[use]}[${index - 1}]`,
        root: true,
        former: index > 0,
        ca: new X509Certificate(pem),
    }));
    const intermediates = (org[`${use}IntermediatesPem`] ?? []).map((pem, index) => ({
        path: `${use}IntermediatesPem[${index}]`,
        root: false,
        former: false,
        ca: new X509Certificate(pem),
    }));
    return [...roots, ...intermediates];
}

/** Where an organization names the roots that it is about to leave behind. */
const FORMER_ROOTS = { signing: "formerSigningCasPem", tls: "formerTlsCasPem" } as const;

/** All roots of an organization for one use, the one that issues today first. */
export function rootsOf(org: OrgDefinition, use: Use): string[] {
    return [org[`${use}CaPem`], ...(org[FORMER_ROOTS[use]] ?? [])];
}

/** The CA among these that issued a certificate, if a chain leads from it to one of the roots. */
export function issuerAmong(
    certificate: X509Certificate,
    roots: readonly X509Certificate[],
    intermediates: readonly X509Certificate[],
): X509Certificate | undefined {
    const root = roots.find((ca) => isIssuedBy(certificate, ca));
    if (root !== undefined) {
        return root;
    }
    return intermediates.find((ca) => {
        const others = intermediates.filter((other) => other !== ca);
        return isIssuedBy(certificate, ca) && issuerAmong(ca, roots, others) !== undefined;
    });
}
