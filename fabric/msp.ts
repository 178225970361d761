import { ROLES } from "./identities";

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
        ...intermediates("signing", signing, "intermediatecerts"),
        ...intermediates("tls", tls, "tlsintermediatecerts"),
    ];
}

/** Key of the Secret with a CA below the root; number 0 is the one that issues. */
export function intermediateKey(use: keyof Intermediates, number: number): string {
    return `${use === "signing" ? "ca" : "tlsca"}-intermediate-${number}.pem`;
}

/** A host and a port. */
export interface HostPort {
    host: string;
    port: number;
}

/** `host:port`; an IPv6 address in brackets. */
export function endpointText({ host, port }: HostPort): string {
    return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
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

    /**
     * Roots that issued identities before `signingCaPem`, and are trusted until every certificate of
     * theirs is replaced. A root is changed in two updates of the channel: the new one beside the old
     * one, then, when nobody uses it any more, without it.
     *
     * @default - none
     */
    formerSigningCasPem?: string[];

    /**
     * Roots that issued TLS certificates before `tlsCaPem`.
     *
     * @default - none
     */
    formerTlsCasPem?: string[];

    /**
     * Lists of identities that the organization's CAs took back (CRLs), PEM.
     *
     * @default - those that a channel has already; none in a new one
     */
    revocationListsPem?: string[];

    /** Roles are told apart by organizational unit; see `nodeOuConfig`. */
    nodeOUs: true;

    /** Where clients reach the ordering nodes of the organization, as `host:port`. */
    ordererEndpoints: string[];

    /** Peers that other organizations' peers meet first. */
    anchorPeers: HostPort[];

    /** Ordering nodes that may become members of a channel's consenter set. */
    consenters: Consenter[];
}

function intermediates(use: keyof Intermediates, count: number, folder: string): SecretFile[] {
    return [...Array(count).keys()].map((number) => {
        const key = intermediateKey(use, number);
        return { key, path: `${folder}/${key.replace("-intermediate", "")}` };
    });
}
