import { peer } from "@hyperledger/fabric-protos";

import { canonicalPolicy, endorsementPolicy, printEndorsementPolicy } from "./endorsementPolicy";
import { printSignaturePolicy, signaturePolicy } from "./signaturePolicy";

/**
 * A private data collection: state that only some organizations of a channel hold, while all hold its
 * hashes. The names are those of Fabric's own file of collections.
 *
 * @see https://hyperledger-fabric.readthedocs.io/en/release-2.5/private-data-arch.html
 */
export interface PrivateDataCollection {
    /** Letters, digits, "-" and, but for the first, "_". */
    name: string;

    /** Who holds it: an `OR` over members, such as `OR('Org1MSP.member', 'Org2MSP.member')`. */
    policy: string;

    /**
     * How many other peers must have a copy before a transaction is endorsed.
     *
     * @default 0
     */
    requiredPeerCount?: number;

    /**
     * How many other peers the endorsing one hands a copy to.
     *
     * @default 1
     */
    maxPeerCount?: number;

    /**
     * After how many blocks it is purged; 0 for never. Cannot be changed later.
     *
     * @default 0
     */
    blockToLive?: number;

    /**
     * Whether only clients of the members may read it through a chaincode.
     *
     * @default false
     */
    memberOnlyRead?: boolean;

    /**
     * Whether only clients of the members may write it through a chaincode.
     *
     * @default false
     */
    memberOnlyWrite?: boolean;

    /**
     * Policy of its own for endorsements that write it.
     *
     * @default - the chaincode's
     */
    endorsementPolicy?: string;
}

/** Collections as they stand in a definition; nothing where there is none, as Fabric's programs do. */
export function collectionPackage(
    collections: readonly PrivateDataCollection[],
): peer.CollectionConfigPackage | undefined {
    if (collections.length === 0) {
        return undefined;
    }
    const made = new peer.CollectionConfigPackage();
    for (const collection of collections) {
        const config = new peer.CollectionConfig();
        config.setStaticCollectionConfig(staticCollection(collection));
        made.addConfig(config);
    }
    return made;
}

/** The collections of a definition, every field filled in; one without a policy of its own lacks it. */
export function collectionsOf(
    found: peer.CollectionConfigPackage | undefined,
): PrivateDataCollection[] {
    return (found?.getConfigList() ?? []).map((config) => {
        const held = config.getStaticCollectionConfig() ?? new peer.StaticCollectionConfig();
        const members = held.getMemberOrgsPolicy()?.getSignaturePolicy();
        const own = held.getEndorsementPolicy();
        return filledCollection({
            name: held.getName(),
            policy: members === undefined ? "OR()" : printSignaturePolicy(members),
            requiredPeerCount: held.getRequiredPeerCount(),
            maxPeerCount: held.getMaximumPeerCount(),
            blockToLive: held.getBlockToLive(),
            memberOnlyRead: held.getMemberOnlyRead(),
            memberOnlyWrite: held.getMemberOnlyWrite(),
            ...(own === undefined ? {} : { endorsementPolicy: printEndorsementPolicy(own) }),
        });
    });
}

/** A collection with Fabric's defaults filled in and its policies as they are printed. */
export function filledCollection(collection: PrivateDataCollection): PrivateDataCollection {
    const { policy, endorsementPolicy: own } = collection;
    return {
        requiredPeerCount: 0,
        maxPeerCount: 1,
        blockToLive: 0,
        memberOnlyRead: false,
        memberOnlyWrite: false,
        ...collection,
        policy: canonicalPolicy(policy),
        ...(own === undefined ? {} : { endorsementPolicy: canonicalPolicy(own) }),
    };
}

function staticCollection(collection: PrivateDataCollection): peer.StaticCollectionConfig {
    const filled = filledCollection(collection);
    const members = new peer.CollectionPolicyConfig();
    members.setSignaturePolicy(signaturePolicy(filled.policy));
    const made = new peer.StaticCollectionConfig();
    made.setName(filled.name);
    made.setMemberOrgsPolicy(members);
    made.setRequiredPeerCount(filled.requiredPeerCount ?? 0);
    made.setMaximumPeerCount(filled.maxPeerCount ?? 0);
    made.setBlockToLive(filled.blockToLive ?? 0);
    made.setMemberOnlyRead(filled.memberOnlyRead ?? false);
    made.setMemberOnlyWrite(filled.memberOnlyWrite ?? false);
    if (filled.endorsementPolicy !== undefined) {
        made.setEndorsementPolicy(endorsementPolicy(filled.endorsementPolicy));
    }
    return made;
}
