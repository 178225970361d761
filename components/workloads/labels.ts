import { IN_SERVICE_LABEL } from "../../clients/inService";

/** What a Pod of this package is; `app.kubernetes.io/component` of every object. */
export type NodeKind = "orderer" | "peer";

/** Whose object it is. Together with the kind and the name it is what a claim is recognized by. */
export interface Owner {
    /** MSP ID of the organization. */
    mspId: string;
    kind: NodeKind;
    /** Name of the node. */
    name: string;
}

/** Label that says which organization's an object is. */
export const ORGANIZATION_LABEL = "kubefabric.io/organization";

/** Labels of an object that belongs to one node. */
export function nodeLabels({ mspId, kind, name }: Owner): Record<string, string> {
    return {
        ...organizationLabels(mspId),
        "app.kubernetes.io/component": kind,
        "app.kubernetes.io/instance": name,
    };
}

/** Labels of an object that belongs to a whole organization. */
export function organizationLabels(mspId: string): Record<string, string> {
    return {
        "app.kubernetes.io/name": "hyperledger-fabric",
        "app.kubernetes.io/part-of": "kubefabric",
        "app.kubernetes.io/managed-by": "pulumi",
        [ORGANIZATION_LABEL]: mspId,
    };
}

/** Selects the Pod of one node. Selectors cannot change later, so they hold nothing else. */
export function nodeSelectorLabels({ kind, name }: Owner): Record<string, string> {
    return { "app.kubernetes.io/component": kind, "app.kubernetes.io/instance": name };
}

/** Labels of the Pod of a node. */
export function podLabels(owner: Owner): Record<string, string> {
    return { ...nodeLabels(owner), [IN_SERVICE_LABEL]: "true" };
}

/** Selects the Pod of one node, as long as its Service is to lead to it. */
export function serviceSelectorLabels(owner: Owner): Record<string, string> {
    return { ...nodeSelectorLabels(owner), [IN_SERVICE_LABEL]: "true" };
}

/** Selects all Pods of one kind in a namespace. */
export function kindSelectorLabels(kind: NodeKind): Record<string, string> {
    return { "app.kubernetes.io/component": kind };
}
