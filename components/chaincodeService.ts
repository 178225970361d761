import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment";
import { Service } from "@pulumi/kubernetes/core/v1/service";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy";
import type * as pulumi from "@pulumi/pulumi";

import type { FabricOrg } from "./fabricOrg";
import {
    chaincodeDeployment,
    chaincodePolicies,
    chaincodePolicyName,
    chaincodeService,
    type ChaincodePodArgs,
} from "./workloads/chaincode";

/** A chaincode as one organization runs it. */
export interface ChaincodeService {
    readonly org: FabricOrg;
    /** Name of its Deployment and its Service. */
    readonly serviceName: string;
    /** Who may dial it. All versions share it, and go with it. */
    readonly networkPolicy: NetworkPolicy;
    /** That the organization's peers may. */
    readonly peerPolicy: NetworkPolicy;
    /** The newest version; ready when it listens. */
    readonly deployment: Deployment;
    /** The name that the organization's peers dial. */
    readonly service: Service;
}

/**
 * Runs one version of a chaincode in an organization's namespace.
 *
 * A Deployment and a Service whose version is not in the program any more stay in the cluster: what is
 * committed may still be that version, for as long as others have not approved the newer one.
 * `RetiredChaincode` deletes them. They belong to the policy that all versions share, so that Kubernetes
 * deletes every one of them when the chaincode is taken out of the program.
 *
 * @see https://kubernetes.io/docs/concepts/architecture/garbage-collection/#owners-dependents
 */
export function runChaincode(
    parent: pulumi.Resource,
    args: Omit<ChaincodePodArgs, "imagePullSecrets"> & {
        /** Name of the component. */
        name: string;
        org: FabricOrg;
        serviceName: string;
    },
): ChaincodeService {
    const { name, org, serviceName } = args;
    const { mspId, namespace } = org;
    const owned = {
        parent,
        provider: org.cluster.provider,
        deletedWith: org.cluster.managedCluster,
    };
    const owner = { mspId, namespace, name };
    const policies = chaincodePolicies(owner);
    const networkPolicy = new NetworkPolicy(`${name}-${mspId}`, policies.chaincode, {
        ...owned,
        dependsOn: [org.ready],
    });
    const peerPolicy = new NetworkPolicy(`${name}-${mspId}-peers`, policies.peers, {
        ...owned,
        dependsOn: [org.ready],
    });
    const version = {
        ...owner,
        serviceName,
        owner: { name: chaincodePolicyName(name), uid: networkPolicy.metadata.uid },
    };
    const deployment = new Deployment(
        `${name}-${mspId}-${serviceName}`,
        chaincodeDeployment(version, { ...args, imagePullSecrets: org.imagePullSecrets }),
        { ...owned, retainOnDelete: true, dependsOn: [networkPolicy] },
    );
    const service = new Service(
        `${name}-${mspId}-${serviceName}-service`,
        chaincodeService(version),
        { ...owned, retainOnDelete: true, dependsOn: [deployment, peerPolicy] },
    );
    return { org, serviceName, networkPolicy, peerPolicy, deployment, service };
}
