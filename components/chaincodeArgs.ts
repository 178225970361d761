import type * as definitionModule from "../fabric/chaincodeDefinition";
import {
    chaincodePackage,
    chaincodePackageProblems,
    type ChaincodePackage,
} from "../fabric/chaincodePackage";
import { serviceName, serviceNameProblem, type NamedVersion } from "../fabric/chaincodeService";
import type { PrivateDataCollection } from "../fabric/collections";
import { labelProblem } from "../fabric/objectNames";
import { shown, type Problem } from "../fabric/problem";
import type { Channel } from "./channel";
import {
    codeOf,
    modeLabel,
    modeLabelProblem,
    modeProblems,
    type ChaincodeMode,
} from "./chaincodeModes";
import { memberOrganizations } from "./channelMembers";
import { takenProblem } from "./claimed";
import type { JoinedChannel } from "./joinedChannel";
import { node } from "./nodePlace";
import type { PeerNode } from "./peerNode";
import { problemsOf, rejectInvalid } from "./validation";

/** Arguments of a `Chaincode`: those of its mode, and these. */
export type ChaincodeArgs = ChaincodeMode & SharedChaincodeArgs;

/** Arguments that a chaincode has whoever runs it. */
export interface SharedChaincodeArgs {
    /** Channel on which it is defined. */
    channel: Channel | JoinedChannel;

    /**
     * Version. Any word that tells people what runs; two versions run side by side until the newer one is
     * committed. A changed image under the same version is exchanged at once, and nothing is approved.
     */
    version: string;

    /**
     * Name under which it is called.
     *
     * @default - the component's name.
     */
    chaincodeName?: string;

    /**
     * Label of its package.
     *
     * @default - name and version, as `asset_1.0`.
     */
    label?: string;

    /**
     * Who must endorse its transactions: a policy in Fabric's language, such as
     * `AND('Org1MSP.peer', 'Org2MSP.peer')`, or the path of one in the channel's configuration.
     *
     * @default "/Channel/Application/Endorsement"
     */
    endorsementPolicy?: string;

    /**
     * Private data collections.
     *
     * @default []
     */
    collections?: readonly PrivateDataCollection[];

    /**
     * Whether its function `Init` must be called before any other.
     *
     * @default false
     */
    initRequired?: boolean;

    /**
     * Peers that run it. Their organizations approve it, each by its first peer here.
     *
     * @default - those of the channel.
     */
    peers?: readonly PeerNode[];
}

/** What a version is called, in its package and in the cluster. */
export function namesOf(
    name: string,
    { chaincodeName: chaincode = name, mode, version, label }: ChaincodeArgs,
): NamedVersion {
    return { chaincode, version, label: label ?? modeLabel(mode, chaincode, version) };
}

/** What a package is made of. */
export function packageOf(name: string, args: ChaincodeArgs) {
    const names = namesOf(name, args);
    return { label: names.label, code: codeOf(names, args) };
}

/**
 * The package itself.
 *
 * @throws pulumi.ResourceError where it is larger than peers take.
 */
export function madePackage(name: string, args: ChaincodeArgs): ChaincodePackage {
    const { label, code } = packageOf(name, args);
    try {
        return chaincodePackage(label, code);
    } catch (error) {
        rejectInvalid("Chaincode", name, [{ path: "source", reason: (error as Error).message }]);
        throw error;
    }
}

/** What organizations approve. */
export function definitionOf(name: string, args: ChaincodeArgs) {
    const { chaincodeName = name, version, endorsementPolicy, collections, initRequired } = args;
    return { name: chaincodeName, version, endorsementPolicy, collections, initRequired };
}

/** Everything wrong with the arguments that can be known without the channel's newest configuration. */
export function checkChaincodeArgs(name: string, args: ChaincodeArgs): Problem[] {
    const { label, code } = packageOf(name, args);
    const nameAt = args.chaincodeName === undefined ? "name" : "chaincodeName";
    const { definitionProblems } = loadDefinition();
    const definition = definitionProblems(definitionOf(name, args)).map((problem) =>
        problem.path === "name" ? { ...problem, path: nameAt } : problem,
    );
    const ofPackage = chaincodePackageProblems(label, code);
    const parts = [
        ...(args.chaincodeName === undefined && definition.some(({ path }) => path === "name")
            ? []
            : problemsOf(["name", labelProblem(name)])),
        ...definition,
        ...problemsOf(["version", textProblem(args.version)]),
        // A label that is made of a wrong name or version says nothing new.
        ...(args.label === undefined
            ? []
            : problemsOf(["label", modeLabelProblem(args.mode, args.label)])),
        ...ofPackage.filter(({ path }) => !ELSEWHERE.test(path)),
        ...modeProblems(args, args.peers ?? args.channel.peers),
        ...channelProblems(args.channel),
        ...peerProblems(args),
    ];
    return parts.length > 0 || (args.mode ?? "ccaas") !== "ccaas"
        ? parts
        : serviceProblems(namesOf(name, args), args);
}

/** What of a package is made of arguments that are checked as they were written. */
const ELSEWHERE = /^(label|address|image|digest|type|mainFolder|files.*)$/;

/** A number passes for a version until peers compare it. */
function textProblem(value: unknown): string | undefined {
    return typeof value === "string" ? undefined : `${shown(value)} is no text; write "1.0"`;
}

/** Loaded where it is used only: policies are read with Fabric's messages, which an import stays free of. */
function loadDefinition() {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require("../fabric/chaincodeDefinition") as typeof definitionModule;
}

function channelProblems(channel: Channel | JoinedChannel): Problem[] {
    const founding = !channel.simulated && channel.peerMemberships.length < channel.peers.length;
    return founding
        ? [
              {
                  path: "channel",
                  reason:
                      `"${channel.name}" is being founded, and no peer has joined it yet; take founding ` +
                      "away from the channel, or leave the chaincode out until then",
              },
          ]
        : [];
}

function peerProblems({ channel, peers = channel.peers }: ChaincodeArgs): Problem[] {
    const path = "peers";
    if (peers.length === 0) {
        return [{ path, reason: "is empty, and a peer approves for its organization; write one" }];
    }
    return problemsOf(
        ...peers.map((peer, index) => {
            const reason = channel.peers.includes(peer)
                ? peers.indexOf(peer) < index
                    ? `"${peer.name}" is there before; write it once`
                    : undefined
                : `"${peer.name}" has not joined "${channel.name}"; write it among the channel's peers too`;
            return [`${path}[${index}]`, reason] as const;
        }),
    );
}

function serviceProblems(names: NamedVersion, { channel, peers }: ChaincodeArgs): Problem[] {
    const name = serviceName(names);
    const taken = memberOrganizations(peers ?? channel.peers)
        .map((org) => takenProblem(node(org, name), "write another label"))
        .find((reason) => reason !== undefined);
    return problemsOf(["label", serviceNameProblem(names) ?? taken]);
}
