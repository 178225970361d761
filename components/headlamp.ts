import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { Release } from "@pulumi/kubernetes/helm/v3/release";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding";
import * as pulumi from "@pulumi/pulumi";

import { claim, namespaceIn } from "./claimed";
import type { FabricCluster } from "./clusters/fabricCluster";
import {
    chartSource,
    checkHeadlampArgs,
    HEADLAMP_DEFAULTS,
    type HeadlampArgs,
} from "./headlampArgs";
import { NamespaceGuard } from "./resources/namespaceGuard";
import { rejectInvalid } from "./validation";
import {
    forwardCommand,
    HEADLAMP,
    headlampNamespace,
    headlampPolicy,
    headlampValues,
    viewerAccount,
    viewerBinding,
    viewerTokenCommand,
} from "./workloads/headlamp";

/**
 * Headlamp, a console of Kubernetes, in the cluster that it shows: for clusters whose vendor has none, or for
 * those whom the vendor's shows too much. It is the official chart, reached by forwarding a port and by
 * nothing else. Nothing of a network waits for it.
 *
 * Whoever looks logs in with a token, and sees what its account may see. `tokenCommand` makes one that shows no
 * Secrets. The Pod's own account may do nothing, where the chart alone would make it the cluster's
 * administrator.
 *
 * Children, in order: Namespace, the NetworkPolicy that lets nobody in, the account of those who look and the
 * binding of its role, Helm's release. On a simulated cluster the release is left out: no container runs there.
 *
 * @example
 * const console = new Headlamp("console", { cluster });
 * export const look = console.command;
 * @see https://headlamp.dev
 */
export class Headlamp extends pulumi.ComponentResource {
    public readonly cluster: FabricCluster;
    /** Name of the namespace. */
    public readonly namespace: string;
    /** Stands before the namespace: one that exists is left as it is. */
    public readonly guard: NamespaceGuard;
    /** The namespace itself. */
    public readonly home: Namespace;
    public readonly networkPolicy: NetworkPolicy;
    /** Account of those who look. */
    public readonly viewer: ServiceAccount;
    /** Gives it the role. */
    public readonly binding: ClusterRoleBinding;
    /** Helm's release; none on a simulated cluster. */
    public readonly release?: Release;
    /** The last of its children. */
    public readonly ready: pulumi.Resource;
    /** The command after which `url` answers, for as long as it runs. */
    public readonly command: pulumi.Output<string>;
    /** The command that prints a token to log in with; it lives for an hour unless `--duration` says more. */
    public readonly tokenCommand: pulumi.Output<string>;
    /** Where it answers while `command` runs. */
    public readonly url: string;

    /** @throws pulumi.ResourceError listing every problem of the arguments. */
    constructor(name: string, args: HeadlampArgs, opts?: pulumi.ComponentResourceOptions) {
        rejectInvalid("Headlamp", name, checkHeadlampArgs(name, args));
        const { cluster, namespace = name } = args;
        const {
            clusterRole = HEADLAMP_DEFAULTS.clusterRole,
            localPort = HEADLAMP_DEFAULTS.localPort,
        } = args;
        super(
            "kubefabric:index:Headlamp",
            name,
            { namespace, clusterRole },
            pulumi.mergeOptions({ providers: [cluster.provider] }, opts),
        );
        claim(namespaceIn(cluster, namespace), `Headlamp "${name}"`);

        this.cluster = cluster;
        this.namespace = namespace;
        const owned = { parent: this, deletedWith: cluster.managedCluster };

        const { kubeconfig, context, recover } = cluster;
        this.guard = new NamespaceGuard(
            `${name}-guard`,
            { namespace, kubeconfig, context, recover },
            { parent: this, dependsOn: [cluster.ready] },
        );
        this.home = new Namespace(name, headlampNamespace(namespace), {
            ...owned,
            dependsOn: [this.guard],
        });
        this.networkPolicy = new NetworkPolicy(`${name}-policy`, headlampPolicy(namespace), {
            ...owned,
            dependsOn: [this.home],
        });
        this.viewer = new ServiceAccount(`${name}-viewer`, viewerAccount(namespace), {
            ...owned,
            dependsOn: [this.home],
        });
        this.binding = new ClusterRoleBinding(
            `${name}-viewer-binding`,
            viewerBinding(namespace, clusterRole),
            { ...owned, dependsOn: [this.viewer] },
        );
        this.release = cluster.simulated
            ? undefined
            : new Release(`${name}-release`, releaseOf(namespace, args), {
                  ...owned,
                  dependsOn: [this.networkPolicy, this.binding],
              });
        this.ready = this.release ?? this.binding;

        this.command = pulumi
            .output(context)
            .apply((context) =>
                cluster.simulated
                    ? `# ${cluster.name} is simulated: no container runs there, and so no Headlamp`
                    : forwardCommand(namespace, localPort, context),
            );
        this.tokenCommand = pulumi
            .output(context)
            .apply((context) => viewerTokenCommand(namespace, context));
        this.url = `http://localhost:${localPort}`;

        this.registerOutputs({
            command: this.command,
            tokenCommand: this.tokenCommand,
            url: this.url,
        });
    }
}

/**
 * A release and not a chart of Pulumi's (`helm.v4.Chart`): that one is rendered with the cluster's help in each
 * preview, so a preview fails where the cluster cannot be reached, and the first one, when there is none yet.
 *
 * @see https://github.com/pulumi/pulumi-kubernetes/blob/master/provider/pkg/provider/provider_construct.go
 */
function releaseOf(namespace: string, args: HeadlampArgs) {
    const { chart, repository, version } = chartSource(args);
    return {
        name: HEADLAMP,
        namespace,
        chart,
        ...(repository === undefined ? {} : { repositoryOpts: { repo: repository } }),
        ...(version === undefined ? {} : { version }),
        // Each keeps all manifests, in a Secret of its own.
        maxHistory: 3,
        values: headlampValues({
            imageRegistry: args.imageRegistry ?? HEADLAMP_DEFAULTS.imageRegistry,
            resources: args.resources ?? HEADLAMP_DEFAULTS.resources,
            values: args.values ?? {},
        }),
    };
}
