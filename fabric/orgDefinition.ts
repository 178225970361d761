import { X509Certificate } from "node:crypto";

import { type OrgDefinition } from "./msp";
import { hostNameProblem, isFabricMspId } from "./names";
import { type Problem } from "./problem";

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
    const problems = orgDefinitionProblems(value);
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

const A_CA = "the certificate of one CA in PEM";

/** Everything wrong with the form of a definition, each with its path in it. */
export function orgDefinitionProblems(value: unknown): Problem[] {
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
    check("signingCaPem", isCa(value.signingCaPem), A_CA);
    check("tlsCaPem", isCa(value.tlsCaPem), A_CA);
    check("nodeOUs", value.nodeOUs === true, "true, and nothing else is supported");
    const lists: [string, (item: unknown) => boolean, string][] = [
        ["signingIntermediatesPem", isCa, A_CA],
        ["tlsIntermediatesPem", isCa, A_CA],
        ["ordererEndpoints", isEndpoint, '"host:port"'],
        ["anchorPeers", isHostPort, "{ host, port }"],
        ["consenters", isConsenter, "{ host, port, tlsCertificatePem, identityCertificatePem? }"],
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

function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One certificate and no bundle, as Fabric reads the first of a bundle and drops the others. */
function isCa(value: unknown): boolean {
    return readCertificate(value)?.ca === true && String(value).split("-----BEGIN ").length === 2;
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
        readCertificate(value.tlsCertificatePem) !== undefined &&
        (value.identityCertificatePem === undefined ||
            readCertificate(value.identityCertificatePem) !== undefined)
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
