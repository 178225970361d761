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

/** An image that its digest pins. */
export interface PinnedImage {
    /** Its name, without tag. */
    name: string;
    /** `sha256:` and 64 hexadecimal digits. */
    digest: string;
}

/** The parts of `name@sha256:…`; nothing where it is not written so. */
export function pinnedImage(image: unknown): PinnedImage | undefined {
    const [, name, digest] =
        typeof image === "string" && IMAGE.test(image)
            ? (/^([^@]+)@(sha256:[0-9a-f]{64})$/.exec(image) ?? [])
            : [];
    return name === undefined || digest === undefined || hasTag(name)
        ? undefined
        : { name, digest };
}

/** What is wrong with an image that has to be written with its digest, or nothing. */
export function pinnedImageProblem(image: unknown): string | undefined {
    const malformed = imageProblem(image, "ghcr.io/example/asset@sha256:…");
    if (malformed !== undefined || pinnedImage(image) !== undefined) {
        return malformed;
    }
    if (typeof image !== "string") {
        return 'is known only later, and the package names its digest; write "name@sha256:…" as plain text';
    }
    const [name = "", digest] = image.split("@");
    const bare = name.replace(TAG, "");
    return digest === undefined
        ? `${shown(image)} has no digest, and the package names one; write "${bare}@sha256:…" with the ` +
              "digest that the registry gave it when it was pushed"
        : `${shown(image)} has a tag beside its digest, and the package names none; write "${bare}@${digest}"`;
}

/** A port has a "/" after it. */
const TAG = /:[^/]*$/;
const hasTag = (name: string) => TAG.test(name);
