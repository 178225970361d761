import type * as pulumi from "@pulumi/pulumi";

import { organizationLabels } from "../labels";
import type { AlertRule } from "./alerts";
import { MONITORING_API } from "./scraping";

/**
 * Alerts as the Prometheus operator takes them.
 *
 * @see https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule
 */
export function prometheusRule(args: {
    name: string;
    namespace: string;
    mspId: string;
    labels: Readonly<Record<string, string>>;
    rules: pulumi.Input<AlertRule[]>;
}) {
    const { name, namespace, mspId, labels, rules } = args;
    return {
        apiVersion: MONITORING_API,
        kind: "PrometheusRule",
        metadata: { name, namespace, labels: { ...labels, ...organizationLabels(mspId) } },
        spec: { groups: [{ name: `fabric-${namespace}`, rules }] },
    };
}
