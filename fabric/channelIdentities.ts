import { X509Certificate } from "node:crypto";

import { type common, msp } from "@hyperledger/fabric-protos";

import { isIssuedBy, nameOf } from "./certificateAuthority";
import { channelGroup, readValue, subgroup } from "./configValues";
import { certificatesIn, type Role, ROLES } from "./identities";
import { issuerAmong } from "./mspAuthorities";
import { isRevoked, readRevocationList, type RevocationList } from "./revocation";

/** Who signs: an MSP ID and a certificate. */
export interface IdentityRef {
    mspId: string;

    /** Enrollment certificate, PEM. */
    certificatePem: string;
}

/** An identity that a channel knows. */
export interface ChannelIdentity {
    mspId: string;

    certificate: X509Certificate;

    /** Nothing where its MSP does not tell roles apart, and it is no administrator. */
    role?: Role;
}

/** An MSP as a channel has it: what identities of an organization are checked against. */
export interface ChannelMsp {
    mspId: string;
    roots: X509Certificate[];
    intermediates: X509Certificate[];
    revoked: RevocationList[];

    /** Certificates of administrators named one by one, as old channels do. */
    admins: X509Certificate[];

    /** Organizational units by role, where the MSP tells roles apart by them. */
    units?: Record<Role, msp.FabricOUIdentifier | undefined>;
}

/** The MSPs of a channel's organizations, by MSP ID. */
export function channelMsps(config: common.Config): ReadonlyMap<string, ChannelMsp> {
    const channel = channelGroup(config);
    const orgs = ["Orderer", "Application"].flatMap((name) => [
        ...subgroup(channel, name).getGroupsMap().entries(),
    ]);
    const found = orgs.map(([, org]) => readMsp(readValue(org, "MSP", msp.MSPConfig)));
    return new Map(found.map((one) => [one.mspId, one]));
}

function readMsp(config: msp.MSPConfig): ChannelMsp {
    const fabric = msp.FabricMSPConfig.deserializeBinary(config.getConfig_asU8());
    const ous = fabric.getFabricNodeOus();
    return {
        mspId: fabric.getName(),
        roots: fabric.getRootCertsList_asU8().map(certificateOf),
        intermediates: fabric.getIntermediateCertsList_asU8().map(certificateOf),
        revoked: fabric.getRevocationListList_asU8().map(readRevocationList),
        admins: fabric.getAdminsList_asU8().map(certificateOf),
        ...(ous?.getEnable() === true && {
            units: {
                client: ous.getClientOuIdentifier(),
                peer: ous.getPeerOuIdentifier(),
                admin: ous.getAdminOuIdentifier(),
                orderer: ous.getOrdererOuIdentifier(),
            },
        }),
    };
}

/**
 * Checks an identity against a channel, as Fabric does before it counts a signature: expiry is left
 * aside, and revocation is not.
 *
 * @returns the identity, or why the channel does not know it as a sentence without subject.
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/msp/mspimplvalidate.go#L20
 */
export function identityIn(
    msps: ReadonlyMap<string, ChannelMsp>,
    { mspId, certificatePem }: IdentityRef,
): ChannelIdentity | { fault: string } {
    const found = msps.get(mspId);
    if (found === undefined) {
        const known = [...msps.keys()].sort().join(", ");
        return { fault: `is of ${mspId}, which is not in the channel (${known})` };
    }
    const certificate = readCertificate(certificatePem);
    if (certificate === undefined) {
        return { fault: "has no certificate in PEM" };
    }
    const issuer = issuerAmong(certificate, found.roots, found.intermediates);
    if (certificate.ca || issuer === undefined) {
        const fault = certificate.ca
            ? `has the certificate of a CA (${nameOf(certificate)})`
            : `has the certificate ${nameOf(certificate)}, which none of the CAs of ${mspId} issued`;
        return { fault };
    }
    // https://github.com/hyperledger/fabric/blob/v3.1.5/msp/mspimpl.go#L1016
    if (found.intermediates.some((ca) => isIssuedBy(ca, issuer))) {
        return { fault: `is issued by ${nameOf(issuer)}, a CA of ${mspId} with others below it` };
    }
    if (isRevoked(certificate, issuer, found.revoked)) {
        return { fault: `has the certificate ${nameOf(certificate)}, which ${mspId} revoked` };
    }
    return withRole(found, certificate, issuer);
}

function withRole(
    { mspId, admins, units }: ChannelMsp,
    certificate: X509Certificate,
    issuer: X509Certificate,
): ChannelIdentity | { fault: string } {
    const listed = admins.some((admin) => admin.raw.equals(certificate.raw));
    if (units === undefined) {
        return { mspId, certificate, ...(listed && { role: "admin" as const }) };
    }
    const inCertificate = organizationalUnits(certificate);
    const roles = ROLES.filter((role) => {
        const unit = units[role];
        const name = unit?.getOrganizationalUnitIdentifier() ?? "";
        const by = unit?.getCertificate_asU8() ?? new Uint8Array();
        return (
            inCertificate.includes(name) &&
            (by.length === 0 || certificateOf(by).raw.equals(issuer.raw))
        );
    });
    const [role] = roles;
    if (role === undefined || roles.length > 1) {
        const has = roles.length === 0 ? "none" : roles.join(" and ");
        return { fault: `must have exactly one role (${ROLES.join(", ")}), and has ${has}` };
    }
    return { mspId, certificate, role: listed ? "admin" : role };
}

/** The organizational units in a certificate's subject. */
export function organizationalUnits(certificate: X509Certificate): string[] {
    const { OU = [] } = certificate.toLegacyObject().subject as { OU?: string | string[] };
    return [OU].flat();
}

function readCertificate(pem: string): X509Certificate | undefined {
    try {
        const [first = pem] = certificatesIn(pem);
        const certificate = new X509Certificate(first);
        // A certificate can be read whose key cannot.
        void certificate.publicKey;
        return certificate;
    } catch {
        return undefined;
    }
}

function certificateOf(bytes: Uint8Array): X509Certificate {
    return new X509Certificate(bytes);
}
