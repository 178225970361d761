import { Unreadable } from "./checkSource";
import { printable } from "../fabric/printable";

/** What a command ends with where its arguments are wrong, or a file cannot be read. */
const WRONG_USE = 2;

/**
 * Something a person has to change before the command can go on. Its message is one or a few clear
 * sentences and is printed without a stack.
 */
export class Refusal extends Error {
    override name = "Refusal";
    /** What the process ends with: 2 for wrong arguments, else 1. */
    readonly exitCode: number;

    constructor(message: string, exitCode = 1) {
        super(message);
        this.exitCode = exitCode;
    }
}

/** The person has asked to stop (Ctrl-C, or the terminal is gone). */
export class Interrupted extends Error {
    override name = "Interrupted";
}

/** Runs a command to its end: prints what it refuses as sentences and sets the exit code. */
export async function runToEnd(command: () => Promise<number>): Promise<void> {
    try {
        process.exitCode = await command();
    } catch (error) {
        process.exitCode = reportFailure(error);
    }
}

function reportFailure(error: unknown): number {
    if (error instanceof Refusal) {
        console.error(error.message.split("\n").map(printable).join("\n"));
        return error.exitCode;
    }
    if (error instanceof Unreadable) {
        console.error(printable(`${error.file}: ${error.message}`));
        return WRONG_USE;
    }
    if (error instanceof Interrupted) {
        console.error("stopped; nothing is lost, the same command goes on from here");
        return 130;
    }
    if (isDiskFull(error)) {
        console.error(
            "the disk is full; free some space and run the same command again: nothing is lost, it goes on",
        );
        return 1;
    }
    // Not foreseen, so the stack is of use to whoever mends it.
    console.error(error);
    return 1;
}

/** Whether an error, however wrapped, says that no space is left. */
export function isDiskFull(error: unknown): boolean {
    if ((error as NodeJS.ErrnoException | undefined)?.code === "ENOSPC") {
        return true;
    }
    return /\bENOSPC\b|no space left on device/i.test(String((error as Error)?.message ?? error));
}
