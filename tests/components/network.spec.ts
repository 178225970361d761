import assert from "node:assert/strict";

import type { RecordedResource, Recording } from "kubefabric/testing";

import { network, recordNetwork, testChannel } from "../support/network.ts";

const kindOf = (resource: RecordedResource) => resource.type.split(":").at(-1);

/** Everything that a resource waits for, directly or through others, its parents' waits included. */
function before(recording: Recording, resource: RecordedResource): Set<string> {
    const byUrn = new Map(recording.resources.map((each) => [each.urn, each]));
    const seen = new Set<string>();
    const visit = (urn: string) => {
        const found = byUrn.get(urn);
        if (found && !seen.has(urn)) {
            seen.add(urn);
            [...found.dependencies, found.parent].forEach(visit);
        }
    };
    [...resource.dependencies, resource.parent].forEach(visit);
    return new Set([...seen].map((urn) => `${kindOf(byUrn.get(urn)!)} ${byUrn.get(urn)!.name}`));
}

describe("a network of one ordering and two peer organizations", () => {
    let recording: Recording;
    before_(async () => {
        recording = await recordNetwork(() => network(2));
    });

    it("starts every node after its organization", () => {
        for (const [node, org] of [
            ["orderer-0", "orderer-org"],
            ["orderer-2", "orderer-org"],
            ["org1-peer0", "org1"],
            ["org2-peer0", "org2"],
        ]) {
            const waits = before(recording, recording.find("StatefulSet", node!));
            assert.ok(waits.has(`ServiceAccount ${org}-nodes`), `${node} waits for ${org}`);
        }
    });

    it("starts ordering nodes and peers in parallel", () => {
        const waits = before(recording, recording.find("StatefulSet", "org1-peer0"));
        assert.deepEqual(
            [...waits].filter((label) => / orderer(-\d|$)/.test(label)),
            [],
        );
        const orderer = before(recording, recording.find("StatefulSet", "orderer-1"));
        assert.deepEqual(
            [...orderer].filter((label) => /orderer-[02]/.test(label)),
            [],
        );
    });

    it("lets no organization wait for another", () => {
        const waits = before(recording, recording.find("Service", "org2-peer0-service"));
        assert.deepEqual(
            [...waits].filter((label) => /\borg1/.test(label)),
            [],
        );
    });

    it("starts a peer from its claim, its Secret and its headless Service, then opens its Service", () => {
        const statefulSet = recording.find("StatefulSet", "org1-peer0");
        assert.deepEqual(recording.dependenciesOf(statefulSet), [
            "PersistentVolumeClaim org1-peer0-ledger",
            "Secret org1-peer0-identity",
            "Service org1-peer0-headless",
        ]);
        assert.deepEqual(
            recording.dependenciesOf(recording.find("Service", "org1-peer0-service")),
            ["StatefulSet org1-peer0"],
        );
        assert.deepEqual(
            recording.dependenciesOf(recording.find("Service", "org1-peer0-headless")),
            ["ServiceAccount org1-nodes"],
        );
    });

    it("puts a guard before every claim", () => {
        for (const claim of recording.ofKind("PersistentVolumeClaim")) {
            assert.ok(
                recording.dependenciesOf(claim).includes(`LedgerGuard ${claim.name}-guard`),
                claim.name,
            );
        }
    });

    it("gives every child a component as its parent and its component's name as a prefix", () => {
        for (const resource of recording.resources) {
            const parent = recording.resources.find(({ urn }) => urn === resource.parent);
            if (parent) {
                assert.ok(
                    resource.name.startsWith(parent.name),
                    `${resource.name} of ${parent.name}`,
                );
                assert.equal(parent.custom, false);
            } else {
                assert.equal(resource.custom, false, `${resource.name} has a parent`);
            }
        }
    });

    it("protects and retains what cannot be made again, and nothing else", () => {
        const kept = new Set(["Namespace", "Secret", "PersistentVolumeClaim", "PrivateKey"]);
        kept.add("CaCertificate").add("Certificate");
        for (const resource of recording.resources) {
            const expected = kept.has(kindOf(resource)!);
            assert.equal(
                resource.protect,
                expected,
                `protect of ${resource.type} ${resource.name}`,
            );
            assert.equal(resource.retainOnDelete, expected, `retain of ${resource.name}`);
        }
    });

    it("uses one provider for everything in the cluster", () => {
        const providers = new Set(
            recording.resources
                .filter(({ type }) => type.startsWith("kubernetes:"))
                .map(({ provider }) => provider),
        );
        assert.equal(providers.size, 1);
        assert.match([...providers][0]!, /cluster-provider::/);
    });

    it("runs every Pod under its organization's account, which may do nothing", () => {
        const accounts = recording.ofKind("ServiceAccount").map(({ inputs }) => {
            const { metadata, ...rest } = inputs as { metadata: { name: string } };
            assert.deepEqual(rest, {
                apiVersion: "v1",
                kind: "ServiceAccount",
                automountServiceAccountToken: false,
            });
            return metadata.name;
        });
        for (const { name, inputs } of recording.ofKind("StatefulSet")) {
            const { template } = (inputs as { spec: { template: { spec: object } } }).spec;
            const { serviceAccountName, automountServiceAccountToken } = template.spec as Record<
                string,
                unknown
            >;
            assert.ok(accounts.includes(serviceAccountName as string), name);
            assert.equal(automountServiceAccountToken, false, name);
        }
    });

    it("names every object in the cluster itself", () => {
        for (const { type, name, inputs } of recording.resources) {
            if (type.startsWith("kubernetes:")) {
                const { metadata } = inputs as { metadata: { name?: string } };
                assert.ok(metadata.name, `${type} ${name}`);
            }
        }
    });

    it("marks every private key and password as a secret output", () => {
        for (const key of recording.ofKind("PrivateKey")) {
            assert.deepEqual(key.additionalSecretOutputs, ["privateKeyPem"], key.name);
        }
    });
});

describe("the size of a network", function () {
    // Three networks with a channel are built here, the largest of 32 organizations.
    this.timeout(60_000);
    const edges = (recording: Recording) =>
        recording.resources.reduce((sum, { dependencies }) => sum + dependencies.length, 0);

    it("is at most two dependencies a resource, and grows evenly with organizations", async () => {
        // A channel waits for the administrators of all, which weighs more the smaller it is.
        const sizes = [8, 16, 32];
        const counts = [];
        for (const size of sizes) {
            const recording = await recordNetwork(() => testChannel(network(size)));
            const count = recording.resources.length;
            assert.ok(edges(recording) / count <= 2, `${edges(recording)} / ${count}`);
            counts.push({ edges: edges(recording), resources: count });
        }
        const [eight, sixteen, thirtyTwo] = counts as [
            (typeof counts)[0],
            (typeof counts)[0],
            (typeof counts)[0],
        ];
        for (const measure of ["edges", "resources"] as const) {
            const perOrganization = (sixteen[measure] - eight[measure]) / 8;
            assert.equal(thirtyTwo[measure], sixteen[measure] + 16 * perOrganization, measure);
        }
    });

    it("of one more peer is twelve resources, its component and its membership among them", async () => {
        const [one, two] = [
            await recordNetwork(() => testChannel(network(1, 1))),
            await recordNetwork(() => testChannel(network(1, 2))),
        ];
        const added = two.resources.length - one.resources.length;
        assert.equal(added, 12);
        const names = new Set(one.resources.map(({ urn }) => urn));
        for (const { urn, name } of two.resources.filter((each) => !names.has(each.urn))) {
            assert.match(name, /^(trade-)?org1-peer1/, urn);
        }
    });
});

function before_(hook: () => Promise<void>): void {
    globalThis.before(hook);
}
