import {
    HttpMethod,
    IsomorphicFetchHttpLibrary,
    type KubeConfig,
    RequestContext,
    Watch,
} from "@kubernetes/client-node";

import { ApiError, NoSuchKindError, UnreachableError, messageOf } from "./errors";
import { type ObjectType, at, listAt, textAt } from "./objects";
import { type Json, type JsonObject, isObject } from "./properties";

export type Query = Readonly<Record<string, string | undefined>>;

export interface RequestOptions {
    query?: Query;
    body?: Json;
    contentType?: string;
    signal?: AbortSignal;
}

interface ResourceNames {
    plural: string;
    namespaced: boolean;
}

const attempts = 4;
const requestTimeout = 60_000;
/** Answers that say the request was not carried out, or may be repeated. */
const busy: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** One API server, spoken to through the official client's credentials and transport. */
export class Cluster {
    readonly server: string;
    private readonly config: KubeConfig;
    private readonly http = new IsomorphicFetchHttpLibrary();
    private readonly groups = new Map<string, Promise<Map<string, ResourceNames>>>();
    private dispatcher: Parameters<RequestContext["setDispatcher"]>[0] | undefined;

    constructor(config: KubeConfig) {
        this.config = config;
        this.server = (config.getCurrentCluster()?.server ?? "").replace(/\/$/, "");
    }

    get namespace(): string {
        return this.config.getContextObject(this.config.getCurrentContext())?.namespace ?? "";
    }

    get(path: string, query: Query = {}, signal?: AbortSignal): Promise<JsonObject> {
        return this.request(HttpMethod.GET, path, signal ? { query, signal } : { query });
    }

    /** The object at the path, or undefined where there is none. */
    async find(path: string, signal?: AbortSignal): Promise<JsonObject | undefined> {
        try {
            return await this.get(path, {}, signal);
        } catch (error) {
            if (error instanceof ApiError && error.code === 404) {
                return undefined;
            }
            throw error;
        }
    }

    /** The items of a list, or none where they may not be read: for reports, not for decisions. */
    async items(path: string, query: Query = {}): Promise<JsonObject[]> {
        try {
            return listAt(await this.get(path, query), "items").filter(isObject);
        } catch {
            return [];
        }
    }

    async request(method: HttpMethod, path: string, options: RequestOptions): Promise<JsonObject> {
        return parseAnswer(await this.text(method, path, options)) ?? {};
    }

    /** The answer as it is, for what is no JSON (logs). */
    async text(method: HttpMethod, path: string, options: RequestOptions): Promise<string> {
        for (let attempt = 1; ; attempt++) {
            try {
                return await this.send(method, path, options);
            } catch (error) {
                options.signal?.throwIfAborted();
                const repeat =
                    error instanceof ApiError
                        ? busy.has(error.code) && (error.code === 429 || method === HttpMethod.GET)
                        : method === HttpMethod.GET && isPassing(error);
                if (!repeat || attempt === attempts) {
                    throw error;
                }
                await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt));
            }
        }
    }

    private async send(
        method: HttpMethod,
        path: string,
        { query = {}, body, contentType = "application/json", signal }: RequestOptions,
    ): Promise<string> {
        const context = new RequestContext(`${this.server}${path}`, method);
        for (const [key, value] of Object.entries(query)) {
            if (value !== undefined) {
                context.setQueryParam(key, value);
            }
        }
        context.setHeaderParam("Accept", "application/json");
        if (body !== undefined) {
            context.setHeaderParam("Content-Type", contentType);
            context.setBody(JSON.stringify(body));
        }
        const limit = AbortSignal.timeout(requestTimeout);
        context.setSignal(signal ? AbortSignal.any([limit, signal]) : limit);
        let code: number;
        let text: string;
        try {
            await this.config.applySecurityAuthentication(context);
            // The client makes a new connection pool for each request; one is enough.
            this.dispatcher ??= context.getDispatcher();
            if (this.dispatcher !== undefined) {
                context.setDispatcher(this.dispatcher);
            }
            const response = await this.http.send(context).toPromise();
            code = response.httpStatusCode;
            text = await response.body.text();
        } catch (error) {
            throw new UnreachableError(
                `cannot reach the Kubernetes API server at ${this.server}: ${causeOf(error)}`,
                { cause: error },
            );
        }
        if (code >= 400) {
            throw new ApiError(parseAnswer(text) ?? { message: text.slice(0, 500) }, code);
        }
        return text;
    }

    /** The path under which objects of a kind live; with a name, the path of that object. */
    async pathOf(type: ObjectType, namespace: string, name = ""): Promise<string> {
        const { plural, namespaced } = await this.namesOf(type);
        const scope = namespaced ? `/namespaces/${namespace || this.namespace || "default"}` : "";
        return `${groupPath(type.apiVersion)}${scope}/${plural}${name === "" ? "" : `/${name}`}`;
    }

    async isNamespaced(type: ObjectType): Promise<boolean> {
        return (await this.namesOf(type)).namespaced;
    }

    private async namesOf({ apiVersion, kind }: ObjectType): Promise<ResourceNames> {
        const known = await this.discover(apiVersion);
        const names = known.get(kind);
        if (names === undefined) {
            // A definition may have been added since; ask again next time.
            this.groups.delete(apiVersion);
            throw new NoSuchKindError(
                `the cluster has no kind ${kind} in ${apiVersion}; is its definition installed?`,
            );
        }
        return names;
    }

    private discover(apiVersion: string): Promise<Map<string, ResourceNames>> {
        let names = this.groups.get(apiVersion);
        if (names === undefined) {
            names = this.discoverNow(apiVersion);
            this.groups.set(apiVersion, names);
            names.catch(() => this.groups.delete(apiVersion));
        }
        return names;
    }

    private async discoverNow(apiVersion: string): Promise<Map<string, ResourceNames>> {
        const found = await this.find(groupPath(apiVersion));
        const names = new Map<string, ResourceNames>();
        for (const resource of listAt(found, "resources")) {
            const plural = textAt(resource, "name");
            if (!plural.includes("/")) {
                const namespaced = at(resource, "namespaced") === true;
                names.set(textAt(resource, "kind"), { plural, namespaced });
            }
        }
        return names;
    }

    /**
     * Calls back on every change under the path, until stopped. A watch that ends or never comes
     * about is reported to nobody: whoever waits also looks for itself now and then.
     */
    watch(path: string, query: Query, onChange: (object: JsonObject) => void): () => void {
        let stopped = false;
        let controller: AbortController | undefined;
        const start = async (): Promise<void> => {
            if (stopped) {
                return;
            }
            controller = await new Watch(this.config).watch(
                path,
                query,
                (phase, object: Json | undefined) => {
                    if (phase !== "ERROR" && isObject(object)) {
                        onChange(object);
                    }
                },
                () => {
                    const again = setTimeout(() => void start().catch(() => undefined), 1000);
                    again.unref();
                },
            );
            if (stopped) {
                controller.abort();
            }
        };
        void start().catch(() => undefined);
        return () => {
            stopped = true;
            controller?.abort();
        };
    }
}

function groupPath(apiVersion: string): string {
    return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function parseAnswer(text: string): JsonObject | undefined {
    try {
        const parsed: unknown = JSON.parse(text);
        return isObject(parsed as Json) ? (parsed as JsonObject) : undefined;
    } catch {
        return undefined;
    }
}

/** A connection that broke is worth another try; one that is refused at once is not. */
function isPassing(error: unknown): boolean {
    return /ECONNRESET|EPIPE|EAI_AGAIN|ETIMEDOUT|socket|other side closed/i.test(messageOf(error));
}

function causeOf(error: unknown): string {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof AggregateError) {
        return cause.errors.map(messageOf).join(", ");
    }
    return cause === undefined ? messageOf(error) : messageOf(cause);
}
