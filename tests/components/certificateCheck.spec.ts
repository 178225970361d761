import assert from "node:assert/strict";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";

import {
    OrdererService,
    PeerNode,
    type CertificateCheckArgs,
    type FabricCluster,
    type FabricOrgArgs,
} from "kubefabric";
import { lifeOfCa, LIVES } from "kubefabric/internal/fabric/identities";
import { checkFabricOrgArgs } from "kubefabric/internal/components/fabricOrgArgs";
import { generateKey } from "kubefabric/internal/fabric/x509";
import type { RecordedResource, Recording } from "kubefabric/testing";

import { later, makeCa, makeCertificate } from "../fabric/authorities.ts";
import { runCheck, type CheckCronJob } from "../support/certificateCheck.ts";
import { recordNetwork, testCluster, testOrg } from "../support/network.ts";

/** One organization with a peer and an ordering node. */
function program(check?: false | CertificateCheckArgs, vendor: "gke" | "local" = "gke") {
    return () => {
        const org = testOrg({ cluster: testCluster({ vendor }), certificateCheck: check });
        new OrdererService("orderer", { org, nodes: 1 });
        new PeerNode("peer0", { org });
        new PeerNode("peer1", { org, identitySecretName: "kept-elsewhere" });
    };
}

interface PodSpec {
    serviceAccountName?: string;
    automountServiceAccountToken: boolean;
    securityContext: Record<string, unknown>;
    imagePullSecrets: unknown[];
    priorityClassName?: string;
    containers: {
        image: string;
        env: { name: string; value: string }[];
        securityContext: Record<string, unknown>;
    }[];
    volumes: Record<string, unknown>[];
}

const ofCheck = ({ name }: RecordedResource) => /-certificate(-check|s$)/.test(name);

interface Policy {
    spec: {
        podSelector: { matchLabels: Record<string, string> };
        policyTypes: string[];
        egress: { ports: unknown[] }[];
    };
}

function cronJobOf(recording: Recording) {
    const { inputs } = recording.find("CronJob", "org1-certificate-check-job");
    const { schedule, jobTemplate } = inputs.spec as {
        schedule: string;
        jobTemplate: {
            spec: { template: { metadata: { labels: Record<string, string> }; spec: PodSpec } };
        };
    };
    return { schedule, template: jobTemplate.spec.template };
}

const podOf = (recording: Recording) => cronJobOf(recording).template.spec;

function settingsOf(recording: Recording): Record<string, string> {
    const { env } = podOf(recording).containers[0]!;
    return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

function programOf(recording: Recording): Record<string, string> {
    const { inputs } = recording.find("ConfigMap", "org1-certificate-check-program");
    return (inputs as { data: Record<string, string> }).data;
}

describe("an organization's check of certificates", () => {
    let recording: Recording;
    before(async () => {
        recording = await recordNetwork(program());
    });

    it("is there by default, and not on a local cluster or where it is turned off", async () => {
        const count = async (...args: Parameters<typeof program>) =>
            (await recordNetwork(program(...args))).resources.filter(ofCheck).length;
        assert.equal(recording.resources.filter(ofCheck).length, 9);
        assert.equal(await count(undefined, "local"), 0);
        assert.equal(await count(false), 0);
        assert.equal(await count({}, "local"), 9);
    });

    it("makes nothing wait for it", () => {
        const urns = new Set(recording.resources.filter(ofCheck).map(({ urn }) => urn));
        for (const resource of recording.resources.filter((each) => !ofCheck(each))) {
            const waits = resource.dependencies.filter((urn) => urns.has(urn));
            assert.deepEqual(waits, [], resource.name);
        }
    });

    it("starts once it may do what it does", () => {
        const job = recording.find("CronJob", "org1-certificate-check-job");
        assert.deepEqual(recording.dependenciesOf(job), [
            "ConfigMap org1-certificate-check-program",
            "NetworkPolicy org1-certificate-check-policy",
            "RoleBinding org1-certificate-check-binding",
        ]);
        assert.equal(recording.parentOf(job), "CertificateCheck org1-certificate-check");
    });

    it("may list what is public and raise events, and may read no Secret", () => {
        const { inputs } = recording.find("Role", "org1-certificate-check-role");
        assert.deepEqual(inputs.rules, [
            { apiGroups: [""], resources: ["configmaps", "pods"], verbs: ["list"] },
            { apiGroups: ["apps"], resources: ["statefulsets"], verbs: ["list"] },
            { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create"] },
        ]);
    });

    it("has the one Pod with a token, under an account of its own, and mounts nothing but its program", () => {
        const pod = podOf(recording);
        assert.equal(pod.automountServiceAccountToken, true);
        assert.equal(pod.serviceAccountName, "certificate-check");
        assert.deepEqual(
            pod.volumes.map(({ name: _name, ...source }) => Object.keys(source)),
            [["configMap"]],
        );
        for (const { inputs, name } of recording.ofKind("StatefulSet")) {
            const { spec } = inputs as { spec: { template: { spec: PodSpec } } };
            assert.equal(spec.template.spec.automountServiceAccountToken, false, name);
        }
        for (const { inputs, name } of recording.ofKind("ServiceAccount")) {
            assert.equal(inputs.automountServiceAccountToken, false, name);
        }
    });

    it("is as restricted as the namespace demands, with a root file system that is read-only", () => {
        const pod = podOf(recording);
        assert.equal(pod.securityContext.runAsNonRoot, true);
        assert.deepEqual(pod.securityContext.seccompProfile, { type: "RuntimeDefault" });
        assert.deepEqual(pod.containers[0]!.securityContext, {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            privileged: false,
            readOnlyRootFilesystem: true,
        });
    });

    it("is taken by no rule for nodes, and may dial out but to low ports", () => {
        const { inputs } = recording.find("NetworkPolicy", "org1-certificate-check-policy");
        const { spec } = inputs as unknown as Policy;
        const label = "app.kubernetes.io/component";
        const component = cronJobOf(recording).template.metadata.labels[label];
        assert.deepEqual(spec.podSelector.matchLabels, { [label]: component });
        assert.ok(!["peer", "orderer"].includes(component!));
        assert.deepEqual(spec.policyTypes, ["Egress"]);
        assert.deepEqual(spec.egress, [
            {
                ports: [
                    { protocol: "TCP", port: 443 },
                    { protocol: "TCP", port: 6443 },
                    { protocol: "TCP", port: 1024, endPort: 65535 },
                ],
            },
        ]);
    });

    it("opens the port of a Pushgateway that has a low one", async () => {
        const portsOf = async (pushgateway: string) => {
            const recorded = await recordNetwork(program({ pushgateway }));
            const { inputs } = recorded.find("NetworkPolicy", "org1-certificate-check-policy");
            return (inputs as unknown as Policy).spec.egress[0]!.ports.slice(3);
        };
        assert.deepEqual(await portsOf("http://push.example.com/path"), [
            { protocol: "TCP", port: 80 },
        ]);
        assert.deepEqual(await portsOf("http://push.example.com:91"), [
            { protocol: "TCP", port: 91 },
        ]);
        assert.deepEqual(await portsOf("https://push.example.com"), []);
    });

    it("finds each node's certificates in an annotation of its Pods, where they are known", () => {
        const livesOf = (node: string) => {
            const { inputs } = recording.find("StatefulSet", node);
            const { spec } = inputs as {
                spec: { template: { metadata: { annotations: Record<string, string> } } };
            };
            return spec.template.metadata.annotations[LIVES.annotation];
        };
        for (const node of ["orderer-0", "peer0"]) {
            const lives = JSON.parse(livesOf(node)!) as Record<string, { notAfter: string }>;
            assert.deepEqual(Object.keys(lives), ["signing", "tls"]);
            assert.equal(lives.tls?.notAfter, "2039-01-01T00:00:00.000Z");
        }
        assert.equal(livesOf("peer1"), undefined);
    });

    it("finds all others in two ConfigMaps, of the organization and of the ordering service", () => {
        const published = (name: string) => {
            const { inputs } = recording.find("ConfigMap", name);
            const { metadata, data } = inputs as {
                metadata: { name: string; labels: Record<string, string> };
                data: Record<string, string>;
            };
            const owner = metadata.labels["app.kubernetes.io/instance"];
            return [metadata.name, owner, Object.keys(JSON.parse(data[LIVES.entry]!) as object)];
        };
        assert.deepEqual(published("org1-certificate-check-certificates"), [
            "certificates",
            undefined,
            ["signing-ca", "tls-ca", "admin"],
        ]);
        assert.deepEqual(published("orderer-certificates"), [
            "orderer-certificates",
            "orderer",
            ["admin-ca", "admin"],
        ]);
    });

    it("registers no key", () => {
        for (const resource of recording.resources.filter(ofCheck)) {
            assert.doesNotMatch(JSON.stringify(resource.inputs), /canary/, resource.name);
        }
    });

    it("takes its settings, and what the organization's other Pods need to start", async () => {
        const recorded = await recordNetwork(() =>
            testOrg({
                imagePullSecrets: ["login"],
                certificateValidityDays: 60,
                certificateCheck: {
                    schedule: "@hourly",
                    image: "registry.example.com/node:22",
                    pushgateway: "http://push:9091",
                    placement: { priorityClassName: "low" },
                },
            }),
        );
        const pod = podOf(recorded);
        assert.equal(cronJobOf(recorded).schedule, "@hourly");
        assert.equal(pod.containers[0]!.image, "registry.example.com/node:22");
        assert.deepEqual(pod.imagePullSecrets, [{ name: "login" }]);
        assert.equal(pod.priorityClassName, "low");
        const settings = settingsOf(recorded);
        assert.equal(settings.PUSHGATEWAY, "http://push:9091");
        assert.equal(settings.WARN_DAYS, "20", "no earlier than an update renews");
        assert.equal(settings.ORGANIZATION, "Org1MSP");
        assert.equal(settings.NAMESPACE, "org1");
    });

    it("says 30 days where the lives of certificates leave room for them", () => {
        assert.equal(settingsOf(recording).WARN_DAYS, "30");
    });
});

describe("the check's arguments", () => {
    const problemsOf = (certificateCheck: unknown, certificateValidityDays?: number) =>
        checkFabricOrgArgs("org1", {
            cluster: { name: "of-these-arguments" } as FabricCluster,
            mspId: "OfTheseArgumentsMSP",
            certificateValidityDays,
            certificateCheck: certificateCheck as CertificateCheckArgs,
        }).map(({ path, reason }) => `${path}: ${reason}`);

    for (const fine of [
        undefined,
        false,
        {},
        { schedule: "@daily", image: `a/b@sha256:${"0".repeat(64)}`, warnDays: 365 },
        { pushgateway: "https://push.example.com/prefix/" },
        { warnDays: 0.5 },
    ]) {
        it(`may be ${JSON.stringify(fine)}`, () => {
            assert.deepEqual(problemsOf(fine), []);
        });
    }

    const wrong: [args: unknown, problem: RegExp][] = [
        [true, /^certificateCheck: "true" is neither false nor settings; write false, or {}/],
        [null, /^certificateCheck: "null" is neither/],
        [{ schedule: "daily" }, /^certificateCheck.schedule: "daily" is not a schedule/],
        [{ image: "" }, /^certificateCheck.image: "" is not the name of an image/],
        [{ image: "node 22" }, /^certificateCheck.image: "node 22" is not the name of an image/],
        [
            { warnDays: 0 },
            /^certificateCheck.warnDays: 0 is not a number of days; write one such as 30/,
        ],
        [{ warnDays: "30" }, /^certificateCheck.warnDays: "30" is not a number of days/],
        [
            { warnDays: 366 },
            /366 is more than a third of certificateValidityDays \(1095\).*; write 365 or less$/,
        ],
        [{ pushgateway: "push:9091" }, /pushgateway: "push:9091" is not an address with http/],
        [{ pushgateway: "" }, /pushgateway: "" is not an address/],
        [
            { pushgateway: "http://me:canary@push:9091" },
            /pushgateway: holds a user or a password, which everyone/,
        ],
        [{ pushgateway: "http://push:9091/?job=x" }, /has more than a path after its host/],
    ];
    for (const [args, problem] of wrong) {
        it(`fails on ${JSON.stringify(args)}`, () => {
            const found = problemsOf(args);
            assert.equal(found.length, 1);
            assert.match(found[0]!, problem);
            assert.doesNotMatch(found[0]!, /canary/);
        });
    }

    it("fails on days that no update could do something about, by the life that is given", () => {
        assert.deepEqual(problemsOf({ warnDays: 20 }, 60), []);
        assert.match(problemsOf({ warnDays: 21 }, 60)[0]!, /\(60\).*write 20 or less/);
        assert.match(problemsOf({ warnDays: 1 }, 2)[0]!, /\(2\).*leave it out/);
    });

    it("fails with all problems at once, before anything is registered", async () => {
        const recorded = await recordNetwork(() => {
            const args = { schedule: "x", image: "", warnDays: -1, pushgateway: "y" };
            assert.throws(
                () => testOrg({ mspId: "no spaces", certificateCheck: args }),
                /mspId:.*certificateCheck.schedule:.*image:.*warnDays:.*pushgateway:/s,
            );
        });
        assert.deepEqual(recorded.ofKind("FabricOrg"), []);
    });
});

describe("the check's program, as its ConfigMap has it", function () {
    this.timeout(30_000);
    let recording: Recording;
    let ca: { certificatePem: string; privateKeyPem: string };
    let server: FakeServer;
    before(async () => {
        recording = await recordNetwork(program());
        ca = await makeCa("kubernetes", { now: new Date() });
        server = await startServer(ca);
    });
    after(() => server.close());
    beforeEach(() => server.reset());

    const run = (pod: Partial<Parameters<typeof runCheck>[2]> = {}, of: Recording = recording) =>
        runCheck(
            of.find("CronJob", "org1-certificate-check-job").inputs as unknown as CheckCronJob,
            programOf(of),
            {
                host: "127.0.0.1",
                port: server.port,
                token: "t0ken\n",
                ca: ca.certificatePem,
                ...pod,
            },
        );

    const today = new Date(Math.floor(Date.now() / 1000) * 1000);
    const ending = (days: number) => ({
        metadata: { name: "peer0", uid: "u" },
        spec: {
            template: {
                metadata: {
                    annotations: {
                        [LIVES.annotation]: JSON.stringify({
                            tls: {
                                notBefore: later(-1000, today),
                                notAfter: later(days, today),
                                caNotAfter: later(4000, today),
                            },
                        }),
                    },
                },
            },
        },
    });

    it("needs nothing but Node itself", () => {
        const needed = Object.values(programOf(recording)).flatMap((text) =>
            [...text.matchAll(/(?:require|import)\(["']([^"']+)["']\)/g)].map(([, name]) => name!),
        );
        assert.ok(needed.length >= 5);
        for (const name of needed) {
            assert.match(name, /^node:|^\.\/check$|^\.\.\/\.\.\/fabric\/identities$/);
        }
    });

    it("asks the API server with its token, prints metrics and ends well", async () => {
        server.sets = [ending(4000 - 1)];
        const { code, stdout, stderr } = await run();
        assert.deepEqual([code, stderr], [0, ""]);
        assert.match(stdout, /_seconds{organization="Org1MSP",node="peer0",use="tls"} \d+\n/);
        assert.match(stdout, /OK no certificate ends in less than 30 days\n$/);
        assert.deepEqual(
            [...new Set(server.requests.map(({ authorization }) => authorization))],
            ["Bearer t0ken"],
        );
    });

    it("raises its event and ends with 1 where a certificate ends soon", async () => {
        server.sets = [ending(10)];
        const { code, stdout } = await run();
        assert.equal(code, 1);
        assert.match(stdout, /WARNING the tls certificate of peer0 ends on .*, in 9 days;/);
        const [event] = server.requests.filter(({ method }) => method === "POST");
        assert.equal(event?.url, "/apis/events.k8s.io/v1/namespaces/org1/events");
        assert.equal((JSON.parse(event.body) as { reason: string }).reason, "CertificateExpiring");
    });

    it("puts its metrics to the Pushgateway that is given, below its path", async () => {
        const gateway = await startGateway();
        try {
            const recorded = await recordNetwork(program({ pushgateway: `${gateway.url}/prefix` }));
            server.sets = [ending(3999)];
            const { code, stderr } = await run({}, recorded);
            assert.deepEqual([code, stderr], [0, ""]);
            assert.deepEqual(
                gateway.requests.map(({ method, url }) => `${method} ${url}`),
                [
                    "PUT /prefix/metrics/job/kubefabric_certificates/organization/Org1MSP/namespace/org1",
                ],
            );
            assert.match(gateway.requests[0]!.body, /^# HELP .*\n.*\n.*use="tls"} \d+\n$/);
        } finally {
            gateway.close();
        }
    });

    it("fails with 2 where the API server refuses it, answers nothing or is not the one it trusts", async () => {
        server.status = 401;
        const refused = await run();
        assert.equal(refused.code, 2);
        assert.match(
            refused.stderr,
            /^ERROR the certificates were not checked: the API server.*401/,
        );
        server.reset();
        const absent = await run({ port: "1" });
        assert.equal(absent.code, 2);
        assert.match(absent.stderr, /https:\/\/127.0.0.1:1 cannot be reached: .*ECONNREFUSED/);
        const stranger = await run({ ca: (await makeCa("stranger")).certificatePem });
        assert.equal(stranger.code, 2);
        assert.match(stranger.stderr, /cannot be reached: .*certificate/);
        assert.deepEqual(server.requests, [], "a stranger was told no token");
    });
});

describe("an update's warning of a CA that ends", () => {
    let authorities: Record<"short" | "long", NonNullable<FabricOrgArgs["authorities"]>>;
    before(async () => {
        const pair = async (days: number) => ({
            signing: await makeCa("signing", { now: new Date(), validityDays: days }),
            tls: await makeCa("tls", { now: new Date(), validityDays: days }),
        });
        authorities = { short: await pair(100), long: await pair(366) };
    });

    it("names each CA of one's own that ends within a year, and when", async () => {
        const warnings = await warningsOf(() => testOrg({ authorities: authorities.short }));
        assert.equal(warnings.length, 2);
        for (const role of ["signing", "tls"]) {
            const words = `authorities\\.${role} of FabricOrg "org1" ends on [0-9-]+, in 99 days`;
            assert.equal(warnings.filter((line) => new RegExp(words).test(line)).length, 1, role);
        }
    });

    it("says nothing of one that has longer", async () => {
        assert.deepEqual(await warningsOf(() => testOrg({ authorities: authorities.long })), []);
    });

    it("names the CAs that were made, that of the admin endpoints too, in previews as well", async () => {
        const { certificatePem } = await makeCa("ca", { now: new Date(), validityDays: 100 });
        const CaCertificate = { certificatePem, life: lifeOfCa(certificatePem) };
        for (const preview of [false, true]) {
            const warnings = await warningsOf(program(), { preview, outputs: { CaCertificate } });
            assert.deepEqual(
                warnings.map((line) => /the CA (\S+) ends on/.exec(line)?.[1]).sort(),
                ["orderer-admin-ca", "org1-signing-ca", "org1-tls-ca"],
            );
        }
    });

    it("waits until a CA is known", async () => {
        const outputs = { CaCertificate: {} };
        assert.deepEqual(await warningsOf(program(), { preview: true, outputs }), []);
    });
});

/** Lines that a program warns with. */
async function warningsOf(
    run: () => unknown,
    options: Parameters<typeof recordNetwork>[1] = {},
): Promise<string[]> {
    const lines: string[] = [];
    const { warn } = console;
    console.warn = (line: string) => lines.push(line);
    try {
        await recordNetwork(run, options);
    } finally {
        console.warn = warn;
    }
    return lines;
}

interface Asked {
    method: string;
    url: string;
    authorization?: string;
    body: string;
}

interface FakeServer {
    port: string;
    /** StatefulSets that it lists. */
    sets: unknown[];
    /** What it answers where that is not the usual. */
    status?: number;
    requests: Asked[];
    reset(): void;
    close(): void;
}

/** An API server with a certificate of `ca` that knows lists and takes events. */
async function startServer(ca: { certificatePem: string; privateKeyPem: string }) {
    const key = await generateKey();
    const cert = await makeCertificate({
        ca,
        key,
        profile: "tls",
        hosts: ["127.0.0.1"],
        now: new Date(),
    });
    const fake: Omit<FakeServer, "port" | "close"> = {
        sets: [],
        requests: [],
        reset: () => Object.assign(fake, { sets: [], status: undefined, requests: [] }),
    };
    const server = https.createServer({ key: key.privateKeyPem, cert }, (request, response) =>
        noted(request, fake.requests, ({ method, url }) => {
            const items = url.startsWith("/apis/apps/") ? fake.sets : [];
            response.statusCode = fake.status ?? (method === "POST" ? 201 : 200);
            response.end(JSON.stringify({ items }));
        }),
    );
    const port = await listening(server);
    return Object.assign(fake, { port, close: () => void server.close() }) as FakeServer;
}

async function startGateway() {
    const requests: Asked[] = [];
    const server = http.createServer((request, response) =>
        noted(request, requests, () => response.end()),
    );
    const url = `http://127.0.0.1:${await listening(server)}`;
    return { url, requests, close: () => server.close() };
}

function noted(request: http.IncomingMessage, into: Asked[], then: (asked: Asked) => void): void {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => (body += part));
    request.on("end", () => {
        const { method = "", url = "", headers } = request;
        const asked = { method, url, authorization: headers.authorization, body };
        into.push(asked);
        then(asked);
    });
}

async function listening(server: http.Server): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `${(server.address() as AddressInfo).port}`;
}
