import assert from "node:assert/strict";

import { methodsAt } from "kubefabric/internal/components/resources/methods/certificate";
import {
    describe as describeCertificate,
    generateKey,
    publicKeyFingerprint,
    type CertificateAuthority,
    type KeyPair,
} from "kubefabric/internal/fabric/x509";

import { later, makeCa, NOW } from "../../fabric/authorities.ts";

/** How the engine writes a value that is not known yet. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("a certificate's renewal", () => {
    let ca: CertificateAuthority;
    let key: KeyPair;
    before(async () => {
        ca = await makeCa("ca", { validityDays: 1000 });
        key = await generateKey();
    });

    const inputs = (changed: Record<string, unknown> = {}) => ({
        profile: "tls",
        commonName: "orderer-0",
        role: "orderer",
        organization: "OrdererMSP",
        hosts: ["orderer-0.orderers.svc"],
        publicKeyPem: key.publicKeyPem,
        caCertificatePem: ca.certificatePem,
        caPrivateKeyPem: ca.privateKeyPem,
        validityDays: 90,
        ...changed,
    });
    const at = (day: number) => methodsAt(() => later(day));
    interface Made {
        certificatePem: string;
        notAfter: string;
    }
    const made = async () => (await at(0).create(inputs())).outs as Made;
    const renewed = async (day: number) =>
        (await at(day).update!("id", await made(), inputs())) as Made;
    const changesOn = async (day: number, olds: Made, news = inputs()) =>
        (await at(day).diff!(olds, news)).changes;

    it("is due from the last third of its life on, and not before", async () => {
        const olds = await made();
        assert.equal(await changesOn(0, olds), false);
        assert.equal(await changesOn(59, olds), false);
        assert.equal(await changesOn(60, olds), true);
        assert.equal(await changesOn(120, olds), true);
    });

    it("keeps the key and the names, and lives as long again", async () => {
        const olds = await made();
        const news = (await at(61).update!("id", olds, inputs())) as Made;
        assert.notEqual(news.certificatePem, olds.certificatePem);
        assert.equal(
            publicKeyFingerprint(news.certificatePem),
            publicKeyFingerprint(key.publicKeyPem),
        );
        const [old, now] = [olds, news].map((each) => describeCertificate(each.certificatePem));
        assert.equal(now!.subject, old!.subject);
        assert.equal(news.notAfter, later(151).toISOString());
        assert.equal(news.notAfter, now!.notAfter);
    });

    it("replaces nothing: the resource stays, and what depends on it is updated", async () => {
        const { replaces, deleteBeforeReplace } = await at(61).diff!(await made(), inputs());
        assert.deepEqual([replaces, deleteBeforeReplace], [undefined, undefined]);
    });

    it("is not due again right after it", async () => {
        const news = await renewed(61);
        assert.equal(await changesOn(61, news), false);
        assert.equal(await changesOn(120, news), false);
        assert.equal(await changesOn(121, news), true);
    });

    it("stops where it would gain no day: at the end of its CA", async () => {
        const last = await renewed(950);
        assert.equal(last.notAfter, later(1000).toISOString());
        assert.equal(await changesOn(999, last), false);
    });

    it("comes with every change of what the certificate says, whatever its age", async () => {
        const olds = await made();
        const otherKey = (await generateKey()).publicKeyPem;
        for (const [name, value] of Object.entries({
            commonName: "orderer-1",
            role: "peer",
            organization: "Org1MSP",
            hosts: ["orderer-0.orderers.svc", "orderer-0.example.com"],
            validityDays: 91,
            profile: "signing",
            publicKeyPem: otherKey,
            caCertificatePem: (await makeCa("other")).certificatePem,
        })) {
            assert.equal(await changesOn(0, olds, inputs({ [name]: value })), true, name);
        }
    });

    it("does not come with a key of the CA that is written another way", async () => {
        const news = inputs({ caPrivateKeyPem: `${ca.privateKeyPem}\n` });
        assert.equal(await changesOn(0, await made(), news), false);
    });

    it("is shown, not refused, while the CA is not known in a preview", async () => {
        const olds = await made();
        assert.equal(await changesOn(0, olds, inputs({ caCertificatePem: UNKNOWN })), true);
    });

    it("fails once the CA has ended, with its name and its dates", async () => {
        const olds = await made();
        await assert.rejects(
            at(1001).update!("id", olds, inputs()),
            /the CA "O=Org1MSP, CN=ca" is valid from 2027-03-01T.* to 2029-11-25T.* cannot sign at/,
        );
        assert.equal(NOW.toISOString(), "2027-03-01T12:00:00.000Z");
    });
});

describe("the names in a certificate that others were told", () => {
    const [OLD, NEW] = ["orderer-0.old.example.com", "orderer-0.new.example.com"];
    const named = (hosts: string[] | string, toldHosts?: string[]) => ({
        commonName: "orderer-0",
        hosts,
        ...(toldHosts && { toldHosts }),
    });
    const problems = (olds: object, news: object) => methodsAt(() => NOW).check!(olds, news);

    it("stay beside new ones, and may go once the new ones were told", async () => {
        assert.deepEqual(await problems({}, named([OLD], [OLD])), []);
        assert.deepEqual(await problems(named([OLD], [OLD]), named([NEW, OLD], [NEW])), []);
        assert.deepEqual(await problems(named([NEW, OLD], [NEW]), named([NEW], [NEW])), []);
    });

    it("are of no account where nobody was told any, as before this was noted", async () => {
        assert.deepEqual(await problems(named([OLD]), named([NEW], [NEW])), []);
        assert.deepEqual(await problems(named([OLD], [OLD]), named(UNKNOWN, [NEW])), []);
    });

    it("fail to go in the update in which they are told no more", async () => {
        for (const news of [named([NEW], [NEW]), named([])]) {
            const [problem, ...more] = await problems(named([OLD], [OLD]), news);
            assert.equal(problem?.property, "hosts");
            assert.match(
                problem.reason,
                /^orderer-0 would not answer to "orderer-0\.old\.example\.com" any more, .*formerDomains/,
            );
            assert.deepEqual(more, []);
        }
    });

    it("make no other certificate by being told", async () => {
        const ca = await makeCa("ca", { validityDays: 1000 });
        const { publicKeyPem } = await generateKey();
        const inputs = {
            ...named([OLD]),
            profile: "tls",
            role: "orderer",
            organization: "OrdererMSP",
            publicKeyPem,
            caCertificatePem: ca.certificatePem,
            caPrivateKeyPem: ca.privateKeyPem,
            validityDays: 90,
        };
        const at = methodsAt(() => NOW);
        const { outs } = await at.create(inputs);
        const told = { ...inputs, toldHosts: [OLD] };
        assert.equal((await at.diff!(outs, told)).changes, true);
        const after = await at.update!("id", outs, told);
        assert.equal(after.certificatePem, outs.certificatePem);
        assert.deepEqual(after.toldHosts, [OLD]);
        assert.equal((await at.diff!(after, told)).changes, false);
        const more = { ...told, hosts: [OLD, NEW] };
        const renamed = await at.update!("id", after, more);
        assert.notEqual(renamed.certificatePem, outs.certificatePem);
    });
});
