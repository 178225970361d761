import type * as pulumi from "@pulumi/pulumi";

import { readClaim } from "../../../clients/claims";
import { bytesOf } from "../../../storage/quantities";
import { isUnknown } from "./dispatch";
import type { Methods, Properties } from "../remoteMethods";

const MIGRATE =
    "keep it, and to move the ledger add a new node with the new storage, wait until it has caught " +
    "up, then remove this one";

function refusals(olds: Properties, news: Properties): pulumi.dynamic.CheckFailure[] {
    const failures: pulumi.dynamic.CheckFailure[] = [];
    for (const property of ["claim", "storageClassName", "accessMode"] as const) {
        const [before, after] = [olds[property], news[property]];
        if (before !== undefined && !isUnknown(after) && !isUnknown(before) && before !== after) {
            failures.push({
                property,
                reason:
                    `"${before}" => "${after}" would delete claim ${olds.claim} and the ledger on ` +
                    `it; ${MIGRATE}`,
            });
        }
    }
    if (olds.size !== undefined && bytesOf(news.size) < bytesOf(olds.size)) {
        failures.push({
            property: "size",
            reason:
                `"${olds.size}" => "${news.size}": a volume cannot shrink; keep "${olds.size}", or ` +
                "add a new node with a smaller volume and remove this one",
        });
    }
    return failures;
}

async function refuseExistingClaim(inputs: Properties): Promise<void> {
    const { kubeconfig, context, recover } = inputs;
    const [namespace, name] = String(inputs.claim).split("/") as [string, string];
    const claim = await readClaim({ kubeconfig, context }, { namespace, name });
    if (claim === undefined) {
        return;
    }
    for (const [label, expected] of Object.entries<string>(inputs.owner)) {
        const found = claim.labels[label];
        if (found !== expected) {
            throw new Error(
                `claim ${inputs.claim} belongs to another network: its label ${label} is ` +
                    `"${found ?? ""}", not "${expected}"; it is left as it is; choose another ` +
                    "namespace or node name",
            );
        }
    }
    if (!recover) {
        throw new Error(
            `claim ${inputs.claim} exists and holds a ledger that this stack does not know, of a ` +
                "node that was removed or from before the state was lost; set recover: true on the " +
                "cluster to take it over with its keys, write another node name, or delete the " +
                "claim and its Secret",
        );
    }
}

export const methods: Methods = {
    async check(olds, news) {
        return refusals(olds, news);
    },
    async diff(olds, news) {
        const { size } = olds;
        return { changes: size !== news.size };
    },
    async create(inputs) {
        await refuseExistingClaim(inputs);
        const { claim, storageClassName, accessMode, size } = inputs;
        return { id: claim, outs: { claim, storageClassName, accessMode, size } };
    },
    async update(_id, _olds, { claim, storageClassName, accessMode, size }) {
        return { claim, storageClassName, accessMode, size };
    },
};
