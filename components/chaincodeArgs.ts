import type * as pulumi from "@pulumi/pulumi";

import type * as definitionModule from "../fabric/chaincodeDefinition";
import { chaincodePackageProblems, type ServiceCode } from "../fabric/chaincodePackage";
import {
    defaultPackageLabel,
    serviceAddress,
    serviceName,
    serviceNameProblem,
    type NamedVersion,
} from "../fabric/chaincodeService";
import type { PrivateDataCollection } from "../fabric/collections";
import type { CouchDbIndex } from "../fabric/couchDbIndex";
import { imageProblem } from "../fabric/images";
import { labelProblem } from "../fabric/objectNames";
import { shown, type Problem } from "../fabric/problem";
import type { Resources } from "../storage/quantities";
import type { Channel } from "./channel";
import { memberOrganizations } from "./channelMembers";
import { takenProblem } from "./claimed";
import type { JoinedChannel } from "./joinedChannel";
import { problemsAt } from "./nodeArgs";
import { node } from "./nodePlace";
import type { PeerNode } from "./peerNode";
import { problemsOf } from "./validation";
import { CHAINCODE_VARIABLES } from "./workloads/chaincode";

/** Arguments of a `Chaincode`. */
export interface ChaincodeArgs {
    /** Channel on which it is defined. */
    channel: Channel | JoinedChannel;

    /**
     * Image that runs it as a service: a server that listens at `CHAINCODE_SERVER_ADDRESS` under the ID
     * `CHAINCODE_ID`. Other companies run images of their own. A digest (`name@sha256:…`) keeps it from
     * changing under you.
     */
    image: pulumi.Input<string>;

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
     * Indexes of CouchDB. They are in the package: change them together with `version`, or peers call the
     * new Pod by the old package for a moment.
     *
     * @default []
     */
    indexes?: readonly CouchDbIndex[];

    /**
     * Peers that run it. Their organizations approve it, each by its first peer here.
     *
     * @default - those of the channel.
     */
    peers?: readonly PeerNode[];

    /**
     * Further environment variables of its container.
     *
     * @default {}
     */
    environment?: Readonly<Record<string, pulumi.Input<string>>>;

    /**
     * CPU and memory of its Pod in each organization.
     *
     * @default { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } }
     */
    resources?: Resources;
}

/** What a chaincode's Pod gets where nothing else is said. */
export const DEFAULT_CHAINCODE_RESOURCES: Resources = {
    requests: { cpu: "100m", memory: "128Mi" },
    limits: { memory: "512Mi" },
};

/** What a version is called, in its package and in the cluster. */
export function namesOf(
    name: string,
    { chaincodeName: chaincode = name, version, label }: ChaincodeArgs,
): NamedVersion {
    return { chaincode, version, label: label ?? defaultPackageLabel(chaincode, version) };
}

/** What a package is made of. */
export function packageOf(name: string, args: ChaincodeArgs) {
    const names = namesOf(name, args);
    const { indexes = [] } = args;
    const code: ServiceCode = { type: "ccaas", address: serviceAddress(names), indexes };
    return { label: names.label, code };
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
    // A label that is made of a wrong name or version says nothing new.
    const ownLabel = ({ path }: Problem) => path !== "label" || args.label !== undefined;
    const parts = [
        ...(args.chaincodeName === undefined && definition.some(({ path }) => path === "name")
            ? []
            : problemsOf(["name", labelProblem(name)])),
        ...definition,
        ...problemsOf(["version", textProblem(args.version)]),
        ...ofPackage.filter(({ path }) => path !== "address").filter(ownLabel),
        ...problemsOf(["image", imageProblem(args.image, IMAGE_EXAMPLE)]),
        ...channelProblems(args.channel),
        ...peerProblems(args),
        ...environmentProblems(args.environment ?? {}),
        ...problemsAt("resources", args.resources),
    ];
    return parts.length > 0 ? parts : serviceProblems(namesOf(name, args), args);
}

/** A number passes for a version until peers compare it. */
function textProblem(value: unknown): string | undefined {
    return typeof value === "string" ? undefined : `${shown(value)} is no text; write "1.0"`;
}

const IMAGE_EXAMPLE = "ghcr.io/example/asset-transfer@sha256:…";

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

function environmentProblems(environment: Readonly<Record<string, unknown>>): Problem[] {
    return problemsOf(
        ...Object.keys(environment).map((variable) => {
            const reason = CHAINCODE_VARIABLES.includes(variable)
                ? "is set by this component; take it away"
                : /^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)
                  ? undefined
                  : `${shown(variable)} is not the name of a variable; write letters, digits and "_"`;
            return [`environment[${shown(variable)}]`, reason] as const;
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
