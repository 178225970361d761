import * as grpc from "@grpc/grpc-js";
import { CallbacksClient } from "@pulumi/pulumi/proto/callback_grpc_pb";
import {
    CallbackInvokeRequest,
    type Callback,
    type CallbackInvokeResponse,
} from "@pulumi/pulumi/proto/callback_pb";
import {
    type RegisterResourceRequest,
    TransformRequest,
    TransformResourceOptions,
    TransformResponse,
} from "@pulumi/pulumi/proto/resource_pb";

/**
 * The engine's part of `transforms`: it calls them back for the resource that has them and for
 * everything below it, the nearest first and those of the stack last.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/resources/options/transforms/
 */
export class Transforms {
    private readonly known = new Map<string, { parent: string; own: Callback[] }>();
    private readonly ofStack: Callback[] = [];

    /** Notes transforms that are for every resource of the program. */
    addForStack(callback: Callback): void {
        this.ofStack.push(callback);
    }

    /** Notes a registered resource, for those that will be below it. */
    remember(urn: string, request: RegisterResourceRequest): void {
        this.known.set(urn, { parent: request.getParent(), own: request.getTransformsList() });
    }

    /** Lets every transform that concerns a resource change the request that registers it. */
    async apply(request: RegisterResourceRequest): Promise<void> {
        for (const callback of this.concerning(request)) {
            const response = await invoke(callback, transformRequest(request));
            request.setObject(response.getProperties());
            const options = response.getOptions();
            if (options !== undefined) {
                takeOver(request, options);
            }
        }
    }

    private concerning(request: RegisterResourceRequest): Callback[] {
        const callbacks = [...request.getTransformsList()];
        for (let urn = request.getParent(); this.known.has(urn);) {
            const { parent, own } = this.known.get(urn)!;
            callbacks.push(...own);
            urn = parent;
        }
        return [...callbacks, ...this.ofStack];
    }
}

async function invoke(callback: Callback, request: TransformRequest): Promise<TransformResponse> {
    const client = new CallbacksClient(callback.getTarget(), grpc.credentials.createInsecure());
    const call = new CallbackInvokeRequest()
        .setToken(callback.getToken())
        .setRequest(request.serializeBinary());
    try {
        const response = await new Promise<CallbackInvokeResponse>((resolve, reject) => {
            client.invoke(call, (error, answer) => (error ? reject(error) : resolve(answer)));
        });
        return TransformResponse.deserializeBinary(response.getResponse_asU8());
    } finally {
        client.close();
    }
}

function transformRequest(request: RegisterResourceRequest): TransformRequest {
    return new TransformRequest()
        .setType(request.getType())
        .setName(request.getName())
        .setCustom(request.getCustom())
        .setParent(request.getParent())
        .setProperties(request.getObject())
        .setOptions(
            new TransformResourceOptions()
                .setProtect(request.getProtect() ?? false)
                .setRetainOnDelete(request.getRetainondelete() ?? false)
                .setDeletedWith(request.getDeletedwith())
                .setDependsOnList(request.getDependenciesList())
                .setIgnoreChangesList(request.getIgnorechangesList())
                .setAdditionalSecretOutputsList(request.getAdditionalsecretoutputsList())
                .setProvider(request.getProvider())
                .setAliasesList(request.getAliasesList()),
        );
}

/** Writes the options that a recording shows back into the request. */
function takeOver(request: RegisterResourceRequest, options: TransformResourceOptions): void {
    request
        .setProtect(options.getProtect() ?? false)
        .setRetainondelete(options.getRetainOnDelete() ?? false)
        .setDeletedwith(options.getDeletedWith())
        .setDependenciesList(options.getDependsOnList())
        .setIgnorechangesList(options.getIgnoreChangesList())
        .setAdditionalsecretoutputsList(options.getAdditionalSecretOutputsList())
        .setProvider(options.getProvider())
        .setAliasesList(options.getAliasesList());
}
