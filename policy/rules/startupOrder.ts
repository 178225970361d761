import { ORGANIZATION_LABEL } from "../../components/workloads/labels";
import { fieldsOf } from "../../storage/manifests";
import { roleOf } from "./fabricData";
import { kubernetesKind, ownKind, titleOf, type Finding, type Resource } from "./resource";
import type { Rule } from "./rule";
import { isUnknown, read } from "./unknown";
import type { World } from "./world";

/** Components that are one node of a network. */
const NODE_COMPONENTS: Readonly<Record<string, "orderer" | "peer">> = {
    OrdererNode: "orderer",
    PeerNode: "peer",
};

/** Resources of a channel that ask nodes, and what kind of node. */
const ASKERS: Readonly<Record<string, "orderer" | "peer">> = {
    OrdererChannelMembership: "orderer",
    PeerChannelMembership: "peer",
    ConsenterSet: "orderer",
    ChannelConfig: "orderer",
};

export const startupOrderRule: Rule = {
    name: "startup-order",
    description: "Checks that a node starts after its organization, and a channel after its nodes.",
    severity: "medium",
    remediation:
        "Let the first child of what comes later depend on `ready` of what comes first. A dependency on " +
        "a component, or of one, does not reach the component's children.",
    url: "https://www.pulumi.com/docs/iac/concepts/resources/options/dependson/",
    settings: [],
    concerns: (type) =>
        kubernetesKind(type) === "StatefulSet" || Object.hasOwn(ASKERS, ownKind(type)),
    check(resource, { world }) {
        // A source that shows no dependencies cannot be asked for them.
        if (resource.dependencies === undefined) {
            return [];
        }
        return ownKind(resource.type) === ""
            ? nodeFindings(resource, world)
            : channelFindings(resource, world);
    },
};

function nodeFindings(node: Resource, world: World): Finding[] {
    const above = ancestors(node, world);
    const mspId = nodeKind(node, above) && organization(node, above);
    const accounts = landmarksOf(world).accounts.get(mspId ?? "") ?? [];
    return accounts.length === 0 || reaches(node, accounts, world)
        ? []
        : [
              {
                  resource: node,
                  path: "dependsOn",
                  reason:
                      `does not wait for its organization (${accounts.map(titleOf).join(", ")}), so its ` +
                      "Pod may start without its account and its network rules; let its first resource " +
                      "depend on the organization's ready",
              },
          ];
}

/** What a whole stack has of the things that others wait for. */
interface Landmarks {
    /** ServiceAccounts of each organization, by its MSP ID: `ready` of a FabricOrg is its account. */
    readonly accounts: ReadonlyMap<string, readonly Resource[]>;
    /** StatefulSets of nodes, by their kind. */
    readonly nodes: Readonly<Record<"orderer" | "peer", readonly Resource[]>>;
}

/** Found once for each stack: looking through all resources for every node would take minutes. */
const LANDMARKS = new WeakMap<World, Landmarks>();

function landmarksOf(world: World): Landmarks {
    const found = LANDMARKS.get(world) ?? findLandmarks(world);
    LANDMARKS.set(world, found);
    return found;
}

function findLandmarks(world: World): Landmarks {
    const accounts = new Map<string, Resource[]>();
    const nodes: Record<"orderer" | "peer", Resource[]> = { orderer: [], peer: [] };
    for (const resource of world.all()) {
        const kind = kubernetesKind(resource.type);
        if (kind !== "ServiceAccount" && kind !== "StatefulSet") {
            continue;
        }
        const above = ancestors(resource, world);
        const org = isLastOfOrganization(resource, above)
            ? organization(resource, above)
            : undefined;
        if (org !== undefined) {
            accounts.set(org, [...(accounts.get(org) ?? []), resource]);
        }
        const role = kind === "StatefulSet" ? nodeKind(resource, above) : undefined;
        if (role !== undefined) {
            nodes[role].push(resource);
        }
    }
    return { accounts, nodes };
}

/** Whether a resource is the account that an organization's nodes run under. */
function isLastOfOrganization({ type, properties }: Resource, above: readonly Resource[]): boolean {
    const labels = fieldsOf(read(properties, "metadata", "labels"));
    const isOfOrganization =
        labels["app.kubernetes.io/component"] === undefined ||
        above.some((parent) => ownKind(parent.type) === "FabricOrg");
    return kubernetesKind(type) === "ServiceAccount" && isOfOrganization;
}

/** MSP ID of the organization that a resource belongs to, by its label or its component. */
function organization({ properties }: Resource, above: readonly Resource[]): string | undefined {
    const label = read(properties, "metadata", "labels", ORGANIZATION_LABEL);
    const component = above.find(({ properties: { mspId } }) => typeof mspId === "string");
    const mspId = label ?? component?.properties.mspId;
    return typeof mspId === "string" && !isUnknown(mspId) ? mspId : undefined;
}

function nodeKind(
    { properties }: Resource,
    above: readonly Resource[],
): "orderer" | "peer" | undefined {
    const role = roleOf(fieldsOf(read(properties, "metadata", "labels")));
    if (role === "orderer" || role === "peer") {
        return role;
    }
    const component = above
        .map(({ type }) => ownKind(type))
        .find((kind) => Object.hasOwn(NODE_COMPONENTS, kind));
    return component === undefined ? undefined : NODE_COMPONENTS[component];
}

function channelFindings(asker: Resource, world: World): Finding[] {
    const kind = ASKERS[ownKind(asker.type)] ?? "orderer";
    const { node: name, namespace } = asker.properties;
    const nodes = landmarksOf(world).nodes[kind].filter(
        (node) =>
            (typeof name !== "string" || isUnknown(name) || nameOf(node) === name) &&
            (typeof namespace !== "string" || namespaceOf(node) === namespace),
    );
    return nodes.length === 0 || reaches(asker, nodes, world)
        ? []
        : [
              {
                  resource: asker,
                  path: "dependsOn",
                  reason:
                      `does not wait for its node (${nodes.map(titleOf).join(", ")}), which answers only ` +
                      "when it is ready; let it depend on the node's ready",
              },
          ];
}

function namespaceOf({ properties }: Resource): unknown {
    return read(properties, "metadata", "namespace");
}

function nameOf({ properties, name }: Resource): unknown {
    return read(properties, "metadata", "name") ?? name;
}

/**
 * Whether something waits for one of others, directly or through what it waits for. What waits for a
 * parent waits for what the parent waits for: a child is registered after its parent.
 */
function reaches(from: Resource, to: readonly Resource[], world: World): boolean {
    const goals = new Set(to.map(({ id }) => id));
    const seen = new Set<string>();
    const left = [from];
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
        for (const id of [...(next.dependencies ?? []), next.parent ?? ""]) {
            if (goals.has(id)) {
                return true;
            }
            const found = seen.has(id) ? undefined : world.get(id);
            if (found !== undefined) {
                left.push(found);
            }
            seen.add(id);
        }
    }
    return false;
}

function ancestors(resource: Resource, world: World): Resource[] {
    const found: Resource[] = [];
    for (let next = world.get(resource.parent); next !== undefined;) {
        found.push(next);
        // A state may say anything; a circle of parents must not hang whoever reads it.
        const parent = world.get(next.parent);
        next = parent !== undefined && found.includes(parent) ? undefined : parent;
    }
    return found;
}
