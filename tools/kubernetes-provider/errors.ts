import { listAt, numberAt, textAt } from "./objects";
import type { JsonObject } from "./properties";

/** An answer of the API server that is a refusal, in its own words. */
export class ApiError extends Error {
    readonly code: number;
    readonly reason: string;
    readonly status: JsonObject;

    constructor(status: JsonObject, code: number) {
        super(textAt(status, "message") || `the API server answered with HTTP status ${code}`);
        this.code = numberAt(status, "code") ?? code;
        this.reason = textAt(status, "reason");
        this.status = status;
    }
}

/** The API server could not be asked at all. */
export class UnreachableError extends Error {}

/** The cluster knows no such kind: its CustomResourceDefinition is not (or no longer) there. */
export class NoSuchKindError extends Error {}

/** Something made by the cluster is there, but not ready. Kept in state, tried again by the next run. */
export class NotReadyError extends Error {
    readonly reasons: string[];
    readonly live: JsonObject;

    constructor(message: string, reasons: string[], live: JsonObject) {
        super(message);
        this.reasons = reasons;
        this.live = live;
    }
}

const isApiError = (error: unknown, code: number): error is ApiError =>
    error instanceof ApiError && error.code === code;

export const isNotFound = (error: unknown) => isApiError(error, 404);
export const isForbidden = (error: unknown) => isApiError(error, 403);
export const isConflict = (error: unknown) => isApiError(error, 409) && error.reason === "Conflict";
export const isAlreadyExists = (error: unknown) =>
    isApiError(error, 409) && error.reason === "AlreadyExists";

/** The object's namespace is the thing that is missing. */
export const isNamespaceMissing = (error: unknown) =>
    isApiError(error, 404) && textAt(error.status, "details", "kind") === "namespaces";

/** The cluster refuses to change a field of something that exists. */
export const isImmutableField = (error: unknown) =>
    isApiError(error, 422) && error.message.includes("field is immutable");

/** Admission or an old server cannot play a request through without doing it. */
export const isDryRunUnsupported = (error: unknown) =>
    isApiError(error, 400) && /dry ?run/i.test(error.message);

export const messageOf = (error: unknown) =>
    error instanceof Error ? error.message : String(error);

/** Who else owns which field, one line each, out of a server-side apply conflict. */
export function conflictsOf(error: ApiError): string[] {
    return listAt(error.status, "details", "causes").map(
        (cause) => `${textAt(cause, "field")}: ${textAt(cause, "message")}`,
    );
}
