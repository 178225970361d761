import assert from "node:assert/strict";

import {
    iksKubeconfig,
    type IksKubeconfigParts,
} from "kubefabric/internal/components/clusters/kubeconfig/iks";

import { base64, pem, read, refusal } from "../../support/kubeconfigs.ts";

const CA = pem("CERTIFICATE", "the certificate of the cluster");
const CERTIFICATE = pem(
    "CERTIFICATE",
    "the certificate of the administrator, longer than a line of PEM",
);
const KEY = pem("RSA PRIVATE KEY", "canary-key");
const PARTS: IksKubeconfigParts = {
    host: "https://c100.eu-de.containers.cloud.ibm.com:30000",
    caCertificate: CA,
    context: "prod",
    adminCertificate: CERTIFICATE,
    adminKey: KEY,
};
const TOKEN = "eyJ0eXAi.canary.token";

describe("the kubeconfig of an IKS cluster", () => {
    it("holds the administrator's certificate and key", () => {
        const { context, cluster, user } = read(iksKubeconfig(PARTS));
        assert.equal(context, "prod");
        assert.equal(cluster.server, PARTS.host);
        assert.equal(cluster.caData, base64(CA));
        assert.equal(user.certData, base64(CERTIFICATE));
        assert.equal(user.keyData, base64(KEY));
        assert.equal(user.token, undefined);
    });

    it("names no file and no program", () => {
        const { cluster, user } = read(iksKubeconfig(PARTS));
        const { caFile } = cluster;
        const { certFile, keyFile, exec, authProvider } = user;
        const outside = [caFile, certFile, keyFile, exec, authProvider];
        assert.deepEqual(
            outside.map((value) => value ?? undefined),
            outside.map(() => undefined),
        );
    });

    it("holds a token where there is no certificate, absent or empty", () => {
        for (const nothing of [undefined, ""]) {
            const parts = { ...PARTS, adminCertificate: nothing, adminKey: nothing, token: TOKEN };
            const { user } = read(iksKubeconfig(parts));
            assert.equal(user.token, TOKEN);
            assert.equal(user.certData, undefined);
            assert.equal(user.keyData, undefined);
        }
    });

    it("prefers the certificate, which does not end after 20 minutes", () => {
        for (const token of [TOKEN, "not even a token"]) {
            const { user } = read(iksKubeconfig({ ...PARTS, token }));
            assert.equal(user.token, undefined);
            assert.equal(user.keyData, base64(KEY));
        }
    });

    it("takes keys of every kind that is not encrypted", () => {
        for (const label of ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"]) {
            const adminKey = pem(label, "key");
            assert.equal(
                read(iksKubeconfig({ ...PARTS, adminKey })).user.keyData,
                base64(adminKey),
            );
        }
    });

    const cases: [string, Partial<Record<keyof IksKubeconfigParts, unknown>>, RegExp][] = [
        ["a host that is not there", { host: undefined }, /^host: is not there; write one such as/],
        [
            "a host that is none",
            { host: "c100 eu-de" },
            /^host: "c100 eu-de" is not the address of/,
        ],
        [
            "a CA that is not there, as on OpenShift",
            { caCertificate: "" },
            /^caCertificate: is not there; give the certificate as PEM, which begins with -----BEGIN CERT/,
        ],
        [
            "a CA in Base64",
            { caCertificate: base64(CA) },
            /^caCertificate: is not a certificate in PEM; give the certificate as PEM/,
        ],
        [
            "a CA that is cut off",
            { caCertificate: CA.slice(0, -10) },
            /^caCertificate: is not a certificate in PEM/,
        ],
        [
            "a CA whose content is not Base64",
            { caCertificate: CA.replace(/^[^-]/m, "!") },
            /^caCertificate: is not a certificate in PEM/,
        ],
        [
            "a key in place of a certificate",
            { adminCertificate: KEY },
            /^adminCertificate: is not a certificate in PEM/,
        ],
        [
            "a certificate in place of a key",
            { adminKey: CERTIFICATE },
            /^adminKey: is not a private key in PEM; give the private key as PEM, which begins with -----B/,
        ],
        [
            "a certificate without its key",
            { adminKey: "" },
            /^adminKey: is not there; give the priv/,
        ],
        [
            "a key without its certificate",
            { adminCertificate: undefined },
            /^adminCertificate: is not there; give the certificate as PEM/,
        ],
        [
            "an encrypted key",
            { adminKey: pem("ENCRYPTED PRIVATE KEY", "canary-key") },
            /^adminKey: is encrypted, and nobody is there to type the password; give the key in clear$/,
        ],
        [
            "neither a certificate nor a token",
            { adminCertificate: "", adminKey: "", token: "" },
            /^adminCertificate: is not there, and neither is a token; read the cluster's configuration with/,
        ],
        [
            "a token that is none",
            { adminCertificate: "", adminKey: "", token: "Bearer canary" },
            /^token: has characters that no token has/,
        ],
        [
            "a context that is not there",
            { context: undefined },
            /^context: .* is not a name for a con/,
        ],
    ];
    for (const [what, parts, why] of cases) {
        it(`fails on ${what}`, () => {
            const lines = refusal(() =>
                iksKubeconfig({ ...PARTS, ...parts } as IksKubeconfigParts),
            );
            assert.equal(lines.length, 1, lines.join("\n"));
            assert.match(lines[0]!, why);
            assert.ok(!lines[0]!.includes("canary"), lines[0]);
        });
    }

    it("fails on everything at once", () => {
        const wrong = {
            host: "",
            caCertificate: "x",
            context: "",
            adminCertificate: "x",
            adminKey: "x",
        };
        assert.deepEqual(
            refusal(() => iksKubeconfig(wrong)).map((line) => line.split(":")[0]),
            ["host", "caCertificate", "context", "adminCertificate", "adminKey"],
        );
    });
});
