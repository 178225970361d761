import type { ContainerCluster } from "@pulumi/ibm/bin/containerCluster";
import type { ContainerVpcCluster } from "@pulumi/ibm/bin/containerVpcCluster";
import type { IsPublicGateway } from "@pulumi/ibm/bin/isPublicGateway";
import type { IsSubnet } from "@pulumi/ibm/bin/isSubnet";
import type { IsVpc } from "@pulumi/ibm/bin/isVpc";
import * as pulumi from "@pulumi/pulumi";

import { rejectInvalid } from "../validation";
import { takenNameProblems } from "./clusterProblems";
import { ConnectedCluster, type Connection } from "./connectedCluster";
import {
    flavorOf,
    iksVendorOf,
    infrastructureOf,
    locationOf,
    zoneCountOf,
    type IksClusterArgs,
} from "./iksClusterArgs";
import { checkIksClusterArgs } from "./iksClusterProblems";
import { iksKubeconfigOf } from "./iksConfiguration";
import { createIks, type IksResources } from "./iksResources";

export type {
    IksClassic,
    IksClusterArgs,
    IksEndpoint,
    IksHardware,
    IksInfrastructure,
    IksVpc,
    IksVpcNetwork,
} from "./iksClusterArgs";

/**
 * A cluster on IBM Cloud Kubernetes Service, on VPC or on the classic infrastructure.
 *
 * Children: on VPC a VPC with a subnet and a public gateway in each zone, unless the program brings one; the
 * cluster with its nodes; then what every cluster has: `ClusterAccess`, the Kubernetes provider and
 * StorageClasses.
 *
 * The kubeconfig has an administrator's certificate and key; it is a secret. IBM's provider writes them to
 * files, too: into a temporary folder of the stack (`kubefabric-PROJECT-STACK-…`), which only its owner
 * can read, which is removed when the program ends (it is left where the program is killed), and which
 * nothing here reads.
 *
 * The provider does not mark its own API key as a secret: give it as `IC_API_KEY`, or as a secret of the
 * stack (`pulumi config set --secret ibm:ibmcloudApiKey`). Nor has it a protection against deletion: `protect`
 * among the options keeps the cluster that ledgers are in.
 *
 * @example
 * const infrastructure = { vpc: { location: "eu-de", disableOutboundTrafficProtection: true } };
 * const cluster = new IksCluster("prod", { infrastructure });
 * const org1 = new FabricOrg("org1", { cluster, mspId: "Org1MSP" });
 */
export class IksCluster extends ConnectedCluster {
    /** IBM's cluster: a `ContainerVpcCluster` on VPC, a `ContainerCluster` on classic. */
    public readonly cluster: ContainerVpcCluster | ContainerCluster;
    /** Its VPC, where the program did not bring one. */
    public readonly vpc?: IsVpc;
    /** The subnets of that VPC, one in each zone. */
    public readonly subnets?: readonly IsSubnet[];
    /** Its public gateways, one in each zone. */
    public readonly gateways?: readonly IsPublicGateway[];

    /** @throws pulumi.ResourceError listing every problem of the arguments. */
    constructor(name: string, args: IksClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        rejectInvalid("IksCluster", name, [
            ...takenNameProblems(name),
            ...checkIksClusterArgs(name, args),
        ]);
        const inputs = {
            vendor: iksVendorOf(args),
            infrastructure: infrastructureOf(args),
            location: locationOf(args),
            privileged: PRIVILEGED_PODS,
        };
        let made!: IksResources;
        super("IksCluster", name, inputs, opts, (parent) => {
            made = createIks(parent, name, args);
            return connectionOf(parent, name, args, made);
        });
        this.cluster = made.cluster;
        this.vpc = made.vpc;
        this.subnets = made.subnets;
        this.gateways = made.gateways;
    }
}

/** @see https://cloud.ibm.com/docs/containers?topic=containers-pod-security-admission */
const PRIVILEGED_PODS = "allowed";

function connectionOf(
    parent: pulumi.Resource,
    name: string,
    args: IksClusterArgs,
    { cluster }: IksResources,
): Connection {
    const { storage, ledgerAccessMode, recover } = args;
    return {
        vendor: iksVendorOf(args),
        location: locationOf(args),
        zones: zoneCountOf(args),
        machineTypes: [flavorOf(args)],
        privileged: PRIVILEGED_PODS,
        storage,
        ledgerAccessMode,
        recover,
        kubeconfig: iksKubeconfigOf(parent, name, cluster, args),
        console: pulumi.interpolate`https://cloud.ibm.com/kubernetes/clusters/${cluster.id}/overview`,
        managedCluster: cluster,
    };
}
