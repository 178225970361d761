import { X509Certificate } from "node:crypto";

import { common, msp, peer } from "@hyperledger/fabric-protos";

import { addresses, anchors, applicationOrg, orderingOrg } from "./configTree";
import { editValue, readWhole, writeValue } from "./configValues";
import { type OrgDefinition } from "./msp";
import { rootsOf } from "./mspAuthorities";
import { type WantedChannel } from "./wantedChannel";
import { publicKeyFingerprint } from "./x509";

const UTF8 = new TextEncoder();

/** The two groups of organizations in a channel, and how one of either is made. */
const KINDS = {
    ordering: { make: orderingOrg, own: setEndpoints },
    application: { make: applicationOrg, own: setAnchorPeers },
} as const;

/**
 * Changes the organizations in one of a channel's groups in place: who is in the definition comes in
 * or is brought up to date, who was in the previous one leaves, and everyone else stays.
 */
export function changeOrgs(
    group: common.ConfigGroup,
    kind: keyof typeof KINDS,
    { definition, previous, leftToOthers = [] }: WantedChannel,
): void {
    const members = group.getGroupsMap();
    const wanted = definition[kind];
    for (const { mspId } of previous?.[kind] ?? []) {
        if (!wanted.some((org) => org.mspId === mspId)) {
            members.del(mspId);
        }
    }
    for (const org of wanted) {
        const present = members.get(org.mspId);
        if (present === undefined) {
            members.set(org.mspId, KINDS[kind].make(org));
        } else if (!leftToOthers.includes(org.mspId)) {
            changeMsp(present, org);
            KINDS[kind].own(present, org);
        }
    }
}

function setEndpoints(group: common.ConfigGroup, { ordererEndpoints }: OrgDefinition): void {
    setList(group, "Endpoints", common.OrdererAddresses, addresses(ordererEndpoints), (value) =>
        value.getAddressesList(),
    );
}

function setAnchorPeers(group: common.ConfigGroup, org: OrgDefinition): void {
    setList(group, "AnchorPeers", peer.AnchorPeers, anchors(org), (value) =>
        value.getAnchorPeersList().map((anchor) => `${anchor.getHost()}:${anchor.getPort()}`),
    );
}

/** Sets a value that is a list whose order says nothing. An empty one is left out. */
function setList<M extends common.OrdererAddresses | peer.AnchorPeers>(
    group: common.ConfigGroup,
    name: string,
    type: { deserializeBinary(bytes: Uint8Array): M },
    wanted: M,
    itemsOf: (value: M) => string[],
): void {
    const bytes = group.getValuesMap().get(name)?.getValue_asU8() ?? new Uint8Array();
    const [before, after] = [type.deserializeBinary(bytes), wanted].map(itemsOf);
    if (after?.length === 0) {
        group.getValuesMap().del(name);
    } else if (!sameItems(before ?? [], after ?? [])) {
        writeValue(group, name, wanted);
    }
}

/**
 * Brings the CAs and the revocation lists of an organization up to date, and leaves everything else
 * in its MSP as it is.
 */
function changeMsp(group: common.ConfigGroup, org: OrgDefinition): void {
    editMsp(group, (fabric) => {
        fabric.setRootCertsList(
            wantedCertificates(fabric.getRootCertsList_asU8(), rootsOf(org, "signing")),
        );
        fabric.setIntermediateCertsList(
            wantedCertificates(
                fabric.getIntermediateCertsList_asU8(),
                org.signingIntermediatesPem ?? [],
            ),
        );
        fabric.setTlsRootCertsList(
            wantedCertificates(fabric.getTlsRootCertsList_asU8(), rootsOf(org, "tls")),
        );
        fabric.setTlsIntermediateCertsList(
            wantedCertificates(
                fabric.getTlsIntermediateCertsList_asU8(),
                org.tlsIntermediatesPem ?? [],
            ),
        );
        if (org.revocationListsPem !== undefined) {
            fabric.setRevocationListList(
                wantedLists(fabric.getRevocationListList_asU8(), org.revocationListsPem),
            );
        }
    });
}

/** Changes the MSP in an organization's group, where `edit` changes something. */
export function editMsp(
    group: common.ConfigGroup,
    edit: (fabric: msp.FabricMSPConfig) => void,
): void {
    editValue(group, "MSP", msp.MSPConfig, (config) => {
        const fabric = readWhole("MSP", msp.FabricMSPConfig, config.getConfig_asU8());
        edit(fabric);
        config.setConfig(fabric.serializeBinary());
    });
}

/** The channel's own bytes of a certificate, where it has one of the same key and name. */
function wantedCertificates(present: Uint8Array[], wanted: readonly string[]): Uint8Array[] {
    // Reading certificates takes most of the time in a channel of many organizations.
    if (present.map((bytes) => Buffer.from(bytes).toString()).join() === wanted.join()) {
        return present;
    }
    const kept = new Map(present.map((bytes) => [authorityKey(bytes), bytes]));
    const keys = wanted.map(authorityKey);
    return sameItems([...kept.keys()], keys)
        ? present
        : wanted.map((pem, index) => kept.get(keys[index] ?? "") ?? UTF8.encode(pem));
}

/** What a CA is known by: a renewed certificate keeps both. */
export function authorityKey(certificate: string | Uint8Array): string {
    const text = Buffer.from(certificate).toString();
    return `${publicKeyFingerprint(text)} ${new X509Certificate(text).subject}`;
}

function wantedLists(present: Uint8Array[], wanted: readonly string[]): Uint8Array[] {
    const texts = present.map((bytes) => Buffer.from(bytes).toString().trim());
    return sameItems(
        texts,
        wanted.map((list) => list.trim()),
    )
        ? present
        : wanted.map((list) => UTF8.encode(list));
}

function sameItems(one: readonly string[], other: readonly string[]): boolean {
    const sorted = (items: readonly string[]) => JSON.stringify([...items].sort());
    return sorted(one) === sorted(other);
}
