import * as pulumi from "@pulumi/pulumi";

import { serviceName } from "../fabric/chaincodeService";
import {
    checkChaincodeArgs,
    definitionOf,
    madePackage,
    namesOf,
    type ChaincodeArgs,
} from "./chaincodeArgs";
import {
    approveForOrganizations,
    commitToChannel,
    installOnPeers,
    lifecyclePlan,
    retireJobs,
    retireOlder,
} from "./chaincodeLifecycle";
import type { ModeName, ServiceMode } from "./chaincodeModes";
import { runChaincode, type ChaincodeService } from "./chaincodeService";
import type { Channel } from "./channel";
import { memberOrganizations } from "./channelMembers";
import { reportJoinPlan } from "./channelPlan";
import { claim } from "./claimed";
import type { JoinedChannel } from "./joinedChannel";
import { node } from "./nodePlace";
import type { PeerNode } from "./peerNode";
import type { ApprovedChaincode } from "./resources/approvedChaincode";
import type { CommittedChaincode } from "./resources/committedChaincode";
import type { InstalledChaincode } from "./resources/installedChaincode";
import type { RetiredChaincode } from "./resources/retiredChaincode";
import type { RetiredJobs } from "./resources/retiredJobs";
import { rejectInvalid } from "./validation";
import { DEFAULT_CHAINCODE_RESOURCES } from "./workloads/chaincode";

/**
 * A chaincode on a channel, run as a service by each organization of this program, or by its peers: see
 * `mode`.
 *
 * Children, in order: where it is a service, in each organization NetworkPolicies, Deployment and Service;
 * beside them the package on each peer, then the approval of each organization; the commit, once all of
 * that is there; and the end of older versions, in each organization that runs it as a service, or of each peer
 * that starts it in Kubernetes.
 *
 * What other companies have not approved is waited for: `waiting` says who, the older version runs on, and
 * each `up` tries again. Taking the chaincode out of the program ends its Pods. Packages, approvals and the
 * definition stay: a channel forgets nothing.
 *
 * On a simulated cluster the objects are made and the rest is only planned: see `plan`.
 *
 * @example
 * const asset = new Chaincode("asset", {
 *     channel,
 *     version: "1.0",
 *     image: "ghcr.io/example/asset-transfer@sha256:…",
 *     endorsementPolicy: "AND('Org1MSP.peer', 'Org2MSP.peer')",
 * });
 * export const waiting = asset.waiting;
 */
export class Chaincode extends pulumi.ComponentResource {
    /** Name of the component, and the beginning of its children's. */
    public readonly name: string;
    public readonly channel: Channel | JoinedChannel;
    /** Peers that run it. */
    public readonly peers: readonly PeerNode[];
    /** What organizations approve. */
    public readonly definition: ReturnType<typeof definitionOf>;
    /** Label of its package. */
    public readonly label: string;
    /** ID of its package, known before anything is installed; the same in every organization. */
    public readonly packageId: pulumi.Output<string>;
    /** Who runs it. */
    public readonly mode: ModeName;
    /** Name of its Service and Deployment in each organization's namespace; absent where peers run it. */
    public readonly serviceName?: string;
    /** What runs it, by organization; none where peers run it. */
    public readonly services: readonly ChaincodeService[] = [];
    /** Its package on the peers; none on a simulated cluster. */
    public readonly installed: readonly InstalledChaincode[] = [];
    /** Approvals of this program's organizations; none on a simulated cluster. */
    public readonly approved: readonly ApprovedChaincode[] = [];
    /** The definition on the channel; absent on a simulated cluster. */
    public readonly committed?: CommittedChaincode;
    /** The end of older versions, by organization; none on a simulated cluster. */
    public readonly retired: readonly RetiredChaincode[] = [];
    /** The end of older versions that peers started in Kubernetes, by peer; none in other modes. */
    public readonly retiredJobs: readonly RetiredJobs[] = [];
    /** Sequence that is committed or waits to be; absent on a simulated cluster. */
    public readonly sequence?: pulumi.Output<number>;
    /** Whom the commit waits for; empty once it is committed. Absent on a simulated cluster. */
    public readonly waiting?: pulumi.Output<string>;
    /** What is done to define it, one line a step. */
    public readonly plan: readonly string[];
    /** What calls the chaincode depends on this. */
    public readonly ready: pulumi.Resource;

    /** @throws pulumi.ResourceError listing every problem of the arguments. */
    constructor(name: string, args: ChaincodeArgs, opts?: pulumi.ComponentResourceOptions) {
        rejectInvalid("Chaincode", name, checkChaincodeArgs(name, args));
        const { channel, mode = "ccaas", peers = channel.peers } = args;
        const definition = definitionOf(name, args);
        const made = madePackage(name, args);
        const { label, packageId } = made;
        super(
            "kubefabric:index:Chaincode",
            name,
            { channelId: channel.channelId, mode, ...definition, packageId },
            opts,
        );
        this.name = name;
        this.channel = channel;
        this.peers = peers;
        this.definition = definition;
        this.label = label;
        this.mode = mode;
        this.packageId = pulumi.output(packageId);
        this.plan = lifecyclePlan(this, packageId);

        if (args.mode === undefined || args.mode === "ccaas") {
            this.serviceName = serviceName(namesOf(name, args));
            this.services = runServices(this, this.serviceName, packageId, args);
        }
        if (channel.simulated) {
            reportJoinPlan(this.plan, this);
        } else {
            this.installed = installOnPeers(this, made, args);
            this.approved = approveForOrganizations(this, packageId, this.installed);
            this.committed = commitToChannel(this, this.approved, this.services);
            this.retired = retireOlder(this, this.committed, this.services);
            this.retiredJobs =
                mode === "kubernetes" ? retireJobs(this, packageId, this.committed) : [];
            this.sequence = this.committed.sequence;
            this.waiting = this.committed.waiting;
            this.waiting.apply((text) => warnOfWaiting(text, this));
        }
        this.ready = this.committed ?? this.services.at(-1)?.service ?? channel.ready;

        this.registerOutputs({
            packageId: this.packageId,
            sequence: this.sequence,
            waiting: this.waiting,
        });
    }
}

/** Runs it in every organization of its peers. */
function runServices(
    chaincode: Chaincode,
    serviceName: string,
    packageId: string,
    { image, environment = {}, resources = DEFAULT_CHAINCODE_RESOURCES }: ServiceMode,
): ChaincodeService[] {
    const { name, peers } = chaincode;
    return memberOrganizations(peers).map((org) => {
        claim(node(org, serviceName), `Chaincode "${name}"`);
        return runChaincode(chaincode, {
            name,
            org,
            serviceName,
            packageId,
            image,
            environment,
            resources,
        });
    });
}

function warnOfWaiting(waiting: string | undefined, chaincode: Chaincode): void {
    if (waiting) {
        const { channel, definition } = chaincode;
        void pulumi.log.warn(
            `chaincode "${definition.name}" is not committed to channel "${channel.channelId}" yet: ` +
                `${waiting}. The next update tries again.`,
            chaincode,
        );
    }
}
