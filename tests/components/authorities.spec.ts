import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { duplexPair } from "node:stream";
import { connect, createSecureContext, type PeerCertificate, TLSSocket } from "node:tls";

import * as pulumi from "@pulumi/pulumi";
import { FabricOrg, OrdererService, PeerNode, type GivenAuthorities } from "kubefabric";
import { parseOrgDefinition } from "kubefabric/internal/fabric/orgDefinition";
import type { CertificateAuthority } from "kubefabric/internal/fabric/x509";
import type { Recording } from "kubefabric/testing";

import { later, OpenSsl } from "../fabric/authorities.ts";
import { issuing, recordNetwork, testCluster, valueOf } from "../support/network.ts";

const P256 = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
const SIGNS = "keyUsage=critical,keyCertSign";
const CA = ["basicConstraints=critical,CA:TRUE", SIGNS, "subjectKeyIdentifier=hash"];

interface SecretVolume {
    secret: { secretName: string; items: { key: string; path: string }[] };
}

interface Annotated {
    metadata: { annotations: Record<string, string> };
    spec: { volumes: object[] };
}

/** The volume with a node's identity. */
function identityVolume(recording: Recording, node: string): SecretVolume["secret"] {
    const { inputs } = recording.find("StatefulSet", node);
    const { volumes } = (inputs as { spec: { template: Annotated } }).spec.template.spec;
    return volumes.find((volume): volume is SecretVolume => "secret" in volume)!.secret;
}

/** The files that a node finds in its identity folder, by path. */
function mounted(recording: Recording, node: string): Map<string, string> {
    const secret = identityVolume(recording, node);
    const { data } = recording.find("Secret", secret.secretName).inputs as {
        data: Record<string, string>;
    };
    return new Map(
        secret.items.map(({ key, path }) => {
            assert.ok(data[key] !== undefined, `the Secret of ${node} has no ${key}`);
            return [path, Buffer.from(data[key], "base64").toString()];
        }),
    );
}

const namesOf = (files: Map<string, string>, folder: string) =>
    [...files.keys()].filter((path) => path.startsWith(folder)).sort();
const countOf = (pem = "") => pem.match(/BEGIN CERTIFICATE/g)?.length ?? 0;

describe("intermediate CAs of one's own", function () {
    this.timeout(60_000);
    let openssl: OpenSsl;
    /** An issuing CA below a policy CA below a root for signing; one directly below its root for TLS. */
    let authorities: GivenAuthorities;
    let top: CertificateAuthority;
    let root: string;
    let tlsRoot: string;
    let recording: Recording;

    const program = (given?: GivenAuthorities) => () => {
        const cluster = testCluster();
        const org = new FabricOrg("org1", { cluster, mspId: "Org1MSP", authorities: given });
        new PeerNode("peer0", { org, externalHosts: ["peer0.example.com"] });
        new PeerNode("elsewhere0", { org, identitySecretName: "kept-elsewhere" });
        new OrdererService("orderer", { org, nodes: 1 });
        return org.definition;
    };

    before(async function () {
        if (!OpenSsl.isThere()) {
            this.skip();
        }
        openssl = new OpenSsl();
        top = openssl.selfSigned(P256, "/CN=Root", SIGNS);
        const policy = openssl.issued(top, "/CN=Policy", ...CA);
        const signing = openssl.issued(policy, "/CN=Issuing", ...CA);
        const tlsTop = openssl.selfSigned(["rsa:2048"], "/CN=TLS root", SIGNS);
        const tls = openssl.issued(tlsTop, "/CN=TLS", ...CA);
        [root, tlsRoot] = [top.certificatePem, tlsTop.certificatePem];
        authorities = {
            signing: { ...signing, chainPem: `${policy.certificatePem}${root}` },
            // As files often come: with a heading, and not ended by a line break.
            tls: { ...tls, chainPem: `subject=CN = TLS root\n${tlsRoot.trimEnd()}` },
        };
        recording = await recordNetwork(program(authorities), issuing);
    });
    after(() => openssl?.remove());

    for (const node of ["peer0", "orderer-0"]) {
        it(`give ${node} an MSP in which OpenSSL finds the way to the root`, () => {
            const files = mounted(recording, node);
            assert.deepEqual(namesOf(files, "msp/intermediatecerts/"), [
                "msp/intermediatecerts/ca-0.pem",
                "msp/intermediatecerts/ca-1.pem",
            ]);
            for (const [path, text] of files) {
                if (/certs\//.test(path)) {
                    assert.equal(countOf(text), 1, `${path}: Fabric reads the first one only`);
                }
            }
            assert.equal(files.get("msp/cacerts/ca.pem"), root);
            const between = namesOf(files, "msp/intermediatecerts/").map((path) => files.get(path));
            const own = files.get("msp/signcerts/cert.pem")!;
            const chain = `${between.join("")}${root}`;
            const now = later(0, new Date());
            assert.equal(openssl.verify(own, chain, "any", now), "OK");
            // Each of them is needed.
            assert.match(openssl.verify(own, root, "any", now), /unable to get local issuer/);
        });

        it(`give ${node} a TLS file that a client who knows only the root accepts`, async () => {
            const files = mounted(recording, node);
            assert.equal(countOf(files.get("tls/tls.crt")), 2);
            assert.equal(files.get("tls/ca.crt"), tlsRoot);
            assert.equal(files.get("msp/tlscacerts/tlsca.pem"), tlsRoot);
            assert.deepEqual(namesOf(files, "msp/tlsintermediatecerts/"), [
                "msp/tlsintermediatecerts/tlsca-0.pem",
            ]);
            const host = `${node}.org1.svc`;
            const seen = await handshake(files, tlsRoot, host);
            assert.equal(seen.subject.CN, node);
            const leaf = files.get("tls/tls.crt")!.split(/(?<=END CERTIFICATE-----\n)/)[0]!;
            await assert.rejects(
                handshake(new Map([...files, ["tls/tls.crt", leaf]]), tlsRoot, host),
                /unable to (verify the first|get local issuer)/,
            );
        });
    }

    it("ask a Secret that is kept elsewhere for the same entries", () => {
        const items = (node: string) => identityVolume(recording, node);
        assert.equal(items("elsewhere0").secretName, "kept-elsewhere");
        assert.deepEqual(items("elsewhere0").items, items("peer0").items);
    });

    it("are in the organization's definition, below its roots", async () => {
        const definition = await valueOf(
            recording.returned as pulumi.Output<{ signingIntermediatesPem?: string[] }>,
        );
        const read = parseOrgDefinition(JSON.stringify(definition), new Date());
        assert.equal(read.signingCaPem, root);
        assert.equal(read.tlsCaPem, tlsRoot);
        assert.equal(read.tlsIntermediatesPem?.length, 1);
        const [issuer, policy, ...others] = read.signingIntermediatesPem ?? [];
        assert.equal(issuer, authorities.signing.certificatePem);
        assert.ok(policy !== undefined && authorities.signing.chainPem!.startsWith(policy));
        assert.deepEqual(others, []);
    });

    it("restart nodes when a certificate above them is renewed, and only then", async () => {
        const digest = async (given?: GivenAuthorities) => {
            const { inputs } = (await recordNetwork(program(given))).find("StatefulSet", "peer0");
            const { annotations } = (inputs as { spec: { template: Annotated } }).spec.template
                .metadata;
            return annotations["kubefabric.io/certificates"];
        };
        const { certificatePem, privateKeyPem } = top;
        const again = openssl.run(
            ...["x509", "-in", certificatePem, "-signkey", privateKeyPem, "-days", "10"],
        );
        assert.notEqual(again, root);
        const { signing } = authorities;
        const chainPem = signing.chainPem!.replace(root, again);
        const renewed = { ...authorities, signing: { ...signing, chainPem } };
        assert.equal(await digest(authorities), await digest(authorities));
        assert.notEqual(await digest(renewed), await digest(authorities));
        // Without CAs above it, a node's own certificates decide, as they always did.
        const own = "placeholder-certificate".repeat(2);
        assert.equal(await digest(), createHash("sha256").update(own).digest("hex"));
    });

    it("may have a key that is not known yet", async () => {
        const { signing, tls } = authorities;
        const later = (text: pulumi.Input<string>) => pulumi.secret(pulumi.output(text));
        const found = await recordNetwork(
            program({
                signing: { ...signing, privateKeyPem: later(signing.privateKeyPem) },
                tls: { ...tls, certificatePem: later(tls.certificatePem) },
            }),
            issuing,
        );
        assert.equal(mounted(found, "peer0").get("msp/cacerts/ca.pem"), root);
        assert.equal(countOf(mounted(found, "peer0").get("tls/tls.crt")), 2);
    });
});

/** The certificate of the server, for a client that trusts `ca` and dials `host`. */
function handshake(files: Map<string, string>, ca: string, host: string): Promise<PeerCertificate> {
    const [near, far] = duplexPair();
    const server = new TLSSocket(near, {
        isServer: true,
        secureContext: createSecureContext({
            cert: files.get("tls/tls.crt"),
            key: files.get("tls/tls.key"),
        }),
    });
    return new Promise((resolve, reject) => {
        server.on("error", () => undefined);
        const client = connect({ socket: far, servername: host, ca });
        client.once("secureConnect", () => {
            resolve(client.getPeerCertificate());
            client.destroy();
        });
        client.once("error", reject);
    });
}
