import assert from "node:assert/strict";

import { common, msp } from "@hyperledger/fabric-protos";

import { channelMsps, identityIn } from "kubefabric/internal/fabric/channelIdentities";
import { configTree } from "kubefabric/internal/fabric/configTree";
import { computeUpdate } from "kubefabric/internal/fabric/configUpdate";
import { channelGroup, subgroup } from "kubefabric/internal/fabric/configValues";
import type { Role } from "kubefabric/internal/fabric/identities";
import { anyOf, implicitMeta } from "kubefabric/internal/fabric/policies";
import {
    type Need,
    needInWords,
    needOf,
    orgsInNeed,
    policyNeed,
    policyVerdicts,
} from "kubefabric/internal/fabric/policyEvaluation";
import { type Signer, identityBytes } from "kubefabric/internal/fabric/signing";

import { makeCa, OpenSsl } from "./authorities.ts";
import { channelOf, revocationList, type SigningOrg, signingOrgs } from "./signingOrgs.ts";

/** A rule over signatures: the number of an identity, or so many of some rules. */
type Rule = number | { n: number; of: Rule[] };

const outOf = (n: number, ...of: Rule[]): Rule => ({ n, of });
const and = (...of: Rule[]): Rule => outOf(of.length, ...of);
const or = (...of: Rule[]): Rule => outOf(1, ...of);

describe("who still has to sign", () => {
    let orgs: SigningOrg[];
    /** Administrators of the organizations: 0 orders, 1 to 3 have peers; `b` is a second one. */
    const signers: Record<string, Signer> = {};
    let config: common.Config;

    before(async () => {
        orgs = await signingOrgs();
        for (const [index, org] of orgs.entries()) {
            signers[index] = await org.signer();
            signers[`${index}b`] = await org.signer("admin", "another");
            for (const role of ["client", "peer", "orderer"] as const) {
                signers[`${index} ${role}`] = await org.signer(role);
            }
        }
        config = new common.Config();
        config.setChannelGroup(configTree(channelOf(orgs)));
    });

    /** What a policy of the channel says to some signers. */
    function said(policy: common.Policy | string, names: string[]): string {
        const path = "/Channel/Application/Org1MSP/Tested";
        const copy = config.cloneMessage();
        if (typeof policy !== "string") {
            setPolicy(subgroup(channelGroup(copy), "Application", "Org1MSP"), "Tested", policy);
        }
        const by = names.map((name) => signers[name]!);
        return words(policyNeed(copy, typeof policy === "string" ? policy : path, by));
    }

    function words(need: Need | undefined): string {
        return need === undefined ? "satisfied" : needInWords(need);
    }

    /** Policies over signatures of administrators, and what they say, after Fabric's own tests. */
    const SIGNATURES: [Rule, [names: string, says: string][]][] = [
        [
            or(0, 1),
            [
                ["", "1 more of: OrdererMSP admin, Org1MSP admin"],
                ["0", "satisfied"],
                ["1", "satisfied"],
                ["2", "1 more of: OrdererMSP admin, Org1MSP admin"],
            ],
        ],
        [
            and(0, 1),
            [
                ["", "OrdererMSP admin and Org1MSP admin"],
                ["0", "Org1MSP admin"],
                ["1,1", "OrdererMSP admin"],
                ["0,1", "satisfied"],
                ["1,0", "satisfied"],
            ],
        ],
        // Two places for one kind of signer: one identity does not fill both, however often it signs.
        [
            and(1, 1),
            [
                ["1", "Org1MSP admin"],
                ["1,1,1", "Org1MSP admin"],
                ["1,1b", "satisfied"],
            ],
        ],
        [
            outOf(2, 1, 2, 3),
            [
                ["", "2 more of: Org1MSP admin, Org2MSP admin, Org3MSP admin"],
                ["2", "1 more of: Org1MSP admin, Org3MSP admin"],
                ["3,1", "satisfied"],
                ["0,1", "1 more of: Org2MSP admin, Org3MSP admin"],
            ],
        ],
        [
            or(and(0, 1), and(2, 3)),
            [
                ["0,2", "1 more of: Org1MSP admin, Org3MSP admin"],
                ["0,1", "satisfied"],
                ["3,2", "satisfied"],
                [
                    "",
                    "1 more of: (OrdererMSP admin and Org1MSP admin), (Org2MSP admin and Org3MSP admin)",
                ],
            ],
        ],
        // A signature is used up by the first rule that it satisfies, and not by one that fails.
        [
            and(or(0, 1), 0),
            [
                ["0", "OrdererMSP admin"],
                ["0,1", "OrdererMSP admin"],
                ["0,0b", "satisfied"],
            ],
        ],
        [and(outOf(0, and(0, 1)), 0), [["0", "satisfied"]]],
        [or(and(0, 1), 0), [["0", "satisfied"]]],
        [outOf(0, 0), [["", "satisfied"]]],
        [
            outOf(3, 0, 1),
            [["0,1", "what nobody can give: 1 more are needed of 0: there are fewer who may sign"]],
        ],
        [
            or(9),
            [["0", "what nobody can give: 1 more are needed of 0: a policy has no identity 9"]],
        ],
        [
            or(9, 1),
            [
                ["1", "satisfied"],
                ["", "Org1MSP admin"],
            ],
        ],
    ];
    for (const [rule, table] of SIGNATURES) {
        it(`is what Fabric finds for ${JSON.stringify(rule)}`, () => {
            for (const [names, says] of table) {
                const policy = signaturePolicy(
                    rule,
                    orgs.map(({ mspId }) => rolePrincipal(mspId, "admin")),
                );
                assert.equal(said(policy, list(names)), says, `signed by ${names}`);
            }
        });
    }

    it("is told by role: an administrator is a member and no client", () => {
        const roles: (Role | "member")[] = ["member", "admin", "client", "peer", "orderer"];
        for (const wanted of roles) {
            for (const has of roles.slice(1)) {
                const name = has === "admin" ? "1" : `1 ${has}`;
                const met = wanted === has || wanted === "member";
                const says = met ? "satisfied" : `Org1MSP ${wanted}`;
                assert.equal(said(anyOf("Org1MSP", wanted), [name]), says, `${has} as ${wanted}`);
            }
        }
        assert.equal(said(anyOf("Org1MSP", "member"), ["2"]), "Org1MSP member");
    });

    it("is one identity where the policy names it, as SmartBFT's does", () => {
        const identity = new msp.MSPPrincipal();
        identity.setPrincipalClassification(msp.MSPPrincipal.Classification.IDENTITY);
        identity.setPrincipal(identityBytes("Org1MSP", signers["1"]!.certificatePem));
        const policy = signaturePolicy(or(0), [identity]);
        assert.equal(said(policy, ["1"]), "satisfied");
        assert.equal(said(policy, ["1b"]), 'Org1MSP "O=Org1MSP, OU=admin, CN=admin"');
        identity.setPrincipal(identityBytes("Org1MSP", "no certificate"));
        assert.match(
            said(signaturePolicy(or(0), [identity]), ["1"]),
            /identity of Org1MSP that is no/,
        );
    });

    it("is an organizational unit where the policy names one", () => {
        const unit = new msp.OrganizationUnit();
        unit.setMspIdentifier("Org1MSP");
        unit.setOrganizationalUnitIdentifier("client");
        const principal = new msp.MSPPrincipal();
        principal.setPrincipalClassification(msp.MSPPrincipal.Classification.ORGANIZATION_UNIT);
        principal.setPrincipal(unit.serializeBinary());
        const policy = signaturePolicy(or(0), [principal]);
        assert.equal(said(policy, ["1 client"]), "satisfied");
        assert.equal(said(policy, ["2 client", "1"]), 'Org1MSP member of "client"');
    });

    it("fails for a kind of signer that is not known", () => {
        const principal = new msp.MSPPrincipal();
        principal.setPrincipalClassification(msp.MSPPrincipal.Classification.COMBINED);
        const policy = signaturePolicy(or(0), [principal]);
        assert.match(said(policy, ["1"]), /^what nobody can give: .*kind of signer/);
    });

    /** How many of three organizations a rule wants, after Fabric's own tests. */
    const META = [
        ["ANY", 1],
        ["MAJORITY", 2],
        ["ALL", 3],
    ] as const;
    for (const [rule, wanted] of META) {
        it(`is ${wanted} of 3 organizations for ${rule}`, () => {
            const copy = config.cloneMessage();
            const application = subgroup(channelGroup(copy), "Application");
            setPolicy(application, "Tested", implicitMeta(rule, "Admins"));
            const path = "/Channel/Application/Tested";
            for (const names of ["", "1", "1,1b", "1,3", "3,2,1", "0", "1 client"]) {
                const by = list(names);
                const met = new Set(by.filter((name) => /^[123]b?$/.test(name)).map((n) => n[0]));
                const others = ["1", "2", "3"].filter((number) => !met.has(number));
                const admins = others.map((number) => `Org${number}MSP admin`);
                const open = wanted - met.size;
                const says =
                    open <= 0
                        ? "satisfied"
                        : open === admins.length
                          ? admins.join(" and ")
                          : `${open} more of: ${admins.join(", ")}`;
                const need = policyNeed(
                    copy,
                    path,
                    by.map((name) => signers[name]!),
                );
                assert.equal(words(need), says, names);
            }
        });
    }

    it("is a majority of the groups for the channel's own administrators", () => {
        const says = (names: string) => said("/Channel/Admins", list(names));
        assert.equal(
            says(""),
            "(2 more of: Org1MSP admin, Org2MSP admin, Org3MSP admin) and OrdererMSP admin",
        );
        assert.equal(says("1,2"), "OrdererMSP admin");
        assert.equal(says("0,1"), "1 more of: Org2MSP admin, Org3MSP admin");
        assert.equal(says("0,1,3"), "satisfied");
    });

    it("is nobody over no group, and everybody is shut out by a policy that is missing", () => {
        const copy = config.cloneMessage();
        const application = subgroup(channelGroup(copy), "Application");
        for (const rule of ["ANY", "ALL", "MAJORITY"] as const) {
            setPolicy(subgroup(application, "Org1MSP"), "Tested", implicitMeta(rule, "Admins"));
            assert.equal(policyNeed(copy, "/Channel/Application/Org1MSP/Tested", []), undefined);
        }
        setPolicy(application, "Tested", implicitMeta("ALL", "Nothing"));
        const need = policyNeed(copy, "/Channel/Application/Tested", [signers["1"]!]);
        assert.match(
            words(need),
            /nobody can give: 3 more .*no policy \/Channel\/Application\/Org1MSP\/Nothing/,
        );
        setPolicy(application, "Tested", implicitMeta("MAJORITY", "Admins"));
        subgroup(application, "Org1MSP").getPoliciesMap().del("Admins");
        const rest = policyNeed(copy, "/Channel/Application/Tested", [signers["1"]!]);
        assert.equal(words(rest), "Org2MSP admin and Org3MSP admin");
        for (const path of ["/Channel/Nowhere/Admins", "/Other/Admins", "/Channel/Nothing"]) {
            assert.equal(
                words(policyNeed(copy, path, [])),
                `what nobody can give: there is no policy ${path}`,
            );
        }
        const odd = new common.Policy();
        odd.setType(99);
        assert.match(said(odd, ["1"]), /kind that Fabric does not know/);
    });

    describe("to an update", () => {
        it("depends on what it touches: each with the policy of its place", () => {
            const verdicts = (change: Parameters<typeof channelOf>[1], names: string) =>
                policyVerdicts(
                    config,
                    update(change),
                    list(names).map((name) => signers[name]!),
                ).map(({ need, ...verdict }) => ({ ...verdict, need: words(need) }));
            assert.deepEqual(
                verdicts(({ settings }) => (settings.batchTimeout = "1s"), ""),
                [
                    {
                        policy: "/Channel/Orderer/Admins",
                        elements: ["/Channel/Orderer/BatchTimeout"],
                        need: "OrdererMSP admin",
                    },
                ],
            );
            assert.deepEqual(
                verdicts(({ application }) => {
                    application[0]!.anchorPeers = [{ host: "peer0.org1.svc", port: 7051 }];
                }, "1"),
                [
                    {
                        policy: "/Channel/Application/Org1MSP/Admins",
                        elements: ["/Channel/Application/Org1MSP"],
                        need: "satisfied",
                    },
                ],
            );
            assert.deepEqual(
                verdicts((channel) => {
                    channel.settings.maxMessageCount = 7;
                    channel.application.push({ ...channel.application[0]!, mspId: "Org4MSP" });
                }, "2"),
                [
                    {
                        policy: "/Channel/Application/Admins",
                        elements: ["/Channel/Application"],
                        need: "1 more of: Org1MSP admin, Org3MSP admin",
                    },
                    {
                        policy: "/Channel/Orderer/Admins",
                        elements: ["/Channel/Orderer/BatchSize"],
                        need: "OrdererMSP admin",
                    },
                ],
            );
        });

        it("is all of it in one sentence, and the organizations to ask", () => {
            const made = update((channel) => {
                channel.settings.maxMessageCount = 7;
                channel.capabilities.application = "V2_0";
            });
            const need = needOf(policyVerdicts(config, made, [signers["2"]!]));
            assert.equal(
                words(need),
                "(1 more of: Org1MSP admin, Org3MSP admin) and OrdererMSP admin",
            );
            assert.deepEqual(orgsInNeed(need), ["OrdererMSP", "Org1MSP", "Org3MSP"]);
            const by = [signers["0"]!, signers["1"]!, signers["2"]!];
            assert.equal(needOf(policyVerdicts(config, made, by)), undefined);
            assert.deepEqual(orgsInNeed(undefined), []);
        });

        it("follows a mod policy with a path of its own", () => {
            const copy = config.cloneMessage();
            const size = subgroup(channelGroup(copy), "Orderer").getValuesMap().get("BatchSize")!;
            size.setModPolicy("/Channel/Application/Org3MSP/Admins");
            const changed = copy.cloneMessage();
            subgroup(channelGroup(changed), "Orderer")
                .getValuesMap()
                .get("BatchSize")!
                .setValue(new Uint8Array(1));
            const [verdict] = policyVerdicts(copy, computeUpdate("c", copy, changed), []);
            assert.equal(verdict?.policy, "/Channel/Application/Org3MSP/Admins");
            assert.equal(words(verdict?.need), "Org3MSP admin");
        });
    });

    describe("among those whom the channel knows", () => {
        const fault = (signer: { mspId: string; certificatePem: string }, of = config) => {
            const found = identityIn(channelMsps(of), signer);
            return "fault" in found ? found.fault : `${found.mspId} ${found.role}`;
        };

        it("tells an identity with its role", () => {
            assert.equal(fault(signers["1"]!), "Org1MSP admin");
            assert.equal(fault(signers["2 peer"]!), "Org2MSP peer");
        });

        it("fails for one of an organization that is not in the channel", () => {
            assert.equal(
                fault({ ...signers["1"]!, mspId: "Org9MSP" }),
                "is of Org9MSP, which is not in the channel (OrdererMSP, Org1MSP, Org2MSP, Org3MSP)",
            );
        });

        it("fails for one of another CA, for a CA, and for what is no certificate", () => {
            const certificatePem = signers["2"]!.certificatePem;
            assert.match(
                fault({ mspId: "Org1MSP", certificatePem }),
                /none of the CAs of Org1MSP issued/,
            );
            assert.match(
                fault({ mspId: "Org1MSP", certificatePem: orgs[1]!.ca.certificatePem }),
                /has the certificate of a CA/,
            );
            assert.equal(
                fault({ mspId: "Org1MSP", certificatePem: "x" }),
                "has no certificate in PEM",
            );
        });

        it("counts nobody whom it does not know", () => {
            const stranger = { ...signers["2"]!, mspId: "Org1MSP" };
            assert.equal(
                words(policyNeed(config, "/Channel/Application/Org1MSP/Admins", [stranger])),
                "Org1MSP admin",
            );
        });

        it("fails for a certificate without a role, or whose unit names none", () => {
            const copy = config.cloneMessage();
            editMsp(copy, "Org1MSP", (fabric) => {
                fabric
                    .getFabricNodeOus()
                    ?.getAdminOuIdentifier()
                    ?.setOrganizationalUnitIdentifier("boss");
            });
            assert.match(fault(signers["1"]!, copy), /must have exactly one role .* and has none/);
            editMsp(copy, "Org1MSP", (fabric) => {
                fabric
                    .getFabricNodeOus()
                    ?.getAdminOuIdentifier()
                    ?.setOrganizationalUnitIdentifier("peer");
            });
            assert.match(fault(signers["1 peer"]!, copy), /has peer and admin/);
        });

        it("holds a unit to the CA that is named with it", () => {
            const copy = config.cloneMessage();
            const ca = (pem: string) =>
                editMsp(copy, "Org1MSP", (fabric) => {
                    fabric
                        .getFabricNodeOus()
                        ?.getAdminOuIdentifier()
                        ?.setCertificate(Buffer.from(pem));
                });
            ca(orgs[1]!.ca.certificatePem);
            assert.equal(fault(signers["1"]!, copy), "Org1MSP admin");
            ca(orgs[2]!.ca.certificatePem);
            assert.match(fault(signers["1"]!, copy), /has none/);
        });

        it("knows administrators by their certificates where the MSP has no units", () => {
            const copy = config.cloneMessage();
            editMsp(copy, "Org1MSP", (fabric) => {
                fabric.setFabricNodeOus(undefined);
                fabric.addAdmins(Buffer.from(signers["1b"]!.certificatePem));
            });
            assert.equal(fault(signers["1b"]!, copy), "Org1MSP admin");
            assert.equal(fault(signers["1"]!, copy), "Org1MSP undefined");
            const path = "/Channel/Application/Org1MSP/Admins";
            assert.equal(words(policyNeed(copy, path, [signers["1"]!])), "Org1MSP admin");
            assert.equal(policyNeed(copy, path, [signers["1b"]!]), undefined);
        });

        it("fails for one that was revoked, and by its own CA only", async function () {
            if (!OpenSsl.isThere()) {
                this.skip();
            }
            const copy = config.cloneMessage();
            const revoke = (list: string) =>
                editMsp(copy, "Org1MSP", (fabric) => {
                    fabric.setRevocationListList([Buffer.from(list)]);
                });
            const { certificatePem } = signers["1"]!;
            revoke(revocationList(orgs[1]!.ca, signers["1b"]!.certificatePem));
            assert.equal(fault(signers["1"]!, copy), "Org1MSP admin");
            assert.match(fault(signers["1b"]!, copy), /which Org1MSP revoked/);
            revoke(revocationList(orgs[1]!.ca, signers["1b"]!.certificatePem, certificatePem));
            assert.match(fault(signers["1"]!, copy), /which Org1MSP revoked/);
            revoke(revocationList(orgs[2]!.ca, certificatePem));
            assert.equal(fault(signers["1"]!, copy), "Org1MSP admin");
            // A list in the name of the CA, by another key.
            const namesake = await makeCa(`ca.${orgs[1]!.mspId}`);
            revoke(revocationList(namesake, certificatePem));
            assert.equal(fault(signers["1"]!, copy), "Org1MSP admin");
        });

        it("fails for one that a root with intermediates below it issued", function () {
            if (!OpenSsl.isThere()) {
                this.skip();
            }
            const openssl = new OpenSsl();
            const intermediate = openssl.issued(
                orgs[1]!.ca,
                "/O=Org1MSP/CN=below",
                "basicConstraints = critical,CA:true",
                "keyUsage = keyCertSign,cRLSign",
                "subjectKeyIdentifier = hash",
                "authorityKeyIdentifier = keyid",
            );
            openssl.remove();
            const copy = config.cloneMessage();
            editMsp(copy, "Org1MSP", (fabric) => {
                fabric.setIntermediateCertsList([Buffer.from(intermediate.certificatePem)]);
            });
            assert.match(fault(signers["1"]!, copy), /a CA of Org1MSP with others below it/);
        });
    });

    function update(change: Parameters<typeof channelOf>[1]): common.ConfigUpdate {
        const updated = new common.Config();
        updated.setChannelGroup(configTree(channelOf(orgs, change)));
        return computeUpdate("raft-channel", config, updated);
    }
});

function list(names: string): string[] {
    return names === "" ? [] : names.split(",");
}

function setPolicy(group: common.ConfigGroup, name: string, policy: common.Policy): void {
    const element = new common.ConfigPolicy();
    element.setModPolicy("Admins");
    element.setPolicy(policy);
    group.getPoliciesMap().set(name, element);
}

function signaturePolicy(rule: Rule, identities: msp.MSPPrincipal[]): common.Policy {
    const envelope = new common.SignaturePolicyEnvelope();
    envelope.setRule(ruleOf(rule));
    envelope.setIdentitiesList(identities);
    const policy = new common.Policy();
    policy.setType(common.Policy.PolicyType.SIGNATURE);
    policy.setValue(envelope.serializeBinary());
    return policy;
}

function ruleOf(rule: Rule): common.SignaturePolicy {
    const made = new common.SignaturePolicy();
    if (typeof rule === "number") {
        made.setSignedBy(rule);
    } else {
        const choice = new common.SignaturePolicy.NOutOf();
        choice.setN(rule.n);
        choice.setRulesList(rule.of.map(ruleOf));
        made.setNOutOf(choice);
    }
    return made;
}

function rolePrincipal(mspId: string, name: Role): msp.MSPPrincipal {
    const role = new msp.MSPRole();
    role.setMspIdentifier(mspId);
    role.setRole(
        msp.MSPRole.MSPRoleType[name.toUpperCase() as keyof typeof msp.MSPRole.MSPRoleType],
    );
    const principal = new msp.MSPPrincipal();
    principal.setPrincipalClassification(msp.MSPPrincipal.Classification.ROLE);
    principal.setPrincipal(role.serializeBinary());
    return principal;
}

/** Changes the MSP of an organization with peers. */
function editMsp(
    config: common.Config,
    mspId: string,
    edit: (fabric: msp.FabricMSPConfig) => void,
): void {
    const value = subgroup(channelGroup(config), "Application", mspId).getValuesMap().get("MSP")!;
    const outer = msp.MSPConfig.deserializeBinary(value.getValue_asU8());
    const fabric = msp.FabricMSPConfig.deserializeBinary(outer.getConfig_asU8());
    edit(fabric);
    outer.setConfig(fabric.serializeBinary());
    value.setValue(outer.serializeBinary());
}
