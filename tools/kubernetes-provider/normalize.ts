import { at, isBuiltIn, kindOf, withoutServerMetadata } from "./objects";
import { type Json, type JsonObject, containsUnknown, isObject } from "./properties";
import { canonicalQuantity } from "./quantity";

/**
 * Inputs in the one spelling that the API server also answers with, so that two ways to write the
 * same thing are no difference. Custom resources and inputs with unknowns are left as they are.
 */
export function normalize(inputs: JsonObject): JsonObject {
    const object = withoutServerMetadata(inputs);
    const apiVersion = object["apiVersion"];
    const known = typeof apiVersion === "string" && isBuiltIn(apiVersion);
    if (!known || containsUnknown(object)) {
        return object;
    }
    const secret = kindOf(object) === "Secret" ? normalizeSecret(object) : object;
    const limited = kindOf(object) === "LimitRange" ? normalizeLimits(secret) : secret;
    return normalizeFields(limited);
}

/** The API server moves `stringData` into `data` and encodes `data` anew. */
function normalizeSecret(secret: JsonObject): JsonObject {
    const { stringData, ...rest } = secret;
    const data: JsonObject = {};
    if (isObject(rest["data"])) {
        for (const [key, value] of Object.entries(rest["data"])) {
            data[key] = typeof value === "string" ? encodedAnew(value) : value;
        }
    }
    if (isObject(stringData)) {
        for (const [key, value] of Object.entries(stringData)) {
            data[key] = typeof value === "string" ? Buffer.from(value).toString("base64") : value;
        }
    }
    const hasData = rest["data"] !== undefined || Object.keys(data).length > 0;
    return hasData ? { ...rest, data } : rest;
}

function encodedAnew(base64: string): string {
    const compact = base64.replace(/\s/g, "");
    const isBase64 = /^[A-Za-z0-9+/]*={0,2}$/.test(compact) && compact.length % 4 === 0;
    return isBase64 ? Buffer.from(compact, "base64").toString("base64") : base64;
}

const quantityMaps: ReadonlySet<string> = new Set([
    ..."limits requests capacity hard overhead".split(" "),
]);
const quantityFields: ReadonlySet<string> = new Set(["sizeLimit", "divisor", "averageValue"]);
const limitFields = ["default", "defaultRequest", "max", "min", "maxLimitRequestRatio"];

/** Maps with keys of the user's choice: their content means nothing to Kubernetes. */
const freeMaps: ReadonlySet<string> = new Set([
    ..."labels annotations matchLabels nodeSelector parameters data binaryData".split(" "),
    ..."stringData options volumeAttributes".split(" "),
]);

function normalizeFields(object: JsonObject): JsonObject {
    const normal: JsonObject = {};
    for (const [key, value] of Object.entries(object)) {
        if (!isLeftOut(key, value)) {
            normal[key] = normalizeField(key, value);
        }
    }
    return normal;
}

/**
 * Kubernetes writes no empty lists and no empty maps. An empty object in other places (`emptyDir`,
 * `podSelector`) says something.
 */
function isLeftOut(key: string, value: Json): boolean {
    if (Array.isArray(value)) {
        return value.length === 0;
    }
    const isMap = freeMaps.has(key) || quantityMaps.has(key);
    return isMap && isObject(value) && Object.keys(value).length === 0;
}

function normalizeField(key: string, value: Json): Json {
    if (freeMaps.has(key)) {
        return value;
    }
    if (quantityMaps.has(key) && isObject(value)) {
        return canonicalMap(value);
    }
    return quantityFields.has(key) ? canonical(value) : normalizeValue(value);
}

function normalizeValue(value: Json): Json {
    if (Array.isArray(value)) {
        return value.map(normalizeValue);
    }
    return isObject(value) ? normalizeFields(value) : value;
}

function canonicalMap(quantities: JsonObject): JsonObject {
    return Object.fromEntries(
        Object.entries(quantities).map(([key, value]) => [key, canonical(value)]),
    );
}

function canonical(value: Json): Json {
    if (typeof value === "string" || typeof value === "number") {
        return canonicalQuantity(value) ?? value;
    }
    return normalizeValue(value);
}

function normalizeLimits(range: JsonObject): JsonObject {
    const spec = at(range, "spec");
    const limits = at(spec, "limits");
    if (!isObject(spec) || !Array.isArray(limits)) {
        return range;
    }
    const normal = limits.map((limit) =>
        isObject(limit)
            ? Object.fromEntries(
                  Object.entries(limit).map(([key, value]) => [
                      key,
                      limitFields.includes(key) && isObject(value) ? canonicalMap(value) : value,
                  ]),
              )
            : limit,
    );
    return { ...range, spec: { ...spec, limits: normal } };
}

/**
 * The live object cut down to the shape of the inputs: the fields that the API server and its
 * controllers added are not the program's business.
 */
export function prune(live: JsonObject, shape: JsonObject): JsonObject {
    const pruned: JsonObject = {};
    for (const [key, wanted] of Object.entries(shape)) {
        const value = live[key];
        if (value !== undefined) {
            pruned[key] = pruneValue(value, wanted);
        }
    }
    return pruned;
}

function pruneValue(value: Json, shape: Json): Json {
    if (isObject(value) && isObject(shape)) {
        return prune(value, shape);
    }
    if (Array.isArray(value) && Array.isArray(shape)) {
        return pruneArray(value, shape);
    }
    return value;
}

/** Items pair up by position, as in the real provider. */
function pruneArray(items: Json[], shape: Json[]): Json[] {
    const sameType = typeof items[0] === typeof shape[0];
    if (items.length > 0 && shape.length > 0 && !sameType) {
        return items;
    }
    return items.slice(0, shape.length).map((item, i) => pruneValue(item, shape[i] ?? null));
}
