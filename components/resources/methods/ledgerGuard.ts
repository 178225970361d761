import type * as pulumi from "@pulumi/pulumi";

import { readClaim, type ClaimFacts } from "../../../clients/claims";
import { readStorageClass } from "../../../clients/storageClasses";
import { bytesOf } from "../../../storage/quantities";
import { isUnknown } from "./dispatch";
import type { Methods, Properties } from "../remoteResource";

type Failure = pulumi.dynamic.CheckFailure;

const NEW_NODE =
    "add a new node with the new storage, wait until it has caught up, then remove this one";
const MIGRATE = `keep it, and to move the ledger ${NEW_NODE}`;

/** What the program leaves open stays as the claim was made: from the state, or from the cluster. */
async function settle(olds: Properties, news: Properties): Promise<Properties> {
    const made = olds.claim === undefined ? await madeBefore(news) : olds;
    const leftOpen = ((news.leftOpen ?? []) as string[]).filter(
        (property) => made[property] !== undefined && !isUnknown(made[property]),
    );
    const kept = Object.fromEntries(leftOpen.map((property) => [property, made[property]]));
    const { grows, ...settled } = { ...news, ...kept };
    // What is known of growing is known of the class that was asked for.
    const isSameClass = settled.storageClassName === news.storageClassName;
    return grows === undefined || !isSameClass ? settled : { ...settled, grows };
}

/** What a network that is read back has in the cluster; the state knows nothing of it. */
async function madeBefore(news: Properties): Promise<Properties> {
    const claim = news.recover ? await claimIfReached(news) : undefined;
    return claim === undefined ? {} : asProperties(claim);
}

function asProperties({ storageClassName, accessModes, size }: ClaimFacts): Properties {
    return { storageClassName, accessMode: accessModes[0], size };
}

function refusals(olds: Properties, news: Properties): Failure[] {
    const failures: Failure[] = [];
    for (const property of ["claim", "storageClassName", "accessMode"] as const) {
        const [before, after] = [olds[property], news[property]];
        if (before !== undefined && !isUnknown(after) && !isUnknown(before) && before !== after) {
            failures.push({
                property,
                reason:
                    `"${before}" => "${after}" would delete claim ${news.claim} and the ledger on ` +
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

/** Growing is refused where the storage is known not to, or where its class in the cluster says so. */
async function growthRefusals(olds: Properties, news: Properties): Promise<Failure[]> {
    if (olds.size === undefined || bytesOf(news.size) <= bytesOf(olds.size)) {
        return [];
    }
    const className = String(olds.storageClassName);
    const storageClass =
        news.grows === false || isUnknown(className)
            ? undefined
            : await ifReached(news, () => readStorageClass(credentialsOf(news), className));
    const isRefused = news.grows === false || storageClass?.allowsExpansion === false;
    return isRefused
        ? [
              {
                  property: "size",
                  reason:
                      `"${olds.size}" => "${news.size}": volumes of class "${className}" do not ` +
                      `grow; keep "${olds.size}", and for a larger ledger ${NEW_NODE}`,
              },
          ]
        : [];
}

async function refuseExistingClaim(inputs: Properties): Promise<void> {
    const claim = await readClaim(credentialsOf(inputs), placeOf(inputs));
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
    if (!inputs.recover) {
        throw new Error(
            `claim ${inputs.claim} exists and holds a ledger that this stack does not know, of a ` +
                "node that was removed or from before the state was lost; set recover: true on the " +
                "cluster to take it over with its keys, write another node name, or delete the " +
                "claim and its Secret",
        );
    }
    const failures = refusals(asProperties(claim), inputs);
    if (failures.length > 0) {
        throw new Error(failures.map(({ reason }) => reason).join("\n"));
    }
}

async function refuseMissingClass(inputs: Properties): Promise<void> {
    const { storageClassName } = inputs;
    if ((await readStorageClass(credentialsOf(inputs), storageClassName)) === undefined) {
        throw new Error(
            `claim ${inputs.claim} would wait for ever: the cluster has no StorageClass ` +
                `"${storageClassName}"; write one that \`kubectl get storageclass\` lists`,
        );
    }
}

function credentialsOf({ kubeconfig, context }: Properties) {
    return { kubeconfig: String(kubeconfig), context: context as string | undefined };
}

function placeOf({ claim }: Properties) {
    const [namespace = "", name = ""] = String(claim).split("/");
    return { namespace, name };
}

function claimIfReached(news: Properties): Promise<ClaimFacts | undefined> {
    return ifReached(news, () => readClaim(credentialsOf(news), placeOf(news)));
}

/** A preview works without its cluster, and then knows less; an update fails in the cluster itself. */
async function ifReached<T>(
    news: Properties,
    ask: () => Promise<T | undefined>,
): Promise<T | undefined> {
    if (isUnknown(news.kubeconfig) || isUnknown(news.context)) {
        return undefined;
    }
    return ask().catch(() => undefined);
}

export const methods: Methods = {
    settle,
    async check(olds, news) {
        return [...refusals(olds, news), ...(await growthRefusals(olds, news))];
    },
    async diff(olds, news) {
        const { size } = olds;
        return { changes: size !== news.size };
    },
    async create(inputs) {
        await refuseExistingClaim(inputs);
        await refuseMissingClass(inputs);
        const { claim, storageClassName, accessMode, size } = inputs;
        return { id: claim, outs: { claim, storageClassName, accessMode, size } };
    },
    async update(_id, _olds, { claim, storageClassName, accessMode, size }) {
        return { claim, storageClassName, accessMode, size };
    },
};
