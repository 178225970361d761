import { choiceProblem, shown, type Problem } from "../../../fabric/problem";

/**
 * How a program logs in to a cluster whose users are Entra's, without a person:
 *
 * - `"workloadidentity"`: a federated token of the CI system or of a Pod. No secret anywhere; choose it
 *   where there is one. Client, tenant and token file are in `AZURE_CLIENT_ID`, `AZURE_TENANT_ID` and
 *   `AZURE_FEDERATED_TOKEN_FILE`, unless they are written here.
 * - `"spn"`: a service principal, its secret or certificate in the environment
 *   (`AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET` or `AZURE_CLIENT_CERTIFICATE_PATH`), so that none is
 *   written into a kubeconfig.
 * - `"azurecli"`: whoever is logged in with `az login`. Choose it on one's own machine.
 * - `"msi"`: the managed identity of the virtual machine that runs the program.
 *
 * @see https://azure.github.io/kubelogin/concepts/login-modes.html
 */
export type EntraLoginMode = (typeof ENTRA_LOGIN_MODES)[number];

export const ENTRA_LOGIN_MODES = ["workloadidentity", "spn", "azurecli", "msi"] as const;

/** A way to log in with Entra, with what it can be told. */
export interface EntraLogin {
    mode: EntraLoginMode;
    /** Application or managed identity to log in as; not with `"azurecli"`. */
    clientId?: string;
    /** Tenant of the application; not with `"msi"`. */
    tenantId?: string;
    /** Base URL of the authority, with a slash at the end; with `"workloadidentity"`, outside public Azure. */
    authorityHost?: string;
    /** File that holds the federated token; with `"workloadidentity"`. */
    federatedTokenFile?: string;
    /** Subscription that the token is asked for; with `"azurecli"`. */
    subscription?: string;
    /** A managed identity by its resource ID, in place of its client ID; with `"msi"`. */
    identityResourceId?: string;
}

type Setting = Exclude<keyof EntraLogin, "mode">;

/** What kubelogin takes in each mode, in the order in which it writes it. */
const TAKES: Readonly<Record<EntraLoginMode, readonly Setting[]>> = {
    workloadidentity: ["clientId", "tenantId", "authorityHost", "federatedTokenFile"],
    spn: ["clientId", "tenantId"],
    azurecli: ["tenantId", "subscription"],
    msi: ["clientId", "identityResourceId"],
};

const FLAGS: Readonly<Record<Setting, string>> = {
    clientId: "--client-id",
    tenantId: "--tenant-id",
    authorityHost: "--authority-host",
    federatedTokenFile: "--federated-token-file",
    subscription: "--subscription",
    identityResourceId: "--identity-resource-id",
};

/** Everything wrong with a way to log in. */
export function entraLoginProblems(login: EntraLogin | EntraLoginMode): Problem[] {
    const { mode, ...settings } = withMode(login);
    const wrongMode = choiceProblem(mode, ENTRA_LOGIN_MODES, "way to log in with Entra");
    if (wrongMode !== undefined) {
        return [{ path: typeof login === "string" ? "login" : "login.mode", reason: wrongMode }];
    }
    return (Object.keys(settings) as Setting[]).flatMap((name) => {
        const value = settings[name];
        const reason = value === undefined ? undefined : settingProblem(name, value, login);
        return reason === undefined ? [] : [{ path: `login.${name}`, reason }];
    });
}

function settingProblem(
    name: Setting,
    value: unknown,
    login: EntraLogin | EntraLoginMode,
): string | undefined {
    const { mode, clientId } = withMode(login);
    if (!TAKES[mode].includes(name)) {
        return `is set, and kubelogin takes none with "${mode}"; take it away`;
    }
    if (typeof value !== "string" || !/^[^\s-]\S*$/.test(value)) {
        return `${shown(value)} is not a value for ${FLAGS[name]}; write it, or take it away`;
    }
    if (name === "authorityHost" && !/^https:\/\/[^/]+\/$/.test(value)) {
        return `${shown(value)} is not an authority; write one such as "https://login.microsoftonline.com/"`;
    }
    return name === "identityResourceId" && clientId !== undefined
        ? "is set, and so is login.clientId; take one of them away"
        : undefined;
}

export function withMode(login: EntraLogin | EntraLoginMode): EntraLogin {
    return typeof login === "string" ? { mode: login } : login;
}

/** What a kubeconfig of an Entra cluster says of its log in, whatever the mode. */
export interface EntraUser {
    /** Mode that it has; the device code where it says none. */
    mode: string;
    serverId?: string;
    clientId?: string;
    tenantId?: string;
    environment?: string;
    cacheDir?: string;
    legacy: boolean;
    popEnabled: boolean;
    popClaims?: string;
}

/**
 * Arguments of kubelogin for a user and a way to log in: those that `kubelogin convert-kubeconfig`
 * writes. What a kubeconfig says of client, tenant and environment is that of the device code, and kept only
 * for a service principal; the other modes find their own.
 *
 * @see https://github.com/Azure/kubelogin/blob/6678496/pkg/internal/converter/convert.go
 */
export function kubeloginArgs(user: EntraUser, login: EntraLogin | EntraLoginMode): string[] {
    const { mode, ...written } = withMode(login);
    const kept = mode === "spn" ? { clientId: user.clientId, tenantId: user.tenantId } : {};
    const settings: Partial<Record<Setting, string>> = { ...kept, ...defined(written) };
    return [
        "get-token",
        ...flag("--login", mode),
        ...flag("--server-id", user.serverId),
        ...flag("--cache-dir", user.cacheDir),
        ...TAKES[mode].flatMap((name) => flag(FLAGS[name], settings[name])),
        ...(mode === "spn" ? ofServicePrincipal(user) : []),
    ];
}

/** What is missing in a kubeconfig for a way to log in. */
export function entraUserProblems(user: EntraUser, login: EntraLogin | EntraLoginMode): Problem[] {
    const { mode, clientId = user.clientId, tenantId = user.tenantId } = withMode(login);
    const missing = (path: string, what: string) => ({
        path,
        reason: `is not set, and the kubeconfig names no ${what}; write it`,
    });
    const popAlone = user.popEnabled !== (user.popClaims !== undefined);
    return [
        ...(user.serverId === undefined
            ? [{ path: "kubeconfig", reason: `has no --server-id for kubelogin; ${ASK_AGAIN}` }]
            : []),
        ...(mode === "spn" && clientId === undefined ? [missing("login.clientId", "client")] : []),
        ...(mode === "spn" && tenantId === undefined ? [missing("login.tenantId", "tenant")] : []),
        ...(mode === "spn" && popAlone
            ? [
                  {
                      path: "kubeconfig",
                      reason: `has one of --pop-enabled and --pop-claims; ${ASK_AGAIN}`,
                  },
              ]
            : []),
    ];
}

const ASK_AGAIN = "give the one that Azure gives (listManagedClusterUserCredentials)";

function ofServicePrincipal({ environment, legacy, popEnabled, popClaims }: EntraUser): string[] {
    return [
        ...flag("--environment", environment),
        ...(legacy ? ["--legacy"] : []),
        ...(popEnabled ? ["--pop-enabled", ...flag("--pop-claims", popClaims)] : []),
    ];
}

function flag(name: string, value: string | undefined): string[] {
    return value === undefined ? [] : [name, value];
}

function defined<T extends object>(values: T): Partial<T> {
    const entries = Object.entries(values).filter(([, value]) => value !== undefined);
    return Object.fromEntries(entries) as Partial<T>;
}
