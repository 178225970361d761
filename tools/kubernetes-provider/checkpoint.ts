import { randomBytes } from "node:crypto";

import { prune } from "./normalize";
import { annotationOf, annotations, apiVersionOf, textAt } from "./objects";
import {
    type Json,
    type JsonObject,
    isObject,
    renameForSdk,
    revealObject,
    sameJson,
    withSecretsOf,
} from "./properties";

/**
 * What is kept about an object in Pulumi's state: the live object itself, so that its fields are
 * outputs, and beside it the inputs behind it. Field for field the layout of the real provider,
 * which can therefore take over a stack made with this one, and the other way round.
 */
export interface Checkpoint {
    inputs: JsonObject;
    live: JsonObject;
    /** The API version that the object was first made with. */
    initialApiVersion: string;
    /** The name under which fields are owned in server-side apply. */
    fieldManager: string;
}

const inputsKey = "__inputs";
const apiVersionKey = "__initialApiVersion";
const fieldManagerKey = "__fieldManager";

/** The state to store; what is secret in the program's inputs is secret in it. */
export function writeCheckpoint(checkpoint: Checkpoint, programInputs: JsonObject): JsonObject {
    const { inputs, live, initialApiVersion, fieldManager } = checkpoint;
    return {
        ...asProperties(live, programInputs),
        [inputsKey]: asProperties(inputs, programInputs),
        [apiVersionKey]: initialApiVersion,
        [fieldManagerKey]: fieldManager,
    };
}

/** A Kubernetes object as property values, secret where the program's inputs are. */
export function asProperties(object: JsonObject, programInputs: JsonObject): JsonObject {
    const renamed = renameForSdk(object);
    return withSecretsOf(isObject(renamed) ? renamed : {}, programInputs);
}

export function readCheckpoint(state: JsonObject): Checkpoint {
    const {
        [inputsKey]: inputs,
        [apiVersionKey]: version,
        [fieldManagerKey]: manager,
        ...live
    } = revealObject(state);
    const plainInputs = isObject(inputs) ? inputs : {};
    return {
        inputs: plainInputs,
        live,
        initialApiVersion:
            textAt({ version: version ?? null }, "version") || apiVersionOf(plainInputs),
        fieldManager: textAt({ manager: manager ?? null }, "manager"),
    };
}

/** The name to own fields under: the program's, else the one in use, else a new one. */
export function fieldManagerFor(inputs: JsonObject, known: string): string {
    const chosen = annotationOf(inputs, annotations.patchFieldManager);
    return chosen || known || `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
}

/**
 * The inputs after a look at the cluster. A field that has not changed there since the last look
 * keeps the program's spelling, even where Kubernetes spells it otherwise or leaves it out.
 */
export function refreshedInputs(
    oldInputs: JsonObject,
    oldLive: JsonObject,
    live: JsonObject,
): JsonObject {
    const inputs: JsonObject = {};
    for (const [key, oldInput] of Object.entries(oldInputs)) {
        const value = refreshedValue(oldInput, oldLive[key], live[key]);
        if (value !== undefined) {
            inputs[key] = value;
        }
    }
    return inputs;
}

function refreshedValue(
    oldInput: Json,
    oldLive: Json | undefined,
    live: Json | undefined,
): Json | undefined {
    if (sameJson(oldLive, live)) {
        return oldInput;
    }
    if (isObject(oldInput) && isObject(live)) {
        return refreshedInputs(oldInput, isObject(oldLive) ? oldLive : {}, live);
    }
    return live === undefined ? undefined : prune({ live }, { live: oldInput })["live"];
}

/** Inputs for an object that no program has described yet (`pulumi import`, `.get`). */
export function inputsFromLive(live: JsonObject): JsonObject {
    const { status: _status, ...inputs } = live;
    const metadata = isObject(inputs["metadata"]) ? { ...inputs["metadata"] } : {};
    for (const key of [
        "creationTimestamp",
        "generation",
        "managedFields",
        "resourceVersion",
        "uid",
    ]) {
        delete metadata[key];
    }
    if (isObject(metadata["annotations"])) {
        const kept = { ...metadata["annotations"] };
        delete kept["deployment.kubernetes.io/revision"];
        delete kept["kubectl.kubernetes.io/last-applied-configuration"];
        metadata["annotations"] = kept;
        if (Object.keys(kept).length === 0) {
            delete metadata["annotations"];
        }
    }
    return { ...inputs, metadata };
}
