import * as pulumi from "@pulumi/pulumi";

/** How Pulumi marks a value that is a secret on its way to the engine. */
const MARK = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

interface Request {
    getObject?(): Struct | undefined;
    getOutputs?(): Struct | undefined;
    getArgs?(): Struct | undefined;
    getName?(): string;
    getUrn?(): string;
    getTok?(): string;
}

interface Struct {
    toJavaScript(): unknown;
}

type Method = (request: Request, answer: unknown) => unknown;

/** What a program sent to the engine, secrets marked as the engine sees them. */
export interface Sent {
    /** Method with the name, URN or token of what it is about. */
    what: string;
    value: unknown;
}

/** Notes what the program that is being recorded sends from now on. */
export function watchRequests(): Sent[] {
    const monitor = pulumi.runtime.getMonitor() as unknown as Record<string, Method>;
    const sent: Sent[] = [];
    for (const name of ["registerResource", "registerResourceOutputs", "invoke"]) {
        const send = monitor[name]!.bind(monitor);
        monitor[name] = (request, answer) => {
            const struct = request.getObject?.() ?? request.getOutputs?.() ?? request.getArgs?.();
            const about = request.getName?.() ?? request.getUrn?.() ?? request.getTok?.() ?? "";
            sent.push({ what: `${name} ${about}`, value: struct?.toJavaScript() });
            return send(request, answer);
        };
    }
    return sent;
}

/** All texts in a value: those that are secret, and those that are in clear. */
export function textsIn(value: unknown, isSecret = false): { text: string; isSecret: boolean }[] {
    if (typeof value === "string") {
        return [{ text: value, isSecret }];
    }
    if (typeof value !== "object" || value === null) {
        return [];
    }
    const fields = value as Record<string, unknown>;
    const hidden = isSecret || fields[MARK] === SECRET;
    return Object.values(fields).flatMap((each) => textsIn(each, hidden));
}
