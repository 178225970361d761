import { Alarm } from "./alarm";
import type { Cluster } from "./cluster";
import { NotReadyError, messageOf } from "./errors";
import { annotationOf, annotations, nameOf, numberAt, textAt, titleOf } from "./objects";
import type { JsonObject } from "./properties";
import type { Readiness } from "./readiness";
import { workloadProblems } from "./report";
import { type Rule, ruleFor } from "./rules";

const pollMilliseconds = 2000;
const reportMilliseconds = 10_000;

export interface AwaitTask {
    cluster: Cluster;
    /** The path of the collection that the object is in. */
    collection: string;
    /** The object as the API server answered when it was written. */
    written: JsonObject;
    /** As it was before; undefined when it is created. */
    previous?: JsonObject;
    inputs: JsonObject;
    /** From the resource's options; 0 for none. */
    timeoutSeconds: number;
    cancelled: AbortSignal;
    /** Shows what the wait is for. */
    report: (message: string, severity?: "info" | "warning") => void;
}

/** The time to wait: the resource's own timeout, its annotation, else the kind's default. */
export function secondsToWait(fromOptions: number, inputs: JsonObject, fallback = 600): number {
    const annotated = annotationOf(inputs, annotations.timeoutSeconds);
    const fromAnnotation = /^\d+$/.test(annotated) ? Number(annotated) : 0;
    return fromOptions || fromAnnotation || fallback;
}

export const skipsAwait = (inputs: JsonObject) =>
    annotationOf(inputs, annotations.skipAwait) === "true";

/** Waits until the object is ready and gives it back as it is then. */
export async function awaitReady(task: AwaitTask): Promise<JsonObject> {
    const rule = ruleFor(task.written);
    if (rule === undefined || skipsAwait(task.inputs)) {
        return task.written;
    }
    const seconds = secondsToWait(task.timeoutSeconds, task.inputs, rule.seconds);
    const wait = new Wait(task, rule, seconds);
    try {
        return await wait.untilReady();
    } finally {
        wait.stop();
    }
}

/** One look, for a refresh: throws what is not ready. */
export async function checkReady(
    task: Pick<AwaitTask, "cluster" | "inputs"> & { live: JsonObject },
): Promise<void> {
    const { cluster, live, inputs } = task;
    const rule = ruleFor(live);
    if (rule?.onRead !== true || skipsAwait(inputs)) {
        return;
    }
    const look = { cluster, live, previous: undefined, memory: new Map(), once: true };
    const state = await rule.look(look);
    if (!state.ready) {
        const problems = await workloadProblems(cluster, live, { logs: false });
        const message = `${titleOf(live)} was created but is not ready`;
        throw new NotReadyError(message, [...state.reasons, ...problems], live);
    }
}

class Wait {
    private readonly task: AwaitTask;
    private readonly rule: Rule;
    private readonly seconds: number;
    private readonly alarm: Alarm;
    private readonly memory = new Map<string, unknown>();
    private readonly stops: (() => void)[] = [];
    private live: JsonObject;
    private lastReport = Date.now();

    constructor(task: AwaitTask, rule: Rule, seconds: number) {
        this.task = task;
        this.rule = rule;
        this.seconds = seconds;
        this.live = task.written;
        this.alarm = new Alarm(task.cancelled, seconds);
    }

    stop(): void {
        this.stops.forEach((stop) => stop());
    }

    async untilReady(): Promise<JsonObject> {
        for (let watching = false; ; watching = true) {
            const state = await this.look();
            if (state.ready) {
                return this.live;
            }
            if (state.failed) {
                throw await this.failure("will not become ready any more", state);
            }
            this.task.report(`waiting for ${state.waitsFor}`);
            if (!watching) {
                this.watch();
            }
            const wake = await this.alarm.sleep(pollMilliseconds);
            if (wake === "cancelled") {
                throw await this.failure("is not ready: the operation was cancelled", state);
            }
            if (wake !== "change") {
                await this.poll();
            }
            if (wake === "timeout") {
                return await this.lastLook();
            }
            await this.reportPods();
        }
    }

    private async look(): Promise<Readiness> {
        const { cluster, previous } = this.task;
        const { live, memory } = this;
        try {
            return await this.rule.look({ cluster, live, previous, memory, once: false });
        } catch (error) {
            // The object is there; not being able to look at what is around it ends nothing.
            const waitsFor = messageOf(error);
            return { ready: false, waitsFor, reasons: [waitsFor] };
        }
    }

    /** Ready in the last moment is ready. */
    private async lastLook(): Promise<JsonObject> {
        const state = await this.look();
        if (state.ready) {
            return this.live;
        }
        throw await this.failure(`timed out waiting to be ready, after ${this.seconds} s`, state);
    }

    private watch(): void {
        const { cluster, collection, written } = this.task;
        const follow = (path: string, name: string, onChange: (object: JsonObject) => void) => {
            const query = { fieldSelector: `metadata.name=${name}` };
            this.stops.push(cluster.watch(path, query, onChange));
        };
        follow(collection, nameOf(written), (object) => {
            this.see(object);
            this.alarm.ring();
        });
        const other = this.rule.alsoWatch?.(written);
        if (other !== undefined) {
            follow(other.path, other.name, () => this.alarm.ring());
        }
    }

    /** Takes over a newer state of the object; an older one, or a namesake, says nothing. */
    private see(object: JsonObject): void {
        const { written } = this.task;
        const sameObject = textAt(object, "metadata", "uid") === textAt(written, "metadata", "uid");
        const generation = (from: JsonObject) => numberAt(from, "metadata", "generation") ?? 0;
        if (sameObject && generation(object) >= generation(written)) {
            this.live = object;
        }
    }

    private async poll(): Promise<void> {
        const { cluster, collection, written } = this.task;
        try {
            const object = await cluster.find(`${collection}/${nameOf(written)}`);
            if (object !== undefined) {
                this.see(object);
                return;
            }
        } catch (error) {
            this.task.report(messageOf(error), "warning");
            return;
        }
        throw new Error(`${titleOf(written)} was deleted by someone else while it was waited for`);
    }

    private async reportPods(): Promise<void> {
        if (Date.now() - this.lastReport < reportMilliseconds) {
            return;
        }
        this.lastReport = Date.now();
        const problems = await workloadProblems(this.task.cluster, this.live, { logs: false });
        problems.forEach((problem) => this.task.report(problem, "warning"));
    }

    private async failure(what: string, state: Readiness): Promise<NotReadyError> {
        const cancelled = this.task.cancelled.aborted;
        const problems = cancelled
            ? []
            : await workloadProblems(this.task.cluster, this.live, { logs: true });
        const reasons = [...state.reasons, ...problems];
        return new NotReadyError(`${titleOf(this.live)} ${what}`, reasons, this.live);
    }
}
