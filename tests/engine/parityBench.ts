import assert from "node:assert/strict";

import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import type { ProviderArgs } from "@pulumi/kubernetes/provider.js";
import type { ResourceOptions } from "@pulumi/pulumi";

import {
    ParityStack,
    clusterProvider,
    namespaceIsGone,
    others,
    providersUnderTest,
    whyNot,
} from "./parity.ts";
import { template } from "./parityObjects.ts";

/** What a test works with: a stack, and a namespace of its own. */
export class Bench {
    namespace = "";
    private current: ParityStack | undefined;

    get stack(): ParityStack {
        assert.ok(this.current, "there is a stack inside a test only");
        return this.current;
    }

    set stack(stack: ParityStack) {
        this.current = stack;
    }

    /** A program: the test's namespace, and the test's objects in it. */
    program(
        objects: (metadata: { namespace: string }, opts: ResourceOptions) => void = () => {},
        args: ProviderArgs = {},
    ): () => void {
        return () => {
            const { namespace } = this;
            const opts = { provider: clusterProvider(args) };
            const parent = new Namespace("namespace", { metadata: { name: namespace } }, opts);
            objects({ namespace }, { ...opts, dependsOn: parent });
        };
    }

    /** Where to find one of the test's objects. */
    object(kind: string, name: string, apiVersion = "v1") {
        return { apiVersion, kind, metadata: { namespace: this.namespace, name } };
    }

    async removeNamespace(): Promise<void> {
        await others.delete(this.object("Namespace", this.namespace)).catch(() => undefined);
        while (!(await namespaceIsGone(this.namespace))) {
            await new Promise((resolve) => setTimeout(resolve, 200));
        }
    }
}

/** Registers the tests once for every provider there is, or one clear line that there is none. */
export function onEachProvider(title: string, tests: (bench: Bench) => void): void {
    const obstacle = whyNot();
    if (obstacle !== "") {
        it(obstacle);
        return;
    }
    for (const provider of providersUnderTest()) {
        describe(`the ${provider.name} Kubernetes provider, ${title}`, function () {
            this.timeout(180_000);
            const bench = new Bench();
            let count = 0;

            beforeEach(async () => {
                bench.namespace = `prov-${provider.name}-${process.pid}-${++count}`;
                bench.stack = await ParityStack.make(provider);
            });

            afterEach(async () => {
                bench.stack.setEnvironment({ PULUMI_K8S_DELETE_UNREACHABLE: "true" });
                const { failure } = await bench.stack.destroy();
                bench.stack.forget();
                await bench.removeNamespace();
                assert.equal(failure, "");
            });

            tests(bench);
        });
    }
}

export async function succeed(run: Promise<{ failure: string }>): Promise<void> {
    assert.equal((await run).failure, "");
}

/** A claim of one gibibyte. */
export function claimArgs(metadata: object, mode = "ReadWriteOnce") {
    return {
        metadata: { ...metadata, name: "claim" },
        spec: {
            accessModes: [mode],
            storageClassName: "standard",
            resources: { requests: { storage: "1Gi" } },
        },
    };
}

/** A StatefulSet of one Pod. */
export function setArgs(metadata: object, spec: Record<string, unknown> = {}) {
    return {
        metadata: { ...metadata, name: "set" },
        spec: {
            serviceName: "set",
            replicas: 1,
            selector: { matchLabels: { app: "set" } },
            template: template("set"),
            ...spec,
        },
    };
}

/** The part of a workload's specification whose Pods fit on no node. */
export const nowhere = { template: template("set", { nodeSelector: { nowhere: "true" } }) };

/** A kubeconfig whose API server does not answer. */
export const pointedNowhere = (kubeconfig: string) =>
    kubeconfig.replaceAll(/https:\/\/[^"'\s,}]+/g, "https://127.0.0.1:59999");
