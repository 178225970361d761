import assert from "node:assert/strict";

import {
    answerFault,
    readChannelConfig,
    submitConfigUpdate,
} from "kubefabric/internal/clients/channelConfig";
import { withConnection } from "kubefabric/internal/clients/connection";
import { Broadcaster } from "kubefabric/internal/clients/ordererBroadcast";
import type { DeliverAccess } from "kubefabric/internal/clients/ordererDeliver";
import type { ChannelDefinition } from "kubefabric/internal/fabric/channelDefinition";
import { desiredConfig } from "kubefabric/internal/fabric/configChanges";
import { computeUpdate, differs, hasUpdate } from "kubefabric/internal/fabric/configUpdate";
import { consenterSteps } from "kubefabric/internal/fabric/consenterSteps";
import { describeUpdate } from "kubefabric/internal/fabric/describeUpdate";
import { signedEnvelope, type Signer } from "kubefabric/internal/fabric/signing";
import {
    newUpdateFile,
    openNeed,
    readUpdateFile,
    signaturesIn,
    updateBytesIn,
    withSignature,
    writeUpdateFile,
} from "kubefabric/internal/fabric/updateFile";
import { signUpdate, updateEnvelope } from "kubefabric/internal/fabric/updateSigning";

import { OpenSsl } from "../fabric/authorities.ts";
import { revocationList, SigningOrg } from "../fabric/signingOrgs.ts";
import { engineStack, type EngineStack, outputValues } from "../support/engine.ts";
import { makeIdentity } from "../support/nodeIdentities.ts";
import {
    needsRealCluster,
    RealNetwork,
    realCredentials,
    type RealOutputs,
} from "../support/realNetwork.ts";

function report(what: string, value: string): void {
    console.log(`      · ${what}: ${value}`);
}

for (const consensus of ["etcdraft", "BFT"] as const) {
    describe(`config updates of a channel on real nodes (${consensus})`, function () {
        needsRealCluster(this);
        this.timeout(600_000);
        const network = new RealNetwork();
        const { channelId } = network;
        let engine: EngineStack;
        let outputs: RealOutputs;
        let definition: ChannelDefinition;

        before(async () => {
            engine = await engineStack(`kubefabric-config-${consensus.toLowerCase()}`);
            const result = await engine.run(network.program({ consensus }));
            outputs = outputValues(result.outputs) as unknown as RealOutputs;
            definition = {
                channelId,
                consensus,
                ordering: [outputs.ordering],
                application: outputs.application,
                capabilities: {
                    channel: consensus === "BFT" ? "V3_0" : "V2_0",
                    orderer: "V2_0",
                    application: "V2_5",
                },
                settings: outputs.settings,
            };
        });
        after(async () => {
            await network.deleteNamespaces();
            engine.forget();
        });

        function access(signer: Signer, node = "orderer-0"): DeliverAccess {
            const target = network.ordererTarget(node, "grpc", outputs.ordererTlsCaPem);
            return { credentials: realCredentials(), target, signer };
        }

        async function current() {
            const read = await readChannelConfig(access(outputs.orgAdmin), channelId);
            return read!.config;
        }

        /** Changes the channel by a file that some sign, as companies would; gives what was read back. */
        async function change(
            wanted: ChannelDefinition,
            signers: Signer[],
            previous?: ChannelDefinition,
        ) {
            const config = await current();
            const leftToOthers = ["Org1MSP", "Org2MSP"];
            const desired = desiredConfig(config, { definition: wanted, previous, leftToOthers });
            const update = computeUpdate(channelId, config, desired);
            describeUpdate(config, update).forEach((line) => report("update", line));
            const context = { channelId, config, now: new Date() };
            const expires = new Date(Date.now() + 60_000);
            let file = newUpdateFile(update, { baseSequence: config.getSequence(), expires });
            for (const signer of signers) {
                const received = readUpdateFile(writeUpdateFile(file), context);
                file = withSignature(
                    received,
                    signUpdate(updateBytesIn(received), signer),
                    context,
                );
            }
            assert.equal(openNeed(file, config), undefined);
            const begin = performance.now();
            const [submitter] = outputs.admins;
            const made = await submitConfigUpdate(access(submitter!), {
                channelId,
                update: updateBytesIn(file),
                signatures: signaturesIn(file),
            });
            report("submitted and read back", `${(performance.now() - begin).toFixed(0)} ms`);
            assert.equal(made.config.getSequence(), config.getSequence() + 1);
            assert.equal(
                differs(made.config, desired),
                false,
                "the nodes computed what we computed",
            );
            return { made, update };
        }

        it("finds the channel to be what its program says", async () => {
            const leftToOthers = ["Org1MSP", "Org2MSP"];
            const config = await current();
            assert.equal(
                differs(config, desiredConfig(config, { definition, leftToOthers })),
                false,
            );
        });

        it("changes the batch timeout, signed by the ordering organization, at every node", async () => {
            const settings = { ...definition.settings, batchTimeout: "350ms" };
            const { update } = await change(
                { ...definition, settings },
                outputs.admins.slice(0, 1),
            );
            definition.settings = settings;
            for (const node of ["orderer-1", "orderer-2"]) {
                for (;;) {
                    const read = await readChannelConfig(access(outputs.orgAdmin, node), channelId);
                    if (hasUpdate(read!.config, update)) {
                        break;
                    }
                }
            }
        });

        it("lets a third organization in and out by a majority, and it takes a certificate back", async () => {
            const org = await SigningOrg.make("Org3MSP");
            const admin = await org.signer();
            const previous = { ...definition };
            const both = outputs.admins.slice(1);
            const wanted = {
                ...definition,
                application: [...definition.application, org.definition({ consenters: [] })],
            };
            await assert.rejects(
                readChannelConfig(access(admin), channelId),
                /may not read the channel/,
            );
            await change(wanted, both);
            const read = await readChannelConfig(access(admin), channelId);
            assert.equal(read?.config.getSequence(), 2);
            if (OpenSsl.isThere()) {
                const dismissed = await org.signer("admin", "dismissed");
                await readChannelConfig(access(dismissed), channelId);
                const revoked = structuredClone(wanted);
                const list = revocationList(org.ca, dismissed.certificatePem);
                revoked.application.at(-1)!.revocationListsPem = [list];
                await change(revoked, [admin], wanted);
                await assert.rejects(
                    readChannelConfig(access(dismissed), channelId),
                    /may not read the channel/,
                );
                await readChannelConfig(access(admin), channelId);
            }
            await change(previous, both, wanted);
            await assert.rejects(
                readChannelConfig(access(admin), channelId),
                /may not read the channel/,
            );
        });

        it("takes consenters in and out, one in each update, and not two at once", async () => {
            const { signingCa, tlsCa } = outputs.orderingCas;
            const nodes = await Promise.all(
                ["absent-0", "absent-1"].map(async (name) => {
                    const host = `${name}.${network.ordererNamespace}.svc`;
                    const named = { commonName: name, role: "orderer" as const };
                    const tls = await makeIdentity({ ...named, ca: tlsCa, hosts: [host] });
                    const signing = { ...named, ca: signingCa, profile: "signing" as const };
                    return {
                        host,
                        port: 7050,
                        tlsCertificatePem: tls.certificatePem,
                        identityCertificatePem: (await makeIdentity(signing)).certificatePem,
                    };
                }),
            );
            const withNodes = (count: number): ChannelDefinition => {
                const [org] = definition.ordering;
                const consenters = [...org!.consenters, ...nodes.slice(0, count)];
                return { ...definition, ordering: [{ ...org!, consenters }] };
            };
            const before = await current();
            const leftToOthers = ["Org1MSP", "Org2MSP"];
            const two = desiredConfig(before, { definition: withNodes(2), leftToOthers });
            assert.deepEqual(
                consenterSteps(before, two).map(({ consenter }) => consenter?.split(".")[0]),
                ["absent-0", "absent-1"],
            );
            if (consensus === "etcdraft") {
                const update = computeUpdate(channelId, before, two).serializeBinary();
                const [submitter] = outputs.admins;
                const signatures = [signUpdate(update, submitter!)];
                await assert.rejects(
                    submitConfigUpdate(access(submitter!), { channelId, update, signatures }),
                    /update of more than one consenter at a time .*; change one consenter at a time/,
                );
            }
            // Nobody runs it: the others are a quorum without it, and are one again when it has left.
            await change(withNodes(1), outputs.admins.slice(0, 1), definition);
            await change(definition, outputs.admins.slice(0, 1), withNodes(1));
        });

        it("fails, as it is foretold here, without signatures and on what has moved on", async () => {
            const config = await current();
            const leftToOthers = ["Org1MSP", "Org2MSP"];
            const settings = { ...definition.settings, batchTimeout: "351ms" };
            const wanted = { ...definition, settings };
            const desired = desiredConfig(config, { definition: wanted, leftToOthers });
            const bytes = computeUpdate(channelId, config, desired).serializeBinary();
            const stale = computeUpdate(channelId, config, desired);
            stale.getReadSet()!.setVersion(1);
            stale.getWriteSet()!.setVersion(1);
            const [orderer, org1] = outputs.admins;
            const said = async (update: Uint8Array, signer: Signer) => {
                const envelope = signedEnvelope({
                    type: "CONFIG_UPDATE",
                    channelId,
                    data: updateEnvelope(update, [signUpdate(update, signer)]).serializeBinary(),
                    signer: signer,
                    now: new Date(),
                });
                const { credentials, target } = access(signer);
                return withConnection(credentials, target, async (at) => {
                    const broadcaster = new Broadcaster(at);
                    try {
                        const answer = await broadcaster.send(envelope);
                        report("the node says", `${answer.status} ${answer.info}`);
                        return answerFault(answer).cause;
                    } finally {
                        broadcaster.close();
                    }
                });
            };
            assert.match(await said(bytes, org1!), /^signatures are missing/);
            assert.match(
                await said(stale.serializeBinary(), orderer!),
                /^the channel has moved on/,
            );
            await assert.rejects(
                submitConfigUpdate(access(orderer!), {
                    channelId,
                    update: bytes,
                    signatures: [signUpdate(bytes, org1!)],
                }),
                /signatures are missing: OrdererMSP admin; have it signed/,
            );
        });
    });
}
