import { Cluster } from "./cluster";
import { type Log, silentLog } from "./engine";
import { messageOf } from "./errors";
import { loadKubeConfig } from "./kubeconfig";
import { type ObjectType, isNamespacedKind } from "./objects";
import type { JsonObject } from "./properties";
import { type Settings, readSettings } from "./settings";

const probeMilliseconds = 15_000;

/** One configured provider: its settings, its cluster, and whether that can be reached. */
export class Provider {
    log: Log = silentLog;
    settings: Settings = readSettings({}, {});
    /** Undefined where there is no usable kubeconfig. */
    private connected: Cluster | undefined;
    /** Why the cluster cannot be used; empty where it can. */
    unreachable = "the provider is not configured";
    defaultNamespace = "";
    private readonly canceller = new AbortController();

    /** Aborted when the user calls the operation off. */
    get cancelled(): AbortSignal {
        return this.canceller.signal;
    }

    cancel(): void {
        this.canceller.abort();
    }

    /**
     * Takes the settings and looks whether the cluster answers. A cluster that does not is no error
     * yet: previews work without one, and so does the removal of what went down with it.
     */
    async configure(args: JsonObject, env: NodeJS.ProcessEnv): Promise<void> {
        this.settings = readSettings(args, env);
        this.defaultNamespace = this.settings.namespace;
        this.connected = undefined;
        try {
            this.connected = new Cluster(loadKubeConfig(this.settings));
            this.defaultNamespace ||= this.connected.namespace || "default";
            await this.connected.get("/version", {}, AbortSignal.timeout(probeMilliseconds));
            this.unreachable = "";
        } catch (error) {
            this.unreachable = messageOf(error);
        }
    }

    /** The cluster, where it answers. */
    get reachableCluster(): Cluster | undefined {
        return this.unreachable === "" ? this.connected : undefined;
    }

    /** The cluster, for what cannot be done without. */
    get cluster(): Cluster {
        const cluster = this.reachableCluster;
        if (cluster === undefined) {
            throw new Error(`the Kubernetes cluster is unreachable: ${this.unreachable}`);
        }
        return cluster;
    }

    /** Whether objects of the kind live in namespaces; undefined where nobody can say. */
    async isNamespaced(type: ObjectType): Promise<boolean | undefined> {
        const byName = isNamespacedKind(type);
        if (byName !== undefined || this.reachableCluster === undefined) {
            return byName;
        }
        return this.reachableCluster.isNamespaced(type).catch(() => undefined);
    }

    /** Whether the cluster has the kind. */
    async hasKind(type: ObjectType): Promise<boolean> {
        const path = this.reachableCluster?.pathOf(type, "");
        return path === undefined ? false : path.then(() => true).catch(() => false);
    }
}
