import assert from "node:assert/strict";

import fc from "fast-check";
import { kubeConfigOf } from "kubefabric/internal/clients/kubeconfig";
import {
    aksKubeconfig,
    type AksKubeconfigParts,
} from "kubefabric/internal/components/clusters/kubeconfig/aks";
import {
    ENTRA_LOGIN_MODES,
    type EntraLogin,
    type EntraLoginMode,
} from "kubefabric/internal/components/clusters/kubeconfig/entraLogin";
import { stringify } from "yaml";

import { base64, pem, read, refusal } from "../../support/kubeconfigs.ts";

const SERVER_ID = "6dae42f8-4368-4678-94ff-3960e28e3630";
const CLIENT_ID = "80faf920-1908-4b52-b5ef-a8e7bedfc67a";
const TENANT_ID = "11111111-2222-3333-4444-555555555555";
const MINE = "99999999-8888-7777-6666-555555555555";

const CA = base64(
    pem("CERTIFICATE", "the certificate of the cluster, longer than one line of YAML is"),
);

const ENTRA_ARGS = [
    "get-token",
    "--environment",
    "AzurePublicCloud",
    "--server-id",
    SERVER_ID,
    "--client-id",
    CLIENT_ID,
    "--tenant-id",
    TENANT_ID,
    "--login",
    "devicecode",
];

const execOf = (args: unknown) => ({
    apiVersion: "client.authentication.k8s.io/v1beta1",
    command: "kubelogin",
    args,
    env: null,
    provideClusterInfo: false,
});

/** A kubeconfig as Azure gives it. */
function azure(user: object): string {
    return stringify({
        apiVersion: "v1",
        clusters: [
            {
                cluster: {
                    "certificate-authority-data": CA,
                    server: "https://prod-dns-1234.hcp.westeurope.azmk8s.io:443",
                },
                name: "prod",
            },
        ],
        contexts: [{ context: { cluster: "prod", user: "clusterUser_group_prod" }, name: "prod" }],
        "current-context": "prod",
        kind: "Config",
        preferences: {},
        users: [{ name: "clusterUser_group_prod", user }],
    });
}

const ENTRA = azure({ exec: execOf(ENTRA_ARGS) });
/** Written as the library would not write it. */
const LOCAL = azure({
    "client-certificate-data": CA,
    "client-key-data": base64(pem("RSA PRIVATE KEY", "canary-key")),
    // Text that YAML takes for a number where it is not left alone.
    token: "12345678901234567890123456789e12",
}).replace("kind: Config", 'kind:   "Config"');

const argsFor = (text: string, login: AksKubeconfigParts["login"]) =>
    read(aksKubeconfig({ kubeconfig: base64(text), login })).exec?.args;

describe("the kubeconfig of an AKS cluster with local accounts", () => {
    it("stays as Azure wrote it, whatever the login", () => {
        for (const login of [undefined, ...ENTRA_LOGIN_MODES]) {
            assert.equal(aksKubeconfig({ kubeconfig: base64(LOCAL), login }), LOCAL);
        }
        assert.equal(read(LOCAL).user.certData, CA);
    });

    it("stays as it is where another program logs in", () => {
        const text = azure({ exec: { ...execOf(["--login", "devicecode"]), command: "gcloud" } });
        assert.equal(aksKubeconfig({ kubeconfig: base64(text), login: "msi" }), text);
        assert.equal(aksKubeconfig({ kubeconfig: base64(text) }), text);
    });
});

describe("the kubeconfig of an AKS cluster whose users are Entra's", () => {
    const get = (mode: string) => ["get-token", "--login", mode, "--server-id", SERVER_ID];
    const ofKubeconfig = ["--client-id", CLIENT_ID, "--tenant-id", TENANT_ID];
    const cloud = ["--environment", "AzurePublicCloud"];

    /** What kubelogin itself writes; see its converter. */
    const expected: [EntraLogin | EntraLoginMode, string[]][] = [
        ["workloadidentity", get("workloadidentity")],
        ["spn", [...get("spn"), ...ofKubeconfig, ...cloud]],
        ["azurecli", get("azurecli")],
        ["msi", get("msi")],
        [
            {
                mode: "workloadidentity",
                clientId: MINE,
                tenantId: TENANT_ID,
                authorityHost: "https://login.microsoftonline.us/",
                federatedTokenFile: "/var/run/token",
            },
            [
                ...get("workloadidentity"),
                ...["--client-id", MINE, "--tenant-id", TENANT_ID],
                ...["--authority-host", "https://login.microsoftonline.us/"],
                ...["--federated-token-file", "/var/run/token"],
            ],
        ],
        [
            { mode: "spn", clientId: MINE },
            [...get("spn"), "--client-id", MINE, "--tenant-id", TENANT_ID, ...cloud],
        ],
        [
            { mode: "spn", clientId: undefined, tenantId: MINE },
            [...get("spn"), "--client-id", CLIENT_ID, "--tenant-id", MINE, ...cloud],
        ],
        [
            { mode: "azurecli", tenantId: TENANT_ID, subscription: "prod" },
            [...get("azurecli"), "--tenant-id", TENANT_ID, "--subscription", "prod"],
        ],
        [{ mode: "msi", clientId: MINE }, [...get("msi"), "--client-id", MINE]],
        [
            { mode: "msi", identityResourceId: "/subscriptions/1/identity" },
            [...get("msi"), "--identity-resource-id", "/subscriptions/1/identity"],
        ],
    ];
    for (const [login, args] of expected) {
        it(`logs in by ${JSON.stringify(login)}`, () => {
            assert.deepEqual(argsFor(ENTRA, login), args);
        });
    }

    it("never asks a person, and says how to get kubelogin", () => {
        for (const login of ENTRA_LOGIN_MODES) {
            const { exec } = read(aksKubeconfig({ kubeconfig: base64(ENTRA), login }));
            assert.equal(exec?.command, "kubelogin");
            assert.equal(exec?.apiVersion, "client.authentication.k8s.io/v1beta1");
            assert.equal(exec?.interactiveMode, "Never");
            assert.match(exec?.installHint ?? "", /^Install kubelogin/);
            const asking = ["devicecode", "interactive", "ropc"];
            assert.ok(!exec?.args?.some((arg) => asking.includes(arg)));
        }
    });

    it("keeps the hint that Azure gives", () => {
        const exec = { ...execOf(ENTRA_ARGS), installHint: "ask the platform team" };
        const text = aksKubeconfig({ kubeconfig: base64(azure({ exec })), login: "msi" });
        assert.equal(read(text).exec?.installHint, "ask the platform team");
    });

    it("changes nothing but how its Entra users log in", () => {
        const other = "  - name: other\n    user:\n      token: 12345678901234567890123456789e12\n";
        const two = ENTRA + other;
        const before = read(two);
        const text = aksKubeconfig({ kubeconfig: base64(two), login: "azurecli" });
        const after = read(text);
        assert.deepEqual(after.cluster, before.cluster);
        assert.equal(after.context, before.context);
        const config = kubeConfigOf({ kubeconfig: text });
        assert.equal(config.getUser("other")?.token, "12345678901234567890123456789e12");
    });

    it("keeps what a service principal needs of the rest: cache, old audience, proof of possession", () => {
        const args = [
            ...ENTRA_ARGS,
            ...["--token-cache-dir", "/cache", "--legacy"],
            ...["--pop-enabled", "--pop-claims", "u=/ARM/ID"],
        ];
        const text = azure({ exec: execOf(args) });
        assert.deepEqual(argsFor(text, "spn"), [
            ...get("spn"),
            ...["--cache-dir", "/cache"],
            ...ofKubeconfig,
            ...cloud,
            ...["--legacy", "--pop-enabled", "--pop-claims", "u=/ARM/ID"],
        ]);
        assert.deepEqual(argsFor(text, "msi"), [...get("msi"), "--cache-dir", "/cache"]);
    });

    it("reads arguments in one word, in short and by a path to kubelogin", () => {
        const args = ["get-token", `--server-id=${SERVER_ID}`, "-t", TENANT_ID, "-l", "devicecode"];
        const exec = { ...execOf(args), command: "C:\\tools\\Kubelogin.exe" };
        assert.deepEqual(argsFor(azure({ exec }), { mode: "spn", clientId: MINE }), [
            ...get("spn"),
            ...["--client-id", MINE, "--tenant-id", TENANT_ID],
        ]);
    });

    it("reads the form that Azure gave before kubelogin", () => {
        const config = {
            "apiserver-id": SERVER_ID,
            "client-id": CLIENT_ID,
            "tenant-id": TENANT_ID,
            environment: "AzurePublicCloud",
        };
        const old = (more: object) =>
            azure({ "auth-provider": { name: "azure", config: { ...config, ...more } } });
        const args = [...get("spn"), ...ofKubeconfig, ...cloud];
        assert.deepEqual(argsFor(old({ "config-mode": "1" }), "spn"), args);
        assert.deepEqual(argsFor(old({}), "spn"), [...args, "--legacy"]);
        assert.deepEqual(argsFor(old({ "config-mode": "0" }), "spn"), [...args, "--legacy"]);
        const text = aksKubeconfig({ kubeconfig: base64(old({})), login: "msi" });
        assert.equal(read(text).user.authProvider ?? undefined, undefined);
    });

    it("stays as it is where it asks nobody already", () => {
        for (const mode of ENTRA_LOGIN_MODES) {
            const text = azure({ exec: execOf([...ENTRA_ARGS.slice(0, -1), mode]) });
            assert.equal(aksKubeconfig({ kubeconfig: base64(text) }), text);
        }
    });

    it("fails where no login is written: kubelogin would ask a person", () => {
        for (const mode of ["devicecode", "interactive", "ropc"]) {
            const text = azure({ exec: execOf([...ENTRA_ARGS.slice(0, -1), mode]) });
            assert.deepEqual(
                refusal(() => aksKubeconfig({ kubeconfig: base64(text) })),
                [
                    `login: is not set, and the kubeconfig's user "clusterUser_group_prod" (${mode}) is Entra's, ` +
                        'for whom kubelogin asks a person; write "workloadidentity", "spn", "azurecli", "msi" ' +
                        "or use the admin credentials",
                ],
            );
        }
        const silent = azure({ exec: execOf(ENTRA_ARGS.slice(0, -2)) });
        assert.match(
            refusal(() => aksKubeconfig({ kubeconfig: base64(silent) })).join("\n"),
            /\(devicecode\) is Entra's/,
        );
    });

    const without = (flag: string) => {
        const at = ENTRA_ARGS.indexOf(flag);
        return azure({ exec: execOf(ENTRA_ARGS.toSpliced(at, 2)) });
    };
    const login = (value: object | string) => value as EntraLogin;
    const cases: [string, string, EntraLogin | EntraLoginMode, RegExp][] = [
        [
            "a mode that is none",
            ENTRA,
            login("devicecode"),
            /^login: "devicecode" is not a way to log in with Entra; write "workloadidentity", .* or "msi"$/,
        ],
        [
            "a mode in an object",
            ENTRA,
            login({ mode: "x" }),
            /^login\.mode: "x" is not a way to log in/,
        ],
        [
            "a setting of another mode",
            ENTRA,
            { mode: "msi", tenantId: TENANT_ID },
            /^login\.tenantId: is set, and kubelogin takes none with "msi"; take it away$/,
        ],
        [
            "a setting that is unknown",
            ENTRA,
            login({ mode: "spn", clientSecret: "canary" }),
            /^login\.clientSecret: is set, and kubelogin takes none with "spn"; take it away$/,
        ],
        [
            "a value that is empty",
            ENTRA,
            { mode: "spn", clientId: "" },
            /^login\.clientId: "" is not a value for --client-id; write it, or take it away$/,
        ],
        [
            "a value that would be a flag",
            ENTRA,
            { mode: "azurecli", subscription: "--legacy" },
            /^login\.subscription: "--legacy" is not a value for --subscription/,
        ],
        [
            "an authority without its slash",
            ENTRA,
            { mode: "workloadidentity", authorityHost: "https://login.microsoftonline.com" },
            /^login\.authorityHost: ".*com" is not an authority; write one such as ".*com\/"$/,
        ],
        [
            "a managed identity by two names",
            ENTRA,
            { mode: "msi", clientId: MINE, identityResourceId: "/id" },
            /^login\.identityResourceId: is set, and so is login\.clientId; take one of them away$/,
        ],
        [
            "a kubeconfig without the server's application",
            without("--server-id"),
            "msi",
            /^kubeconfig: has no --server-id for kubelogin; give the one that Azure gives/,
        ],
        [
            "a service principal without a client",
            without("--client-id"),
            "spn",
            /^login\.clientId: is not set, and the kubeconfig names no client; write it$/,
        ],
        [
            "a service principal without a tenant",
            without("--tenant-id"),
            "spn",
            /^login\.tenantId: is not set, and the kubeconfig names no tenant; write it$/,
        ],
        [
            "half of a proof of possession",
            azure({ exec: execOf([...ENTRA_ARGS, "--pop-enabled"]) }),
            "spn",
            /^kubeconfig: has one of --pop-enabled and --pop-claims; give the one that Azure gives/,
        ],
    ];
    for (const [what, text, how, why] of cases) {
        it(`fails on ${what}`, () => {
            const lines = refusal(() => aksKubeconfig({ kubeconfig: base64(text), login: how }));
            assert.equal(lines.length, 1, lines.join("\n"));
            assert.match(lines[0]!, why);
            assert.ok(!lines[0]!.includes("canary"), lines[0]);
        });
    }

    for (const flag of ["--client-id", "--tenant-id"]) {
        it(`needs no ${flag} in the kubeconfig where the mode finds its own`, () => {
            for (const mode of ["workloadidentity", "azurecli", "msi"] as const) {
                assert.deepEqual(argsFor(without(flag), mode), get(mode));
            }
        });
    }
});

describe("what Azure gives of a cluster", () => {
    const texts: [string, string, RegExp][] = [
        ["nothing", "", /^kubeconfig: is not there; give the kubeconfig in Base64$/],
        [
            "a kubeconfig in clear",
            LOCAL,
            /^kubeconfig: is not Base64; give the kubeconfig as the vendor/,
        ],
        [
            "Base64 of something else",
            base64("canary"),
            /^kubeconfig: is Base64, but not of a kubeconfig/,
        ],
        [
            "Base64 of no YAML",
            base64("a: [canary"),
            /^kubeconfig: is Base64, but not of a kubeconfig/,
        ],
        [
            "another kind",
            base64("kind: Secret\nx: canary"),
            /^kubeconfig: is Base64, but not of a kube/,
        ],
        [
            "two documents",
            base64(`${LOCAL}---\n${LOCAL}`),
            /^kubeconfig: is Base64, but not of a kube/,
        ],
        [
            "an alias to nothing",
            base64("kind: Config\nx: *canary"),
            /^kubeconfig: is Base64, but not/,
        ],
    ];
    for (const [what, kubeconfig, why] of texts) {
        it(`fails on ${what}`, () => {
            const lines = refusal(() => aksKubeconfig({ kubeconfig }));
            assert.equal(lines.length, 1, lines.join("\n"));
            assert.match(lines[0]!, why);
            assert.ok(!lines[0]!.includes("canary"), lines[0]);
        });
    }

    it("fails on the login as well, at once", () => {
        const login = { mode: "msi", tenantId: TENANT_ID } as const;
        assert.deepEqual(
            refusal(() => aksKubeconfig({ kubeconfig: "", login })).map(
                (line) => line.split(":")[0],
            ),
            ["kubeconfig", "login.tenantId"],
        );
    });

    it("is refused or understood, whatever its users look like", () => {
        const odd = fc.oneof(
            fc.jsonValue(),
            fc.record({ name: fc.jsonValue(), user: fc.jsonValue() }, { requiredKeys: [] }),
            fc.record({ user: fc.record({ exec: fc.jsonValue() }) }),
            fc.record({
                user: fc.record({
                    exec: fc.record({ command: fc.constant("kubelogin"), args: fc.jsonValue() }),
                }),
            }),
            fc.record({
                user: fc.record({
                    "auth-provider": fc.record({
                        name: fc.constant("azure"),
                        config: fc.jsonValue(),
                    }),
                }),
            }),
        );
        const users = fc.oneof(fc.jsonValue(), fc.array(odd, { maxLength: 3 }));
        const logins = fc.constantFrom(undefined, ...ENTRA_LOGIN_MODES);
        fc.assert(
            fc.property(users, logins, (value, how) => {
                const text = JSON.stringify({ kind: "Config", users: value });
                try {
                    assert.equal(
                        typeof aksKubeconfig({ kubeconfig: base64(text), login: how }),
                        "string",
                    );
                } catch (error) {
                    assert.equal((error as Error).name, "InvalidKubeconfigParts", String(error));
                }
            }),
        );
    });
});
