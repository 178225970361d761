/**
 * The oldest Kubernetes that can hold what this package makes: native sidecars (1.29) and the sleep
 * before a Pod stops (on by default since 1.30).
 */
export const OLDEST_KUBERNETES = { major: 1, minor: 30 };

/** What is wrong with a version that a cluster has or is to have, such as `v1.34.2` or `1.34`, or nothing. */
export function kubernetesVersionProblem(version: string): string | undefined {
    const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
    const { major: oldestMajor, minor: oldestMinor } = OLDEST_KUBERNETES;
    const fits =
        Number(major) > oldestMajor ||
        (Number(major) === oldestMajor && Number(minor) >= oldestMinor);
    return fits
        ? undefined
        : `Kubernetes ${version} is too old; use ${oldestMajor}.${oldestMinor} or newer ` +
              "(native sidecars and the sleep before a Pod stops)";
}
