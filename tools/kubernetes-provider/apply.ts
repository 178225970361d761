import { HttpMethod } from "@kubernetes/client-node";

import { Alarm } from "./alarm";
import type { Cluster, Query } from "./cluster";
import {
    ApiError,
    NoSuchKindError,
    conflictsOf,
    isAlreadyExists,
    isConflict,
    isImmutableField,
    isNotFound,
    messageOf,
} from "./errors";
import { ignoredInputs } from "./ignoreChanges";
import { isOwnedByCreate, takenOver } from "./managedFields";
import {
    annotationOf,
    annotations,
    listAt,
    nameOf,
    textAt,
    titleOf,
    withMetadata,
} from "./objects";
import type { JsonObject } from "./properties";

/** What every write to the cluster needs to know. */
export interface WriteContext {
    cluster: Cluster;
    /** The path of the collection that the object is in. */
    collection: string;
    fieldManager: string;
    /** Let the API server play the write through without doing it. */
    preview: boolean;
    /** Take fields from whoever owns them. */
    enablePatchForce: boolean;
}

const applyType = "application/apply-patch+yaml";
/** The owner of an object's first write, the same for every stack. */
const creator = "pulumi-kubernetes";

const dryRun = ({ preview }: WriteContext): Query => (preview ? { dryRun: "All" } : {});

/**
 * Repeats a creation whose surroundings may be on their way in the same run: while the namespace,
 * or the definition of the kind, is not found, for about half a minute.
 */
export async function whileMissing<Result>(
    cancelled: AbortSignal,
    report: (message: string) => void,
    action: () => Promise<Result>,
): Promise<Result> {
    const alarm = new Alarm(cancelled, Infinity);
    for (let seconds = 1; ; seconds *= 2) {
        try {
            return await action();
        } catch (error) {
            if (seconds > 16 || !isMaybeLate(error)) {
                throw error;
            }
            report(`trying again in ${seconds} s: ${messageOf(error)}`);
            if ((await alarm.sleep(seconds * 1000)) === "cancelled") {
                throw error;
            }
        }
    }
}

const isMaybeLate = (error: unknown) => isNotFound(error) || error instanceof NoSuchKindError;

/** Makes the object; one that is there already is an error, unless it is to be taken over. */
export function createObject(
    context: WriteContext,
    inputs: JsonObject,
    { upsert }: { upsert: boolean },
): Promise<JsonObject> {
    return upsert ? upsertObject(context, inputs) : postObject(context, inputs);
}

function postObject(context: WriteContext, inputs: JsonObject): Promise<JsonObject> {
    const query = { fieldManager: creator, ...dryRun(context) };
    return context.cluster.request(HttpMethod.POST, context.collection, { query, body: inputs });
}

/** Makes the object or takes over the one that is there. */
async function upsertObject(context: WriteContext, inputs: JsonObject): Promise<JsonObject> {
    const force = forcesPatch(context, inputs, undefined);
    const extra = { fieldValidation: "Warn" };
    try {
        return await applyObject(context, inputs, force, extra);
    } catch (error) {
        if (!context.preview || !isImmutableField(error)) {
            throw error;
        }
        // A replacement is previewed beside the object that it will replace.
        const stand = withMetadata(inputs, { name: `${nameOf(inputs)}-preview` });
        const shown = await applyObject(context, stand, force, extra);
        return withMetadata(shown, { name: nameOf(inputs) });
    }
}

function applyObject(
    context: WriteContext,
    inputs: JsonObject,
    force: boolean,
    extra: Query = {},
): Promise<JsonObject> {
    const { cluster, collection, fieldManager } = context;
    return cluster.request(HttpMethod.PATCH, `${collection}/${nameOf(inputs)}`, {
        query: { fieldManager, force: String(force), ...dryRun(context), ...extra },
        body: inputs,
        contentType: applyType,
    });
}

function forcesPatch(
    { enablePatchForce, preview }: WriteContext,
    inputs: JsonObject,
    live: JsonObject | undefined,
): boolean {
    if (enablePatchForce || annotationOf(inputs, annotations.patchForce) === "true") {
        return true;
    }
    if (live === undefined) {
        return preview;
    }
    // Fields are handed over before a real update, but not before one that is only played through.
    const unowned = listAt(live, "metadata", "managedFields").length === 0;
    return unowned || (preview && isOwnedByCreate(live));
}

export interface UpdateArguments {
    name: string;
    inputs: JsonObject;
    ignoreChanges: readonly string[];
}

/** The object before and after an update. */
export interface Updated {
    before: JsonObject;
    after: JsonObject;
}

export async function updateObject(
    context: WriteContext,
    { name, inputs, ignoreChanges }: UpdateArguments,
): Promise<Updated> {
    const { cluster, collection, fieldManager, preview } = context;
    const before = await cluster.get(`${collection}/${name}`);
    if (textAt(inputs, "kind") === "CustomResourceDefinition") {
        const resourceVersion = textAt(before, "metadata", "resourceVersion");
        const body = withMetadata(inputs, { resourceVersion });
        const query = { fieldManager, ...dryRun(context) };
        const path = `${collection}/${name}`;
        return { before, after: await cluster.request(HttpMethod.PUT, path, { query, body }) };
    }
    const owned = preview ? before : await takeOver(context, before);
    const wanted = ignoredInputs(inputs, owned, ignoreChanges, fieldManager);
    const after = await applyObject(context, wanted, forcesPatch(context, inputs, before));
    return { before, after };
}

async function takeOver(context: WriteContext, live: JsonObject): Promise<JsonObject> {
    const owners = takenOver(live, context.fieldManager);
    if (owners === undefined) {
        return live;
    }
    const resourceVersion = textAt(live, "metadata", "resourceVersion");
    const path = `${context.collection}/${nameOf(live)}`;
    return context.cluster.request(HttpMethod.PATCH, path, {
        body: [
            { op: "replace", path: "/metadata/managedFields", value: owners },
            { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
        ],
        contentType: "application/json-patch+json",
    });
}

/** Gives up every field owned under a name that is no longer in use. */
export async function relinquish(context: WriteContext, object: JsonObject): Promise<void> {
    const { apiVersion = "", kind = "" } = object;
    const metadata = { name: nameOf(object) };
    await applyObject(context, { apiVersion, kind, metadata }, false);
}

/** The sentence for a write that the cluster refused: the object, and Kubernetes' own words. */
export function explainWrite(
    verb: "created" | "updated",
    inputs: JsonObject,
    error: unknown,
): string {
    const lines = [`${titleOf(inputs)} was not ${verb}: ${messageOf(error)}`];
    if (error instanceof ApiError && isConflict(error)) {
        lines.push(
            "Fields of the object belong to someone else:",
            ...conflictsOf(error).map((line) => `  ${line}`),
            `To take them, annotate the object with ${annotations.patchForce}: "true".`,
        );
    } else if (isAlreadyExists(error)) {
        lines.push(
            "Something else has made it, or this stack under another name. To take it over, set " +
                "upsertExistingObjects on the provider, or run pulumi import; for a renamed " +
                "resource add an alias.",
        );
    }
    return lines.join("\n");
}
