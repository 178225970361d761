import { X509Certificate } from "node:crypto";

import { ROLES } from "./identities";
import { hostNameProblem, isFabricMspId } from "./names";
import { type Problem } from "./problem";

/** One file of a folder that a Secret fills: the key in the Secret and the path in the folder. */
export interface SecretFile {
    key: string;
    path: string;
}

/** How many certificates stand between the CA of an organization and its nodes' certificates. */
export interface Intermediates {
    /** @default 0 */
    signing?: number;

    /** @default 0 */
    tls?: number;
}

/**
 * Keys of the Secret that holds a TLS identity, and the names of the files in its folder. They are
 * those of type `kubernetes.io/tls`, so that a Secret made by other tools fits as it is.
 */
export const TLS_FILES = {
    /** Certificate of the node, followed by the intermediates above it. */
    certificate: "tls.crt",
    privateKey: "tls.key",
    /** Root certificate of the TLS CA. */
    ca: "ca.crt",
} as const;

/**
 * Text of an MSP's `config.yaml`: identities are told apart by the organizational unit in their
 * certificate. No certificate is named beside the units, so any CA of the MSP may issue them; a named
 * one would have to be the issuing CA, byte for byte, and break with its renewal.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/msp/configbuilder.go#L369
 */
export function nodeOuConfig(): string {
    // Fixed words need no quoting, so the YAML library's 70 modules stay unloaded; a test parses this.
    const identifiers = ROLES.map(
        (role) =>
            `  ${role.charAt(0).toUpperCase()}${role.slice(1)}OUIdentifier:\n` +
            `    OrganizationalUnitIdentifier: ${role}\n`,
    );
    return `NodeOUs:\n  Enable: true\n${identifiers.join("")}`;
}

/**
 * The files of a local MSP: which key of the Secret goes to which path, as the `items` of a volume.
 *
 * Each certificate is a file of its own, because Fabric reads only the first one in a file.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/msp/configbuilder.go#L83
 */
export function mspLayout({ signing = 0, tls = 0 }: Intermediates = {}): SecretFile[] {
    return [
        { key: "ca.pem", path: "cacerts/ca.pem" },
        { key: "cert.pem", path: "signcerts/cert.pem" },
        { key: "key.pem", path: "keystore/key.pem" },
        { key: "tlsca.pem", path: "tlscacerts/tlsca.pem" },
        { key: "config.yaml", path: "config.yaml" },
        ...numbered(signing, "ca", "intermediatecerts"),
        ...numbered(tls, "tlsca", "tlsintermediatecerts"),
    ];
}

/** A host and a port. */
export interface HostPort {
    host: string;
    port: number;
}

/** An ordering node as the configuration of a channel names it. */
export interface Consenter extends HostPort {
    /** Certificate with which the node serves and dials the other consenters. */
    tlsCertificatePem: string;

    /**
     * Enrollment certificate of the node, as which it signs. SmartBFT names its consenters by it, Raft
     * does without.
     *
     * @default - none
     */
    identityCertificatePem?: string;
}

/**
 * The public half of an organization: plain data, safe to publish, and enough for another stack or
 * another company to add the organization to a channel.
 */
export interface OrgDefinition {
    /** Version of this format. */
    version: 1;

    mspId: string;

    /** Root certificate of the CA that issues identities. */
    signingCaPem: string;

    /** Root certificate of the CA that issues TLS certificates. */
    tlsCaPem: string;

    /**
     * CAs between `signingCaPem` and the identities, one certificate each.
     *
     * @default - none
     */
    signingIntermediatesPem?: string[];

    /**
     * CAs between `tlsCaPem` and the TLS certificates, one certificate each.
     *
     * @default - none
     */
    tlsIntermediatesPem?: string[];

    /** Roles are told apart by organizational unit; see `nodeOuConfig`. */
    nodeOUs: true;

    /** Where clients reach the ordering nodes of the organization, as `host:port`. */
    ordererEndpoints: string[];

    /** Peers that other organizations' peers meet first. */
    anchorPeers: HostPort[];

    /** Ordering nodes that may become members of a channel's consenter set. */
    consenters: Consenter[];
}

/**
 * Reads a definition that another stack or company wrote. Fails with all its problems at once, and
 * where it contains a private key, which a definition must never do.
 */
export function parseOrgDefinition(json: string): OrgDefinition {
    if (json.includes("PRIVATE KEY")) {
        throw new Error(
            "organization definition contains a private key; publish org.definition only",
        );
    }
    const value: unknown = readJson(json);
    const problems = definitionProblems(value);
    if (problems.length > 0) {
        const lines = problems.map(({ path, reason }) => `  ${path}: ${reason}`);
        throw new Error(["organization definition is not valid", ...lines].join("\n"));
    }
    return value as OrgDefinition;
}

function readJson(json: string): unknown {
    try {
        return JSON.parse(json);
    } catch {
        throw new Error(
            "organization definition is not JSON; write org.definition as JSON to a file",
        );
    }
}

function definitionProblems(value: unknown): Problem[] {
    if (!isRecord(value)) {
        return [{ path: "(whole)", reason: "is not an object; write org.definition as JSON" }];
    }
    if (value.version !== 1) {
        const found = JSON.stringify(value.version) ?? "nothing";
        return [{ path: "version", reason: `${found} is not a version known here; known is 1` }];
    }
    const problems: Problem[] = [];
    const check = (path: string, right: boolean, wanted: string): void => {
        if (!right) {
            problems.push({ path, reason: `is not ${wanted}` });
        }
    };
    check(
        "mspId",
        typeof value.mspId === "string" && isFabricMspId(value.mspId),
        'an MSP ID (letters, digits, "." and "-")',
    );
    check("signingCaPem", isCa(value.signingCaPem), "the certificate of a CA in PEM");
    check("tlsCaPem", isCa(value.tlsCaPem), "the certificate of a CA in PEM");
    check("nodeOUs", value.nodeOUs === true, "true, and nothing else is supported");
    const lists: [string, (item: unknown) => boolean, string][] = [
        ["signingIntermediatesPem", isCa, "the certificate of a CA in PEM"],
        ["tlsIntermediatesPem", isCa, "the certificate of a CA in PEM"],
        ["ordererEndpoints", isEndpoint, '"host:port"'],
        ["anchorPeers", isHostPort, "{ host, port }"],
        ["consenters", isConsenter, "{ host, port, tlsCertificatePem }"],
    ];
    for (const [path, isRight, wanted] of lists) {
        const list = value[path] ?? (path.endsWith("IntermediatesPem") ? [] : undefined);
        check(path, Array.isArray(list), `a list of ${wanted}`);
        for (const [index, item] of (Array.isArray(list) ? list : []).entries()) {
            check(`${path}[${index}]`, isRight(item), wanted);
        }
    }
    return problems;
}

function numbered(count: number, name: string, folder: string): SecretFile[] {
    return Array.from({ length: count }, (_, index) => ({
        key: `${name}-intermediate-${index}.pem`,
        path: `${folder}/${name}-${index}.pem`,
    }));
}

function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCa(value: unknown): boolean {
    return readCertificate(value)?.ca === true;
}

function readCertificate(value: unknown): X509Certificate | undefined {
    try {
        return typeof value === "string" ? new X509Certificate(value) : undefined;
    } catch {
        return undefined;
    }
}

function isHostPort(value: unknown): boolean {
    return isRecord(value) && isDialedHost(value.host) && isPort(value.port);
}

function isConsenter(value: unknown): boolean {
    return (
        isHostPort(value) &&
        isRecord(value) &&
        readCertificate(value.tlsCertificatePem) !== undefined
    );
}

function isEndpoint(value: unknown): boolean {
    const [, host, port] = /^(.+):([0-9]{1,5})$/.exec(String(value)) ?? [];
    return (
        typeof value === "string" &&
        isDialedHost(host?.replace(/^\[(.*)\]$/, "$1")) &&
        isPort(Number(port))
    );
}

/** A host without a domain is right here: others may dial within one cluster. */
function isDialedHost(value: unknown): boolean {
    return (
        typeof value === "string" &&
        (hostNameProblem(value) === undefined || /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value))
    );
}

function isPort(value: unknown): boolean {
    return Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536;
}
