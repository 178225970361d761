import { fieldsOf } from "../../storage/manifests";

/**
 * The texts by which Pulumi's policy SDK stands in for a value that a preview cannot know, one for each
 * type. Reading one of them through the SDK's proxy throws, and the SDK then turns the whole policy into
 * an advice; so rules get the values without the proxy and look for these texts themselves.
 *
 * @see https://github.com/pulumi/pulumi-policy/blob/v1.21.0/sdk/nodejs/policy/proxy.ts
 */
const UNKNOWN_VALUES: ReadonlySet<unknown> = new Set([
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Stands for a value that is there and cannot be read: a secret in an exported state. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether a value is not known yet. */
export function isUnknown(value: unknown): boolean {
    return typeof value === "string" && UNKNOWN_VALUES.has(value);
}

/** A value somewhere below. Where something on the way is not known, that: then nor is the value. */
export function read(value: unknown, ...way: readonly string[]): unknown {
    let found = value;
    for (const step of way) {
        if (isUnknown(found)) {
            return found;
        }
        found = fieldsOf(found)[step];
    }
    return found;
}

/** A value as text; what is no single value has none, and may be of a kind that cannot be made text. */
export function textOf(value: unknown): string {
    return ["string", "number", "boolean"].includes(typeof value) ? String(value) : "";
}
