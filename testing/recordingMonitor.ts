import * as pulumi from "@pulumi/pulumi";
import type { Callback } from "@pulumi/pulumi/proto/callback_pb";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import * as settings from "@pulumi/pulumi/runtime/settings";
import * as state from "@pulumi/pulumi/runtime/state";

import { placeholdersFor } from "./placeholders";
import { Transforms } from "./transforms";
import { aliasUrns, urnBelow } from "./urns";

/** One resource as the program registered it. */
export interface RecordedResource {
    readonly urn: string;
    /** Type token, such as `kubernetes:apps/v1:StatefulSet`. */
    readonly type: string;
    /** Logical name. */
    readonly name: string;
    /** URN of its parent; empty for the stack. */
    readonly parent: string;
    /** URNs that it depends on, by `dependsOn` and by its inputs. */
    readonly dependencies: readonly string[];
    readonly custom: boolean;
    readonly protect: boolean;
    readonly retainOnDelete: boolean;
    /** URN whose deletion spares this one's. */
    readonly deletedWith: string;
    /** URNs that it is looked for under besides its own, those by its parents' aliases included. */
    readonly aliases: readonly string[];
    /** Names of outputs that are secret, besides what its inputs make so. */
    readonly additionalSecretOutputs: readonly string[];
    /** Reference of the provider, `urn::id`. */
    readonly provider: string;
    /** Inputs, secrets in clear: this is a test's memory. */
    readonly inputs: Readonly<Record<string, unknown>>;
}

/**
 * What a resource gets back, beyond its inputs and, for resources of this package, placeholders; also what a
 * function answers, whose token is its type and which has no name.
 */
export type Outputs = (resource: {
    type: string;
    name: string;
    inputs: Record<string, unknown>;
}) => Record<string, unknown> | Promise<Record<string, unknown>>;

/**
 * Runs a Pulumi program without an engine and records what it registers: unlike the SDK's mocks also
 * parents, dependencies, protection and aliases, and with every `transforms` applied.
 *
 * It stands on `MockMonitor`, which the SDK exports under a path that it does not document; a test
 * holds this against each new version.
 *
 * @example
 * const { resources } = await record(() => { new PeerNode("peer0", { org }); });
 */
export async function record(
    program: () => unknown,
    options: { project?: string; stack?: string; preview?: boolean; outputs?: Outputs } = {},
): Promise<Recording> {
    const { project = "project", stack = "stack", preview = false } = options;
    const outputs: Outputs = options.outputs ?? (() => ({}));
    const mocks: pulumi.runtime.Mocks = {
        newResource: async ({ type, name, inputs, custom }) => {
            const own = await outputs({ type, name, inputs: plainRecord(inputs) });
            return {
                id: custom ? `${name}-id` : undefined,
                state: { ...inputs, ...placeholdersFor(type), ...own },
            };
        },
        call: async ({ token, inputs: wrapped }) => {
            const inputs = plainRecord(wrapped);
            const own = await outputs({ type: token, name: "", inputs });
            return { ...inputs, ...placeholdersFor(token), ...own };
        },
    };
    const recorded: RecordedResource[] = [];
    const monitor = new RecordingMonitor(mocks, recorded);
    pulumi.runtime.setMockOptions(monitor, project, stack, preview);
    await prepareSdk();
    const returned = await program();
    await settled();
    return new Recording(recorded, returned);
}

/** The part of the SDK's state that is used here. */
interface SdkStore {
    settings: { rpcDone: Promise<unknown> };
    callbacks?: { shutdown(): void };
}

const sdkStore = () => (state as unknown as { getStore(): SdkStore }).getStore();

async function prepareSdk(): Promise<void> {
    // What calls transforms back belongs to the monitor that it was made for.
    sdkStore().callbacks?.shutdown();
    sdkStore().callbacks = undefined;
    // The SDK asks an engine once what it can do.
    await (settings as unknown as { awaitFeatureSupport(): Promise<void> }).awaitFeatureSupport();
}

/** Registrations go on after a program's last line; they have ended when no call is under way. */
async function settled(): Promise<void> {
    // The SDK waits the same way before it disconnects, but keeps the function to itself.
    const calls = sdkStore().settings;
    let done: Promise<unknown> | undefined;
    while (done !== calls.rpcDone) {
        done = calls.rpcDone;
        await done;
        // What a finished call set off starts in a later turn.
        await new Promise((resolve) => setImmediate(resolve));
    }
}

/** What a program registered. */
export class Recording {
    readonly resources: readonly RecordedResource[];
    /** What the program returned. */
    readonly returned: unknown;

    constructor(resources: readonly RecordedResource[], returned: unknown) {
        this.resources = resources;
        this.returned = returned;
    }

    /** The one resource of a kind (the last part of its type) and name. Throws where there is none. */
    find(kind: string, name: string): RecordedResource {
        const found = this.resources.filter(
            (resource) => kindOf(resource) === kind && resource.name === name,
        );
        const [only] = found;
        if (only === undefined || found.length > 1) {
            const known = this.resources.map((resource) => `${kindOf(resource)} ${resource.name}`);
            throw new Error(`${found.length} × ${kind} ${name}; recorded: ${known.join(", ")}`);
        }
        return only;
    }

    /** All resources of a kind. */
    ofKind(kind: string): readonly RecordedResource[] {
        return this.resources.filter((resource) => kindOf(resource) === kind);
    }

    /** What a resource depends on, as `Kind name`. */
    dependenciesOf(resource: RecordedResource): string[] {
        return resource.dependencies.map((urn) => this.labelOf(urn)).sort();
    }

    /** `Kind name` of the parent; empty for a child of the stack. */
    parentOf(resource: RecordedResource): string {
        return resource.parent === "" ? "" : this.labelOf(resource.parent);
    }

    private labelOf(urn: string): string {
        const resource = this.resources.find((candidate) => candidate.urn === urn);
        return resource ? `${kindOf(resource)} ${resource.name}` : urn;
    }
}

function kindOf({ type }: { type: string }): string {
    return type.split(":").at(-1) ?? type;
}

type Answer<T> = (error: unknown, response: T | null) => void;

class RecordingMonitor extends MockMonitor {
    private readonly recorded: RecordedResource[];
    private readonly transforms = new Transforms();
    private readonly aliases = new Map<string, string[]>();

    constructor(mocks: pulumi.runtime.Mocks, recorded: RecordedResource[]) {
        super(mocks);
        this.recorded = recorded;
        // The SDK keeps this method to itself.
        Object.assign(this, { newUrn: urnBelow });
    }

    // The SDK types its requests as `any`.
    override async registerResource(
        request: RegisterResourceRequest,
        answer: Answer<{ getUrn(): string }>,
    ): Promise<void> {
        try {
            await this.transforms.apply(request);
        } catch (error) {
            answer(error, null);
            return;
        }
        await super.registerResource(request, (error, response: { getUrn(): string } | null) => {
            if (response !== null) {
                this.transforms.remember(response.getUrn(), request);
                const aliases = aliasUrns(request, this.aliases.get(request.getParent()) ?? []);
                this.aliases.set(response.getUrn(), aliases);
                this.recorded.push(recordOf(request, response.getUrn(), aliases));
            }
            answer(error, response);
        });
    }

    /** Called by the SDK for `pulumi.runtime.registerResourceTransform`. */
    registerStackTransform(callback: Callback, answer: Answer<object>): void {
        this.transforms.addForStack(callback);
        answer(null, {});
    }
}

function recordOf(
    request: RegisterResourceRequest,
    urn: string,
    aliases: readonly string[],
): RecordedResource {
    return {
        urn,
        type: request.getType(),
        name: request.getName(),
        parent: request.getParent(),
        dependencies: request.getDependenciesList(),
        custom: request.getCustom(),
        protect: request.getProtect() ?? false,
        retainOnDelete: request.getRetainondelete() ?? false,
        deletedWith: request.getDeletedwith(),
        aliases,
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
        provider: request.getProvider(),
        inputs: plainRecord(request.getObject()?.toJavaScript() ?? {}),
    };
}

/** The key by which the SDK marks special values, and the mark of a secret. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Values without the wrapping of secrets. */
function plainRecord(values: unknown): Record<string, unknown> {
    return plain(values) as Record<string, unknown>;
}

function plain(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(plain);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    const entries = value as Record<string, unknown>;
    return entries[SIGNATURE] === SECRET
        ? plain(entries.value)
        : Object.fromEntries(Object.entries(entries).map(([key, item]) => [key, plain(item)]));
}
