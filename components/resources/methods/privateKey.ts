import { createPublicKey } from "node:crypto";

import { generateKey, publicKeyFingerprint } from "../../../fabric/x509";
import type { Methods, Properties } from "../remoteResource";
import { recovered, recoveryDue } from "./recovered";

async function keyFrom({ recovery }: Properties): Promise<Properties> {
    const found = await recovered(recovery);
    const privateKeyPem = found ?? (await generateKey()).privateKeyPem;
    const publicKeyPem = createPublicKey(privateKeyPem).export({ type: "spki", format: "pem" });
    const fingerprint = publicKeyFingerprint(privateKeyPem);
    return { privateKeyPem, publicKeyPem, fingerprint, recovered: found !== undefined };
}

export const methods: Methods = {
    async diff(olds, news) {
        return { changes: recoveryDue(olds, news) };
    },
    async create(inputs) {
        const outs = await keyFrom(inputs);
        return { id: outs.fingerprint, outs };
    },
    async update(_id, _olds, news) {
        return keyFrom(news);
    },
};
