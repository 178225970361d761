import { choiceProblem, shown, type Problem } from "../../fabric/problem";
import { problemsOf } from "../validation";
import { ownArgumentProblems } from "./clusterProblems";
import { IKS_ENDPOINTS, infrastructureOf, type IksClusterArgs } from "./iksClusterArgs";

/** What is wrong with the endpoint that programs use, or nothing. */
export function endpointProblem(args: IksClusterArgs): string | undefined {
    const { endpoint = "public" } = args;
    return endpoint === "vpe" && infrastructureOf(args) === "classic"
        ? '"vpe" is an endpoint of VPC; write "private" or "public"'
        : choiceProblem(endpoint, IKS_ENDPOINTS, "endpoint of IKS");
}

/** What this package has to know is an argument of its own, and not IBM's. */
const OWN = {
    vpc: {
        name: "the name of the IksCluster",
        vpcId: "infrastructure.vpc.network",
        zones: "infrastructure.vpc.network",
        disableOutboundTrafficProtection: "infrastructure.vpc.disableOutboundTrafficProtection",
        flavor: "flavor",
        workerCount: "workersPerZone",
        kubeVersion: "kubernetesVersion",
        resourceGroupId: "resourceGroupId",
    },
    classic: {
        name: "the name of the IksCluster",
        datacenter: "infrastructure.classic.datacenter",
        privateVlanId: "infrastructure.classic.privateVlanId",
        publicVlanId: "infrastructure.classic.publicVlanId",
        hardware: "infrastructure.classic.hardware",
        machineType: "flavor",
        defaultPoolSize: "workersPerZone",
        kubeVersion: "kubernetesVersion",
        resourceGroupId: "resourceGroupId",
    },
};

/** Everything wrong with the arguments for IBM itself. */
export function iksHatchProblems(args: IksClusterArgs): Problem[] {
    const kind = infrastructureOf(args);
    const { vpc, classic } = args.infrastructure;
    const given = ((vpc ?? classic)?.clusterArgs ?? {}) as Record<string, unknown>;
    const path = (key: string) => `infrastructure.${kind}.clusterArgs.${key}`;
    return [
        ...ownArgumentProblems(
            Object.entries(OWN[kind]).map(([key, own]) => [path(key), given[key], own] as const),
        ),
        ...problemsOf(
            [path("waitTill"), waitProblem(given.waitTill)],
            ...Object.entries(TAKES_AWAY).map(
                ([key, { endpoint, value }]) =>
                    [
                        path(key),
                        given[key] === value && endpoint === (args.endpoint ?? "public")
                            ? `is ${value}, and the endpoint that programs use is "${endpoint}"; write ` +
                              `endpoint: "${OTHER[endpoint]}", or take it away`
                            : undefined,
                    ] as const,
            ),
        ),
    ];
}

function waitProblem(waitTill: unknown): string | undefined {
    return waitTill === "MasterNodeReady"
        ? `${shown(waitTill)} does not wait for a node, and the cluster is used at once; write ` +
              '"OneWorkerNodeReady", or "IngressReady" for its host name'
        : undefined;
}

/** Arguments that take away an endpoint which programs may be using. */
const TAKES_AWAY = {
    disablePublicServiceEndpoint: { endpoint: "public", value: true },
    publicServiceEndpoint: { endpoint: "public", value: false },
    privateServiceEndpoint: { endpoint: "private", value: false },
} as const;

const OTHER = { public: "private", private: "public" } as const;
