import { X509Certificate } from "node:crypto";

import { isIssuedBy, nameOf } from "./certificateAuthority";
import { type OrgDefinition } from "./msp";
import { type Problem, problemsOf } from "./problem";

/** What CAs of an organization issue: identities, or certificates for TLS. */
type Use = "signing" | "tls";

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
    const [root, ...intermediates] = authorities(org, use).map(({ ca }) => ca);
    return root === undefined ? undefined : issuerAmong(certificate, root, intermediates);
}

/**
 * Everything for which Fabric would not build an organization's MSP: it wants a subject key
 * identifier in every CA, and every intermediate below a root that signed itself.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/msp/mspimplsetup.go#L251
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/msp/mspimpl.go#L901
 */
export function mspProblems(org: OrgDefinition): Problem[] {
    return (["signing", "tls"] as const).flatMap((use) =>
        authorities(org, use).flatMap(({ path, ca }, index) => {
            const reasons: string[] = [];
            if (!ca.raw.includes(SUBJECT_KEY_IDENTIFIER)) {
                reasons.push(`${nameOf(ca)} has no subject key identifier; issue it with one`);
            }
            if (index === 0 && !isIssuedBy(ca, ca)) {
                reasons.push(
                    `${nameOf(ca)} is no root, as it did not sign itself; write the root here and ` +
                        `the CAs below it into ${use}IntermediatesPem`,
                );
            }
            if (index > 0 && issuerOf(ca, org, use) === undefined) {
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
        authorities(org, use).flatMap(({ path, ca }) =>
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

/** The CAs of an organization for one use, the root first, each with its path in the definition. */
function authorities(org: OrgDefinition, use: Use): { path: string; ca: X509Certificate }[] {
    const intermediates = org[`${use}IntermediatesPem`] ?? [];
    return [
        { path: `${use}CaPem`, ca: new X509Certificate(org[`${use}CaPem`]) },
        ...intermediates.map((pem, index) => ({
            path: `${use}IntermediatesPem[${index}]`,
            ca: new X509Certificate(pem),
        })),
    ];
}

function issuerAmong(
    certificate: X509Certificate,
    root: X509Certificate,
    intermediates: X509Certificate[],
): X509Certificate | undefined {
    if (isIssuedBy(certificate, root)) {
        return root;
    }
    return intermediates.find((ca) => {
        const others = intermediates.filter((other) => other !== ca);
        return isIssuedBy(certificate, ca) && issuerAmong(ca, root, others) !== undefined;
    });
}
