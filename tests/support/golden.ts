import { readFileSync } from "node:fs";

/** The text of a file of test data. */
export function golden(path: string): string {
    return readFileSync(new URL(`../golden/${path}`, import.meta.url), "utf8");
}

/** An answer of the channel participation interface of a real node. */
export interface RecordedAnswer {
    request: string;
    status: number;
    contentType?: string;
    body?: string;
    base64?: string;
}

/** An answer of the endorser of a real peer: a response, or an error of gRPC. */
export interface RecordedResponse {
    call: string;
    response?: string;
    code?: number;
    details?: string;
}

export function recorded<T>(file: string): Record<string, T> {
    return JSON.parse(golden(`nodes/${file}`)) as Record<string, T>;
}
