import assert from "node:assert/strict";

import { policies } from "kubefabric/policy";
import { Recording, replay, type RecordedResource } from "kubefabric/testing";

import {
    claim,
    claimed,
    clusterOf,
    ledgerClaim,
    nodeLabels,
    podWith,
    registered,
    storageClass,
    workload,
    type KubernetesObject,
} from "../support/policy.ts";

/** Puts a secret beside every value: no message has any business with it. */
function withCanaries(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(withCanaries);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    const entries = Object.entries(value).map(([key, item]) => [key, withCanaries(item)] as const);
    return { ...Object.fromEntries(entries), other: "canary-field", "canary-key": ["canary-item"] };
}

const peer = podWith(claimed("peer0-ledger"), {
    image: "docker:dind",
    mountPath: "/var/hyperledger",
    container: {
        env: [{ name: "PASSWORD", value: "canary-env" }],
        command: ["canary-command"],
        securityContext: { privileged: true },
    },
});
const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
        name: "outside",
        labels: nodeLabels(),
        annotations: { token: "canary-annotation" },
    },
    spec: { type: "LoadBalancer" },
};

/** Something wrong for every rule. */
const BROKEN: KubernetesObject[] = [
    storageClass({ volumeBindingMode: "Immediate", reclaimPolicy: "Delete" }),
    claim({
        accessModes: ["ReadWriteMany", "RWX"],
        storageClassName: "ibmc-vpc-block-10iops-tier",
    }),
    claim({ accessModes: "ReadWriteOnce", resources: { requests: { storage: "10GB" } } }),
    claim({ storageClassName: "nobody-knows", volumeMode: "block" }),
    ledgerClaim({
        storageClassName: "ibmc-vpc-file-500-iops",
        resources: { requests: { storage: "1Gi" } },
    }),
    ledgerClaim({ storageClassName: "fast", accessModes: [] }),
    workload("StatefulSet", peer, { labels: nodeLabels(), spec: { replicas: 2 } }),
    workload("Pod", podWith({ hostPath: { path: "/mnt" } }), { labels: nodeLabels() }),
    workload("Pod", podWith({ hostPath: { path: "/run/docker.sock" } })),
    service,
];

describe("messages of policies", () => {
    let found: Awaited<ReturnType<typeof replay>>;
    before(async () => {
        const account = {
            apiVersion: "v1",
            kind: "ServiceAccount",
            metadata: {
                name: "nodes",
                labels: {
                    "app.kubernetes.io/part-of": "kubefabric",
                    "kubefabric.io/organization": "Org1MSP",
                },
            },
        };
        const resources: RecordedResource[] = [...BROKEN, account].map((object, index) => ({
            ...registered(withCanaries(object) as KubernetesObject, { protect: false }),
            urn: `urn:pulumi:stack::test::x::${index}`,
        }));
        const config = { "volume-access-mode": { vendor: "iks-vpc", unknownClass: "mandatory" } };
        const recording = new Recording([...clusterOf("iks-vpc"), ...resources], undefined);
        found = await replay(recording, policies, { config });
    });

    it("come from every policy here", () => {
        const names = new Set(found.map(({ policy }) => policy));
        assert.deepEqual([...names].sort(), policies.map(({ name }) => name).sort());
    });

    it("show no value but the one at fault", () => {
        for (const { message } of found) {
            assert.doesNotMatch(message, /canary/);
        }
    });

    it("name object and path, say what is wrong and what to do, and end without a period", () => {
        for (const { message, policy } of found) {
            const [, said = message] = message.split("\n");
            assert.match(said, /^[A-Z]\w+\/[\w-]+: [\w.[\]"/ -]+: .+[;,(].+/, `${policy}: ${said}`);
            assert.doesNotMatch(said, /[.\s]$/, said);
        }
    });
});
