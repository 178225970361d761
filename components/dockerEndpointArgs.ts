import type * as pulumi from "@pulumi/pulumi";

import { imageProblem } from "../fabric/images";
import { objectNameProblem } from "../fabric/objectNames";
import { portProblem } from "../fabric/ports";
import type { Problem } from "../fabric/problem";
import type { Resources } from "../storage/quantities";
import type { FabricOrg } from "./fabricOrg";
import { placementProblems, problemsAt } from "./nodeArgs";
import { orgNamespaceProblems } from "./orgNamespace";
import { problemsOf } from "./validation";
import type { Placement } from "./workloads/pod";

/** Arguments of a `DockerEndpoint`. */
export interface DockerEndpointArgs {
    /** Organization whose peers build and run chaincode in it. */
    org: FabricOrg;

    /**
     * Namespace that it runs in; it has it to itself, because privileged Pods are let in there. Name it in
     * the policy pack's `dockerNamespaces`.
     *
     * @default - the component's name.
     */
    namespace?: string;

    /**
     * Image with the Docker daemon.
     *
     * @default "docker.io/library/docker:28.5.2-dind"
     */
    image?: pulumi.Input<string>;

    /**
     * Secrets for the registry of that image, in that namespace.
     *
     * @default []
     */
    imagePullSecrets?: readonly string[];

    /**
     * TCP ports, besides those of peers, that builds may dial: those of registries of images and packages.
     *
     * @default [80, 443]
     */
    egressPorts?: readonly number[];

    /**
     * CPU and memory of each daemon with all chaincode in it; a peer gives 2 GiB to each at most.
     *
     * @default { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "4Gi" } }
     */
    resources?: Resources;

    /**
     * On which machines it runs: on all on which a peer with it may.
     *
     * @default - on each that bears no taint.
     */
    placement?: Placement;
}

/** What an endpoint has where nothing else is said. */
export const DOCKER_DEFAULTS = {
    image: "docker.io/library/docker:28.5.2-dind",
    egressPorts: [80, 443],
    resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "4Gi" } },
} as const;

/** Everything wrong with the arguments that can be known without talking to a cluster. */
export function checkDockerEndpointArgs(name: string, args: DockerEndpointArgs): Problem[] {
    const { org, egressPorts = [], imagePullSecrets = [] } = args;
    return [
        ...orgNamespaceProblems("DockerEndpoint", name, args),
        ...problemsOf(
            [
                "org",
                org.cluster.privileged === "never"
                    ? `is in the cluster ${org.cluster.name}, which runs no privileged Pods, and a Docker ` +
                      "daemon is one; run the chaincode as a service"
                    : undefined,
            ],
            ["image", imageProblem(args.image, DOCKER_DEFAULTS.image)],
            ...imagePullSecrets.map((secret, index) => {
                return [`imagePullSecrets[${index}]`, objectNameProblem(secret)] as const;
            }),
            ...egressPorts.map(
                (port, index) => [`egressPorts[${index}]`, portProblem(port)] as const,
            ),
        ),
        ...problemsAt("resources", args.resources),
        ...placementProblems(args.placement),
    ];
}
