import assert from "node:assert/strict";

import { parse } from "yaml";

import { mspLayout, nodeOuConfig, TLS_FILES } from "kubefabric/internal/fabric/msp";

/** What Kubernetes allows as a key of a Secret. */
const SECRET_KEY = /^[-._a-zA-Z0-9]{1,253}$/;

describe("nodeOuConfig", () => {
    it("is the YAML that Fabric reads: four units, no certificate beside them", () => {
        assert.deepEqual(parse(nodeOuConfig()), {
            NodeOUs: {
                Enable: true,
                ClientOUIdentifier: { OrganizationalUnitIdentifier: "client" },
                PeerOUIdentifier: { OrganizationalUnitIdentifier: "peer" },
                AdminOUIdentifier: { OrganizationalUnitIdentifier: "admin" },
                OrdererOUIdentifier: { OrganizationalUnitIdentifier: "orderer" },
            },
        });
    });
});

describe("mspLayout", () => {
    it("is the folder that Fabric reads", () => {
        assert.deepEqual(mspLayout(), [
            { key: "ca.pem", path: "cacerts/ca.pem" },
            { key: "cert.pem", path: "signcerts/cert.pem" },
            { key: "key.pem", path: "keystore/key.pem" },
            { key: "tlsca.pem", path: "tlscacerts/tlsca.pem" },
            { key: "config.yaml", path: "config.yaml" },
        ]);
    });

    it("gives each intermediate a file of its own, in the folder of its kind", () => {
        const paths = mspLayout({ signing: 2, tls: 1 }).map(({ path }) => path);
        assert.deepEqual(paths.slice(5), [
            "intermediatecerts/ca-0.pem",
            "intermediatecerts/ca-1.pem",
            "tlsintermediatecerts/tlsca-0.pem",
        ]);
    });

    it("uses keys that a Secret can have, each once", () => {
        const keys = mspLayout({ signing: 3, tls: 3 }).map(({ key }) => key);
        assert.equal(new Set(keys).size, keys.length);
        for (const key of [...keys, ...Object.values(TLS_FILES)]) {
            assert.match(key, SECRET_KEY);
        }
    });
});
