import { X509Certificate } from "node:crypto";

import { nameOf } from "./certificateAuthority";
import schema from "./definition.schema.json";
import { hostNameProblem, isFabricMspId } from "./names";
import { portProblem } from "./ports";
import { isRecord, type Problem, problemsOf, shown } from "./problem";

/** Version of the format that is known here. */
const VERSION = schema.properties.version.const;

/** What to do about what only a hand or a cut can have done. */
const TAKE_OVER = "take the definition over from the organization unchanged";

/** Characters of a wrong value that a reason quotes. */
const LONGEST_QUOTE = 80;

/** What a value is checked against, and its path. */
type Check = (path: string, value: unknown) => Problem[];

/**
 * Everything wrong with the form of a definition, each with its path in it. What the schema refuses is
 * refused here, too; its limits and patterns are read from it.
 */
export function orgDefinitionProblems(value: unknown): Problem[] {
    if (!isRecord(value)) {
        return [{ path: "(whole)", reason: "is not an object; write org.definition as JSON" }];
    }
    if (value.version !== VERSION) {
        const found = value.version === undefined ? "nothing" : brief(value.version);
        const newer = typeof value.version === "number" && value.version > VERSION;
        const reason =
            `${found} is not a version known here; known is ${VERSION}` +
            (newer ? ", so use a newer kubefabric, or ask for the definition in that version" : "");
        return [{ path: "version", reason }];
    }
    return fieldProblems("", value, FIELDS, schema);
}

const CONSENTER = schema.properties.consenters.items;
const ANCHOR_PEER = schema.properties.anchorPeers.items;

const certificateOf =
    (owner: "CA" | "node"): Check =>
    (path, value) =>
        problemsOf([path, certificateFault(value, owner)]);

const host: Check = (path, value) =>
    problemsOf([
        path,
        isDialedHost(value)
            ? undefined
            : `${brief(value)} is not a host; write a DNS name in lower-case letters or an IP address`,
    ]);

const port: Check = (path, value) =>
    problemsOf([
        path,
        isPort(value)
            ? undefined
            : `${brief(value)} is not a TCP port; write a number from 1 to 65535`,
    ]);

const anchorPeer: Check = (path, value) =>
    recordProblems(path, value, { host, port }, ANCHOR_PEER, "{ host, port }");

const consenter: Check = (path, value) =>
    recordProblems(
        path,
        value,
        {
            host,
            port,
            tlsCertificatePem: certificateOf("node"),
            identityCertificatePem: certificateOf("node"),
        },
        CONSENTER,
        "{ host, port, tlsCertificatePem, identityCertificatePem? }",
    );

const ordererEndpoint: Check = (path, value) =>
    problemsOf([
        path,
        isEndpoint(value)
            ? undefined
            : `${brief(value)} is not "host:port"; write a host and a port that can be dialed`,
    ]);

const FIELDS: Record<keyof typeof schema.properties, Check> = {
    version: () => [],
    mspId: (path, value) =>
        problemsOf([
            path,
            typeof value === "string" && isFabricMspId(value)
                ? undefined
                : `${brief(value)} is not an MSP ID; write letters, digits, "." and "-"`,
        ]),
    signingCaPem: certificateOf("CA"),
    tlsCaPem: certificateOf("CA"),
    signingIntermediatesPem: listOf(certificateOf("CA"), schema.definitions.intermediates.maxItems),
    tlsIntermediatesPem: listOf(certificateOf("CA"), schema.definitions.intermediates.maxItems),
    formerSigningCasPem: listOf(certificateOf("CA"), schema.definitions.intermediates.maxItems),
    formerTlsCasPem: listOf(certificateOf("CA"), schema.definitions.intermediates.maxItems),
    revocationListsPem: listOf(
        (path, value) => problemsOf([path, revocationListFault(value)]),
        schema.properties.revocationListsPem.maxItems,
    ),
    nodeOUs: (path, value) =>
        problemsOf([
            path,
            value === true ? undefined : `${brief(value)} is not true, and only that is supported`,
        ]),
    ordererEndpoints: listOf(ordererEndpoint, schema.properties.ordererEndpoints.maxItems),
    anchorPeers: listOf(anchorPeer, schema.properties.anchorPeers.maxItems),
    consenters: listOf(consenter, schema.properties.consenters.maxItems),
};

function listOf(item: Check, most: number): Check {
    return (path, value) => {
        if (!Array.isArray(value)) {
            return [{ path, reason: `${kindOf(value)} is not a list; write [] where it has none` }];
        }
        return value.length > most
            ? [{ path, reason: `has ${value.length} entries and the limit is ${most}` }]
            : value.flatMap((each, index) => item(`${path}[${index}]`, each));
    };
}

function recordProblems(
    path: string,
    value: unknown,
    fields: Record<string, Check>,
    form: { required: string[] },
    wanted: string,
): Problem[] {
    return isRecord(value)
        ? fieldProblems(`${path}.`, value, fields, form)
        : [{ path, reason: `is not ${wanted}` }];
}

function fieldProblems(
    prefix: string,
    value: Record<string, unknown>,
    fields: Record<string, Check>,
    { required }: { required: string[] },
): Problem[] {
    const surplus = Object.keys(value).filter(
        (name) => !Object.hasOwn(fields, name) && value[name] !== undefined,
    );
    return [
        ...Object.entries(fields).flatMap(([name, check]) => {
            const path = `${prefix}${name}`;
            if (value[name] !== undefined) {
                return check(path, value[name]);
            }
            return required.includes(name) ? [{ path, reason: `is missing; ${TAKE_OVER}` }] : [];
        }),
        ...surplus.map((name) => ({
            path: prefix.slice(0, -1) || "(whole)",
            reason: `has the field ${brief(name)}, which version ${VERSION} does not know; take it away`,
        })),
    ];
}

const PEM = new RegExp(schema.definitions.certificate.pattern);
const LONGEST_PEM = schema.definitions.certificate.maxLength;

/** One certificate and no bundle, as Fabric reads the first of a bundle and drops the others. */
function certificateFault(value: unknown, owner: "CA" | "node"): string | undefined {
    const found = notOneCertificate(value, owner);
    const wanted = owner === "CA" ? "the certificate of one CA" : "one certificate of a node";
    return found && `is not ${wanted} in PEM but ${found}; ${TAKE_OVER}`;
}

const REVOCATION_LIST = new RegExp(schema.definitions.revocationList.pattern);
const LONGEST_LIST = schema.definitions.revocationList.maxLength;

/** Whether it can be read, and whose it is, is found out where its CAs are. */
function revocationListFault(value: unknown): string | undefined {
    const isOne =
        typeof value === "string" &&
        value.length <= LONGEST_LIST &&
        value.split("-----BEGIN ").length === 2 &&
        REVOCATION_LIST.test(value);
    return isOne
        ? undefined
        : `is not one revocation list (CRL) in PEM of at most ${LONGEST_LIST} characters; ${TAKE_OVER}`;
}

function notOneCertificate(value: unknown, owner: "CA" | "node"): string | undefined {
    if (typeof value !== "string" || value === "") {
        return value === "" ? "an empty text" : kindOf(value);
    }
    const count = value.split("-----BEGIN ").length - 1;
    if (count !== 1) {
        return count === 0 ? "text without a BEGIN line" : `${count} certificates in one text`;
    }
    if (value.length > LONGEST_PEM) {
        return `text of ${value.length} characters, more than ${LONGEST_PEM}`;
    }
    const certificate = PEM.test(value) ? readCertificate(value) : undefined;
    if (certificate === undefined) {
        return "one that was cut or changed";
    }
    return owner === "CA" && !certificate.ca
        ? `that of ${nameOf(certificate)}, which is no CA`
        : undefined;
}

function readCertificate(value: string): X509Certificate | undefined {
    try {
        return new X509Certificate(value);
    } catch {
        return undefined;
    }
}

/** A value as a reason quotes it, however long someone has made it. */
function brief(value: unknown): string {
    const text = shown(value);
    return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}

function kindOf(value: unknown): string {
    return value === null ? "null" : `a ${typeof value}`;
}

function isEndpoint(value: unknown): boolean {
    const text = typeof value === "string" ? value : "";
    const [, bracketed, name, port] = /^(?:\[(.+)\]|([^:]+)):([0-9]{1,5})$/.exec(text) ?? [];
    return (
        isDialedHost(bracketed ?? name) &&
        (bracketed === undefined || bracketed.includes(":")) &&
        isPort(Number(port))
    );
}

function isPort(value: unknown): boolean {
    return typeof value === "number" && portProblem(value) === undefined;
}

/** A host without a domain is right here: others may dial within one cluster. */
function isDialedHost(value: unknown): boolean {
    return (
        typeof value === "string" &&
        (hostNameProblem(value) === undefined || /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value))
    );
}
