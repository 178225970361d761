import {
    type Chaincode,
    type Channel,
    type Cluster,
    type FabricNode,
    type Member,
    nodeKey,
    nodesOf,
} from "./network";
import type { Tree } from "./networkModel";
import { type Entry, textOf } from "./stateReading";
import { fieldsOf, listOf } from "../../storage/manifests";

/** The channels of a state, with the nodes of this program that are in them. */
export function channelsIn(tree: Tree, clusters: readonly Cluster[]): Channel[] {
    const nodes = nodesOf({ clusters: [...clusters] });
    return tree.of("Channel", "JoinedChannel").map((entry) => {
        const id = textOf(entry.inputs.channelId) || entry.name;
        const joined = membersIn(tree, entry);
        const [consenters] = tree.below(entry, "ConsenterSet");
        return {
            id,
            founded: entry.kind === "Channel",
            consensus: textOf(entry.inputs.consensus) || textOf(consenters?.inputs.consensus),
            // On a simulated cluster nobody joins, so that nothing stands for it in the state.
            members: joined.length > 0 ? joined : plannedMembers(tree, entry, nodes),
            chaincodes: chaincodesIn(tree, id),
        };
    });
}

function membersIn(tree: Tree, channel: Entry): Member[] {
    return tree
        .below(channel, "OrdererChannelMembership", "PeerChannelMembership")
        .map(({ kind, outputs }) => {
            const isPeer = kind === "PeerChannelMembership";
            return {
                node: textOf(outputs.node),
                namespace: textOf(outputs.namespace),
                kind: isPeer ? "peer" : "orderer",
                role: isPeer ? "peer" : textOf(outputs.consensusRelation),
                status: textOf(outputs.status),
            };
        });
}

/** Who would join: the nodes that the channel's first block is made of. */
function plannedMembers(tree: Tree, channel: Entry, nodes: readonly FabricNode[]): Member[] {
    const [block] = tree.below(channel, "GenesisBlock");
    const definition = fieldsOf(block?.inputs.definition);
    const hosts = listOf(definition.ordering).flatMap((org) =>
        listOf(fieldsOf(org).consenters).map((node) => textOf(fieldsOf(node).host)),
    );
    const mspIds = listOf(definition.application).map((org) => textOf(fieldsOf(org).mspId));
    const isIn = ({ kind, endpoint, mspId }: FabricNode) =>
        kind === "peer" ? mspIds.includes(mspId) : hosts.includes(endpoint.replace(/:\d+$/, ""));
    return nodes.filter(isIn).map(({ name, namespace, kind }) => ({
        node: name,
        namespace,
        kind,
        role: kind === "peer" ? "peer" : "consenter",
        status: "planned",
    }));
}

function chaincodesIn(tree: Tree, channelId: string): Chaincode[] {
    return tree
        .of("Chaincode")
        .filter(({ inputs }) => inputs.channelId === channelId)
        .map((entry) => {
            const [committed] = tree.below(entry, "CommittedChaincode");
            const { sequence, waiting } = committed?.outputs ?? {};
            const open = textOf(waiting);
            return {
                name: textOf(entry.inputs.name) || entry.name,
                version: textOf(entry.inputs.version),
                sequence: typeof sequence === "number" ? sequence : undefined,
                status: committed === undefined ? "planned" : open === "" ? "committed" : open,
                peers: tree.below(entry, "InstalledChaincode").map(({ outputs }) =>
                    nodeKey({
                        namespace: textOf(outputs.namespace),
                        name: textOf(outputs.node),
                    }),
                ),
            };
        });
}
