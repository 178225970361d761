import { collectionProblems } from "./collectionProblems";
import { filledCollection, type PrivateDataCollection } from "./collections";
import {
    canonicalPolicy,
    DEFAULT_ENDORSEMENT_POLICY,
    endorsementPolicyProblems,
} from "./endorsementPolicy";
import { problemsOf, shown, type Problem } from "./problem";

/** What a program says of a chaincode on a channel, and organizations approve. */
export interface ChaincodeSettings {
    /** Name under which it is called. */
    name: string;

    /** Any word that tells people what runs; Fabric only compares it. */
    version: string;

    /**
     * Who must endorse its transactions: a policy in Fabric's language, such as
     * `AND('Org1MSP.peer', 'Org2MSP.peer')`, or the path of one in the channel's configuration.
     *
     * @default "/Channel/Application/Endorsement"
     */
    endorsementPolicy?: string;

    /**
     * Whether its function `Init` must be called before any other.
     *
     * @default false
     */
    initRequired?: boolean;

    /** @default [] */
    collections?: readonly PrivateDataCollection[];

    /**
     * Plugin of the peers that endorses.
     *
     * @default "escc"
     */
    endorsementPlugin?: string;

    /**
     * Plugin of the peers that validates endorsements.
     *
     * @default "vscc"
     */
    validationPlugin?: string;
}

/** A definition as a channel has it: every setting, and how many definitions came before. */
export interface ChaincodeDefinition extends Required<ChaincodeSettings> {
    /** 1 for the first. */
    sequence: number;
}

/** A definition that an organization approved. */
export interface ApprovedDefinition extends ChaincodeDefinition {
    /** Package that its peers run for it; nothing where it runs none. */
    packageId?: string;
}

/** Chaincodes of the peer itself, whose names no other may have. */
const SYSTEM_CHAINCODES = ["cscc", "escc", "lscc", "qscc", "vscc"];

/** A definition with Fabric's defaults filled in. */
export function chaincodeDefinition(
    settings: ChaincodeSettings,
    sequence: number,
): ChaincodeDefinition {
    const { endorsementPolicy = DEFAULT_ENDORSEMENT_POLICY, initRequired = false } = settings;
    const { collections = [], endorsementPlugin = "escc", validationPlugin = "vscc" } = settings;
    return {
        name: settings.name,
        version: settings.version,
        sequence,
        endorsementPolicy: canonicalPolicy(endorsementPolicy),
        initRequired,
        collections: collections.map(filledCollection),
        endorsementPlugin,
        validationPlugin,
    };
}

/**
 * Everything for which peers would refuse a definition.
 *
 * @param mspIds - of the organizations of the channel, where they are known.
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/core/chaincode/lifecycle/scc.go#L684
 */
export function definitionProblems(
    settings: ChaincodeSettings,
    mspIds?: readonly string[],
): Problem[] {
    const { endorsementPolicy = DEFAULT_ENDORSEMENT_POLICY, collections = [] } = settings;
    return [
        ...problemsOf(
            ["name", chaincodeNameProblem(settings.name)],
            ["version", versionProblem(settings.version)],
        ),
        ...endorsementPolicyProblems(endorsementPolicy, mspIds).map((reason) => ({
            path: "endorsementPolicy",
            reason,
        })),
        ...collectionProblems(collections, mspIds),
        ...pluginProblems(settings),
    ];
}

/** What is wrong with the name of a chaincode, or nothing. */
export function chaincodeNameProblem(name: string): string | undefined {
    if (SYSTEM_CHAINCODES.includes(name)) {
        return `${shown(name)} is a chaincode of the peer itself; write another name`;
    }
    return /^[a-zA-Z0-9]+([-_][a-zA-Z0-9]+)*$/.test(name)
        ? undefined
        : `${shown(name)} is not a name of a chaincode (letters and digits, with single "-" and "_" ` +
              `between them); write ${shown(name.match(/[a-zA-Z0-9]+/g)?.join("-") ?? "basic")}`;
}

function versionProblem(version: string): string | undefined {
    return /^[A-Za-z0-9_.+-]+$/.test(version)
        ? undefined
        : `${shown(version)} is not a version (letters, digits, "_", ".", "+" and "-"); write ` +
              shown(version.match(/[A-Za-z0-9_.+-]+/g)?.join("-") ?? "1.0");
}

function pluginProblems({ endorsementPlugin, validationPlugin }: ChaincodeSettings): Problem[] {
    return Object.entries({ endorsementPlugin, validationPlugin }).flatMap(([path, name]) =>
        name === ""
            ? [{ path, reason: '"" is no name of a plugin; leave it out, or write its name' }]
            : [],
    );
}
