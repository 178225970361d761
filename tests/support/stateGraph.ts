import { Recording, type RecordedResource } from "kubefabric/testing";

import type { EngineStack } from "./engine.ts";

/** A resource as the engine's state has it, as far as it is read here. */
interface StateResource {
    urn: string;
    type: string;
    custom: boolean;
    parent?: string;
    dependencies?: string[];
    provider?: string;
    protect?: boolean;
    retainOnDelete?: boolean;
    deletedWith?: string;
    inputs?: Record<string, unknown>;
}

/** What a stack's state says of its resources, as a recording of its program has it. */
export async function recordingOf({ stack }: EngineStack): Promise<Recording> {
    const { deployment } = (await stack.exportStack()) as {
        deployment: { resources: StateResource[] };
    };
    return new Recording(deployment.resources.map(recorded), undefined);
}

function recorded(resource: StateResource): RecordedResource {
    const { urn, type, custom, parent = "", dependencies = [], provider = "" } = resource;
    const { protect = false, retainOnDelete = false, deletedWith = "", inputs = {} } = resource;
    return {
        urn,
        type,
        name: urn.split("::").at(-1)!,
        parent,
        dependencies,
        custom,
        protect,
        retainOnDelete,
        deletedWith,
        aliases: [],
        additionalSecretOutputs: [],
        provider,
        inputs,
    };
}
