import assert from "node:assert/strict";

import { startupOrder } from "kubefabric/policy";
import { Recording, replay, type RecordedResource } from "kubefabric/testing";

import { network, recordNetwork } from "../support/network.ts";
import { nodeLabels, registered, registration, said, UNKNOWN_TEXT } from "../support/policy.ts";

const ORGANIZATION = {
    "app.kubernetes.io/part-of": "kubefabric",
    "kubefabric.io/organization": "Org1MSP",
};

const org = registration("kubefabric:index:FabricOrg", "org1", { mspId: "Org1MSP" });
const account = (labels: Record<string, string> = ORGANIZATION) =>
    registered(
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "fabric-nodes", labels } },
        { parent: org.urn },
    );
const peer = (dependencies: string[] = []) =>
    registration("kubefabric:index:PeerNode", "peer0", { mspId: "Org1MSP" }, { dependencies });
const statefulSet = (
    dependencies: string[],
    { name = "peer0", kind = "peer", parent = "", labels = nodeLabels(kind, name) } = {},
) => {
    const metadata = { name, namespace: "org1", labels };
    return registered(
        { apiVersion: "apps/v1", kind: "StatefulSet", metadata },
        { dependencies, parent },
    );
};

describe("startup-order", () => {
    it("passes a node that waits for its organization's last child", async () => {
        const ready = account();
        assert.deepEqual(await said(startupOrder, [org, ready, statefulSet([ready.urn])]), []);
    });

    it("passes a node that waits for it through others, or through its component", async () => {
        const ready = account();
        const service = registered(
            { apiVersion: "v1", kind: "Service", metadata: { name: "peer0-headless" } },
            { dependencies: [ready.urn] },
        );
        assert.deepEqual(
            await said(startupOrder, [org, ready, service, statefulSet([service.urn])]),
            [],
        );
        const component = peer([ready.urn]);
        const child = statefulSet([], { parent: component.urn });
        assert.deepEqual(await said(startupOrder, [org, ready, component, child]), []);
    });

    it("refuses a node that waits for nothing, or for its Namespace only", async () => {
        const home = registered(
            {
                apiVersion: "v1",
                kind: "Namespace",
                metadata: { name: "org1", labels: ORGANIZATION },
            },
            { parent: org.urn },
        );
        for (const dependencies of [[], [home.urn]]) {
            const [only, ...others] = await said(startupOrder, [
                org,
                home,
                account(),
                statefulSet(dependencies),
            ]);
            assert.deepEqual(others, []);
            assert.match(
                only!,
                /^mandatory: StatefulSet\/peer0: dependsOn: does not wait for its organization \(ServiceAccount\/fabric-nodes\)/,
            );
        }
    });

    it("refuses a node that waits for another organization", async () => {
        const other = registered({
            apiVersion: "v1",
            kind: "ServiceAccount",
            metadata: {
                name: "others",
                labels: { ...ORGANIZATION, "kubefabric.io/organization": "Org2MSP" },
            },
        });
        assert.equal(
            (await said(startupOrder, [account(), other, statefulSet([other.urn])])).length,
            1,
        );
    });

    it("knows nodes and organizations by label or by component", async () => {
        const component = peer();
        const unlabelled = statefulSet([], { parent: component.urn, labels: {} });
        const byComponent = [org, account({}), component, unlabelled];
        assert.equal((await said(startupOrder, byComponent)).length, 1);
        const foreign = statefulSet([], { labels: { app: "web" } });
        assert.deepEqual(await said(startupOrder, [org, account(), foreign]), []);
    });

    it("takes an account of something else in the organization for no sign that it is ready", async () => {
        const labels = { ...ORGANIZATION, "app.kubernetes.io/component": "certificate-check" };
        const other = {
            ...account(labels),
            urn: "urn:pulumi:stack::test::kubernetes:core/v1:ServiceAccount::check",
            parent: "",
        };
        const found = await said(startupOrder, [org, account(), other, statefulSet([other.urn])]);
        assert.equal(found.length, 1);
        assert.match(found[0]!, /\(ServiceAccount\/fabric-nodes\)/);
        const all = [org, other, statefulSet([])];
        assert.deepEqual(
            await said(startupOrder, all),
            [],
            "without its own there is nothing to wait for",
        );
    });

    it("says nothing where the organization is not in the stack", async () => {
        assert.deepEqual(await said(startupOrder, [statefulSet([])]), []);
        const unknown = { ...nodeLabels(), "kubefabric.io/organization": UNKNOWN_TEXT };
        assert.deepEqual(
            await said(startupOrder, [account(), statefulSet([], { labels: unknown })]),
            [],
        );
    });

    it("ends where a state says that things wait for one another", async () => {
        const [a, b] = [statefulSet([]), account()];
        const circle: RecordedResource[] = [
            { ...a, dependencies: [b.urn], parent: b.urn },
            { ...b, dependencies: [a.urn], parent: a.urn },
        ];
        assert.deepEqual(await said(startupOrder, circle), []);
    });
});

describe("startup-order of a channel", () => {
    const channel = registration("kubefabric:index:Channel", "trade", { channelId: "trade" });
    const orderer = (dependencies: string[] = []) =>
        statefulSet(dependencies, { name: "orderer-0", kind: "orderer" });
    const membership = (kind: string, node: string, dependencies: string[]) =>
        registration(
            `pulumi-nodejs:dynamic/kubefabric:${kind}`,
            `trade-${node}`,
            { node },
            { parent: channel.urn, dependencies },
        );

    it("passes memberships that wait for their nodes", async () => {
        const [first, second] = [orderer(), statefulSet([])];
        const resources = [
            first,
            second,
            channel,
            membership("OrdererChannelMembership", "orderer-0", [first.urn]),
            membership("PeerChannelMembership", "peer0", [second.urn]),
        ];
        assert.deepEqual(await said(startupOrder, resources), []);
    });

    it("refuses what asks ordering nodes and waits for none", async () => {
        for (const kind of ["ConsenterSet", "ChannelConfig"]) {
            const type = `pulumi-nodejs:dynamic/kubefabric:${kind}`;
            const asker = (dependencies: string[]) =>
                registration(type, "trade-x", {}, { parent: channel.urn, dependencies });
            const first = orderer();
            const [only] = await said(startupOrder, [first, channel, asker([])]);
            assert.match(
                only!,
                new RegExp(`^mandatory: ${kind}/trade-x: dependsOn: does not wait`),
            );
            assert.deepEqual(await said(startupOrder, [first, channel, asker([first.urn])]), []);
        }
    });

    it("takes a node of the same name in another namespace for another", async () => {
        const other = membership("PeerChannelMembership", "peer0", []);
        const elsewhere = { ...other, inputs: { node: "peer0", namespace: "org2" } };
        assert.deepEqual(await said(startupOrder, [statefulSet([]), channel, elsewhere]), []);
    });

    it("refuses a membership that does not wait for its own node", async () => {
        const [first, second] = [orderer(), statefulSet([])];
        const found = await said(startupOrder, [
            first,
            second,
            channel,
            membership("OrdererChannelMembership", "orderer-0", [first.urn]),
            membership("PeerChannelMembership", "peer0", [first.urn]),
        ]);
        assert.equal(found.length, 1);
        assert.match(
            found[0]!,
            /^mandatory: PeerChannelMembership\/trade-peer0: .*\(StatefulSet\/peer0\)/,
        );
    });
});

describe("startup-order of a network of this package", () => {
    let recording: Recording;
    before(async () => {
        recording = await recordNetwork(() => network(2));
    });

    it("is right as it is", async () => {
        assert.deepEqual(await replay(recording, [startupOrder]), []);
    });

    it("is wrong for exactly the node whose first resource waits for nothing", async () => {
        const cut = recording.resources.map((resource) =>
            resource.name === "org1-peer0-headless" ? { ...resource, dependencies: [] } : resource,
        );
        const found = await replay(new Recording(cut, undefined), [startupOrder]);
        assert.deepEqual(
            found.map(({ urn, level }) => `${level} ${urn.split("::").at(-1)}`),
            ["mandatory org1-peer0"],
        );
    });

    it("looks at the stack once, and unpacks it for no policy that has nothing left to say", () => {
        const validate = startupOrder.validateStack as { __pulumiType?: string };
        assert.equal(validate.__pulumiType, undefined);
    });
});
