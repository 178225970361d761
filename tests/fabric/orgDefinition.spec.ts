import assert from "node:assert/strict";

import type { OrgDefinition } from "kubefabric/internal/fabric/msp";
import { parseOrgDefinition, readOrgDefinition } from "kubefabric/internal/fabric/orgDefinition";
import type { CertificateAuthority } from "kubefabric/internal/fabric/x509";

import { DAY, later, makeCa, makeCertificate, NOW, OpenSsl } from "./authorities.ts";

type Change = Record<string, unknown>;

describe("parseOrgDefinition", () => {
    let ca: CertificateAuthority;
    let tls: CertificateAuthority;
    let definition: OrgDefinition;

    before(async () => {
        ca = await makeCa("Org1MSP signing CA");
        tls = await makeCa("Org1MSP TLS CA");
        definition = {
            version: 1,
            mspId: "Org1MSP",
            signingCaPem: ca.certificatePem,
            tlsCaPem: tls.certificatePem,
            nodeOUs: true,
            ordererEndpoints: ["orderer0.org1.svc:7050", "10.0.0.1:7050", "[2001:db8::1]:7050"],
            anchorPeers: [{ host: "peer0.org1.example.com", port: 7051 }],
            consenters: [await consenter("orderer0")],
        };
    });

    async function consenter(host: string, hosts = [host]) {
        const tlsCertificatePem = await makeCertificate({ ca: tls, profile: "tls", hosts });
        return { host, port: 7050, tlsCertificatePem };
    }

    function withChange(change: Change): string {
        return JSON.stringify({ ...definition, ...change });
    }

    const parse = (text: string, now = NOW) => parseOrgDefinition(text, now);

    /** The lines below the title of a refusal. */
    function refusal(text: string, now = NOW): string[] {
        try {
            parse(text, now);
        } catch (error) {
            const [title, ...lines] = (error as Error).message.split("\n");
            assert.equal(title, "organization definition is not valid");
            for (const line of lines) {
                assert.match(line, /^ {2}\S+: \S/);
                assert.doesNotMatch(line, /undefined|NaN|\[object|-----|\.$/);
            }
            return lines.map((line) => line.trim());
        }
        return assert.fail("nothing was refused");
    }

    it("gives back what another stack wrote", () => {
        assert.deepEqual(parse(JSON.stringify(definition)), definition);
        assert.deepEqual(readOrgDefinition(definition), { definition, problems: [] });
    });

    it("takes a CA below the root, and refuses one that leads to no root", () => {
        const openssl = new OpenSsl();
        const wanted = ["basicConstraints=critical,CA:TRUE", "subjectKeyIdentifier=hash"];
        const below = openssl.issued(ca, "/CN=below", ...wanted);
        const stray = openssl.issued(below, "/CN=stray", ...wanted);
        openssl.remove();
        const taken = withChange({ signingIntermediatesPem: [below.certificatePem] });
        const { definition: read } = readOrgDefinition(taken);
        assert.deepEqual(read?.signingIntermediatesPem, [below.certificatePem]);
        const cut = withChange({ signingIntermediatesPem: [stray.certificatePem] });
        const { problems } = readOrgDefinition(cut);
        assert.deepEqual(
            problems.map(({ path, reason }) => `${path}: ${reason}`),
            [
                'signingIntermediatesPem[0]: "CN=stray" does not lead to signingCaPem; add the CAs ' +
                    "between them",
            ],
        );
        const inTheRootsPlace = withChange({ signingCaPem: below.certificatePem });
        assert.match(refusal(inTheRootsPlace)[0]!, /^signingCaPem: "CN=below" is no root/);
    });

    it("takes a consenter with its enrollment certificate, which SmartBFT needs", async () => {
        const identityCertificatePem = await makeCertificate({ ca, role: "orderer" });
        const consenters = [{ ...definition.consenters[0], identityCertificatePem }];
        assert.deepEqual(parse(withChange({ consenters })).consenters, consenters);
    });

    it("fails on an enrollment certificate that is none, or of another CA", async () => {
        const other = await makeCa("another CA");
        for (const [identityCertificatePem, expected] of [
            ["nonsense", /is not one certificate of a node in PEM but text without a BEGIN line/],
            [null, /is not one certificate of a node in PEM but null/],
            ["", /is not one certificate of a node in PEM but an empty text/],
            [await makeCertificate({ ca: other }), /was not issued by the signing CA of "Org1MSP"/],
        ] as const) {
            const consenters = [{ ...definition.consenters[0], identityCertificatePem }];
            const [line, ...more] = refusal(withChange({ consenters }));
            assert.match(line!, expected);
            assert.match(line!, /^consenters\[0\]\.identityCertificatePem: /);
            assert.deepEqual(more, []);
        }
    });

    it("fails on a consenter that is of no TLS CA of it, or not at the host that it names", async () => {
        const other = await makeCa("another CA");
        const foreign = await makeCertificate({ ca: other, profile: "tls", hosts: ["orderer1"] });
        const consenters = [
            await consenter("orderer0", ["orderer9"]),
            { host: "orderer1", port: 7050, tlsCertificatePem: foreign },
        ];
        const lines = refusal(withChange({ consenters }));
        assert.match(
            lines[0]!,
            /^consenters\[0\]\.tlsCertificatePem: .* does not speak for "orderer0"/,
        );
        assert.match(lines[1]!, /^consenters\[1\]\.tlsCertificatePem: .* not issued by the TLS CA/);
        assert.equal(lines.length, 2);
    });

    it("fails on two consenters of one address or one key", async () => {
        const first = await consenter("orderer0", ["orderer0", "orderer1"]);
        const again = withChange({ consenters: [first, { ...first, host: "orderer1" }] });
        assert.match(refusal(again).join(), /consenters\[1\]\.tlsCertificatePem: has the key of/);
        const twice = withChange({ consenters: [first, await consenter("orderer0")] });
        assert.match(refusal(twice).join(), /consenters\[1\]: "orderer0:7050" is the address of/);
    });

    it("fails on two CAs in one text, of which Fabric would drop the second", async () => {
        const other = await makeCa("another CA");
        const signingCaPem = `${ca.certificatePem}${other.certificatePem}`;
        assert.deepEqual(refusal(withChange({ signingCaPem })), [
            "signingCaPem: is not the certificate of one CA in PEM but 2 certificates in one text; " +
                "take the definition over from the organization unchanged",
        ]);
    });

    it("fails on a certificate that was cut or has a letter changed", () => {
        const lines = ca.certificatePem.split("\n");
        const cut = [...lines.slice(0, 3), ...lines.slice(-2)].join("\n");
        const open = lines.slice(0, -2).join("\n");
        for (const signingCaPem of [cut, open, `Issuer: x\n${ca.certificatePem}`]) {
            const [line] = refusal(withChange({ signingCaPem }));
            assert.match(line!, /^signingCaPem: .* but one that was cut or changed; take/);
        }
        const middle = lines[4]!;
        const other = middle.startsWith("A") ? "B" : "A";
        const changed = ca.certificatePem.replace(middle, other + middle.slice(1));
        assert.match(refusal(withChange({ signingCaPem: changed }))[0]!, /^signingCaPem: /);
    });

    it("fails on a certificate longer than any", () => {
        const signingCaPem = ca.certificatePem + "\n".repeat(16_384);
        assert.match(
            refusal(withChange({ signingCaPem }))[0]!,
            /^signingCaPem: .* but text of \d+ characters, more than 16384;/,
        );
    });

    it("fails on CAs that have ended or not begun, with the time and both at once", () => {
        const text = JSON.stringify(definition);
        assert.deepEqual(parse(text, later(3649)), definition);
        assert.deepEqual(refusal(text, later(3651)), [
            'signingCaPem: "O=Org1MSP, CN=Org1MSP signing CA" expired on 2037-02-26T12:00:00.000Z; ' +
                "ask Org1MSP for a newer definition",
            'tlsCaPem: "O=Org1MSP, CN=Org1MSP TLS CA" expired on 2037-02-26T12:00:00.000Z; ask ' +
                "Org1MSP for a newer definition",
        ]);
        const early = new Date(NOW.getTime() - DAY);
        assert.match(
            refusal(text, early)[0]!,
            /^signingCaPem: .* is not valid before 2027-03-01T11:55:00.000Z; check the clock of this machine \(2027-02-28T12:00:00.000Z\)/,
        );
        assert.deepEqual(readOrgDefinition(text).problems, [], "what was right stays right");
    });

    it("takes an MSP ID that Fabric takes, though we would not choose it", () => {
        assert.equal(parse(withChange({ mspId: "1.peer" })).mspId, "1.peer");
    });

    const wrong: [Change, string][] = [
        [
            { version: 2 },
            "version: 2 is not a version known here; known is 1, so use a newer kubefabric, or ask " +
                "for the definition in that version",
        ],
        [{ version: undefined }, "version: nothing is not a version known here; known is 1"],
        [{ version: "1" }, 'version: "1" is not a version known here; known is 1'],
        [{ mspId: "Org_1" }, 'mspId: "Org_1" is not an MSP ID; write letters, digits, "." and "-"'],
        [
            { signingCaPem: "nonsense" },
            "signingCaPem: is not the certificate of one CA in PEM but text without a BEGIN line; " +
                "take the definition over from the organization unchanged",
        ],
        [
            { tlsCaPem: undefined },
            "tlsCaPem: is missing; take the definition over from the organization unchanged",
        ],
        [{ nodeOUs: false }, "nodeOUs: false is not true, and only that is supported"],
        [
            { ordererEndpoints: "orderer0:7050" },
            "ordererEndpoints: a string is not a list; write [] where it has none",
        ],
        ...["orderer0", "a:0", "a:65536", "2001:db8::1:7050", "[orderer0]:7050", "0.0.0.0:1"].map(
            (endpoint): [Change, string] => [
                { ordererEndpoints: ["a:1", endpoint] },
                `ordererEndpoints[1]: "${endpoint}" is not "host:port"; write a host and a port ` +
                    "that can be dialed",
            ],
        ),
        [
            { ordererEndpoints: Array(101).fill("a:1") },
            "ordererEndpoints: has 101 entries and the limit is 100",
        ],
        [
            { anchorPeers: [{ host: "peer0", port: "7051" }] },
            'anchorPeers[0].port: "7051" is not a TCP port; write a number from 1 to 65535',
        ],
        [
            { anchorPeers: [{ host: "Peer_0", port: 7051 }] },
            'anchorPeers[0].host: "Peer_0" is not a host; write a DNS name in lower-case letters or ' +
                "an IP address",
        ],
        [{ anchorPeers: ["peer0:7051"] }, "anchorPeers[0]: is not { host, port }"],
        [
            { anchorPeers: [{ host: "peer0", port: 7051, tls: true }] },
            'anchorPeers[0]: has the field "tls", which version 1 does not know; take it away',
        ],
        [
            { consenters: [{ host: "a", port: 1 }] },
            "consenters[0].tlsCertificatePem: is missing; take the definition over from the " +
                "organization unchanged",
        ],
        [{ consenters: null }, "consenters: null is not a list; write [] where it has none"],
        [
            { anchorpeers: [] },
            '(whole): has the field "anchorpeers", which version 1 does not know; take it away',
        ],
        [
            { tlsIntermediatesPem: ["x"] },
            "tlsIntermediatesPem[0]: is not the certificate of one CA in PEM but text without a " +
                "BEGIN line; take the definition over from the organization unchanged",
        ],
        [
            { formerSigningCasPem: ["x"] },
            "formerSigningCasPem[0]: is not the certificate of one CA in PEM but text without a " +
                "BEGIN line; take the definition over from the organization unchanged",
        ],
        [
            { formerTlsCasPem: "x" },
            "formerTlsCasPem: a string is not a list; write [] where it has none",
        ],
        [
            { revocationListsPem: ["x"] },
            "revocationListsPem[0]: is not one revocation list (CRL) in PEM of at most 262144 " +
                "characters; take the definition over from the organization unchanged",
        ],
    ];
    for (const [change, line] of wrong) {
        it(`fails on ${JSON.stringify(change).slice(0, 80)}`, () => {
            assert.deepEqual(refusal(withChange(change)), [line]);
        });
    }

    it("fails on a leaf certificate in the place of a CA, and says whose it is", async () => {
        const leaf = await makeCertificate({ ca });
        assert.match(
            refusal(withChange({ tlsCaPem: leaf }))[0]!,
            /^tlsCaPem: is not the certificate of one CA in PEM but that of "O=Org1MSP, OU=peer, CN=peer0", which is no CA;/,
        );
    });

    it("fails with all problems at once", () => {
        const lines = refusal(withChange({ mspId: "", nodeOUs: false, consenters: [{}] }));
        assert.deepEqual(
            lines.map((line) => line.split(": ")[0]),
            [
                "mspId",
                "nodeOUs",
                "consenters[0].host",
                "consenters[0].port",
                "consenters[0].tlsCertificatePem",
            ],
        );
    });

    it("fails on a private key anywhere in it, without repeating it", () => {
        for (const text of [
            withChange({ note: ca.privateKeyPem }),
            withChange({ signingCaPem: `${ca.certificatePem}${ca.privateKeyPem}` }),
        ]) {
            assert.match(refusal(text)[0]!, /^\(whole\): contains a private key/);
        }
        const { problems } = readOrgDefinition({ ...definition, note: [ca.privateKeyPem] });
        assert.match(problems[0]!.reason, /contains a private key/);
    });

    it("fails on text that is no JSON, too long, and on JSON that is no object", () => {
        assert.match(refusal("{")[0]!, /^\(whole\): is not JSON/);
        const long = withChange({}) + " ".repeat(1024 * 1024);
        assert.match(refusal(long)[0]!, /^\(whole\): has \d+ characters and the limit is 1048576/);
        for (const text of ["null", "[]", "1"]) {
            assert.match(refusal(text)[0]!, /^\(whole\): is not an object/);
        }
    });

    it("quotes of a wrong value no more than its beginning", () => {
        const [line] = refusal(withChange({ mspId: "x_".repeat(10_000) }));
        assert.ok(line!.length < 200, line);
    });

    it("fails on what a program passes by mistake, without an error of its own", () => {
        for (const source of [undefined, null, 7, [], () => 1]) {
            assert.match(readOrgDefinition(source).problems[0]!.reason, /is not an object/);
        }
    });
});
