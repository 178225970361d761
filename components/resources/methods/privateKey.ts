import { createPublicKey } from "node:crypto";

import { generateKey, publicKeyFingerprint } from "../../../fabric/x509";
import { recovered } from "./recovered";
import type { Methods } from "../remoteMethods";

export const methods: Methods = {
    async create({ recovery }) {
        const privateKeyPem = (await recovered(recovery)) ?? (await generateKey()).privateKeyPem;
        const publicKeyPem = createPublicKey(privateKeyPem).export({ type: "spki", format: "pem" });
        const fingerprint = publicKeyFingerprint(privateKeyPem);
        return { id: fingerprint, outs: { privateKeyPem, publicKeyPem, fingerprint } };
    },
};
