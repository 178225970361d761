import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";
import {
    ExistingCluster,
    FabricOrg,
    OrdererNode,
    OrdererService,
    PeerNode,
    type ExistingClusterArgs,
    type FabricOrgArgs,
    type OrdererNodeArgs,
    type OrdererServiceArgs,
    type PeerNodeArgs,
} from "kubefabric";
import { generateKey } from "kubefabric/internal/fabric/x509";

import { makeCa } from "../fabric/authorities.ts";
import { KUBECONFIG, recordNetwork, testCluster, testOrg } from "../support/network.ts";

/** What a case hands over. Types forbid some of it; plain JavaScript and stack configuration do not. */
type Loose<T> = { [Key in keyof T]?: unknown };

/** A program's argument that must be refused. */
interface Case {
    component: keyof typeof MAKERS;
    /** @default "subject" */
    name?: string;
    args?: object;
    /** What the program has made before. */
    after?: (org: FabricOrg) => void;
    /** The whole line, as it is printed: path, value and what is wrong, what to write. */
    says: RegExp;
    /** Where no single value is at fault. */
    valueless?: boolean;
}

const MAKERS = {
    ExistingCluster: (name: string, args: object) =>
        new ExistingCluster(name, { kubeconfig: KUBECONFIG, ...args }),
    FabricOrg: (name: string, args: object, org: FabricOrg) =>
        new FabricOrg(name, {
            cluster: org.cluster,
            mspId: "SubjectMSP",
            ...args,
        }),
    OrdererService: (name: string, args: object, org: FabricOrg) =>
        new OrdererService(name, { org, ...args }),
    OrdererNode: (name: string, args: object, org: FabricOrg) =>
        new OrdererNode(name, {
            org,
            adminCaPem: "certificate",
            externalHosts: [],
            ...args,
        }),
    PeerNode: (name: string, args: object, org: FabricOrg) => new PeerNode(name, { org, ...args }),
};

const cluster = (args: Loose<ExistingClusterArgs>, says: RegExp, more: Partial<Case> = {}) =>
    ({ component: "ExistingCluster", args, says, ...more }) satisfies Case;
const org = (args: Loose<FabricOrgArgs>, says: RegExp, more: Partial<Case> = {}) =>
    ({ component: "FabricOrg", args, says, ...more }) satisfies Case;
const orderers = (args: Loose<OrdererServiceArgs>, says: RegExp, more: Partial<Case> = {}) =>
    ({ component: "OrdererService", args, says, ...more }) satisfies Case;
const orderer = (args: Loose<OrdererNodeArgs>, says: RegExp, more: Partial<Case> = {}) =>
    ({ component: "OrdererNode", args, says, ...more }) satisfies Case;
const peer = (args: Loose<PeerNodeArgs>, says: RegExp, more: Partial<Case> = {}) =>
    ({ component: "PeerNode", args, says, ...more }) satisfies Case;
const named = (component: Case["component"], name: string, says: RegExp): Case => ({
    component,
    name,
    says,
});

/** What must be refused, by kind. */
const CATALOG: Record<string, Case[]> = {
    "a name that Kubernetes cannot carry": [
        named("PeerNode", "Peer_0", /^name: "Peer_0" is not a DNS label .*; write "peer-0"$/),
        named("PeerNode", "peer 0", /^name: "peer 0" is not .*; write "peer-0"$/),
        named("OrdererService", "Orderer", /^name: "Orderer" is not .*; write "orderer"$/),
        named("OrdererNode", "orderer-", /^name: "orderer-" is not .*; write "orderer"$/),
        named("FabricOrg", "Org1", /^name: "Org1" is not a DNS label .*; write "org1"$/),
        org(
            { namespace: "kube-org" },
            /^namespace: "kube-org" has the prefix .*; write "org-org"$/,
        ),
        org(
            { namespace: "default" },
            /^namespace: "default" belongs to the cluster .*; write "org1"$/,
        ),
        org({ namespace: "org2" }, /^name: "Sub ject" is not a DNS label .*; write "sub-ject"$/, {
            name: "Sub ject",
        }),
    ],
    "a name that begins with a digit": [
        named("PeerNode", "0peer", /^name: "0peer" starts with a digit.*; write "node-0peer"$/),
        named("OrdererService", "1orderer", /^name: "1orderer" starts .*; write "node-1orderer"$/),
        named("OrdererNode", "7", /^name: "7" starts with a digit.*; write "node-7"$/),
    ],
    "a name that is too long, or has a dot": [
        named(
            "PeerNode",
            "p".repeat(53),
            /^name: "p+" has 53 characters and the limit is 52, .*hash/,
        ),
        // Its nodes' names are two characters longer.
        named(
            "OrdererService",
            "o".repeat(51),
            /^name: "o+" has 51 characters and the limit is 50, /,
        ),
        named("PeerNode", "peer0.org1", /^name: "peer0.org1" has a dot.*; write "peer0-org1"$/),
        org(
            { namespace: "n".repeat(64) },
            /^namespace: "n+" has 64 characters and the limit is 63, /,
        ),
    ],
    "an external host that is none": [
        peer(
            { externalHosts: ["peer0"] },
            /^externalHosts\[0\]: "peer0" has no domain, .*; write "peer0.example.com"$/,
        ),
        peer(
            { externalHosts: ["peer0.example.com", "https://peer0.example.com"] },
            /^externalHosts\[1\]: "https:\/\/peer0.example.com" is a URL, .*; write "peer0.example.com"$/,
        ),
        orderers(
            { externalHosts: { 1: ["o.example.com", "o.example.com:7050"] } },
            /^externalHosts\[1\]\[1\]: "o.example.com:7050" has a port, .*; write "o.example.com"$/,
        ),
        orderer(
            { externalHosts: ["0.0.0.0"] },
            /^externalHosts\[0\]: "0.0.0.0" is no address .*; write "/,
        ),
        peer(
            { externalHosts: ["*.example.com"] },
            /^externalHosts\[0\]: "\*.example.com" is a pattern/,
        ),
    ],
    "a number that no node has": [
        orderers(
            { externalHosts: { 3: ["o.example.com"] } },
            /^externalHosts\[3\]: is for node 3, and the nodes are 0 to 2; write one of these$/,
            { valueless: true },
        ),
        orderers(
            { nodes: 1, externalHosts: { 1: ["o.example.com"] } },
            /^externalHosts\[1\]: is for node 1, and the nodes are 0 to 0; write one of these$/,
            { valueless: true },
        ),
        orderers(
            { identitySecretNames: { 7: "given" } },
            /^identitySecretNames\[7\]: is for node 7, /,
            { valueless: true },
        ),
    ],
    "an MSP ID that Fabric cannot use": [
        org({ mspId: "Org_1" }, /^mspId: "Org_1" contains "_", which cannot .*; write "Org1"$/),
        org({ mspId: "Org 1" }, /^mspId: "Org 1" contains " ", .*; write "Org1"$/),
        org({ mspId: "1MSP" }, /^mspId: "1MSP" does not start with a letter; write "Org1MSP"$/),
        org({ mspId: "" }, /^mspId: "" is empty; write "Org1MSP"$/),
        org({ mspId: "Org1.peer" }, /^mspId: "Org1.peer" ends like a role .*; write "Org1"$/),
    ],
    "an MSP ID in quotes": [
        org(
            { mspId: '"Org1MSP"' },
            /^mspId: "\\"Org1MSP\\"" contains quotation marks; write "Org1MSP"$/,
        ),
        org({ mspId: "'Org1MSP'" }, /^mspId: "'Org1MSP'" contains quotation marks/),
        org({ mspId: "“Org1MSP”" }, /^mspId: "“Org1MSP”" contains quotation marks/),
    ],
    "what something else in the program has already": [
        org(
            { mspId: "Org1MSP" },
            /^mspId: "Org1MSP" is already the MSP ID of FabricOrg "org1"; .*, write another$/,
        ),
        org(
            { namespace: "org1" },
            /^namespace: "org1" is already the namespace of FabricOrg "org1"; .*, write another$/,
        ),
        peer(
            {},
            /^name: "orderer-1" is already the node of OrdererNode "orderer-1"; write another/,
            {
                name: "orderer-1",
                after: (org) => new OrdererService("orderer", { org }),
            },
        ),
        orderers(
            {},
            /^name: "subject-2" is already the node of PeerNode "subject-2"; write another/,
            {
                after: (org) => new PeerNode("subject-2", { org }),
            },
        ),
        peer(
            { externalHosts: ["a.example.com"] },
            /^externalHosts\[0\]: "a.example.com:7051" is already the endpoint of PeerNode "peer0"; write/,
            { after: (org) => new PeerNode("peer0", { org, externalHosts: ["a.example.com"] }) },
        ),
        orderers(
            { externalHosts: { 0: ["a.example.com"], 2: ["a.example.com"] } },
            /^externalHosts\[2\]\[0\]: "a.example.com" is already that of node 0; write a host for each/,
        ),
        orderers(
            { identitySecretNames: { 0: "given", 1: "given" } },
            /^identitySecretNames\[1\]: "given" is already that of node 0; .*write another$/,
        ),
        peer(
            { identitySecretName: "given" },
            /^identitySecretName: "given" is already the identity Secret of PeerNode "peer0"; .*another$/,
            { after: (org) => new PeerNode("peer0", { org, identitySecretName: "given" }) },
        ),
    ],
    "a number of Raft nodes": [
        orderers({ nodes: 0 }, /^nodes: 0 is not a number of Raft nodes; write 1, 3, 5, 7 or 9$/),
        orderers(
            { nodes: 2 },
            /^nodes: 2 Raft nodes tolerate no failure, .*; write 3, or 1 for a test, or consenterAddresses: "external" where others are in another cluster$/,
        ),
        orderers({ nodes: 10 }, /^nodes: 10 is not/),
        orderers({ nodes: 2.5 }, /^nodes: 2.5 is not/),
        orderers({ nodes: -3 }, /^nodes: -3 is not/),
        orderers({ nodes: "3" }, /^nodes: "3" is not a number of Raft nodes/),
        orderers({ nodes: NaN }, /^nodes: NaN is not/),
    ],
    "a number of SmartBFT nodes": [
        orderers(
            { consensus: "BFT", nodes: 3 },
            /^nodes: 3 is not a number of SmartBFT nodes; .*; write 4, 7 or 10$/,
        ),
        orderers({ consensus: "BFT", nodes: 0 }, /^nodes: 0 is not a number of SmartBFT nodes/),
        orderers({ consensus: "BFT", nodes: 4.5 }, /^nodes: 4.5 is not a number of SmartBFT nodes/),
    ],
    "an address that others are told": [
        peer(
            { advertise: "external" },
            /^advertise: "external" needs an external host; write externalHosts, or "internal"$/,
        ),
        peer(
            { advertise: "public" },
            /^advertise: "public" is not an address of a node; write "internal" or/,
        ),
        orderers(
            { advertise: "external", externalHosts: { 0: ["o.example.com"] } },
            /^advertise: subject-1, subject-2: "external" needs an external host; write/,
            { valueless: true },
        ),
        orderer({ advertise: "external" }, /^advertise: "external" needs an external host; write/),
    ],
    "a version of Fabric": [
        peer(
            { fabricVersion: "latest" },
            /^fabricVersion: "latest" is not a version of Fabric .*; write "3.1.5" /,
        ),
        peer({ fabricVersion: "2.2.0" }, /^fabricVersion: "2.2.0" is not/),
        orderer({ fabricVersion: "3.1" }, /^fabricVersion: "3.1" is not/),
        orderers(
            { consensus: "BFT", fabricVersion: "2.5.16" },
            /^fabricVersion: "2.5.16" does not know SmartBFT; write/,
        ),
    ],
    "an access mode that lets several write": [
        peer(
            { storage: { storageClassName: "standard", accessMode: "ReadWriteMany" } },
            /^storage.accessMode: "ReadWriteMany" lets more than one node have the volume, .*; write "ReadWriteOncePod" or "ReadWriteOnce"$/,
        ),
        orderers(
            { storage: { storageClassName: "standard", accessMode: "ReadOnlyMany" } },
            /^storage.accessMode: "ReadOnlyMany" lets more than one node/,
        ),
        cluster({ ledgerAccessMode: "RWO" }, /^ledgerAccessMode: "RWO" is no access mode; write/),
    ],
    "a size": [
        peer(
            { ledgerSize: "10GB" },
            /^ledgerSize: "10GB" ends in "GB", .*; write "10Gi" or "10G"$/,
        ),
        peer(
            { ledgerSize: "100m" },
            /^ledgerSize: "100m" means thousandths .*; write "100Mi" or "100Gi"$/,
        ),
        orderers({ ledgerSize: "10 Gi" }, /^ledgerSize: "10 Gi" ends in " Gi", .*; write "10Gi"$/),
        orderer({ ledgerSize: "0" }, /^ledgerSize: "0" is nothing; write "/),
        peer({ ledgerSize: "-1Gi" }, /^ledgerSize: "-1Gi" is negative; write "1Gi"$/),
        peer({ ledgerSize: 10 }, /^ledgerSize: 10 is not text with a unit; write "10Gi"$/),
        peer(
            { stateDatabase: "CouchDB", couchDb: { size: "5" } },
            /^couchDb.size: "5" is 5 bytes; write "5Gi"$/,
        ),
    ],
    "the name of a StorageClass": [
        cluster(
            { storageClassName: "Premium_RWO" },
            /^storageClassName: "Premium_RWO" is not the name of an object .*; write "premium-rwo"$/,
        ),
        peer(
            { storage: { storageClassName: "" } },
            /^storage.storageClassName: "" is not the name/,
        ),
        orderers(
            { storage: { storageClassName: "fast ssd" } },
            /^storage.storageClassName: "fast ssd" .*; write "fast-ssd"$/,
        ),
    ],
    "a lifetime": [
        org(
            { caValidityDays: 0 },
            /^caValidityDays: 0 would end a certificate before it begins; write/,
        ),
        org(
            { certificateValidityDays: -1 },
            /^certificateValidityDays: -1 would end a certificate before/,
        ),
        org(
            { caValidityDays: 365, certificateValidityDays: 366 },
            /^certificateValidityDays: 366 outlives its CA, .*; write 365 or less/,
        ),
        org(
            { caValidityDays: 365 },
            /^caValidityDays: 365 is less than the 1095 days .*; write 1095 or more/,
        ),
        org(
            { caValidityDays: 400_000 },
            /^caValidityDays: 400000 is more than a hundred years; write/,
        ),
        org(
            { certificateValidityDays: "1y" },
            /^certificateValidityDays: "1y" is not a number; write/,
        ),
    ],
    "CPU and memory": [
        peer(
            { resources: { limits: { memory: "512m" } } },
            /^resources.limits.memory: "512m" means thousandths .*; write "512Mi" or "512Gi"$/,
        ),
        peer(
            { resources: { requests: { cpu: "500Mi" } } },
            /^resources.requests.cpu: "500Mi" has a unit of bytes; write/,
        ),
        orderers(
            { resources: { requests: { memory: "2Gi" }, limits: { memory: "1Gi" } } },
            /^resources.requests.memory: "2Gi" is more than the limit "1Gi", .*; write "1Gi" or less/,
        ),
        orderer(
            { resources: { requests: { cpu: "0" } } },
            /^resources.requests.cpu: "0" is no CPU at all; write/,
        ),
        peer(
            { stateDatabase: "CouchDB", couchDb: { resources: { limits: { memory: "1GB" } } } },
            /^couchDb.resources.limits.memory: "1GB" ends in "GB", .*; write "1Gi" or "1G"$/,
        ),
    ],
    "a port": [
        peer(
            { externalHosts: ["a.example.com"], externalPort: 0 },
            /^externalPort: 0 is not a TCP port; write a number from 1 to 65535$/,
        ),
        orderers(
            { externalHosts: { 0: ["a.example.com"] }, externalPort: 70_000 },
            /^externalPort: 70000 is not a TCP port/,
        ),
        peer(
            { externalPort: 443 },
            /^externalPort: 443 is the port of external hosts, .*; write externalHosts too/,
        ),
        org({ egressPorts: [443, 7051.5] }, /^egressPorts\[1\]: 7051.5 is not a TCP port/),
        org({ egressPorts: ["443"] }, /^egressPorts\[0\]: "443" is not a TCP port/),
    ],
    "the name of a Secret or a class": [
        org(
            { imagePullSecrets: ["login", "My Login"] },
            /^imagePullSecrets\[1\]: "My Login" is not the name of an object .*; write "my-login"$/,
        ),
        peer(
            { identitySecretName: "Peer0_identity" },
            /^identitySecretName: "Peer0_identity" .*; write "peer0-identity"$/,
        ),
        orderers(
            { identitySecretNames: { 1: "" } },
            /^identitySecretNames\[1\]: "" is not the name/,
        ),
        orderer(
            { identitySecretName: "a..b" },
            /^identitySecretName: "a..b" is not the name .*; write "a-b"$/,
        ),
        peer(
            { placement: { priorityClassName: "High" } },
            /^placement.priorityClassName: "High" .*; write "high"$/,
        ),
    ],
    "a label of machines": [
        peer(
            { placement: { nodeSelector: { ssd: true } } },
            /^placement.nodeSelector\["ssd"\]: true is not the value of a label .*; write "true"$/,
        ),
        peer(
            { placement: { nodeSelector: { pool: "my pool" } } },
            /^placement.nodeSelector\["pool"\]: "my pool" .*; write "my-pool"$/,
        ),
        orderers(
            { placement: { nodeSelector: { disk: 2 } } },
            /^placement.nodeSelector\["disk"\]: 2 is not .*; write "2"$/,
        ),
    ],
    "an image": [
        peer(
            { image: "https://ghcr.io/hyperledger/fabric-peer:3.1.5" },
            /^image: "https:.*" is not the name of an image .*; write one such as "ghcr.io/,
        ),
        peer(
            { image: "ghcr.io/Hyperledger/fabric-peer" },
            /^image: "ghcr.io\/Hyperledger.*" is not/,
        ),
        orderers({ image: "" }, /^image: "" is not the name of an image/),
        peer(
            { stateDatabase: "CouchDB", couchDb: { image: "couchdb:" } },
            /^couchDb.image: "couchdb:" is not the name of an image/,
        ),
        org(
            { imageRegistry: "ghcr.io/hyperledger/" },
            /^imageRegistry: "ghcr.io\/hyperledger\/" is not a registry .*; write one such as "ghcr.io\/hyperledger"$/,
        ),
        org(
            { imageRegistry: "https://ghcr.io" },
            /^imageRegistry: "https:\/\/ghcr.io" is not a registry/,
        ),
    ],
    "a log specification, with which no node would start": [
        peer(
            { logSpecification: "verbose" },
            /^logSpecification: "verbose" is not a log specification: "verbose" is neither .*; write one such as "info:gossip=warning"/,
        ),
        orderers(
            { logSpecification: "info:orderer=" },
            /^logSpecification: "info:orderer=" is not .*: "orderer=" is neither/,
        ),
        orderer({ logSpecification: "=debug" }, /^logSpecification: "=debug" is not/),
        peer({ logSpecification: "Info" }, /^logSpecification: "Info" is not/),
        peer(
            { logSpecification: "info,gossip=warning=x" },
            /^logSpecification: "info,gossip=warning=x" is not/,
        ),
    ],
    "a word that is not one of a few": [
        peer(
            { stateDatabase: "couchdb" },
            /^stateDatabase: "couchdb" is not a state database; write "goleveldb" or "CouchDB"$/,
        ),
        org(
            { protection: "retain" },
            /^protection: "retain" is not a protection; write "protect" or "none"$/,
        ),
        cluster(
            { privileged: "no" },
            /^privileged: "no" is not a rule for privileged Pods; write "allowed", "by exemption" or "never"$/,
        ),
        cluster(
            { vendor: "GKE" },
            /^vendor: "GKE" is not a vendor; write "gke", "aks", "iks", "iks-classic", "local" or "other"$/,
        ),
    ],
    "what belongs to another database": [
        peer(
            { couchDb: { size: "5Gi" } },
            /^couchDb: is set, but stateDatabase is "goleveldb"; take one of them away$/,
        ),
        peer({ stateDatabase: "goleveldb", couchDb: {} }, /^couchDb: is set, but/),
        peer({ couchDb: { image: "couchdb:3.4.2" } }, /^couchDb: is set, but/),
    ].map((each) => ({ ...each, valueless: true })),
    "a kubeconfig, without a word of it": [
        cluster(
            { kubeconfig: "/home/me/.kube/config" },
            /^kubeconfig: the kubeconfig is not valid YAML of kind Config; give the content of a kubeconfig file$/,
        ),
        cluster({ kubeconfig: "" }, /^kubeconfig: the kubeconfig is not valid YAML/),
        cluster({ kubeconfig: "kind: [Config" }, /^kubeconfig: the kubeconfig is not valid YAML/),
        cluster(
            { kubeconfig: KUBECONFIG.replace("kind: Config", "kind: Pod") },
            /^kubeconfig: the/,
        ),
    ].map((each) => ({ ...each, valueless: true })),
    "a context": [
        cluster(
            { context: "prod" },
            /^context: "prod" is not a context of the kubeconfig; use one of test$/,
        ),
        cluster(
            { context: "" },
            /^context: "" is not a context of the kubeconfig; use one of test$/,
        ),
        cluster(
            {
                kubeconfig: KUBECONFIG.replace(
                    "cluster: test, user: test",
                    "cluster: gone, user: gone",
                ),
            },
            /^context: "test" names the cluster "gone" and the user "gone", which .*; give one with everything/,
        ),
        cluster(
            { kubeconfig: KUBECONFIG.replace("current-context: test", "") },
            /^context: "" is not a context of the kubeconfig; use one of test$/,
        ),
    ],
    "a number of zones": [
        cluster({ zones: 0 }, /^zones: 0 is not a number of zones; write 1 or more$/),
        cluster({ zones: 1.5 }, /^zones: 1.5 is not/),
        cluster({ zones: "3" }, /^zones: "3" is not/),
    ],
};

/** What a program was told of each component that is wrong, line by line. */
async function refusals(cases: readonly Case[], after: Case["after"] = () => undefined) {
    const prepare = () => {
        const first = testOrg();
        after(first);
        return first;
    };
    const said: string[][] = [];
    const { resources } = await recordNetwork(() => {
        const first = prepare();
        for (const { component, name = "subject", args = {} } of cases) {
            said.push(messageOf(() => MAKERS[component](name, args, first)).split("\n"));
        }
    });
    const expected = await recordNetwork(prepare);
    const urns = (all: readonly { urn: string }[]) => all.map(({ urn }) => urn).sort();
    assert.deepEqual(urns(resources), urns(expected.resources), "something was registered");
    return said.map(([heading, ...lines], index) => {
        const { component, name = "subject" } = cases[index]!;
        assert.equal(heading, `${component} "${name}" has invalid arguments`);
        return lines.map((line) => line.replace(/^ {2}/, ""));
    });
}

function messageOf(make: () => unknown): string {
    try {
        make();
    } catch (error) {
        return pulumi.ResourceError.isInstance(error) ? error.message : `${String(error)}`;
    }
    return "it was not refused";
}

async function refused(wrong: Case): Promise<string[]> {
    const [lines] = await refusals([wrong], wrong.after);
    return lines!;
}

describe("bad input", function () {
    this.timeout(60_000);
    const all = Object.values(CATALOG).flat();
    const said = new Map<Case, string[]>();
    before(async () => {
        // One program for all that need nothing before them: each makes an organization first.
        const alone = all.filter(({ after }) => after === undefined);
        for (const [index, lines] of (await refusals(alone)).entries()) {
            said.set(alone[index]!, lines);
        }
        for (const wanted of all.filter(({ after }) => after !== undefined)) {
            said.set(wanted, await refused(wanted));
        }
    });

    for (const [kind, cases] of Object.entries(CATALOG)) {
        describe(kind, () => {
            it("is looked at in three cases or more", () => {
                assert.ok(cases.length >= 3);
            });

            for (const wanted of cases) {
                const { component, name, args, says, valueless } = wanted;
                const shown = JSON.stringify(args ?? name) ?? "";
                it(`fails for ${component}: ${name ?? ""} ${shown.slice(0, 60)}`, () => {
                    const [line = "", ...more] = said.get(wanted)!;
                    assert.deepEqual(more, []);
                    assert.match(line, says);
                    assert.match(line, /; (.*, )?(write|use|give|take|raise|shorten) /);
                    assert.doesNotMatch(line, /\.$/);
                    const [, value] = /^[^:]+: (\S)/.exec(line) ?? [];
                    assert.ok(valueless || /["\d\-tnN]/.test(value ?? ""), "the value comes first");
                });
            }
        });
    }
});

describe("bad input of all kinds at once", function () {
    this.timeout(60_000);
    const WRONG: Record<keyof typeof MAKERS, { name: string; args: object; paths: string[] }> = {
        ExistingCluster: {
            name: "cluster-2",
            args: {
                kubeconfig: "nonsense",
                storageClassName: "Gold!",
                ledgerAccessMode: "ReadWriteMany",
                vendor: "azure",
                privileged: true,
                zones: 0,
            },
            paths: [
                "kubeconfig",
                "zones",
                "vendor",
                "privileged",
                "storageClassName",
                "ledgerAccessMode",
            ],
        },
        FabricOrg: {
            name: "Org 2",
            args: {
                mspId: "Org_2",
                protection: "retain",
                imageRegistry: "https://ghcr.io",
                imagePullSecrets: ["A", "b", "C"],
                egressPorts: [0],
                caValidityDays: 0,
                certificateValidityDays: NaN,
            },
            paths: [
                "name",
                "mspId",
                "protection",
                "imageRegistry",
                "imagePullSecrets[0]",
                "imagePullSecrets[2]",
                "egressPorts[0]",
                "caValidityDays",
                "certificateValidityDays",
            ],
        },
        OrdererService: {
            name: "Orderer",
            args: {
                image: "A",
                ledgerSize: "1GB",
                resources: { requests: { cpu: "1k" }, limits: { memory: "1m" } },
                logSpecification: "loud",
                externalHosts: { 0: ["a", "b"], 2: ["c"], 9: ["d"] },
                identitySecretNames: { 1: "X" },
                externalPort: -1,
            },
            paths: [
                "name",
                "image",
                "ledgerSize",
                "resources.requests.cpu",
                "resources.limits.memory",
                "logSpecification",
                "externalPort",
                "externalHosts[9]",
                "externalHosts[0][0]",
                "externalHosts[0][1]",
                "identitySecretNames[1]",
                "externalHosts[2][0]",
            ],
        },
        OrdererNode: {
            name: "0",
            args: { externalHosts: ["a"], externalPort: 0, identitySecretName: "", ledgerSize: "" },
            paths: ["name", "externalHosts[0]", "ledgerSize", "externalPort", "identitySecretName"],
        },
        PeerNode: {
            name: "Peer.0",
            args: {
                externalHosts: ["a"],
                externalPort: 1e6,
                identitySecretName: "?",
                stateDatabase: "MySQL",
                couchDb: { image: "", size: "x", resources: { limits: { cpu: "none" } } },
                placement: { nodeSelector: { a: "b c" }, priorityClassName: "." },
                storage: { storageClassName: "_", accessMode: "RWX" },
            },
            paths: [
                "name",
                "externalHosts[0]",
                "storage.storageClassName",
                "storage.accessMode",
                "placement.priorityClassName",
                'placement.nodeSelector["a"]',
                "externalPort",
                "identitySecretName",
                "stateDatabase",
                "couchDb.image",
                "couchDb",
                "couchDb.resources.limits.cpu",
            ],
        },
    };

    for (const [component, { name, args, paths }] of Object.entries(WRONG)) {
        it(`fails for ${component} with every problem in one message`, async () => {
            const lines = await refused({
                component: component as Case["component"],
                name,
                args,
                says: /./,
            });
            assert.deepEqual(
                lines.map((line) => line.split(": ")[0]),
                paths,
            );
        });
    }
});

describe("bad CAs of one's own", function () {
    this.timeout(60_000);
    const now = new Date();
    const lifeless = new Date(now.getTime() - 100 * 24 * 60 * 60 * 1000);

    it("fails before anything is registered, with everything that is wrong with both", async () => {
        const [signing, tls] = [
            await makeCa("signing", { now }),
            await makeCa("tls", { now: lifeless, validityDays: 50 }),
        ];
        const { privateKeyPem } = await generateKey();
        const lines = await refused(
            org({ authorities: { signing: { ...signing, privateKeyPem }, tls } }, /./),
        );
        assert.match(lines[0] ?? "", /^authorities.signing.privateKeyPem: is not the key of "O=/);
        assert.match(lines[1] ?? "", /^authorities.tls.certificatePem: "O=.*" expired on /);
        assert.equal(lines.length, 2);
        assert.doesNotMatch(lines.join(), /-----/);
    });

    it("fails on a certificate although the key is not known yet", async () => {
        const tls = await makeCa("tls", { now });
        const signing = { certificatePem: "nonsense", privateKeyPem: pulumi.secret("later") };
        const lines = await refused(org({ authorities: { signing, tls } }, /./));
        assert.match(
            lines.join(),
            /^authorities.signing.certificatePem: is not a certificate in PEM/,
        );
    });

    it("fails on a chain whose length is not known yet", async () => {
        const [signing, tls] = [await makeCa("signing", { now }), await makeCa("tls", { now })];
        const chainPem = pulumi.output(signing.certificatePem);
        const lines = await refused(
            org({ authorities: { signing: { ...signing, chainPem }, tls } }, /./),
        );
        assert.match(
            lines.join(),
            /^authorities.signing.chainPem: is an output, whose value is not known yet; write the/,
        );
    });

    it("fails on a chain that does not lead to a root", async () => {
        const [signing, tls] = [await makeCa("signing", { now }), await makeCa("tls", { now })];
        const lines = await refused(
            org(
                { authorities: { signing, tls: { ...tls, chainPem: signing.certificatePem } } },
                /./,
            ),
        );
        assert.match(
            lines[0] ?? "",
            /^authorities.tls.chainPem: "O=.*signing" did not issue "O=.*tls"/,
        );
    });
});

describe("an even number of Raft nodes", () => {
    it("is made with a warning of what it tolerates", async () => {
        const log = pulumi.log as { warn: typeof pulumi.log.warn };
        const warn = log.warn;
        const warned: string[] = [];
        log.warn = async (message) => void warned.push(message);
        try {
            for (const nodes of [4, 6, 3, 5]) {
                await recordNetwork(() => new OrdererService("orderer", { org: testOrg(), nodes }));
            }
        } finally {
            log.warn = warn;
        }
        assert.deepEqual(warned, [
            "nodes: 4 Raft nodes tolerate 1 failure, the same as 3; write 3 or 5",
            "nodes: 6 Raft nodes tolerate 2 failures, the same as 5; write 5 or 7",
        ]);
    });
});

describe("good input that looks unusual", () => {
    const taken: [string, (org: FabricOrg) => unknown][] = [
        [
            "the same Secret in two namespaces",
            (org) => {
                new PeerNode("peer0", { org, identitySecretName: "given" });
                const other = testOrg({ cluster: org.cluster, mspId: "Org2MSP" }, "org2");
                return new PeerNode("peer1", { org: other, identitySecretName: "given" });
            },
        ],
        [
            "a context without a user",
            () => {
                const kubeconfig = KUBECONFIG.replace("cluster: test, user: test", "cluster: test");
                return new ExistingCluster("cluster-2", { kubeconfig });
            },
        ],
        [
            "one namespace name in two clusters",
            () => {
                const cluster = new ExistingCluster("cluster-2", { kubeconfig: KUBECONFIG });
                return new FabricOrg("other", { cluster, mspId: "Org2MSP", namespace: "org1" });
            },
        ],
        [
            "one host with two ports",
            (org) => {
                const externalHosts = ["a.example.com"];
                new PeerNode("peer0", { org, externalHosts });
                return new PeerNode("peer1", { org, externalHosts, externalPort: 443 });
            },
        ],
        [
            "images of every form",
            (org) => {
                for (const [index, image] of [
                    "busybox",
                    "couchdb:3.4.2",
                    "localhost:5000/a/b_c/d-e:1.0-rc.1",
                    `registry.example.com/x@sha256:${"0".repeat(64)}`,
                ].entries()) {
                    new PeerNode(`peer${index}`, { org, image });
                }
                return new PeerNode("later", { org, image: pulumi.output("https://known-later") });
            },
        ],
        [
            "log specifications as Fabric takes them",
            (org) => {
                for (const [index, logSpecification] of [
                    "DEBUG",
                    "warn:gossip,msp.identity.=debug:ledgermgmt=ERROR",
                    "payload",
                ].entries()) {
                    new PeerNode(`peer${index}`, { org, logSpecification });
                }
                return undefined;
            },
        ],
        [
            "an external port where only one ordering node has a host",
            (org) =>
                new OrdererService("orderer", {
                    org,
                    externalHosts: { 1: ["o.example.com"] },
                    externalPort: 443,
                }),
        ],
    ];
    for (const [what, program] of taken) {
        it(`is taken: ${what}`, async () => {
            await recordNetwork(() => program(testOrg({ cluster: testCluster() })));
        });
    }
});
