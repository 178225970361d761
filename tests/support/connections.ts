import * as settings from "@pulumi/pulumi/runtime/settings.js";

/**
 * Makes connections of programs in this process to their engines independent of earlier ones.
 *
 * The SDK never closes the two connections of an inline program, and after a run that failed they dial the
 * ended engine's ports for ever. grpc-js shares what it knows of an address among all connections of a
 * process. The kernel chooses among 7,058 ports for an engine, so in a run of this suite, which leaves
 * thirty such connections, now and then an engine gets a port that is known as dead. Then it is not even
 * dialed: `setRootResource` fails as unavailable, which the SDK takes for the engine's own end. The program
 * never runs, the run is called a success, and the engine deletes everything.
 *
 * @see https://github.com/pulumi/pulumi/blob/v3.250.0/sdk/nodejs/automation/server.ts
 * @see https://github.com/pulumi/pulumi/blob/v3.250.0/sdk/nodejs/runtime/settings.ts
 * @see https://github.com/pulumi/pulumi/issues/7125
 */
export function separateConnections(): void {
    // Internal, thus not in the SDK's types.
    const { grpcClientOptions } = settings as { grpcClientOptions?: Record<string, unknown> };
    if (grpcClientOptions === undefined) {
        throw new Error("@pulumi/pulumi keeps the options of its connections elsewhere now");
    }
    grpcClientOptions["grpc.use_local_subchannel_pool"] = 1;
}
