import type * as yaml from "yaml";

import type { Problem } from "../../../fabric/problem";
import {
    ENTRA_LOGIN_MODES,
    entraLoginProblems,
    entraUserProblems,
    kubeloginArgs,
    type EntraLogin,
    type EntraLoginMode,
    type EntraUser,
} from "./entraLogin";
import { base64Problem, decoded, InvalidKubeconfigParts } from "./parts";

/** What Azure gives of a cluster, and how to log in to it. */
export interface AksKubeconfigParts {
    /**
     * A kubeconfig in Base64: `kubeconfigs[0].value` of `listManagedClusterUserCredentials` or
     * `listManagedClusterAdminCredentials`.
     */
    kubeconfig: string;
    /**
     * How to log in where the cluster's users are Entra's.
     *
     * @default - what the kubeconfig has: a certificate, unless the cluster's users are Entra's.
     */
    login?: EntraLogin | EntraLoginMode;
}

/**
 * The kubeconfig of an AKS cluster.
 *
 * One that holds its own credential stays as it is. One whose users are Entra's asks a person for a device
 * code, on which a CI job hangs; there the arguments of kubelogin are changed to a way that asks nobody.
 * kubelogin has to be on the PATH of whatever runs the program; it is not called here.
 *
 * @throws InvalidKubeconfigParts listing everything wrong with the parts.
 */
export function aksKubeconfig({ kubeconfig, login }: AksKubeconfigParts): string {
    const text = decoded(kubeconfig);
    const document = text === undefined ? undefined : documentOf(text);
    const wrongLogin = login === undefined ? [] : entraLoginProblems(login);
    if (text === undefined || document === undefined) {
        const reason =
            base64Problem(kubeconfig, "kubeconfig") ??
            "is Base64, but not of a kubeconfig; give kubeconfigs[0].value as Azure gives it";
        throw refusal({ path: "kubeconfig", reason }, ...wrongLogin);
    }
    const found = entraUsers(document);
    if (wrongLogin.length > 0) {
        throw refusal(...wrongLogin);
    }
    return login === undefined ? unchanged(text, found) : rewritten(text, document, found, login);
}

/** A kubeconfig that logs in without a person, as it is. */
function unchanged(text: string, found: readonly FoundUser[]): string {
    const modes: readonly string[] = ENTRA_LOGIN_MODES;
    const asking = found.filter(({ user }) => !modes.includes(user.mode));
    if (asking.length > 0) {
        const users = asking.map(({ name, user }) => `"${name}" (${user.mode})`).join(", ");
        const reason =
            `is not set, and the kubeconfig's user ${users} is Entra's, for whom kubelogin asks a person; ` +
            `write ${modes.map((mode) => `"${mode}"`).join(", ")} or use the admin credentials`;
        throw refusal({ path: "login", reason });
    }
    return text;
}

function rewritten(
    text: string,
    document: yaml.Document,
    found: readonly FoundUser[],
    login: EntraLogin | EntraLoginMode,
): string {
    const problems = found.flatMap(({ user }) => entraUserProblems(user, login));
    if (problems.length > 0) {
        throw refusal(...problems);
    }
    for (const { index, user, installHint } of found) {
        const path = ["users", index, "user"];
        document.setIn([...path, "exec"], {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "kubelogin",
            args: kubeloginArgs(user, login),
            installHint,
            provideClusterInfo: false,
            // Nobody types while a program runs, and none of these modes asks.
            interactiveMode: "Never",
        });
        document.deleteIn([...path, "auth-provider"]);
    }
    return found.length === 0 ? text : document.toString();
}

const INSTALL_HINT =
    "Install kubelogin (https://azure.github.io/kubelogin/install.html) and have it on the PATH of " +
    "whatever runs this program";

/** A user of a kubeconfig that logs in with Entra. */
interface FoundUser {
    name: string;
    index: number;
    user: EntraUser;
    installHint: string;
}

/** The part of a user's entry that says how it logs in. */
interface UserEntry {
    name?: unknown;
    user?: {
        exec?: { command?: unknown; args?: unknown; installHint?: unknown } | null;
        "auth-provider"?: { name?: unknown; config?: Record<string, string> } | null;
    } | null;
}

function hintOf(exec?: { installHint?: unknown }): string {
    const { installHint } = exec ?? {};
    return typeof installHint === "string" ? installHint : INSTALL_HINT;
}

/** The users that kubelogin, or what Kubernetes had before it, logs in. */
function entraUsers(document: yaml.Document): FoundUser[] {
    const { users } = document.toJS() as { users?: unknown };
    return listOf<UserEntry | null>(users).flatMap((entry, index) => {
        const { name, user } = entry ?? {};
        const exec = user?.exec ?? undefined;
        const provider = user?.["auth-provider"] ?? undefined;
        const found =
            exec !== undefined && /kubelogin/i.test(String(exec.command))
                ? ofArguments(listOf(exec.args).map(String))
                : provider?.name === "azure"
                  ? ofProvider(provider.config ?? {})
                  : undefined;
        return found === undefined
            ? []
            : [
                  {
                      name: String(name),
                      index,
                      user: found,
                      installHint: hintOf(exec),
                  },
              ];
    });
}

/** What is a list in a kubeconfig that is right. */
function listOf<T>(value: unknown): T[] {
    return Array.isArray(value) ? (value as T[]) : [];
}

function ofArguments(args: readonly string[]): EntraUser {
    const joined = (flag: string) =>
        args.find((arg) => arg.startsWith(`${flag}=`))?.slice(flag.length + 1);
    const value = (...flags: string[]) =>
        flags
            .map((flag) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : joined(flag)))
            .find((text) => text !== undefined && text !== "");
    return {
        mode: value("--login", "-l") ?? "devicecode",
        serverId: value("--server-id"),
        clientId: value("--client-id"),
        tenantId: value("--tenant-id", "-t"),
        environment: value("--environment", "-e"),
        cacheDir: value("--cache-dir", "--token-cache-dir"),
        legacy: args.includes("--legacy"),
        popEnabled: args.includes("--pop-enabled"),
        popClaims: value("--pop-claims"),
    };
}

/** What Azure gives where it is asked for the format `azure`, which clients read until Kubernetes 1.25. */
function ofProvider(config: Readonly<Record<string, string | undefined>>): EntraUser {
    return {
        mode: "devicecode",
        serverId: config["apiserver-id"],
        clientId: config["client-id"],
        tenantId: config["tenant-id"],
        environment: config.environment,
        // Written as text or as a number.
        legacy: ["", "0"].includes(String(config["config-mode"] ?? "")),
        popEnabled: false,
    };
}

/** The document of a kubeconfig; nothing where the text is none. */
function documentOf(text: string): yaml.Document | undefined {
    // Loaded when it is needed: it is 70 modules.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { parseDocument, visit } = require("yaml") as typeof yaml;
    const document = parseDocument(text);
    // A kubeconfig has no numbers: what looks like one is a token, and would be rounded.
    visit(document, {
        Scalar: (_, node) => {
            node.value = typeof node.value === "number" ? node.source : node.value;
        },
    });
    try {
        const read = document.toJS() as { kind?: unknown } | null;
        return document.errors.length === 0 && read?.kind === "Config" ? document : undefined;
    } catch {
        // The parser's own words quote the text, which holds credentials.
        return undefined;
    }
}

function refusal(...problems: Problem[]): InvalidKubeconfigParts {
    return new InvalidKubeconfigParts("AKS", problems);
}
