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

/**
 * Refuses a certificate without a name that others were told in the update before: they would be cut off from
 * the node at the moment when it takes the new one. In an update after that the name may go.
 */
function toldHostsProblems(olds: Properties, news: Properties) {
    const told = (olds.toldHosts ?? []) as string[];
    const lost = isUnknown(news.hosts) ? [] : told.filter((host) => !news.hosts.includes(host));
    return lost.map((host) => ({
        property: "hosts",
        reason:
            `${news.commonName} would not answer to "${host}" any more, which channels and other ` +
            "organizations have of it; keep the name (formerDomains in outside of the FabricOrg, or the " +
            "second of externalHosts) until all of them have the new one, then take it away",
    }));
}

/** Which names others know is no content of a certificate: where it alone changes, the certificate stays. */
function toldIn({ toldHosts }: Properties): Properties {
    return toldHosts === undefined ? {} : { toldHosts };
}

/** The methods with a clock, which tests set. */
export function methodsAt(clock: () => Date): Methods {
    return {
        async check(olds, news) {
            return toldHostsProblems(olds, news);
        },
        async diff(olds, news) {
            const changed =
                recoveryDue(olds, news) ||
                !isDeepStrictEqual(olds.toldHosts, news.toldHosts) ||
                CONTENT.some(
                    (key) => isUnknown(news[key]) || !isDeepStrictEqual(olds[key], news[key]),
                );
            return {
                changes: changed || renewalDue(olds.certificatePem, clock(), news.caCertificatePem),
            };
        },
        async create(inputs) {
            const outs = {
                ...(await certificateFrom(inputs, clock(), true)),
                ...toldIn(inputs),
            };
            return { id: describe(outs.certificatePem).fingerprint, outs };
        },
        async update(_id, olds, news) {
            const isSame =
                CONTENT.every((key) => isDeepStrictEqual(olds[key], news[key])) &&
                !recoveryDue(olds, news) &&
                !renewalDue(olds.certificatePem, clock(), news.caCertificatePem);
            const told = toldIn(news);
            return isSame
                ? { ...olds, ...told }
                : { ...(await certificateFrom(news, clock(), recoveryDue(olds, news))), ...told };
        },
    };
}

export const methods = methodsAt(() => new Date());
