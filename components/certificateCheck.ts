import { readFileSync } from "node:fs";
import { join } from "node:path";

import { CronJob } from "@pulumi/kubernetes/batch/v1/cronJob";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy";
import { Role } from "@pulumi/kubernetes/rbac/v1/role";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding";
import * as pulumi from "@pulumi/pulumi";

import { LIVES, type CertificateLife } from "../fabric/identities";
import { CHECK_DEFAULTS, defaultWarnDays, type CertificateCheckArgs } from "./certificateCheckArgs";
import type { FabricOrg } from "./fabricOrg";
import {
    checkAccount,
    checkCronJob,
    checkPolicy,
    checkProgram,
    checkRole,
    checkRoleBinding,
    PROGRAM_FILES,
} from "./workloads/certificateCheck";
import { organizationLabels } from "./workloads/labels";

export { checkCertificateCheckArgs } from "./certificateCheckArgs";

/**
 * Looks at the certificates of an organization once a day, from inside the cluster: nothing else runs
 * between two updates. It holds no key and can read none.
 *
 * Children: ServiceAccount, Role and RoleBinding, the program in a ConfigMap, NetworkPolicy, CronJob,
 * and a ConfigMap that says when the organization's own certificates end.
 */
export class CertificateCheck extends pulumi.ComponentResource {
    public readonly account: ServiceAccount;
    /** What the account may do. */
    public readonly role: Role;
    public readonly binding: RoleBinding;
    /** What the job runs. */
    public readonly program: ConfigMap;
    public readonly networkPolicy: NetworkPolicy;
    public readonly cronJob: CronJob;
    /** When the organization's own certificates end. */
    public readonly certificates: ConfigMap;
    private readonly org: FabricOrg;

    constructor(
        name: string,
        args: CertificateCheckArgs & { org: FabricOrg },
        opts?: pulumi.ComponentResourceOptions,
    ) {
        const { org, pushgateway } = args;
        const { schedule = CHECK_DEFAULTS.schedule, image = CHECK_DEFAULTS.image } = args;
        const { mspId, namespace } = org;
        super("kubefabric:index:CertificateCheck", name, { mspId, namespace, schedule }, opts);

        this.org = org;
        const owner = { namespace, mspId };
        const options = { parent: this, deletedWith: org.cluster.managedCluster };
        const first = { ...options, dependsOn: [org.home] };

        this.account = new ServiceAccount(`${name}-account`, checkAccount(owner), first);
        this.role = new Role(`${name}-role`, checkRole(owner), first);
        this.binding = new RoleBinding(`${name}-binding`, checkRoleBinding(owner), {
            ...options,
            dependsOn: [this.account, this.role],
        });
        this.program = new ConfigMap(
            `${name}-program`,
            checkProgram(owner, PROGRAM_FILES.map(compiled)),
            first,
        );
        this.networkPolicy = new NetworkPolicy(
            `${name}-policy`,
            checkPolicy(owner, pushgateway),
            first,
        );
        this.cronJob = new CronJob(
            `${name}-job`,
            checkCronJob({
                owner,
                schedule,
                image,
                imagePullSecrets: org.imagePullSecrets,
                warnDays: args.warnDays ?? defaultWarnDays(org.certificateValidityDays),
                pushgateway,
                placement: args.placement ?? {},
            }),
            { ...options, dependsOn: [this.binding, this.program, this.networkPolicy] },
        );
        this.certificates = this.publish(this, `${name}-certificates`, {
            object: "certificates",
            lives: {
                "signing-ca": org.signingCa.life,
                "tls-ca": org.tlsCa.life,
                admin: org.admin.life,
            },
        });

        this.registerOutputs({});
    }

    /**
     * Tells the check of certificates that no node's Pod tells of, in a ConfigMap.
     *
     * @param args.object name of the ConfigMap.
     * @param args.owner whose certificates they are, where they are not the whole organization's.
     * @param args.lives by what the certificates are used for.
     */
    publish(
        parent: pulumi.Resource,
        name: string,
        args: {
            object: string;
            owner?: string;
            lives: Record<string, pulumi.Output<CertificateLife>>;
        },
    ): ConfigMap {
        const { mspId, namespace, cluster, home } = this.org;
        const instance = args.owner && { "app.kubernetes.io/instance": args.owner };
        return new ConfigMap(
            name,
            {
                metadata: {
                    name: args.object,
                    namespace,
                    labels: { ...organizationLabels(mspId), ...instance },
                },
                data: {
                    [LIVES.entry]: pulumi
                        .all(args.lives)
                        .apply((lives) => JSON.stringify(lives, undefined, 2)),
                },
            },
            { parent, deletedWith: cluster.managedCluster, dependsOn: [home] },
        );
    }
}

/**
 * Text of a file of this package, as it was compiled. Comments are left out: what is in a ConfigMap is
 * kept in the stack's state, twice.
 */
function compiled(path: string): string {
    const text = readFileSync(join(__dirname, "..", path), "utf8");
    return text.replace(/^ *\/\*\*[^]*?\*\/\n/gm, "").replace(/^ *\/\/.*\n?/gm, "");
}
