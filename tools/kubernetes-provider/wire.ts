import {
    Metadata,
    type ServerErrorResponse,
    type ServerUnaryCall,
    type handleUnaryCall,
    type sendUnaryData,
    status,
} from "@grpc/grpc-js";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

import type { Change, ObjectDiff } from "./diff";
import { messageOf } from "./errors";
import { InitializationError } from "./lifecycle";
import { formatPath } from "./paths";
import type { JsonObject } from "./properties";
import type { Failure, SettingsDiff } from "./settings";

/** A call that takes one message and answers with one, as an ordinary function. */
export function unary<Request, Response>(
    answer: (request: Request) => Promise<Response>,
): handleUnaryCall<Request, Response> {
    return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => {
        answer(call.request).then(
            (response) => callback(null, response),
            (error: unknown) => callback(errorResponse(error)),
        );
    };
}

export function fromStruct(struct: Struct | undefined): JsonObject {
    return struct?.toJavaScript() ?? {};
}

export function toStruct(object: JsonObject): Struct {
    return Struct.fromJavaScript(object);
}

/**
 * The error as gRPC carries it. What was made but is not ready travels in the details, so that the
 * engine keeps it in state.
 */
export function errorResponse(error: unknown): Partial<ServerErrorResponse> {
    const details = messageOf(error);
    if (!(error instanceof InitializationError)) {
        return { code: status.UNKNOWN, details };
    }
    const kept = new rpc.ErrorResourceInitFailed()
        .setId(error.id)
        .setProperties(toStruct(error.properties))
        .setReasonsList(error.reasons);
    if (error.inputs !== undefined) {
        kept.setInputs(toStruct(error.inputs));
    }
    const packed = new Any();
    packed.pack(kept.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const full = new Status().setCode(status.UNKNOWN).setMessage(details);
    full.addDetails(packed);
    const metadata = new Metadata();
    metadata.add("grpc-status-details-bin", Buffer.from(full.serializeBinary()));
    return { code: status.UNKNOWN, details, metadata };
}

export function checkResponse(inputs: JsonObject, failures: Failure[]): rpc.CheckResponse {
    return new rpc.CheckResponse()
        .setInputs(toStruct(inputs))
        .setFailuresList(
            failures.map(({ property, reason }) =>
                new rpc.CheckFailure().setProperty(property).setReason(reason),
            ),
        );
}

const { Kind } = rpc.PropertyDiff;
const kinds = {
    add: [Kind.ADD, Kind.ADD_REPLACE],
    update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
    delete: [Kind.DELETE, Kind.DELETE_REPLACE],
} as const;

export function diffResponse(result: ObjectDiff): rpc.DiffResponse {
    const { DIFF_NONE, DIFF_SOME } = rpc.DiffResponse.DiffChanges;
    const response = new rpc.DiffResponse()
        .setChanges(result.changes.length > 0 ? DIFF_SOME : DIFF_NONE)
        .setReplacesList(result.replaces)
        .setDeletebeforereplace(result.deleteBeforeReplace)
        .setHasdetaileddiff(true);
    for (const change of result.changes) {
        response.getDetaileddiffMap().set(formatPath(change.path), propertyDiff(change));
    }
    return response;
}

function propertyDiff({ kind, replace }: Change): rpc.PropertyDiff {
    return new rpc.PropertyDiff()
        .setKind(kinds[kind][replace ? 1 : 0])
        .setInputdiff(kind === "delete");
}

export function settingsDiffResponse({ changed, replaces }: SettingsDiff): rpc.DiffResponse {
    const { DIFF_NONE, DIFF_SOME } = rpc.DiffResponse.DiffChanges;
    return new rpc.DiffResponse()
        .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
        .setDiffsList(changed)
        .setReplacesList(replaces);
}
