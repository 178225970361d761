import type { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import * as pulumi from "@pulumi/pulumi";

import { caWarning, lifeOf, type CertificateLife } from "../fabric/identities";
import { rejectInvalid } from "./validation";
import type { FabricCluster } from "./clusters/fabricCluster";
import { CaCertificate } from "./resources/caCertificate";
import { PrivateKey } from "./resources/privateKey";
import type { Recovery } from "./resources/recovery";
import { organizationLabels } from "./workloads/labels";

/** A CA that signs for an organization. */
export interface Authority {
    /** Its certificate, PEM. */
    readonly certificatePem: pulumi.Output<string>;
    /** Its key, PKCS#8 PEM; a secret. */
    readonly privateKeyPem: pulumi.Output<string>;
    /** When its certificate begins and ends. */
    readonly life: pulumi.Output<CertificateLife>;
    /** The Secret that keeps it in the cluster, where this program made it. */
    readonly secret?: Secret;
}

/** A root CA of your own. */
export interface GivenAuthority {
    /** Certificate, PEM. */
    certificatePem: pulumi.Input<string>;
    /** Key, PKCS#8 PEM; kept as a secret. */
    privateKeyPem: pulumi.Input<string>;
}

/** Entries of the Secret that keeps a CA. */
const ENTRIES = { certificate: "ca.crt", key: "ca.key" } as const;

/**
 * Makes a CA, and keeps it in a Secret of the organization's namespace besides the stack's state, so
 * that a network whose state was lost can be read back.
 */
export function createAuthority(
    name: string,
    args: {
        commonName: string;
        organization: string;
        validityDays: number;
        namespace: string;
        home: Namespace;
        /** Goes with its objects. */
        managedCluster?: pulumi.Resource;
        options: pulumi.CustomResourceOptions;
        recoverFrom?: FabricCluster;
    },
): Authority {
    const { commonName, organization, validityDays, namespace, options } = args;
    const from = (entry: string) => recoveryFrom(args.recoverFrom, namespace, name, entry);
    // Only a recovery waits for the cluster; otherwise keys are made while it comes up.
    const after = args.recoverFrom ? { dependsOn: [args.recoverFrom.ready] } : {};
    const key = new PrivateKey(
        `${name}-key`,
        { recovery: from(ENTRIES.key) },
        {
            ...options,
            ...after,
        },
    );
    const certificate = new CaCertificate(
        `${name}-certificate`,
        {
            commonName,
            organization,
            validityDays,
            privateKeyPem: key.privateKeyPem,
            recovery: from(ENTRIES.certificate),
        },
        options,
    );
    const secret = new Secret(
        name,
        {
            metadata: { name, namespace, labels: organizationLabels(organization) },
            type: "Opaque",
            data: secretData({
                [ENTRIES.certificate]: certificate.certificatePem,
                [ENTRIES.key]: key.privateKeyPem,
            }),
        },
        { ...options, deletedWith: args.managedCluster, dependsOn: [args.home] },
    );
    const { certificatePem, life } = certificate;
    warnOfEnd(name, life, options.parent);
    return { certificatePem, privateKeyPem: key.privateKeyPem, life, secret };
}

/**
 * Warns, on every preview and update, of a CA that ends soon. Nothing here prevents it: an update
 * renews what a CA signed, never the CA.
 */
function warnOfEnd(
    ca: string,
    life: pulumi.Output<CertificateLife | undefined>,
    about?: pulumi.Resource,
): void {
    // Not called in a preview that does not know the certificate yet.
    life.apply((known) => {
        // Absent where mocks stand in for the engine.
        const warning = known && caWarning(ca, known, new Date());
        return warning === undefined ? undefined : pulumi.log.warn(warning, about);
    });
}

/** Where an entry of an organization's Secret is read back from, where that is asked for. */
export function recoveryFrom(
    cluster: FabricCluster | undefined,
    namespace: string,
    secret: string,
    entry: string,
): Recovery | undefined {
    return (
        cluster && {
            kubeconfig: cluster.kubeconfig,
            context: cluster.context,
            namespace,
            secret,
            entry,
        }
    );
}

/**
 * A CA of the user's own. What is wrong with it stops the program where its values are first used,
 * because a key may come from another resource.
 */
export function givenAuthority(
    component: string,
    name: string,
    path: string,
    given: GivenAuthority,
    use: "signing" | "tls",
): Authority {
    const checked = pulumi
        .all([given.certificatePem, pulumi.secret(given.privateKeyPem)])
        .apply(async ([certificatePem, privateKeyPem]) => {
            const pair = { certificatePem, privateKeyPem };
            const { checkCa } = await import("../fabric/certificateAuthority.js");
            const problems = await checkCa({ ...pair, use, now: new Date() });
            rejectInvalid(
                component,
                name,
                problems.map((problem) => ({ ...problem, path: `${path}.${problem.path}` })),
            );
            return pair;
        });
    const certificatePem = pulumi.unsecret(checked.certificatePem);
    const life = certificatePem.apply((pem) => lifeOf(pem, pem));
    warnOfEnd(`${path} of ${component} "${name}"`, life);
    return { certificatePem, privateKeyPem: checked.privateKeyPem, life };
}

/** The `data` of a Secret: texts as Kubernetes keeps them, in base64. */
export function secretData(
    entries: Record<string, pulumi.Input<string>>,
): Record<string, pulumi.Output<string>> {
    return Object.fromEntries(
        Object.entries(entries).map(([entry, text]) => [
            entry,
            pulumi.output(text).apply((plain) => Buffer.from(plain, "utf8").toString("base64")),
        ]),
    );
}
