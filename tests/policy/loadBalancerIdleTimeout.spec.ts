import assert from "node:assert/strict";

import { loadBalancerIdleTimeout } from "kubefabric/policy";

import {
    clusterOf,
    nodeLabels,
    said,
    UNKNOWN_TEXT,
    type KubernetesObject,
    type Registered,
} from "../support/policy.ts";

const ANNOTATION =
    "service.kubernetes.io/ibm-load-balancer-cloud-provider-vpc-idle-connection-timeout";
const FEATURES = "service.kubernetes.io/ibm-load-balancer-cloud-provider-enable-features";

const on = (vendor: string, resources: Registered[], config: Record<string, unknown> = {}) =>
    said(loadBalancerIdleTimeout, resources, { vendor, ...config });

function balancer(
    annotations: unknown,
    fields: { labels?: object; spec?: object } = {},
): KubernetesObject {
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "peer0-outside", labels: fields.labels ?? nodeLabels(), annotations },
        spec: { type: "LoadBalancer", ...fields.spec },
    };
}

const timeout = (value: unknown) => ({ [ANNOTATION]: value });

describe("load-balancer-idle-timeout", () => {
    it("passes a balancer that waits longer than Fabric is quiet", async () => {
        for (const seconds of ["61", "900", "7200"]) {
            assert.deepEqual(await on("iks-vpc", [balancer(timeout(seconds))]), [], seconds);
        }
    });

    it("refuses one that says nothing, and says what to write", async () => {
        for (const annotations of [undefined, {}]) {
            const [only, ...others] = await on("iks-vpc", [balancer(annotations)]);
            assert.deepEqual(others, []);
            assert.match(
                only!,
                /^mandatory: Service\/peer0-outside: metadata\.annotations\["service/,
            );
            assert.match(
                only!,
                /is missing, and IBM's balancer cuts .* 50 s .* 60 s; write "900"$/,
            );
        }
    });

    it("refuses a time that is too short, too long, or none", async () => {
        for (const value of ["50", "60", "7201", "0", "-1", "15m", "", 900, true]) {
            const [only] = await on("iks-vpc", [balancer(timeout(value))]);
            assert.match(only ?? "", /^mandatory: .*write "900"$/, String(value));
        }
    });

    it("knows a balancer of Fabric by label, selector or port", async () => {
        const selector = { selector: { "app.kubernetes.io/component": "orderer" } };
        const port = (fields: object) => ({ spec: { ports: [{ port: 443 }, fields] }, labels: {} });
        for (const fields of [
            {},
            { labels: {}, spec: selector },
            port({ port: 7050 }),
            port({ port: 443, targetPort: 7051 }),
        ]) {
            assert.equal((await on("iks-vpc", [balancer({}, fields)])).length, 1);
        }
        assert.deepEqual(await on("iks-vpc", [balancer({}, port({ port: 8080 }))]), []);
    });

    it("asks nothing of other vendors, other Services and IBM's other balancer", async () => {
        for (const vendor of ["gke", "aks", "iks-classic", "local"]) {
            assert.deepEqual(await on(vendor, [balancer({})]), [], vendor);
        }
        assert.deepEqual(await said(loadBalancerIdleTimeout, [balancer({})]), []);
        for (const type of ["ClusterIP", "NodePort", undefined]) {
            assert.deepEqual(await on("iks-vpc", [balancer({}, { spec: { type } })]), []);
        }
        assert.deepEqual(await on("iks-vpc", [balancer({ [FEATURES]: "nlb" })]), []);
    });

    it("is an advice where it may be the other of IBM's clusters", async () => {
        const [only] = await said(loadBalancerIdleTimeout, [...clusterOf("iks"), balancer({})]);
        assert.match(only!, /^advisory/);
    });

    it("looks into lists, and at what a patch writes", async () => {
        const list = { apiVersion: "v1", kind: "List", items: [balancer({})] };
        assert.match((await on("iks-vpc", [list]))[0]!, /items\[0\]\.metadata\.annotations/);
        const patch = (annotations: object) => ({ ...balancer(annotations), kind: "ServicePatch" });
        assert.deepEqual(await on("iks-vpc", [patch({})]), []);
        assert.equal((await on("iks-vpc", [patch(timeout("30"))])).length, 1);
    });

    it("says what a preview does not know", async () => {
        for (const annotations of [timeout(UNKNOWN_TEXT), UNKNOWN_TEXT]) {
            const object = balancer(annotations);
            assert.match((await on("iks-vpc", [object]))[0]!, /^advisory: .*is not known/);
            assert.match(
                (await on("iks-vpc", [object], { onUnknown: "mandatory" }))[0]!,
                /^mandatory/,
            );
        }
    });
});
