import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

import { type Autonaming, check } from "./check";
import { engineLog } from "./engine";
import { create, diff, remove, update } from "./lifecycle";
import { type JsonObject, revealObject } from "./properties";
import type { Provider } from "./provider";
import { read } from "./read";
import { checkSettings, diffSettings } from "./settings";
import {
    checkResponse,
    diffResponse,
    fromStruct,
    settingsDiffResponse,
    toStruct,
    unary,
} from "./wire";

type Environment = NodeJS.ProcessEnv;

/** The version whose behavior is followed; also what the engine is told. */
export const followedVersion = "4.34.2";

/** Set by a program that has already told the user about the small provider. */
export const announcedVariable = "KUBEFABRIC_SMALL_PROVIDER_ANNOUNCED";

/**
 * The provider as the gRPC service that the Pulumi engine talks to. Calls that are not in the
 * table (components, parameters, listing) are answered by gRPC itself with “unimplemented”.
 */
export function service(provider: Provider, env: Environment): UntypedServiceImplementation {
    return {
        getPluginInfo: unary(async () => new PluginInfo().setVersion(followedVersion)),
        getSchema: unary(async () =>
            new rpc.GetSchemaResponse().setSchema(
                JSON.stringify({ name: "kubernetes", version: followedVersion }),
            ),
        ),
        attach: unary(async (request: { getAddress(): string }) => {
            provider.log = engineLog(request.getAddress());
            return new Empty();
        }),
        cancel: unary(async () => {
            provider.cancel();
            return new Empty();
        }),
        checkConfig: unary(async (request: rpc.CheckRequest) => {
            const args = fromStruct(request.getNews());
            return checkResponse(args, checkSettings(args, env));
        }),
        diffConfig: unary(async (request: rpc.DiffRequest) => {
            const news = fromStruct(request.getNews());
            return settingsDiffResponse(diffSettings(fromStruct(request.getOlds()), news));
        }),
        configure: unary(async (request: rpc.ConfigureRequest) =>
            configure(provider, env, request),
        ),
        check: unary(async (request: rpc.CheckRequest) => {
            const { inputs, failures } = await check(provider, {
                urn: request.getUrn(),
                olds: fromStruct(request.getOlds()),
                news: fromStruct(request.getNews()),
                randomSeed: request.getRandomseed_asU8(),
                autonaming: autonamingOf(request),
            });
            return checkResponse(inputs, failures);
        }),
        diff: unary(async (request: rpc.DiffRequest) =>
            diffResponse(
                await diff(provider, {
                    olds: fromStruct(request.getOlds()),
                    oldInputs: fromStruct(request.getOldInputs()),
                    news: fromStruct(request.getNews()),
                    ignoreChanges: request.getIgnorechangesList(),
                }),
            ),
        ),
        create: unary(async (request: rpc.CreateRequest) => {
            const { id, properties } = await create(provider, {
                urn: request.getUrn(),
                properties: fromStruct(request.getProperties()),
                timeout: request.getTimeout(),
                preview: request.getPreview(),
            });
            return new rpc.CreateResponse().setId(id).setProperties(toStruct(properties));
        }),
        read: unary(async (request: rpc.ReadRequest) => {
            const found = await read(provider, {
                urn: request.getUrn(),
                id: request.getId(),
                properties: fromStruct(request.getProperties()),
                inputs: fromStruct(request.getInputs()),
            });
            const response = new rpc.ReadResponse();
            return found === undefined
                ? response
                : response
                      .setId(found.id)
                      .setProperties(toStruct(found.properties))
                      .setInputs(toStruct(found.inputs));
        }),
        update: unary(async (request: rpc.UpdateRequest) => {
            const properties = await update(provider, {
                urn: request.getUrn(),
                id: request.getId(),
                olds: fromStruct(request.getOlds()),
                news: fromStruct(request.getNews()),
                timeout: request.getTimeout(),
                preview: request.getPreview(),
                ignoreChanges: request.getIgnorechangesList(),
            });
            return new rpc.UpdateResponse().setProperties(toStruct(properties));
        }),
        delete: unary(async (request: rpc.DeleteRequest) => {
            await remove(provider, {
                urn: request.getUrn(),
                id: request.getId(),
                properties: fromStruct(request.getProperties()),
                timeout: request.getTimeout(),
            });
            return new Empty();
        }),
        invoke: unary(async (request: rpc.InvokeRequest) => {
            throw new Error(
                `${request.getTok()} is not done by the small Kubernetes provider; ` +
                    "install the Kubernetes provider of Pulumi",
            );
        }),
    };
}

async function configure(
    provider: Provider,
    env: Environment,
    request: rpc.ConfigureRequest,
): Promise<rpc.ConfigureResponse> {
    await provider.configure(argumentsOf(request), env);
    if (!env[announcedVariable]) {
        provider.log.say(
            "info",
            "",
            "the small Kubernetes provider of kubefabric stands in for Pulumi's own",
        );
    }
    if (provider.unreachable !== "") {
        const message = `the Kubernetes cluster is unreachable: ${provider.unreachable}`;
        provider.log.say("warning", "", message);
    }
    return new rpc.ConfigureResponse()
        .setAcceptsecrets(true)
        .setSupportspreview(true)
        .setSupportsAutonamingConfiguration(true);
}

/** The provider's arguments, and over them the variables, an older way that engines still fill. */
function argumentsOf(request: rpc.ConfigureRequest): JsonObject {
    const args = revealObject(fromStruct(request.getArgs()));
    const prefix = "kubernetes:config:";
    request.getVariablesMap().forEach((value: string, key: string) => {
        args[key.startsWith(prefix) ? key.slice(prefix.length) : key] = value;
    });
    return args;
}

function autonamingOf(request: rpc.CheckRequest): Autonaming | undefined {
    const options = request.getAutonaming();
    return (
        options && {
            disabled: options.getMode() === rpc.CheckRequest.AutonamingOptions.Mode.DISABLE,
            proposedName: options.getProposedName(),
        }
    );
}
