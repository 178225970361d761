import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { request, type RequestOptions } from "node:https";
import { text } from "node:stream/consumers";

import {
    ExistingCluster,
    FabricOrg,
    LedgerStorageClass,
    OrdererService,
    PeerNode,
    type NodeArgs,
} from "kubefabric";
import type { Recording } from "kubefabric/testing";

import { cluster, needsEngine, removeNamespaces } from "../support/engine.ts";
import { recordLocalExample } from "../support/localExample.ts";
import { KUBECONFIG, recordNetwork } from "../support/network.ts";

const mark = `t${randomBytes(3).toString("hex")}`;

interface PodTemplate {
    metadata: object;
    spec: object;
}

interface Manifest {
    apiVersion: string;
    kind: string;
    metadata: { name: string; namespace?: string; labels: Record<string, string> };
    spec?: { template?: PodTemplate; jobTemplate?: { spec: { template: PodTemplate } } };
}

/** A node with everything that a user can say about it. */
const EVERYTHING: NodeArgs = {
    image: "registry.example.com/fabric@sha256:" + "0".repeat(64),
    ledgerSize: "1.5Gi",
    resources: {
        requests: { cpu: "0.5", memory: "1G" },
        limits: { cpu: "1500m", memory: "2Gi" },
    },
    placement: {
        priorityClassName: "system-cluster-critical",
        nodeSelector: { "kubernetes.io/arch": "amd64" },
        tolerations: [{ key: "fabric", operator: "Exists", effect: "NoSchedule" }],
    },
    logSpecification: "info:gossip=warning",
};

/** A network with every argument that changes a manifest. */
function everything(): void {
    const target = new ExistingCluster("cluster", {
        kubeconfig: KUBECONFIG,
        storageClassName: "standard",
        ledgerAccessMode: "ReadWriteOncePod",
        zones: 3,
        // Claims are adopted, which changes them.
        recover: true,
    });
    const shared = {
        cluster: target,
        imageRegistry: "registry.example.com/fabric",
        imagePullSecrets: ["registry-login"],
        egressPorts: [443, 17051],
    };
    const ordererOrg = new FabricOrg("orderers", { ...shared, mspId: "Orderer.MSP-1" });
    new OrdererService("orderer", {
        ...EVERYTHING,
        org: ordererOrg,
        nodes: 5,
        externalHosts: { 0: ["orderer0.example.com", "192.0.2.7"], 4: ["2001:db8::1"] },
        externalPort: 443,
        identitySecretNames: { 1: "given-identity" },
    });
    const org = new FabricOrg("org1", { ...shared, mspId: "Org1MSP", namespace: "1-org" });
    new PeerNode("peer0", { ...EVERYTHING, org, externalHosts: ["peer0.example.com"] });
    new PeerNode("couch0", {
        ...EVERYTHING,
        org,
        stateDatabase: "CouchDB",
        couchDb: { size: "3Gi", resources: { limits: { cpu: "1", memory: "1Gi" } } },
    });
    new PeerNode("given0", { org, identitySecretName: "given-identity" });
    // An older Fabric has a configuration file of its own.
    new PeerNode("older0", {
        org,
        fabricVersion: "2.5.16",
        externalHosts: ["older0.example.com"],
        advertise: "external",
    });
    const checked = new FabricOrg("org2", {
        ...shared,
        mspId: "Org2MSP",
        certificateCheck: {
            schedule: "5 4 * * 0",
            image: "registry.example.com/node:24",
            warnDays: 60,
            pushgateway: "https://push.example.com/prefix",
        },
        outside: {
            domain: "org2.example.com",
            sourceRanges: ["203.0.113.0/24"],
            annotations: { "example.com/owner": "org2" },
            administration: "outside",
        },
    });
    const bft = new OrdererService("bft", { org: checked, consensus: "BFT", nodes: 4 });
    new PeerNode("beside0", { org: checked, orderers: [bft] });
    new LedgerStorageClass(`${mark}-class`, {
        cluster: { ...target, vendor: "aks" },
        profile: "premium-zrs",
        encryptionKey:
            "/subscriptions/1/resourceGroups/2/providers/Microsoft.Compute/diskEncryptionSets/3",
    });
}

/** Everything that goes to a cluster, in namespaces of this test. */
function manifestsOf(recording: Recording, prefix: string): Manifest[] {
    const moved = (name?: string) => name && `${prefix}-${name}`;
    return recording.resources
        .filter(({ type }) => type.startsWith("kubernetes:"))
        .map(({ inputs }) => {
            const manifest = inputs as unknown as Manifest;
            const { name, namespace } = manifest.metadata;
            const place =
                manifest.kind === "Namespace"
                    ? { name: moved(name)! }
                    : namespace === undefined
                      ? {}
                      : { namespace: moved(namespace) };
            return { ...manifest, metadata: { ...manifest.metadata, ...place } };
        });
}

/** The Pod that a StatefulSet makes, or a CronJob; nothing for other objects. */
function podsOf({ kind, metadata, spec }: Manifest): Manifest[] {
    const template = spec?.jobTemplate?.spec.template ?? spec?.template;
    if (template === undefined) {
        return [];
    }
    assert.ok(["StatefulSet", "CronJob"].includes(kind), kind);
    const pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
            ...(template.metadata as Manifest["metadata"]),
            name: `${metadata.name}-0`,
            namespace: metadata.namespace,
        },
        spec: template.spec,
    };
    return [pod];
}

/** Where objects of a kind are created. */
function pathOf({ apiVersion, kind, metadata: { namespace } }: Manifest): string {
    const plural = kind.toLowerCase().replace(/y$/, "ie").replace(/s$/, "se") + "s";
    return [
        apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`,
        ...(namespace === undefined ? [] : ["namespaces", namespace]),
        plural,
    ].join("/");
}

/**
 * Creates objects, or only asks the API server what it would say; a field that it does not know is an
 * error. Returns its objections and warnings: what it warns of it will refuse one day.
 */
async function create(
    manifests: readonly Manifest[],
    mode: "really" | "dry-run",
): Promise<string[]> {
    const config = cluster();
    const query = `?fieldValidation=Strict${mode === "dry-run" ? "&dryRun=All" : ""}`;
    const answers = manifests.map(async (manifest) => {
        const options: RequestOptions = {
            method: "POST",
            headers: { "content-type": "application/json" },
        };
        await config.applyToHTTPSOptions(options);
        const address = `${config.getCurrentCluster()!.server}${pathOf(manifest)}${query}`;
        const { status, warning, body } = await post(address, options, JSON.stringify(manifest));
        const said = [
            ...(status === 201 ? [] : [(JSON.parse(body) as { message: string }).message]),
            ...(warning === undefined ? [] : [warning]),
        ];
        return said.map((text) => `${manifest.kind} ${manifest.metadata.name}: ${text}`);
    });
    return (await Promise.all(answers)).flat();
}

function post(address: string, options: RequestOptions, body: string) {
    return new Promise<{ status?: number; warning?: string; body: string }>((resolve, reject) => {
        const call = request(address, options, (response) => {
            void text(response).then((read) =>
                resolve({
                    status: response.statusCode,
                    warning: response.headers.warning,
                    body: read,
                }),
            );
        });
        call.on("error", reject).end(body);
    });
}

const PROGRAMS = {
    "the local example": () => recordLocalExample(),
    "the local example with CouchDB": () => recordLocalExample({ stateDatabase: "CouchDB" }),
    "a network with every argument": () => recordNetwork(everything),
};

describe("manifests before the API server", function () {
    needsEngine(this);
    this.timeout(120_000);
    const namespaces: string[] = [];
    after(() => removeNamespaces(...namespaces));

    /** Admission asks for a Pod's namespace and account even in a dry run. */
    async function makeHomes(manifests: readonly Manifest[]): Promise<void> {
        const of = (kind: string) => manifests.filter((each) => each.kind === kind);
        namespaces.push(...of("Namespace").map(({ metadata }) => metadata.name));
        assert.deepEqual(await create(of("Namespace"), "really"), []);
        assert.deepEqual(await create(of("ServiceAccount"), "really"), []);
    }

    Object.entries(PROGRAMS).forEach(([program, record], number) => {
        describe(`of ${program}`, () => {
            let manifests: Manifest[];
            before(async () => {
                manifests = manifestsOf(await record(), `${mark}-${number}`);
                await makeHomes(manifests);
            });

            it("have no field that it does not know and no value that it refuses", async () => {
                const others = manifests.filter(
                    ({ kind }) => !["Namespace", "ServiceAccount"].includes(kind),
                );
                const kinds = new Set(others.map(({ kind }) => kind));
                assert.ok(kinds.size >= 6, [...kinds].join());
                assert.deepEqual(await create(others, "dry-run"), []);
            });

            it("make Pods that the profile “restricted” lets in", async () => {
                const pods = manifests.flatMap(podsOf);
                assert.ok(pods.length >= 5);
                assert.deepEqual(await create(pods, "dry-run"), []);
            });
        });
    });

    describe("that are wrong", () => {
        let manifests: Manifest[];
        const find = (kind: string) => manifests.find((manifest) => manifest.kind === kind)!;
        before(async () => {
            manifests = manifestsOf(await recordLocalExample(), `${mark}-wrong`);
            await makeHomes(manifests);
        });

        it("fail with a field that does not exist", async () => {
            const service = find("Service");
            const wrong = { ...service, spec: { ...service.spec, clusterIp: "None" } };
            const [said] = await create([wrong], "dry-run");
            assert.match(said ?? "", /unknown field "spec.clusterIp"/);
        });

        it("fail with a Pod that runs as root", async () => {
            const pod = podsOf(find("StatefulSet"))[0]!;
            const wrong = { ...pod, spec: { ...pod.spec, securityContext: {} } };
            const [said] = await create([wrong], "dry-run");
            assert.match(said ?? "", /violates PodSecurity "restricted/);
        });
    });
});
