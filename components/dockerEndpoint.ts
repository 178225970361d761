import { createHash } from "node:crypto";

import { DaemonSet } from "@pulumi/kubernetes/apps/v1/daemonSet";
import type { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import { Service } from "@pulumi/kubernetes/core/v1/service";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy";
import * as pulumi from "@pulumi/pulumi";

import { TLS_FILES } from "../fabric/msp";
import { nodeHosts } from "../fabric/names";
import { secretData } from "./authority";
import {
    checkDockerEndpointArgs,
    DOCKER_DEFAULTS,
    type DockerEndpointArgs,
} from "./dockerEndpointArgs";
import type { FabricOrg } from "./fabricOrg";
import { createOrgNamespace } from "./orgNamespace";
import { Certificate } from "./resources/certificate";
import { PrivateKey } from "./resources/privateKey";
import { rejectInvalid } from "./validation";
import {
    DOCKER,
    endpointDaemonSet,
    endpointOfPeer,
    endpointPolicy,
    endpointSecret,
    endpointService,
    type EndpointOwner,
} from "./workloads/dockerEndpoint";
import type { PeerChaincode } from "./workloads/peerChaincode";

export type { DockerEndpointArgs } from "./dockerEndpointArgs";

/**
 * A Docker daemon on each machine, for chaincode that peers build from its sources: they name it in
 * `dockerEndpoint`, and a `Chaincode` has the mode `"docker"`.
 *
 * It is privileged: who has a key of the organization's TLS CA, and reaches it, is root on its machines. No
 * GKE Autopilot runs it, and no cluster whose `privileged` is `"never"`. Take the mode `"ccaas"` where you can.
 *
 * Children, in order: Namespace, NetworkPolicy, key, certificate and the Secret with them, DaemonSet, Service.
 *
 * @example
 * const docker = new DockerEndpoint("org1-docker", { org: org1 });
 * const peer0 = new PeerNode("org1-peer0", { org: org1, dockerEndpoint: docker });
 */
export class DockerEndpoint extends pulumi.ComponentResource {
    public readonly org: FabricOrg;
    /** Name of the namespace that it runs in. */
    public readonly namespace: string;
    /** The namespace itself. */
    public readonly home: Namespace;
    /** Who may dial it, and what it may dial. */
    public readonly networkPolicy: NetworkPolicy;
    /** Its key and certificate. */
    public readonly secret: Secret;
    /** The daemons. */
    public readonly daemonSet: DaemonSet;
    /** The name that peers dial. */
    public readonly service: Service;
    /** What a peer with it depends on: the last child. */
    public readonly ready: pulumi.Resource;
    /** What it adds to a peer's Pod. @internal */
    public readonly ofPeer: PeerChaincode;

    /** @throws pulumi.ResourceError listing every problem of the arguments. */
    constructor(name: string, args: DockerEndpointArgs, opts?: pulumi.ComponentResourceOptions) {
        rejectInvalid("DockerEndpoint", name, checkDockerEndpointArgs(name, args));
        const { org, namespace = name } = args;
        const { mspId, cluster } = org;
        super(
            "kubefabric:index:DockerEndpoint",
            name,
            { mspId, namespace },
            pulumi.mergeOptions({ providers: [cluster.provider] }, opts),
        );
        const owner = { mspId, organization: org.namespace, namespace };

        this.org = org;
        this.namespace = namespace;
        this.home = createOrgNamespace(this, name, `DockerEndpoint "${name}"`, {
            org,
            namespace,
            security: "privileged",
        });
        const owned = { parent: this, deletedWith: cluster.managedCluster };
        this.networkPolicy = new NetworkPolicy(
            `${name}-policy`,
            endpointPolicy(owner, args.egressPorts ?? DOCKER_DEFAULTS.egressPorts),
            { ...owned, dependsOn: [this.home] },
        );
        const { secret, certificates } = this.createTls(name, owner);
        this.secret = secret;
        this.daemonSet = new DaemonSet(
            name,
            endpointDaemonSet(owner, {
                image: args.image ?? DOCKER_DEFAULTS.image,
                imagePullSecrets: args.imagePullSecrets ?? [],
                certificates,
                resources: args.resources ?? DOCKER_DEFAULTS.resources,
                placement: args.placement ?? {},
            }),
            { ...owned, dependsOn: [this.networkPolicy, this.secret] },
        );
        this.service = new Service(`${name}-service`, endpointService(owner), {
            ...owned,
            dependsOn: [this.daemonSet],
        });
        this.ready = this.service;
        this.ofPeer = endpointOfPeer(owner, certificates);

        this.registerOutputs({ namespace });
    }

    /** A server's certificate of the organization's TLS CA, which is also what it knows its clients by. */
    private createTls(name: string, owner: EndpointOwner) {
        const { org, namespace } = this;
        const options = { parent: this };
        const key = new PrivateKey(`${name}-key`, {}, options);
        const certificate = new Certificate(
            `${name}-certificate`,
            {
                profile: "tls",
                commonName: DOCKER,
                role: "client",
                organization: org.mspId,
                hosts: nodeHosts({ name: DOCKER, namespace }),
                publicKeyPem: key.publicKeyPem,
                ca: org.tlsCa,
                validityDays: org.certificateValidityDays,
            },
            options,
        );
        const chain = pulumi
            .all([certificate.certificatePem, ...org.tlsCa.intermediatesPem])
            .apply((pems) => pems.join(""));
        const secret = new Secret(
            `${name}-tls`,
            endpointSecret(
                owner,
                secretData({
                    [TLS_FILES.certificate]: chain,
                    [TLS_FILES.privateKey]: key.privateKeyPem,
                    [TLS_FILES.ca]: org.tlsCa.rootPem,
                }),
            ),
            { parent: this, deletedWith: org.cluster.managedCluster, dependsOn: [this.home] },
        );
        const certificates = pulumi
            .all([chain, org.tlsCa.rootPem])
            .apply((pems) => createHash("sha256").update(pems.join("")).digest("hex"));
        return { secret, certificates };
    }
}
