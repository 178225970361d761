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

/**
 * Whether a certificate is in the last third of its life, so that the next run renews it.
 *
 * With the certificate of its CA at hand, a certificate that already ends with its CA is left alone:
 * a renewal would restart nodes and gain no day.
 */
export function renewalDue(certificatePem: string, now: Date, caCertificatePem?: string): boolean {
    const { from, until } = lifetime(certificatePem);
    if (caCertificatePem !== undefined && until >= lifetime(caCertificatePem).until) {
        return false;
    }
    return now.getTime() >= from + ((until - from) * 2) / 3;
}

/** Whole days until a certificate ends; negative once it has ended. */
export function daysLeft(certificatePem: string, now: Date): number {
    return Math.floor((lifetime(certificatePem).until - now.getTime()) / DAY_MILLISECONDS);
}

function lifetime(certificatePem: string): { from: number; until: number } {
    const { validFromDate, validToDate } = new X509Certificate(certificatePem);
    return { from: validFromDate.getTime(), until: validToDate.getTime() };
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
