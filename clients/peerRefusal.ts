import { X509Certificate } from "node:crypto";

import type { Signer } from "../fabric/signing";
import type { Fault } from "./nodeError";

/**
 * Puts a peer's refusal in words. A peer tells strangers no more than "access denied", so what can be
 * wrong with our certificate is looked up in the certificate.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/core/endorser/msgvalidation.go
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/core/handlers/auth/filter/expiration.go
 */
export function refusalFault(message: string, signer: Signer): Fault {
    const said = firstSentence(message);
    if (/access denied|creator|identity expired|certificate has expired/i.test(message)) {
        return identityFault(said, signer);
    }
    const known = KNOWN.find(({ words }) => words.test(message));
    return {
        cause: said,
        advice: known?.advice ?? "look at the peer's log",
        passing: known?.passing ?? false,
    };
}

const KNOWN: readonly { words: RegExp; advice: string; passing?: boolean }[] = [
    {
        words: /TimeWindow|timestamp/i,
        advice: "set the clock of this machine or of the peer: they differ by more than 15 minutes",
    },
    {
        words: /capabilit/i,
        advice: "the peer's version does not know a capability of the channel; update the peer or lower the capability",
    },
    {
        words: /Invalid chain ID|unknown channel ID|channel '.*' not found/i,
        advice: "join the peer to the channel first",
    },
    {
        words: /ledger .* already exists with state/i,
        advice: "an earlier joining was cut short; restart the peer, which cleans up, and join again",
    },
    {
        words: /useLeaderElection|both orgLeader/i,
        advice: "set one of peer.gossip.useLeaderElection and peer.gossip.orgLeader only",
    },
];

function identityFault(said: string, { mspId, certificatePem }: Signer): Fault {
    const { subject, issuer, validFromDate, validToDate } = new X509Certificate(certificatePem);
    const who = `the admin certificate of ${mspId}`;
    const refusal = `the peer refuses ${who}`;
    if (validToDate < new Date()) {
        return {
            cause: `${who} ended on ${validToDate.toISOString()} (${said})`,
            advice: "renew it",
            passing: false,
        };
    }
    if (validFromDate > new Date()) {
        return {
            cause: `${who} is valid only from ${validFromDate.toISOString()} on (${said})`,
            advice: "wait, or set the clock of this machine",
            passing: false,
        };
    }
    const units = subject.split("\n").filter((part) => part.startsWith("OU="));
    if (!units.includes("OU=admin")) {
        return {
            cause: `${refusal}: its organizational unit is ${units.join(", ") || "none"} and must be OU=admin (${said})`,
            advice: `issue a certificate with the role admin`,
            passing: false,
        };
    }
    return {
        cause: `${refusal}, issued by "${issuer.replaceAll("\n", ", ")}" (${said})`,
        advice:
            "check that the peer is of this organization, that the certificate is of its signing CA " +
            "and not revoked, and that the private key is the certificate's",
        passing: false,
    };
}

/** Fabric wraps reasons in reasons; one line is enough. */
function firstSentence(message: string): string {
    const line = message.split("\n")[0] ?? "";
    return line === "" ? "no reason given" : line;
}
