import type { EngineEvent, OpMap, StepEventMetadata } from "@pulumi/pulumi/automation";

/** How a kind of change is told; replacements are counted once, not with their two halves. */
const CHANGES: readonly [keyof OpMap, string][] = [
    ["create", "created"],
    ["import", "adopted"],
    ["update", "updated"],
    ["replace", "replaced"],
    ["delete", "deleted"],
    ["discard", "forgotten"],
];

/** Without a word for this long, it is said what is being waited for. */
const SILENCE_MS = 20_000;
/** More lines of one message than these are only in the log. */
const LINES_PER_MESSAGE = 8;

/** One problem the engine has told. */
export interface Diagnostic {
    /** `StatefulSet peer0`, or empty for the program as a whole. */
    resource: string;
    message: string;
}

/** `12 created, 1 replaced`; for no change at all, exactly `0 changes`. */
export function changesText(changes: OpMap): string {
    const told = CHANGES.flatMap(([operation, word]) => {
        const count = changes[operation] ?? 0;
        return count > 0 ? [`${count} ${word}`] : [];
    });
    return told.length > 0 ? told.join(", ") : "0 changes";
}

export function secondsText(milliseconds: number): string {
    return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** `PeerNode peer0` of `urn:pulumi:stack::project::parent$kubefabric:index:PeerNode::peer0`. */
export function resourceText(urn: string): string {
    const [, , types = "", ...name] = urn.split("::");
    const type = types.split("$").at(-1) ?? "";
    // The stack is the program itself.
    return type === "" || type === "pulumi:pulumi:Stack"
        ? ""
        : `${type.split(":").at(-1)} ${name.join("::")}`;
}

/**
 * Follows a run of the engine: says, as it happens, which component is ready, and keeps what has to be
 * told at the end.
 *
 * A component counts as ready once it has given its outputs and none of its children is being worked
 * on. A component that nothing was changed in is not mentioned.
 */
export class Progress {
    changes: OpMap = {};
    readonly errors: Diagnostic[] = [];
    readonly warnings: Diagnostic[] = [];
    private readonly started = Date.now();
    private readonly print: (line: string) => void;
    private lastLine = Date.now();
    private readonly parents = new Map<string, string>();
    private readonly inFlight = new Map<string, number>();
    private readonly changed = new Map<string, number>();
    /** What is said of each component once its own part is done. */
    private readonly complete = new Map<string, "ready" | "gone">();
    private readonly destroying: boolean;
    private readonly told = new Set<string>();
    private timer: NodeJS.Timeout | undefined;

    constructor(print: (line: string) => void, { destroying = false } = {}) {
        this.print = print;
        this.destroying = destroying;
    }

    /** Says from time to time what is being waited for, until {@link stop}. */
    watch(): this {
        this.timer = setInterval(() => this.tellSilence(), 1000);
        this.timer.unref();
        return this;
    }

    stop(): void {
        clearInterval(this.timer);
    }

    /** Time since the start, in milliseconds. */
    get elapsed(): number {
        return Date.now() - this.started;
    }

    readonly onEvent = (event: EngineEvent): void => {
        if (event.resourcePreEvent !== undefined) {
            this.begin(event.resourcePreEvent.metadata);
        } else if (event.resOutputsEvent !== undefined) {
            this.finish(event.resOutputsEvent.metadata);
        } else if (event.resOpFailedEvent !== undefined) {
            this.inFlight.delete(event.resOpFailedEvent.metadata.urn);
        } else if (event.summaryEvent !== undefined) {
            this.changes = event.summaryEvent.resourceChanges ?? {};
        } else if (event.policyEvent?.enforcementLevel === "mandatory") {
            const { resourceUrn = "", message } = event.policyEvent;
            note(this.errors, resourceUrn, message);
        } else if (event.diagnosticEvent !== undefined) {
            this.diagnose(event.diagnosticEvent);
        }
    };

    private begin({ urn, op, new: now, old }: StepEventMetadata): void {
        this.parents.set(urn, now?.parent ?? old?.parent ?? "");
        if (isChange(op) && (now?.custom ?? old?.custom) === true) {
            this.inFlight.set(urn, Date.now());
        }
    }

    private finish({ urn, op, new: now, old }: StepEventMetadata): void {
        this.inFlight.delete(urn);
        if ((now?.custom ?? old?.custom) === true) {
            if (isChange(op)) {
                for (const component of this.ancestors(urn)) {
                    this.changed.set(component, (this.changed.get(component) ?? 0) + 1);
                }
            }
        } else {
            this.complete.set(urn, op === "delete" ? "gone" : "ready");
        }
        for (const component of [urn, ...this.ancestors(urn)]) {
            this.tellReady(component);
        }
    }

    private tellReady(component: string): void {
        const count = this.changed.get(component) ?? 0;
        const name = resourceText(component);
        const outcome = this.complete.get(component);
        if (this.destroying && outcome === "ready") {
            return;
        }
        if (count === 0 || name === "" || outcome === undefined || this.told.has(component)) {
            return;
        }
        if ([...this.inFlight.keys()].some((urn) => this.ancestors(urn).includes(component))) {
            return;
        }
        this.told.add(component);
        this.line(`${name} ${outcome}`);
    }

    private ancestors(urn: string): string[] {
        const found: string[] = [];
        for (let parent = this.parents.get(urn); parent; parent = this.parents.get(parent)) {
            found.push(parent);
        }
        return found;
    }

    private tellSilence(): void {
        if (Date.now() - this.lastLine < SILENCE_MS || this.inFlight.size === 0) {
            return;
        }
        const oldest = [...this.inFlight].sort(([, a], [, b]) => a - b).map(([urn]) => urn);
        const more = oldest.length > 3 ? ` and ${oldest.length - 3} more` : "";
        this.line(`waiting for ${oldest.slice(0, 3).map(resourceText).join(", ")}${more}`);
    }

    private line(text: string): void {
        this.lastLine = Date.now();
        this.print(`${secondsText(this.elapsed).padStart(9)}  ${text}`);
    }

    private diagnose({
        urn = "",
        message,
        severity,
        ephemeral,
    }: NonNullable<EngineEvent["diagnosticEvent"]>): void {
        if (ephemeral === true) {
            return;
        }
        if (severity === "error") {
            note(this.errors, urn, message);
        } else if (severity === "warning") {
            // That is how our programs are found, not news.
            if (!/using pulumi-\S+ from \$PATH/.test(message)) {
                note(this.warnings, urn, message);
            }
        } else if (severity === "info" && resourceText(urn) === "" && !this.destroying) {
            // What the program itself says.
            for (const line of clean(message).split("\n")) {
                this.print(`           ${line}`);
            }
        }
    }
}

function isChange(op: StepEventMetadata["op"]): boolean {
    return op !== "same" && op !== "read" && op !== "refresh";
}

function note(list: Diagnostic[], urn: string, message: string): void {
    const resource = resourceText(urn);
    const text = clean(message);
    if (
        text === "" ||
        list.some((known) => known.message === text && known.resource === resource)
    ) {
        return;
    }
    list.push({ resource, message: text });
}

/** A message without colors, without the stack of an exception, and not longer than can be read. */
export function clean(message: string): string {
    const lines = message
        .replace(/<\{%.*?%\}>/g, "")
        // eslint-disable-next-line no-control-regex -- colors of a terminal
        .replace(/\u001b\[[0-9;]*m/g, "")
        .split("\n")
        .map((line) => line.trimEnd())
        .filter((line) => line !== "" && !/^\s+at .*(:\d+\)?|<anonymous>\)?)$/.test(line))
        .filter((line) => !/^Running program '.*' failed with an unhandled exception:$/.test(line));
    const rest = lines.length - LINES_PER_MESSAGE;
    return rest > 1
        ? [...lines.slice(0, LINES_PER_MESSAGE), `(${rest} more lines in the log)`].join("\n")
        : lines.join("\n");
}

/** What to do about a failure, by what its messages say; the first that fits. */
const REMEDIES: readonly [RegExp, string][] = [
    [/no space left|ENOSPC/i, "the disk is full: free some space"],
    [
        /incorrect passphrase/i,
        "the passphrase is not the one the state was written with: restore it",
    ],
    [
        /connection refused|ECONNREFUSED|no such host|ENOTFOUND|i\/o timeout|unreachable/i,
        "the cluster cannot be reached: check that it runs",
    ],
    [/forbidden|Unauthorized/i, "permission is missing: ask for what the message names"],
    [
        /timed? ?out|not ready|Ready replicas|rollout/i,
        "look at the Pods: kubectl get pods -A, then kubectl describe pod",
    ],
];

/** The end of a run that failed: what the engine says, briefly, and what to do. */
export function failureText({
    what,
    errors,
    fallback,
    log,
    command,
}: {
    what: string;
    errors: readonly Diagnostic[];
    /** Said where the engine has given no reason. */
    fallback: string;
    log: string;
    command: string;
}): string {
    // The engine closes every failed run with a line that says no more than that it failed.
    const telling = errors.filter(
        ({ message }) => !/^(update|destroy|refresh|preview) failed$/.test(message),
    );
    const lines = telling.flatMap(({ resource, message }) =>
        indent([resource, message].filter((part) => part !== "").join(": ")),
    );
    const all = lines.join("\n");
    const remedy = REMEDIES.find(([pattern]) => pattern.test(all))?.[1] ?? "mend what it says";
    return [
        `${what} failed`,
        ...(lines.length > 0 ? lines : indent(clean(fallback))),
        `What to do: ${remedy}; then run "${command}" again, it goes on from here. Nothing is lost.`,
        `Full log: ${log}`,
    ].join("\n");
}

function indent(text: string): string[] {
    return text.split("\n").map((line) => `  ${line}`);
}
