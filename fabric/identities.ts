import { X509Certificate } from "node:crypto";

import { type Problem } from "./problem";

/**
 * What an identity may do. It is the organizational unit of its certificate, and an identity has
 * exactly one: Fabric refuses a certificate with none or two of them.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/msp/mspimplvalidate.go
 */
export const ROLES = ["client", "peer", "admin", "orderer"] as const;

/** One of `ROLES`. */
export type Role = (typeof ROLES)[number];

/** Lifetimes of what an organization issues. */
export interface Validity {
    /**
     * Days for which a CA made here is valid. A CA's end is the end of everything it issued.
     *
     * @default 5475 (15 years, as the root of a Fabric CA server)
     */
    caValidityDays?: number;

    /**
     * Days for which the certificates of nodes and administrators are valid. They are renewed, with
     * the same key, by the first `pulumi up` in their last third, and never outlive their CA.
     *
     * @default 1095 (3 years)
     */
    certificateValidityDays?: number;
}

/** Lifetimes where the program names none. */
export const VALIDITY_DEFAULTS: Required<Validity> = {
    caValidityDays: 5475,
    certificateValidityDays: 1095,
};

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

/** Days in a hundred years. Whoever asks for more has the wrong unit in mind. */
const LONGEST_DAYS = 36_500;

/** Everything wrong with the lifetimes of an organization. */
export function validityProblems(validity: Validity): Problem[] {
    const ca = validity.caValidityDays ?? VALIDITY_DEFAULTS.caValidityDays;
    const certificate =
        validity.certificateValidityDays ?? VALIDITY_DEFAULTS.certificateValidityDays;
    const problems = [
        ...daysProblems("caValidityDays", ca),
        ...daysProblems("certificateValidityDays", certificate),
    ];
    if (problems.length > 0 || certificate <= ca) {
        return problems;
    }
    // Reported on the argument that was written; the other one may be a default.
    if (validity.certificateValidityDays === undefined) {
        const reason =
            `${ca} is less than the ${certificate} days of a certificate, which would outlive its ` +
            `CA; write ${certificate} or more, or set certificateValidityDays too`;
        return [{ path: "caValidityDays", reason }];
    }
    const reason =
        `${certificate} outlives its CA, which is valid for ${ca} days; write ${ca} or less, or ` +
        "raise caValidityDays";
    return [{ path: "certificateValidityDays", reason }];
}

/** When a certificate begins and ends, and when its CA does; ISO 8601. A CA ends with itself. */
export interface CertificateLife {
    notBefore: string;
    notAfter: string;
    caNotAfter: string;
}

/**
 * Where the daily check finds the lives of certificates, as JSON by use: in an annotation of a node's
 * Pods, in an entry of a ConfigMap for what is no node's.
 */
export const LIVES = {
    annotation: "kubefabric.io/certificate-lives",
    entry: "certificate-lives.json",
} as const;

/** What keeps a certificate from ending: an update that renews it, or a new CA. */
export type Remedy = "renewal" | "newCa";

/** The certificates of a text, one PEM block each; what stands between them is left out. */
export function certificatesIn(pem: string): string[] {
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
    return blocks.map((block) => `${block}\n`);
}

/**
 * Days before the end of a CA from which it is warned of, every day and on every update.
 *
 * A CA of a channel is replaced by updates of every channel's configuration, which other organizations
 * sign, and everything it issues from now on ends with it: a year is what a consortium needs to agree.
 */
export const CA_WARNING_DAYS = 365;

/** The life of a certificate that a CA signed. */
export function lifeOf(certificatePem: string, caCertificatePem: string): CertificateLife {
    const { validFromDate, validToDate } = new X509Certificate(certificatePem);
    return {
        notBefore: validFromDate.toISOString(),
        notAfter: validToDate.toISOString(),
        caNotAfter: new X509Certificate(caCertificatePem).validToDate.toISOString(),
    };
}

/**
 * The life of a CA, from its certificate and those above it. It ends with the first of them, and as no
 * update renews any of them, that is also the end of what could renew it.
 */
export function lifeOfCa(certificatePem: string, ...above: readonly string[]): CertificateLife {
    const own = lifeOf(certificatePem, certificatePem);
    const ends = above.map((pem) => lifeOf(pem, pem).notAfter);
    const [end = own.notAfter] = [own.notAfter, ...ends].sort();
    return { ...own, notAfter: end, caNotAfter: end };
}

/**
 * What is due to a certificate, or nothing yet.
 *
 * One that ends before its CA is renewed by the first update in the last third of its life. One that
 * ends with its CA is left alone: a renewal would restart nodes and gain no day.
 */
export function remedyDue(life: CertificateLife, now: Date): Remedy | undefined {
    const from = Date.parse(life.notBefore);
    const until = Date.parse(life.notAfter);
    if (until >= Date.parse(life.caNotAfter)) {
        return daysUntil(life.notAfter, now) < CA_WARNING_DAYS ? "newCa" : undefined;
    }
    return now.getTime() >= from + ((until - from) * 2) / 3 ? "renewal" : undefined;
}

/** Whether the next run renews a certificate. */
export function renewalDue(certificatePem: string, now: Date, caCertificatePem: string): boolean {
    return remedyDue(lifeOf(certificatePem, caCertificatePem), now) === "renewal";
}

/** Whole days until an instant (ISO 8601); negative once it has passed. */
export function daysUntil(end: string, now: Date): number {
    return Math.floor((Date.parse(end) - now.getTime()) / DAY_MILLISECONDS);
}

/** An end in words, such as `ends on 2029-03-01, in 30 days`. */
export function endInWords(end: string, now: Date): string {
    const day = new Date(end).toISOString().slice(0, 10);
    const days = daysUntil(end, now);
    if (Date.parse(end) <= now.getTime()) {
        return `ended on ${day}`;
    }
    return days === 0 ? `ends on ${day}, within a day` : `ends on ${day}, in ${dayCount(days)}`;
}

/** What there is to say about a CA whose end is near, or nothing. */
export function caWarning(ca: string, life: CertificateLife, now: Date): string | undefined {
    return (
        remedyDue(life, now) &&
        `the CA ${ca} ${endInWords(life.notAfter, now)}, and every certificate that it signed ends ` +
            "with it; no update renews a CA: a root that channels know is replaced by an update of " +
            "each channel's configuration, see docs/certificates.md of kubefabric"
    );
}

function dayCount(days: number): string {
    return days === 1 ? "1 day" : `${days} days`;
}

function daysProblems(path: keyof Validity, days: number): Problem[] {
    const fault = daysFault(days);
    if (fault === undefined) {
        return [];
    }
    const instead = `write a number of days such as ${VALIDITY_DEFAULTS[path]}`;
    return [
        {
            path,
            reason: `${typeof days === "string" ? JSON.stringify(days) : days} ${fault}; ${instead}`,
        },
    ];
}

function daysFault(days: number): string | undefined {
    if (typeof days !== "number" || !Number.isFinite(days)) {
        return "is not a number";
    }
    if (days <= 0) {
        return "would end a certificate before it begins";
    }
    if (days < 1) {
        return "is less than a day, and nothing renews between two runs";
    }
    if (days > LONGEST_DAYS) {
        return "is more than a hundred years";
    }
    return undefined;
}
