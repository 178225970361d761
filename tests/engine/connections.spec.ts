import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

import * as grpc from "@grpc/grpc-js";
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";
import { getEngine, resetOptions } from "@pulumi/pulumi/runtime/settings.js";
import * as state from "@pulumi/pulumi/runtime/state.js";

import "../support/engine.ts";

describe("a program in the test's process", () => {
    it("reaches its engine at a port where an earlier program's engine has ended", async () => {
        const address = await freeAddress();
        const earlier = await inProgram(address, root);
        assert.equal(earlier?.code, grpc.status.UNAVAILABLE);

        const engine = await startEngine(address);
        try {
            // The earlier connection dials again only after a second or more.
            assert.equal(await inProgram(address, root), undefined);
        } finally {
            engine.forceShutdown();
        }
    });
});

// Internal, thus not in the SDK's types.
const { withLocalStorage } = state as unknown as {
    withLocalStorage: <T>(action: () => T) => T;
};

/** Does something as a program of the Automation API with a connection of its own to its engine. */
function inProgram<T>(engineAddress: string, action: () => Promise<T>): Promise<T> {
    return withLocalStorage(() => {
        resetOptions("project", "stack", -1, engineAddress, "", false, "");
        return action();
    });
}

/** The SDK's first call to the engine whose failure counts; gives the failure. */
function root(): Promise<grpc.ServiceError | undefined> {
    const request = new engineMessages.SetRootResourceRequest();
    return new Promise((resolve) => {
        getEngine()!.setRootResource(request, (error) => resolve(error ?? undefined));
    });
}

async function freeAddress(): Promise<string> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return `127.0.0.1:${port}`;
}

async function startEngine(address: string): Promise<grpc.Server> {
    const server = new grpc.Server();
    const { setRootResource } = engineService.EngineService;
    server.addService(
        { setRootResource },
        {
            setRootResource: (_call: unknown, callback: grpc.sendUnaryData<unknown>) =>
                callback(null, new engineMessages.SetRootResourceResponse()),
        },
    );
    await new Promise<void>((resolve, reject) => {
        server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error) =>
            error === null ? resolve() : reject(error),
        );
    });
    return server;
}
