import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import * as state from "@pulumi/pulumi/runtime/state";

import { placeholdersFor } from "./placeholders";

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
    readonly aliases: readonly string[];
    /** Names of outputs that are secret, besides what its inputs make so. */
    readonly additionalSecretOutputs: readonly string[];
    /** Reference of the provider, `urn::id`. */
    readonly provider: string;
    /** Inputs, secrets in clear: this is a test's memory. */
    readonly inputs: Readonly<Record<string, unknown>>;
}

/** What a resource gets back, beyond its inputs and, for resources of this package, placeholders. */
export type Outputs = (resource: {
    type: string;
    name: string;
    inputs: Record<string, unknown>;
}) => Record<string, unknown>;

/**
 * Runs a Pulumi program without an engine and records what it registers: unlike the SDK's mocks also
 * parents, dependencies, protection and aliases.
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
    const outputs = options.outputs ?? (() => ({}));
    const mocks: pulumi.runtime.Mocks = {
        newResource: ({ type, name, inputs, custom }) => ({
            id: custom ? `${name}-id` : undefined,
            state: { ...inputs, ...placeholdersFor(type), ...outputs({ type, name, inputs }) },
        }),
        call: ({ inputs }) => inputs,
    };
    const recorded: RecordedResource[] = [];
    await pulumi.runtime.setMocks(mocks, project, stack, preview);
    const monitor = new RecordingMonitor(mocks, recorded);
    pulumi.runtime.setMockOptions(monitor, project, stack, preview);
    const returned = await program();
    await settled();
    return new Recording(recorded, returned);
}

/** The part of the SDK's state that is read here. */
interface SdkStore {
    settings: { rpcDone: Promise<unknown> };
}

/** Registrations go on after a program's last line; they have ended when no call is under way. */
async function settled(): Promise<void> {
    // The SDK waits the same way before it disconnects, but keeps the function to itself.
    const { settings } = (state as unknown as { getStore(): SdkStore }).getStore();
    let done: Promise<unknown> | undefined;
    while (done !== settings.rpcDone) {
        done = settings.rpcDone;
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

type RegisterRequest = {
    getType(): string;
    getName(): string;
    getParent(): string;
    getDependenciesList(): string[];
    getCustom(): boolean;
    getProtect(): boolean;
    getRetainondelete(): boolean;
    getDeletedwith(): string;
    getAliasesList(): { toObject(): unknown }[];
    getAliasurnsList(): string[];
    getAdditionalsecretoutputsList(): string[];
    getProvider(): string;
    getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
};
type Callback = (error: unknown, response: { getUrn(): string } | null) => void;

class RecordingMonitor extends MockMonitor {
    private readonly recorded: RecordedResource[];

    constructor(mocks: pulumi.runtime.Mocks, recorded: RecordedResource[]) {
        super(mocks);
        this.recorded = recorded;
    }

    // The SDK types its requests as `any`.
    override async registerResource(request: RegisterRequest, callback: Callback): Promise<void> {
        const note: Callback = (error, response) => {
            if (response !== null) {
                this.recorded.push(recordOf(request, response.getUrn()));
            }
            callback(error, response);
        };
        await super.registerResource(request, note);
    }
}

function recordOf(request: RegisterRequest, urn: string): RecordedResource {
    return {
        urn,
        type: request.getType(),
        name: request.getName(),
        parent: request.getParent(),
        dependencies: request.getDependenciesList(),
        custom: request.getCustom(),
        protect: request.getProtect(),
        retainOnDelete: request.getRetainondelete(),
        deletedWith: request.getDeletedwith(),
        aliases: [
            ...request.getAliasurnsList(),
            ...request.getAliasesList().map((alias) => JSON.stringify(alias.toObject())),
        ],
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
        provider: request.getProvider(),
        inputs: plain(request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>,
    };
}

/** The key by which the SDK marks special values, and the mark of a secret. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Values without the wrapping of secrets. */
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
