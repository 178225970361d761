import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An API server that answers a few reads, for code that asks a cluster without an engine. */
export interface ApiServer {
    /** Content of a kubeconfig that leads to it. */
    readonly kubeconfig: string;
    /** Objects by their path, such as `/apis/storage.k8s.io/v1/storageclasses/fast`. */
    readonly objects: Map<string, object>;
    /** Paths that were asked for. */
    readonly asked: string[];
    /** Resources, such as `storageclasses`, that this user may do nothing with; or `patch services`. */
    readonly denied: Set<string>;
    /** Paths that this user may not read. */
    readonly forbidden: Set<string>;
    /** Answers everything with this status. */
    status?: number;
    /** Answers nothing, and keeps the connection. */
    silent?: boolean;
    close(): Promise<void>;
}

/** What a client asks about its permissions. */
interface Review {
    spec: { resourceAttributes: { resource: string; verb: string } };
}

/** Starts an API server on this machine's own address. */
export async function startApiServer(): Promise<ApiServer> {
    const objects = new Map<string, object>();
    const asked: string[] = [];
    const [denied, forbidden] = [new Set<string>(), new Set<string>()];
    const server = createServer((request, response) => {
        const { url = "" } = request;
        asked.push(url);
        if (self.silent) {
            return;
        }
        const answer = (found?: object) => {
            const code = self.status ?? (forbidden.has(url) ? 403 : found ? 200 : 404);
            const status = { kind: "Status", apiVersion: "v1", status: "Failure", code };
            response.writeHead(code, { "content-type": "application/json" });
            response.end(JSON.stringify(code === 200 ? found : status));
        };
        if (!url.endsWith("/selfsubjectaccessreviews")) {
            answer(objects.get(url));
            return;
        }
        let body = "";
        request.on("data", (chunk) => (body += String(chunk)));
        request.on("end", () => {
            const review = JSON.parse(body) as Review;
            const { resource, verb } = review.spec.resourceAttributes;
            const allowed = !denied.has(resource) && !denied.has(`${verb} ${resource}`);
            answer({ ...review, status: { allowed } });
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const self: ApiServer = {
        kubeconfig: kubeconfigOf(port),
        objects,
        asked,
        denied,
        forbidden,
        close: () =>
            new Promise((resolve) => {
                server.closeAllConnections();
                server.close(() => resolve());
            }),
    };
    return self;
}

function kubeconfigOf(port: number): string {
    return `apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "http://127.0.0.1:${port}", insecure-skip-tls-verify: true}}]
users: [{name: test, user: {}}]
contexts: [{name: test, context: {cluster: test, user: test}}]
current-context: test
`;
}
