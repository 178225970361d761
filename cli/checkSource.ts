import type { Resource } from "../policy/rules/resource";

/** What a file holds, and where in it. */
export interface Source {
    readonly file: string;
    readonly resources: readonly Resource[];
    /** Line and column of a path in a resource, or of the nearest thing above it; both from 1. */
    locate(resource: Resource, path: string): Place;
}

export interface Place {
    readonly line: number;
    readonly column: number;
}

/** A file that cannot be read for what it should be. Nothing is known of what is in it. */
export class Unreadable extends Error {
    override name = "Unreadable";
    readonly file: string;
    readonly place: Place;

    constructor(file: string, message: string, place: Partial<Place> = {}) {
        super(message);
        this.file = file;
        this.place = { line: place.line ?? 1, column: place.column ?? 1 };
    }
}

/** The first line of an error's message: it goes onto one line of a report. */
export function oneLine(error: unknown): string {
    const [first = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    return first;
}
