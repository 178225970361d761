import { X509Certificate } from "node:crypto";

import { type common, msp } from "@hyperledger/fabric-protos";

import { type ChannelConsenter, consentersOf } from "./channelDefinition";
import { readValue } from "./configValues";
import {
    addressOf,
    consensusOf,
    consentersIn,
    keyIn,
    type ListedConsenter,
    servingCertificate,
    tlsKeyOf,
} from "./consenterList";
import { issuerAmong } from "./mspAuthorities";
import { type WantedChannel } from "./wantedChannel";
import { publicKeyFingerprint } from "./x509";

const UTF8 = new TextEncoder();

/**
 * The consenters that a channel is to have: those of the definition, and those of organizations that
 * the program does not speak for. Who is in the channel keeps its place, its number, and the
 * certificates whose keys are still right; who is new comes last.
 *
 * @param ordering the channel's `Orderer` group as it is.
 */
export function wantedConsenters(
    ordering: common.ConfigGroup,
    wanted: WantedChannel,
): ListedConsenter[] {
    const bft = consensusOf(ordering) === "BFT";
    const present = consentersIn(ordering);
    const nodes = wantedNodes(ordering, wanted);
    const pairs = pairsOf(present, nodes);
    const stays = staysWithout(ordering, wanted);
    const kept = present.flatMap((listed) => {
        const node = pairs.get(listed);
        if (node !== undefined) {
            return [updated(listed, node)];
        }
        return stays(listed) ? [listed] : [];
    });
    const known = new Set(pairs.values());
    const added = nodes.filter((node) => !known.has(node));
    const last = Math.max(0, ...present.map((one) => one.bft?.id ?? 0));
    return [
        ...kept,
        ...added.map((node, index) => newConsenter(node, bft ? last + index + 1 : undefined)),
    ];
}

/** Nodes of the definition but for those of organizations in the channel that others look after. */
function wantedNodes(
    ordering: common.ConfigGroup,
    { definition, leftToOthers = [] }: WantedChannel,
): ChannelConsenter[] {
    return consentersOf(definition).filter(
        ({ mspId }) => !leftToOthers.includes(mspId) || !ordering.getGroupsMap().has(mspId),
    );
}

/** Which node of the definition a consenter is: the one with its key, else the one at its address. */
function pairsOf(
    present: readonly ListedConsenter[],
    nodes: readonly ChannelConsenter[],
): Map<ListedConsenter, ChannelConsenter> {
    const pairs = new Map<ListedConsenter, ChannelConsenter>();
    const pair = (same: (listed: ListedConsenter, node: ChannelConsenter) => boolean) => {
        for (const listed of present) {
            const taken = new Set(pairs.values());
            const node = nodes.find((one) => !taken.has(one) && same(listed, one));
            if (node !== undefined && !pairs.has(listed)) {
                pairs.set(listed, node);
            }
        }
    };
    pair((listed, node) => tlsKeyOf(listed) === publicKeyFingerprint(node.tlsCertificatePem));
    pair((listed, node) => addressOf(listed) === addressOf(node));
    return pairs;
}

/** Whether a consenter that is no node of the definition stays in the channel. */
function staysWithout(
    ordering: common.ConfigGroup,
    { definition, previous, leftToOthers = [] }: WantedChannel,
): (listed: ListedConsenter) => boolean {
    const before = new Set(
        (previous === undefined ? [] : consentersOf(previous))
            .filter(({ mspId }) => !leftToOthers.includes(mspId))
            .map(({ tlsCertificatePem }) => publicKeyFingerprint(tlsCertificatePem)),
    );
    const ours = definition.ordering
        .map(({ mspId }) => mspId)
        .filter((mspId) => !leftToOthers.includes(mspId));
    const gone = (previous?.ordering ?? [])
        .map(({ mspId }) => mspId)
        .filter((mspId) => !definition.ordering.some((org) => org.mspId === mspId));
    return (listed) => {
        const owner = ownerOf(ordering, listed);
        const known = owner !== undefined && [...ours, ...gone].includes(owner);
        return !known && !before.has(tlsKeyOf(listed));
    };
}

/**
 * Organization that runs a consenter. Raft's list does not say, so that the CA of its certificate does.
 */
export function ownerOf(ordering: common.ConfigGroup, listed: ListedConsenter): string | undefined {
    if (listed.bft !== undefined) {
        return listed.bft.mspId;
    }
    const certificate = servingCertificate(listed);
    const found = [...ordering.getGroupsMap().entries()].find(([, org]) => {
        const config = readValue(org, "MSP", msp.MSPConfig).getConfig_asU8();
        const fabric = msp.FabricMSPConfig.deserializeBinary(config);
        const [roots, intermediates] = [
            fabric.getTlsRootCertsList_asU8(),
            fabric.getTlsIntermediateCertsList_asU8(),
        ].map((list) => list.map((bytes) => new X509Certificate(bytes)));
        return issuerAmong(certificate, roots ?? [], intermediates ?? []) !== undefined;
    });
    return found?.[0];
}

function updated(listed: ListedConsenter, node: ChannelConsenter): ListedConsenter {
    const { host, port, mspId, tlsCertificatePem, identityCertificatePem = "" } = node;
    const { clientTlsCert, serverTlsCert, bft } = listed;
    return {
        host,
        port,
        clientTlsCert: withKey(clientTlsCert, tlsCertificatePem),
        serverTlsCert: withKey(serverTlsCert, tlsCertificatePem),
        ...(bft !== undefined && {
            bft: { ...bft, mspId, identity: withKey(bft.identity, identityCertificatePem) },
        }),
    };
}

/** A certificate of the channel, unless its key is not the right one any more. */
function withKey(present: Uint8Array, wantedPem: string): Uint8Array {
    return keyIn(present) === publicKeyFingerprint(wantedPem) ? present : UTF8.encode(wantedPem);
}

function newConsenter(node: ChannelConsenter, id: number | undefined): ListedConsenter {
    const certificate = UTF8.encode(node.tlsCertificatePem);
    const identity = UTF8.encode(node.identityCertificatePem ?? "");
    return {
        host: node.host,
        port: node.port,
        clientTlsCert: certificate,
        serverTlsCert: certificate,
        ...(id !== undefined && { bft: { id, mspId: node.mspId, identity } }),
    };
}
