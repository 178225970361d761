import { ContainerCluster } from "@pulumi/ibm/bin/containerCluster";
import { ContainerVpcCluster } from "@pulumi/ibm/bin/containerVpcCluster";
import { IsPublicGateway } from "@pulumi/ibm/bin/isPublicGateway";
import { IsSubnet } from "@pulumi/ibm/bin/isSubnet";
import { IsVpc } from "@pulumi/ibm/bin/isVpc";
import type * as pulumi from "@pulumi/pulumi";

import {
    flavorOf,
    workersPerZoneOf,
    zonesOf,
    type IksClassic,
    type IksClusterArgs,
    type IksVpc,
    type IksVpcNetwork,
} from "./iksClusterArgs";

/** What IBM runs of a cluster. Its nodes are part of it. */
export interface IksResources extends Partial<OwnNetwork> {
    cluster: ContainerVpcCluster | ContainerCluster;
}

/** The network, where the program did not bring one. */
interface OwnNetwork {
    vpc: IsVpc;
    subnets: readonly IsSubnet[];
    gateways: readonly IsPublicGateway[];
}

/** Makes network and cluster, in this order. */
export function createIks(
    parent: pulumi.Resource,
    name: string,
    args: IksClusterArgs,
): IksResources {
    const { vpc, classic } = args.infrastructure;
    if (vpc === undefined) {
        return { cluster: createClassicCluster(parent, name, args, classic) };
    }
    const zones = zonesOf(vpc);
    const own = vpc.network === undefined ? createNetwork(parent, name, args, zones) : undefined;
    const network = vpc.network ?? networkOf(own!, zones);
    return { cluster: createVpcCluster(parent, name, args, vpc, network), ...own };
}

function createNetwork(
    parent: pulumi.Resource,
    name: string,
    { resourceGroupId: resourceGroup }: IksClusterArgs,
    zones: readonly string[],
): OwnNetwork {
    const vpc = new IsVpc(`${name}-vpc`, { resourceGroup }, { parent });
    const inZone = (zone: string) => ({ vpc: vpc.id, zone, resourceGroup });
    const gateways = zones.map(
        (zone) => new IsPublicGateway(`${name}-gateway-${zone}`, inZone(zone), { parent }),
    );
    const subnets = zones.map(
        (zone, index) =>
            new IsSubnet(
                `${name}-subnet-${zone}`,
                {
                    ...inZone(zone),
                    totalIpv4AddressCount: 256,
                    // Nodes have no public address of their own to pull images from.
                    publicGateway: gateways[index]!.id,
                },
                { parent },
            ),
    );
    return { vpc, subnets, gateways };
}

function networkOf({ vpc, subnets }: OwnNetwork, zones: readonly string[]): IksVpcNetwork {
    const ids = zones.map((zone, index) => [zone, subnets[index]!.id] as const);
    return { vpcId: vpc.id, subnets: Object.fromEntries(ids) };
}

/** What both kinds of cluster are told. */
function commonInputs(name: string, args: IksClusterArgs) {
    return {
        // What a person types to get at it.
        name,
        kubeVersion: args.kubernetesVersion,
        resourceGroupId: args.resourceGroupId,
        // IBM's default waits for the Ingress, too, which a network does not use and which takes long.
        waitTill: "OneWorkerNodeReady",
    };
}

function createVpcCluster(
    parent: pulumi.Resource,
    name: string,
    args: IksClusterArgs,
    { disableOutboundTrafficProtection, clusterArgs }: IksVpc,
    { vpcId, subnets }: IksVpcNetwork,
): ContainerVpcCluster {
    return new ContainerVpcCluster(
        name,
        {
            ...commonInputs(name, args),
            vpcId,
            zones: Object.entries(subnets).map(([name, subnetId]) => ({ name, subnetId })),
            flavor: flavorOf(args),
            workerCount: workersPerZoneOf(args),
            disableOutboundTrafficProtection,
            ...clusterArgs,
        },
        { parent },
    );
}

function createClassicCluster(
    parent: pulumi.Resource,
    name: string,
    args: IksClusterArgs,
    { datacenter, privateVlanId, publicVlanId, hardware = "shared", clusterArgs }: IksClassic,
): ContainerCluster {
    return new ContainerCluster(
        name,
        {
            ...commonInputs(name, args),
            datacenter,
            privateVlanId,
            publicVlanId,
            hardware,
            machineType: flavorOf(args),
            defaultPoolSize: workersPerZoneOf(args),
            // On classic it is there only where it is asked for.
            ...(args.endpoint === "private" ? { privateServiceEndpoint: true } : {}),
            ...clusterArgs,
        },
        { parent },
    );
}
