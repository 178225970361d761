import assert from "node:assert/strict";

import { checkCertificates, type Answer } from "kubefabric/internal/clients/certificateCheck/check";
import { type CertificateLife, LIVES } from "kubefabric/internal/fabric/identities";

import { later, NOW } from "../fabric/authorities.ts";

type Lives = Record<string, CertificateLife>;

/** A life from one day to another, under a CA that lives long. */
const life = (from: number, until: number, ca = 6000): CertificateLife => ({
    notBefore: later(from).toISOString(),
    notAfter: later(until).toISOString(),
    caNotAfter: later(ca).toISOString(),
});

const FRESH: Lives = { signing: life(0, 1095), tls: life(0, 1095) };

interface Node {
    name: string;
    /** What its next Pod starts with; nothing where its keys are kept elsewhere. */
    next?: Lives;
    /** What its Pod started with; there is no Pod where this is absent. */
    running?: Lives;
}

interface Namespace {
    nodes?: Node[];
    /** Certificates that are no node's, by owner; the organization's under "". */
    others?: Record<string, Lives>;
    /** Answers other than the usual ones, by what the request begins with. */
    answers?: Record<string, Answer>;
}

interface RaisedEvent {
    regarding: { kind: string; uid: string };
    note: string;
}

const annotations = (lives?: Lives) => (lives ? { [LIVES.annotation]: JSON.stringify(lives) } : {});

/** The objects of a namespace as the API server lists them. */
function listed({ nodes = [], others = {} }: Namespace): Record<string, unknown[]> {
    return {
        "/apis/apps/v1/namespaces/org1/statefulsets": nodes.map(({ name, next }) => ({
            metadata: { name, uid: `uid-${name}` },
            spec: { template: { metadata: { annotations: annotations(next) } } },
        })),
        "/api/v1/namespaces/org1/pods": nodes.flatMap(({ name, running }) =>
            running ? [{ metadata: { name: `${name}-0`, annotations: annotations(running) } }] : [],
        ),
        "/api/v1/namespaces/org1/configmaps": [
            { metadata: { name: "certificate-check", uid: "u" }, data: { "main.js": "program" } },
            ...Object.entries(others).map(([owner, lives]) => ({
                metadata: {
                    name: owner ? `${owner}-certificates` : "certificates",
                    uid: `uid-of-map-${owner}`,
                    labels: owner ? { "app.kubernetes.io/instance": owner } : {},
                },
                data: { [LIVES.entry]: JSON.stringify(lives) },
            })),
        ],
    };
}

async function check(
    namespace: Namespace,
    {
        now = NOW,
        warnDays = 30,
        push = false,
    }: { now?: Date; warnDays?: number; push?: boolean } = {},
) {
    const asked: string[] = [];
    const events: RaisedEvent[] = [];
    const pushed: string[][] = [];
    const lines: string[] = [];
    const objects = listed(namespace);
    const special = (request: string) =>
        Object.entries(namespace.answers ?? {}).find(([start]) => request.startsWith(start))?.[1];
    const run = checkCertificates({
        organization: "Org1MSP",
        namespace: "org1",
        warnDays,
        now,
        api: async (method, path, body) => {
            asked.push(`${method} ${path}`);
            if (method === "POST") {
                events.push(body as RaisedEvent);
            }
            const usual =
                method === "POST"
                    ? { status: 201, text: "" }
                    : {
                          status: 200,
                          text: JSON.stringify({ items: objects[path.split("?")[0]!] }),
                      };
            return special(`${method} ${path}`) ?? usual;
        },
        ...(push && {
            push: async (path: string, metrics: string) => {
                pushed.push([path, metrics]);
                return special("PUSH") ?? { status: 200, text: "" };
            },
        }),
        log: (line) => lines.push(line),
    });
    return { code: await run, asked, events, pushed, log: lines.join("\n") };
}

describe("the daily check of certificates", () => {
    it("tells of every certificate of nodes, ordering service and organization in a metric", async () => {
        const { code, log } = await check({
            nodes: [{ name: "orderer-0", next: FRESH, running: FRESH }],
            others: {
                "": { "signing-ca": life(0, 5475, 5475), admin: life(0, 1095) },
                orderer: { "admin-ca": life(0, 5475, 5475) },
            },
        });
        assert.equal(code, 0);
        const [leaf, ca] = [1095, 5475].map((days) => later(days).getTime() / 1000);
        const name = "kubefabric_certificate_expires_timestamp_seconds";
        assert.deepEqual(log.split("\n"), [
            `# HELP ${name} When a certificate ends, in seconds since 1970.`,
            `# TYPE ${name} gauge`,
            `${name}{organization="Org1MSP",node="",use="signing-ca"} ${ca}`,
            `${name}{organization="Org1MSP",node="",use="admin"} ${leaf}`,
            `${name}{organization="Org1MSP",node="orderer",use="admin-ca"} ${ca}`,
            `${name}{organization="Org1MSP",node="orderer-0",use="signing"} ${leaf}`,
            `${name}{organization="Org1MSP",node="orderer-0",use="tls"} ${leaf}`,
            "OK no certificate ends in less than 30 days",
        ]);
    });

    it("asks for this package's objects of its own namespace, and for no Secret", async () => {
        const { asked } = await check({ nodes: [{ name: "peer0", next: FRESH }] });
        const query = "?labelSelector=app.kubernetes.io%2Fpart-of%3Dkubefabric";
        assert.deepEqual(asked.sort(), [
            `GET /api/v1/namespaces/org1/configmaps${query}`,
            `GET /api/v1/namespaces/org1/pods${query}`,
            `GET /apis/apps/v1/namespaces/org1/statefulsets${query}`,
        ]);
    });

    it("raises one event a day for each certificate in its last third, about the node", async () => {
        const nodes = [{ name: "peer0", next: { ...FRESH, tls: life(0, 300) } }];
        assert.deepEqual((await check({ nodes }, { now: later(199) })).events, []);
        const { code, events, log } = await check({ nodes }, { now: later(200) });
        assert.equal(code, 0, "100 days are left");
        assert.deepEqual(events, [
            {
                apiVersion: "events.k8s.io/v1",
                kind: "Event",
                metadata: { name: "peer0.tls.2027-09-17", namespace: "org1" },
                eventTime: "2027-09-17T12:00:00.000000Z",
                type: "Warning",
                reason: "CertificateExpiring",
                action: "CheckCertificates",
                regarding: {
                    apiVersion: "apps/v1",
                    kind: "StatefulSet",
                    namespace: "org1",
                    name: "peer0",
                    uid: "uid-peer0",
                },
                note:
                    "the tls certificate of peer0 ends on 2027-12-26, in 100 days; run " +
                    '"pulumi up", which renews it with the same key and restarts what uses it',
                reportingController: "kubefabric.io/certificate-check",
                reportingInstance: "certificate-check",
            },
        ]);
        assert.match(log, /^WARNING the tls certificate of peer0 ends on 2027-12-26/m);
    });

    it("is content with an event that this day has already", async () => {
        const { code, events } = await check(
            {
                nodes: [{ name: "peer0", next: { tls: life(0, 300) } }],
                answers: { POST: { status: 409, text: "AlreadyExists" } },
            },
            { now: later(200) },
        );
        assert.deepEqual([code, events.length], [0, 1]);
    });

    it("fails from the days of warning on, and keeps failing once a certificate has ended", async () => {
        const nodes = [{ name: "peer0", next: { ...FRESH, signing: life(0, 300) } }];
        assert.equal((await check({ nodes }, { now: later(270) })).code, 0);
        const soon = await check({ nodes }, { now: later(270.1) });
        assert.equal(soon.code, 1);
        assert.match(soon.log, /\nFAILED a certificate ends in less than 30 days$/);
        const ended = await check({ nodes }, { now: later(301) });
        assert.equal(ended.code, 1);
        assert.match(
            ended.events[0]!.note,
            /^the signing certificate of peer0 ended on 2027-12-26; /,
        );
    });

    it("takes the days of warning that it is given", async () => {
        const nodes = [{ name: "peer0", next: { tls: life(0, 300) } }];
        assert.equal((await check({ nodes }, { now: later(209), warnDays: 90 })).code, 0);
        assert.equal((await check({ nodes }, { now: later(211), warnDays: 90 })).code, 1);
    });

    it("warns of a CA a year before its end, of what ends with it, and names no update", async () => {
        const others = {
            "": { "tls-ca": life(0, 2000, 2000), "signing-ca": life(0, 6000, 6000) },
            orderer: { "admin-ca": life(0, 2000, 2000), admin: life(1000, 2000, 2000) },
        };
        assert.deepEqual((await check({ others }, { now: later(1635) })).events, []);
        const { code, events } = await check({ others }, { now: later(1636) });
        assert.equal(code, 0);
        assert.deepEqual(
            events.map(({ regarding, note }) => [regarding.kind, regarding.uid, note]),
            [
                ["ConfigMap", "uid-of-map-", "tls-ca certificate of the organization"],
                ["ConfigMap", "uid-of-map-orderer", "admin-ca certificate of orderer"],
                ["ConfigMap", "uid-of-map-orderer", "admin certificate of orderer"],
            ].map(([kind, uid, what]) => [
                kind,
                uid,
                `the ${what} ends on 2032-08-21, in 364 days; it is a CA or ends with one, which no ` +
                    "update renews: see docs/certificates.md of kubefabric",
            ]),
        );
    });

    it("goes by what a Pod started with, and says when a restart was missed", async () => {
        const old: Lives = { signing: life(0, 300), tls: life(0, 300) };
        const nodes = [
            { name: "orderer-0", next: FRESH, running: { ...FRESH, signing: old.signing! } },
            { name: "orderer-1", next: FRESH, running: FRESH },
        ];
        const { code, events, log } = await check({ nodes }, { now: later(280) });
        assert.equal(code, 1, "what runs ends in 20 days");
        assert.deepEqual(
            events.map(({ note }) => note),
            [
                "the signing certificate of orderer-0 ends on 2027-12-26, in 20 days; its successor " +
                    'waits for a restart of the node: run "pulumi up"',
            ],
        );
        assert.match(
            log,
            new RegExp(`node="orderer-0",use="signing"} ${later(300).getTime() / 1000}\n`),
        );
    });

    it("goes by what a node starts with next while it has no Pod", async () => {
        const nodes = [{ name: "peer0", next: { tls: life(0, 300) } }];
        assert.equal((await check({ nodes }, { now: later(280) })).code, 1);
    });

    it("says so of a node whose keys are kept elsewhere, and has no metric of it", async () => {
        const { code, log } = await check({ nodes: [{ name: "peer0" }] });
        assert.equal(code, 0);
        assert.match(log, /^peer0: its keys are kept elsewhere, nothing is known of them here$/m);
        assert.doesNotMatch(log, /node="peer0"/);
    });

    it("forgets a node that is gone, and knows one that came, without being told", async () => {
        const metricsOf = async (...names: string[]) => {
            const { log } = await check({ nodes: names.map((name) => ({ name, next: FRESH })) });
            return [...log.matchAll(/node="([^"]+)",use="tls"/g)].map(([, name]) => name);
        };
        assert.deepEqual(await metricsOf("peer0", "peer1"), ["peer0", "peer1"]);
        assert.deepEqual(await metricsOf("peer1", "peer2"), ["peer1", "peer2"]);
    });

    it("puts the metrics to a Pushgateway, as the whole of the organization's group", async () => {
        const { pushed } = await check({ nodes: [{ name: "peer0", next: FRESH }] }, { push: true });
        assert.equal(pushed.length, 1);
        const [path, metrics] = pushed[0]!;
        assert.equal(
            path,
            "metrics/job/kubefabric_certificates/organization/Org1MSP/namespace/org1",
        );
        assert.match(metrics!, /^# HELP .*\n# TYPE .* gauge\n(kubefabric_\S+ \d+\n){2}$/);
    });

    it("fails on an API server that refuses, with what was asked and what it said", async () => {
        const forbidden = { status: 403, text: "forbidden: no list of pods" };
        await assert.rejects(
            check({ answers: { "GET /api/v1/namespaces/org1/pods": forbidden } }),
            /the API server, asked for \/api\/v1\/namespaces\/org1\/pods, answers 403: forbidden/,
        );
        const nodes = [{ name: "peer0", next: { tls: life(0, 300) } }];
        await assert.rejects(
            check({ nodes, answers: { POST: forbidden } }, { now: later(250) }),
            /told an event about peer0, answers 403: forbidden/,
        );
    });

    it("fails on a Pushgateway that refuses", async () => {
        const answers = { PUSH: { status: 400, text: "pushed metrics are invalid" } };
        await assert.rejects(check({ answers }, { push: true }), /Pushgateway answers 400: pushed/);
    });

    it("fails on lives that it cannot read, rather than pass over them", async () => {
        const answers = {
            "GET /apis/apps": {
                status: 200,
                text: JSON.stringify({
                    items: [
                        {
                            metadata: { name: "peer0", uid: "u" },
                            spec: {
                                template: {
                                    metadata: { annotations: { [LIVES.annotation]: "{" } },
                                },
                            },
                        },
                    ],
                }),
            },
        };
        await assert.rejects(check({ answers }), SyntaxError);
    });
});
