import { common } from "@hyperledger/fabric-protos";

import type { ChannelDefinition } from "kubefabric/internal/fabric/channelDefinition";
import { configTree } from "kubefabric/internal/fabric/configTree";
import { applyUpdate } from "kubefabric/internal/fabric/configUpdate";
import { needOf, policyVerdicts } from "kubefabric/internal/fabric/policyEvaluation";
import type { Signer } from "kubefabric/internal/fabric/signing";
import {
    readUpdateFile,
    updateBytesIn,
    updateIn,
    withSignature,
    writeUpdateFile,
} from "kubefabric/internal/fabric/updateFile";
import { signerOf, signUpdate } from "kubefabric/internal/fabric/updateSigning";

import { channelOf, signingOrgs, type SigningOrg } from "../fabric/signingOrgs.ts";
import { channelInputs, type ChannelNodes } from "./channelNodes.ts";
import { configBlock } from "./configBlock.ts";

/** A channel on the nodes of a test that takes config updates as Fabric does: signed and in their order. */
export class LivingChannel {
    readonly nodes: ChannelNodes;
    /** The ordering organization, and three with peers. */
    readonly orgs: SigningOrg[];
    /** Administrators of the organizations, in the same order. */
    readonly admins: Signer[];
    /** What the channel is made of at the beginning of each test. */
    readonly definition: ChannelDefinition;
    config = new common.Config();
    /** Updates that were made, as their bytes. */
    readonly updates: Uint8Array[] = [];

    private constructor(nodes: ChannelNodes, orgs: SigningOrg[], admins: Signer[]) {
        this.nodes = nodes;
        this.orgs = orgs;
        this.admins = admins;
        this.definition = channelOf(orgs);
    }

    static async make(nodes: ChannelNodes): Promise<LivingChannel> {
        const orgs = await signingOrgs();
        return new LivingChannel(nodes, orgs, await Promise.all(orgs.map((org) => org.signer())));
    }

    /** Begins anew: nobody has updated anything. */
    start(): void {
        this.updates.length = 0;
        this.config = new common.Config();
        this.config.setChannelGroup(configTree(this.definition));
        this.publish();
        for (const node of this.nodes.delivers.values()) {
            node.onBroadcast = (envelope) => this.take(envelope);
        }
    }

    /** Changes the channel by other hands than the program's. */
    change(edit: (definition: ChannelDefinition) => unknown): void {
        const next = new common.Config();
        next.setChannelGroup(configTree(channelOf(this.orgs, edit)));
        next.setSequence(this.config.getSequence() + 1);
        this.config = next;
        this.publish();
    }

    /** Inputs of its configuration as the program of some of the organizations writes them. */
    inputs(
        edit: (definition: ChannelDefinition) => unknown = () => undefined,
        { admins = this.admins, others = [], signatures = [] }: Partial<Speakers> = {},
    ) {
        const [reader] = this.admins as [Signer];
        return {
            ...channelInputs(this.nodes).channelConfig,
            wanted: { definition: channelOf(this.orgs, edit), others, signatures },
            admins,
            mspId: reader.mspId,
            signerCertificatePem: reader.certificatePem,
            signerPrivateKeyPem: reader.privateKeyPem,
        };
    }

    /** A file as another company sends it back. */
    signed(text: string, signer: Signer): string {
        const file = readUpdateFile(text);
        const channelId = file.channelId;
        const context = { channelId, config: this.config, now: new Date() };
        const signature = signUpdate(updateBytesIn(file), signer);
        return writeUpdateFile(withSignature(file, signature, context));
    }

    /** Makes the update of a file by other hands, whoever signed it. */
    make(text: string): void {
        this.config = applyUpdate(this.config, updateIn(readUpdateFile(text)));
        this.publish();
    }

    private take(envelope: common.Envelope) {
        const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
        const signed = common.ConfigUpdateEnvelope.deserializeBinary(payload.getData_asU8());
        const update = common.ConfigUpdate.deserializeBinary(signed.getConfigUpdate_asU8());
        const signers = signed
            .getSignaturesList()
            .map((one) => signerOf({ header: one.getSignatureHeader_asU8() }));
        if (needOf(policyVerdicts(this.config, update, signers)) !== undefined) {
            return { status: common.Status.BAD_REQUEST, info: "policy for X not satisfied" };
        }
        this.config = applyUpdate(this.config, update);
        this.updates.push(signed.getConfigUpdate_asU8());
        this.publish();
        return { status: common.Status.SUCCESS };
    }

    /** Lets all nodes serve the configuration as it is. */
    publish(): void {
        this.nodes.deliver(configBlock(this.config));
    }
}

/** Who speaks for a program. */
interface Speakers {
    admins: Signer[];
    others: string[];
    signatures: string[];
}
