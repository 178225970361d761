import { hostNameProblem, nodeNameProblem } from "../fabric/names";
import { objectNameProblem } from "../fabric/objectNames";
import { portProblem } from "../fabric/ports";
import { type Problem, shown } from "../fabric/problem";
import { claim, takenProblem } from "./claimed";
import type { FabricOrg } from "./fabricOrg";
import { endpointText } from "./nodeArgs";
import { problemsOf } from "./validation";

/** Where a node lives and what it is known as: no two nodes of a program share any of it. */
export interface NodePlace {
    org: FabricOrg;
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
export function checkHosts(path: string, place: NodePlace, defaultPort: number): Problem[] {
    const told = endpoint(place, defaultPort);
    return problemsOf(
        ...(place.externalHosts ?? []).map((host, index) => {
            // The first one is what others are told.
            const taken = index === 0 && told && takenProblem(told, "write a host for each node");
            return [`${path}[${index}]`, hostNameProblem(host) ?? (taken || undefined)] as const;
        }),
    );
}

/** What is wrong with the port of the external hosts, or nothing. */
export function externalPortProblem(
    port: number | undefined,
    externalHosts: readonly string[],
): string | undefined {
    if (port === undefined) {
        return undefined;
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
export function claimNode(component: string, place: NodePlace, defaultPort: number): void {
    const { org, name, identitySecretName } = place;
    const told = endpoint(place, defaultPort);
    const things = [
        node(org, name),
        ...(told ? [told] : []),
        ...(identitySecretName === undefined ? [] : [identity(org, identitySecretName)]),
    ];
    for (const thing of things) {
        claim(thing, `${component} "${name}"`);
    }
}

const inside = ({ cluster, namespace }: FabricOrg) => `${cluster.name}/${namespace}`;

const node = (org: FabricOrg, name: string) =>
    ({ kind: "node", name, within: inside(org) }) as const;

const identity = (org: FabricOrg, name: string) =>
    ({ kind: "identity Secret", name, within: inside(org) }) as const;

function endpoint({ externalHosts: [host] = [], externalPort }: NodePlace, defaultPort: number) {
    return host === undefined
        ? undefined
        : ({
              kind: "endpoint",
              name: endpointText({ host, port: externalPort ?? defaultPort }),
          } as const);
}
