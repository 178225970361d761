import { shown } from "./problem";
import { DEFAULT_FABRIC_VERSION } from "./versions";

/**
 * `registry/folder/name:tag@digest`, each part but the name optional.
 *
 * @see https://github.com/distribution/reference/blob/v0.6.0/regexp.go
 */
const IMAGE = (() => {
    const host = "([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]+)?/)?";
    const part = "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*";
    return new RegExp(`^${host}${part}(/${part})*(:\\w[\\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$`);
})();

const EXAMPLE = `ghcr.io/hyperledger/fabric-peer:${DEFAULT_FABRIC_VERSION}`;

/** What is wrong with an image, or nothing; nothing either for one that is not known yet. */
export function imageProblem(image: unknown, example = EXAMPLE): string | undefined {
    return typeof image !== "string" || IMAGE.test(image)
        ? undefined
        : `${shown(image)} is not the name of an image (registry/folder/name:tag, in lower-case ` +
              'letters, without "https://"); write one such as ' +
              `"${example}"`;
}

/** What is wrong with a registry and the folder of images in it, or nothing. */
export function registryProblem(
    registry: string,
    example = "ghcr.io/hyperledger",
): string | undefined {
    return imageProblem(`${registry}/fabric-peer`) === undefined
        ? undefined
        : `${shown(registry)} is not a registry with a folder (lower-case letters, without "https://" ` +
              `and without a "/" at the end); write one such as "${example}"`;
}
