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
