import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { status } from "@grpc/grpc-js";
import {
    GatewayError,
    StatusCode,
    type ChaincodeEvent,
    type Contract,
    type Network,
} from "@hyperledger/fabric-gateway";

import { listen, type Told } from "../../examples/client/src/listen.ts";
import { isPassing, submit, untilAnswered } from "../../examples/client/src/submit.ts";

const PATIENCE = { withinMs: 2_000, pauseMs: 1 };

function refusal(code: status, ...messages: string[]): GatewayError {
    return new GatewayError({
        code,
        message: "refused",
        details: messages.map((message) => ({ address: "peer0:7051", mspId: "Org1MSP", message })),
        cause: Object.assign(new Error("refused"), {
            code,
            details: "refused",
            metadata: undefined as never,
        }),
    });
}
const AWAY = refusal(status.UNAVAILABLE);

/** Gives or throws one after the other, the last one for ever. */
function inTurn<T>(...turns: (T | Error)[]): (() => Promise<T>) & { calls: () => number } {
    let calls = 0;
    const next = async () => {
        const turn = turns[Math.min(calls++, turns.length - 1)]!;
        if (turn instanceof Error) {
            throw turn;
        }
        return turn;
    };
    return Object.assign(next, { calls: () => calls });
}

const outcome = (code: number) => ({
    successful: code === StatusCode.VALID,
    code,
    transactionId: "t1",
});

/** A contract whose steps go as a test wants it. */
function contractThat(steps: {
    endorse?: (Error | undefined)[];
    send?: (Error | undefined)[];
    commit?: (Error | ReturnType<typeof outcome>)[];
}) {
    const [endorse, send, commit] = [
        inTurn(...(steps.endorse ?? []), true as const),
        inTurn(...(steps.send ?? []), true as const),
        inTurn(...(steps.commit ?? [outcome(StatusCode.VALID)])),
    ];
    const transaction = {
        getResult: () => Buffer.from("result"),
        submit: async () => {
            await send();
            return { getStatus: commit };
        },
    };
    const contract = {
        newProposal: () => ({
            endorse: async () => {
                await endorse();
                return transaction;
            },
        }),
    } as unknown as Contract;
    const calls = () => [endorse.calls(), send.calls(), commit.calls()];
    return { contract, calls };
}

describe("the client of the examples", () => {
    const passing: [string, GatewayError, boolean][] = [
        ["a peer is away", AWAY, true],
        ["a peer does not answer in time", refusal(status.DEADLINE_EXCEEDED), true],
        ["no peers are known yet", refusal(status.FAILED_PRECONDITION), true],
        [
            "chaincode starts",
            refusal(status.ABORTED, "could not launch chaincode asset_1.0: connection refused"),
            true,
        ],
        ["the chaincode refuses", refusal(status.ABORTED, "chaincode response 500, no"), false],
        ["the caller may not", refusal(status.PERMISSION_DENIED), false],
        ["the channel does not exist", refusal(status.NOT_FOUND), false],
    ];
    for (const [when, error, expected] of passing) {
        it(`${expected ? "tries again" : "gives up"} when ${when}`, () => {
            assert.equal(isPassing(error), expected);
        });
    }

    it("fails after its patience, and at once where it may not try again", async () => {
        const away = inTurn<never>(AWAY);
        await assert.rejects(untilAnswered(away, { withinMs: 1_000, pauseMs: 1 }), /refused/);
        assert.ok(away.calls() > 2);
        const broken = inTurn<never>(new TypeError("a fault of the program"));
        await assert.rejects(untilAnswered(broken, PATIENCE), /a fault of the program/);
        assert.equal(broken.calls(), 1);
    });

    it("repeats a step that got no answer, and no other", async () => {
        const { contract, calls } = contractThat({
            endorse: [AWAY],
            send: [AWAY, AWAY],
            commit: [AWAY, outcome(StatusCode.VALID)],
        });
        const result = await submit(contract, "createAsset", {}, PATIENCE);
        assert.equal(Buffer.from(result).toString(), "result");
        assert.deepEqual(calls(), [2, 3, 2]);
    });

    it("begins again where another transaction changed the same", async () => {
        const { contract, calls } = contractThat({
            commit: [outcome(StatusCode.MVCC_READ_CONFLICT), outcome(StatusCode.VALID)],
        });
        await submit(contract, "transferAsset", {}, PATIENCE);
        assert.deepEqual(calls(), [2, 2, 2]);
    });

    it("fails where peers find a transaction invalid, with their word for it", async () => {
        const { contract, calls } = contractThat({
            commit: [outcome(StatusCode.ENDORSEMENT_POLICY_FAILURE)],
        });
        await assert.rejects(
            submit(contract, "createAsset", {}, PATIENCE),
            /peers find transaction t1 invalid \(ENDORSEMENT_POLICY_FAILURE\)/,
        );
        assert.deepEqual(calls(), [1, 1, 1]);
    });

    it("goes on after the last event it handed over when the connection broke, or it did", async () => {
        const folder = mkdtempSync(join(tmpdir(), "client-"));
        const checkpointFile = join(folder, "checkpoint.json");
        const asked: unknown[] = [];
        const event = (block: number): ChaincodeEvent => ({
            blockNumber: BigInt(block),
            transactionId: `t${block}`,
            chaincodeName: "asset",
            eventName: "AssetCreated",
            payload: Buffer.from(`{"id":"${block}"}`),
        });
        /** Two events, then the connection breaks; after that the next ones, and silence. */
        const network = {
            getChaincodeEvents: async (
                _name: string,
                { checkpoint }: { checkpoint: { getTransactionId(): string | undefined } },
            ) => {
                const after = checkpoint.getTransactionId();
                asked.push(after);
                const from = after === undefined ? 1 : Number(after.slice(1)) + 1;
                let stop = () => undefined as void;
                const closed = new Promise<void>((resolve) => (stop = resolve));
                return {
                    close: () => stop(),
                    async *[Symbol.asyncIterator]() {
                        yield event(from);
                        yield event(from + 1);
                        if (from === 1) {
                            throw AWAY;
                        }
                        await closed;
                    },
                };
            },
        } as unknown as Network;
        const told: Told[] = [];
        const hear = async (until: number) => {
            const ending = new AbortController();
            await listen(
                network,
                { chaincode: "asset", checkpointFile },
                (next) => {
                    told.push(next);
                    if (told.length === until) {
                        setImmediate(() => ending.abort());
                    }
                },
                ending.signal,
            );
        };
        try {
            await hear(4);
            await hear(6);
        } finally {
            rmSync(folder, { recursive: true });
        }
        assert.deepEqual(
            told.map(({ asset }) => (asset as { id: string }).id),
            ["1", "2", "3", "4", "5", "6"],
        );
        assert.deepEqual(asked, [undefined, "t2", "t4"]);
    });
});
