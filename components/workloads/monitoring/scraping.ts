import type * as pulumi from "@pulumi/pulumi";

import { ORGANIZATION_LABEL, organizationLabels } from "../labels";

/** Group and version of the Prometheus operator's objects. */
export const MONITORING_API = "monitoring.coreos.com/v1";

/** What Prometheus calls all nodes of Fabric, in the label `job`. */
export const JOB = "hyperledger-fabric";

/** Entries of the Secret with which Prometheus reads metrics. */
export const READER_ENTRIES = { ca: "ca.crt", certificate: "tls.crt", key: "tls.key" } as const;

/** How Prometheus finds the nodes of one organization, and shows them that it may read. */
export interface Scraping {
    namespace: string;
    mspId: string;
    /** Names of the nodes. */
    nodes: readonly string[];
    /** Secret with the organization's TLS CA and the reader's certificate and key. */
    readerSecret: string;
    /** How often, such as `30s`. */
    interval: string;
    /** By which Prometheus finds it. */
    labels: Readonly<Record<string, string>>;
}

/**
 * Nodes are scraped by the names of their Services, as those are what their certificates are for; the
 * addresses of their Pods, which Prometheus would take, are in no certificate.
 *
 * @see https://hyperledger-fabric.readthedocs.io/en/release-2.5/operations_service.html
 * @see https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.ServiceMonitor
 */
export function serviceMonitor(name: string, scraping: Scraping) {
    const { namespace, mspId, nodes, readerSecret, interval, labels } = scraping;
    const entry = (key: string) => ({ name: readerSecret, key });
    return {
        apiVersion: MONITORING_API,
        kind: "ServiceMonitor",
        metadata: { name, namespace, labels: { ...labels, ...organizationLabels(mspId) } },
        spec: {
            jobLabel: "app.kubernetes.io/name",
            selector: {
                matchExpressions: [
                    { key: "app.kubernetes.io/instance", operator: "In", values: [...nodes] },
                ],
            },
            endpoints: [
                {
                    port: "operations",
                    path: "/metrics",
                    scheme: "https",
                    interval,
                    tlsConfig: {
                        ca: { secret: entry(READER_ENTRIES.ca) },
                        cert: { secret: entry(READER_ENTRIES.certificate) },
                        keySecret: entry(READER_ENTRIES.key),
                    },
                    relabelings: [...RELABELINGS],
                },
            ],
        },
    };
}

const SERVICE = "__meta_kubernetes_service_name";
const NAMESPACE = "__meta_kubernetes_namespace";

/** Name of a label of a Service, as Prometheus has it. */
const serviceLabel = (label: string) =>
    `__meta_kubernetes_service_label_${label.replaceAll(/[^A-Za-z0-9_]/g, "_")}`;

const RELABELINGS = [
    // The headless Service of a node has the same labels, and would count the node twice.
    { action: "drop", sourceLabels: [SERVICE], regex: ".+-headless" },
    {
        sourceLabels: [SERVICE, NAMESPACE, "__address__"],
        regex: "(.+);(.+);.+:(\\d+)",
        targetLabel: "__address__",
        replacement: "$1.$2.svc:$3",
    },
    { sourceLabels: [SERVICE], targetLabel: "node" },
    { sourceLabels: [serviceLabel("app.kubernetes.io/component")], targetLabel: "kind" },
    { sourceLabels: [serviceLabel(ORGANIZATION_LABEL)], targetLabel: "organization" },
] as const;

/** The Secret with which Prometheus reads the metrics of an organization's nodes. */
export function readerSecret(args: {
    name: string;
    namespace: string;
    mspId: string;
    data: pulumi.Input<Record<string, pulumi.Input<string>>>;
}) {
    const { name, namespace, mspId, data } = args;
    return {
        metadata: { name, namespace, labels: organizationLabels(mspId) },
        type: "Opaque",
        data,
    };
}
