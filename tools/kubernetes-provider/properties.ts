/**
 * Property values as Pulumi sends them: plain JSON, except for two marks that must survive every
 * step, secrets (an object with a signature key) and unknowns (a sentinel string, previews only).
 */
export type Json = null | boolean | number | string | Json[] | JsonObject;

export interface JsonObject {
    [key: string]: Json;
}

// The marks of https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go
// and sdk/go/common/resource/sig.
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const unknownMarks: ReadonlySet<Json> = new Set([
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9", // string, and what the SDKs send for everything
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
    "030794c1-ac77-496b-92df-f27374a8bd58", // asset
    "e48ece36-62e2-4504-bad9-02848725956a", // archive
]);

/** The mark of a value that is not known yet. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isObject(value: Json | undefined): value is JsonObject {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isUnknown(value: Json | undefined): boolean {
    return value !== undefined && unknownMarks.has(value);
}

export function isSecret(value: Json | undefined): value is JsonObject {
    return isObject(value) && value[signatureKey] === secretSignature;
}

export function secret(value: Json): JsonObject {
    return isSecret(value) ? value : { [signatureKey]: secretSignature, value };
}

/** Whether the value is, or has somewhere inside, a value for which `test` holds. */
function contains(value: Json | undefined, test: (value: Json) => boolean): boolean {
    if (value === undefined || value === null) {
        return false;
    }
    if (test(value)) {
        return true;
    }
    const children = typeof value === "object" ? Object.values(value) : [];
    return children.some((child) => contains(child, test));
}

export const containsUnknown = (value: Json | undefined) => contains(value, isUnknown);
export const containsSecret = (value: Json | undefined) => contains(value, isSecret);

/**
 * The value as Kubernetes takes it: secrets opened, `null` fields left out, unknowns kept as their
 * mark. The SDKs write the `x-kubernetes-*` fields of schemas with underscores.
 */
export function reveal(value: Json): Json {
    if (isSecret(value)) {
        return reveal(value["value"] ?? null);
    }
    if (Array.isArray(value)) {
        return value.map(reveal);
    }
    if (!isObject(value)) {
        return value;
    }
    const revealed: JsonObject = {};
    for (const [key, child] of Object.entries(value)) {
        const plain = reveal(child);
        if (plain !== null) {
            const name = key.startsWith("x_kubernetes_") ? key.replaceAll("_", "-") : key;
            revealed[name] = plain;
        }
    }
    return revealed;
}

/** Like `reveal`, for a value that is an object by its place. */
export function revealObject(value: JsonObject | undefined): JsonObject {
    const revealed = reveal(value ?? {});
    return isObject(revealed) ? revealed : {};
}

/** The way back for the one renaming that `reveal` does. */
export function renameForSdk(value: Json): Json {
    if (Array.isArray(value)) {
        return value.map(renameForSdk);
    }
    if (!isObject(value)) {
        return value;
    }
    return Object.fromEntries(
        Object.entries(value).map(([key, child]) => [
            key.startsWith("x-kubernetes-") ? key.replaceAll("-", "_") : key,
            renameForSdk(child),
        ]),
    );
}

/**
 * Marks in `plain` as secret what is secret in `marked`: field by field through objects, an array
 * as a whole (Kubernetes may reorder it). The data of anything that says `kind: Secret` is secret
 * whether the program said so or not.
 */
export function withSecretsOf(plain: JsonObject, marked: JsonObject): JsonObject {
    const result: JsonObject = { ...plain };
    if (plain["kind"] === "Secret") {
        for (const field of ["data", "stringData"]) {
            const content = plain[field];
            if (content !== undefined) {
                result[field] = secret(content);
            }
        }
        return result;
    }
    for (const [key, original] of Object.entries(marked)) {
        const value = result[key];
        if (value === undefined) {
            continue;
        }
        if (isObject(value) && isObject(original) && !isSecret(value) && !isSecret(original)) {
            result[key] = withSecretsOf(value, original);
        } else if (containsSecret(original)) {
            result[key] = secret(value);
        }
    }
    return result;
}

/** Two JSON values with the same content; the order of an object's keys does not matter. */
export function sameJson(left: Json | undefined, right: Json | undefined): boolean {
    if (left === right) {
        return true;
    }
    if (Array.isArray(left) && Array.isArray(right)) {
        return left.length === right.length && left.every((item, i) => sameJson(item, right[i]));
    }
    if (isObject(left) && isObject(right)) {
        const keys = Object.keys(left);
        return (
            keys.length === Object.keys(right).length &&
            keys.every((key) => key in right && sameJson(left[key], right[key]))
        );
    }
    return false;
}
