import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";

import { nameOf } from "./certificateAuthority";
import { type ChannelDefinition } from "./channelDefinition";
import { type Consenter, type OrgDefinition } from "./msp";
import { issuerOf } from "./mspAuthorities";
import { type Problem } from "./problem";
import { publicKeyFingerprint } from "./x509";

/** A consenter with what is known of the place where it was written. */
interface Placed {
    path: string;
    org: OrgDefinition;
    consenter: Consenter;
}

const PURPOSES = { serverAuth: "1.3.6.1.5.5.7.3.1", clientAuth: "1.3.6.1.5.5.7.3.2" };

/** Everything wrong with the addresses and certificates of a channel's consenters. */
export function consenterProblems({ ordering, consensus }: ChannelDefinition): Problem[] {
    const placed = ordering.flatMap((org, index) =>
        org.consenters.map((consenter, number) => ({
            path: `ordering[${index}].consenters[${number}]`,
            org,
            consenter,
        })),
    );
    return problemsOfPlaced(placed, consensus === "BFT" ? placed : [], (one) => [
        ...identityProblems(one),
        ...curveProblems(one),
    ]);
}

/** The same of one organization by itself, whatever the consensus; paths are those in its definition. */
export function consenterProblemsOf(org: OrgDefinition): Problem[] {
    const placed = org.consenters.map((consenter, number) => ({
        path: `consenters[${number}]`,
        org,
        consenter,
    }));
    return problemsOfPlaced(
        placed,
        placed.filter(({ consenter }) => consenter.identityCertificatePem !== undefined),
        identityProblems,
    );
}

function problemsOfPlaced(
    placed: Placed[],
    identities: Placed[],
    checkIdentity: (one: Placed) => Problem[],
): Problem[] {
    return [
        ...placed.flatMap(tlsProblems),
        ...identities.flatMap(checkIdentity),
        ...sharedProblems(placed, "", ({ consenter: { host, port } }) => `${host}:${port}`),
        ...sharedProblems(placed, ".tlsCertificatePem", ({ consenter }) =>
            publicKeyFingerprint(consenter.tlsCertificatePem),
        ),
        ...sharedProblems(identities, ".identityCertificatePem", ({ consenter }) =>
            consenter.identityCertificatePem === undefined
                ? undefined
                : publicKeyFingerprint(consenter.identityCertificatePem),
        ),
    ];
}

/**
 * Consenters dial each other by the addresses in the channel, as clients and servers with the same
 * certificate, and trust nothing but the TLS CAs in the channel.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/consensus/etcdraft/util.go#L321
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/consensus/smartbft/util.go#L346
 */
function tlsProblems({ path, org, consenter }: Placed): Problem[] {
    const certificate = new X509Certificate(consenter.tlsCertificatePem);
    const name = nameOf(certificate);
    const reasons: string[] = [];
    if (issuerOf(certificate, org, "tls") === undefined) {
        reasons.push(
            `${name} was not issued by the TLS CA of "${org.mspId}"; pass the certificate that the ` +
                "node serves with, or the CA that issued it",
        );
    }
    if (!coversHost(certificate, consenter.host)) {
        reasons.push(
            `${name} does not speak for "${consenter.host}", by which the other nodes dial this ` +
                `one; issue it for ${hostsOf(certificate)} and "${consenter.host}", or write one of ` +
                "its names as host",
        );
    }
    const limited = Object.entries(PURPOSES).filter(
        ([, id]) => certificate.keyUsage !== undefined && !certificate.keyUsage.includes(id),
    );
    if (limited.length > 0) {
        const missing = limited.map(([purpose]) => purpose).join(" and ");
        reasons.push(`${name} is not for ${missing}, and a consenter is both; issue it for both`);
    }
    return reasons.map((reason) => ({ path: `${path}.tlsCertificatePem`, reason }));
}

/** SmartBFT knows a node by its enrollment certificate. */
function identityProblems({ path, org, consenter }: Placed): Problem[] {
    const at = `${path}.identityCertificatePem`;
    if (consenter.identityCertificatePem === undefined) {
        const reason =
            "is missing, and SmartBFT knows a node by it; write its enrollment certificate";
        return [{ path: at, reason }];
    }
    const certificate = new X509Certificate(consenter.identityCertificatePem);
    if (issuerOf(certificate, org, "signing") === undefined) {
        const reason =
            `${nameOf(certificate)} was not issued by the signing CA of "${org.mspId}"; pass the ` +
            "certificate that the node signs with, or the CA that issued it";
        return [{ path: at, reason }];
    }
    return [];
}

/**
 * SmartBFT takes for granted that a node's CA has a key of the same kind as the node.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/crypto/sanitize.go#L57
 */
function curveProblems({ path, org, consenter }: Placed): Problem[] {
    if (consenter.identityCertificatePem === undefined) {
        return [];
    }
    const certificate = new X509Certificate(consenter.identityCertificatePem);
    const issuer = issuerOf(certificate, org, "signing");
    const curve = curveOf(certificate);
    if (issuer === undefined || (curve !== undefined && curve === curveOf(issuer))) {
        return [];
    }
    const reason =
        `${nameOf(certificate)} has a key of type ${keyTypeOf(certificate)} and its CA one of type ` +
        `${keyTypeOf(issuer)}; SmartBFT needs both to be ECDSA on the same curve`;
    return [{ path: `${path}.identityCertificatePem`, reason }];
}

/**
 * Two consenters with one key are one to Fabric: a node finds itself by the first that has its key.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/consensus/etcdraft/util.go#L60
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/consensus/smartbft/consenter.go#L352
 */
function sharedProblems(
    placed: Placed[],
    field: string,
    keyOf: (one: Placed) => string | undefined,
): Problem[] {
    const keys = placed.map(keyOf);
    return placed.flatMap(({ path }, index) => {
        const first = keys.indexOf(keys[index]);
        const what = field === "" ? `"${keys[index]}" is the address` : "has the key";
        const reason = `${what} of ${placed[first]?.path} too; give every consenter its own`;
        return first === index || keys[index] === undefined
            ? []
            : [{ path: `${path}${field}`, reason }];
    });
}

function coversHost(certificate: X509Certificate, host: string): boolean {
    // Go ignores the common name, to which Node.js falls back by default.
    const match =
        isIP(host) === 0
            ? certificate.checkHost(host, { subject: "never" })
            : certificate.checkIP(host);
    return match !== undefined;
}

function hostsOf(certificate: X509Certificate): string {
    return certificate.subjectAltName ?? "its names";
}

function keyTypeOf(certificate: X509Certificate): string | undefined {
    return curveOf(certificate) ?? certificate.publicKey.asymmetricKeyType;
}

function curveOf({ publicKey }: X509Certificate): string | undefined {
    return publicKey.asymmetricKeyDetails?.namedCurve;
}
