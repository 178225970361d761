import { isDeepStrictEqual } from "node:util";

import { certificatesIn, lifeOf, renewalDue } from "../../../fabric/identities";
import { describe, issueCertificate } from "../../../fabric/x509";
import { isUnknown } from "./dispatch";
import { recovered, recoveryDue, refuseForeignKey } from "./recovered";
import type { Methods, Properties } from "../remoteResource";

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

async function certificateFrom(inputs: Properties, now: Date, read: boolean): Promise<Properties> {
    const text = read ? await recovered(inputs.recovery) : undefined;
    // A TLS certificate is kept with the CAs above it, itself first.
    const found = text === undefined ? undefined : (certificatesIn(text)[0] ?? text);
    const certificatePem =
        found ??
        (await issueCertificate({
            profile: inputs.profile,
            subject: {
                commonName: inputs.commonName,
                organizationalUnit: inputs.role,
                organization: inputs.organization,
            },
            hosts: inputs.hosts,
            publicKeyPem: inputs.publicKeyPem,
            ca: {
                certificatePem: inputs.caCertificatePem,
                privateKeyPem: inputs.caPrivateKeyPem,
            },
            validityDays: inputs.validityDays,
            now,
        }));
    refuseForeignKey(certificatePem, inputs.publicKeyPem);
    const life = lifeOf(certificatePem, inputs.caCertificatePem);
    const { notAfter } = life;
    return { ...contentOf(inputs), certificatePem, notAfter, life, recovered: found !== undefined };
}

/** The methods with a clock, which tests set. */
export function methodsAt(clock: () => Date): Methods {
    return {
        async diff(olds, news) {
            const changed =
                recoveryDue(olds, news) ||
                CONTENT.some(
                    (key) => isUnknown(news[key]) || !isDeepStrictEqual(olds[key], news[key]),
                );
            return {
                changes: changed || renewalDue(olds.certificatePem, clock(), news.caCertificatePem),
            };
        },
        async create(inputs) {
            const outs = await certificateFrom(inputs, clock(), true);
            return { id: describe(outs.certificatePem).fingerprint, outs };
        },
        async update(_id, olds, news) {
            return certificateFrom(news, clock(), recoveryDue(olds, news));
        },
    };
}

export const methods = methodsAt(() => new Date());
