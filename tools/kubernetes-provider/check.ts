import { createHash, randomBytes } from "node:crypto";

import { asProperties } from "./checkpoint";
import { normalize } from "./normalize";
import {
    type ObjectType,
    annotationOf,
    annotations,
    at,
    nameOf,
    nameOfUrn,
    namespaceOf,
    objectTypeOf,
    textAt,
    typeOfUrn,
    withMetadata,
} from "./objects";
import { type JsonObject, isObject, isUnknown, revealObject } from "./properties";
import type { Provider } from "./provider";
import type { Failure } from "./settings";

/** How the engine wants generated names to be made. */
export interface Autonaming {
    disabled: boolean;
    proposedName: string;
}

export interface CheckArguments {
    urn: string;
    olds: JsonObject;
    news: JsonObject;
    randomSeed: Uint8Array;
    autonaming: Autonaming | undefined;
}

export interface CheckResult {
    inputs: JsonObject;
    failures: Failure[];
}

/** The inputs made complete: type, name, namespace, and the spelling of Kubernetes. */
export async function check(provider: Provider, args: CheckArguments): Promise<CheckResult> {
    const { urn, olds, news } = args;
    const type = objectTypeOf(typeOfUrn(urn));
    if (typeof type === "string") {
        return failed(news, "", type);
    }
    if (provider.unreachable !== "" && provider.settings.skipUpdateUnreachable) {
        const skipped =
            "the cluster is unreachable and skipUpdateUnreachable is set: left as it is";
        provider.log.say("warning", urn, skipped);
        return { inputs: olds, failures: [] };
    }
    const written = revealObject(news);
    const oldInputs = revealObject(olds);
    const reason = refusal(written);
    if (reason !== "") {
        return failed(news, "metadata", reason);
    }
    const typed = normalize({ ...typeFields(type), ...written });
    const named = withName(typed, oldInputs, args);
    if (typeof named === "string") {
        return failed(news, "metadata", named);
    }
    const placed = await withNamespace(provider, type, named);
    warnAboutAnnotations(provider, urn, placed);
    return { inputs: asProperties(placed, news), failures: [] };
}

const failed = (inputs: JsonObject, property: string, reason: string): CheckResult => ({
    inputs,
    failures: [{ property, reason }],
});

const typeFields = ({ apiVersion, kind }: ObjectType): JsonObject => ({ apiVersion, kind });

function refusal(inputs: JsonObject): string {
    return nameOf(inputs) === "" && textAt(inputs, "metadata", "generateName") !== ""
        ? "generateName does not go with server-side apply; leave it out and Pulumi makes a name"
        : "";
}

/** The inputs with a name: the program's, the one generated earlier, or a new one. */
export function withName(
    inputs: JsonObject,
    oldInputs: JsonObject,
    { urn, randomSeed, autonaming }: Pick<CheckArguments, "urn" | "randomSeed" | "autonaming">,
): JsonObject | string {
    if (isUnknown(inputs["metadata"]) || nameOf(inputs) !== "") {
        return inputs;
    }
    if (Object.keys(oldInputs).length > 0) {
        const generated = annotationOf(oldInputs, annotations.autonamed) === "true";
        return generated ? withGeneratedName(inputs, nameOf(oldInputs)) : inputs;
    }
    if (autonaming?.disabled) {
        return "generated names are turned off; set metadata.name";
    }
    const proposed = autonaming?.proposedName;
    return withGeneratedName(inputs, proposed || `${nameOfUrn(urn)}-${suffix(randomSeed)}`);
}

/** Eight hexadecimal digits; the same ones for the same seed, so that a preview shows the name. */
function suffix(seed: Uint8Array): string {
    return seed.length === 0
        ? randomBytes(4).toString("hex")
        : createHash("sha256").update(seed).digest("hex").slice(0, 8);
}

function withGeneratedName(inputs: JsonObject, name: string): JsonObject {
    const present = at(inputs, "metadata", "annotations");
    const marked = isUnknown(present)
        ? present
        : { ...(isObject(present) ? present : {}), [annotations.autonamed]: "true" };
    return withMetadata(inputs, { name, annotations: marked });
}

async function withNamespace(
    provider: Provider,
    type: ObjectType,
    inputs: JsonObject,
): Promise<JsonObject> {
    const given = namespaceOf(inputs) !== "" || isUnknown(inputs["metadata"]);
    if (given || provider.defaultNamespace === "") {
        return inputs;
    }
    // A custom kind that nobody knows yet is taken for a namespaced one.
    const namespaced = (await provider.isNamespaced(type)) ?? true;
    return namespaced ? withMetadata(inputs, { namespace: provider.defaultNamespace }) : inputs;
}

function warnAboutAnnotations(provider: Provider, urn: string, inputs: JsonObject): void {
    if (annotationOf(inputs, annotations.waitFor) !== "") {
        const message = `${annotations.waitFor} is not done by the small Kubernetes provider`;
        provider.log.say("warning", urn, message);
    }
}
