import { ownersOf } from "./managedFields";
import { type Step, parsePath } from "./paths";
import { type Json, type JsonObject, isObject } from "./properties";

/**
 * The inputs to apply when some fields are to be left alone: a field that only others own is left
 * out, so that it is neither fought over nor taken; any other keeps the value it has.
 */
export function ignoredInputs(
    inputs: JsonObject,
    live: JsonObject,
    ignoreChanges: readonly string[],
    fieldManager: string,
): JsonObject {
    return ignoreChanges.map(parsePath).reduce((wanted, path) => {
        if (path.some((step) => typeof step === "number" || step === "*")) {
            return wanted;
        }
        const owners = ownersOf(live, path);
        if (owners.length > 0 && !owners.includes(fieldManager)) {
            return withValue(wanted, path, undefined);
        }
        const value = valueAt(live, path);
        return value === undefined ? wanted : withValue(wanted, path, value);
    }, inputs);
}

function valueAt(object: Json | undefined, path: readonly Step[]): Json | undefined {
    return path.reduce<Json | undefined>(
        (value, step) => (isObject(value) ? value[step] : undefined),
        object,
    );
}

/** A copy with the field at the path set, or left out where the value is undefined. */
function withValue(object: JsonObject, path: readonly Step[], value: Json | undefined): JsonObject {
    const [step, ...rest] = path;
    if (step === undefined) {
        return object;
    }
    const copy = { ...object };
    const child = copy[step];
    if (rest.length > 0) {
        if (isObject(child) || value !== undefined) {
            copy[step] = withValue(isObject(child) ? child : {}, rest, value);
        }
    } else if (value === undefined) {
        delete copy[step];
    } else {
        copy[step] = value;
    }
    return copy;
}
