import { checkClusterAccess, ClusterUnreachable } from "../../../clients/clusterAccess";
import { contextProblem } from "../../../clients/contextProblem";
import { isUnknown } from "./dispatch";
import type { Methods, Properties } from "../remoteResource";

/** Everything that speaks against this cluster, and what was read from it. */
async function ask(olds: Properties, news: Properties) {
    const { kubeconfig, context, storageClassName, makesClasses = false } = news;
    const found = await checkClusterAccess({ kubeconfig, context }, { makesClasses });
    const failures = found.problems.map((reason) => ({ property: "kubeconfig", reason }));
    if (olds.uid !== undefined && olds.uid !== found.uid) {
        failures.push({
            property: "context",
            reason:
                `this stack was made on the cluster with UID ${olds.uid}, and this is another one ` +
                `(${found.uid}); name the first cluster's context, or use another stack`,
        });
    }
    const names = found.storageClasses.map(({ name }) => name);
    if (storageClassName !== undefined && !names.includes(storageClassName)) {
        failures.push({
            property: "storageClassName",
            reason:
                `"${storageClassName}" does not exist on this cluster; use one of ` +
                (names.join(", ") || "none: the cluster has no StorageClass"),
        });
    }
    const ledgerClassName = storageClassName ?? olds.ledgerClassName ?? found.defaultStorageClass;
    if (ledgerClassName === undefined && !makesClasses) {
        failures.push({
            property: "storageClassName",
            reason:
                "the cluster has no default StorageClass; name one of " +
                (names.join(", ") || "none: the cluster has no StorageClass"),
        });
    }
    return { uid: found.uid, ledgerClassName, failures };
}

async function outputs(olds: Properties, news: Properties): Promise<Properties> {
    const { uid, ledgerClassName, failures } = await ask(olds, news);
    if (failures.length > 0) {
        throw new Error(
            failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"),
        );
    }
    const { storageClassName, context } = news;
    return { uid, ledgerClassName, storageClassName, context };
}

export const methods: Methods = {
    async check(olds, news) {
        if (isUnknown(news.kubeconfig) || isUnknown(news.context)) {
            return [];
        }
        const problem = contextProblem(news as { kubeconfig: string; context?: string });
        if (problem !== undefined) {
            return [{ property: "context", reason: problem }];
        }
        try {
            return (await ask(olds, news)).failures;
        } catch (error) {
            // A preview works without its cluster; an update fails in create, or in the provider.
            if (error instanceof ClusterUnreachable) {
                return [];
            }
            throw error;
        }
    },
    async diff(olds, news) {
        // The old outputs hold no kubeconfig: it is a credential that comes and goes, not a setting.
        return {
            changes:
                olds.storageClassName !== news.storageClassName || olds.context !== news.context,
        };
    },
    async create(inputs) {
        const outs = await outputs({}, inputs);
        return { id: outs.uid, outs };
    },
    async update(_id, olds, news) {
        return outputs(olds, news);
    },
};
