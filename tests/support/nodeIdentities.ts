import type { Role } from "kubefabric/internal/fabric/identities";
import { nodeHosts } from "kubefabric/internal/fabric/names";
import {
    type CertificateAuthority,
    generateKey,
    issueCa,
    issueCertificate,
} from "kubefabric/internal/fabric/x509";

/** A certificate and its key, PEM. */
export interface Identity {
    certificatePem: string;
    privateKeyPem: string;
}

export interface IdentityRequest {
    ca: CertificateAuthority;
    commonName: string;
    role?: Role;
    profile?: "signing" | "tls";
    hosts?: string[];
    validityDays?: number;
    now?: Date;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** A CA that is valid since a year ago. */
export async function makeAuthority(commonName: string): Promise<CertificateAuthority> {
    const { privateKeyPem } = await generateKey();
    const now = new Date(Date.now() - 365 * DAY_MS);
    const request = { commonName, organization: "Org1MSP", privateKeyPem, validityDays: 3650, now };
    return { privateKeyPem, certificatePem: await issueCa(request) };
}

export async function makeIdentity(request: IdentityRequest): Promise<Identity> {
    const { privateKeyPem, publicKeyPem } = await generateKey();
    const { role = "admin", profile = "tls", validityDays = 365, now = new Date() } = request;
    const certificatePem = await issueCertificate({
        subject: {
            commonName: request.commonName,
            organization: "Org1MSP",
            organizationalUnit: role,
        },
        publicKeyPem,
        profile,
        ca: request.ca,
        validityDays,
        now,
        hosts: request.hosts,
    });
    return { certificatePem, privateKeyPem };
}

/** A certificate that ended a day ago. */
export function makeEnded(request: IdentityRequest): Promise<Identity> {
    return makeIdentity({ ...request, validityDays: 1, now: new Date(Date.now() - 2 * DAY_MS) });
}

const nodeIdentities = new Map<string, Promise<Identity>>();

/** The TLS identity of a node in the namespace `ordering`; made once. */
export function makeNodeIdentity(ca: CertificateAuthority, name: string): Promise<Identity> {
    const key = `${name} ${ca.certificatePem}`;
    const hosts = nodeHosts({ name, namespace: "ordering" });
    const identity =
        nodeIdentities.get(key) ?? makeIdentity({ ca, commonName: name, role: "orderer", hosts });
    nodeIdentities.set(key, identity);
    return identity;
}

/** Everything that ordering nodes and those who ask them need; made once, since keys take time. */
export interface TestAuthorities {
    tlsCa: CertificateAuthority;
    adminCa: CertificateAuthority;
    /** Certificate of the admin CA. */
    admin: Identity;
}

let made: Promise<TestAuthorities> | undefined;

export function testAuthorities(): Promise<TestAuthorities> {
    made ??= (async () => {
        const [tlsCa, adminCa] = await Promise.all([
            makeAuthority("tls-ca"),
            makeAuthority("admin-ca"),
        ]);
        return { tlsCa, adminCa, admin: await makeIdentity({ ca: adminCa, commonName: "admin" }) };
    })();
    return made;
}
