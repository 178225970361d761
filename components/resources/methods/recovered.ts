import { readSecretEntry } from "../../../clients/secrets";
import { describe, publicKeyFingerprint } from "../../../fabric/x509";
import type { Recovery } from "../recovery";
import type { Properties } from "../remoteResource";

/** What a recovery reads back, or nothing where no recovery is asked for. */
export async function recovered(
    recovery: { [Key in keyof Recovery]: string } | undefined,
): Promise<string | undefined> {
    if (recovery === undefined) {
        return undefined;
    }
    const { namespace, secret, entry } = recovery;
    const value = await readSecretEntry(recovery, { namespace, secret, entry });
    if (value === undefined) {
        throw new Error(
            `recover: entry "${entry}" of Secret "${secret}" in namespace "${namespace}" does not ` +
                "exist in the cluster, so the network's keys cannot be read back and no new ones are " +
                "made; restore that Secret from your backup, or take recover away if this network is new",
        );
    }
    return value;
}

/**
 * Whether a value is still to be read back. A first update after a lost state, without `recover`, may
 * have made new keys before it was refused; a recovery replaces those.
 */
export function recoveryDue(olds: Properties, news: Properties): boolean {
    return news.recovery !== undefined && olds.recovered !== true;
}

/** Stops before a certificate is paired with another's key and the pair written over a good one. */
export function refuseForeignKey(certificatePem: string, keyPem: string): void {
    if (publicKeyFingerprint(certificatePem) !== publicKeyFingerprint(keyPem)) {
        throw new Error(
            `the certificate "${describe(certificatePem).subject}" that was read back is of another ` +
                "key than the one at hand; nothing was written; restore the organization's Secrets " +
                "from your backup, then run the update again",
        );
    }
}
