import { Agent, request, type FormData } from "undici";

import type { Endpoint } from "./connection";
import { NodeError, type Fault } from "./nodeError";
import {
    closedWithoutReason,
    probe,
    tlsOptions,
    transportFault,
    type ClientIdentity,
} from "./transportFault";

/** Joining writes files; the rest is memory. */
const ANSWER_WITHIN_MS = 10_000;

/** Who asks, and how long an answer may take. */
export interface Asker {
    /** Certificate of the CA of the admin endpoint. */
    admin: ClientIdentity;

    /**
     * How long the node may take for one answer, in milliseconds.
     *
     * @default 10000
     */
    answerWithinMs?: number;
}

/** A request to an HTTP port of an ordering node. */
export interface OrdererRequest {
    method: "GET" | "POST" | "DELETE";
    path: string;
    body?: FormData;

    /** What the request is for, as part of a sentence: `join channel "trade"`. */
    attempted: string;
}

/** What an ordering node answered. */
export interface OrdererAnswer {
    status: number;
    body: Buffer;

    /** Fabric's own words of refusal; nothing where the answer is not one of this interface. */
    refusal?: string;
}

/** Sends one request. */
export type Ask = (wanted: OrdererRequest) => Promise<OrdererAnswer>;

/**
 * Gives `use` a function that sends requests over connections of its own, which end with it.
 *
 * @throws NodeError where no whole answer comes; an answer of refusal is an answer.
 */
export async function withRequests<T>(
    at: Endpoint,
    { admin: client, answerWithinMs = ANSWER_WITHIN_MS }: Asker,
    use: (ask: Ask) => Promise<T>,
): Promise<T> {
    const dispatcher = new Agent({
        connect: { ...tlsOptions(at, client), timeout: answerWithinMs },
    });
    const host = at.host.includes(":") ? `[${at.host}]` : at.host;
    const ask: Ask = async ({ method, path, body, attempted }) => {
        let answering = false;
        try {
            const answer = await request(`https://${host}:${at.port}${path}`, {
                dispatcher,
                method,
                body,
                signal: AbortSignal.timeout(answerWithinMs),
            });
            answering = true;
            const received = Buffer.from(await answer.body.arrayBuffer());
            const refusal = answer.statusCode >= 400 ? refusalIn(received) : undefined;
            return { status: answer.statusCode, body: received, refusal };
        } catch (error) {
            throw new NodeError(
                at.target,
                attempted,
                answering
                    ? transportFault(error, at, client)
                    : await silenceFault(error, at, client),
            );
        }
    };
    try {
        return await use(ask);
    } finally {
        await dispatcher.destroy();
    }
}

/**
 * A closed connection may be a refused certificate, so the node is asked once more; one that answers
 * now was closed in passing.
 */
async function silenceFault(error: unknown, at: Endpoint, client: ClientIdentity): Promise<Fault> {
    const fault = transportFault(error, at, client);
    return closedWithoutReason(error) && at.forwardFault() === undefined
        ? ((await probe(at, client)) ?? fault)
        : fault;
}

function refusalIn(body: Buffer): string | undefined {
    try {
        const { error } = JSON.parse(body.toString("utf8")) as { error?: unknown };
        return typeof error === "string" ? error : undefined;
    } catch {
        return undefined;
    }
}
