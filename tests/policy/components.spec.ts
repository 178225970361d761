import assert from "node:assert/strict";

import {
    Channel,
    DockerEndpoint,
    FabricOrg,
    KubernetesBuilder,
    OrdererService,
    PeerNode,
    type ExistingClusterArgs,
    type LedgerStorage,
    type ProfileName,
} from "kubefabric";
import { profileNames } from "kubefabric/internal/storage/profiles";
import { policies } from "kubefabric/policy";
import { checkRecording, Recording, replay, type RecordedResource } from "kubefabric/testing";

import { recordNetwork, testCluster } from "../support/network.ts";
import { UNKNOWN_TEXT } from "../support/policy.ts";

const VENDORS = ["gke", "aks", "iks", "local", "other"] as const;

/** Everything that this package makes, on one cluster. */
function everything(cluster: Partial<ExistingClusterArgs>, storage?: ProfileName | LedgerStorage) {
    return () => {
        const target = testCluster({ zones: 3, ...cluster });
        const ordererOrg = new FabricOrg("orderer-org", { cluster: target, mspId: "OrdererMSP" });
        const orderers = new OrdererService("orderer", { org: ordererOrg, storage });
        const org = new FabricOrg("org1", { cluster: target, mspId: "Org1MSP" });
        const couchDb = { stateDatabase: "CouchDB" as const };
        const peers = [
            new PeerNode("org1-peer0", { org, storage }),
            new PeerNode("org1-peer1", { org, storage }),
        ];
        new PeerNode("org1-peer2", { org, storage, ...couchDb });
        new Channel("trade", { orderers: [orderers], peers });
    };
}

/** What the pack and the rules say of a recording, without saying it twice. */
async function said(recording: Recording): Promise<string[]> {
    const violations = await replay(recording, policies);
    const found = checkRecording(recording).map(
        ({ level, rule, reason }) => `${level} ${rule.name}: ${reason}`,
    );
    const messages = violations.map(
        ({ level, policy, message }) => `${level} ${policy}: ${message}`,
    );
    return [...messages, ...found];
}

const mandatory = (lines: string[]) => lines.filter((line) => line.startsWith("mandatory"));

describe("the pack passes everything that components register", () => {
    for (const vendor of VENDORS) {
        it(`on ${vendor}, with its default storage`, async () => {
            const recording = await recordNetwork(everything({ vendor }));
            assert.ok(recording.ofKind("PersistentVolumeClaim").length >= 6);
            assert.ok(recording.ofKind("PeerChannelMembership").length === 2);
            const lines = await said(recording);
            assert.deepEqual(mandatory(lines), []);
            const isKnown = vendor !== "local" && vendor !== "other";
            // Nobody knows the class that a cluster of one's own has.
            const others = lines.filter((line) => !/is neither a StorageClass/.test(line));
            assert.deepEqual(
                isKnown ? lines.filter((line) => !/costs as much/.test(line)) : others,
                [],
            );
        });
    }

    for (const [vendor, table] of [
        ["gke", "gke"],
        ["aks", "aks"],
        ["iks", "iks-vpc"],
        ["local", "local"],
    ] as const) {
        for (const profile of profileNames(table)) {
            it(`on ${vendor}, with the profile ${profile}`, async () => {
                const machineTypes = profile.startsWith("hyperdisk")
                    ? ["n4-standard-4"]
                    : undefined;
                const storage = { ledger: profile };
                const cluster = { vendor, machineTypes, storage };
                const lines = await said(await recordNetwork(everything(cluster, profile)));
                assert.deepEqual(mandatory(lines), []);
            });
        }
    }

    it("answers iks-has-a-profile: IKS needs no class, no mode and no setting of one's own", async () => {
        const recording = await recordNetwork(everything({ vendor: "iks" }));
        const { inputs } = recording.find("StorageClass", "cluster-10iops-tier");
        assert.equal(inputs.provisioner, "vpc.block.csi.ibm.io");
        assert.equal(inputs.volumeBindingMode, "WaitForFirstConsumer");
        assert.equal(inputs.reclaimPolicy, "Retain");
        assert.deepEqual(await replay(recording, policies), []);
    });

    it("on a class of one's own, with its driver stated", async () => {
        const storage = { storageClassName: "ibmc-vpc-block-metro-retain-10iops-tier" };
        const lines = await said(await recordNetwork(everything({ vendor: "iks" }, storage)));
        assert.deepEqual(mandatory(lines), []);
    });
});

/** A peer that builds and runs chaincode in a Docker endpoint, and starts it in Kubernetes. */
const starting = () => {
    const org = new FabricOrg("org1", {
        cluster: testCluster({ vendor: "gke" }),
        mspId: "Org1MSP",
    });
    const kubernetesBuilder = new KubernetesBuilder("org1-chaincode", { org });
    const dockerEndpoint = new DockerEndpoint("org1-docker", { org });
    new PeerNode("peer0", { org, kubernetesBuilder, dockerEndpoint });
};

describe("the pack and chaincode that peers start", () => {
    const ENDPOINT = "docker-endpoint";
    const refused = async (config: Record<string, unknown> = {}) =>
        (await replay(await recordNetwork(starting), policies, { config: { [ENDPOINT]: config } }))
            .filter(({ level }) => level === "mandatory")
            .map(({ policy, message }) => `${policy}: ${message}`);

    it("refuses the Docker endpoint, as component and as DaemonSet, and nothing else", async () => {
        const lines = await refused();
        assert.equal(lines.length, 2, lines.join("\n"));
        for (const [line, said] of [
            [
                lines.find((line) => line.includes("DaemonSet")),
                /privileged: true gives it the rights/,
            ],
            [
                lines.find((line) => !line.includes("DaemonSet")),
                /is a Docker daemon with the rights of its machine; run chaincode as a service, or name the namespace/,
            ],
        ] as const) {
            assert.match(line ?? "", new RegExp(`^${ENDPOINT}: `));
            assert.match(line ?? "", said);
        }
    });

    it("passes it where its namespace is named, and the peers' own is not", async () => {
        assert.deepEqual(await refused({ dockerNamespaces: ["org1-docker"] }), []);
        assert.equal((await refused({ dockerNamespaces: ["org1", "org1-chaincode"] })).length, 2);
    });

    it("refuses it on Autopilot whatever is named", async () => {
        const lines = await refused({ dockerNamespaces: ["*"], autopilot: true });
        assert.equal(lines.length, 2);
        assert.match(lines[0]!, /GKE Autopilot refuses such Pods; run chaincode as a service/);
    });
});

/** What the guard decides is not known in a preview of a new ledger. */
function asPreviewed({ resources }: Recording, broken: (resource: RecordedResource) => object) {
    const unknown = (resource: RecordedResource): RecordedResource => {
        if (!resource.type.endsWith(":PersistentVolumeClaim")) {
            return { ...resource, inputs: { ...resource.inputs, ...broken(resource) } };
        }
        const { spec } = resource.inputs as { spec: object };
        const hidden = { storageClassName: UNKNOWN_TEXT, accessModes: [UNKNOWN_TEXT] };
        return { ...resource, inputs: { ...resource.inputs, spec: { ...spec, ...hidden } } };
    };
    return new Recording(resources.map(unknown), undefined);
}

describe("the pack, in a preview that does not know what the guards will decide", () => {
    const isGuard = ({ type }: RecordedResource) => type.endsWith(":LedgerGuard");
    const config = { "volume-access-mode": { onUnknown: "mandatory" } };

    for (const vendor of ["gke", "aks", "iks"] as const) {
        it(`still knows what they were asked for, on ${vendor}`, async () => {
            const recording = await recordNetwork(everything({ vendor }));
            const right = await replay(
                asPreviewed(recording, () => ({})),
                policies,
                { config },
            );
            assert.deepEqual(
                right.filter(({ level }) => level === "mandatory"),
                [],
            );

            const wrong = asPreviewed(recording, (resource) =>
                isGuard(resource) ? { accessMode: "ReadWriteMany" } : {},
            );
            const found = await replay(wrong, policies, { config });
            const refused = found.filter(({ level }) => level === "mandatory");
            assert.equal(refused.length, recording.ofKind("LedgerGuard").length);
            for (const { policy, message, urn } of refused) {
                assert.equal(policy, "volume-access-mode");
                assert.match(
                    message,
                    /PersistentVolumeClaim\/[\w-]+: spec\.accessModes\[0\]: "ReadWriteMany"/,
                );
                assert.match(urn, /LedgerGuard/);
            }
        });
    }

    it("says what they do not know either", async () => {
        const recording = await recordNetwork(everything({ vendor: "gke" }));
        const unsure = asPreviewed(recording, (resource) =>
            isGuard(resource) ? { storageClassName: UNKNOWN_TEXT } : {},
        );
        const found = await replay(unsure, policies);
        const lines = found.filter(
            ({ policy, message }) =>
                policy === "volume-access-mode" && /is not known/.test(message),
        );
        assert.equal(lines.length, recording.ofKind("LedgerGuard").length, "once for each ledger");
        assert.ok(lines.every(({ level }) => level === "advisory"));
    });

    it("asks the claims themselves where there are no guards", async () => {
        const recording = await recordNetwork(everything({ vendor: "gke" }));
        const { resources } = asPreviewed(recording, () => ({}));
        const bare = new Recording(
            resources.filter((resource) => !isGuard(resource)),
            undefined,
        );
        const found = await replay(bare, policies, { config });
        const claims = recording.ofKind("PersistentVolumeClaim").length;
        const lines = found.filter(
            ({ policy, level }) => policy === "volume-access-mode" && level === "mandatory",
        );
        assert.equal(new Set(lines.map(({ urn }) => urn)).size, claims);
    });

    it("keeps clusters apart whose organizations have one name", async () => {
        const recording = await recordNetwork(everything({ vendor: "gke" }));
        const moved = (text: string) => text.replaceAll("::cluster", "::other");
        const others = recording.resources.map((resource) => ({
            ...resource,
            urn: `${moved(resource.urn)}-other`,
            parent: resource.parent && `${moved(resource.parent)}-other`,
            provider: resource.provider
                .replace(/::[^:]*$/, "-other::id")
                .replace("::cluster", "::other"),
            inputs: {
                ...resource.inputs,
                ...("kubeconfig" in resource.inputs ? { kubeconfig: "other" } : {}),
                ...(resource.type.endsWith("ExistingCluster") ? { vendor: "aks" } : {}),
            },
        }));
        const both = asPreviewed(
            new Recording([...recording.resources, ...others], undefined),
            () => ({}),
        );
        const found = await replay(both, policies, { config });
        // Classes of Google's driver are right in both; nothing is unknown in either.
        assert.deepEqual(
            found.filter(({ message }) => /is not known/.test(message)),
            [],
        );
    });
});

describe("the pack refuses what a transform of one's own broke", () => {
    for (const [vendor, className] of [
        ["gke", "standard-rwx"],
        ["aks", "azurefile-csi"],
        ["iks", "ibmc-vpc-file-500-iops"],
    ] as const) {
        it(`on ${vendor}: another mode, and another class`, async () => {
            const { resources } = await recordNetwork(everything({ vendor }));
            const edited = (spec: object) =>
                new Recording(
                    resources.map((resource) =>
                        resource.name === "org1-peer0-ledger"
                            ? {
                                  ...resource,
                                  inputs: {
                                      ...resource.inputs,
                                      spec: { ...(resource.inputs.spec as object), ...spec },
                                  },
                              }
                            : resource,
                    ),
                    undefined,
                );
            const modes = await replay(edited({ accessModes: ["ReadWriteMany"] }), policies);
            assert.deepEqual(
                modes.filter(({ level }) => level === "mandatory").map(({ policy }) => policy),
                ["volume-access-mode"],
            );
            const classes = await replay(edited({ storageClassName: className }), policies);
            assert.ok(
                classes.some(
                    ({ policy, level }) => policy === "ledger-storage" && level === "mandatory",
                ),
            );
        });
    }
});
