import {
    ApiException,
    AuthorizationV1Api,
    CoreV1Api,
    type KubeConfig,
    StorageV1Api,
    VersionApi,
} from "@kubernetes/client-node";

import { networkReason } from "./clusterFault";
import { contextProblem } from "./contextProblem";
import { kubeConfigOf, type ClusterCredentials } from "./kubeconfig";
import { kubernetesVersionProblem } from "./kubernetesVersion";

/** What was read from a cluster before anything is made in it. */
export interface ClusterFacts {
    /** UID of its `kube-system` Namespace. */
    uid: string;
    /** Its StorageClasses. */
    storageClasses: { name: string; isDefault: boolean }[];
    /** Name of the default StorageClass, if there is one. */
    defaultStorageClass?: string;
    /** Version of the API server, such as `v1.34.2`. */
    serverVersion: string;
    /** What speaks against using it; empty when all is well. */
    problems: string[];
}

/** The cluster did not answer. The message is one sentence for a person. */
export class ClusterUnreachable extends Error {
    override name = "ClusterUnreachable";
}

const ANSWER_WITHIN_MS = 10_000;

/** What is done with a kind of object, and therefore has to be allowed. */
interface Permission {
    group: string;
    resource: string;
    verbs: readonly string[];
}

const MADE = ["get", "list", "watch", "create", "patch", "delete"];

const NEEDED: readonly Permission[] = [
    { group: "", resource: "namespaces", verbs: MADE },
    { group: "", resource: "secrets", verbs: MADE },
    { group: "", resource: "services", verbs: MADE },
    { group: "", resource: "serviceaccounts", verbs: MADE },
    { group: "", resource: "persistentvolumeclaims", verbs: MADE },
    { group: "apps", resource: "statefulsets", verbs: MADE },
    { group: "policy", resource: "poddisruptionbudgets", verbs: MADE },
    { group: "networking.k8s.io", resource: "networkpolicies", verbs: MADE },
    // A rollout takes Pods out of their Service and deletes them.
    { group: "", resource: "pods", verbs: ["get", "patch", "delete"] },
];
/** What has to be allowed besides, where the program makes StorageClasses. */
const NEEDED_FOR_CLASSES = { group: "storage.k8s.io", resource: "storageclasses", verbs: MADE };

/**
 * Asks a cluster who it is, what storage it has and what we may do.
 *
 * @throws ClusterUnreachable when it does not answer within ten seconds.
 */
export async function checkClusterAccess(
    credentials: ClusterCredentials,
    {
        makesClasses = false,
        answerWithinMs = ANSWER_WITHIN_MS,
    }: { makesClasses?: boolean; answerWithinMs?: number } = {},
): Promise<ClusterFacts> {
    const problem = contextProblem(credentials);
    if (problem !== undefined) {
        throw new ClusterUnreachable(problem);
    }
    const config = kubeConfigOf(credentials);
    const core = config.makeApiClient(CoreV1Api);
    const serverVersion = await reached(
        config,
        config
            .makeApiClient(VersionApi)
            .getCode()
            .then(({ gitVersion }) => gitVersion),
        answerWithinMs,
    );
    const [system, classes, missing] = await Promise.all([
        allowed(core.readNamespace({ name: "kube-system" })),
        allowed(config.makeApiClient(StorageV1Api).listStorageClass()),
        missingPermissions(config, makesClasses ? [...NEEDED, NEEDED_FOR_CLASSES] : NEEDED),
    ]);
    const storageClasses = (classes?.items ?? []).map(({ metadata }) => ({
        name: metadata?.name ?? "",
        isDefault:
            metadata?.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true",
    }));
    const tooOld = kubernetesVersionProblem(serverVersion);
    const problems = [...(tooOld === undefined ? [] : [tooOld]), ...missing];
    if (system === undefined) {
        problems.push(
            'this user may not "get" the Namespace "kube-system", by whose UID a cluster is recognized; grant it',
        );
    }
    if (classes === undefined) {
        problems.push('this user may not "list" storageclasses; grant it');
    }
    return {
        uid: system?.metadata?.uid ?? "",
        storageClasses,
        defaultStorageClass: storageClasses.find(({ isDefault }) => isDefault)?.name,
        serverVersion,
        problems,
    };
}

async function reached<T>(config: KubeConfig, call: Promise<T>, withinMs: number): Promise<T> {
    const server = config.getCurrentCluster()?.server ?? "";
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
            () => reject(new Error(`no answer within ${withinMs / 1000} s`)),
            withinMs,
        );
    });
    try {
        return await Promise.race([call, late]);
    } catch (error) {
        throw new ClusterUnreachable(
            `the cluster at ${server} (context "${config.getCurrentContext()}") cannot be used: ` +
                `${reasonOf(error)}; check that it is running and that the kubeconfig is current`,
        );
    } finally {
        clearTimeout(timer);
    }
}

function reasonOf(error: unknown): string {
    if (error instanceof ApiException) {
        return error.code === 401
            ? "it refuses the credentials (401 Unauthorized)"
            : `it answers with HTTP ${error.code}`;
    }
    return networkReason(error);
}

/** The answer, or nothing where the user may not ask. */
async function allowed<T>(call: Promise<T>): Promise<T | undefined> {
    try {
        return await call;
    } catch (error) {
        if (error instanceof ApiException && error.code === 403) {
            return undefined;
        }
        throw error;
    }
}

async function missingPermissions(
    config: KubeConfig,
    needed: readonly Permission[],
): Promise<string[]> {
    const api = config.makeApiClient(AuthorizationV1Api);
    const perResource = await Promise.all(
        needed.map(async ({ group, resource, verbs }) => {
            const verdicts = await Promise.all(
                verbs.map(async (verb) => {
                    const review = await api.createSelfSubjectAccessReview({
                        body: { spec: { resourceAttributes: { group, resource, verb } } },
                    });
                    return review.status?.allowed ? undefined : verb;
                }),
            );
            const missing = verdicts.filter((verb) => verb !== undefined);
            const name = group ? `${resource}.${group}` : resource;
            return missing.length > 0
                ? [`this user may not ${missing.join(", ")} ${name}; grant these verbs`]
                : [];
        }),
    );
    return perResource.flat();
}
