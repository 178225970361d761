import assert from "node:assert/strict";

import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";

import { kubeconfig, others } from "./parity.ts";
import {
    claimArgs,
    nowhere,
    onEachProvider,
    pointedNowhere,
    setArgs,
    succeed,
} from "./parityBench.ts";
import { template } from "./parityObjects.ts";

onEachProvider("what it waits for", (bench) => {
    it("keeps what did not become ready, and goes on with it in the next run", async () => {
        const program = (spec: Record<string, unknown>) =>
            bench.program((metadata, opts) => {
                const customTimeouts = { create: "3s", update: "60s" };
                new StatefulSet("set", setArgs(metadata, spec), { ...opts, customTimeouts });
            });
        const { failure } = await bench.stack.up(program(nowhere));
        assert.match(failure, /timed out waiting to be ready/i);
        assert.match(failure, /0 (out )?of 1 replicas/);
        const kept = (await bench.stack.resources())["set"];
        assert.equal(kept?.id, `${bench.namespace}/set`);
        assert.notEqual(kept?.initErrors?.length ?? 0, 0);

        const refreshed = await bench.stack.refresh();
        assert.equal(refreshed.failure, "");
        assert.match(refreshed.output, /unhealthy state/);

        // A Pod of a broken revision is not replaced by itself; someone has to take it away.
        setTimeout(() => void others.delete(bench.object("Pod", "set-0")), 6000);
        await succeed(bench.stack.up(program({})));
        assert.equal((await bench.stack.resources())["set"]?.initErrors, undefined);
    });

    it("ends a wait when it is called off, and keeps what it made", async () => {
        const program = bench.program((metadata, opts) => {
            new StatefulSet("set", setArgs(metadata, nowhere), opts);
        });
        await succeed(bench.stack.up(bench.program()));
        const control = new AbortController();
        setTimeout(() => control.abort(), 9000);
        const { failure, seconds } = await bench.stack.up(program, { signal: control.signal });
        assert.notEqual(failure, "");
        assert.ok(seconds < 20, `it took ${seconds} s`);
        assert.equal((await bench.stack.resources())["set"]?.id, `${bench.namespace}/set`);
    });

    it("waits no longer than an annotation says", async () => {
        const program = bench.program((metadata, opts) => {
            const annotations = { "pulumi.com/timeoutSeconds": "3" };
            new StatefulSet("set", setArgs({ ...metadata, annotations }, nowhere), opts);
        });
        assert.match((await bench.stack.up(program)).failure, /timed out/i);
    });

    it("waits for nothing that is annotated or cannot become ready by itself", async () => {
        const program = bench.program((metadata, opts) => {
            const annotations = { "pulumi.com/skipAwait": "true" };
            new StatefulSet("set", setArgs({ ...metadata, annotations }, nowhere), opts);
            const services = {
                headless: { clusterIP: "None", selector: { app: "set" } },
                plain: {},
                external: { type: "ExternalName", externalName: "example.com" },
            };
            for (const [name, spec] of Object.entries(services)) {
                new Service(name, { metadata, spec: { ports: [{ port: 80 }], ...spec } }, opts);
            }
            new PersistentVolumeClaim("claim", claimArgs(metadata), opts);
        });
        const { failure, seconds } = await bench.stack.up(program);
        assert.equal(failure, "");
        assert.ok(seconds < 20, `it took ${seconds} s`);
    });

    it("does not wait for Pods that are replaced by hand", async () => {
        const program = (more: Record<string, string>) =>
            bench.program((metadata, opts) => {
                const { metadata: pods, spec } = template("set");
                const labels = { ...pods.labels, ...more };
                const args = setArgs(metadata, {
                    updateStrategy: { type: "OnDelete" },
                    template: { metadata: { labels }, spec },
                });
                new StatefulSet("set", args, opts);
            });
        await succeed(bench.stack.up(program({})));
        const { failure, changes, seconds } = await bench.stack.up(program({ version: "two" }));
        assert.equal(failure, "");
        assert.deepEqual(changes, { update: 1 });
        assert.ok(seconds < 20, `it took ${seconds} s`);
    });

    it("gives a Service with a selector ten seconds to settle", async () => {
        const program = bench.program((metadata, opts) => {
            const set = new StatefulSet("set", setArgs(metadata), opts);
            const spec = { selector: { app: "set" }, ports: [{ port: 80 }] };
            new Service("door", { metadata, spec }, { ...opts, dependsOn: set });
        });
        const { failure, seconds } = await bench.stack.up(program);
        assert.equal(failure, "");
        assert.ok(seconds > 10, `it took ${seconds} s`);
    });

    it("does not wait any longer for a Job that has failed for good", async () => {
        const program = bench.program((metadata, opts) => {
            const spec = {
                activeDeadlineSeconds: 2,
                template: template("job", { restartPolicy: "Never", ...nowhere.template.spec }),
            };
            new Job("job", { metadata: { ...metadata, name: "job" }, spec }, opts);
        });
        const { failure, seconds } = await bench.stack.up(program);
        assert.match(failure, /DeadlineExceeded/);
        assert.ok(seconds < 60, `it took ${seconds} s`);
        assert.equal((await bench.stack.resources())["job"]?.id, `${bench.namespace}/job`);
    });

    it("previews without a cluster, and says in a run that there is none", async () => {
        const program = bench.program(
            (metadata, opts) => {
                new ConfigMap("a", { metadata }, opts);
            },
            { kubeconfig: pointedNowhere(kubeconfig()) },
        );
        assert.equal((await bench.stack.preview(program)).failure, "");
        const { failure } = await bench.stack.up(program);
        assert.match(failure, /unreachable/);
        assert.match(failure, /127\.0\.0\.1:59999/);
    });

    it("removes objects of a cluster that is gone only when told to", async () => {
        const program = (args: object) =>
            bench.program((metadata, opts) => {
                new ConfigMap("a", { metadata: { ...metadata, name: "a" } }, opts);
            }, args);
        await succeed(bench.stack.up(program({})));
        await succeed(bench.stack.up(program({ kubeconfig: pointedNowhere(kubeconfig()) })));
        assert.match((await bench.stack.destroy()).failure, /PULUMI_K8S_DELETE_UNREACHABLE/);
        bench.stack.setEnvironment({ PULUMI_K8S_DELETE_UNREACHABLE: "true" });
        await succeed(bench.stack.destroy());
        assert.ok(await others.read(bench.object("ConfigMap", "a")));
    });
});
