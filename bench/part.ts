import type { Finding } from "./report";

/** What a part is given. */
export interface Bench {
    /** Whether the sizes that take minutes are measured as well. */
    full: boolean;
    /** A folder that is removed afterwards. */
    scratch: string;
    /** The checkout. */
    root: string;
    finding(this: void, finding: Finding): void;
    note(this: void, note: string): void;
    /** Ends with the part, in whatever way that ends. */
    afterwards(this: void, work: () => unknown): void;
}

/** Why a part cannot run here, in a sentence; nothing is wrong then. */
export class NotHere extends Error {}

/** One part of the measurements. */
export interface Part {
    name: string;
    /** What it is about, as its headline. */
    title: string;
    run(bench: Bench): Promise<void>;
}
