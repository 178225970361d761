import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import type * as pulumi from "@pulumi/pulumi";

import { namespaceProblem } from "../fabric/names";
import { labelProblem } from "../fabric/objectNames";
import type { Problem } from "../fabric/problem";
import { claim, namespaceIn, takenProblem } from "./claimed";
import type { FabricOrg } from "./fabricOrg";
import { NamespaceGuard } from "./resources/namespaceGuard";
import { problemsOf } from "./validation";
import { ORGANIZATION_LABEL, organizationLabels } from "./workloads/labels";

/** A namespace that an organization has besides the one with its nodes and keys. */
interface OrgNamespaceArgs {
    org: FabricOrg;
    namespace: string;
    /** What its Pods may ask for, by Kubernetes' Pod Security Standards. */
    security: "baseline" | "privileged";
}

/** Everything wrong with the name of such a namespace. */
export function orgNamespaceProblems(
    component: string,
    name: string,
    { org, namespace }: { org: FabricOrg; namespace?: string },
): Problem[] {
    return problemsOf(
        ["name", namespace === undefined ? undefined : labelProblem(name)],
        [
            namespace === undefined ? "name" : "namespace",
            namespaceProblem(namespace ?? name) ??
                takenProblem(
                    namespaceIn(org.cluster, namespace ?? name),
                    `${component} has one to itself, write another`,
                ),
        ],
    );
}

/** Makes it, unless it exists: what is in it is nobody's but the component's. */
export function createOrgNamespace(
    component: pulumi.ComponentResource,
    name: string,
    holder: string,
    { org, namespace, security }: OrgNamespaceArgs,
): Namespace {
    const { kubeconfig, context, recover, managedCluster } = org.cluster;
    claim(namespaceIn(org.cluster, namespace), holder);
    const guard = new NamespaceGuard(
        `${name}-guard`,
        { namespace, kubeconfig, context, recover },
        { parent: component, dependsOn: [org.ready] },
    );
    // Its label says of a Namespace that it holds ledgers, and this one may be deleted.
    const { [ORGANIZATION_LABEL]: _ledgers, ...others } = organizationLabels(org.mspId);
    const labels = {
        ...others,
        "pod-security.kubernetes.io/enforce": security,
    };
    return new Namespace(
        name,
        { metadata: { name: namespace, labels } },
        { parent: component, deletedWith: managedCluster, dependsOn: [guard] },
    );
}
