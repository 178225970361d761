import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import {
    BatchV1Api,
    CoreV1Api,
    EventsV1Api,
    KubeConfig,
    type EventsV1Event,
} from "@kubernetes/client-node";
import type { Deployment } from "@pulumi/pulumi/automation/index.js";
import { Channel, ExistingCluster, FabricOrg, OrdererService, PeerNode } from "kubefabric";
import type { FabricOrgArgs } from "kubefabric";
import type { Role } from "kubefabric/internal/fabric/identities";
import {
    describe as describeCertificate,
    issueCertificate,
    publicKeyFingerprint,
} from "kubefabric/internal/fabric/x509";

import { makeCa } from "../fabric/authorities.ts";
import { runCheck, type CheckCronJob, type CheckRun } from "../support/certificateCheck.ts";
import {
    changes,
    cluster,
    engineKubeconfig,
    engineStack,
    needsEngine,
    removeNamespaces,
    type EngineStack,
} from "../support/engine.ts";

const mark = randomBytes(3).toString("hex");
const [ORDERERS, ORG, ENDING] = ["orderers", "org1", "ending"].map(
    (name) => `t${mark}-${name}`,
) as [string, string, string];
const RESOURCES = { requests: { cpu: "10m", memory: "64Mi" } };
const ADMIN_CA = "orderer-admin-ca-certificate";
const NODES = ["orderer-0", "orderer-1", "orderer-2"];

/** Three ordering nodes and a peer, and the first block of their channel: here nobody can join it. */
function network(): () => Promise<void> {
    return async () => {
        const target = new ExistingCluster("cluster", {
            kubeconfig: engineKubeconfig(),
            simulated: true,
        });
        const ordererOrg = new FabricOrg(ORDERERS, { cluster: target, mspId: "OrdererMSP" });
        const small = { ledgerSize: "1Gi", resources: RESOURCES };
        const orderers = new OrdererService("orderer", { org: ordererOrg, ...small });
        const org = new FabricOrg(ORG, { cluster: target, mspId: "Org1MSP" });
        const peer = new PeerNode("peer0", { org, ...small });
        new Channel("channel", { orderers: [orderers], peers: [peer] });
    };
}

const core = () => cluster().makeApiClient(CoreV1Api);

interface Identity {
    keys: string[];
    certificates: string[];
    publicKeys: string[];
}

/** Every node's keys and certificates as the cluster has them. */
async function identities(): Promise<Record<string, Identity>> {
    const lists = await Promise.all(
        [ORDERERS, ORG].map((namespace) => core().listNamespacedSecret({ namespace })),
    );
    const nodes = lists
        .flatMap(({ items }) => items)
        .filter(({ metadata }) => metadata?.name?.endsWith("-identity"));
    return Object.fromEntries(
        nodes.map(({ metadata, data = {} }) => {
            const textsOf = (...entries: string[]) =>
                entries.map((entry) => Buffer.from(data[entry] ?? "", "base64").toString());
            const certificates = textsOf("cert.pem", "tls.crt");
            return [
                metadata?.name ?? "",
                {
                    keys: textsOf("key.pem", "tls.key"),
                    certificates,
                    publicKeys: certificates.map(publicKeyFingerprint),
                },
            ];
        }),
    );
}

/** UIDs of the Pods of a namespace. */
async function podUids(namespace: string): Promise<Record<string, string>> {
    const { items } = await core().listNamespacedPod({ namespace });
    return Object.fromEntries(
        items.map(({ metadata }) => [metadata?.name ?? "", metadata?.uid ?? ""]),
    );
}

async function readyPods(namespace: string): Promise<string[]> {
    const { items } = await core().listNamespacedPod({ namespace });
    return items
        .filter(
            ({ metadata, status }) =>
                metadata?.deletionTimestamp === undefined &&
                status?.conditions?.some(
                    ({ type, status }) => type === "Ready" && status === "True",
                ),
        )
        .map(({ metadata }) => metadata?.name ?? "");
}

interface StateResource {
    urn: string;
    protect?: boolean;
    type: string;
    inputs: Record<string, unknown>;
    outputs: Record<string, unknown>;
}

function resourcesOf(state: Deployment): StateResource[] {
    return (state.deployment as { resources: StateResource[] }).resources;
}

const nameOf = ({ urn }: { urn: string }) => urn.split("::").at(-1) ?? "";

type Exported = string | { plaintext: string };

interface CertificateInputs {
    profile: "signing" | "tls";
    commonName: string;
    role: Role;
    organization: string;
    hosts?: string[];
    publicKeyPem: string;
    caCertificatePem: Exported;
    caPrivateKeyPem: Exported;
}

/** A value of an exported state, which wraps a secret in an object of its own. */
function plain(value: Exported): string {
    return typeof value === "string" ? value : (JSON.parse(value.plaintext) as string);
}

/**
 * Puts a certificate in its last third into the state for each that it has: the same key, the same
 * names, issued as always, but for a minute. As every certificate begins five minutes before it is
 * issued, most of its life is over.
 */
async function age(engine: EngineStack): Promise<string[]> {
    const state = await engine.stack.exportStack();
    const aged = resourcesOf(state).filter(({ type }) => type.endsWith("kubefabric:Certificate"));
    for (const { inputs, outputs } of aged) {
        const of = inputs as unknown as CertificateInputs;
        const certificatePem = await issueCertificate({
            profile: of.profile,
            subject: {
                commonName: of.commonName,
                organizationalUnit: of.role,
                organization: of.organization,
            },
            hosts: of.hosts,
            publicKeyPem: of.publicKeyPem,
            ca: {
                certificatePem: plain(of.caCertificatePem),
                privateKeyPem: plain(of.caPrivateKeyPem),
            },
            validityDays: 1 / 1440,
            now: new Date(),
        });
        Object.assign(outputs, {
            certificatePem,
            notAfter: describeCertificate(certificatePem).notAfter,
        });
    }
    await engine.stack.importStack(state);
    return aged.map(nameOf);
}

describe("renewal of every certificate on the real engine", function () {
    needsEngine(this);
    this.timeout(300_000);
    let engine: EngineStack;
    before(async () => {
        engine = await engineStack("kubefabric-certificates");
        await engine.run(network());
    });
    after(async () => {
        await removeNamespaces(ORDERERS, ORG);
        engine.forget();
    });

    it("is left alone while they are young", async () => {
        assert.deepEqual(await engine.steps(network()), []);
    });

    it("changes certificates and what holds them, restarts each node once, and touches nothing else", async () => {
        const block = await genesisBlock(engine);
        const [before, orderersBefore, peersBefore] = [
            await identities(),
            await podUids(ORDERERS),
            await podUids(ORG),
        ];
        const aged = await age(engine);
        assert.equal(aged.length, 11, "two of each node, two administrators, one of the endpoints");

        const watch = watchReadiness(ORDERERS);
        const steps = await engine.steps(network());
        const fewestReady = await watch.stop();

        assert.deepEqual(
            steps,
            [
                ...aged.map((name) => `update Certificate ${name}`),
                ...[...NODES, "peer0"].flatMap((node) => [
                    `update Secret ${node}-identity`,
                    `update StatefulSet ${node}`,
                ]),
                "update OrdererRollout orderer-rollout",
                "update ConfigMap orderer-certificates",
                `update ConfigMap ${ORDERERS}-certificate-check-certificates`,
                `update ConfigMap ${ORG}-certificate-check-certificates`,
            ].sort(),
        );
        assert.equal(await genesisBlock(engine), block, "the channel keeps its first block");
        const after = await identities();
        assert.deepEqual(Object.keys(after), Object.keys(before));
        for (const [secret, { keys, certificates, publicKeys }] of Object.entries(after)) {
            assert.deepEqual(keys, before[secret]!.keys, `${secret} has the keys it had`);
            assert.deepEqual(publicKeys, before[secret]!.publicKeys, secret);
            for (const [index, certificate] of certificates.entries()) {
                assert.notEqual(certificate, before[secret]!.certificates[index], secret);
            }
        }
        const state = await engine.stack.exportStack();
        const rollout = resourcesOf(state).find((each) => nameOf(each) === "orderer-rollout");
        assert.deepEqual((rollout!.outputs.replaced as string[]).toSorted(), NODES);
        assert.ok(fewestReady >= NODES.length - 1, `${fewestReady} were ready at the worst moment`);
        const restarted = (old: Record<string, string>, now: Record<string, string>) =>
            Object.keys(now).filter((name) => old[name] !== undefined && old[name] !== now[name]);
        assert.deepEqual(
            restarted(orderersBefore, await podUids(ORDERERS)).sort(),
            NODES.map((node) => `${node}-0`),
        );
        assert.deepEqual(restarted(peersBefore, await podUids(ORG)), ["peer0-0"]);
    });

    it("is over after one update: the next one changes nothing", async () => {
        const { summary } = await engine.run(network());
        assert.deepEqual(changes(summary), {});
    });

    it("comes with a new admin CA, whose key stays too, and reaches ordering nodes alone", async () => {
        const before = await identities();
        const peersBefore = await podUids(ORG);
        const state = await engine.stack.exportStack();
        const ca = resourcesOf(state).find((each) => nameOf(each) === ADMIN_CA)!;
        // As docs/certificates.md says: pulumi state unprotect URN, then pulumi up --replace URN.
        ca.protect = false;
        await engine.stack.importStack(state);
        await engine.stack.up({ program: network(), color: "never", replace: [ca.urn] });

        const renewed = resourcesOf(await engine.stack.exportStack());
        const named = (name: string) => renewed.find((each) => nameOf(each) === name)!;
        const pemOf = ({ outputs }: StateResource) => outputs.certificatePem as string;
        assert.notEqual(pemOf(named(ADMIN_CA)), pemOf(ca));
        assert.equal(publicKeyFingerprint(pemOf(named(ADMIN_CA))), publicKeyFingerprint(pemOf(ca)));
        assert.equal(named(ADMIN_CA).protect, true);
        const { data = {} } = await core().readNamespacedSecret({
            namespace: ORDERERS,
            name: "orderer-2-identity",
        });
        assert.equal(
            Buffer.from(data["admin-ca.crt"] ?? "", "base64").toString(),
            pemOf(named(ADMIN_CA)),
        );
        const { replaced } = named("orderer-rollout").outputs;
        assert.deepEqual((replaced as string[]).toSorted(), NODES, "they read it at start only");
        assert.deepEqual(await identities(), before, "no node has another identity");
        assert.deepEqual(await podUids(ORG), peersBefore);
    });

    it("is announced by a preview, which renews nothing", async () => {
        const aged = await age(engine);
        const before = await identities();
        const steps: string[] = [];
        await engine.stack.preview({
            program: network(),
            color: "never",
            onEvent: ({ resourcePreEvent }) => {
                const { op, urn = "" } = resourcePreEvent?.metadata ?? { op: "same" };
                if (op !== "same") {
                    steps.push(`${op} ${nameOf({ urn })}`);
                }
            },
        });
        assert.deepEqual(
            steps.filter((step) => step.endsWith("-certificate")).sort(),
            aged.map((name) => `update ${name}`).sort(),
        );
        assert.deepEqual(
            steps.filter((step) => !step.startsWith("update ")),
            [],
            "nothing would be replaced",
        );
        assert.deepEqual(await identities(), before);
    });
});

/** The channel's first block, base64. */
async function genesisBlock(engine: EngineStack): Promise<string> {
    const found = resourcesOf(await engine.stack.exportStack()).find(
        (each) => nameOf(each) === "channel-genesis-block",
    );
    const { block } = found!.outputs;
    assert.ok(typeof block === "string" && block.length > 1000);
    return block;
}

/** Counts ready Pods all the time, until it is stopped. */
function watchReadiness(namespace: string): { stop(): Promise<number> } {
    let fewest = Infinity;
    let stopped = false;
    const watching = (async () => {
        while (!stopped) {
            fewest = Math.min(fewest, (await readyPods(namespace)).length);
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
    })();
    return {
        stop: async () => {
            stopped = true;
            await watching;
            return fewest;
        },
    };
}

describe("the daily check against a real API server", function () {
    needsEngine(this);
    this.timeout(300_000);
    let engine: EngineStack;
    let output: string;
    let authorities: FabricOrgArgs["authorities"];
    const program = (peers: string[]) => async () => {
        const target = new ExistingCluster("cluster", { kubeconfig: engineKubeconfig() });
        const org = new FabricOrg(ENDING, {
            cluster: target,
            mspId: "EndingMSP",
            authorities,
            protection: "none",
        });
        for (const name of peers) {
            new PeerNode(name, { org, ledgerSize: "1Gi", resources: RESOURCES });
        }
    };
    before(async () => {
        const now = new Date();
        authorities = {
            signing: await makeCa("signing", { now, validityDays: 20 }),
            tls: await makeCa("tls", { now, validityDays: 4000 }),
        };
        engine = await engineStack("kubefabric-check");
        output = (await engine.run(program(["peer0"]))).stdout;
    });
    after(async () => {
        await removeNamespaces(ENDING);
        engine.forget();
    });

    it("is preceded by the update's own warning of the CA that ends, and of no other", () => {
        assert.match(
            output,
            /authorities\.signing of FabricOrg ".*-ending" ends on .*, in 19 days/,
        );
        assert.doesNotMatch(output, /authorities\.tls of FabricOrg/);
    });

    it("tells of all certificates, and fails because some end soon", async () => {
        const { code, stdout, stderr } = await check();
        assert.deepEqual([code, stderr], [1, ""]);
        assert.deepEqual(metrics(stdout), [
            "/admin",
            "/signing-ca",
            "/tls-ca",
            "peer0/signing",
            "peer0/tls",
        ]);
    });

    it("left one event for each certificate that ends, about the object that holds it", async () => {
        await check();
        const found = (await events()).map(({ regarding, type, reason, note }) => [
            `${regarding?.kind}/${regarding?.name}`,
            type,
            reason,
            /^the (\S+) certificate of (.*) ends on/
                .exec(note ?? "")
                ?.slice(1)
                .join(" of "),
        ]);
        assert.deepEqual(found.sort(), [
            [
                "ConfigMap/certificates",
                "Warning",
                "CertificateExpiring",
                "admin of the organization",
            ],
            [
                "ConfigMap/certificates",
                "Warning",
                "CertificateExpiring",
                "signing-ca of the organization",
            ],
            ["StatefulSet/peer0", "Warning", "CertificateExpiring", "signing of peer0"],
        ]);
    });

    it("follows nodes that come and go, and is not touched by them", async () => {
        const steps = await engine.steps(program(["peer0", "peer1"]));
        assert.deepEqual(
            steps.filter((step) => !/^create \w+ peer1(-|$)/.test(step)),
            [],
        );
        assert.ok(metrics((await check()).stdout).includes("peer1/tls"));
        await engine.run(program(["peer0"]));
        assert.ok(!metrics((await check()).stdout).includes("peer1/tls"));
    });

    it("may read no Secret, no log, and nothing of another namespace", async () => {
        const config = new KubeConfig();
        const { server, caData } = cluster().getCurrentCluster()!;
        config.loadFromClusterAndUser(
            { name: "c", server, caData, skipTLSVerify: false },
            { name: "check", token: await token() },
        );
        const api = config.makeApiClient(CoreV1Api);
        const pod = { namespace: ENDING, name: "peer0-0" };
        for (const [what, call] of Object.entries({
            "list Secrets": () => api.listNamespacedSecret({ namespace: ENDING }),
            "read a Secret": () =>
                api.readNamespacedSecret({ namespace: ENDING, name: "peer0-identity" }),
            "read a log": () => api.readNamespacedPodLog(pod),
            "delete a Pod": () => api.deleteNamespacedPod(pod),
            "list elsewhere": () => api.listNamespacedPod({ namespace: "default" }),
        })) {
            await assert.rejects(call(), /HTTP-Code: 403/, what);
        }
        const { items } = await api.listNamespacedPod({ namespace: ENDING });
        assert.ok(items.length > 0, "what it may, it can");
    });

    it("has a Pod that the namespace's restrictions let in", async () => {
        const batch = cluster().makeApiClient(BatchV1Api);
        const { spec } = await batch.readNamespacedCronJob({
            namespace: ENDING,
            name: "certificate-check",
        });
        await batch.createNamespacedJob({
            namespace: ENDING,
            body: { metadata: { name: "by-hand" }, spec: spec.jobTemplate.spec },
        });
        const selector = { namespace: ENDING, labelSelector: "job-name=by-hand" };
        let pods = 0;
        for (let tries = 0; pods === 0 && tries < 100; tries++) {
            pods = (await core().listNamespacedPod(selector)).items.length;
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
        const refusals = (await core().listNamespacedEvent({ namespace: ENDING })).items.filter(
            ({ reason }) => reason === "FailedCreate",
        );
        assert.deepEqual(
            refusals.map(({ message }) => message),
            [],
        );
        assert.equal(pods, 1);
    });

    /** Runs the program that lies in the cluster, with the token that its Pod would have. */
    async function check(): Promise<CheckRun> {
        const name = "certificate-check";
        const [{ data = {} }, cronJob] = await Promise.all([
            core().readNamespacedConfigMap({ namespace: ENDING, name }),
            cluster().makeApiClient(BatchV1Api).readNamespacedCronJob({ namespace: ENDING, name }),
        ]);
        const { server, caData } = cluster().getCurrentCluster()!;
        const { hostname, port } = new URL(server);
        return runCheck(cronJob as unknown as CheckCronJob, data, {
            host: hostname,
            port,
            token: await token(),
            ca: Buffer.from(caData ?? "", "base64").toString(),
        });
    }

    async function token(): Promise<string> {
        const { status } = await core().createNamespacedServiceAccountToken({
            namespace: ENDING,
            name: "certificate-check",
            body: { spec: { audiences: [], expirationSeconds: 3600 } },
        });
        return status?.token ?? "";
    }

    async function events(): Promise<EventsV1Event[]> {
        const { items } = await cluster()
            .makeApiClient(EventsV1Api)
            .listNamespacedEvent({ namespace: ENDING });
        return items.filter(({ reason }) => reason === "CertificateExpiring");
    }
});

/** The `node/use` of each metric that a check printed. */
function metrics(stdout: string): string[] {
    return [...stdout.matchAll(/node="([^"]*)",use="([^"]*)"} \d+$/gm)]
        .map(([, node, use]) => `${node}/${use}`)
        .sort();
}
