import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import { CoreV1Api } from "@kubernetes/client-node";
import { ExistingCluster, FabricOrg, PeerNode, type GivenAuthorities } from "kubefabric";

import { OpenSsl } from "../fabric/authorities.ts";
import {
    changes,
    cluster,
    engineKubeconfig,
    engineStack,
    needsEngine,
    removeNamespaces,
    type EngineStack,
} from "../support/engine.ts";

const NAMESPACE = `t${randomBytes(3).toString("hex")}-own`;
const KEY = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
const SIGNS = "keyUsage=critical,keyCertSign";
const CA = ["basicConstraints=critical,CA:TRUE", SIGNS, "subjectKeyIdentifier=hash"];

describe("an organization under intermediate CAs of its own", function () {
    needsEngine(this);
    this.timeout(300_000);
    let engine: EngineStack;
    let authorities: GivenAuthorities;
    before(async function () {
        if (!OpenSsl.isThere()) {
            this.skip();
        }
        const openssl = new OpenSsl();
        const [root, tlsRoot] = ["/CN=Root", "/CN=TLS root"].map((subject) =>
            openssl.selfSigned(KEY, subject, SIGNS),
        ) as [ReturnType<OpenSsl["selfSigned"]>, ReturnType<OpenSsl["selfSigned"]>];
        authorities = {
            signing: {
                ...openssl.issued(root, "/CN=Issuing", ...CA),
                chainPem: root.certificatePem,
            },
            tls: {
                ...openssl.issued(tlsRoot, "/CN=TLS", ...CA),
                chainPem: tlsRoot.certificatePem,
            },
        };
        openssl.remove();
        engine = await engineStack("authorities");
    });
    after(async () => {
        await removeNamespaces(NAMESPACE);
        engine?.forget();
    });

    const program = (recover: boolean) => async () => {
        const target = new ExistingCluster("cluster", { kubeconfig: engineKubeconfig(), recover });
        const org = new FabricOrg(NAMESPACE, { cluster: target, mspId: "OwnMSP", authorities });
        new PeerNode("peer0", { org, ledgerSize: "1Gi" });
    };
    async function identity(): Promise<Record<string, string>> {
        const core = cluster().makeApiClient(CoreV1Api);
        const secret = await core.readNamespacedSecret({
            namespace: NAMESPACE,
            name: "peer0-identity",
        });
        return secret.data!;
    }

    it("is made by one update, with its chains, and a second one changes nothing", async () => {
        await engine.run(program(false));
        const { "tls.crt": tls = "", "ca-intermediate-0.pem": issuer = "" } = await identity();
        const text = Buffer.from(tls, "base64").toString();
        assert.equal(text.match(/BEGIN CERTIFICATE/g)?.length, 2);
        assert.equal(Buffer.from(issuer, "base64").toString(), authorities.signing.certificatePem);
        const { summary } = await engine.run(program(false));
        assert.deepEqual(changes(summary), {});
    });

    it("is read back after its state was lost, every byte of its nodes' files", async () => {
        const before = await identity();
        engine.forget();
        engine = await engineStack("authorities");
        await engine.run(program(true));
        assert.deepEqual(await identity(), before);
        await engine.run(program(false));
        const { summary } = await engine.run(program(false));
        assert.deepEqual(changes(summary), {});
        assert.deepEqual(await identity(), before);
    });
});
