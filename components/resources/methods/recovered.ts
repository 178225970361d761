import { readSecretEntry } from "../../../clients/secrets";
import type { Recovery } from "../recovery";

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
