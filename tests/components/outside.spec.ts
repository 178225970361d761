import assert from "node:assert/strict";

import { Channel, ExistingCluster, FabricOrg, OrdererService, PeerNode } from "kubefabric";
import type {
    ExistingClusterArgs,
    FabricOrgArgs,
    OrdererServiceArgs,
    OutsideArgs,
    PeerNodeArgs,
} from "kubefabric";
import { GkeCluster, type GkeClusterArgs } from "kubefabric/gke";
import type { ChannelDefinition } from "kubefabric/internal/fabric/channelDefinition";
import { checkRecording, type RecordedResource, type Recording } from "kubefabric/testing";

import { GKE_ANSWERS } from "../support/gke.ts";
import { KUBECONFIG, recordNetwork, testOrg, testCluster, valueOf } from "../support/network.ts";

const PATIENCE_MS = 30_000;
const DOMAIN = { domain: "trade.example.com" };

interface Nodes {
    orderers: OrdererService;
    peer: PeerNode;
    channel: Channel;
}

/** One ordering organization, one peer organization and a channel, both reached as `outside` says. */
function exposed(
    outside: OutsideArgs,
    cluster: Partial<ExistingClusterArgs> = {},
    more: { orderers?: object; peer?: object; org?: Partial<FabricOrgArgs> } = {},
): Nodes {
    const place = { cluster: testCluster(cluster), outside, ...more.org };
    const ordererOrg = new FabricOrg("orderer-org", { ...place, mspId: "OrdererMSP" });
    const orderers = new OrdererService("orderer", { org: ordererOrg, ...more.orderers });
    const org = new FabricOrg("org1", { ...place, mspId: "Org1MSP" });
    const peer = new PeerNode("org1-peer0", { org, ...more.peer });
    return {
        orderers,
        peer,
        channel: new Channel("trade", { orderers: [orderers], peers: [peer] }),
    };
}

interface Port {
    name: string;
    port: number;
}

interface Named {
    name: string;
    configMap?: object;
    mountPath?: string;
}

/** What is read here of the objects that are made. */
interface Fields {
    metadata: { name: string; annotations?: Record<string, string> };
    spec: {
        type: string;
        selector: object;
        ports: Port[];
        loadBalancerSourceRanges: string[];
        gatewayClassName: string;
        listeners: Port[];
        infrastructure: { annotations: Record<string, string> };
        parentRefs: object[];
        hostnames: string[];
        rules: object[];
        ingress: [{ ports: Port[] }];
        egress: [{ ports: Port[] }];
        template: {
            spec: {
                volumes: Named[];
                containers: [{ env: { name: string; value: string }[]; volumeMounts: Named[] }];
            };
        };
    };
}

const manifest = ({ inputs }: RecordedResource) => inputs as unknown as Fields;

const serviceOf = (recording: Recording, node: string) =>
    manifest(recording.find("Service", `${node}-outside`));

function definitionOf(recording: Recording): ChannelDefinition {
    return recording.find("GenesisBlock", "trade-genesis-block").inputs
        .definition as ChannelDefinition;
}

const kindsOf = ({ resources }: Recording) =>
    new Set(resources.map(({ type }) => type.split(":").at(-1)));

function environmentOf(recording: Recording, node: string): Record<string, string> {
    const { spec } = manifest(recording.find("StatefulSet", node));
    const [{ env }] = spec.template.spec.containers;
    return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

async function refusal(program: () => unknown): Promise<string[]> {
    const error = await recordNetwork(program).then(
        () => assert.fail("was not refused"),
        (refused: Error) => refused,
    );
    return error.message
        .split("\n")
        .slice(1)
        .map((line) => line.trim());
}

describe("nodes with a load balancer each", function () {
    this.timeout(PATIENCE_MS);
    let recording: Recording;
    before(async () => {
        recording = await recordNetwork(() => exposed(DOMAIN));
    });

    it("have a Service that leads to the Pod that is in service", () => {
        const { metadata, spec } = serviceOf(recording, "org1-peer0");
        assert.equal(metadata.name, "org1-peer0-outside");
        assert.equal(spec.type, "LoadBalancer");
        assert.deepEqual(spec.ports, [{ name: "grpc", port: 7051, targetPort: "grpc" }]);
        assert.deepEqual(
            spec.selector,
            manifest(recording.find("Service", "org1-peer0-service")).spec.selector,
        );
        assert.deepEqual(metadata.annotations, {
            "external-dns.alpha.kubernetes.io/hostname": "org1-peer0.trade.example.com",
        });
        assert.deepEqual(serviceOf(recording, "orderer-2").spec.ports, [
            { name: "grpc", port: 7050, targetPort: "grpc" },
        ]);
    });

    it("are named in their TLS certificates", () => {
        const { hosts } = recording.find("Certificate", "org1-peer0-tls-certificate").inputs;
        assert.ok((hosts as string[]).includes("org1-peer0.trade.example.com"));
    });

    it("tell others their names outside, and the consenters those inside", () => {
        const { ordering, application } = definitionOf(recording);
        assert.deepEqual(
            ordering[0]?.ordererEndpoints,
            [0, 1, 2].map((number) => `orderer-${number}.trade.example.com:7050`),
        );
        assert.deepEqual(
            ordering[0]?.consenters.map(({ host, port }) => `${host}:${port}`),
            [0, 1, 2].map((number) => `orderer-${number}.orderer-org.svc:7050`),
        );
        assert.deepEqual(application[0]?.anchorPeers, [
            { host: "org1-peer0.trade.example.com", port: 7051 },
        ]);
        const environment = environmentOf(recording, "org1-peer0");
        assert.equal(
            environment.CORE_PEER_GOSSIP_EXTERNALENDPOINT,
            "org1-peer0.trade.example.com:7051",
        );
        assert.equal(environment.CORE_PEER_ADDRESS, "org1-peer0.org1.svc:7051");
    });

    it("are not waited for by the channel, which is made through the Kubernetes API", () => {
        const waitsFor = recording.resources
            .filter(({ type }) => /ChannelMembership|ConsenterSet/.test(type))
            .flatMap((resource) => recording.dependenciesOf(resource));
        assert.ok(waitsFor.length > 0);
        assert.deepEqual(
            waitsFor.filter((name) => name.endsWith("-outside")),
            [],
        );
        for (const { type, inputs } of recording.resources) {
            assert.ok(!/ChannelMembership/.test(type) || inputs.outside === undefined, type);
        }
    });

    it("say what DNS has to say of them, an address or a name", async () => {
        const recordOf = async (ingress: object) => {
            const balancer = { status: { loadBalancer: { ingress: [ingress] } } };
            const { returned } = await recordNetwork(
                () => exposed(DOMAIN),
                ({ name }) => (name === "org1-peer0-outside" ? balancer : {}),
            );
            return valueOf((returned as Nodes).peer.outside!.record!);
        };
        const name = "org1-peer0.trade.example.com";
        assert.deepEqual(await recordOf({ ip: "203.0.113.7" }), {
            name,
            type: "A",
            value: "203.0.113.7",
        });
        assert.deepEqual(await recordOf({ ip: "2001:db8::7" }), {
            name,
            type: "AAAA",
            value: "2001:db8::7",
        });
        assert.deepEqual(await recordOf({ hostname: "1234-eu-de.lb.example.net" }), {
            name,
            type: "CNAME",
            value: "1234-eu-de.lb.example.net",
        });
        assert.equal(await recordOf({}), undefined);
    });

    it("pass the policies on every vendor, IBM's idle timeout included", async () => {
        for (const vendor of ["gke", "aks", "iks", "iks-classic", "other"] as const) {
            const recording = await recordNetwork(() =>
                exposed(DOMAIN, { vendor, location: "somewhere" }),
            );
            const violations = checkRecording(recording);
            assert.deepEqual(
                violations.filter((violation) => JSON.stringify(violation).includes("-outside")),
                [],
            );
        }
    });

    const annotations: Record<string, [object, object]> = {
        gke: [
            { "cloud.google.com/l4-rbs": "enabled" },
            { "networking.gke.io/load-balancer-type": "Internal" },
        ],
        aks: [
            { "service.beta.kubernetes.io/azure-load-balancer-tcp-idle-timeout": "30" },
            {
                "service.beta.kubernetes.io/azure-load-balancer-tcp-idle-timeout": "30",
                "service.beta.kubernetes.io/azure-load-balancer-internal": "true",
            },
        ],
        iks: [
            {
                "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type": "public",
                "service.kubernetes.io/ibm-load-balancer-cloud-provider-vpc-idle-connection-timeout":
                    "900",
            },
            {
                "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type": "private",
                "service.kubernetes.io/ibm-load-balancer-cloud-provider-vpc-idle-connection-timeout":
                    "900",
            },
        ],
        "iks-classic": [
            { "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type": "public" },
            { "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type": "private" },
        ],
        local: [{}, {}],
    };
    for (const [vendor, [external, internal]] of Object.entries(annotations)) {
        it(`have the annotations of ${vendor}, for everyone and inside the network`, async () => {
            const told = async (outside: OutsideArgs) => {
                const args = { vendor, location: "somewhere" } as Partial<ExistingClusterArgs>;
                const recording = await recordNetwork(() => exposed(outside, args));
                const { annotations } = serviceOf(recording, "org1-peer0").metadata;
                const { "external-dns.alpha.kubernetes.io/hostname": host, ...rest } = annotations!;
                assert.equal(host, "org1-peer0.trade.example.com");
                return rest;
            };
            assert.deepEqual(await told(DOMAIN), external);
            assert.deepEqual(await told({ ...DOMAIN, internal: true }), internal);
        });
    }

    it("take annotations and ranges of the program's own", async () => {
        const recording = await recordNetwork(() =>
            exposed({
                ...DOMAIN,
                sourceRanges: ["203.0.113.0/24", "2001:db8::/32"],
                annotations: { "example.com/owner": "trade" },
            }),
        );
        const { metadata, spec } = serviceOf(recording, "orderer-0");
        assert.deepEqual(spec.loadBalancerSourceRanges, ["203.0.113.0/24", "2001:db8::/32"]);
        assert.equal(metadata.annotations?.["example.com/owner"], "trade");
    });

    it("are not waited for on a simulated cluster, where nothing gives them an address", async () => {
        const recording = await recordNetwork(() => exposed(DOMAIN, { simulated: true }));
        const { annotations } = serviceOf(recording, "org1-peer0").metadata;
        assert.equal(annotations?.["pulumi.com/skipAwait"], "true");
    });
});

describe("nodes with names in Azure's DNS", function () {
    this.timeout(PATIENCE_MS);
    const aks = { vendor: "aks", location: "westeurope" } as const;

    it("are known by them before anything is made", async () => {
        const recording = await recordNetwork(() => exposed({ azureDnsLabel: "acme" }, aks));
        const host = "acme-org1-peer0.westeurope.cloudapp.azure.com";
        const { hosts } = recording.find("Certificate", "org1-peer0-tls-certificate").inputs;
        assert.ok((hosts as string[]).includes(host));
        assert.deepEqual(definitionOf(recording).application[0]?.anchorPeers, [
            { host, port: 7051 },
        ]);
        const { annotations } = serviceOf(recording, "org1-peer0").metadata;
        assert.equal(
            annotations?.["service.beta.kubernetes.io/azure-dns-label-name"],
            "acme-org1-peer0",
        );
        assert.equal(annotations?.["external-dns.alpha.kubernetes.io/hostname"], undefined);
        assert.equal((recording.returned as Nodes).peer.outside?.record, undefined);
    });

    it("fail on other vendors, in an unknown region, behind a gateway, with another form", async () => {
        const wrong = async (outside: OutsideArgs, cluster: Partial<ExistingClusterArgs>) =>
            (await refusal(() => exposed(outside, cluster)))[0];
        const azureDnsLabel = "acme";
        assert.equal(
            await wrong({ azureDnsLabel }, { vendor: "gke", location: "europe-west4" }),
            `outside.azureDnsLabel: is set, and the cluster's vendor is "gke"; write domain in its place`,
        );
        assert.match(
            (await wrong({ azureDnsLabel }, { vendor: "aks" }))!,
            /needs the cluster's region/,
        );
        assert.match(
            (await wrong(
                { azureDnsLabel, exposedBy: "Gateway", gateway: { className: "eg" } },
                aks,
            ))!,
            /a gateway is for all; write domain/,
        );
        for (const label of ["Acme", "1acme", "acme-", "a".repeat(33), "a.b", ""]) {
            assert.match(
                (await wrong({ azureDnsLabel: label }, aks))!,
                /^outside\.azureDnsLabel: .* is not the beginning of a name in Azure's DNS/,
            );
        }
    });

    it("fail where label and name are too long together", async () => {
        const lines = await refusal(() => {
            const org = new FabricOrg("org1", {
                cluster: testCluster(aks),
                mspId: "Org1MSP",
                outside: { azureDnsLabel: "a".repeat(32) },
            });
            return new PeerNode("p".repeat(40), { org });
        });
        assert.match(
            lines[0]!,
            /^name: ".*" has 73 characters, and a name in Azure's DNS ends at 63/,
        );
    });
});

describe("nodes on a GKE cluster of the program's own", function () {
    this.timeout(PATIENCE_MS);

    function peerOn(args: Partial<GkeClusterArgs>, outside: Partial<OutsideArgs> = {}) {
        return recordNetwork(
            () => {
                const cluster = new GkeCluster("prod", { location: "europe-west4-a", ...args });
                const org = new FabricOrg("org1", {
                    cluster,
                    mspId: "Org1MSP",
                    outside: { ...DOMAIN, ...outside },
                });
                return new PeerNode("org1-peer0", { org });
            },
            {
                outputs: {
                    ...GKE_ANSWERS,
                    Address: { address: "203.0.113.9" },
                },
            },
        );
    }

    it("have reserved addresses, which are kept like ledgers", async () => {
        const recording = await peerOn({});
        const address = recording.find("Address", "org1-peer0-outside-address");
        assert.equal(address.inputs.region, "europe-west4");
        assert.equal(address.inputs.addressType, "EXTERNAL");
        assert.ok(address.protect && address.retainOnDelete);
        assert.match(address.inputs.name as string, /^org1-peer0-outside-[0-9a-f]{8}$/);
        assert.equal(recording.parentOf(address), "PeerNode org1-peer0");
        const { spec } = serviceOf(recording, "org1-peer0") as {
            spec: { loadBalancerIP?: string };
        };
        assert.equal(spec.loadBalancerIP, "203.0.113.9");
        assert.ok(!kindsOf(recording).has("RecordSet"));
    });

    it("have addresses whose names Google takes, however long theirs are", async () => {
        const recording = await recordNetwork(
            () => {
                const cluster = new GkeCluster("prod", { location: "europe-west4-a" });
                const org = new FabricOrg("org1", { cluster, mspId: "Org1MSP", outside: DOMAIN });
                return new PeerNode("p".repeat(52), { org });
            },
            { outputs: { ...GKE_ANSWERS, Address: { address: "203.0.113.9" } } },
        );
        const [address] = recording.resources.filter(({ type }) => type.endsWith(":Address"));
        assert.match(address!.inputs.name as string, /^[a-z]([-a-z0-9]{0,61}[a-z0-9])$/);
    });

    it("have names in Cloud DNS where the cluster was told of a zone", async () => {
        const recording = await peerOn({ dnsZone: "trade", project: "my-project" });
        const record = recording.find("RecordSet", "org1-peer0-outside-record");
        assert.deepEqual(record.inputs, {
            project: "my-project",
            managedZone: "trade",
            name: "org1-peer0.trade.example.com.",
            type: "A",
            ttl: 300,
            rrdatas: ["203.0.113.9"],
        });
        assert.ok(!record.protect);
        assert.equal((recording.returned as PeerNode).outside?.record, undefined);
    });

    it("are there for a program from outside when DNS says so", async () => {
        const recording = await peerOn({ dnsZone: "trade" }, { administration: "outside" });
        const { ready } = recording.returned as PeerNode;
        const record = recording.find("RecordSet", "org1-peer0-outside-record");
        assert.equal(await valueOf(ready.urn), record.urn);
        assert.ok(recording.dependenciesOf(record).includes("Service org1-peer0-outside"));
    });

    it("keep their addresses where the domain changes", async () => {
        const addressIn = async (domain: string) =>
            (await peerOn({}, { domain })).find("Address", "org1-peer0-outside-address").inputs;
        assert.deepEqual(
            await addressIn("trade.example.com"),
            await addressIn("other.example.com"),
        );
    });

    it("have addresses of the cluster's own network where they are internal", async () => {
        const recording = await peerOn({}, { internal: true });
        const { inputs } = recording.find("Address", "org1-peer0-outside-address");
        assert.equal(inputs.addressType, "INTERNAL");
        assert.equal(inputs.subnetwork, "prod-subnetwork-id");
        const brought = await peerOn(
            { network: { network: "shared", subnetwork: "shared-part" } },
            { internal: true },
        );
        const { inputs: other } = brought.find("Address", "org1-peer0-outside-address");
        assert.equal(other.subnetwork, "shared-part");
    });
});

describe("nodes behind a gateway", function () {
    this.timeout(PATIENCE_MS);
    const gateway: OutsideArgs = {
        ...DOMAIN,
        exposedBy: "Gateway",
        gateway: { className: "eg" },
    };
    let recording: Recording;
    before(async () => {
        recording = await recordNetwork(() => exposed(gateway, { vendor: "iks" }));
    });

    it("share one, which passes TLS on by the name in the handshake", () => {
        const { metadata, spec } = manifest(recording.find("Gateway", "org1-gateway"));
        assert.equal(metadata.name, "fabric-outside");
        assert.equal(spec.gatewayClassName, "eg");
        assert.deepEqual(spec.listeners, [
            {
                name: "grpc",
                port: 443,
                protocol: "TLS",
                hostname: "*.trade.example.com",
                tls: { mode: "Passthrough" },
                allowedRoutes: { namespaces: { from: "Same" } },
            },
        ]);
        assert.equal(
            spec.infrastructure.annotations[
                "service.kubernetes.io/ibm-load-balancer-cloud-provider-vpc-idle-connection-timeout"
            ],
            "900",
        );
    });

    it("have a way from it each, to their own port", () => {
        const route = recording.find("TLSRoute", "orderer-1-outside-grpc");
        assert.equal(route.inputs.apiVersion, "gateway.networking.k8s.io/v1");
        const { spec } = manifest(route);
        assert.deepEqual(spec.parentRefs, [{ name: "fabric-outside", sectionName: "grpc" }]);
        assert.deepEqual(spec.hostnames, ["orderer-1.trade.example.com"]);
        assert.deepEqual(spec.rules, [{ backendRefs: [{ name: "orderer-1", port: 7050 }] }]);
        assert.deepEqual(recording.dependenciesOf(route).sort(), [
            "Gateway orderer-org-gateway",
            "Service orderer-1-service",
        ]);
        assert.ok(!recording.resources.some(({ name }) => name === "orderer-1-outside"));
    });

    it("tell the gateway's port, and may dial it", () => {
        const { ordering, application } = definitionOf(recording);
        assert.equal(ordering[0]?.ordererEndpoints[0], "orderer-0.trade.example.com:443");
        assert.equal(application[0]?.anchorPeers?.[0]?.port, 443);
        const { spec } = manifest(recording.find("NetworkPolicy", "org1-allow-peers"));
        const ports = spec.egress[0].ports.map(({ port }) => port);
        assert.deepEqual(ports, [7050, 7051, 443]);
    });

    it("let in and out the gateway's own Pods, which some controllers run beside them", async () => {
        const { spec } = manifest(recording.find("NetworkPolicy", "org1-allow-gateway"));
        assert.deepEqual(spec, {
            podSelector: {
                matchLabels: { "gateway.networking.k8s.io/gateway-name": "fabric-outside" },
            },
            policyTypes: ["Ingress", "Egress"],
            ingress: [{}],
            egress: [{}],
        });
        const balanced = await recordNetwork(() => exposed(DOMAIN));
        assert.ok(!balanced.resources.some(({ name }) => name.endsWith("-allow-gateway")));
    });

    it("have a gateway inside the network where they are internal", async () => {
        const recording = await recordNetwork(() =>
            exposed({ ...gateway, internal: true }, { vendor: "gke", location: "europe-west4" }),
        );
        const { infrastructure } = manifest(recording.find("Gateway", "org1-gateway")).spec;
        assert.deepEqual(infrastructure.annotations, {
            "networking.gke.io/load-balancer-type": "Internal",
        });
    });

    it("take another port and an older version of the routes", async () => {
        const recording = await recordNetwork(() =>
            exposed({
                ...gateway,
                gateway: { className: "eg", port: 8443, tlsRouteVersion: "v1alpha2" },
            }),
        );
        const route = recording.find("TLSRoute", "org1-peer0-outside-grpc");
        assert.equal(route.inputs.apiVersion, "gateway.networking.k8s.io/v1alpha2");
        assert.equal(
            manifest(recording.find("Gateway", "org1-gateway")).spec.listeners[0]?.port,
            8443,
        );
    });

    it("are reached by this program at ports of their own, where it comes from outside", async () => {
        const recording = await recordNetwork(() =>
            exposed({ ...gateway, administration: "outside" }),
        );
        const { spec } = manifest(recording.find("Gateway", "orderer-org-gateway"));
        assert.deepEqual(
            spec.listeners.map(({ name, port }) => [name, port]),
            [
                ["grpc", 443],
                ["admin", 9443],
                ["operations", 8443],
            ],
        );
        const admin = manifest(recording.find("TLSRoute", "orderer-0-outside-admin")).spec;
        assert.deepEqual(admin.parentRefs, [{ name: "fabric-outside", sectionName: "admin" }]);
        assert.deepEqual(admin.rules, [{ backendRefs: [{ name: "orderer-0", port: 9443 }] }]);
        const dialed = manifest(recording.find("Service", "orderer-0-service")).spec.ports;
        assert.ok(dialed.some(({ name, port }) => name === "admin" && port === 9443));
        assert.deepEqual(
            recording.find("OrdererChannelMembership", "trade-orderer-0").inputs.outside,
            {
                host: "orderer-0.trade.example.com",
                ports: { grpc: 443, admin: 9443, operations: 8443 },
            },
        );
    });
});

describe("nodes that have names outside, and nothing that leads there yet", function () {
    this.timeout(PATIENCE_MS);

    it("have them in their certificates, and tell those inside", async () => {
        const recording = await recordNetwork(() => exposed({ ...DOMAIN, exposedBy: "none" }));
        const { hosts } = recording.find("Certificate", "orderer-0-tls-certificate").inputs;
        assert.ok((hosts as string[]).includes("orderer-0.trade.example.com"));
        assert.equal(
            definitionOf(recording).ordering[0]?.ordererEndpoints[0],
            "orderer-0.orderer-org.svc:7050",
        );
        assert.ok(!kindsOf(recording).has("Gateway"));
        assert.deepEqual(
            recording.resources.filter(({ name }) => name.endsWith("-outside")),
            [],
        );
    });

    it("tell those outside if they are to, so that a channel keeps what it has", async () => {
        const told = async (outside: OutsideArgs) => {
            const advertise = { advertise: "external" } as const;
            const recording = await recordNetwork(() =>
                exposed(outside, {}, { orderers: advertise, peer: advertise }),
            );
            const { ordering, application } = definitionOf(recording);
            return [ordering[0]?.ordererEndpoints, application[0]?.anchorPeers];
        };
        const before = await told({ ...DOMAIN, exposedBy: "none" });
        assert.deepEqual(before[1], [{ host: "org1-peer0.trade.example.com", port: 7051 }]);
        assert.deepEqual(await told(DOMAIN), before);
    });

    it("change nothing of a network without them", async () => {
        const recording = await recordNetwork(() =>
            exposed({}, {}, { org: { outside: undefined } }),
        );
        assert.equal((recording.returned as Nodes).peer.outside, undefined);
        assert.equal(
            (recording.returned as Nodes).peer.externalEndpoint,
            "org1-peer0.org1.svc:7051",
        );
        for (const { inputs } of recording.resources) {
            assert.ok(!JSON.stringify(inputs).includes('"outside"'));
        }
    });
});

describe("a program that comes from outside", function () {
    this.timeout(PATIENCE_MS);
    let recording: Recording;
    before(async () => {
        recording = await recordNetwork(() => exposed({ ...DOMAIN, administration: "outside" }));
    });

    it("reaches the admin and operations ports through the load balancers", () => {
        assert.deepEqual(
            serviceOf(recording, "orderer-0").spec.ports.map(({ port }) => port),
            [7050, 9443, 8443],
        );
        const { spec } = manifest(recording.find("NetworkPolicy", "orderer-org-allow-orderers"));
        assert.deepEqual(
            spec.ingress[0].ports.map(({ port }) => port),
            [7050, 9443, 8443],
        );
        const rollout = recording.find("OrdererRollout", "orderer-rollout").inputs;
        assert.deepEqual(
            rollout.nodes,
            [0, 1, 2].map((number) => ({
                node: `orderer-${number}`,
                outside: {
                    host: `orderer-${number}.trade.example.com`,
                    ports: { grpc: 7050, admin: 9443, operations: 8443 },
                },
            })),
        );
    });

    it("waits for the way before it takes it", () => {
        const join = recording.find("PeerChannelMembership", "trade-org1-peer0");
        assert.deepEqual(join.inputs.outside, {
            host: "org1-peer0.trade.example.com",
            ports: { grpc: 7051 },
        });
        assert.ok(recording.dependenciesOf(join).includes("Service org1-peer0-outside"));
        assert.ok(
            recording
                .dependenciesOf(recording.find("OrdererRollout", "orderer-rollout"))
                .includes("Service orderer-0-outside"),
        );
    });
});

describe("a peer beside the ordering nodes", function () {
    this.timeout(PATIENCE_MS);

    function beside(outside?: OutsideArgs) {
        const cluster = testCluster();
        const ordererOrg = new FabricOrg("orderer-org", { cluster, mspId: "OrdererMSP", outside });
        const orderers = new OrdererService("orderer", { org: ordererOrg, nodes: 1 });
        const org = new FabricOrg("org1", { cluster, mspId: "Org1MSP" });
        return new PeerNode("org1-peer0", { org, orderers: [orderers] });
    }

    it("takes its blocks from them inside, with the certificate of their CA", async () => {
        const recording = await recordNetwork(() => beside(DOMAIN));
        const overrides = JSON.parse(
            environmentOf(recording, "org1-peer0").CORE_PEER_DELIVERYCLIENT_ADDRESSOVERRIDES!,
        );
        assert.deepEqual(overrides, [
            {
                from: "orderer-0.trade.example.com:7050",
                to: "orderer-0.orderer-org.svc:7050",
                caCertsFile: "/etc/hyperledger/orderers/OrdererMSP.pem",
            },
        ]);
        const map = recording.find("ConfigMap", "org1-peer0-orderers");
        assert.deepEqual(Object.keys(map.inputs.data as object), ["OrdererMSP.pem"]);
        const pod = manifest(recording.find("StatefulSet", "org1-peer0")).spec.template.spec;
        assert.deepEqual(pod.volumes.find(({ name }) => name === "orderers")?.configMap, {
            name: "org1-peer0-orderers",
        });
        const mount = pod.containers[0].volumeMounts.find(({ name }) => name === "orderers");
        assert.equal(mount?.mountPath, "/etc/hyperledger/orderers");
        assert.ok(
            recording
                .dependenciesOf(recording.find("StatefulSet", "org1-peer0"))
                .includes("ConfigMap org1-peer0-orderers"),
        );
    });

    it("is told nothing where they tell their addresses inside anyway", async () => {
        const recording = await recordNetwork(() => beside());
        assert.ok(!recording.resources.some(({ name }) => name === "org1-peer0-orderers"));
        const environment = environmentOf(recording, "org1-peer0");
        assert.ok(!("CORE_PEER_DELIVERYCLIENT_ADDRESSOVERRIDES" in environment));
    });
});

describe("consenters in several clusters", function () {
    this.timeout(PATIENCE_MS);

    it("reach each other at their addresses outside", async () => {
        const recording = await recordNetwork(() =>
            exposed(DOMAIN, {}, { orderers: { consenterAddresses: "external" } }),
        );
        assert.deepEqual(
            definitionOf(recording).ordering[0]?.consenters.map(({ host, port }) => [host, port]),
            [0, 1, 2].map((number) => [`orderer-${number}.trade.example.com`, 7050]),
        );
    });

    it("fail where they have none", async () => {
        const lines = await refusal(() =>
            exposed(
                {},
                {},
                { org: { outside: undefined }, orderers: { consenterAddresses: "external" } },
            ),
        );
        assert.deepEqual(lines, [
            'consenterAddresses: orderer-0, orderer-1, orderer-2: "external" needs an external host; ' +
                'write externalHosts, or "internal"',
        ]);
    });
});

describe("a channel of nodes in two clusters", function () {
    this.timeout(PATIENCE_MS);

    /** Ordering nodes here and there, a peer there. */
    function spread(
        outside: OutsideArgs | undefined,
        orderers: Pick<OrdererServiceArgs, "advertise" | "consenterAddresses"> = {},
        peer: Pick<PeerNodeArgs, "advertise"> = {},
    ): Channel {
        const [here, there] = ["here", "there"].map(
            (name) => new ExistingCluster(name, { kubeconfig: KUBECONFIG }),
        ) as [ExistingCluster, ExistingCluster];
        const services = [here, there].map((cluster) => {
            const org = new FabricOrg(`orderers-${cluster.name}`, {
                cluster,
                mspId: `Orderers-${cluster.name}`,
                outside,
            });
            return new OrdererService(`orderer-${cluster.name}`, { org, nodes: 1, ...orderers });
        });
        const org = new FabricOrg("org1", { cluster: there, mspId: "Org1MSP", outside });
        const peers = [new PeerNode("org1-peer0", { org, ...peer })];
        return new Channel("trade", { orderers: services, peers });
    }

    it("is made where all tell addresses outside", async () => {
        const recording = await recordNetwork(() =>
            spread(DOMAIN, { consenterAddresses: "external" }),
        );
        const { ordering } = definitionOf(recording);
        assert.deepEqual(
            ordering.map(({ consenters }) => consenters[0]?.host),
            ["orderer-here-0.trade.example.com", "orderer-there-0.trade.example.com"],
        );
    });

    it("is made where the program says that names inside are known in both", async () => {
        const inside = { advertise: "internal" } as const;
        await recordNetwork(() =>
            spread(undefined, { ...inside, consenterAddresses: "internal" }, inside),
        );
    });

    it("fails where a node tells an address that others cannot reach, for each one", async () => {
        assert.deepEqual(await refusal(() => spread(undefined)), [
            'orderers[0]: "orderer-here" tells an address inside the cluster here, and the channel has ' +
                'nodes in there; write outside of its FabricOrg, or advertise: "internal" where names ' +
                "inside are known there, too",
            'orderers[1]: "orderer-there" tells an address inside the cluster there, and the channel ' +
                'has nodes in here; write outside of its FabricOrg, or advertise: "internal" where ' +
                "names inside are known there, too",
            'peers[0]: "org1-peer0" tells an address inside the cluster there, and the channel has ' +
                'nodes in here; write outside of its FabricOrg, or advertise: "internal" where names ' +
                "inside are known there, too",
            'orderers[0]: the consenters of "orderer-here" reach each other inside the cluster here, ' +
                'and the channel has nodes in there; write consenterAddresses: "external", or ' +
                '"internal" where names inside are known there, too',
            'orderers[1]: the consenters of "orderer-there" reach each other inside the cluster ' +
                'there, and the channel has nodes in here; write consenterAddresses: "external", or ' +
                '"internal" where names inside are known there, too',
        ]);
    });
});

describe("a way from outside that cannot be", function () {
    this.timeout(PATIENCE_MS);
    const gateway = { exposedBy: "Gateway", gateway: { className: "eg" } } as const;
    const wrong: Record<string, [OutsideArgs, RegExp]> = {
        "fails without names": [{}, /^outside\.domain: is not set.*write one such as "org1\./],
        "fails with two ways to names": [
            { ...DOMAIN, azureDnsLabel: "acme" },
            /^outside\.domain: is set, and so is azureDnsLabel/,
        ],
        "fails with a domain that is none": [
            { domain: "https://Example.com/" },
            /^outside\.domain: "https:\/\/Example\.com\/" is a URL, not a host name; write "example\.com"/,
        ],
        "fails with an address for a domain": [
            { domain: "192.0.2.1" },
            /^outside\.domain: "192\.0\.2\.1" is an address, and names are below a domain; write "org1/,
        ],
        "fails with a domain that is too long": [
            { domain: `${"a.".repeat(100)}com` },
            /^outside\.domain: .* has 203 characters and the limit is 200/,
        ],
        "fails with an unknown way": [
            { ...DOMAIN, exposedBy: "Ingress" as "none" },
            /^outside\.exposedBy: "Ingress" is not a way to nodes from outside; write "LoadBalancer"/,
        ],
        "fails with a gateway that nobody is to make": [
            { ...DOMAIN, exposedBy: "Gateway" },
            /^outside\.gateway: is not set; write the class/,
        ],
        "fails with a gateway beside load balancers": [
            { ...DOMAIN, gateway: { className: "eg" } },
            /^outside\.gateway: is set, and exposedBy is "LoadBalancer"; write "Gateway"/,
        ],
        "fails with a class of gateways that cannot be": [
            { ...DOMAIN, ...gateway, gateway: { className: "Envoy Gateway" } },
            /^outside\.gateway\.className: "Envoy Gateway"/,
        ],
        "fails with a port of the gateway that is none": [
            { ...DOMAIN, ...gateway, gateway: { className: "eg", port: 0 } },
            /^outside\.gateway\.port: 0 is not a TCP port/,
        ],
        "fails with the port of the admin endpoints for all": [
            {
                ...DOMAIN,
                ...gateway,
                gateway: { className: "eg", port: 9443 },
                administration: "outside",
            },
            /^outside\.gateway\.port: 9443 is the port of ordering nodes' own endpoints/,
        ],
        "fails with a version of routes that there never was": [
            {
                ...DOMAIN,
                ...gateway,
                gateway: { className: "eg", tlsRouteVersion: "v2" as "v1" },
            },
            /^outside\.gateway\.tlsRouteVersion: "v2" is not a version of TLSRoute/,
        ],
        "fails with ranges that are none": [
            { ...DOMAIN, sourceRanges: ["203.0.113.0", "203.0.113.0/33", "example.com/8"] },
            /^outside\.sourceRanges\[0\]: "203\.0\.113\.0" is not a range of addresses/,
        ],
        "fails with ranges for a gateway": [
            { ...DOMAIN, ...gateway, sourceRanges: ["203.0.113.0/24"] },
            /^outside\.sourceRanges: is for load balancers, and exposedBy is "Gateway"/,
        ],
        "fails with administration through nothing": [
            { ...DOMAIN, exposedBy: "none", administration: "outside" },
            /^outside\.administration: "outside" needs a way from outside, and exposedBy is "none"/,
        ],
        "fails with annotations that are arguments": [
            { ...DOMAIN, annotations: { "external-dns.alpha.kubernetes.io/hostname": "x" } },
            /^outside\.annotations\["external-dns.*"\]: is set, and outside\.domain says it/,
        ],
    };
    for (const [sentence, [outside, expected]] of Object.entries(wrong)) {
        it(sentence, async () => {
            const lines = await refusal(() => exposed(outside));
            assert.match(lines[0]!, expected);
        });
    }

    it("fails with every range that is wrong", async () => {
        const ranges = ["203.0.113.0", "203.0.113.0/33", "10.0.0.0/8"];
        const lines = await refusal(() => exposed({ ...DOMAIN, sourceRanges: ranges }));
        assert.deepEqual(
            lines.map((line) => line.split(":")[0]),
            ["outside.sourceRanges[0]", "outside.sourceRanges[1]"],
        );
    });

    it("fails with ranges on IBM's VPC, whose load balancers may not heed them", async () => {
        const ranges = { ...DOMAIN, sourceRanges: ["203.0.113.0/24"] };
        const lines = await refusal(() => exposed(ranges, { vendor: "iks" }));
        assert.match(lines[0]!, /^outside\.sourceRanges: is set, and nothing says that/);
    });

    it("fails with a node that has the name of another one's load balancer", async () => {
        const lines = await refusal(() => {
            const org = new FabricOrg("org1", {
                cluster: testCluster(),
                mspId: "Org1MSP",
                outside: DOMAIN,
            });
            new PeerNode("peer0", { org });
            return new PeerNode("peer0-outside", { org });
        });
        assert.match(lines[0]!, /^name: "peer0-outside" is already the node of PeerNode "peer0"/);
    });

    it("fails where two nodes would have one name outside", async () => {
        const lines = await refusal(() => {
            const cluster = testCluster();
            for (const name of ["org1", "org2"]) {
                const org = new FabricOrg(name, {
                    cluster,
                    mspId: `${name}MSP`,
                    outside: DOMAIN,
                });
                new PeerNode("peer0", { org }, { parent: org });
            }
        });
        assert.deepEqual(lines, [
            'name: "peer0.trade.example.com:7051" is already the endpoint of PeerNode "peer0"; write a ' +
                "host for each node",
        ]);
    });

    it("fails with a port of external hosts that the organization says", async () => {
        const lines = await refusal(() => exposed(DOMAIN, {}, { peer: { externalPort: 443 } }));
        assert.deepEqual(lines, [
            "externalPort: 443 is set, and the organization's outside says it; take it away",
        ]);
    });

    it("fails with ordering nodes of another cluster beside a peer", async () => {
        const lines = await refusal(() => {
            const here = new ExistingCluster("here", { kubeconfig: KUBECONFIG });
            const { orderers } = exposed(DOMAIN);
            const org = new FabricOrg("org2", { cluster: here, mspId: "Org2MSP" });
            return new PeerNode("org2-peer0", { org, orderers: [orderers] });
        });
        assert.match(lines[0]!, /^orderers\[0\]: "orderer" is in the cluster/);
    });
});

describe("nodes that had other names before", function () {
    this.timeout(PATIENCE_MS);
    const renamed = {
        domain: "new.example.com",
        formerDomains: ["old.example.com"],
    };
    const BOTH = ["org1-peer0.new.example.com", "org1-peer0.old.example.com"];

    it("have both in certificates, tell the new one, and DNS is told both", async () => {
        const recording = await recordNetwork(
            () => new PeerNode("org1-peer0", { org: testOrg({ outside: renamed }) }),
        );
        const { hosts, toldHosts } = recording.find("Certificate", "org1-peer0-tls-certificate")
            .inputs as Record<string, string[]>;
        assert.deepEqual(
            hosts!.filter((host) => host.endsWith("example.com")),
            BOTH,
        );
        assert.deepEqual(toldHosts, [BOTH[0]]);
        const { metadata } = recording.find("Service", "org1-peer0-outside").inputs as {
            metadata: { annotations: Record<string, string> };
        };
        assert.equal(
            metadata.annotations["external-dns.alpha.kubernetes.io/hostname"],
            BOTH.join(","),
        );
        assert.equal((recording.returned as PeerNode).externalEndpoint, `${BOTH[0]}:7051`);
    });

    it("are found behind their gateway by both", async () => {
        const outside = { ...renamed, exposedBy: "Gateway", gateway: { className: "eg" } } as const;
        const recording = await recordNetwork(
            () => new PeerNode("org1-peer0", { org: testOrg({ outside }) }),
        );
        const spec = (kind: string) =>
            recording.ofKind(kind)[0]!.inputs.spec as Record<
                string,
                { name?: string; hostname?: string; sectionName?: string }[]
            >;
        assert.deepEqual(
            spec("Gateway").listeners!.map(({ name, hostname }) => [name, hostname]),
            [
                ["grpc", "*.new.example.com"],
                ["grpc-1", "*.old.example.com"],
            ],
        );
        assert.deepEqual(spec("TLSRoute").hostnames, BOTH);
        assert.deepEqual(
            spec("TLSRoute").parentRefs!.map(({ sectionName }) => sectionName),
            ["grpc", "grpc-1"],
        );
    });

    it("fail with a former domain that is the present one, or none", async () => {
        const formerDomains = ["new.example.com", "no domain"];
        await recordNetwork(() => {
            assert.throws(
                () => testOrg({ outside: { domain: "new.example.com", formerDomains } }),
                /outside\.formerDomains\[0\]: "new\.example\.com" is the domain that the nodes have; take it away\n.*outside\.formerDomains\[1\]: "no domain"/,
            );
        });
    });
});
