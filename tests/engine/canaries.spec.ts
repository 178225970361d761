import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import {
    AppsV1Api,
    BatchV1Api,
    CoreV1Api,
    NetworkingV1Api,
    PolicyV1Api,
    StorageV1Api,
} from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import type * as automation from "@pulumi/pulumi/automation/index.js";
import {
    Channel,
    ExistingCluster,
    FabricOrg,
    LedgerStorageClass,
    OrdererService,
    PeerNode,
} from "kubefabric";
import type { CertificateAuthority } from "kubefabric/internal/fabric/x509";

import {
    cluster,
    engineKubeconfig,
    engineStack,
    needsEngine,
    removeNamespaces,
    type EngineStack,
} from "../support/engine.ts";
import { makeCa } from "../fabric/authorities.ts";

const mark = randomBytes(3).toString("hex");
const [ORDERERS, OWN] = [`t${mark}-orderers`, `t${mark}-own`];
const RESOURCES = { requests: { cpu: "10m", memory: "64Mi" } };

/** Texts that a user hands over as secrets, besides keys and the kubeconfig. */
const CANARIES = {
    kubeconfig: `canary-kubeconfig-${mark}`,
    console: `https://console.example.com/?token=canary-console-${mark}`,
    location: `canary-location-${mark}`,
    image: `registry.example.com/canary-image-${mark}:1`,
    encryptionKey: `projects/canary-key-${mark}/keys/ledgers`,
    couchDbImage: `registry.example.com/canary-couchdb-${mark}:1`,
};

/** A kubeconfig with one more user, whose token nothing uses. */
function kubeconfigWith(canary: string): string {
    const user = `users:\n  - name: canary\n    user:\n      token: ${canary}\n`;
    return engineKubeconfig().replace("users:\n", user);
}

interface Shape {
    signing: CertificateAuthority;
    tls: CertificateAuthority;
    recover?: boolean;
    kubeconfig?: string;
}

/** Hands a secret over in every argument that takes one. */
function network({ signing, tls, recover, kubeconfig }: Shape) {
    return async () => {
        const target = new ExistingCluster("cluster", {
            kubeconfig: pulumi.secret(kubeconfig ?? kubeconfigWith(CANARIES.kubeconfig)),
            console: pulumi.secret(CANARIES.console),
            location: pulumi.secret(CANARIES.location),
            recover,
            simulated: true,
        });
        // A class that nothing here uses: its disks are Google's.
        new LedgerStorageClass(`canary-${mark}`, {
            cluster: { ...target, vendor: "gke" },
            profile: "pd-balanced",
            storageClassName: `canary-${mark}`,
            encryptionKey: pulumi.secret(CANARIES.encryptionKey),
        });
        const ordererOrg = new FabricOrg(ORDERERS, { cluster: target, mspId: "OrdererMSP" });
        const orderers = new OrdererService("orderer", {
            org: ordererOrg,
            nodes: 1,
            ledgerSize: "1Gi",
            resources: RESOURCES,
            image: pulumi.secret(CANARIES.image),
        });
        const org = new FabricOrg(OWN, {
            cluster: target,
            mspId: "OwnMSP",
            // Not marked as secrets by the user: what a key is, the component knows itself.
            authorities: { signing, tls },
        });
        const peer = new PeerNode("peer0", {
            org,
            ledgerSize: "1Gi",
            resources: RESOURCES,
            stateDatabase: "CouchDB",
            couchDb: {
                size: "1Gi",
                resources: RESOURCES,
                image: pulumi.secret(CANARIES.couchDbImage),
            },
        });
        new Channel("channel", { channelId: "mychannel", orderers: [orderers], peers: [peer] });
        return {
            console: target.console,
            location: target.location,
            definitions: [ordererOrg.definition, org.definition],
            endpoint: peer.endpoint,
            // Read by this test; `pulumi up` shows such outputs as [secret].
            admins: pulumi.all([ordererOrg, org, orderers].map(({ admin }) => admin.privateKeyPem)),
            authorities: pulumi.all(
                [
                    ordererOrg.signingCa,
                    ordererOrg.tlsCa,
                    orderers.adminCa,
                    org.signingCa,
                    org.tlsCa,
                ].map(({ privateKeyPem }) => privateKeyPem),
            ),
        };
    };
}

/** Lines of a key's PEM with the key itself; what follows them is its public half. */
const SECRET_LINES = 2;

/** What a text would show of a secret: itself, its lines (a PEM in JSON has them), its base64. */
function traces(secret: string): string[] {
    const lines = secret.split("\n").filter((line) => !line.startsWith("-----"));
    // In another text's base64, one of the three alignments of the middle is found.
    const aligned = [0, 1, 2].map((shift) =>
        Buffer.from(secret.slice(shift)).toString("base64").slice(4, -8),
    );
    return [...lines.slice(0, SECRET_LINES), ...aligned];
}

/** Names of the secrets that a text shows. */
function shownIn(text: string, secrets: ReadonlyMap<string, string>): string[] {
    return [...secrets]
        .filter(([, secret]) => traces(secret).some((trace) => text.includes(trace)))
        .map(([name]) => name);
}

describe("secrets in every argument", function () {
    needsEngine(this);
    this.timeout(300_000);
    let engine: EngineStack;
    let own: { signing: CertificateAuthority; tls: CertificateAuthority };
    /** Everything that must not be seen, by what it is. */
    const secrets = new Map(Object.entries(CANARIES));
    /** All that the runs printed and reported. */
    let said = "";

    /** Runs a command of the engine and keeps what it says. */
    const listening = {
        color: "never",
        diff: true,
        onOutput: (text: string) => void (said += text),
        onError: (text: string) => void (said += text),
        onEvent: (event: automation.EngineEvent) => {
            // The SDK itself reports every value to the engine for `--debug`; nobody is shown these.
            if (!event.diagnosticEvent?.prefix?.startsWith("debug")) {
                said += JSON.stringify(event);
            }
        },
    } as const;

    before(async () => {
        engine = await engineStack("canaries");
        own = {
            signing: await makeCa("own-ca", { now: new Date() }),
            tls: await makeCa("own-tls", { now: new Date() }),
        };
        secrets
            .set("own signing CA", own.signing.privateKeyPem)
            .set("own TLS CA", own.tls.privateKeyPem);
        await engine.stack.preview({ ...listening, program: network(own) });
        const { outputs } = await engine.stack.up({ ...listening, program: network(own) });
        for (const name of ["admins", "authorities"]) {
            assert.equal(outputs[name]?.secret, true);
            for (const [index, key] of (outputs[name]?.value as string[]).entries()) {
                assert.match(key, /PRIVATE KEY/);
                secrets.set(`${name}[${index}]`, key);
            }
        }
        const core = cluster().makeApiClient(CoreV1Api);
        for (const namespace of [ORDERERS, OWN]) {
            const { items } = await core.listNamespacedSecret({ namespace });
            for (const { metadata, data = {} } of items) {
                for (const [entry, value] of Object.entries(data)) {
                    const text = Buffer.from(value, "base64").toString();
                    if (/PRIVATE KEY/.test(text) || entry.endsWith("password")) {
                        secrets.set(`${namespace}/${metadata?.name} ${entry}`, text);
                    }
                }
            }
        }
    });
    after(async () => {
        await removeNamespaces(ORDERERS, OWN);
        const storage = cluster().makeApiClient(StorageV1Api);
        await storage.deleteStorageClass({ name: `canary-${mark}` }).catch(() => undefined);
        engine.forget();
    });

    it("are known to this test, all of them", () => {
        const names = [...secrets.keys()].join("\n");
        for (const name of [
            `${OWN}/peer0-couchdb couchdb-password`,
            `${OWN}/peer0-identity key.pem`,
            `${OWN}/peer0-identity tls.key`,
            `${ORDERERS}/orderer-0-identity tls.key`,
            `${ORDERERS}/orderer-admin-ca ca.key`,
            "admins[2]",
            "authorities[4]",
        ]) {
            assert.ok(secrets.has(name), `${name} in\n${names}`);
        }
        assert.ok(shownIn(own.tls.privateKeyPem, secrets).includes("own TLS CA"));
        const encoded = Buffer.from(`{"password":"${CANARIES.kubeconfig}"}`).toString("base64");
        assert.deepEqual(shownIn(encoded, secrets), ["kubeconfig"]);
    });

    it("are not in the state, in clear or in base64", async () => {
        const state = await engine.exported();
        assert.ok(state.includes("kubefabric:PrivateKey") && state.includes("ciphertext"));
        assert.deepEqual(shownIn(state, secrets), []);
    });

    it("are in no object of the cluster but Secrets, except the images, which a Pod must name", async () => {
        const config = cluster();
        const [core, apps] = [config.makeApiClient(CoreV1Api), config.makeApiClient(AppsV1Api)];
        const network = config.makeApiClient(NetworkingV1Api);
        const batch = config.makeApiClient(BatchV1Api);
        const policy = config.makeApiClient(PolicyV1Api);
        for (const namespace of [ORDERERS, OWN]) {
            const objects = await Promise.all([
                core.readNamespace({ name: namespace }),
                core.listNamespacedService({ namespace }),
                core.listNamespacedServiceAccount({ namespace }),
                core.listNamespacedConfigMap({ namespace }),
                core.listNamespacedPersistentVolumeClaim({ namespace }),
                core.listNamespacedPod({ namespace }),
                core.listNamespacedEvent({ namespace }),
                apps.listNamespacedStatefulSet({ namespace }),
                apps.listNamespacedControllerRevision({ namespace }),
                batch.listNamespacedCronJob({ namespace }),
                network.listNamespacedNetworkPolicy({ namespace }),
                policy.listNamespacedPodDisruptionBudget({ namespace }),
            ]);
            const text = JSON.stringify(objects);
            assert.ok(text.includes('"StatefulSet"') || text.includes("updateStrategy"));
            const images = namespace === OWN ? ["couchDbImage"] : ["image"];
            assert.deepEqual(shownIn(text, secrets), images, namespace);
        }
    });

    it("are not in the state after a kubeconfig was rotated and keys were read back", async () => {
        const rotated = `canary-rotated-${mark}`;
        secrets.set("rotated kubeconfig", rotated);
        const shape = { ...own, kubeconfig: kubeconfigWith(rotated) };
        await engine.stack.up({ ...listening, program: network({ ...shape, recover: true }) });
        assert.deepEqual(shownIn(await engine.exported(), secrets), []);
        await engine.stack.up({ ...listening, program: network(shape) });
        assert.deepEqual(shownIn(await engine.exported(), secrets), []);
    });

    it("are not said when they do not fit", async () => {
        const swapped = {
            signing: { ...own.signing, privateKeyPem: own.tls.privateKeyPem },
            tls: own.tls,
        };
        await assert.rejects(
            engine.stack.up({ ...listening, program: network(swapped) }),
            (error: Error) => {
                said += error.message;
                return /authorities\.signing\.privateKeyPem: is not the key of/.test(error.message);
            },
        );
    });

    it("are never said: not by a preview, an update, its events or a failure", () => {
        assert.ok(said.includes("peer0-identity") && said.includes("[secret]"));
        assert.deepEqual(shownIn(said, secrets), []);
    });
});
