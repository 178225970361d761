import assert from "node:assert/strict";

import type { Output } from "@pulumi/pulumi";
import type { Recording } from "kubefabric/testing";

import { countsOf, namesOf, settingsReadBy } from "../support/examples.ts";
import { LOCAL, recordLocalExample } from "../support/localExample.ts";
import { valueOf } from "../support/network.ts";
import { assertSnapshot } from "../support/snapshot.ts";

describe("the local example", function () {
    this.timeout(60_000);
    let recording: Recording;
    before(async () => {
        recording = await recordLocalExample();
    });

    it("registers 123 resources: eleven components, and so many of each kind", () => {
        assert.equal(recording.resources.length, 123);
        assert.deepEqual(countsOf(recording), {
            ExistingCluster: 1,
            FabricOrg: 3,
            OrdererService: 1,
            OrdererNode: 3,
            PeerNode: 2,
            ClusterAccess: 1,
            kubernetes: 1,
            NamespaceGuard: 3,
            Namespace: 3,
            NetworkPolicy: 12,
            ServiceAccount: 3,
            CaCertificate: 7,
            PrivateKey: 21,
            Certificate: 14,
            Secret: 12,
            LedgerGuard: 5,
            PersistentVolumeClaim: 5,
            Service: 10,
            StatefulSet: 5,
            OrdererRollout: 1,
            PodDisruptionBudget: 1,
            Channel: 1,
            GenesisBlock: 1,
            OrdererChannelMembership: 3,
            ConsenterSet: 1,
            PeerChannelMembership: 2,
            ChannelConfig: 1,
        });
    });

    it("keeps the names of its resources: a renamed one would be deleted and made anew", () => {
        const urns = namesOf(recording);
        assert.equal(new Set(urns).size, urns.length);
        assertSnapshot("local.urns", urns);
    });

    it("tells where each node is reached", async () => {
        const { endpoints } = recording.returned as { endpoints: { endpoint: Output<string> }[] };
        const told = await Promise.all(
            endpoints.map(async ({ endpoint, ...rest }) => ({
                ...rest,
                endpoint: await valueOf(endpoint),
            })),
        );
        assert.equal(told.length, 5);
        assert.deepEqual(told.at(-1), {
            organization: "Org2MSP",
            node: "org2-peer0",
            endpoint: "org2-peer0.org2.svc:7051",
        });
    });

    it("registers what its stack configuration asks for", async () => {
        const { StatefulSet, PeerNode, Password, PersistentVolumeClaim } = countsOf(
            await recordLocalExample({
                ordererNodes: "1",
                peerOrganizations: "1",
                peersPerOrganization: "2",
                stateDatabase: "CouchDB",
            }),
        );
        assert.deepEqual(
            { StatefulSet, PeerNode, Password, PersistentVolumeClaim },
            { StatefulSet: 3, PeerNode: 2, Password: 2, PersistentVolumeClaim: 5 },
        );
    });

    it("protects nothing once its ledgers may be deleted", async () => {
        const { resources } = await recordLocalExample({ deleteLedgers: "true" });
        assert.ok(recording.resources.some(({ protect }) => protect));
        assert.deepEqual(
            resources.filter(({ protect, retainOnDelete }) => protect || retainOnDelete),
            [],
        );
    });

    it("reads the settings that Pulumi.yaml describes, and no others", () => {
        assert.deepEqual(settingsReadBy(LOCAL), Object.keys(LOCAL.project.config).sort());
        for (const [key, { description }] of Object.entries(LOCAL.project.config)) {
            assert.ok(description, key);
        }
    });
});
