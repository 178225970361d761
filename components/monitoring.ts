import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import * as pulumi from "@pulumi/pulumi";

import { secretData } from "./authority";
import type { FabricOrg } from "./fabricOrg";
import { checkMonitoringArgs, MONITORING_DEFAULTS, type MonitoringArgs } from "./monitoringArgs";
import { endingCertificates, namesOf, claimsOf } from "./monitoringNodes";
import { Certificate } from "./resources/certificate";
import { PrivateKey } from "./resources/privateKey";
import { rejectInvalid } from "./validation";
import { ALERT_LIMITS, alertRules } from "./workloads/monitoring/alerts";
import { dashboardConfigMap } from "./workloads/monitoring/dashboard";
import { prometheusRule } from "./workloads/monitoring/rule";
import { READER_ENTRIES, readerSecret, serviceMonitor } from "./workloads/monitoring/scraping";

/** What is made in the namespace of one organization. */
export interface WatchedOrganization {
    readonly org: FabricOrg;
    /** With what Prometheus shows nodes that it may read. */
    readonly reader: Secret;
    /** Where Prometheus finds the nodes; none on a simulated cluster. */
    readonly serviceMonitor?: CustomResource;
    /** What it alerts of; none on a simulated cluster. */
    readonly prometheusRule?: CustomResource;
}

/**
 * Metrics, alerts and a dashboard of nodes, for a cluster that runs the Prometheus operator. It installs no
 * Prometheus and no Grafana.
 *
 * Nodes open their metrics to Pods of namespaces with the label `kubefabric.io/metrics-reader: "true"`,
 * and to those who show a certificate of the organization's TLS CA: give that label to Prometheus'
 * namespace. The certificate that is made here for it opens nothing of the network but the metrics, the version
 * and the log levels of nodes.
 *
 * Children, by organization: key and certificate with their Secret, ServiceMonitor and PrometheusRule; and
 * the dashboard in a ConfigMap. Nothing of a network waits for them. On a simulated cluster, which has no
 * Prometheus operator, the ServiceMonitor and the PrometheusRule are left out.
 *
 * @example
 * new Monitoring("eyes", {
 *     nodes: [orderers, peer0, peer1],
 *     labels: { release: "kube-prometheus-stack" },
 * });
 * @see https://prometheus-operator.dev/docs/getting-started/introduction/
 */
export class Monitoring extends pulumi.ComponentResource {
    public readonly organizations: readonly WatchedOrganization[];
    /** The dashboard, where one is wanted. */
    public readonly dashboard?: ConfigMap;

    /** @throws pulumi.ResourceError listing every problem of the arguments. */
    constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
        rejectInvalid("Monitoring", name, checkMonitoringArgs(name, args));
        const { nodes, dashboard = MONITORING_DEFAULTS.dashboard } = args;
        const { title = MONITORING_DEFAULTS.title } = args;
        const organizations = [...new Set(nodes.map(({ org }) => org))];
        const [first] = organizations as [FabricOrg];
        const namespaces = organizations.map(({ namespace }) => namespace);
        super(
            "kubefabric:index:Monitoring",
            name,
            { namespaces },
            pulumi.mergeOptions({ providers: [first.cluster.provider] }, opts),
        );

        this.organizations = organizations.map((org) =>
            watch(this, name, org, {
                ...args,
                nodes: nodes.filter((node) => node.org === org),
            }),
        );
        this.dashboard = dashboard
            ? new ConfigMap(
                  `${name}-dashboard`,
                  dashboardConfigMap({
                      name: `${name}-dashboard`,
                      namespace: first.namespace,
                      mspId: first.mspId,
                      labels: dashboard,
                      title,
                      namespaces,
                  }),
                  owned(this, first),
              )
            : undefined;

        this.registerOutputs({});
    }
}

/** Has the nodes of one organization watched. */
function watch(
    parent: Monitoring,
    name: string,
    org: FabricOrg,
    args: MonitoringArgs,
): WatchedOrganization {
    const { nodes, labels = {}, interval = MONITORING_DEFAULTS.interval, alerts } = args;
    const { namespace, mspId, cluster } = org;
    const options = owned(parent, org);
    const reader = createReader(parent, name, org);
    if (cluster.simulated) {
        return { org, reader };
    }
    const monitor = new CustomResource(
        `${name}-${namespace}-monitor`,
        serviceMonitor(name, {
            namespace,
            mspId,
            nodes: namesOf(nodes),
            readerSecret: readerName(name),
            interval,
            labels,
        }),
        { ...options, dependsOn: [reader] },
    );
    if (alerts === false) {
        return { org, reader, serviceMonitor: monitor };
    }
    const rules = pulumi
        .all([claimsOf(nodes), endingCertificates(org, nodes)])
        .apply(([claims, certificates]) =>
            alertRules({
                namespace,
                claims,
                certificates,
                limits: { ...ALERT_LIMITS, ...alerts },
            }),
        );
    return {
        org,
        reader,
        serviceMonitor: monitor,
        prometheusRule: new CustomResource(
            `${name}-${namespace}-alerts`,
            prometheusRule({ name, namespace, mspId, labels, rules }),
            options,
        ),
    };
}

const readerName = (name: string) => `${name}-metrics-reader`;

/** What Prometheus shows nodes. It is made anew where it is lost, and so it is not protected. */
function createReader(parent: Monitoring, name: string, org: FabricOrg): Secret {
    const { namespace, mspId, tlsCa } = org;
    const base = `${name}-${namespace}-reader`;
    const key = new PrivateKey(`${base}-key`, {}, { parent });
    const { certificatePem } = new Certificate(
        `${base}-certificate`,
        {
            profile: "tls",
            commonName: `metrics-reader.${namespace}`,
            role: "client",
            organization: mspId,
            publicKeyPem: key.publicKeyPem,
            ca: tlsCa,
            validityDays: org.certificateValidityDays,
        },
        { parent },
    );
    return new Secret(
        base,
        readerSecret({
            name: readerName(name),
            namespace,
            mspId,
            data: secretData({
                [READER_ENTRIES.ca]: tlsCa.rootPem,
                // With the CAs between it and the root: a node knows the root.
                [READER_ENTRIES.certificate]: pulumi.concat(
                    certificatePem,
                    ...tlsCa.intermediatesPem,
                ),
                [READER_ENTRIES.key]: key.privateKeyPem,
            }),
        }),
        owned(parent, org),
    );
}

function owned(parent: Monitoring, { cluster, home }: FabricOrg) {
    return { parent, deletedWith: cluster.managedCluster, dependsOn: [home] };
}
