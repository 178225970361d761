import { common, msp, peer } from "@hyperledger/fabric-protos";
import { type Message } from "google-protobuf";

import { type ChannelDefinition } from "./channelDefinition";
import { blockValidation, ordererValues } from "./consensus";
import { ROLES } from "./identities";
import { type OrgDefinition } from "./msp";
import { rootsOf } from "./mspAuthorities";
import { anyOf, implicitMeta } from "./policies";

const UTF8 = new TextEncoder();

/** One group of the tree before it becomes a message. Every element is changed by `Admins`. */
interface Group {
    policies: Record<string, common.Policy>;
    values?: Record<string, Message>;
    groups?: Record<string, common.ConfigGroup>;
}

/**
 * The whole configuration of a channel as a tree of groups, values and policies: the one that Fabric's
 * `configtxgen` builds from the `configtx.yaml` of its sample networks, with the organizations' MSP
 * IDs as names of their groups.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/internal/configtxgen/encoder/encoder.go#L136
 */
export function configTree(definition: ChannelDefinition): common.ConfigGroup {
    return group({
        policies: metaPolicies(),
        values: {
            HashingAlgorithm: hashingAlgorithm(),
            BlockDataHashingStructure: blockDataHashingStructure(),
            Capabilities: capabilities(definition.capabilities.channel),
        },
        groups: {
            Orderer: ordererGroup(definition),
            Application: applicationGroup(definition),
        },
    });
}

function ordererGroup(definition: ChannelDefinition): common.ConfigGroup {
    return group({
        policies: { ...metaPolicies(), BlockValidation: blockValidation(definition) },
        values: {
            ...ordererValues(definition),
            Capabilities: capabilities(definition.capabilities.orderer),
        },
        groups: byMspId(definition.ordering, orderingOrg),
    });
}

function applicationGroup({
    application,
    capabilities: { application: capability },
    settings: { acls = {} },
}: ChannelDefinition): common.ConfigGroup {
    return group({
        policies: {
            ...metaPolicies(),
            LifecycleEndorsement: implicitMeta("MAJORITY", "Endorsement"),
            Endorsement: implicitMeta("MAJORITY", "Endorsement"),
        },
        values: {
            Capabilities: capabilities(capability),
            ...(Object.keys(acls).length === 0 ? {} : { ACLs: accessControl(acls) }),
        },
        groups: byMspId(application, applicationOrg),
    });
}

/** The group of an organization that runs ordering nodes. */
export function orderingOrg(org: OrgDefinition): common.ConfigGroup {
    const { mspId, ordererEndpoints } = org;
    return group({
        policies: {
            Readers: anyOf(mspId, "member"),
            Writers: anyOf(mspId, "member"),
            Admins: anyOf(mspId, "admin"),
        },
        values: {
            MSP: mspConfig(org),
            ...(ordererEndpoints.length === 0 ? {} : { Endpoints: addresses(ordererEndpoints) }),
        },
    });
}

/** The group of an organization that runs peers. */
export function applicationOrg(org: OrgDefinition): common.ConfigGroup {
    const { mspId, anchorPeers } = org;
    return group({
        policies: {
            Readers: anyOf(mspId, "admin", "peer", "client"),
            Writers: anyOf(mspId, "admin", "client"),
            Admins: anyOf(mspId, "admin"),
            Endorsement: anyOf(mspId, "peer"),
        },
        values: {
            MSP: mspConfig(org),
            ...(anchorPeers.length === 0 ? {} : { AnchorPeers: anchors(org) }),
        },
    });
}

function metaPolicies(): Record<string, common.Policy> {
    return {
        Readers: implicitMeta("ANY", "Readers"),
        Writers: implicitMeta("ANY", "Writers"),
        Admins: implicitMeta("MAJORITY", "Admins"),
    };
}

function group({ policies, values = {}, groups = {} }: Group): common.ConfigGroup {
    const made = new common.ConfigGroup();
    made.setModPolicy("Admins");
    for (const [name, policy] of Object.entries(policies)) {
        const element = new common.ConfigPolicy();
        element.setModPolicy("Admins");
        element.setPolicy(policy);
        made.getPoliciesMap().set(name, element);
    }
    for (const [name, value] of Object.entries(values)) {
        const element = new common.ConfigValue();
        element.setModPolicy("Admins");
        element.setValue(value.serializeBinary());
        made.getValuesMap().set(name, element);
    }
    for (const [name, child] of Object.entries(groups)) {
        made.getGroupsMap().set(name, child);
    }
    return made;
}

function byMspId(
    orgs: readonly OrgDefinition[],
    make: (org: OrgDefinition) => common.ConfigGroup,
): Record<string, common.ConfigGroup> {
    return Object.fromEntries(orgs.map((org) => [org.mspId, make(org)]));
}

/**
 * An organization's MSP as other nodes verify with it: the same that Fabric reads from the folder
 * that `mspLayout` describes, without the node's own certificate.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/msp/configbuilder.go#L347
 */
function mspConfig(org: OrgDefinition): msp.MSPConfig {
    const fabric = new msp.FabricMSPConfig();
    fabric.setName(org.mspId);
    fabric.setRootCertsList(rootsOf(org, "signing").map(toBytes));
    fabric.setIntermediateCertsList((org.signingIntermediatesPem ?? []).map(toBytes));
    fabric.setTlsRootCertsList(rootsOf(org, "tls").map(toBytes));
    fabric.setTlsIntermediateCertsList((org.tlsIntermediatesPem ?? []).map(toBytes));
    fabric.setRevocationListList((org.revocationListsPem ?? []).map(toBytes));
    fabric.setFabricNodeOus(nodeOus());
    const crypto = new msp.FabricCryptoConfig();
    crypto.setSignatureHashFamily("SHA2");
    crypto.setIdentityIdentifierHashFunction("SHA256");
    fabric.setCryptoConfig(crypto);

    const config = new msp.MSPConfig();
    config.setType(FABRIC_MSP);
    config.setConfig(fabric.serializeBinary());
    return config;
}

/** Type of an MSP of X.509 certificates; the other one is Idemix. */
const FABRIC_MSP = 0;

function nodeOus(): msp.FabricNodeOUs {
    const ous = new msp.FabricNodeOUs();
    ous.setEnable(true);
    for (const role of ROLES) {
        const unit = new msp.FabricOUIdentifier();
        unit.setOrganizationalUnitIdentifier(role);
        SET_UNIT[role](ous, unit);
    }
    return ous;
}

const SET_UNIT: Record<
    (typeof ROLES)[number],
    (ous: msp.FabricNodeOUs, unit: msp.FabricOUIdentifier) => void
> = {
    client: (ous, unit) => ous.setClientOuIdentifier(unit),
    peer: (ous, unit) => ous.setPeerOuIdentifier(unit),
    admin: (ous, unit) => ous.setAdminOuIdentifier(unit),
    orderer: (ous, unit) => ous.setOrdererOuIdentifier(unit),
};

function hashingAlgorithm(): common.HashingAlgorithm {
    const value = new common.HashingAlgorithm();
    value.setName("SHA256");
    return value;
}

/** The width of a Merkle tree that Fabric never built: the only value that it takes. */
function blockDataHashingStructure(): common.BlockDataHashingStructure {
    const value = new common.BlockDataHashingStructure();
    value.setWidth(0xffff_ffff);
    return value;
}

function capabilities(...names: string[]): common.Capabilities {
    const value = new common.Capabilities();
    for (const name of names) {
        value.getCapabilitiesMap().set(name, new common.Capability());
    }
    return value;
}

function accessControl(acls: Record<string, string>): peer.ACLs {
    const value = new peer.ACLs();
    for (const [resource, policyRef] of Object.entries(acls)) {
        const api = new peer.APIResource();
        api.setPolicyRef(policyRef);
        value.getAclsMap().set(resource, api);
    }
    return value;
}

export function addresses(endpoints: string[]): common.OrdererAddresses {
    const value = new common.OrdererAddresses();
    value.setAddressesList(endpoints);
    return value;
}

export function anchors({ anchorPeers }: OrgDefinition): peer.AnchorPeers {
    const value = new peer.AnchorPeers();
    value.setAnchorPeersList(
        anchorPeers.map(({ host, port }) => {
            const anchor = new peer.AnchorPeer();
            anchor.setHost(host);
            anchor.setPort(port);
            return anchor;
        }),
    );
    return value;
}

function toBytes(pem: string): Uint8Array {
    return UTF8.encode(pem);
}
