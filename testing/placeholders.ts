/** Token of this package's custom resources, before their kind. */
const OWN_TYPE = "pulumi-nodejs:dynamic/kubefabric:";

/**
 * Outputs of this package's custom resources, by kind: what stands in for keys, certificates and
 * answers of a cluster where no engine makes them. They are texts that say what they stand for, and
 * no test can take them for the real thing.
 */
const PLACEHOLDERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    PrivateKey: {
        privateKeyPem: "placeholder-private-key",
        publicKeyPem: "placeholder-public-key",
        fingerprint: "placeholder-fingerprint",
    },
    CaCertificate: {
        certificatePem: "placeholder-ca-certificate",
        life: lifeUntil("2040-01-01T00:00:00.000Z"),
    },
    Certificate: {
        certificatePem: "placeholder-certificate",
        life: lifeUntil("2039-01-01T00:00:00.000Z"),
    },
    ClusterAccess: { uid: "placeholder-uid", ledgerClassName: "placeholder-class" },
    Password: { text: "placeholder-password" },
    OrdererRollout: { replaced: [] },
    GenesisBlock: { block: "placeholder-block", hash: "placeholder-hash" },
};

/** A certificate's life, long enough that nothing warns of its end. */
function lifeUntil(notAfter: string) {
    return {
        notBefore: "2026-01-01T00:00:00.000Z",
        notAfter,
        caNotAfter: "2040-01-01T00:00:00.000Z",
    };
}

/**
 * What clusters of this package are connected with, by the vendor's type: their kubeconfig is made of it, and
 * would be refused without.
 */
const VENDOR_PLACEHOLDERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    "gcp:container/cluster:Cluster": {
        endpoint: "placeholder-endpoint",
        privateClusterConfig: { privateEndpoint: "placeholder-private-endpoint" },
        controlPlaneEndpointsConfig: {
            dnsEndpointConfig: { endpoint: "placeholder-dns-endpoint" },
        },
        project: "placeholder-project",
        masterAuth: { clusterCaCertificate: base64(pem("placeholder-ca-certificate")) },
    },
    "gcp:organizations/getClientConfig:getClientConfig": {
        accessToken: "placeholder-access-token",
    },
    "ibm:index/getContainerClusterConfig:getContainerClusterConfig": {
        host: "https://placeholder-host",
        caCertificate: pem("placeholder-ca-certificate"),
        adminCertificate: pem("placeholder-certificate"),
        adminKey: pem("placeholder-private-key", "PRIVATE KEY"),
    },
    "azure-native:containerservice:listManagedClusterUserCredentials": credentialsOf("user"),
    "azure-native:containerservice:listManagedClusterAdminCredentials": credentialsOf("admin"),
};

/** What Azure gives to log in with: a kubeconfig, in Base64. */
function credentialsOf(user: string) {
    const name = `placeholder-${user}`;
    const config = {
        apiVersion: "v1",
        kind: "Config",
        "current-context": name,
        clusters: [{ name, cluster: { server: "https://placeholder-endpoint" } }],
        users: [{ name, user: { token: `placeholder-${user}-token` } }],
        contexts: [{ name, context: { cluster: name, user: name } }],
    };
    return { kubeconfigs: [{ name, value: base64(JSON.stringify(config)) }] };
}

function base64(text: string): string {
    return Buffer.from(text).toString("base64");
}

function pem(content: string, label = "CERTIFICATE"): string {
    return `-----BEGIN ${label}-----\n${base64(content)}\n-----END ${label}-----\n`;
}

/** Outputs of a resource of this package or of a vendor's, or of a function; none for any other. */
export function placeholdersFor(type: string): Readonly<Record<string, unknown>> {
    const own = type.startsWith(OWN_TYPE) ? PLACEHOLDERS[type.slice(OWN_TYPE.length)] : undefined;
    return own ?? VENDOR_PLACEHOLDERS[type] ?? {};
}
