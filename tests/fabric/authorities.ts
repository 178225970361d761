import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Role } from "kubefabric/internal/fabric/identities";
import {
    type CertificateAuthority,
    generateKey,
    issueCa,
    issueCertificate,
    type KeyPair,
} from "kubefabric/internal/fabric/x509";

export const DAY = 24 * 60 * 60 * 1000;

/** A certificate's times are whole seconds; so is the clock of these tests. */
export const NOW = new Date("2027-03-01T12:00:00Z");

export function later(days: number, from: Date = NOW): Date {
    return new Date(from.getTime() + days * DAY);
}

export async function makeCa(
    commonName: string,
    { validityDays = 3650, now = NOW }: { validityDays?: number; now?: Date } = {},
): Promise<CertificateAuthority> {
    const { privateKeyPem } = await generateKey();
    const request = { commonName, organization: "Org1MSP", privateKeyPem, validityDays, now };
    return { privateKeyPem, certificatePem: await issueCa(request) };
}

export interface Wanted {
    ca: CertificateAuthority;
    profile?: "signing" | "tls";
    role?: Role;
    commonName?: string;
    hosts?: string[];
    key?: KeyPair;
    validityDays?: number;
    now?: Date;
}

export async function makeCertificate(wanted: Wanted): Promise<string> {
    const { ca, profile = "signing", role = "peer", commonName = "peer0", hosts } = wanted;
    const { publicKeyPem } = wanted.key ?? (await generateKey());
    return issueCertificate({
        subject: { commonName, organization: "Org1MSP", organizationalUnit: role },
        publicKeyPem,
        profile,
        ca,
        validityDays: wanted.validityDays ?? 365,
        now: wanted.now ?? NOW,
        ...(hosts === undefined ? {} : { hosts }),
    });
}

/** The `openssl` program in a folder of its own, so that keys never lie about. */
export class OpenSsl {
    private readonly folder = mkdtempSync(join(tmpdir(), "kubefabric-openssl-"));

    static isThere(): boolean {
        return spawnSync("openssl", ["version"]).status === 0;
    }

    /** Runs a command. Arguments that are PEM text are passed as files. */
    run(...args: string[]): string {
        const parts = args.map((arg, index) =>
            arg.startsWith("-----") ? this.file(index, arg) : arg,
        );
        return execFileSync("openssl", parts, { cwd: this.folder, stdio: "pipe" }).toString();
    }

    /** What `openssl verify` answers: "OK" or its complaint. */
    verify(certificate: string, ca: string, purpose: string, at: Date = NOW): string {
        const args = [
            "verify",
            "-x509_strict",
            "-purpose",
            purpose,
            "-attime",
            String(Math.floor(at.getTime() / 1000)),
            "-CAfile",
            this.file("ca", ca),
            this.file("certificate", certificate),
        ];
        const { status, stdout, stderr } = spawnSync("openssl", args, { encoding: "utf8" });
        return status === 0 && /: OK\s*$/.test(stdout) ? "OK" : stderr;
    }

    /** One extension as `openssl x509 -ext` prints it, without its heading. */
    extension(certificate: string, name: string): string {
        const [heading, ...values] = this.run("x509", "-noout", "-ext", name, "-in", certificate)
            .trim()
            .split("\n")
            .map((line) => line.trim());
        return `${heading?.includes("critical") ? "critical: " : ""}${values.join(" ")}`;
    }

    /** A new key and its self-signed certificate, made from the arguments of `openssl req`. */
    selfSigned(key: string[], subject: string, ...extensions: string[]): CertificateAuthority {
        const more = extensions.flatMap((extension) => ["-addext", extension]);
        const names = ["-keyout", "made.key", "-out", "made.pem", "-subj", subject];
        const days = ["-days", "3650", "-nodes"];
        this.run("req", "-x509", "-newkey", ...key, ...names, ...days, ...more);
        return this.made();
    }

    /** A new P-256 key with a certificate issued by another CA. */
    issued(
        by: CertificateAuthority,
        subject: string,
        ...extensions: string[]
    ): CertificateAuthority {
        const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        const names = ["-keyout", "made.key", "-out", "made.csr", "-subj", subject];
        this.run("req", "-new", ...newKey, ...names);
        writeFileSync(join(this.folder, "extensions"), extensions.join("\n"));
        const signer = ["-CA", by.certificatePem, "-CAkey", by.privateKeyPem, "-CAcreateserial"];
        const rest = ["-days", "365", "-extfile", "extensions", "-out", "made.pem"];
        this.run("x509", "-req", "-in", "made.csr", ...signer, ...rest);
        return this.made();
    }

    /** The DER of a SEQUENCE of values as `ASN1_generate_nconf` writes them: `INTEGER:1`. */
    sequence(values: string[]): Buffer {
        const fields = values.map((value, index) => `field${index} = ${value}`);
        writeFileSync(
            join(this.folder, "asn1"),
            ["asn1 = SEQUENCE:fields", "[fields]", ...fields].join("\n"),
        );
        this.run("asn1parse", "-genconf", "asn1", "-noout", "-out", "der");
        return readFileSync(join(this.folder, "der"));
    }

    remove(): void {
        rmSync(this.folder, { recursive: true });
    }

    private made(): CertificateAuthority {
        return {
            certificatePem: this.run("x509", "-in", "made.pem"),
            privateKeyPem: this.run("pkey", "-in", "made.key"),
        };
    }

    private file(name: string | number, text: string): string {
        const path = join(this.folder, `${name}.txt`);
        writeFileSync(path, text, { mode: 0o600 });
        return path;
    }
}
