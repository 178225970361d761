import { Observable, type ConfigurationOptions } from "@kubernetes/client-node";

/** How long an answer of the API server may take. */
export const API_ANSWER_WITHIN_MS = 10_000;

/** Options that end a call to the API server after a time; without them it may wait for ever. */
export function kubeDeadline(milliseconds = API_ANSWER_WITHIN_MS): ConfigurationOptions {
    return {
        middlewareMergeStrategy: "append",
        middleware: [
            {
                pre: (request) => {
                    request.setSignal(AbortSignal.timeout(milliseconds));
                    return new Observable(Promise.resolve(request));
                },
                post: (response) => new Observable(Promise.resolve(response)),
            },
        ],
    };
}
