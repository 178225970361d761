import { describe, issueCa, publicKeyFingerprint } from "../../../fabric/x509";
import { recovered } from "./recovered";
import { isUnknown } from "./dispatch";
import type { Methods } from "../remoteMethods";

export const methods: Methods = {
    async diff(olds, news) {
        if (isUnknown(news.privateKeyPem)) {
            return { changes: false };
        }
        const sameKey =
            publicKeyFingerprint(news.privateKeyPem) === publicKeyFingerprint(olds.certificatePem);
        return { changes: !sameKey, replaces: sameKey ? [] : ["privateKeyPem"] };
    },
    async create({ recovery, ...args }) {
        const certificatePem =
            (await recovered(recovery)) ??
            (await issueCa({
                commonName: args.commonName,
                organization: args.organization,
                privateKeyPem: args.privateKeyPem,
                validityDays: args.validityDays,
                now: new Date(),
            }));
        const { fingerprint, notAfter } = describe(certificatePem);
        return { id: fingerprint, outs: { certificatePem, notAfter } };
    },
};
