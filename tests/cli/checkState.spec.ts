import assert from "node:assert/strict";

import type { RecordedResource, Recording } from "kubefabric/testing";

import { CheckFolder } from "../support/check.ts";
import { exportedState as state, secretValue as secret } from "../support/exportedState.ts";
import { network, recordNetwork } from "../support/network.ts";
import { ledgerClaim, registered, storageClass } from "../support/policy.ts";

describe("kubefabric check on an exported state", function () {
    this.timeout(60_000);
    let folder: CheckFolder;
    before(() => {
        folder = new CheckFolder();
    });
    after(() => folder.remove());

    const ledger = registered(ledgerClaim({ storageClassName: "fast" }));
    const kept = [registered(storageClass()), ledger];

    it("passes what is protected and retained, and counts every resource", () => {
        folder.write("state.json", state(kept));
        const { code, output, notes } = folder.check(["state.json"]);
        assert.equal(output, "");
        assert.equal(code, 0);
        assert.match(notes, /^2 resources checked/);
    });

    for (const [option, expected] of [
        ["protect", /protect: is not set, so an update may delete a peer's ledger/],
        ["retainOnDelete", /retainOnDelete: is not set, so its removal deletes a peer's ledger/],
    ] as const) {
        it(`refuses a ledger without ${option}, and says where in the file it is`, () => {
            const file = folder.write(
                "state.json",
                state([kept[0]!, { ...ledger, [option]: false }]),
            );
            const { code, lines } = folder.check([file]);
            assert.equal(code, 1);
            assert.equal(lines.length, 1);
            assert.match(lines[0]!, expected);
            const { output } = folder.check(["--format", "json", file]);
            const { violations } = JSON.parse(output) as { violations: { line: number }[] };
            const text = JSON.stringify(state([kept[0]!, ledger]), undefined, 4).split("\n");
            assert.match(text[violations[0]!.line - 1]!, /"urn": ".*peer0-ledger"/);
        });
    }

    it("leaves out what is about to be deleted, and options of what was only read", () => {
        const bare = { ...ledger, protect: false, retainOnDelete: false };
        folder.write("state.json", state([kept[0]!, bare], { "peer0-ledger": { delete: true } }));
        assert.equal(folder.check(["state.json"]).code, 0);
        folder.write("state.json", state([kept[0]!, bare], { "peer0-ledger": { external: true } }));
        assert.equal(folder.check(["state.json"]).code, 0);
    });

    it("finds a class by the provisioner that Kubernetes noted in the outputs", () => {
        const lost = registered(
            ledgerClaim({ storageClassName: "gone", accessModes: ["ReadWriteMany"] }),
        );
        const annotations = { "volume.kubernetes.io/storage-provisioner": "disk.csi.azure.com" };
        const noted = { "peer0-ledger": { outputs: { metadata: { annotations } } } };
        folder.write("state.json", state([lost], noted));
        assert.match(folder.check(["state.json"]).lines[0]!, /is not given by Azure Disk/);
    });

    it("tells clusters apart by their providers", () => {
        const urn = "urn:pulumi:stack::test::pulumi:providers:kubernetes::other";
        const elsewhere = {
            ...registered(storageClass({ provisioner: "nfs.csi.k8s.io", parameters: {} })),
            provider: `${urn}::id`,
            urn: `${urn}-class`,
        };
        folder.write("state.json", state([...kept, elsewhere]));
        assert.equal(folder.check(["state.json"]).code, 0);
    });

    it("prints no secret and no ciphertext, whatever is wrong with it", () => {
        const broken = registered(
            ledgerClaim({
                storageClassName: secret("canary-ciphertext"),
                accessModes: secret("canary-list"),
                resources: {
                    requests: { storage: { ...secret("x"), plaintext: '"canary-plain"' } },
                },
            }),
        );
        folder.write("state.json", state([broken]));
        folder.write("strict.json", { "volume-access-mode": { onUnknown: "mandatory" } });
        for (const format of ["text", "json", "sarif"]) {
            const { code, output, notes } = folder.check([
                "--format",
                format,
                "--config",
                "strict.json",
                "state.json",
            ]);
            assert.equal(code, 1);
            assert.match(output, /is not known before the update/);
            assert.doesNotMatch(output + notes, /canary/);
        }
    });

    it("fails on one that is cut off", () => {
        const text = JSON.stringify(state(kept), undefined, 4);
        folder.write("state.json", text.slice(0, text.length / 2));
        const { code, notes } = folder.check(["state.json"]);
        assert.equal(code, 2);
        assert.match(notes, /^state\.json:\d+: is not YAML/);
    });

    describe("of a network of this package", () => {
        let recording: Recording;
        before(async () => {
            recording = await recordNetwork(() => network(1));
        });
        const codes = (resources: readonly RecordedResource[]) => {
            folder.write("network.json", state(resources));
            // What its class does with disks is another matter here.
            folder.write("only.json", {
                "volume-binding": "disabled",
                "volume-retention": { unknownClass: "ignore", vendor: "other" },
            });
            return folder.check(["--vendor", "other", "--config", "only.json", "network.json"]);
        };

        it("is right as it is", () => {
            const { code, lines } = codes(recording.resources);
            assert.deepEqual(
                lines.filter((line) => !/: advice: /.test(line)),
                [],
            );
            assert.equal(code, 0);
        });

        it("is wrong where a node lost what it waits for", () => {
            const { code, lines } = codes(
                recording.resources.map((each) =>
                    each.name === "orderer-1-headless" ? { ...each, dependencies: [] } : each,
                ),
            );
            assert.equal(code, 1);
            assert.equal(lines.filter((line) => /: dependsOn: /.test(line)).length, 1);
            assert.match(lines.join("\n"), /StatefulSet\/orderer-1: dependsOn/);
        });

        it("prints none of its keys", () => {
            folder.write(
                "network.json",
                state(recording.resources.map((each) => ({ ...each, protect: false }))),
            );
            const { output, notes } = folder.check(["--format", "json", "network.json"]);
            assert.doesNotMatch(output + notes, /canary/);
        });
    });
});
