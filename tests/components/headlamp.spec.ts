import assert from "node:assert/strict";
import { inspect } from "node:util";

import * as pulumi from "@pulumi/pulumi";
import {
    FabricOrg,
    Headlamp,
    OrdererService,
    PeerNode,
    type ExistingClusterArgs,
    type FabricCluster,
    type HeadlampArgs,
} from "kubefabric";
import { checkHeadlampArgs, HEADLAMP_DEFAULTS } from "kubefabric/internal/components/headlampArgs";
import { headlampValueProblems } from "kubefabric/internal/components/headlampValueProblems";
import { methods as guard } from "kubefabric/internal/components/resources/methods/namespaceGuard";
import { policies } from "kubefabric/policy";
import { checkRecording, replay, type Recording } from "kubefabric/testing";

import { startApiServer, type ApiServer } from "../support/apiServer.ts";
import { recordNetwork, testCluster, testOrg, valueOf } from "../support/network.ts";

type Args = Partial<HeadlampArgs>;

/** A console on a cluster, and what it registers. */
const recordConsole = (args: Args = {}, cluster: Partial<ExistingClusterArgs> = {}) =>
    recordNetwork(() => new Headlamp("console", { cluster: testCluster(cluster), ...args }));

const consoleOf = ({ returned }: Recording) => returned as Headlamp;

function releaseOf(recording: Recording) {
    const { inputs } = recording.find("Release", "console-release");
    return inputs as {
        values: Record<string, Record<string, unknown>>;
        [name: string]: unknown;
    };
}

describe("a console", () => {
    let recording: Recording;
    before(async () => {
        recording = await recordConsole();
    });

    it("is the official chart in one version, in a namespace of its own", () => {
        const { values, ...release } = releaseOf(recording);
        assert.deepEqual(release, {
            name: "headlamp",
            namespace: "console",
            chart: "headlamp",
            version: "0.45.0",
            repositoryOpts: { repo: "https://kubernetes-sigs.github.io/headlamp/" },
            maxHistory: 3,
            compat: "true",
        });
        assert.deepEqual(values.image, {
            registry: "ghcr.io/headlamp-k8s",
            repository: "headlamp",
        });
        const { metadata } = recording.find("Namespace", "console").inputs as {
            metadata: { name: string; labels: Record<string, string> };
        };
        assert.equal(metadata.name, "console");
        assert.equal(metadata.labels["pod-security.kubernetes.io/enforce"], "restricted");
    });

    it("is open to nobody: no Ingress, no route, a Service inside the cluster, a policy that lets none in", () => {
        const { values } = releaseOf(recording);
        assert.deepEqual(values.service, { type: "ClusterIP", port: 80 });
        assert.deepEqual(values.ingress, { enabled: false });
        assert.deepEqual(values.httpRoute, { enabled: false });
        const { spec } = recording.find("NetworkPolicy", "console-policy").inputs;
        assert.deepEqual(spec, {
            podSelector: {},
            policyTypes: ["Ingress", "Egress"],
            ingress: [],
            egress: [
                {
                    ports: [
                        { protocol: "UDP", port: 53 },
                        { protocol: "TCP", port: 53 },
                        { protocol: "TCP", port: 443 },
                        { protocol: "TCP", port: 6443 },
                        { protocol: "TCP", port: 1024, endPort: 65535 },
                    ],
                },
            ],
        });
    });

    it("gives its Pod no right, and the view of everything but Secrets to those who look", () => {
        assert.deepEqual(releaseOf(recording).values.clusterRoleBinding, { create: false });
        const [binding, ...others] = recording.ofKind("ClusterRoleBinding");
        assert.deepEqual(others, []);
        assert.deepEqual(recording.ofKind("RoleBinding"), []);
        const { metadata, roleRef, subjects } = binding!.inputs as Record<string, unknown>;
        assert.deepEqual(roleRef, {
            apiGroup: "rbac.authorization.k8s.io",
            kind: "ClusterRole",
            name: "view",
        });
        assert.deepEqual(subjects, [
            { kind: "ServiceAccount", name: "viewer", namespace: "console" },
        ]);
        assert.equal((metadata as { name: string }).name, "console-headlamp-viewer");
        const account = recording.find("ServiceAccount", "console-viewer").inputs;
        assert.equal((account.metadata as { name: string }).name, "viewer");
        assert.equal(account.automountServiceAccountToken, false);
    });

    it("asks for what the namespace demands of a Pod, and for CPU and memory", () => {
        const { values } = releaseOf(recording);
        assert.deepEqual(values.podSecurityContext, { seccompProfile: { type: "RuntimeDefault" } });
        assert.deepEqual(values.securityContext, {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            privileged: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
        });
        assert.deepEqual(values.resources, {
            requests: { cpu: "50m", memory: "128Mi" },
            limits: { memory: "512Mi" },
        });
    });

    it("comes after what keeps it safe, and that after the cluster", () => {
        const orders = recording.resources
            .filter(({ name, custom }) => name.startsWith("console") && custom)
            .map((each) => [
                each.name,
                recording
                    .dependenciesOf(each)
                    .map((label) => label.split(" ")[1])
                    .filter((name) => name !== "cluster-provider"),
            ]);
        assert.deepEqual(Object.fromEntries(orders), {
            "console-guard": ["cluster-access"],
            console: ["console-guard"],
            "console-policy": ["console"],
            "console-viewer": ["console"],
            "console-viewer-binding": ["console-viewer"],
            "console-release": ["console-viewer-binding", "console-policy"],
        });
        for (const each of recording.resources.filter(({ name }) => /^console-?/.test(name))) {
            assert.match(
                recording.parentOf(each),
                each.custom ? /^Headlamp console$/ : /^(Stack .*)?$/,
            );
        }
        for (const { provider, name } of recording.resources.filter(({ type }) =>
            /^kubernetes:/.test(type),
        )) {
            assert.match(provider, /cluster-provider/, name);
        }
    });

    it("says what to type, and where it is then", async () => {
        const made = consoleOf(recording);
        assert.equal(
            await valueOf(made.command),
            "kubectl -n console port-forward service/headlamp 8080:80",
        );
        assert.equal(await valueOf(made.tokenCommand), "kubectl -n console create token viewer");
        assert.equal(made.url, "http://localhost:8080");
        assert.equal(made.ready, made.release);
        assert.equal(made.namespace, "console");
    });

    it("says it for the cluster's context, quoted where a shell would split it", async () => {
        const commandIn = async (context: string) => {
            const kubeconfig = pulumi.output("later");
            const recorded = await recordConsole({}, { kubeconfig, context });
            const { command, tokenCommand } = consoleOf(recorded);
            return [await valueOf(command), await valueOf(tokenCommand)];
        };
        assert.deepEqual(await commandIn("gke_p_europe-west4_prod"), [
            "kubectl --context gke_p_europe-west4_prod -n console port-forward service/headlamp 8080:80",
            "kubectl --context gke_p_europe-west4_prod -n console create token viewer",
        ]);
        assert.match((await commandIn("my cluster"))[0]!, /--context 'my cluster' -n/);
        assert.match((await commandIn("it's"))[0]!, /--context 'it'\\''s' -n/);
    });

    it("goes with a cluster that the same program deletes, release and all", async () => {
        const recorded = await recordNetwork(() => {
            const managedCluster = new pulumi.ComponentResource("test:index:Cluster", "managed");
            new Headlamp("console", { cluster: { ...testCluster(), managedCluster } });
        });
        const { urn } = recorded.find("Cluster", "managed");
        const made = recorded.resources.filter(
            ({ type, name }) => /^kubernetes:/.test(type) && name.startsWith("console"),
        );
        assert.equal(made.length, 5);
        for (const { deletedWith, name } of made) {
            assert.equal(deletedWith, urn, name);
        }
    });
});

describe("the arguments of a console", () => {
    it("change what they say, and nothing else", async () => {
        const recorded = await recordConsole({
            namespace: "look",
            clusterRole: "look-at-nodes",
            localPort: 4466,
            imageRegistry: "registry.example.com:5000/mirror",
            resources: { requests: { memory: "64Mi" } },
            version: "0.44.1",
            repository: "https://charts.example.com/headlamp",
        });
        const { values, ...release } = releaseOf(recorded);
        assert.equal(release.namespace, "look");
        assert.equal(release.version, "0.44.1");
        assert.deepEqual(release.repositoryOpts, { repo: "https://charts.example.com/headlamp" });
        assert.equal(values.image?.registry, "registry.example.com:5000/mirror");
        assert.deepEqual(values.resources, { requests: { memory: "64Mi" } });
        const { metadata, roleRef, subjects } = recorded.find(
            "ClusterRoleBinding",
            "console-viewer-binding",
        ).inputs as {
            metadata: { name: string };
            roleRef: { name: string };
            subjects: { namespace: string }[];
        };
        assert.equal(roleRef.name, "look-at-nodes");
        assert.equal(subjects[0]?.namespace, "look");
        assert.equal(metadata.name, "look-headlamp-viewer");
        const made = consoleOf(recorded);
        assert.match(await valueOf(made.command), /-n look port-forward .* 4466:80$/);
        assert.equal(made.url, "http://localhost:4466");
    });

    it("take a chart from a path or an OCI registry, with no repository", async () => {
        const sourceOf = async (args: Args) => {
            const { chart, version, repositoryOpts } = releaseOf(await recordConsole(args));
            return { chart, version, repositoryOpts };
        };
        assert.deepEqual(await sourceOf({ chart: "./charts/headlamp" }), {
            chart: "./charts/headlamp",
            version: undefined,
            repositoryOpts: undefined,
        });
        const chart = "oci://registry.example.com/charts/headlamp";
        assert.deepEqual(await sourceOf({ chart }), {
            chart,
            version: "0.45.0",
            repositoryOpts: undefined,
        });
    });

    it("add values, which win, and leave the others as they are", async () => {
        const secret = pulumi.secret("canary");
        const { values } = releaseOf(
            await recordConsole({
                values: {
                    replicaCount: 2,
                    securityContext: { readOnlyRootFilesystem: false },
                    config: { oidc: { clientID: "id", clientSecret: secret } },
                    service: { type: "ClusterIP", clusterIP: "10.0.0.9" },
                    image: { tag: "v0.45.0-1" },
                    tolerations: [{ operator: "Exists" }],
                },
            }),
        );
        assert.equal(values.replicaCount, 2);
        assert.equal(values.securityContext?.readOnlyRootFilesystem, false);
        assert.equal(values.securityContext?.runAsNonRoot, true);
        assert.deepEqual(values.config, {
            oidc: { secret: { create: false }, clientID: "id", clientSecret: "canary" },
        });
        assert.deepEqual(values.service, { type: "ClusterIP", port: 80, clusterIP: "10.0.0.9" });
        assert.equal(values.image?.tag, "v0.45.0-1");
        assert.equal(values.image?.repository, "headlamp");
        assert.deepEqual(values.tolerations, [{ operator: "Exists" }]);
        assert.deepEqual(values.ingress, { enabled: false });
    });
});

describe("a console on a simulated cluster", () => {
    it("has everything but the release, which nothing would run, and says so", async () => {
        const recording = await recordConsole({}, { simulated: true });
        assert.deepEqual(recording.ofKind("Release"), []);
        assert.equal(recording.ofKind("ClusterRoleBinding").length, 1);
        const made = consoleOf(recording);
        assert.equal(made.release, undefined);
        assert.equal(made.ready, made.binding);
        assert.match(await valueOf(made.command), /^# cluster is simulated: no container runs/);
        assert.match(await valueOf(made.tokenCommand), /create token viewer$/);
    });
});

describe("a console beside a network", () => {
    let recording: Recording;
    before(async () => {
        recording = await recordNetwork(() => {
            const cluster = testCluster({ vendor: "gke", zones: 3 });
            new Headlamp("console", { cluster });
            const org = new FabricOrg("org1", { cluster, mspId: "Org1MSP" });
            new OrdererService("orderer", { org });
            new PeerNode("peer0", { org });
        });
    });

    it("makes nothing of it wait", () => {
        const isConsole = ({ name }: { name: string }) => /^console(-|$)/.test(name);
        const urns = new Set(recording.resources.filter(isConsole).map(({ urn }) => urn));
        assert.equal(urns.size, 7);
        for (const resource of recording.resources.filter((each) => !isConsole(each))) {
            const waits = resource.dependencies.filter((urn) => urns.has(urn));
            assert.deepEqual(waits, [], resource.name);
        }
    });

    it("is passed by the policy pack and by the rules", async () => {
        assert.deepEqual(await replay(recording, policies), []);
        assert.deepEqual(
            checkRecording(recording).filter(({ level }) => level === "mandatory"),
            [],
        );
    });

    it("fails where it wants an organization's namespace, or the organization its", async () => {
        await recordNetwork(() => {
            const cluster = testCluster();
            testOrg({ cluster });
            const wrong =
                /namespace: "org1" is already the namespace of FabricOrg "org1"; Headlamp/;
            assert.throws(() => new Headlamp("console", { cluster, namespace: "org1" }), wrong);
            new Headlamp("console", { cluster });
            const taken = /name: "console" is already the namespace of Headlamp "console"/;
            assert.throws(() => testOrg({ cluster, mspId: "Other" }, "console"), taken);
            assert.throws(
                () => new Headlamp("second", { cluster, namespace: "console" }),
                /alread/,
            );
        });
    });
});

const problemsOf = (args: Record<string, unknown>, name = "console") =>
    checkHeadlampArgs(name, {
        cluster: { name: "of-these-arguments" } as FabricCluster,
        ...args,
    }).map(({ path, reason }) => `${path}: ${reason}`);

describe("a console's arguments", () => {
    for (const fine of [
        {},
        { ...HEADLAMP_DEFAULTS },
        { clusterRole: "mine:look" },
        { localPort: 1024 },
        { localPort: 65_535 },
        { chart: "/opt/charts/headlamp-0.45.0.tgz" },
        { chart: "../headlamp" },
        { chart: "oci://registry.example.com:5000/a/headlamp", version: "0.45.0-rc.1" },
        { chart: "mirrored-headlamp", repository: "https://charts.example.com" },
        { namespace: "k8s-console" },
        { imageRegistry: "registry.example.com" },
    ]) {
        it(`may be ${JSON.stringify(fine)}`, () => {
            assert.deepEqual(problemsOf(fine), []);
        });
    }

    const wrong: [args: Record<string, unknown>, problem: RegExp][] = [
        [{ namespace: "Console" }, /^namespace: "Console" is not a DNS label.*write "console"$/],
        [{ namespace: "kube-system" }, /^namespace: .*keeps for itself; write "console-system"$/],
        [{ namespace: "default" }, /^namespace: "default" belongs.*write "console1"$/],
        [
            { clusterRole: "cluster-admin" },
            /^clusterRole: "cluster-admin" reads Secrets, .* CAs .*; write "view" or a role of your own/,
        ],
        [{ clusterRole: "admin" }, /^clusterRole: "admin" reads Secrets/],
        [{ clusterRole: "edit" }, /^clusterRole: "edit" reads Secrets/],
        [
            { clusterRole: "system:node" },
            /^clusterRole: "system:node" is a role of Kubernetes' own/,
        ],
        [{ clusterRole: "" }, /^clusterRole: "" is not the name of a ClusterRole; write one such/],
        [{ clusterRole: "a b" }, /^clusterRole: "a b" is not the name/],
        [{ clusterRole: "a/b" }, /^clusterRole: "a\/b" is not the name/],
        [{ clusterRole: ".." }, /^clusterRole: ".." is not the name/],
        [{ clusterRole: 7 }, /^clusterRole: 7 is not the name/],
        [{ clusterRole: null }, /^clusterRole: null is not the name/],
        [{ localPort: 80 }, /^localPort: 80 is not a port that everybody.*from 1024 to 65535$/],
        [{ localPort: 1023 }, /^localPort: 1023/],
        [{ localPort: 65_536 }, /^localPort: 65536/],
        [{ localPort: 8080.5 }, /^localPort: 8080.5/],
        [{ localPort: "8080" }, /^localPort: "8080" is not a port/],
        [{ localPort: NaN }, /^localPort: NaN/],
        [{ chart: "" }, /^chart: "" is neither the name of a chart nor a path nor an OCI/],
        [{ chart: "headlamp-0.45.0.tgz" }, /^chart: .*"\.\/charts\/headlamp"/],
        [{ chart: "https://example.com/headlamp.tgz" }, /^chart: "https:/],
        [{ chart: "oci://example.com/headlamp:0.45.0" }, /^chart: .* without a version/],
        [{ chart: "oci://example.com" }, /^chart: /],
        [{ chart: 1 }, /^chart: 1 is neither/],
        [
            { version: "latest" },
            /^version: "latest" is not one version of a chart; write.*"0.45.0"$/,
        ],
        [{ version: "0.45" }, /^version: "0.45" is not one/],
        [{ version: ">=0.45.0" }, /^version: ">=0.45.0" is not one/],
        [{ version: "v0.45.0" }, /^version: "v0.45.0" is not one/],
        [{ version: 45 }, /^version: 45 is not one/],
        [
            { chart: "./headlamp", version: "0.45.0" },
            /^version: is set, and chart is a path; take one of them away$/,
        ],
        [
            { chart: "./headlamp", repository: "https://charts.example.com" },
            /^repository: is set, and chart is a path; take one/,
        ],
        [
            { chart: "oci://example.com/headlamp", repository: "https://charts.example.com" },
            /^repository: is set, and chart is an OCI reference; take one/,
        ],
        [
            { repository: "charts.example.com" },
            /^repository: "charts.example.com" is not the address/,
        ],
        [{ repository: "" }, /^repository: "" is not the address/],
        [{ repository: 1 }, /^repository: 1 is not the address/],
        [{ repository: "http://charts.example.com" }, /^repository: .* is not encrypted/],
        [
            { repository: "oci://example.com/charts" },
            /^repository: .* OCI reference; write it as chart/,
        ],
        [
            { repository: "https://me:canary@charts.example.com" },
            /^repository: holds a user or a password/,
        ],
        [
            { imageRegistry: "https://ghcr.io" },
            /^imageRegistry: .*such as "ghcr.io\/headlamp-k8s"$/,
        ],
        [{ imageRegistry: "ghcr.io/" }, /^imageRegistry: /],
        [{ imageRegistry: "" }, /^imageRegistry: /],
        [{ resources: { requests: { cpu: "50 m" } } }, /^resources.requests.cpu: "50 m"/],
        [
            { resources: { requests: { memory: "2Gi" }, limits: { memory: "1Gi" } } },
            /^resources.requests.memory: "2Gi" is more than the limit/,
        ],
        [{ values: { ingress: { enabled: true } } }, /^values.ingress.enabled: true would open/],
    ];
    for (const [args, problem] of wrong) {
        it(`fails on ${JSON.stringify(args)}`, () => {
            const found = problemsOf(args);
            assert.equal(found.length, 1, found.join("\n"));
            assert.match(found[0]!, problem);
            assert.doesNotMatch(found[0]!, /canary/);
        });
    }

    it("fails on a name that is no namespace, or begins no names of others", () => {
        assert.match(problemsOf({}, "My Console")[0]!, /^name: "My Console" is not a DNS label/);
        assert.match(problemsOf({ namespace: "c" }, "A")[0]!, /^name: "A" is not a DNS label/);
    });

    it("fails with all problems at once, before anything is registered", async () => {
        const recorded = await recordNetwork(() => {
            const args = { clusterRole: "admin", localPort: 1, version: "x" };
            assert.throws(
                () => new Headlamp("No", { cluster: testCluster(), ...args }),
                /Headlamp "No" has invalid arguments.*name:.*clusterRole:.*localPort:.*version:/s,
            );
        });
        assert.deepEqual(recorded.ofKind("Headlamp"), []);
        assert.deepEqual(recorded.ofKind("Namespace"), []);
    });
});

describe("values of a console", () => {
    const said = (values: unknown) =>
        headlampValueProblems(values).map(({ path, reason }) => `${path}: ${reason}`);

    const nothing = [undefined, null, false, 0, "", [], {}];
    for (const fine of [
        {},
        { replicaCount: 3, nodeSelector: { a: "b" }, podAnnotations: {} },
        { service: { type: "ClusterIP", port: 80, appProtocol: "http", clusterIP: "10.0.0.1" } },
        { image: { tag: "v1", pullPolicy: "Always" }, imagePullSecrets: [{ name: "login" }] },
        { serviceAccount: { create: true, annotations: { a: "b" } } },
        { clusterRoleBinding: { create: false } },
        { config: { sessionTTL: 60, oidc: { clientID: "id" } } },
        { ingress: { enabled: false, hosts: ["x"] } },
        { pluginsManager: { enabled: true, configContent: "plugins: []" } },
        ...nothing.map((enabled) => ({ ingress: { enabled } })),
        ...nothing.map((extraManifests) => ({ extraManifests })),
    ]) {
        it(`may be ${JSON.stringify(fine)}`, () => {
            assert.deepEqual(said(fine), []);
        });
    }

    const opening = /; take it away, and reach it with the command that the component prints$/;
    const own = /is an argument of its own; write it as (imageRegistry|resources)$/;
    const wrong: [values: unknown, path: string, reason: RegExp][] = [
        [{ ingress: { enabled: true } }, "ingress.enabled", opening],
        // To a template, this is something.
        [{ ingress: { enabled: "false" } }, "ingress.enabled", opening],
        [{ ingress: { enabled: 1 } }, "ingress.enabled", opening],
        [{ httpRoute: { enabled: true } }, "httpRoute.enabled", opening],
        [{ service: { type: "LoadBalancer" } }, "service.type", /write "ClusterIP", or take it/],
        [{ service: { type: "NodePort" } }, "service.type", /beyond the cluster/],
        [{ service: { type: "ExternalName" } }, "service.type", /beyond the cluster/],
        [{ service: { type: "clusterip" } }, "service.type", /write "ClusterIP"/],
        [{ service: { type: null } }, "service.type", /write "ClusterIP"/],
        [{ service: { nodePort: 30080 } }, "service.nodePort", opening],
        [{ service: { loadBalancerIP: "1.2.3.4" } }, "service.loadBalancerIP", opening],
        [{ service: { externalIPs: ["1.2.3.4"] } }, "service.externalIPs", opening],
        [
            { service: { loadBalancerSourceRanges: ["0.0.0.0/0"] } },
            "service.loadBalancerSourceRanges",
            opening,
        ],
        [{ service: { annotations: { a: "b" } } }, "service.annotations", opening],
        [{ service: { port: 8080 } }, "service.port", /take it away$/],
        [{ config: { baseURL: "/headlamp" } }, "config.baseURL", /Ingress, which there is none/],
        [{ extraManifests: ["kind: Ingress"] }, "extraManifests", /make them resources/],
        [
            { config: { unsafeUseServiceAccountToken: true } },
            "config.unsafeUseServiceAccountToken",
            /everybody in without a login/,
        ],
        [{ clusterRoleBinding: { create: true } }, "clusterRoleBinding.create", /clusterRole$/],
        [
            { clusterRoleBinding: { clusterRoleName: "view" } },
            "clusterRoleBinding.clusterRoleName",
            /clusterRole$/,
        ],
        [{ serviceAccount: { create: false } }, "serviceAccount.create", /has no rights/],
        [{ serviceAccount: { name: "viewer" } }, "serviceAccount.name", /has no rights/],
        [{ nameOverride: "x" }, "nameOverride", /not be the name in the command/],
        [{ fullnameOverride: "x" }, "fullnameOverride", /not be the name in the command/],
        [{ namespaceOverride: "x" }, "namespaceOverride", /not be the name in the command/],
        [{ image: { registry: "ghcr.io" } }, "image.registry", own],
        [{ image: { repository: "a/b" } }, "image.repository", own],
        [{ resources: { limits: { cpu: "1" } } }, "resources", own],
        [{ ingress: true }, "ingress", /^true is not a map of values; write one, or \{\}$/],
        [{ service: null }, "service", /^null is not a map of values/],
        [{ service: [] }, "service", /^\[\] is not a map of values/],
        [{ service: pulumi.output({ type: "ClusterIP" }) }, "service", /^is known only later/],
        [{ ingress: { enabled: pulumi.secret("canary") } }, "ingress.enabled", /^is known only/],
        [{ extraManifests: Promise.resolve([]) }, "extraManifests", /^is known only later.*plain/],
    ];
    for (const [values, path, reason] of wrong) {
        it(`fails on ${path} as in ${inspect(values, { depth: 0 })}`, () => {
            const found = headlampValueProblems(values);
            assert.deepEqual(
                found.map((each) => each.path),
                [`values.${path}`],
            );
            assert.match(found[0]!.reason, reason);
            assert.doesNotMatch(found[0]!.reason, /canary|Calling \[to/);
        });
    }

    it("fails where they are no map", () => {
        for (const [values, shown] of [
            [[], "[]"],
            ["replicaCount: 2", '"replicaCount: 2"'],
            [null, "null"],
            [7, "7"],
        ] as const) {
            assert.deepEqual(said(values), [
                `values: ${shown} is not a map of values; write one, or {}`,
            ]);
        }
        assert.match(said(pulumi.output({}))[0]!, /^values: is known only later/);
    });

    it("fails with each value that is wrong, in one go", () => {
        const values = { ingress: { enabled: true }, service: { type: "NodePort", nodePort: 1 } };
        assert.equal(said(values).length, 3);
    });
});

describe("the guard of a console's namespace", () => {
    let server: ApiServer;
    before(async () => {
        server = await startApiServer();
    });
    after(() => server.close());

    const guarded = (recover: boolean) =>
        guard.create({ namespace: "console", kubeconfig: server.kubeconfig, recover });

    it("lets it be made where there is none", async () => {
        assert.equal((await guarded(false)).id, "console");
        assert.deepEqual(server.asked, ["/api/v1/namespaces/console"]);
    });

    for (const labels of [
        undefined,
        { "kubefabric.io/organization": "Org1MSP" },
        { "app.kubernetes.io/name": "headlamp" },
    ]) {
        it(`fails where it is there already with ${JSON.stringify(labels)}`, async () => {
            server.objects.set("/api/v1/namespaces/console", {
                metadata: { name: "console", labels },
            });
            for (const recover of [false, true]) {
                await assert.rejects(
                    guarded(recover),
                    /^Error: namespace "console" exists, and this stack did not make it; .*; write another/,
                );
            }
        });
    }
});
