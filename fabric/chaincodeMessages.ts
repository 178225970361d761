import { peer } from "@hyperledger/fabric-protos";

import type { ApprovedDefinition, ChaincodeDefinition } from "./chaincodeDefinition";
import { collectionPackage, collectionsOf } from "./collections";
import { endorsementPolicy, printEndorsementPolicy } from "./endorsementPolicy";

const { lifecycle } = peer;

/** Arguments of the functions of `_lifecycle` that take a whole definition. */
type DefinitionArgs =
    | peer.lifecycle.ApproveChaincodeDefinitionForMyOrgArgs
    | peer.lifecycle.CheckCommitReadinessArgs
    | peer.lifecycle.CommitChaincodeDefinitionArgs;

/** Results that hold a whole definition. */
type DefinitionResult =
    | peer.lifecycle.QueryChaincodeDefinitionResult
    | peer.lifecycle.QueryApprovedChaincodeDefinitionResult
    | peer.lifecycle.QueryChaincodeDefinitionsResult.ChaincodeDefinition;

/** Arguments of `ApproveChaincodeDefinitionForMyOrg`; without a package the peers run none. */
export function approvalArgs(definition: ChaincodeDefinition, packageId?: string): Uint8Array {
    const source = new lifecycle.ChaincodeSource();
    if (packageId === undefined) {
        source.setUnavailable(new lifecycle.ChaincodeSource.Unavailable());
    } else {
        const local = new lifecycle.ChaincodeSource.Local();
        local.setPackageId(packageId);
        source.setLocalPackage(local);
    }
    const args = new lifecycle.ApproveChaincodeDefinitionForMyOrgArgs();
    args.setSource(source);
    return filled(args, definition);
}

/** Arguments of `CheckCommitReadiness`. */
export function readinessArgs(definition: ChaincodeDefinition): Uint8Array {
    return filled(new lifecycle.CheckCommitReadinessArgs(), definition);
}

/** Arguments of `CommitChaincodeDefinition`. */
export function commitArgs(definition: ChaincodeDefinition): Uint8Array {
    return filled(new lifecycle.CommitChaincodeDefinitionArgs(), definition);
}

/** The definition in a result of `_lifecycle`. */
export function definitionIn(name: string, result: DefinitionResult): ChaincodeDefinition {
    const parameter = result.getValidationParameter_asU8();
    return {
        name,
        version: result.getVersion(),
        sequence: result.getSequence(),
        endorsementPolicy: printEndorsementPolicy(
            peer.ApplicationPolicy.deserializeBinary(parameter),
        ),
        initRequired: result.getInitRequired(),
        collections: collectionsOf(result.getCollections()),
        endorsementPlugin: result.getEndorsementPlugin(),
        validationPlugin: result.getValidationPlugin(),
    };
}

/** The definition that an organization approved. */
export function approvalIn(
    name: string,
    result: peer.lifecycle.QueryApprovedChaincodeDefinitionResult,
): ApprovedDefinition {
    const packageId = result.getSource()?.getLocalPackage()?.getPackageId();
    return {
        ...definitionIn(name, result),
        ...(packageId === undefined || packageId === "" ? {} : { packageId }),
    };
}

/** All three need the same bytes, since Fabric compares them; nothing is left to a peer's defaults. */
function filled(args: DefinitionArgs, definition: ChaincodeDefinition): Uint8Array {
    args.setName(definition.name);
    args.setVersion(definition.version);
    args.setSequence(definition.sequence);
    args.setEndorsementPlugin(definition.endorsementPlugin);
    args.setValidationPlugin(definition.validationPlugin);
    args.setValidationParameter(endorsementPolicy(definition.endorsementPolicy).serializeBinary());
    args.setInitRequired(definition.initRequired);
    const collections = collectionPackage(definition.collections);
    if (collections !== undefined) {
        args.setCollections(collections);
    }
    return args.serializeBinary();
}
