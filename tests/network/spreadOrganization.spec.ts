import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import * as pulumi from "@pulumi/pulumi";
import {
    Channel,
    ExistingCluster,
    FabricOrg,
    JoinedChannel,
    OrdererService,
    PeerNode,
    type GivenAuthorities,
    type OrgDefinition,
} from "kubefabric";
import { nodeTarget, type NodeTarget } from "kubefabric/internal/clients/connection";
import { channelInfo } from "kubefabric/internal/clients/ordererAdmin";
import { chainInfo } from "kubefabric/internal/clients/peerAdmin";
import type { Signer } from "kubefabric/internal/fabric/signing";

import { underLoad } from "../support/channelLoad.ts";
import { changes, engineStack, type EngineStack } from "../support/engine.ts";
import { givingAddresses, needsOutsideNames, OUTSIDE_DOMAIN } from "../support/outsideWays.ts";
import { needsRealCluster, realApis, realCredentials } from "../support/realNetwork.ts";

const mark = randomBytes(3).toString("hex");
const CHANNEL = `spread-${mark}`;
/** Two halves of the ordering organization, and the member that has the peer. */
const STACKS = ["east", "west", "member"] as const;
type Stack = (typeof STACKS)[number];
const NODES = { east: ["orderer-0"], west: ["west-0", "west-1"] };
const NODE = { ledgerSize: "1Gi", resources: { requests: { cpu: "20m", memory: "64Mi" } } };
const namespaceOf = (stack: Stack) => `n${mark}-${stack}`;

/** What stacks send each other: texts of files. */
const files = new Map<string, string>();
/** The CAs of the ordering organization, which its second stack is given as secrets. */
let authorities: GivenAuthorities;

function organization(stack: Stack, given?: GivenAuthorities): FabricOrg {
    const cluster = new ExistingCluster("cluster", {
        kubeconfig: realCredentials().kubeconfig,
        vendor: "local",
    });
    return new FabricOrg(namespaceOf(stack), {
        cluster,
        mspId: stack === "member" ? "MemberMSP" : "OrdererMSP",
        protection: "none",
        outside: { domain: OUTSIDE_DOMAIN, administration: "outside" },
        authorities: given,
    });
}

interface Turn {
    /** Whether it makes or joins the channel. */
    channel?: boolean;
    founding?: boolean;
    log?: string;
}

/** The half that founds the channel: one of three ordering nodes, so that it elects no leader alone. */
function east({ channel, founding }: Turn) {
    return async () => {
        const org = organization("east");
        const orderers = new OrdererService("orderer", {
            org,
            nodes: 1,
            consenterAddresses: "external",
            ...NODE,
        });
        const west = files.get("west.json");
        const made =
            channel && west
                ? new Channel(CHANNEL, {
                      orderers: [orderers],
                      peers: [],
                      organizations: [files.get("member.json")!],
                      orderingOrganizations: [west],
                      profile: "local",
                      founding,
                  })
                : undefined;
        const ca = ({ certificatePem, privateKeyPem }: FabricOrg["tlsCa"]) => ({
            certificatePem,
            privateKeyPem,
        });
        return {
            definition: org.definitionWith({
                orderers: [orderers],
                elsewhere: west ? [west] : [],
            }),
            own: org.definitionWith({ orderers: [orderers] }),
            authorities: pulumi.secret({ signing: ca(org.signingCa), tls: ca(org.tlsCa) }),
            admin: pulumi.secret(pulumi.output(orderers.admin)),
            genesisBlock: made?.genesisBlock,
            genesisHash: made?.genesisHash,
        };
    };
}

function west({ channel, log }: Turn) {
    return async () => {
        const org = organization("west", authorities);
        const orderers = new OrdererService("west", {
            org,
            nodes: 2,
            consenterAddresses: "external",
            logSpecification: log,
            ...NODE,
        });
        if (channel) {
            new JoinedChannel(CHANNEL, {
                genesisBlock: files.get("trade.block")!,
                genesisHash: files.get("trade.hash")!,
                organizations: [files.get("east-alone.json")!],
                orderers: [orderers],
            });
        }
        return {
            definition: org.definitionWith({ orderers: [orderers] }),
            admin: pulumi.secret(pulumi.output(orderers.admin)),
        };
    };
}

function member({ channel }: Turn) {
    return async () => {
        const org = organization("member");
        const peer = new PeerNode("peer0", { org, ...NODE });
        if (channel) {
            new JoinedChannel(CHANNEL, {
                genesisBlock: files.get("trade.block")!,
                genesisHash: files.get("trade.hash")!,
                organizations: [files.get("east.json")!],
                peers: [peer],
            });
        }
        return {
            definition: org.definitionWith({ anchorPeers: [peer] }),
            admin: pulumi.secret(pulumi.output({ ...org.admin, mspId: org.mspId })),
        };
    };
}

const PROGRAMS = { east, west, member };

describe("an ordering organization that is spread over two stacks", function () {
    needsRealCluster(this);
    needsOutsideNames(this);
    this.timeout(300_000);
    const stacks = new Map<Stack, EngineStack>();
    const admins = new Map<Stack, Signer>();

    before(async () => {
        for (const stack of STACKS) {
            const env = { PULUMI_CONFIG_PASSPHRASE: `${stack}-${mark}` };
            stacks.set(stack, await engineStack(`spread-${stack}`, env));
        }
    });
    after(async () => {
        const { core } = realApis();
        await Promise.all(
            STACKS.map((stack) =>
                core.deleteNamespace({ name: namespaceOf(stack) }).catch(() => undefined),
            ),
        );
        stacks.forEach((stack) => stack.forget());
    });

    /** Updates a stack; gives what changed, and keeps what it publishes. */
    async function up(stack: Stack, turn: Turn = {}): Promise<Record<string, number>> {
        const begin = performance.now();
        const { outputs, summary } = await givingAddresses(STACKS.map(namespaceOf), () =>
            stacks.get(stack)!.run(PROGRAMS[stack](turn)),
        );
        const { definition, own, admin, genesisBlock, genesisHash } = outputs;
        assert.equal(definition?.secret, false);
        files.set(`${stack}.json`, JSON.stringify(definition.value));
        admins.set(stack, admin!.value as Signer);
        if (stack === "east") {
            files.set("east-alone.json", JSON.stringify(own!.value));
            assert.equal(outputs.authorities?.secret, true);
            authorities = outputs.authorities.value as GivenAuthorities;
        }
        if (genesisBlock?.value !== undefined) {
            files.set("trade.block", String(genesisBlock.value));
            files.set("trade.hash", String(genesisHash!.value));
        }
        console.log(`      · ${stack}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
        return changes(summary);
    }

    function target(stack: Stack, node: string, port: "grpc" | "admin"): NodeTarget {
        const { tlsCaPem } = JSON.parse(files.get(`${stack}.json`)!) as OrgDefinition;
        const ports: Record<string, number> =
            stack === "member" ? { grpc: 7051 } : { grpc: 7050, admin: 9443 };
        const outside = { host: `${node}.${OUTSIDE_DOMAIN}`, ports };
        const reached = { node, namespace: namespaceOf(stack), tlsCaPem, outside };
        return stack === "member"
            ? nodeTarget(reached, "peer", "grpc")
            : nodeTarget(reached, "orderer", port);
    }

    async function assertActive(): Promise<void> {
        for (const half of ["east", "west"] as const) {
            for (const node of NODES[half]) {
                const info = await channelInfo(
                    {
                        credentials: realCredentials(),
                        target: target(half, node, "admin"),
                        admin: admins.get(half)!,
                    },
                    CHANNEL,
                );
                assert.deepEqual([info?.consensusRelation, info?.status], ["consenter", "active"]);
            }
        }
    }

    async function height(): Promise<number> {
        const info = await chainInfo(
            {
                credentials: realCredentials(),
                target: target("member", "peer0", "grpc"),
                signer: admins.get("member")!,
            },
            CHANNEL,
        );
        return info?.height ?? 0;
    }

    /** Sends envelopes to the nodes of one half for as long as something runs. */
    async function orderedBy(half: "east" | "west", during: () => Promise<unknown>) {
        return underLoad(
            {
                credentials: realCredentials(),
                targets: NODES[half].map((node) => target(half, node, "grpc")),
                channelId: CHANNEL,
                signer: admins.get("member")!,
            },
            during,
        );
    }

    async function untilHigherThan(before: number): Promise<void> {
        for (let tries = 0; (await height()) <= before; tries++) {
            assert.ok(tries < 60, `the peer stays at ${before} blocks`);
            await sleep(500);
        }
    }

    it("come up with one pair of CAs, and publish their nodes", async () => {
        for (const stack of STACKS) {
            assert.deepEqual(Object.keys(await up(stack)), ["create"]);
        }
        const [first, second] = (["east", "west"] as const).map(
            (half) => JSON.parse(files.get(`${half}.json`)!) as OrgDefinition,
        );
        assert.equal(first!.tlsCaPem, second!.tlsCaPem);
        assert.equal(first!.signingCaPem, second!.signingCaPem);
    });

    it("found the channel where one has no majority, and elect a leader once the other has joined", async () => {
        assert.deepEqual(Object.keys(await up("east", { channel: true, founding: true })), [
            "create",
        ]);
        assert.deepEqual(Object.keys(await up("west", { channel: true })), ["create"]);
        assert.deepEqual(Object.keys(await up("east", { channel: true })), ["create"]);
        assert.deepEqual(Object.keys(await up("member", { channel: true })), ["create"]);
        await assertActive();
        for (const stack of STACKS) {
            assert.deepEqual(await up(stack, { channel: true }), {});
        }
    });

    it("order what either is sent, and the peer has the blocks", async () => {
        for (const half of ["east", "west"] as const) {
            const before = await height();
            const { ordered, refusals } = await orderedBy(half, () => sleep(1_000));
            assert.ok(ordered > 0, JSON.stringify(refusals));
            await untilHigherThan(before);
        }
    });

    it("go on in one cluster while the other one is down, and the peer has the blocks", async () => {
        const { apps } = realApis();
        const set = { name: "orderer-0", namespace: namespaceOf("east") };
        const scaled = (replicas: number) =>
            apps.replaceNamespacedStatefulSetScale({
                ...set,
                body: { metadata: set, spec: { replicas } },
            });
        await scaled(0);
        const { ordered, refusals } = await orderedBy("west", () => sleep(15_000));
        assert.ok(ordered > 0, JSON.stringify(refusals));
        const before = await height();
        await orderedBy("west", () => sleep(1_000));
        await untilHigherThan(before);
        await scaled(1);
        for (let tries = 0; ; tries++) {
            const { status } = await apps.readNamespacedStatefulSet(set);
            if (status?.readyReplicas === 1) {
                break;
            }
            assert.ok(tries < 120, "the node does not come back");
            await sleep(500);
        }
    });

    it("are rolled by their own programs, one half after the other, under load", async () => {
        const { ordered, longestGapMs } = await orderedBy("east", () =>
            up("west", { channel: true, log: "info:orderer.common.cluster=warning" }),
        );
        console.log(`      · longest between two ordered ${longestGapMs} ms`);
        assert.ok(ordered > 0);
        await assertActive();
    });
});
