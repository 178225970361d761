import { isAbsolute, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";

import type { Found, Outcome } from "./checkReport";
import type { Unreadable } from "./checkSource";
import { RULES } from "../policy/rules/index";
import { titleOf } from "../policy/rules/resource";
import type { Rule } from "../policy/rules/rule";

/** GitHub ranks findings by these numbers: above 9 critical, above 7 high, above 4 medium. */
const SEVERITIES = { critical: "9.1", high: "7.5", medium: "5.0", low: "2.0" } as const;

/**
 * A report in SARIF 2.1.0, as far as code scanning reads it.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 * @see https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
export function sarif({ found, unreadable }: Outcome) {
    return {
        $schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [
            {
                tool: { driver: { name: "kubefabric", rules: RULES.map(ruleOf) } },
                invocations: [
                    {
                        executionSuccessful: unreadable.length === 0,
                        toolExecutionNotifications: unreadable.map(notificationOf),
                    },
                ],
                columnKind: "utf16CodeUnits",
                results: found.map(resultOf),
            },
        ],
    };
}

function ruleOf({ name, description, severity, remediation, url }: Rule) {
    return {
        id: name,
        name: name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
        shortDescription: { text: description },
        fullDescription: { text: `${description} ${remediation}` },
        help: { text: remediation, markdown: `${remediation}\n\n[Where this is written](${url})` },
        helpUri: url,
        defaultConfiguration: { level: "error" },
        properties: {
            tags: ["hyperledger-fabric", "kubernetes"],
            "problem.severity": "error",
            precision: "high",
            "security-severity": SEVERITIES[severity],
        },
    };
}

function resultOf({ rule, resource, path, reason, level, file, line, column }: Found) {
    return {
        ruleId: rule.name,
        ruleIndex: RULES.indexOf(rule),
        level: level === "mandatory" ? "error" : "note",
        message: { text: `${titleOf(resource)}: ${path}: ${reason}` },
        locations: [locationOf(file, line, column)],
        partialFingerprints: { "resourceAndPath/v1": `${rule.name}/${titleOf(resource)}/${path}` },
    };
}

function notificationOf({ file, message, place }: Unreadable) {
    return {
        level: "error",
        message: { text: message },
        locations: [locationOf(file, place.line, place.column)],
    };
}

function locationOf(file: string, startLine: number, startColumn: number) {
    return {
        physicalLocation: {
            artifactLocation: { uri: uriOf(file) },
            region: { startLine, startColumn },
        },
    };
}

/** A path relative to where the command runs, which is where a repository is; else a URL. */
function uriOf(file: string): string {
    if (file === "-") {
        return "stdin";
    }
    const path = isAbsolute(file) ? relative(process.cwd(), file) : file;
    return isAbsolute(path) || path.startsWith("..")
        ? pathToFileURL(file).href
        : path.split(sep).map(encodeURIComponent).join("/");
}
