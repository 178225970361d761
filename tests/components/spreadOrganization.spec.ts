import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";
import {
    Channel,
    FabricOrg,
    JoinedChannel,
    OrdererService,
    parseOrgDefinition,
    type ChannelArgs,
    type GivenAuthorities,
    type OrgDefinition,
} from "kubefabric";
import { channelMembers } from "kubefabric/internal/components/channelMembers";
import type { ChannelDefinition } from "kubefabric/internal/fabric/channelDefinition";
import { channelProblems } from "kubefabric/internal/fabric/channelProblems";

import { issuing, recordNetwork, testCluster, valueOf } from "../support/network.ts";

interface Part {
    service: string;
    nodes: number;
    authorities?: GivenAuthorities;
}

/** The ordering organization, as far as one cluster has it. */
function part({ service, nodes, authorities }: Part) {
    const org = new FabricOrg(`${service}-org`, {
        cluster: testCluster(),
        mspId: "OrdererMSP",
        outside: { domain: "orderers.example.com" },
        authorities,
    });
    const orderers = new OrdererService(service, {
        org,
        nodes,
        consenterAddresses: "external",
    });
    return { org, orderers };
}

/** What the program of a cluster publishes, and the CAs that it hands to the next one. */
async function published(args: Part) {
    const recording = await recordNetwork(() => {
        const { org, orderers } = part(args);
        const ca = ({ certificatePem, privateKeyPem }: typeof org.tlsCa) => ({
            certificatePem,
            privateKeyPem,
        });
        return pulumi.all([
            org.definitionWith({ orderers: [orderers] }),
            pulumi.output({ signing: ca(org.signingCa), tls: ca(org.tlsCa) }),
        ]);
    }, issuing);
    return valueOf(recording.returned as pulumi.Output<[OrgDefinition, GivenAuthorities]>);
}

const hostsOf = ({ consenters }: OrgDefinition) => consenters.map(({ host }) => host);

describe("an ordering organization in two clusters", function () {
    this.timeout(60_000);
    let member: OrgDefinition;
    let east: OrgDefinition;
    let west: OrgDefinition;
    let stranger: OrgDefinition;
    let authorities: GivenAuthorities;
    const EAST = { service: "east", nodes: 3 };
    const WEST = { service: "west", nodes: 2 };
    before(async () => {
        [east, authorities] = await published(EAST);
        [west] = await published({ ...WEST, authorities });
        [stranger] = await published(WEST);
        const org = await recordNetwork(
            () =>
                new FabricOrg("org1", { cluster: testCluster(), mspId: "Org1MSP" }).definitionWith(
                    {},
                ),
            issuing,
        );
        member = await valueOf(org.returned as pulumi.Output<OrgDefinition>);
        member = { ...member, anchorPeers: [{ host: "peer0.org1.example.com", port: 7051 }] };
    });

    const founding = (orderers: OrdererService, other: OrgDefinition): ChannelArgs => ({
        orderers: [orderers],
        peers: [],
        organizations: [member],
        orderingOrganizations: [JSON.stringify(other)],
        founding: true,
    });

    it("has nodes of one MSP in both, at addresses that both reach", () => {
        assert.equal(west.tlsCaPem, east.tlsCaPem);
        assert.equal(west.signingCaPem, east.signingCaPem);
        assert.deepEqual(
            hostsOf(east),
            [0, 1, 2].map((n) => `east-${n}.orderers.example.com`),
        );
        assert.deepEqual(
            hostsOf(west),
            [0, 1].map((n) => `west-${n}.orderers.example.com`),
        );
    });

    it("is one organization of the channel, with the consenters and endpoints of both", async () => {
        const recording = await recordNetwork(() => {
            const { orderers } = part({ ...EAST, authorities });
            return new Channel("trade", founding(orderers, west));
        }, issuing);
        const { definition } = recording.find("GenesisBlock", "trade-genesis-block").inputs as {
            definition: ChannelDefinition;
        };
        assert.deepEqual(
            definition.ordering.map(({ mspId }) => mspId),
            ["OrdererMSP"],
        );
        const [org] = definition.ordering as [OrgDefinition];
        assert.deepEqual(hostsOf(org), [...hostsOf(east), ...hostsOf(west)]);
        assert.deepEqual(org.ordererEndpoints, [
            ...east.ordererEndpoints,
            ...west.ordererEndpoints,
        ]);
        assert.deepEqual(channelProblems(definition), []);
    });

    it("publishes one definition for those who join", async () => {
        const recording = await recordNetwork(() => {
            const { org, orderers } = part({ ...EAST, authorities });
            return org.definitionWith({ orderers: [orderers], elsewhere: [JSON.stringify(west)] });
        }, issuing);
        const both = await valueOf(recording.returned as pulumi.Output<OrgDefinition>);
        assert.equal(hostsOf(both).length, 5);
        assert.equal(both.ordererEndpoints.length, 5);
        assert.deepEqual(parseOrgDefinition(JSON.stringify(both), new Date()), both);
    });

    it("joins in the other cluster by the block, with the definition of the first one", async () => {
        const recording = await recordNetwork(() => {
            const { orderers } = part({ ...WEST, authorities });
            return new JoinedChannel("trade", {
                genesisBlock: "AAAA",
                orderers: [orderers],
                organizations: [JSON.stringify(east)],
            });
        });
        assert.equal(recording.ofKind("OrdererChannelMembership").length, 2);
        assert.equal(recording.ofKind("ConsenterSet").length, 1);
    });

    it("fails to be one with another organization that only has its name", async () => {
        let read: Promise<unknown> | undefined;
        await recordNetwork(() => {
            const { org, orderers } = part({ ...EAST, authorities });
            const members = channelMembers("trade", founding(orderers, stranger), org);
            read = (members as unknown as { promise(): Promise<unknown> }).promise();
            read.catch(() => undefined);
        }, issuing);
        await assert.rejects(
            read!,
            /orderingOrganizations\[0\]\.mspId: "OrdererMSP" is there already, with another signingCaPem, tlsCaPem; /,
        );
    });

    it("is made without a warning of nodes that tolerate nothing, and of two nodes", async () => {
        const log = pulumi.log as { warn: typeof pulumi.log.warn };
        const warn = log.warn;
        const warned: string[] = [];
        log.warn = async (message) => void warned.push(message);
        try {
            await recordNetwork(() => part({ service: "west", nodes: 4 }));
        } finally {
            log.warn = warn;
        }
        assert.deepEqual(warned, []);
    });
});
