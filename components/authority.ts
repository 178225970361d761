import type { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import * as pulumi from "@pulumi/pulumi";

import type * as certificateAuthority from "../fabric/certificateAuthority";
import type { CheckedCa } from "../fabric/certificateAuthority";
import { caWarning, certificatesIn, lifeOfCa, type CertificateLife } from "../fabric/identities";
import type { OrgDefinition } from "../fabric/msp";
import type { Problem } from "../fabric/problem";
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
    /** Certificate of the root above it, PEM: what others trust. Its own where it is a root. */
    readonly rootPem: pulumi.Output<string>;
    /** Certificates from its own up to the one below the root, PEM; none where it is a root. */
    readonly intermediatesPem: readonly pulumi.Output<string>[];
    /** Its key, PKCS#8 PEM; a secret. */
    readonly privateKeyPem: pulumi.Output<string>;
    /** When it begins, and when the first of its certificate and those above it ends. */
    readonly life: pulumi.Output<CertificateLife>;
    /** The Secret that keeps it in the cluster, where this program made it. */
    readonly secret?: Secret;
}

/** A CA of your own: a root, or an intermediate with everything above it. */
export interface GivenAuthority {
    /** Certificate, PEM. */
    certificatePem: pulumi.Input<string>;
    /** Key, PKCS#8 PEM; kept as a secret. */
    privateKeyPem: pulumi.Input<string>;
    /**
     * Certificates above it, its issuer first and the root last, PEM. Plain text: how many there are
     * decides which files every node gets.
     *
     * @default - none: the CA is a root.
     */
    chainPem?: string;
}

/** The two CAs that an organization can bring. */
export interface GivenAuthorities {
    /** Signs the identities of nodes, administrators and users. */
    signing: GivenAuthority;
    /** Signs TLS certificates. */
    tls: GivenAuthority;
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
    return {
        certificatePem,
        privateKeyPem: key.privateKeyPem,
        rootPem: certificatePem,
        intermediatesPem: [],
        life,
        secret,
    };
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

/** Everything wrong with CAs of the user's own, as far as it is known before anything runs. */
export function checkAuthorities(authorities: GivenAuthorities): Problem[] {
    return (["signing", "tls"] as const).flatMap((use) => {
        const { certificatePem, privateKeyPem, chainPem } = authorities[use];
        if (chainPem !== undefined && typeof chainPem !== "string") {
            const reason =
                "is an output, whose value is not known yet; write the certificates as plain text, " +
                "because how many there are decides which files every node gets";
            return [{ path: pathOf(use, "chainPem"), reason }];
        }
        if (typeof certificatePem !== "string") {
            // Checked once it is known.
            return [];
        }
        const key = typeof privateKeyPem === "string" ? privateKeyPem : undefined;
        return problemsOfCa(use, { certificatePem, privateKeyPem: key, chainPem });
    });
}

/**
 * A CA of the user's own. What is wrong with a value that comes from another resource stops the
 * program where it is first used.
 */
export function givenAuthority(
    component: string,
    name: string,
    use: keyof GivenAuthorities,
    { certificatePem, privateKeyPem, chainPem }: GivenAuthority,
): Authority {
    const checked = pulumi
        .all([certificatePem, pulumi.secret(privateKeyPem)])
        .apply(([certificatePem, privateKeyPem]) => {
            const problems = problemsOfCa(use, { certificatePem, privateKeyPem, chainPem });
            rejectInvalid(component, name, problems);
            return { own: certificatesIn(certificatePem)[0] ?? "", privateKeyPem };
        });
    const own = pulumi.unsecret(checked.own);
    const above = certificatesIn(chainPem ?? "").map((pem) => own.apply(() => pem));
    const life = own.apply((pem) => lifeOfCa(pem, ...certificatesIn(chainPem ?? "")));
    warnOfEnd(`authorities.${use} of ${component} "${name}"`, life);
    return {
        life,
        certificatePem: own,
        privateKeyPem: checked.privateKeyPem,
        rootPem: above.at(-1) ?? own,
        intermediatesPem: [own, ...above].slice(0, -1),
    };
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

function problemsOfCa(use: keyof GivenAuthorities, ca: Omit<CheckedCa, "now" | "use">): Problem[] {
    // Loaded for those who bring a CA only.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { checkCa } = require("../fabric/certificateAuthority") as typeof certificateAuthority;
    return checkCa({ ...ca, use, now: new Date() }).map((problem) => ({
        ...problem,
        path: pathOf(use, problem.path),
    }));
}

const pathOf = (use: keyof GivenAuthorities, path: string) => `authorities.${use}.${path}`;

/** The public half of an organization, as far as its CAs decide it. */
export function definitionOf(
    mspId: string,
    signingCa: Authority,
    tlsCa: Authority,
): pulumi.Output<OrgDefinition> {
    const below = (ca: Authority) => pulumi.all([...ca.intermediatesPem]);
    return pulumi
        .all([signingCa.rootPem, tlsCa.rootPem, below(signingCa), below(tlsCa)])
        .apply(([signingCaPem, tlsCaPem, signing, tls]): OrgDefinition => ({
            version: 1,
            mspId,
            signingCaPem,
            tlsCaPem,
            ...(signing.length > 0 ? { signingIntermediatesPem: signing } : {}),
            ...(tls.length > 0 ? { tlsIntermediatesPem: tls } : {}),
            nodeOUs: true,
            ordererEndpoints: [],
            anchorPeers: [],
            consenters: [],
        }));
}
