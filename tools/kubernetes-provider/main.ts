import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";

import { engineLog } from "./engine";
import { Provider } from "./provider";
import { service } from "./server";

/** A state with many certificates is larger than gRPC's own limit of 4 MiB. */
const largestMessage = 400 * 1024 * 1024;

const provider = new Provider();
const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
if (engineAddress !== undefined) {
    provider.log = engineLog(engineAddress);
}
endWithTheEngine(listen());

/** Serves on a free port and writes the port down, which is how the engine learns it. */
function listen(): Server {
    const server = new Server({
        "grpc.max_receive_message_length": largestMessage,
        "grpc.max_send_message_length": largestMessage,
    });
    server.addService(ResourceProviderService, service(provider, process.env));
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
        if (error !== null) {
            process.stderr.write(`${error.message}\n`);
            process.exit(1);
        }
        process.stdout.write(`${port}\n`);
    });
    return server;
}

/**
 * The engine ends its plugins with an interrupt: what is being waited for is answered as called
 * off, then the process ends. An engine that is gone without a word leaves nobody to work for.
 */
function endWithTheEngine(server: Server): void {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
        process.on(signal, () => {
            provider.cancel();
            server.tryShutdown(() => process.exit(0));
        });
    }
    const engine = process.ppid;
    setInterval(() => {
        if (process.ppid !== engine) {
            process.exit(1);
        }
    }, 2000).unref();
}
