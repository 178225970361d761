import assert from "node:assert/strict";

import * as fc from "fast-check";

import {
    hostNameProblem,
    isFabricMspId,
    mspIdProblem,
    namespaceProblem,
    nodeAddress,
    nodeHosts,
    nodeNameProblem,
} from "kubefabric/internal/fabric/names";

type Check = (value: string) => string | undefined;

/** What a reason tells its reader to write. */
function instead(reason: string): string {
    const [, quoted] = /(?:; write |for example to )("(?:[^"\\]|\\.)*")$/.exec(reason) ?? [];
    assert.ok(quoted !== undefined, `"${reason}" offers nothing`);
    return JSON.parse(quoted) as string;
}

/** Text like names that people write, and text that nobody writes. */
const names = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 80 }),
    fc.string({ unit: fc.constantFrom(..."aZ09-_. /:*\"'é"), maxLength: 80 }),
    fc.string({ unit: fc.constantFrom(..."ab0-."), minLength: 40, maxLength: 80 }),
    fc.stringMatching(/^[a-z0-9]{1,60}\.(peer|admin|member)$/),
);

function offersOnlyWhatItTakes(check: Check): void {
    it("offers for everything it refuses something that it takes", () => {
        fc.assert(
            fc.property(names, (name) => {
                const reason = check(name);
                if (reason !== undefined) {
                    assert.equal(check(instead(reason)), undefined);
                }
            }),
            { numRuns: 1000 },
        );
    });
}

function refusals(check: Check, cases: [string, RegExp, string][]): void {
    for (const [value, why, better] of cases) {
        const shown = value.length > 40 ? `${value.length} characters` : JSON.stringify(value);
        it(`fails on ${shown} and offers "${better}"`, () => {
            const reason = check(value) ?? "";
            assert.match(reason, why);
            assert.ok(reason.startsWith(JSON.stringify(value)), "the value comes first");
            assert.equal(instead(reason), better);
        });
    }
}

describe("nodeNameProblem", () => {
    it("takes DNS labels that start with a letter, up to 52 characters", () => {
        for (const name of ["a", "peer0", "org1-peer0", `a${"-".repeat(50)}b`, "a".repeat(52)]) {
            assert.equal(nodeNameProblem(name), undefined);
        }
    });

    refusals(nodeNameProblem, [
        ["Peer_0", /is not a DNS label/, "peer-0"],
        ["peer.org1", /has a dot, which breaks the host names of Pods/, "peer-org1"],
        ["0rg1", /starts with a digit, and a Service's name cannot/, "node-0rg1"],
        ["-peer", /is not a DNS label/, "peer"],
        ["peer-", /is not a DNS label/, "peer"],
        ["Zürich", /is not a DNS label/, "zurich"],
        ["peer 0", /is not a DNS label/, "peer-0"],
        ["peer0\n", /is not a DNS label/, "peer0"],
        ["", /is not a DNS label/, "peer0"],
        ["a".repeat(58), /has 58 characters and the limit is 52.*shorten it by 6/, "a".repeat(52)],
    ]);

    offersOnlyWhatItTakes(nodeNameProblem);
});

describe("namespaceProblem", () => {
    it("takes DNS labels, up to 63 characters", () => {
        for (const name of ["org1", "1org", "a", "a".repeat(63)]) {
            assert.equal(namespaceProblem(name), undefined);
        }
    });

    refusals(namespaceProblem, [
        ["Org1", /is not a DNS label/, "org1"],
        ["org.1", /is not a DNS label/, "org-1"],
        ["default", /belongs to the cluster/, "org1"],
        ["kube-system", /prefix "kube-", which Kubernetes keeps/, "org-system"],
        ["a".repeat(64), /shorten it by 1/, "a".repeat(63)],
    ]);

    offersOnlyWhatItTakes(namespaceProblem);
});

describe("mspIdProblem", () => {
    it("takes what Fabric's policies and a Kubernetes label can carry", () => {
        for (const mspId of [
            "Org1MSP",
            "OrdererMSP",
            "org-1",
            "acme.example.com",
            "A".repeat(63),
        ]) {
            assert.equal(mspIdProblem(mspId), undefined);
        }
    });

    refusals(mspIdProblem, [
        ["Org1_MSP", /contains "_", which cannot be used in Fabric's policies/, "Org1MSP"],
        ["Org_1", /contains "_"/, "Org1"],
        ["my org", /contains " "/, "MyOrg"],
        ['"Org1MSP"', /contains quotation marks/, "Org1MSP"],
        ["'Org1MSP'", /contains quotation marks/, "Org1MSP"],
        ["“Org1MSP”", /contains quotation marks/, "Org1MSP"],
        ["Örg", /contains "Ö"/, "Org"],
        ["1Org", /does not start with a letter/, "Org1Org"],
        ["Org-", /does not end with a letter or digit/, "Org"],
        ["Org1.peer", /ends like a role in Fabric's policies/, "Org1"],
        ["Org1.admin.member", /ends like a role/, "Org1"],
        ["", /is empty/, "Org1MSP"],
        ["A".repeat(70), /has 70 characters and the limit is 63.*shorten it by 7/, "A".repeat(63)],
    ]);

    offersOnlyWhatItTakes(mspIdProblem);

    it("takes nothing that Fabric refuses, nor what is no label value", () => {
        fc.assert(
            fc.property(names, (mspId) => {
                if (mspIdProblem(mspId) === undefined) {
                    assert.ok(isFabricMspId(mspId));
                    assert.match(mspId, /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);
                }
            }),
        );
    });
});

describe("isFabricMspId", () => {
    it("is true of what Fabric takes, though we would not", () => {
        for (const mspId of ["1", "-", "Org1.peer", "a".repeat(249)]) {
            assert.equal(isFabricMspId(mspId), true);
        }
    });

    it("is false of what Fabric refuses", () => {
        for (const mspId of ["", ".", "..", "Org_1", "Org1\n", "a".repeat(250)]) {
            assert.equal(isFabricMspId(mspId), false);
        }
    });
});

describe("hostNameProblem", () => {
    it("takes fully qualified names and addresses", () => {
        const hosts = [
            "peer0.example.com",
            "a.b",
            "xn--bcher-kva.example",
            "10.0.0.1",
            "2001:db8::1",
        ];
        for (const host of [...hosts, "peer0.org1.svc.cluster.local", `${"a".repeat(63)}.com`]) {
            assert.equal(hostNameProblem(host), undefined);
        }
    });

    const example = "peer0.example.com";
    refusals(hostNameProblem, [
        ["peer0", /has no domain/, example],
        ["orderer1", /has no domain/, "orderer1.example.com"],
        ["peer0.example.com:7051", /has a port/, example],
        ["grpcs://peer0.example.com:7051", /is a URL/, example],
        ["Peer0.Example.com", /is not a host name/, example],
        ["peer_0.example.com", /is not a host name/, "peer-0.example.com"],
        ["peer0.example.com.", /is not a host name/, example],
        ["*.example.com", /is a pattern/, example],
        ["bücher.example", /is not a host name/, "xn--bcher-kva.example"],
        ["[2001:db8::1]:7051", /is not a host name/, "2001:db8::1"],
        ["fe80::1%eth0", /is not how an address is written/, "fe80::1"],
        ["::ffff:10.0.0.1", /is not how an address is written/, "10.0.0.1"],
        ["0.0.0.0", /is no address that can be dialed/, example],
        ["::", /is no address that can be dialed/, example],
        ["10.0.0.256", /looks like an IPv4 address and is none/, example],
        ["", /is not a host name/, example],
        [`${"a.".repeat(127)}com`, /has 257 characters, and a host name ends at 253/, example],
    ]);

    offersOnlyWhatItTakes(hostNameProblem);
});

describe("nodeAddress", () => {
    it("leaves the cluster's own domain out", () => {
        assert.equal(nodeAddress("peer0", "org1"), "peer0.org1.svc");
    });
});

describe("nodeHosts", () => {
    it("lists every name of a node once, the external ones last", () => {
        const externalHosts = ["peer0.example.com", "10.0.0.1", "localhost"];
        assert.deepEqual(nodeHosts({ name: "peer0", namespace: "org1", externalHosts }), [
            "peer0",
            "peer0.org1",
            "peer0.org1.svc",
            "peer0.org1.svc.cluster.local",
            "localhost",
            "127.0.0.1",
            "peer0.example.com",
            "10.0.0.1",
        ]);
    });

    it("includes the address under which the node is dialed", () => {
        const hosts = nodeHosts({ name: "peer0", namespace: "org1" });
        assert.ok(hosts.includes(nodeAddress("peer0", "org1")));
    });
});
