import { X509Certificate } from "node:crypto";

import { common, orderer } from "@hyperledger/fabric-protos";

import { editValue, readValue, readWhole, sameBytes } from "./configValues";
import { type HostPort } from "./msp";
import { quorumOf } from "./policies";
import { publicKeyFingerprint } from "./x509";

/** A consenter as a channel has it, byte for byte. */
export interface ListedConsenter extends HostPort {
    clientTlsCert: Uint8Array;
    serverTlsCert: Uint8Array;

    /** With SmartBFT only. */
    bft?: { id: number; mspId: string; identity: Uint8Array };
}

/** Which kind of consensus a channel's `Orderer` group has. */
export function consensusOf(ordering: common.ConfigGroup): string {
    return readValue(ordering, "ConsensusType", orderer.ConsensusType).getType();
}

/** The consenters in a channel's `Orderer` group, in their order. */
export function consentersIn(ordering: common.ConfigGroup): ListedConsenter[] {
    if (consensusOf(ordering) === "BFT") {
        return readValue(ordering, "Orderers", common.Orderers)
            .getConsenterMappingList()
            .map((consenter) => ({
                ...certificatesOf(consenter),
                bft: {
                    id: consenter.getId(),
                    mspId: consenter.getMspId(),
                    identity: consenter.getIdentity_asU8(),
                },
            }));
    }
    const type = readValue(ordering, "ConsensusType", orderer.ConsensusType);
    return orderer.etcdraft.ConfigMetadata.deserializeBinary(type.getMetadata_asU8())
        .getConsentersList()
        .map(certificatesOf);
}

/**
 * Writes the consenters into a channel's `Orderer` group, where they are others than before: also into
 * the one policy that Fabric takes for the blocks of SmartBFT.
 */
export function writeConsenters(
    ordering: common.ConfigGroup,
    consenters: readonly ListedConsenter[],
): void {
    if (consensusOf(ordering) === "BFT") {
        editValue(ordering, "Orderers", common.Orderers, (value) => {
            value.setConsenterMappingList(consenters.map(bftConsenter));
        });
        writeBlockValidation(ordering, consenters);
        return;
    }
    editValue(ordering, "ConsensusType", orderer.ConsensusType, (type) => {
        const { ConfigMetadata } = orderer.etcdraft;
        const metadata = readWhole("ConsensusType", ConfigMetadata, type.getMetadata_asU8());
        metadata.setConsentersList(consenters.map(raftConsenter));
        type.setMetadata(metadata.serializeBinary());
    });
}

function writeBlockValidation(
    ordering: common.ConfigGroup,
    consenters: readonly ListedConsenter[],
): void {
    const wanted = quorumOf(
        consenters.map(({ bft }) => ({
            mspId: bft?.mspId ?? "",
            identityCertificatePem: Buffer.from(bft?.identity ?? []).toString(),
        })),
    );
    const element =
        ordering.getPoliciesMap().get("BlockValidation") ?? newPolicy(ordering, "BlockValidation");
    const present = element.getPolicy()?.serializeBinary() ?? new Uint8Array();
    if (!sameBytes(present, wanted.serializeBinary())) {
        element.setPolicy(wanted);
    }
}

function newPolicy(group: common.ConfigGroup, name: string): common.ConfigPolicy {
    const made = new common.ConfigPolicy();
    made.setModPolicy("Admins");
    group.getPoliciesMap().set(name, made);
    return made;
}

/** Address of a consenter, by which people know it. */
export function addressOf({ host, port }: HostPort): string {
    return `${host}:${port}`;
}

/** Key of the certificate with which a consenter serves; what Fabric knows it by. */
export function tlsKeyOf({ serverTlsCert }: ListedConsenter): string {
    return keyIn(serverTlsCert);
}

/** Fingerprint of the public key in a certificate. */
export function keyIn(certificate: Uint8Array): string {
    return publicKeyFingerprint(Buffer.from(certificate).toString());
}

/** The certificate with which a consenter serves. */
export function servingCertificate({ serverTlsCert }: ListedConsenter): X509Certificate {
    return new X509Certificate(serverTlsCert);
}

type AnyConsenter = Pick<
    common.Consenter,
    "getHost" | "getPort" | "getClientTlsCert_asU8" | "getServerTlsCert_asU8"
>;

function certificatesOf(consenter: AnyConsenter): ListedConsenter {
    return {
        host: consenter.getHost(),
        port: consenter.getPort(),
        clientTlsCert: consenter.getClientTlsCert_asU8(),
        serverTlsCert: consenter.getServerTlsCert_asU8(),
    };
}

function raftConsenter(consenter: ListedConsenter): orderer.etcdraft.Consenter {
    const made = new orderer.etcdraft.Consenter();
    made.setHost(consenter.host);
    made.setPort(consenter.port);
    made.setClientTlsCert(consenter.clientTlsCert);
    made.setServerTlsCert(consenter.serverTlsCert);
    return made;
}

function bftConsenter(consenter: ListedConsenter): common.Consenter {
    const made = new common.Consenter();
    made.setId(consenter.bft?.id ?? 0);
    made.setHost(consenter.host);
    made.setPort(consenter.port);
    made.setMspId(consenter.bft?.mspId ?? "");
    made.setIdentity(consenter.bft?.identity ?? new Uint8Array());
    made.setClientTlsCert(consenter.clientTlsCert);
    made.setServerTlsCert(consenter.serverTlsCert);
    return made;
}
