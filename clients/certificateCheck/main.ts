/** The program that a CronJob runs; see `check`. Its settings are environment variables. */
import { readFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { join } from "node:path";

import { checkCertificates, type Answer, type CheckSettings } from "./check";

/** How long the API server or the Pushgateway may be silent. */
const ANSWER_WITHIN_MS = 30_000;

/** Checks as the environment says. @returns the exit code; 2 when the check could not be made. */
async function main(env: NodeJS.ProcessEnv): Promise<0 | 1 | 2> {
    try {
        return await checkCertificates({
            organization: setting(env, "ORGANIZATION"),
            namespace: setting(env, "NAMESPACE"),
            warnDays: Number(setting(env, "WARN_DAYS")),
            now: new Date(),
            api: apiOf(env),
            push: env.PUSHGATEWAY ? pushTo(env.PUSHGATEWAY) : undefined,
            log: console.log,
        });
    } catch (error) {
        console.error(`ERROR the certificates were not checked: ${(error as Error).message}`);
        return 2;
    }
}

function setting(env: NodeJS.ProcessEnv, name: string): string {
    const value = env[name];
    if (!value) {
        throw new Error(`the environment variable ${name} is not set`);
    }
    return value;
}

/** The API server as a Pod finds it, asked with the Pod's own token. */
function apiOf(env: NodeJS.ProcessEnv): CheckSettings["api"] {
    const account = setting(env, "SERVICE_ACCOUNT_FOLDER");
    const host = setting(env, "KUBERNETES_SERVICE_HOST");
    const port = setting(env, "KUBERNETES_SERVICE_PORT");
    const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
    const headers = {
        authorization: `Bearer ${readFileSync(join(account, "token"), "utf8").trim()}`,
        "content-type": "application/json",
    };
    const ca = readFileSync(join(account, "ca.crt"));
    return (method, path, body) =>
        send(
            new URL(path, server),
            { method, headers, ca },
            body === undefined ? undefined : JSON.stringify(body),
        );
}

/** A Pushgateway; its address may have a path. */
function pushTo(address: string): CheckSettings["push"] {
    return (path, metrics) =>
        send(new URL(path, address.replace(/\/*$/, "/")), { method: "PUT" }, metrics);
}

/** Sends a request and reads the whole answer. */
function send(url: URL, options: https.RequestOptions, body?: string): Promise<Answer> {
    const { request } = url.protocol === "https:" ? https : http;
    return new Promise((resolve, reject) => {
        const failed = ({ message }: Error) =>
            reject(new Error(`${url.origin} cannot be reached: ${message}`));
        const sent = request(url, { timeout: ANSWER_WITHIN_MS, ...options }, (response) => {
            const parts: Buffer[] = [];
            response.on("data", (part: Buffer) => parts.push(part));
            response.on("error", failed);
            response.on("end", () =>
                resolve({
                    status: response.statusCode ?? 0,
                    text: Buffer.concat(parts).toString("utf8"),
                }),
            );
        });
        sent.on("timeout", () => sent.destroy(new Error("no answer in time")));
        sent.on("error", failed);
        sent.end(body);
    });
}

void main(process.env).then((code) => {
    process.exitCode = code;
});
