import { createHash } from "node:crypto";

import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import * as pulumi from "@pulumi/pulumi";

import { LIVES } from "../fabric/identities";
import { intermediateKey, nodeOuConfig, TLS_FILES, type Intermediates } from "../fabric/msp";
import { nodeHosts } from "../fabric/names";
import { recoveryFrom, secretData, type Authority } from "./authority";
import type { FabricOrg } from "./fabricOrg";
import { keepOptions } from "./protection";
import { Certificate } from "./resources/certificate";
import { PrivateKey } from "./resources/privateKey";
import { nodeLabels, type Owner } from "./workloads/labels";
import { CERTIFICATES_ANNOTATION } from "./workloads/node";

/** A node's keys and certificates, in the Secret that its Pod mounts. */
export interface NodeIdentity {
    /** Name of the Secret. */
    readonly secretName: string;
    /** The Secret, where this program makes it. */
    readonly secret?: Secret;
    /** Changes when a certificate does; the Pod is then restarted. */
    readonly certificates: pulumi.Input<string>;
    /** When its certificates begin and end, where this program makes them; for the daily check. */
    readonly certificateLives?: pulumi.Input<string>;
    /** CAs between the organization's roots and the node; each is an entry of the Secret. */
    readonly intermediates: Required<Intermediates>;
    /** The node's signing certificate, PEM, where this program makes it. */
    readonly signingCertificatePem?: pulumi.Output<string>;
    /** The node's TLS certificate, PEM, without the CAs above it, where this program makes it. */
    readonly tlsCertificatePem?: pulumi.Output<string>;
}

/** Entries of the Secret that are the node's own; `mspLayout` and `TLS_FILES` have them all. */
const ENTRIES = {
    signing: { certificate: "cert.pem", key: "key.pem" },
    tls: { certificate: TLS_FILES.certificate, key: TLS_FILES.privateKey },
} as const;

/** Issues a node's identities: one for its MSP, one for TLS. */
export function createNodeIdentity(
    parent: pulumi.Resource,
    args: {
        owner: Owner;
        org: FabricOrg;
        externalHosts: readonly string[];
        /** Those of them that others are told. */
        toldHosts: readonly string[];
        /** Stands before the ledger that these keys belong to. */
        guard: pulumi.Resource;
        /** Entries of the Secret besides the node's own; they too are read at start only. */
        entries?: Record<string, pulumi.Input<string>>;
    },
): NodeIdentity {
    const { owner, org } = args;
    const { name } = owner;
    const secretName = `${name}-identity`;
    const options = keepOptions(org.protection, parent);
    const cluster = org.cluster.recover ? org.cluster : undefined;
    const after = cluster ? { dependsOn: [cluster.ready] } : {};

    const issue = (profile: "signing" | "tls") => {
        const key = new PrivateKey(
            `${name}-${profile}-key`,
            { recovery: recoveryFrom(cluster, org.namespace, secretName, ENTRIES[profile].key) },
            { ...options, ...after },
        );
        const certificate = new Certificate(
            `${name}-${profile}-certificate`,
            {
                profile,
                commonName: name,
                role: owner.kind,
                organization: org.mspId,
                hosts:
                    profile === "tls"
                        ? nodeHosts({
                              name,
                              namespace: org.namespace,
                              externalHosts: args.externalHosts,
                          })
                        : [],
                // Written only where it says something: a new input would be an update of every network.
                ...(profile === "tls" && args.toldHosts.length > 0
                    ? { toldHosts: [...args.toldHosts] }
                    : {}),
                publicKeyPem: key.publicKeyPem,
                ca: profile === "tls" ? org.tlsCa : org.signingCa,
                validityDays: org.certificateValidityDays,
                recovery: recoveryFrom(
                    cluster,
                    org.namespace,
                    secretName,
                    ENTRIES[profile].certificate,
                ),
            },
            options,
        );
        const { certificatePem, life } = certificate;
        return { key: key.privateKeyPem, certificate: certificatePem, life };
    };
    const signing = issue("signing");
    const tls = issue("tls");
    const tlsChain = joined([tls.certificate, ...org.tlsCa.intermediatesPem]);

    const secret = new Secret(
        secretName,
        {
            metadata: {
                name: secretName,
                namespace: org.namespace,
                labels: nodeLabels(owner),
                annotations: {
                    [CERTIFICATES_ANNOTATION]: pulumi
                        .all([
                            signing.certificate,
                            tls.certificate,
                            ...Object.values(args.entries ?? {}),
                            ...aboveNodes(org.signingCa),
                            ...aboveNodes(org.tlsCa),
                        ])
                        .apply(digest),
                    [LIVES.annotation]: pulumi
                        .all({ signing: signing.life, tls: tls.life })
                        .apply((lives) => JSON.stringify(lives)),
                },
            },
            type: "Opaque",
            data: secretData({
                "ca.pem": org.signingCa.rootPem,
                ...intermediateEntries("signing", org.signingCa),
                [ENTRIES.signing.certificate]: signing.certificate,
                [ENTRIES.signing.key]: signing.key,
                "tlsca.pem": org.tlsCa.rootPem,
                ...intermediateEntries("tls", org.tlsCa),
                "config.yaml": nodeOuConfig(),
                [ENTRIES.tls.certificate]: tlsChain,
                [ENTRIES.tls.key]: tls.key,
                [TLS_FILES.ca]: org.tlsCa.rootPem,
                ...args.entries,
            }),
        },
        { ...options, deletedWith: org.cluster.managedCluster, dependsOn: [args.guard] },
    );
    // Read from the Secret and not from its parts: one dependency instead of four.
    const { annotations } = secret.metadata;
    return {
        secretName,
        secret,
        intermediates: intermediatesOf(org),
        certificates: annotations[CERTIFICATES_ANNOTATION] as pulumi.Output<string>,
        certificateLives: annotations[LIVES.annotation],
        signingCertificatePem: signing.certificate,
        tlsCertificatePem: tls.certificate,
    };
}

/** An identity that the user keeps in a Secret, laid out as one of ours. */
export function givenNodeIdentity(
    org: FabricOrg,
    secretName: string,
    certificates?: NodeCertificates,
): NodeIdentity {
    return {
        secretName,
        certificates: "",
        intermediates: intermediatesOf(org),
        ...(certificates && {
            signingCertificatePem: pulumi.output(certificates.signingPem),
            tlsCertificatePem: pulumi.output(certificates.tlsPem),
        }),
    };
}

/** The public half of a node's identity, for keys that are kept elsewhere. */
export interface NodeCertificates {
    /** Certificate with which it signs, PEM. */
    signingPem: pulumi.Input<string>;
    /** Certificate with which it serves and dials, PEM. */
    tlsPem: pulumi.Input<string>;
}

function intermediatesOf({ signingCa, tlsCa }: FabricOrg): Required<Intermediates> {
    return { signing: signingCa.intermediatesPem.length, tls: tlsCa.intermediatesPem.length };
}

/** Each CA below the root is an entry of its own: Fabric reads the first certificate of a file only. */
function intermediateEntries(use: keyof Intermediates, ca: Authority) {
    return Object.fromEntries(
        ca.intermediatesPem.map((pem, number) => [intermediateKey(use, number), pem]),
    );
}

/** What a change of nodes' files can come from besides their own certificates. */
function aboveNodes(ca: Authority): readonly pulumi.Output<string>[] {
    return ca.intermediatesPem.length === 0 ? [] : [...ca.intermediatesPem, ca.rootPem];
}

function joined(pems: readonly pulumi.Output<string>[]): pulumi.Output<string> {
    return pulumi.all([...pems]).apply((texts) => texts.join(""));
}

function digest(certificates: readonly string[]): string {
    return createHash("sha256").update(certificates.join("")).digest("hex");
}
