import { lifeOfCa } from "../../../fabric/identities";
import { describe, issueCa, publicKeyFingerprint } from "../../../fabric/x509";
import type { Methods, Properties } from "../remoteResource";
import { isUnknown } from "./dispatch";
import { recovered, recoveryDue, refuseForeignKey } from "./recovered";

async function certificateFrom({ recovery, ...args }: Properties): Promise<Properties> {
    const found = await recovered(recovery);
    const certificatePem =
        found ??
        (await issueCa({
            commonName: args.commonName,
            organization: args.organization,
            privateKeyPem: args.privateKeyPem,
            validityDays: args.validityDays,
            now: new Date(),
        }));
    refuseForeignKey(certificatePem, args.privateKeyPem);
    const life = lifeOfCa(certificatePem);
    return { certificatePem, notAfter: life.notAfter, life, recovered: found !== undefined };
}

export const methods: Methods = {
    async diff(olds, news) {
        if (recoveryDue(olds, news)) {
            return { changes: true };
        }
        const sameKey =
            isUnknown(news.privateKeyPem) ||
            publicKeyFingerprint(news.privateKeyPem) === publicKeyFingerprint(olds.certificatePem);
        return { changes: !sameKey, replaces: sameKey ? [] : ["privateKeyPem"] };
    },
    async create(inputs) {
        const outs = await certificateFrom(inputs);
        return { id: describe(outs.certificatePem).fingerprint, outs };
    },
    async update(_id, _olds, news) {
        return certificateFrom(news);
    },
};
