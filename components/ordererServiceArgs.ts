import type { Consensus } from "../fabric/channelDefinition";
import { nodeNameProblem } from "../fabric/names";
import { type Problem, shown } from "../fabric/problem";
import { DEFAULT_FABRIC_VERSION, fabricLine } from "../fabric/versions";
import type { FabricOrg } from "./fabricOrg";
import { advertiseProblem } from "./nodeAddresses";
import { checkNodeArgs, type NodeArgs } from "./nodeArgs";
import type { NodeCertificates } from "./nodeIdentity";
import {
    checkHosts,
    externalPortProblem,
    identitySecretProblem,
    nodeProblem,
    SAME_KEYS,
} from "./nodePlace";
import { choiceProblem, problemsOf } from "./validation";

/** Where the consenters of a channel reach each other. */
export type ConsenterAddresses = (typeof CONSENTER_ADDRESSES)[number];

const CONSENTER_ADDRESSES = ["internal", "external"] as const;

/** Arguments of an `OrdererService`. */
export interface OrdererServiceArgs extends NodeArgs {
    /** Organization that owns the ordering nodes. */
    org: FabricOrg;

    /**
     * How the nodes agree on the order of transactions, in Fabric's own words: `"etcdraft"` tolerates
     * nodes that crash, `"BFT"` (SmartBFT) also nodes that lie. It cannot change later.
     *
     * @default "etcdraft"
     */
    consensus?: Consensus;

    /**
     * How many ordering nodes. Raft: 1 tolerates no failure, 3 tolerate one, 5 two. SmartBFT: 4
     * tolerate one, 7 two. They are named after the component: `orderer-0`, `orderer-1`, … With
     * `consenterAddresses: "external"` they may be two: further ones are in other clusters.
     *
     * @default - 3 with Raft, 4 with SmartBFT.
     */
    nodes?: number;

    /**
     * Host names or IP addresses by which each node is known outside the cluster, by the node's
     * number. They are in its TLS certificate; set them from the start, even if nothing exposes the
     * nodes yet.
     *
     * @default - none.
     */
    externalHosts?: Readonly<Record<number, readonly string[]>>;

    /**
     * Where the nodes that agree on the order reach each other: inside the cluster, which is faster and needs
     * nothing else, or at their addresses outside, which they need where a channel's ordering nodes are in
     * more than one cluster. Peers and clients are told `advertise` in any case.
     *
     * @default "internal"
     */
    consenterAddresses?: ConsenterAddresses;

    /**
     * Port of the external hosts.
     *
     * @default 7050
     */
    externalPort?: number;

    /**
     * Names of Secrets with the nodes' keys and certificates, by the node's number, for keys that are
     * kept elsewhere. Where the organization has `outside`, each TLS certificate needs `<node>.<domain>`, too.
     *
     * @default - keys and certificates are made by this program.
     */
    identitySecretNames?: Readonly<Record<number, string>>;

    /**
     * Public certificates of the nodes whose keys are kept elsewhere, by the node's number: a channel
     * names them.
     *
     * @default - those that this program issues.
     */
    identityCertificates?: Readonly<Record<number, NodeCertificates>>;
}

/** The fewest nodes that tolerate the loss of one. */
export const DEFAULT_NODES: Readonly<Record<Consensus, number>> = { etcdraft: 3, BFT: 4 };

/** Everything wrong with the arguments that can be known without talking to a cluster. */
export function checkOrdererServiceArgs(name: string, args: OrdererServiceArgs): Problem[] {
    const { org, consensus = "etcdraft", externalHosts = {}, externalPort } = args;
    const wrongConsensus = choiceProblem(consensus, Object.keys(DEFAULT_NODES), "consensus");
    const nodes = args.nodes ?? DEFAULT_NODES[consensus] ?? 0;
    const isPart = args.consenterAddresses === "external";
    const wrongCount =
        wrongConsensus === undefined ? countProblem(consensus, nodes, isPart) : undefined;
    const numbers =
        wrongConsensus === undefined && wrongCount === undefined ? [...Array(nodes).keys()] : [];
    const taken = numbers.map((number) => nodeProblem({ org, name: `${name}-${number}` }));
    return [
        ...problemsOf(
            ["name", nodeNameProblem(name, "-0") ?? taken.find((reason) => reason !== undefined)],
            ["consensus", wrongConsensus],
            ["nodes", wrongCount],
            ["fabricVersion", consensusProblem(consensus, args.fabricVersion)],
        ),
        ...checkNodeArgs(args),
        ...problemsOf(
            [
                "externalPort",
                externalPortProblem(externalPort, Object.values(externalHosts).flat(), org),
            ],
            ["advertise", serviceAdvertiseProblem(name, args, args.advertise, numbers)],
            ["consenterAddresses", consenterAddressesProblem(name, args, numbers)],
        ),
        ...(numbers.length > 0 ? perNodeProblems(name, args, numbers) : []),
    ];
}

/** What is wrong with the arguments that are given by a node's number. */
function perNodeProblems(
    service: string,
    args: OrdererServiceArgs,
    numbers: readonly number[],
): Problem[] {
    const { org, externalHosts = {}, identitySecretNames = {}, externalPort } = args;
    const firstHosts = numbers.map((number) => externalHosts[number]?.[0]);
    const secrets = numbers.map((number) => identitySecretNames[number]);
    return [
        ...(["externalHosts", "identitySecretNames", "identityCertificates"] as const).flatMap(
            (path) => strayNumbers(path, args[path] ?? {}, numbers),
        ),
        ...numbers.flatMap((number) => {
            const name = `${service}-${number}`;
            const hosts = { externalHosts: externalHosts[number], externalPort };
            const path = `externalHosts[${number}]`;
            return [
                ...checkHosts(path, { org, kind: "orderer", name, ...hosts }),
                ...problemsOf(
                    [`${path}[0]`, sharedProblem(firstHosts, number, "write a host for each node")],
                    [
                        `identitySecretNames[${number}]`,
                        identitySecretProblem(org, secrets[number]) ??
                            sharedProblem(secrets, number, SAME_KEYS),
                    ],
                ),
            ];
        }),
    ];
}

function strayNumbers(
    path: string,
    byNumber: Readonly<Record<number, unknown>>,
    numbers: readonly number[],
): Problem[] {
    return Object.keys(byNumber)
        .filter((key) => !numbers.includes(Number(key)))
        .map((key) => ({
            path: `${path}[${key}]`,
            reason: `is for node ${key}, and the nodes are 0 to ${numbers.length - 1}; write one of these`,
        }));
}

/** Where a node has what a node before it has already. */
function sharedProblem(values: readonly (string | undefined)[], number: number, instead: string) {
    const value = values[number];
    const first = values.indexOf(value);
    return value === undefined || first === number
        ? undefined
        : `${shown(value)} is already that of node ${first}; ${instead}`;
}

/** One problem however many nodes have it, naming them. */
function serviceAdvertiseProblem(
    service: string,
    { org, externalHosts = {} }: OrdererServiceArgs,
    advertise: string | undefined,
    numbers: readonly number[],
): string | undefined {
    const problems = numbers.map((number) => {
        const name = `${service}-${number}`;
        const node = { org, kind: "orderer", name, externalHosts: externalHosts[number] } as const;
        return { name, problem: advertiseProblem({ ...node, advertise }) };
    });
    const wrong = problems.filter(({ problem }) => problem !== undefined);
    const problem = wrong[0]?.problem;
    const nodes = wrong.map(({ name }) => name).join(", ");
    return problem === undefined || advertise !== "external" ? problem : `${nodes}: ${problem}`;
}

function consenterAddressesProblem(
    name: string,
    args: OrdererServiceArgs,
    numbers: readonly number[],
): string | undefined {
    const { consenterAddresses = "internal" } = args;
    return (
        choiceProblem(consenterAddresses, CONSENTER_ADDRESSES, "address of consenters") ??
        serviceAdvertiseProblem(name, args, consenterAddresses, numbers)
    );
}

function consensusProblem(consensus: Consensus, version = ""): string | undefined {
    return consensus === "BFT" && fabricLine(version) === "2.5"
        ? `"${version}" does not know SmartBFT; write "${DEFAULT_FABRIC_VERSION}", or consensus: "etcdraft"`
        : undefined;
}

function countProblem(consensus: Consensus, nodes: number, isPart: boolean): string | undefined {
    const within = (fewest: number, most: number) =>
        Number.isInteger(nodes) && nodes >= fewest && nodes <= most;
    if (isPart) {
        return within(1, 13)
            ? undefined
            : `${shown(nodes)} is not a number of ordering nodes; write 1 to 13`;
    }
    if (consensus === "BFT") {
        return within(4, 13)
            ? undefined
            : `${shown(nodes)} is not a number of SmartBFT nodes; 4 tolerate one that fails or lies, ` +
                  "fewer tolerate none; write 4, 7 or 10";
    }
    if (nodes === 2) {
        return (
            "2 Raft nodes tolerate no failure, as both must be up, and cost two; write 3, or 1 for a " +
            'test, or consenterAddresses: "external" where others are in another cluster'
        );
    }
    return within(1, 9)
        ? undefined
        : `${shown(nodes)} is not a number of Raft nodes; write 1, 3, 5, 7 or 9`;
}
