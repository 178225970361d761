import assert from "node:assert/strict";

import { ExistingCluster, type FabricCluster } from "kubefabric";
import { AksCluster } from "kubefabric/aks";
import { GkeCluster } from "kubefabric/gke";
import { IksCluster } from "kubefabric/iks";

import { onVpc } from "../support/iks.ts";
import { KUBECONFIG, recordNetwork } from "../support/network.ts";

const CLASSIC = { classic: { datacenter: "dal10" } };

describe("many clusters in one program", () => {
    const recorded = () =>
        recordNetwork(() => {
            new GkeCluster("gke-eu", { location: "europe-west4", login: "token" });
            new GkeCluster("gke-us", { location: "us-east1", autopilot: true });
            new AksCluster("aks-eu", { location: "westeurope" });
            new AksCluster("aks-us", { location: "eastus2", login: "admin" });
            new IksCluster("iks-eu", { infrastructure: onVpc() });
            new IksCluster("iks-us", { infrastructure: CLASSIC });
            new ExistingCluster("own", { kubeconfig: KUBECONFIG });
        });
    const OWNERS = ["gke-eu", "gke-us", "aks-eu", "aks-us", "iks-eu", "iks-us", "own"];

    it("never wait for each other, whoever runs them", async () => {
        const recording = await recorded();
        const ownerOf = (urn: string) => {
            const name = urn.split("::").at(-1)!;
            return OWNERS.find((owner) => name === owner || name.startsWith(`${owner}-`));
        };
        const found = new Set(recording.resources.map(({ urn }) => ownerOf(urn)));
        assert.deepEqual([...found].sort(), [...OWNERS].sort(), "all belong to one");
        for (const owner of OWNERS) {
            const mine = recording.resources.filter(({ urn }) => ownerOf(urn) === owner);
            const waitedFor = mine.flatMap(({ dependencies }) => dependencies.map(ownerOf));
            assert.ok(waitedFor.length > 0, owner);
            assert.deepEqual([...new Set(waitedFor)], [owner]);
        }
    });

    /** What the second of two clusters is told; nothing of it may have been registered. */
    async function refusal(first: () => FabricCluster, second: () => FabricCluster) {
        let message = "";
        const alone = await recordNetwork(first);
        const recording = await recordNetwork(() => {
            first();
            try {
                second();
            } catch (error) {
                ({ message } = error as Error);
            }
        });
        const urns = ({ resources }: typeof alone) => resources.map(({ urn }) => urn);
        assert.deepEqual(urns(recording), urns(alone));
        return message.split("\n").map((line) => line.trim());
    }

    const clusters: Record<string, [make: () => FabricCluster, told: string]> = {
        GkeCluster: [
            () => new GkeCluster("prod", { location: "europe-west4" }),
            'location "europe-west4", vendor "gke"',
        ],
        AksCluster: [
            () => new AksCluster("prod", { location: "westeurope" }),
            'location "westeurope", vendor "aks"',
        ],
        IksCluster: [
            () => new IksCluster("prod", { infrastructure: CLASSIC }),
            'location "dal10", vendor "iks-classic"',
        ],
        ExistingCluster: [
            () => new ExistingCluster("prod", { kubeconfig: KUBECONFIG }),
            'vendor "other"',
        ],
    };
    const kinds = Object.keys(clusters);
    const pairs = [
        ...kinds.map((kind) => [kind, kind] as const),
        ["GkeCluster", "AksCluster"],
        ["IksCluster", "GkeCluster"],
        ["AksCluster", "ExistingCluster"],
    ] as const;
    for (const [first, second] of pairs) {
        it(`fails to be ${first} and ${second} with one name`, async () => {
            const [make, told] = clusters[first]!;
            assert.deepEqual(await refusal(make, clusters[second]![0]), [
                `${second} "prod" has invalid arguments`,
                `name: "prod" is already the cluster name of ${first} "prod" (${told}); write another ` +
                    "name for one of them",
            ]);
        });
    }

    it("says so with whatever else is wrong", async () => {
        const [make] = clusters.GkeCluster!;
        const [, ...lines] = await refusal(make, () => new GkeCluster("prod", { location: "x" }));
        assert.deepEqual(
            lines.map((line) => line.split(":")[0]),
            ["name", "location"],
        );
    });

    it("may have a name again in another program, and that of one that was refused", async () => {
        const [make] = clusters.GkeCluster!;
        await recordNetwork(make);
        const again = await recordNetwork(() => {
            assert.throws(() => new GkeCluster("prod", { location: "x" }));
            make();
        });
        assert.equal(again.ofKind("GkeCluster").length, 1);
    });
});
