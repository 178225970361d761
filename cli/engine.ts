import { createWriteStream } from "node:fs";

import type { EngineEvent, OpMap } from "@pulumi/pulumi/automation";

import { Interrupted, Refusal } from "./refusal";
import { failureText, Progress } from "./report";
import type { Session } from "./session";

/** What every run of the engine is given. */
export interface EngineOptions {
    color: "never";
    onEvent: (event: EngineEvent) => void;
    onOutput: (text: string) => void;
    onError: (text: string) => void;
    signal: AbortSignal;
}

/**
 * Runs the engine once: prints a line per component as it becomes ready, keeps everything else in the
 * log, and turns a failure into a few sentences.
 */
export async function runEngine(
    session: Session,
    {
        what,
        verbose,
        destroying = false,
        run,
    }: {
        /** The command to run again after a failure. */
        what: string;
        verbose: boolean;
        /** Whether resources are taken away, so that none becomes ready. */
        destroying?: boolean;
        run: (options: EngineOptions) => Promise<unknown>;
    },
): Promise<{ changes: OpMap; elapsedMs: number }> {
    const log = createWriteStream(session.log, { flags: "a", mode: 0o600 });
    const progress = new Progress(verbose ? () => {} : console.log, { destroying }).watch();
    const keep = (show: (text: string) => void) => (text: string) => {
        log.write(text);
        if (verbose) {
            show(text);
        }
    };
    return session.interruptible(async (signal) => {
        try {
            await run({
                color: "never",
                onEvent: progress.onEvent,
                onOutput: keep((text) => process.stdout.write(text)),
                onError: keep((text) => process.stderr.write(text)),
                signal,
            });
        } catch (error) {
            const message = (error as Error).message;
            log.write(message);
            throw signal.aborted
                ? new Interrupted()
                : failure(what, progress, message, session.log);
        } finally {
            progress.stop();
            await new Promise((done) => log.end(done));
        }
        for (const { resource, message } of progress.warnings) {
            console.log(`warning: ${resource === "" ? "" : `${resource}: `}${message}`);
        }
        return { changes: progress.changes, elapsedMs: progress.elapsed };
    });
}

function failure(what: string, progress: Progress, message: string, log: string): Refusal {
    if (/the stack is currently locked|Another update is currently in progress/i.test(message)) {
        return new Refusal(
            "another run is changing this network; wait for it. If it has ended without letting go of " +
                'the state, run "pulumi cancel --stack local" and then this again',
        );
    }
    return new Refusal(
        failureText({
            what: `"${what}"`,
            errors: progress.errors,
            fallback: lastWords(message),
            log,
            command: what,
        }),
    );
}

/** What the command line printed to its error output, which the error quotes. */
function lastWords(message: string): string {
    const [, stderr] = /stderr: ([^]*?)(?:\n err\?:|$)/.exec(message) ?? [];
    return (stderr ?? message).trim().split("\n").slice(-6).join("\n");
}
