import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";

import { credentials } from "@grpc/grpc-js";

import type { RecordedResource, Recording } from "../testing";

/** Folder of the pack, as a user names it. */
export const PACK = join(__dirname, "..", "policy");

/* The SDK's messages are generated JavaScript. */
/* eslint-disable @typescript-eslint/no-unsafe-call, @typescript-eslint/no-explicit-any */
/* eslint-disable @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-member-access */
/* eslint-disable @typescript-eslint/no-unsafe-return */
/* eslint-disable @typescript-eslint/no-require-imports */
const messages = require("@pulumi/pulumi/proto/analyzer_pb");
const { AnalyzerClient } = require("@pulumi/pulumi/proto/analyzer_grpc_pb");
const { Struct } = require("google-protobuf/google/protobuf/struct_pb.js");
const { Empty } = require("google-protobuf/google/protobuf/empty_pb.js");

/** Levels as numbers of the protocol. */
const LEVELS = ["advisory", "mandatory", "disabled", "remediate"];

/** What the pack says of a resource. */
export interface Diagnostic {
    policy: string;
    level: string;
    message: string;
    urn: string;
}

/** The pack, started as the engine starts it, and asked as the engine asks it. */
export interface PolicyServer {
    info(): Promise<any>;
    configure(
        config: Record<string, Record<string, unknown> & { enforcementLevel?: string }>,
    ): Promise<void>;
    /** Both calls for a resource, as the engine makes them when it is registered. */
    analyze(resource: RecordedResource, recording: Recording): Promise<Diagnostic[]>;
    /** The same calls with a request that is made already. */
    ask(request: unknown): Promise<Diagnostic[]>;
    analyzeStack(recording: Recording): Promise<Diagnostic[]>;
    stop(): void;
}

/** Starts a pack in its folder. */
export async function policyServer(pack = PACK): Promise<PolicyServer> {
    const child = startPack(pack);
    const client = new AnalyzerClient(
        `127.0.0.1:${await port(child)}`,
        credentials.createInsecure(),
        {
            "grpc.max_receive_message_length": 2 ** 28,
            "grpc.max_send_message_length": 2 ** 28,
        },
    );
    const call = (method: string, request: unknown) =>
        new Promise<any>((resolve, reject) => {
            client[method](request, (error: Error | null, answer: unknown) =>
                error ? reject(error) : resolve(answer),
            );
        });
    const ask = async (request: unknown) => {
        await call("remediate", request);
        return diagnosticsOf(await call("analyze", request));
    };
    return {
        info: async () => (await call("getAnalyzerInfo", new Empty())).toObject(),
        configure: async (config) => {
            const request = new messages.ConfigureAnalyzerRequest();
            for (const [
                policy,
                { enforcementLevel = "mandatory", ...properties },
            ] of Object.entries(config)) {
                const own = new messages.PolicyConfig();
                own.setEnforcementlevel(LEVELS.indexOf(enforcementLevel));
                own.setProperties(Struct.fromJavaScript(properties));
                request.getPolicyconfigMap().set(policy, own);
            }
            await call("configure", request);
        },
        analyze: (resource, recording) => ask(requestFor(resource, recording)),
        ask,
        analyzeStack: async (recording) => {
            const request = new messages.AnalyzeStackRequest();
            request.setResourcesList(
                recording.resources.map((resource) => {
                    const message = described(new messages.AnalyzerResource(), resource, recording);
                    message.setParent(resource.parent);
                    message.setDependenciesList([...resource.dependencies]);
                    return message;
                }),
            );
            return diagnosticsOf(await call("analyzeStack", request));
        },
        stop: () => {
            client.close();
            child.kill();
        },
    };
}

/** Starts the process of a pack, as the CLI does. */
export function startPack(pack: string, env: Record<string, string> = {}): ChildProcess {
    const script = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
    const child = spawn(process.execPath, [script, "127.0.0.1:1", "."], {
        cwd: pack,
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "inherit"],
    });
    // A bench that is stopped leaves none behind.
    const end = () => child.kill();
    process.once("exit", end);
    child.once("exit", () => process.off("exit", end));
    return child;
}

/** The port that a pack prints when it is ready. */
export function port(child: ChildProcess): Promise<string> {
    return new Promise((resolve, reject) => {
        child.stdout!.once("data", (data: Buffer) => resolve(data.toString().trim()));
        child.once("exit", (code) => reject(new Error(`the pack ended with exit code ${code}`)));
    });
}

/** What the engine sends when a resource is registered. */
export function requestFor(resource: RecordedResource, recording: Recording): unknown {
    return described(new messages.AnalyzeRequest(), resource, recording);
}

function described(message: any, resource: RecordedResource, { resources }: Recording): any {
    message.setType(resource.type);
    message.setUrn(resource.urn);
    message.setName(resource.name);
    message.setProperties(Struct.fromJavaScript(resource.inputs));
    const options = new messages.AnalyzerResourceOptions();
    options.setProtect(resource.protect);
    options.setParent(resource.parent);
    message.setOptions(options);
    const urn = resource.provider.replace(/::[^:]*$/, "");
    const provider = resources.find((other) => other.urn === urn);
    if (provider !== undefined) {
        const described = new messages.AnalyzerProviderResource();
        described.setType(provider.type);
        described.setUrn(provider.urn);
        described.setName(provider.name);
        described.setProperties(Struct.fromJavaScript(provider.inputs));
        message.setProvider(described);
    }
    return message;
}

function diagnosticsOf(answer: any): Diagnostic[] {
    return answer.getDiagnosticsList().map((one: any) => ({
        policy: one.getPolicyname() as string,
        level: LEVELS[one.getEnforcementlevel() as number] ?? "",
        message: one.getMessage() as string,
        urn: one.getUrn() as string,
    }));
}
