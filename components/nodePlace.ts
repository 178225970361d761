import { endpointText } from "../fabric/msp";
import { hostNameProblem, nodeNameProblem } from "../fabric/names";
import { objectNameProblem } from "../fabric/objectNames";
import { portProblem } from "../fabric/ports";
import { type Problem, shown } from "../fabric/problem";
import { claim, takenProblem } from "./claimed";
import type { FabricOrg } from "./fabricOrg";
import { nodeAddresses } from "./nodeAddresses";
import { exposedBy, outsidePlace } from "./outside";
import { problemsOf } from "./validation";
import type { NodeKind } from "./workloads/labels";
import { outsideName } from "./workloads/loadBalancer";

/** Where a node lives and what it is known as: no two nodes of a program share any of it. */
export interface NodePlace {
    org: FabricOrg;
    kind: NodeKind;
    name: string;
    externalHosts?: readonly string[];
    externalPort?: number;
    identitySecretName?: string;
}

/** Why two nodes cannot have one Secret. */
export const SAME_KEYS = "two nodes with the same keys are one to Fabric, write another";

/** What is wrong with the name of a node, or nothing. */
export function nodeProblem({ org, name }: Pick<NodePlace, "org" | "name">): string | undefined {
    return nodeNameProblem(name) ?? takenProblem(node(org, name), "write another name");
}

/** Everything wrong with the names that a node has outside its cluster, given as `path`. */
export function checkHosts(path: string, place: NodePlace): Problem[] {
    const told = endpoint(place);
    const taken = told && takenProblem(told, "write a host for each node");
    const made = outsidePlace(place.org, place)?.host;
    return problemsOf(
        [
            "name",
            made === undefined
                ? undefined
                : ((taken || undefined) ?? madeHostProblem(made, place.org.outside?.azureDnsLabel)),
        ],
        ...(place.externalHosts ?? []).map((host, index) => {
            // The first one is what others are told, unless the organization makes one.
            const isTaken = index === 0 && made === undefined && taken;
            return [`${path}[${index}]`, hostNameProblem(host) ?? (isTaken || undefined)] as const;
        }),
    );
}

/** Longest part of a name in DNS; Azure takes no longer label. */
const LABEL_LIMIT = 63;

function madeHostProblem(host: string, azureDnsLabel: string | undefined): string | undefined {
    const [label = ""] = host.split(".");
    return label.length <= LABEL_LIMIT || azureDnsLabel === undefined
        ? undefined
        : `${shown(label)} has ${label.length} characters, and a name in Azure's DNS ends at ` +
              `${LABEL_LIMIT}; write a shorter one, or a shorter outside.azureDnsLabel`;
}

/** What is wrong with the port of the external hosts, or nothing. */
export function externalPortProblem(
    port: number | undefined,
    externalHosts: readonly string[],
    org: FabricOrg,
): string | undefined {
    if (port === undefined) {
        return undefined;
    }
    if (org.outside !== undefined) {
        return `${shown(port)} is set, and the organization's outside says it; take it away`;
    }
    return externalHosts.length === 0
        ? `${shown(port)} is the port of external hosts, and there are none; write externalHosts too, ` +
              "or take it away"
        : portProblem(port);
}

/** What is wrong with the Secret that a node's identity is kept in, or nothing. */
export function identitySecretProblem(
    org: FabricOrg,
    secret: string | undefined,
): string | undefined {
    return secret === undefined
        ? undefined
        : (objectNameProblem(secret) ?? takenProblem(identity(org, secret), SAME_KEYS));
}

/** Notes what a node has to itself. */
export function claimNode(component: string, place: NodePlace): void {
    const { org, name, identitySecretName } = place;
    const told = endpoint(place);
    const things = [
        node(org, name),
        // Its load balancer has a name among those of nodes.
        ...(exposedBy(org) === "LoadBalancer" ? [node(org, outsideName({ name }))] : []),
        ...(told ? [told] : []),
        ...(identitySecretName === undefined ? [] : [identity(org, identitySecretName)]),
    ];
    for (const thing of things) {
        claim(thing, `${component} "${name}"`);
    }
}

const inside = ({ cluster, namespace }: FabricOrg) => `${cluster.name}/${namespace}`;

/** What runs in an organization's namespace under a name of its own. */
export const node = (org: FabricOrg, name: string) =>
    ({ kind: "node", name, within: inside(org) }) as const;

const identity = (org: FabricOrg, name: string) =>
    ({ kind: "identity Secret", name, within: inside(org) }) as const;

function endpoint(place: NodePlace) {
    const { external } = nodeAddresses(place);
    return external === undefined
        ? undefined
        : ({ kind: "endpoint", name: endpointText(external) } as const);
}
