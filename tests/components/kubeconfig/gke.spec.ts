import assert from "node:assert/strict";

import fc from "fast-check";
import {
    gkeKubeconfig,
    type GkeKubeconfigParts,
} from "kubefabric/internal/components/clusters/kubeconfig/gke";

import { base64, pem, read, refusal } from "../../support/kubeconfigs.ts";

const CA = base64(pem("CERTIFICATE", "the certificate of the cluster"));
const PARTS: GkeKubeconfigParts = {
    endpoint: "203.0.113.7",
    caCertificate: CA,
    context: "gke_project_europe-west4_prod",
    login: "plugin",
};
const TOKEN = "ya29.canary_token-1";

describe("the kubeconfig of a GKE cluster", () => {
    it("logs in with Google's plugin", () => {
        const { context, cluster, user, exec } = read(gkeKubeconfig(PARTS));
        assert.equal(context, PARTS.context);
        assert.equal(cluster.server, "https://203.0.113.7");
        assert.equal(cluster.caData, CA);
        assert.equal(cluster.skipTLSVerify, false);
        assert.equal(exec?.apiVersion, "client.authentication.k8s.io/v1beta1");
        assert.equal(exec?.command, "gke-gcloud-auth-plugin");
        assert.equal(exec?.provideClusterInfo, true);
        assert.equal(exec?.interactiveMode, "Never");
        assert.match(exec?.installHint ?? "", /^Install gke-gcloud-auth-plugin/);
        assert.equal(user.token, undefined);
    });

    it("logs in with a token, and with nothing else", () => {
        const { user, exec } = read(gkeKubeconfig({ ...PARTS, login: "token", token: TOKEN }));
        assert.equal(user.token, TOKEN);
        assert.equal(exec, undefined);
    });

    it("takes the endpoint with its scheme, a slash, a port or as a DNS name", () => {
        const serverOf = (endpoint: string) =>
            read(gkeKubeconfig({ ...PARTS, endpoint })).cluster.server;
        assert.equal(serverOf("https://203.0.113.7"), "https://203.0.113.7");
        assert.equal(serverOf("https://203.0.113.7/"), "https://203.0.113.7");
        assert.equal(serverOf("203.0.113.7:8443"), "https://203.0.113.7:8443");
        assert.equal(serverOf("[2001:db8::7]"), "https://[2001:db8::7]");
        const dns = "gke-0123abcd-123456789012.europe-west4.gke.goog";
        assert.equal(serverOf(dns), `https://${dns}`);
    });

    it("has no CA where none is given: a DNS endpoint's certificate is of a public authority", () => {
        const { caCertificate: _, ...parts } = PARTS;
        assert.equal(read(gkeKubeconfig(parts)).cluster.caData, undefined);
    });

    it("keeps every name and token, whatever YAML would make of it", () => {
        const printable = fc.string({ minLength: 1, unit: "grapheme-ascii" });
        fc.assert(
            fc.property(
                printable.filter((name) => name.trim() === name),
                printable.map((text) => text.replace(/\s/g, "") || "1e3"),
                (context, token) => {
                    const parts = { ...PARTS, context, login: "token", token } as const;
                    const config = read(gkeKubeconfig(parts));
                    assert.equal(config.context, context);
                    assert.equal(config.user.token, token);
                },
            ),
        );
        for (const token of ["1234567890123456789012", "1e3", "true", "null", "~", "0x1f"]) {
            const { user } = read(gkeKubeconfig({ ...PARTS, login: "token", token }));
            assert.equal(user.token, token);
        }
    });

    const cases: [string, Partial<Record<keyof GkeKubeconfigParts, unknown>>, RegExp][] = [
        [
            "an endpoint that is not there",
            { endpoint: undefined },
            /^endpoint: is not there; write/,
        ],
        ["an empty endpoint", { endpoint: "" }, /^endpoint: is not there; write one such as/],
        [
            "an endpoint without TLS",
            { endpoint: "http://203.0.113.7" },
            /^endpoint: "http:\/\/203.0.113.7" is not encrypted; write it with https:\/\/$/,
        ],
        ...[
            "not a host",
            "https://",
            "https:///x",
            "host/path",
            "host?q",
            "ftp://host",
            "34.1.2",
        ].map((endpoint): [string, { endpoint: string }, RegExp] => [
            `the endpoint ${endpoint}`,
            { endpoint },
            /^endpoint: ".*" is not the address of an API server; write one such as "https:\/\/203/,
        ]),
        [
            "a certificate that is not Base64",
            { caCertificate: "%%%" },
            /^caCertificate: is not Base64; give the certificate as the vendor gives it$/,
        ],
        [
            "a certificate as PEM where Base64 of it is due",
            { caCertificate: pem("CERTIFICATE", "x") },
            /^caCertificate: is not Base64/,
        ],
        [
            "Base64 of something else",
            { caCertificate: base64("hello") },
            /^caCertificate: is Base64, but not of a certificate in PEM; give that$/,
        ],
        [
            "Base64 of a key",
            { caCertificate: base64(pem("PRIVATE KEY", "canary")) },
            /^caCertificate: is Base64, but not of a certificate/,
        ],
        ["an empty certificate", { caCertificate: "" }, /^caCertificate: is not there; give/],
        ["an empty context", { context: "" }, /^context: "" is not a name for a context; write/],
        ["a context with a line end", { context: "a\nb" }, /^context: "a\\nb" is not a name/],
        [
            "a login that is none",
            { login: "gcloud" },
            /^login: "gcloud" is not a way to log in to GKE; write "plugin" or "token"$/,
        ],
        [
            "a login by token without one",
            { login: "token" },
            /^token: is not there; give the token$/,
        ],
        [
            "a token beside the plugin",
            { token: TOKEN },
            /^token: is set, and the login is with the plugin; take it away, or write login: "token"$/,
        ],
        [
            "a token with a line end",
            { login: "token", token: `${TOKEN}\n` },
            /^token: has characters that no token has, such as spaces or line ends; give the token alone$/,
        ],
    ];
    for (const [what, parts, why] of cases) {
        it(`fails on ${what}`, () => {
            const lines = refusal(() =>
                gkeKubeconfig({ ...PARTS, ...parts } as GkeKubeconfigParts),
            );
            assert.equal(lines.length, 1, lines.join("\n"));
            assert.match(lines[0]!, why);
        });
    }

    it("fails on everything at once, and shows no secret", () => {
        const secret = "canary-secret";
        const lines = refusal(() =>
            gkeKubeconfig({
                endpoint: `https://user:${secret}@203.0.113.7`,
                caCertificate: `${secret}!`,
                context: "",
                login: "token",
                token: `${secret} ${secret}`,
            }),
        );
        assert.deepEqual(
            lines.map((line) => line.split(":")[0]),
            ["endpoint", "caCertificate", "context", "token"],
        );
        assert.ok(!lines.join("\n").includes(secret), lines.join("\n"));
    });
});
