import { readNamespaceLabels } from "../../../clients/namespaces";
import { ORGANIZATION_LABEL } from "../../workloads/labels";
import type { Methods, Properties } from "../remoteResource";

function refusal(inputs: Properties, labels: Record<string, string>): string | undefined {
    const { namespace, mspId, recover } = inputs;
    const owner = labels[ORGANIZATION_LABEL];
    if (mspId === undefined) {
        return (
            `namespace "${namespace}" exists, and this stack did not make it; it is left as it is; write ` +
            "another namespace, or delete this one if nobody needs what is in it"
        );
    }
    if (owner !== mspId) {
        return (
            `namespace "${namespace}" exists and ` +
            (owner === undefined
                ? "was not made for an organization"
                : `belongs to organization "${owner}"`) +
            "; it is left as it is; write another namespace"
        );
    }
    return recover
        ? undefined
        : `namespace "${namespace}" holds keys and ledgers of "${mspId}" that this stack does not ` +
              "know: its state was lost, or another stack made them; set recover: true on the " +
              "cluster to read them back, or write another namespace";
}

export const methods: Methods = {
    async create(inputs) {
        const { namespace, mspId, kubeconfig, context } = inputs;
        const labels = await readNamespaceLabels({ kubeconfig, context }, namespace);
        const reason = labels && refusal(inputs, labels);
        if (reason !== undefined) {
            throw new Error(reason);
        }
        return { id: namespace, outs: { namespace, mspId } };
    },
};
