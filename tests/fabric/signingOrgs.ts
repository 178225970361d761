import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { ChannelDefinition } from "kubefabric/internal/fabric/channelDefinition";
import type { Role } from "kubefabric/internal/fabric/identities";
import type { OrgDefinition } from "kubefabric/internal/fabric/msp";
import type { Signer } from "kubefabric/internal/fabric/signing";
import { type CertificateAuthority, generateKey } from "kubefabric/internal/fabric/x509";

import { makeCa, makeCertificate, NOW, type Wanted } from "./authorities.ts";
import { changed, goldenDefinition } from "./goldenChannel.ts";

/** An organization of a test whose CA's key is at hand. */
export class SigningOrg {
    readonly mspId: string;
    readonly ca: CertificateAuthority;

    private readonly now: Date;

    private constructor(mspId: string, ca: CertificateAuthority, now: Date) {
        this.mspId = mspId;
        this.ca = ca;
        this.now = now;
    }

    static async make(mspId: string, now: Date = NOW): Promise<SigningOrg> {
        return new SigningOrg(mspId, await makeCa(`ca.${mspId}`, { now }), now);
    }

    /** The organization with peers, or the ordering one of the golden channel, with this CA. */
    definition(more: Partial<OrgDefinition> = {}): OrgDefinition {
        const [org] = goldenDefinition("raft").application;
        const { mspId, ca } = this;
        return { ...org!, anchorPeers: [], mspId, signingCaPem: ca.certificatePem, ...more };
    }

    /** A new identity of a role. */
    async signer(
        role: Role = "admin",
        commonName: string = role,
        more: Pick<Wanted, "key" | "now" | "validityDays"> = {},
    ): Promise<Signer> {
        const { ca, now } = this;
        const key = more.key ?? (await generateKey());
        const certificatePem = await makeCertificate({ ca, now, role, commonName, ...more, key });
        return { mspId: this.mspId, certificatePem, privateKeyPem: key.privateKeyPem };
    }
}

/** Four organizations: one that orders and three with peers. */
export async function signingOrgs(now: Date = NOW): Promise<SigningOrg[]> {
    return Promise.all(
        ["OrdererMSP", "Org1MSP", "Org2MSP", "Org3MSP"].map((mspId) => SigningOrg.make(mspId, now)),
    );
}

/** A channel of the ordering organization (the first one) and of those with peers (the others). */
export function channelOf(
    orgs: readonly SigningOrg[],
    change: (definition: ChannelDefinition) => unknown = () => {},
): ChannelDefinition {
    const [ordering, ...application] = orgs;
    return changed("raft", (channel) => {
        channel.ordering[0]!.signingCaPem = ordering!.ca.certificatePem;
        channel.application = application.map((org) => org.definition());
        change(channel);
    });
}

/** The CRL of a CA that takes certificates back, made with OpenSSL. */
export function revocationList(ca: CertificateAuthority, ...revoked: string[]): string {
    const folder = mkdtempSync(join(tmpdir(), "kubefabric-crl-"));
    const write = (name: string, text: string) =>
        writeFileSync(join(folder, name), text, { mode: 0o600 });
    try {
        write("ca.pem", ca.certificatePem);
        write("ca.key", ca.privateKeyPem);
        write("index.txt", "");
        write("crlnumber", "01\n");
        const lines = [
            "[ca]",
            "default_ca = one",
            "[one]",
            "database = index.txt",
            "crlnumber = crlnumber",
            "default_md = sha256",
            "crl_extensions = extensions",
            "[extensions]",
            "authorityKeyIdentifier = keyid:always",
        ];
        write("ca.cnf", lines.join("\n"));
        const run = (...args: string[]) =>
            execFileSync(
                "openssl",
                ["ca", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", ...args],
                { cwd: folder, stdio: "pipe" },
            );
        revoked.forEach((certificate, index) => {
            write(`${index}.pem`, certificate);
            run("-revoke", `${index}.pem`);
        });
        run("-gencrl", "-crldays", "3650", "-out", "crl.pem");
        return readFileSync(join(folder, "crl.pem"), "utf8");
    } finally {
        rmSync(folder, { recursive: true });
    }
}
