import assert from "node:assert/strict";

import { readChannelConfig, submitConfigUpdate } from "kubefabric/internal/clients/channelConfig";
import { deliverBlock, type DeliverAccess } from "kubefabric/internal/clients/ordererDeliver";
import type { ChannelDefinition } from "kubefabric/internal/fabric/channelDefinition";
import { desiredConfig } from "kubefabric/internal/fabric/configChanges";
import { computeUpdate } from "kubefabric/internal/fabric/configUpdate";
import type { Signer } from "kubefabric/internal/fabric/signing";
import {
    newUpdateFile,
    signaturesIn,
    signersIn,
    updateBytesIn,
    writeUpdateFile,
} from "kubefabric/internal/fabric/updateFile";

import { SigningOrg } from "../fabric/signingOrgs.ts";
import { engineStack, type EngineStack, outputValues } from "../support/engine.ts";
import { makeIdentity } from "../support/nodeIdentities.ts";
import {
    needsRealCluster,
    RealNetwork,
    realCredentials,
    type RealOutputs,
} from "../support/realNetwork.ts";
import { CommandFolder } from "../support/updateFolder.ts";

describe("config updates that are signed by the command, on real nodes", function () {
    needsRealCluster(this);
    this.timeout(600_000);
    const network = new RealNetwork();
    const { channelId } = network;
    let engine: EngineStack;
    let outputs: RealOutputs;
    let definition: ChannelDefinition;
    const folder = new CommandFolder();

    before(async () => {
        engine = await engineStack("kubefabric-sign");
        const result = await engine.run(network.program({}));
        outputs = outputValues(result.outputs) as unknown as RealOutputs;
        definition = {
            channelId,
            consensus: "etcdraft",
            ordering: [outputs.ordering],
            application: outputs.application,
            capabilities: { channel: "V2_0", orderer: "V2_0", application: "V2_5" },
            settings: outputs.settings,
        };
    });
    after(async () => {
        folder.remove();
        await network.deleteNamespaces();
        engine?.forget();
    });

    function access(signer: Signer): DeliverAccess {
        const target = network.ordererTarget("orderer-0", "grpc", outputs.ordererTlsCaPem);
        return { credentials: realCredentials(), target, signer };
    }

    /** Writes the file of an update, and the config block as `peer channel fetch config` does. */
    async function writeUpdate(wanted: ChannelDefinition): Promise<void> {
        const read = await readChannelConfig(access(outputs.orgAdmin), channelId);
        const { config } = read!;
        const leftToOthers = ["Org1MSP", "Org2MSP"];
        const desired = desiredConfig(config, { definition: wanted, leftToOthers });
        const update = computeUpdate(channelId, config, desired);
        const expires = new Date(Date.now() + 600_000);
        const file = newUpdateFile(update, { baseSequence: config.getSequence(), expires });
        folder.write("update.json", writeUpdateFile(file));
        const block = await deliverBlock(access(outputs.orgAdmin), channelId, "config");
        folder.write("block.pb", block!);
    }

    function sign(mspId: string, ...key: string[]) {
        const args = ["--msp-id", mspId, "--config-block", "block.pb", "--yes"];
        const run = folder.run(["sign", "update.json", ...args, ...key]);
        assert.equal(run.code, 0, run.notes);
        console.log(run.notes.trim().replace(/^/gm, "      · "));
        return run;
    }

    async function submit() {
        const file = folder.read();
        const [submitter] = outputs.admins;
        return submitConfigUpdate(access(submitter!), {
            channelId,
            update: updateBytesIn(file),
            signatures: signaturesIn(file),
        });
    }

    it("takes an update that two organizations signed, one with a file and one with openssl", async () => {
        const org = await SigningOrg.make("Org3MSP", new Date());
        const [, first, second] = outputs.admins;
        folder.writeSigner("first", first!);
        folder.writeSigner("second", second!);
        const joining = org.definition({ consenters: [] });
        await writeUpdate({ ...definition, application: [...definition.application, joining] });

        const shown = sign("Org1MSP", "--key", "first.key", "--certificate", "first.pem");
        assert.match(shown.output, /^ {2}Org3MSP joins the organizations with peers$/m);
        await assert.rejects(submit(), /signatures are missing: Org2MSP admin/);
        const command = "openssl pkeyutl -sign -inkey second.key";
        const external = ["--sign-command", command, "--sign-input", "digest"];
        const last = sign("Org2MSP", "--certificate", "second.pem", ...external);
        assert.match(last.notes, /it can be submitted/);
        assert.deepEqual(
            signersIn(folder.read()).map(({ mspId }) => mspId),
            ["Org1MSP", "Org2MSP"],
        );

        const { config } = await submit();
        assert.equal(config.getSequence(), 1);
        await readChannelConfig(access(await org.signer()), channelId);
    });

    it("takes the signature of a certificate that expired, of which the command only warns", async () => {
        const { signingCa } = outputs.orderingCas;
        const named = { ca: signingCa, commonName: "late", profile: "signing" as const };
        folder.writeSigner("late", await makeIdentity({ ...named, validityDays: 1e-6 }));
        const { settings } = definition;
        await writeUpdate({ ...definition, settings: { ...settings, batchTimeout: "350ms" } });
        const { notes } = sign("OrdererMSP", "--key", "late.key", "--certificate", "late.pem");
        assert.match(notes, /Warning: the certificate ".*CN=late" expired/);
        const { config } = await submit();
        assert.equal(config.getSequence(), 2);
    });

    it("shows the network that it is, as its nodes say themselves", async () => {
        // The Automation API exports secrets in clear, as --show-secrets does.
        const state = JSON.stringify(await engine.stack.exportStack());
        const { code, output, notes } = folder.run(["status", "-", "--live"], state);
        console.log(output.replace(/^/gm, "      "));
        assert.equal(code, 0, notes);
        assert.match(output, /^ {2}nothing needs a look$/m);
        assert.equal(output.match(/ channel-\w+ 3 \(leads\) /g)?.length, 1);
        assert.equal(output.match(/ channel-\w+ 3 \(active\) /g)?.length, 2);
        assert.equal(output.match(/ channel-\w+ 3 \(joined\) /g)?.length, 2);
        const drawn = folder.run(["topology", "-"], await engine.exported());
        assert.equal(drawn.output.match(/ === channel0$/gm)?.length, 5);
        for (const { privateKeyPem } of outputs.admins) {
            assert.ok(!output.includes(privateKeyPem.split("\n")[1] ?? ""));
        }
    });

    it("fails on what the channel has already", async () => {
        const block = await deliverBlock(access(outputs.orgAdmin), channelId, "config");
        folder.write("block.pb", block!);
        const key = ["--key", "first.key", "--certificate", "first.pem"];
        const { code, notes } = folder.run([
            ...["sign", "update.json", "--msp-id", "Org1MSP", "--yes"],
            ...["--config-block", "block.pb", ...key],
        ]);
        assert.equal(code, 1);
        assert.match(notes, /has this update already; the file is done with/);
    });
});
