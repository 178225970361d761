import { shown, type Problem } from "../../../fabric/problem";

/** A kubeconfig was refused before it was made. The message lists every problem and prints no secret. */
export class InvalidKubeconfigParts extends Error {
    override name = "InvalidKubeconfigParts";
    readonly problems: readonly Problem[];

    constructor(vendor: string, problems: readonly Problem[]) {
        const lines = problems.map(({ path, reason }) => `  ${path}: ${reason}`);
        super([`no kubeconfig can be made of what ${vendor} gave`, ...lines].join("\n"));
        this.problems = problems;
    }
}

/** What a kubeconfig of one context is made of. */
export interface KubeconfigParts {
    /** Name of the context, and of the cluster and the user in it. */
    context: string;
    /** Address of the API server, as `serverOf` writes it. */
    server: string;
    /** CA certificate in Base64; absent where the server's certificate is of a public authority. */
    caData?: string;
    /** The user's entry: how it logs in. */
    user: object;
}

/** A kubeconfig as text. It is JSON, which every reader of YAML reads, and which needs no escaping. */
export function kubeconfigText({ context, server, caData, user }: KubeconfigParts): string {
    const config = {
        apiVersion: "v1",
        kind: "Config",
        "current-context": context,
        clusters: [{ name: context, cluster: { server, "certificate-authority-data": caData } }],
        users: [{ name: context, user }],
        contexts: [{ name: context, context: { cluster: context, user: context } }],
    };
    return JSON.stringify(config, undefined, 2);
}

/** Address of an API server with its scheme, which vendors leave out or write. */
export function serverOf(address: string): string {
    return `https://${hostOf(address)}`;
}

/** What is wrong with the address of an API server, or nothing. */
export function serverProblem(address: unknown): string | undefined {
    const example = 'write one such as "https://203.0.113.7"';
    if (typeof address !== "string" || address === "") {
        return `is not there; ${example}`;
    }
    // Whoever writes a password into an address does not want to read it in a log.
    if (address.includes("@")) {
        return "has a user name or a password in it; write the address alone";
    }
    if (/^http:/i.test(address)) {
        return `${shown(address)} is not encrypted; write it with https://`;
    }
    return isHost(hostOf(address))
        ? undefined
        : `${shown(address)} is not the address of an API server; ${example}`;
}

/** What is wrong with the name of a context, or nothing. */
export function contextNameProblem(name: unknown): string | undefined {
    return typeof name === "string" && /^[^\s\p{C}]([^\p{C}]*[^\s\p{C}])?$/u.test(name)
        ? undefined
        : `${shown(name)} is not a name for a context; write one such as "prod"`;
}

/** What is wrong with a bearer token, or nothing. */
export function tokenProblem(token: unknown): string | undefined {
    if (typeof token !== "string" || token === "") {
        return "is not there; give the token";
    }
    return /^[\x21-\x7e]+$/.test(token)
        ? undefined
        : "has characters that no token has, such as spaces or line ends; give the token alone";
}

const PEM = {
    certificate: { label: "CERTIFICATE", ending: /^CERTIFICATE$/ },
    "private key": { label: "PRIVATE KEY", ending: /^([A-Z]+ )?PRIVATE KEY$/ },
};

/** What is wrong with a text in PEM, or nothing. Its content is not shown: it may be a key. */
export function pemProblem(text: unknown, what: keyof typeof PEM): string | undefined {
    const { label, ending } = PEM[what];
    const form = `give the ${what} as PEM, which begins with -----BEGIN ${label}-----`;
    if (typeof text !== "string" || text.trim() === "") {
        return `is not there; ${form}`;
    }
    const blocks = [...text.matchAll(/-----BEGIN ([A-Z ]+)-----([^-]*)-----END \1-----/g)];
    if (blocks.some(([, found]) => found === "ENCRYPTED PRIVATE KEY")) {
        return "is encrypted, and nobody is there to type the password; give the key in clear";
    }
    const right = blocks.some(
        ([, found = "", body = ""]) => ending.test(found) && isBase64(body.replace(/\s/g, "")),
    );
    return right ? undefined : `is not a ${what} in PEM; ${form}`;
}

/** What is wrong with a PEM certificate in Base64, or nothing. */
export function certificateDataProblem(data: unknown): string | undefined {
    const text = decoded(data);
    return text === undefined
        ? base64Problem(data, "certificate")
        : pemProblem(text, "certificate") &&
              "is Base64, but not of a certificate in PEM; give that";
}

/** What is wrong with a value in Base64, or nothing. Its content is not shown. */
export function base64Problem(data: unknown, what: string): string | undefined {
    if (typeof data !== "string" || data === "") {
        return `is not there; give the ${what} in Base64`;
    }
    return isBase64(data) ? undefined : `is not Base64; give the ${what} as the vendor gives it`;
}

/** The text of a value in Base64; nothing where it is none. */
export function decoded(data: unknown): string | undefined {
    return typeof data === "string" && data !== "" && isBase64(data)
        ? Buffer.from(data, "base64").toString("utf8")
        : undefined;
}

/** @throws InvalidKubeconfigParts where there are problems. */
export function refuseInvalid(vendor: string, problems: readonly Problem[]): void {
    if (problems.length > 0) {
        throw new InvalidKubeconfigParts(vendor, problems);
    }
}

/** Node reads what it can and drops the rest, so what it read is compared with what was there. */
function isBase64(data: string): boolean {
    return data !== "" && Buffer.from(data, "base64").toString("base64") === data;
}

function hostOf(address: string): string {
    return address.replace(/^https:\/\//i, "").replace(/\/$/, "");
}

/** Whether a URL takes a host as it is: `34.1.2` would become another address. */
function isHost(host: string): boolean {
    const withoutPort = host.replace(/:443$/, "");
    return URL.canParse(`https://${host}`) && new URL(`https://${host}`).host === withoutPort;
}
