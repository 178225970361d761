import { checkReady } from "./await";
import {
    asProperties,
    fieldManagerFor,
    inputsFromLive,
    readCheckpoint,
    refreshedInputs,
    writeCheckpoint,
} from "./checkpoint";
import { NoSuchKindError, NotReadyError } from "./errors";
import { InitializationError } from "./lifecycle";
import { normalize } from "./normalize";
import { apiVersionOf, kindOf, namespaceOf, objectTypeOf, parseId, typeOfUrn } from "./objects";
import { type JsonObject, revealObject } from "./properties";
import type { Provider } from "./provider";

export interface ReadArguments {
    urn: string;
    id: string;
    /** The state; empty for an import. */
    properties: JsonObject;
    inputs: JsonObject;
}

export interface ReadResult {
    id: string;
    properties: JsonObject;
    inputs: JsonObject;
}

/** What the cluster has now, or undefined where it has no such object. */
export async function read(
    provider: Provider,
    args: ReadArguments,
): Promise<ReadResult | undefined> {
    const { urn, id, properties, inputs } = args;
    if (provider.unreachable !== "") {
        return readUnreachable(provider, args);
    }
    const type = objectTypeOf(typeOfUrn(urn));
    if (typeof type === "string") {
        throw new Error(type);
    }
    const old = readCheckpoint(properties);
    const oldInputs = normalize(revealObject(inputs));
    const isImport = apiVersionOf(oldInputs) === "";
    const { namespace, name } = parseId(id);
    const { cluster } = provider;
    const found = await cluster
        .pathOf(
            isImport ? type : { apiVersion: apiVersionOf(oldInputs), kind: kindOf(oldInputs) },
            namespaceOf(oldInputs) || namespace,
            name,
        )
        .then((path) => cluster.find(path))
        .catch((error: unknown) => {
            if (error instanceof NoSuchKindError) {
                return undefined; // Its definition is gone, and the object with it.
            }
            throw error;
        });
    if (found === undefined) {
        return undefined;
    }
    const newInputs = isImport
        ? inputsFromLive(found)
        : refreshedInputs(oldInputs, old.live, found);
    const result = (live: JsonObject): ReadResult => ({
        id,
        properties: writeCheckpoint(
            {
                inputs: newInputs,
                live,
                initialApiVersion: old.initialApiVersion || apiVersionOf(newInputs),
                fieldManager: fieldManagerFor(oldInputs, old.fieldManager),
            },
            inputs,
        ),
        inputs: asProperties(newInputs, inputs),
    });
    if (isImport) {
        return result(found);
    }
    try {
        await checkReady({ cluster, live: found, inputs: oldInputs });
    } catch (error) {
        if (error instanceof NotReadyError) {
            const { message, reasons, live } = error;
            throw new InitializationError(message, { ...result(live), reasons });
        }
        throw error;
    }
    return result(found);
}

function readUnreachable(
    { log, settings, unreachable }: Provider,
    { urn, id, properties, inputs }: ReadArguments,
): ReadResult | undefined {
    log.say("warning", urn, `the Kubernetes cluster is unreachable: ${unreachable}`);
    if (settings.deleteUnreachable) {
        return undefined;
    }
    if (settings.skipUpdateUnreachable) {
        return { id, properties, inputs };
    }
    throw new Error(
        "the object was not read, because the cluster is unreachable. If the cluster is gone for " +
            "good, run again with PULUMI_K8S_DELETE_UNREACHABLE=true",
    );
}
