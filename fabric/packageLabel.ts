import { shown } from "./problem";

/** A peer keeps a package as `LABEL.HASH.tar.gz`, and names of files end at 255 characters. */
const LABEL_LIMIT = 255 - ".tar.gz".length - 65;

/**
 * What is wrong with a label, or nothing.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/core/chaincode/persistence/chaincode_package.go#L232
 */
export function labelProblem(label: string): string | undefined {
    if (!/^[A-Za-z0-9][A-Za-z0-9_.+-]*$/.test(label)) {
        const instead = label.replace(/[^A-Za-z0-9_.+-]+/g, "_").replace(/^[_.+-]+|_+$/g, "");
        return (
            `${shown(label)} is not a label (a letter or digit, then letters, digits, "_", ".", "+" ` +
            `and "-"); write ${shown(instead || "basic_1.0")}`
        );
    }
    return label.length > LABEL_LIMIT
        ? `${shown(label)} has ${label.length} characters and the limit is ${LABEL_LIMIT}, because ` +
              "peers make a file's name of it; shorten it"
        : undefined;
}

/** Longest label of an object's name, RFC 1035. */
const KUBERNETES_LABEL_LIMIT = 63;

/**
 * What is wrong with the label of a package for the external builder of Kubernetes, or nothing. It makes
 * names of objects from it, and refuses any other when a peer installs the package.
 *
 * @see https://github.com/hyperledger-labs/fabric-builder-k8s/blob/v0.13.0/internal/builder/build.go#L30
 */
export function kubernetesLabelProblem(label: string): string | undefined {
    const right =
        /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(label) && label.length <= KUBERNETES_LABEL_LIMIT;
    return right
        ? undefined
        : `${shown(label)} is not a label that the builder of Kubernetes takes (at most ` +
              `${KUBERNETES_LABEL_LIMIT} lower-case letters, digits and "-", a letter first and no "-" ` +
              `last); write ${shown(kubernetesLabel(label) || "asset-1-0")}`;
}

/** A text as near to a label for the external builder of Kubernetes as its characters allow. */
export function kubernetesLabel(text: string): string {
    return text
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^[^a-z]+/, "")
        .slice(0, KUBERNETES_LABEL_LIMIT)
        .replace(/-+$/, "");
}
