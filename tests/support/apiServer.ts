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
    /** Resources, such as `storageclasses`, that this user may do nothing with. */
    readonly denied: Set<string>;
    close(): Promise<void>;
}

/** What a client asks about its permissions. */
interface Review {
    spec: { resourceAttributes: { resource: string } };
}

/** Starts an API server on this machine's own address. */
export async function startApiServer(): Promise<ApiServer> {
    const objects = new Map<string, object>();
    const asked: string[] = [];
    const denied = new Set<string>();
    const server = createServer((request, response) => {
        const { url = "" } = request;
        asked.push(url);
        const answer = (found?: object) => {
            const missing = { kind: "Status", apiVersion: "v1", status: "Failure", code: 404 };
            response.writeHead(found ? 200 : 404, { "content-type": "application/json" });
            response.end(JSON.stringify(found ?? missing));
        };
        if (!url.endsWith("/selfsubjectaccessreviews")) {
            answer(objects.get(url));
            return;
        }
        let body = "";
        request.on("data", (chunk) => (body += String(chunk)));
        request.on("end", () => {
            const review = JSON.parse(body) as Review;
            const allowed = !denied.has(review.spec.resourceAttributes.resource);
            answer({ ...review, status: { allowed } });
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return {
        kubeconfig: kubeconfigOf(port),
        objects,
        asked,
        denied,
        close: () =>
            new Promise((resolve) => {
                server.closeAllConnections();
                server.close(() => resolve());
            }),
    };
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
