import { isDeepStrictEqual } from "node:util";

import { renewalDue } from "../../../fabric/identities";
import { describe, issueCertificate } from "../../../fabric/x509";
import { isUnknown } from "./dispatch";
import { recovered } from "./recovered";
import type { Methods, Properties } from "../remoteMethods";

/** What a certificate says; where one of these differs, a new one is issued. */
const CONTENT = [
    "profile",
    "commonName",
    "role",
    "organization",
    "hosts",
    "publicKeyPem",
    "caCertificatePem",
    "validityDays",
] as const;

function contentOf(inputs: Properties): Properties {
    return Object.fromEntries(CONTENT.map((key) => [key, inputs[key]]));
}

async function issue(inputs: Properties, now: Date): Promise<Properties> {
    const certificatePem = await issueCertificate({
        profile: inputs.profile,
        subject: {
            commonName: inputs.commonName,
            organizationalUnit: inputs.role,
            organization: inputs.organization,
        },
        hosts: inputs.hosts,
        publicKeyPem: inputs.publicKeyPem,
        ca: { certificatePem: inputs.caCertificatePem, privateKeyPem: inputs.caPrivateKeyPem },
        validityDays: inputs.validityDays,
        now,
    });
    return outputsOf(inputs, certificatePem);
}

function outputsOf(inputs: Properties, certificatePem: string): Properties {
    return { ...contentOf(inputs), certificatePem, notAfter: describe(certificatePem).notAfter };
}

/** The methods with a clock, which tests set. */
export function methodsAt(clock: () => Date): Methods {
    return {
        async diff(olds, news) {
            const changed = CONTENT.some(
                (key) => isUnknown(news[key]) || !isDeepStrictEqual(olds[key], news[key]),
            );
            return {
                changes: changed || renewalDue(olds.certificatePem, clock(), news.caCertificatePem),
            };
        },
        async create(inputs) {
            const found = await recovered(inputs.recovery);
            const outs = found ? outputsOf(inputs, found) : await issue(inputs, clock());
            return { id: describe(outs.certificatePem).fingerprint, outs };
        },
        async update(_id, _olds, news) {
            return issue(news, clock());
        },
    };
}

export const methods = methodsAt(() => new Date());
