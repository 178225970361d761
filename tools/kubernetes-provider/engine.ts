import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

export type Severity = "info" | "warning" | "error";

const severities: Record<Severity, LogSeverity> = {
    info: LogSeverity.INFO,
    warning: LogSeverity.WARNING,
    error: LogSeverity.ERROR,
};

/** The way to the person in front of the terminal. */
export interface Log {
    /** A line that stays. */
    say(severity: Severity, urn: string, message: string): void;
    /** What is going on at the moment; shown beside the resource, replaced by the next. */
    status(severity: Severity, urn: string, message: string): void;
}

/** The log of the Pulumi engine at an address. */
export function engineLog(address: string): Log {
    const client = new EngineClient(address, credentials.createInsecure());
    const last = new Map<string, string>();
    const send = (severity: Severity, urn: string, message: string, ephemeral: boolean) => {
        const request = new LogRequest();
        request.setSeverity(severities[severity]);
        request.setUrn(urn);
        request.setMessage(message);
        request.setEphemeral(ephemeral);
        // Nobody is there to be told that telling failed.
        client.log(request, () => undefined);
    };
    return {
        say: (severity, urn, message) => send(severity, urn, message, false),
        status: (severity, urn, message) => {
            if (last.get(urn) !== message) {
                last.set(urn, message);
                send(severity, urn, message, true);
            }
        },
    };
}

/** No log, for calls without an engine. */
export const silentLog: Log = { say: () => undefined, status: () => undefined };
