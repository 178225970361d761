import {
    type UpdateArguments as ApplyArguments,
    type WriteContext,
    createObject,
    explainWrite,
    whileMissing,
    relinquish,
    updateObject,
} from "./apply";
import { awaitReady } from "./await";
import { fieldManagerFor, readCheckpoint, writeCheckpoint } from "./checkpoint";
import { deleteObject } from "./delete";
import { type ObjectDiff, diffObject } from "./diff";
import {
    NoSuchKindError,
    NotReadyError,
    isAlreadyExists,
    isDryRunUnsupported,
    isForbidden,
    isNamespaceMissing,
} from "./errors";
import { normalize } from "./normalize";
import {
    type ObjectType,
    apiVersionOf,
    idOf,
    kindOf,
    nameOf,
    namespaceOf,
    parseId,
} from "./objects";
import { type JsonObject, containsUnknown, revealObject } from "./properties";
import type { Provider } from "./provider";

interface KeptObject {
    id: string;
    properties: JsonObject;
    inputs?: JsonObject;
    reasons: string[];
}

/** An object that is there but not as it should be: kept in state, with the reasons. */
export class InitializationError extends Error {
    readonly id: string;
    readonly properties: JsonObject;
    readonly inputs: JsonObject | undefined;
    readonly reasons: string[];

    constructor(message: string, object: KeptObject) {
        super(message);
        this.id = object.id;
        this.properties = object.properties;
        this.inputs = object.inputs;
        this.reasons = [message, ...object.reasons];
    }
}

const typeOf = (object: JsonObject): ObjectType => ({
    apiVersion: apiVersionOf(object),
    kind: kindOf(object),
});

export interface DiffArguments {
    olds: JsonObject;
    oldInputs: JsonObject;
    news: JsonObject;
    ignoreChanges: readonly string[];
}

export async function diff(provider: Provider, args: DiffArguments): Promise<ObjectDiff> {
    const { inputs, live } = readCheckpoint(args.olds);
    const newInputs = revealObject(args.news);
    return diffObject({
        live,
        oldInputs: Object.keys(inputs).length > 0 ? inputs : revealObject(args.oldInputs),
        newInputs,
        namespaced: await provider.isNamespaced(typeOf(newInputs)),
        ignoreChanges: args.ignoreChanges,
        settings: provider.settings,
    });
}

interface Operation {
    urn: string;
    preview: boolean;
    /** From the resource's options; 0 for none. */
    timeout: number;
}

async function writeContext(
    provider: Provider,
    { preview }: Operation,
    inputs: JsonObject,
    fieldManager: string,
): Promise<WriteContext> {
    const { cluster, settings } = provider;
    return {
        cluster,
        collection: await cluster.pathOf(typeOf(inputs), namespaceOf(inputs)),
        fieldManager,
        preview,
        enablePatchForce: settings.enablePatchForce,
    };
}

/** Whether a preview must do without the cluster's opinion. */
async function isUnpreviewable(provider: Provider, inputs: JsonObject): Promise<boolean> {
    return containsUnknown(inputs) || !(await provider.hasKind(typeOf(inputs)));
}

function ready(
    provider: Provider,
    { urn, timeout }: Operation,
    { cluster, collection }: WriteContext,
    inputs: JsonObject,
    objects: { written: JsonObject; previous?: JsonObject },
): Promise<JsonObject> {
    const { cancelled, log } = provider;
    return awaitReady({
        cluster,
        collection,
        ...objects,
        inputs,
        timeoutSeconds: timeout,
        cancelled,
        report: (message, severity = "info") => log.status(severity, urn, message),
    });
}

export interface CreateArguments extends Operation {
    properties: JsonObject;
}

export interface CreateResult {
    id: string;
    properties: JsonObject;
}

export async function create(provider: Provider, args: CreateArguments): Promise<CreateResult> {
    const { properties, preview, urn } = args;
    const inputs = revealObject(properties);
    if (preview && (await isUnpreviewable(provider, inputs))) {
        return { id: "", properties };
    }
    const fieldManager = fieldManagerFor(inputs, "");
    const state = (live: JsonObject) =>
        writeCheckpoint(
            { inputs, live, initialApiVersion: apiVersionOf(inputs), fieldManager },
            properties,
        );
    const { upsertExistingObjects: upsert } = provider.settings;
    const write = async () => {
        const context = await writeContext(provider, args, inputs, fieldManager);
        return { context, written: await createObject(context, inputs, { upsert }) };
    };
    let made: Awaited<ReturnType<typeof write>>;
    try {
        const report = (message: string) => provider.log.status("info", urn, message);
        made = await (preview ? write() : whileMissing(provider.cancelled, report, write));
    } catch (error) {
        if (preview && isOnlyNotPreviewable(error)) {
            return { id: "", properties };
        }
        throw new Error(explainWrite("created", inputs, error), { cause: error });
    }
    if (preview) {
        const { status: _status, ...shown } = made.written;
        return { id: "", properties: state(shown) };
    }
    try {
        const live = await ready(provider, args, made.context, inputs, { written: made.written });
        provider.log.status("info", urn, "");
        return { id: idOf(live), properties: state(live) };
    } catch (error) {
        if (error instanceof NotReadyError) {
            const { live, message, reasons } = error;
            const kept = { id: idOf(live), properties: state(live), reasons };
            throw new InitializationError(message, kept);
        }
        throw error;
    }
}

/** A preview meets things that the run itself will have put right by then. */
const isOnlyNotPreviewable = (error: unknown) =>
    isForbidden(error) ||
    isNamespaceMissing(error) ||
    isAlreadyExists(error) ||
    isDryRunUnsupported(error);

export interface UpdateArguments extends Operation {
    id: string;
    olds: JsonObject;
    news: JsonObject;
    ignoreChanges: readonly string[];
}

export async function update(provider: Provider, args: UpdateArguments): Promise<JsonObject> {
    const { olds, news, preview, urn, ignoreChanges } = args;
    const inputs = normalize(revealObject(news));
    if (preview && (await isUnpreviewable(provider, inputs))) {
        return news;
    }
    const old = readCheckpoint(olds);
    const fieldManager = fieldManagerFor(inputs, old.fieldManager);
    const { initialApiVersion } = old;
    const state = (live: JsonObject) =>
        writeCheckpoint({ inputs, live, initialApiVersion, fieldManager }, news);
    const context = await writeContext(provider, args, inputs, fieldManager);
    const name = nameOf(old.live);
    try {
        const { before, after } = await updateObject(context, { name, inputs, ignoreChanges });
        if (preview) {
            return state(after);
        }
        const written = { written: after, previous: before };
        const live = await ready(provider, args, context, inputs, written);
        if (old.fieldManager !== "" && old.fieldManager !== fieldManager) {
            await relinquish({ ...context, fieldManager: old.fieldManager }, live);
        }
        provider.log.status("info", urn, "");
        return state(live);
    } catch (error) {
        if (preview && isForbidden(error)) {
            return news;
        }
        throw await unfinishedUpdate(context, { name, inputs, ignoreChanges }, state, error);
    }
}

/** What is in the cluster now goes to state, and the next run tries again. */
async function unfinishedUpdate(
    { cluster, collection, preview }: WriteContext,
    { name, inputs }: ApplyArguments,
    state: (live: JsonObject) => JsonObject,
    error: unknown,
): Promise<Error> {
    const known = error instanceof NotReadyError;
    const message = known ? error.message : explainWrite("updated", inputs, error);
    const live = known
        ? error.live
        : await cluster.find(`${collection}/${name}`).catch(() => undefined);
    return preview || live === undefined
        ? new Error(message, { cause: error })
        : new InitializationError(message, {
              id: idOf(live),
              properties: state(live),
              reasons: known ? error.reasons : [],
          });
}

export interface DeleteArguments {
    urn: string;
    id: string;
    properties: JsonObject;
    timeout: number;
}

const howToForget =
    "If the cluster is gone for good, run again with the environment variable " +
    "PULUMI_K8S_DELETE_UNREACHABLE=true: its objects are then taken out of the state.";

export async function remove(provider: Provider, args: DeleteArguments): Promise<void> {
    const { urn, id, properties, timeout } = args;
    if (provider.unreachable !== "") {
        if (provider.settings.deleteUnreachable) {
            provider.log.say(
                "warning",
                urn,
                `taken out of the state only: ${provider.unreachable}`,
            );
            return;
        }
        throw new Error(
            `the Kubernetes cluster is unreachable: ${provider.unreachable}. ${howToForget}`,
        );
    }
    const { cluster, cancelled, log } = provider;
    const old = readCheckpoint(properties);
    const { name, namespace } = parseId(id);
    const live = apiVersionOf(old.live) === "" ? old.inputs : old.live;
    try {
        const collection = await cluster.pathOf(typeOf(live), namespaceOf(live) || namespace);
        await deleteObject({
            cluster,
            collection,
            name,
            inputs: old.inputs,
            live,
            timeoutSeconds: timeout,
            cancelled,
            report: (message, severity = "info") => log.status(severity, urn, message),
        });
    } catch (error) {
        if (error instanceof NoSuchKindError) {
            return; // Its definition is gone, and the object with it.
        }
        if (error instanceof NotReadyError) {
            log.say("warning", urn, error.reasons.join("\n"));
        }
        throw error;
    }
    log.status("info", urn, "");
}
