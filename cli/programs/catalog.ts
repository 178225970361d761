/** The programs that this project runs, and where each of them comes from. */

/** A program with a version of its own; the Kubernetes provider is looked for in another way. */
export type ReleasedProgramName =
    | "pulumi"
    | "pulumi-language-nodejs"
    | "etcd"
    | "kube-apiserver"
    | "kube-controller-manager"
    | "kube-scheduler"
    | "kubectl"
    | "kwok"
    | "kwokctl";

/** Operating system and processor, in Go's words, as release files are named. */
export interface Platform {
    os: "linux" | "darwin";
    processor: "amd64" | "arm64";
}

/** A file of a release, and where its SHA-256 is published. */
export interface ReleaseFile {
    address: string;
    checksum: {
        address: string;
        /**
         * `text`: lines of `<sum>  <file name>`, or a single sum; `release`: GitHub's description of a
         * release, where each asset may carry a `digest`.
         */
        form: "text" | "release";
    };
    /** Set for a `.tar.gz`: how many leading folders of its entries are left out. */
    leadingFolders?: number;
}

/** What is known of a program before anything is tried. */
export interface CatalogEntry {
    name: ReleasedProgramName;
    /** The pinned version, as in the module's `go.mod`, without the `v`. */
    version: string;
    /** Versions that are taken from the PATH: from `from`, below `below`. */
    accepted: { from: string; below: string; reason: string };
    /** Arguments that print the version; none where the program cannot tell it. */
    versionArguments?: readonly string[];
    /** Programs of one set are taken from the PATH together, at one version, or not at all. */
    set?: string;
    /** The release file of a platform; undefined where none is published. */
    release?: (platform: Platform) => ReleaseFile | undefined;
    /** The folder of the Go module in `tools/`, and the package in it. */
    source: { module: string; package: string; linkerFlags: readonly string[] };
    /** How long a build takes with nothing cached, measured on 2 cores, in seconds. */
    buildSeconds: number;
    /** What a build with nothing cached adds to Go's caches and ours, in GB. */
    buildGigabytes: number;
}

const PULUMI = "3.250.0";
const LANGUAGE_HOST = "3.55.0";
const ETCD = "3.6.5";
const KUBERNETES = "1.34.2";
const KWOK = "0.7.0";

/** Where releases are published. Every address of a download is made from these. */
const RELEASES = {
    pulumi: "https://get.pulumi.com/releases/sdk",
    etcd: `https://github.com/etcd-io/etcd/releases/download/v${ETCD}`,
    kubernetes: `https://dl.k8s.io/release/v${KUBERNETES}/bin`,
    kwok: `https://github.com/kubernetes-sigs/kwok/releases/download/v${KWOK}`,
    kwokDescription: `https://api.github.com/repos/kubernetes-sigs/kwok/releases/tags/v${KWOK}`,
} as const;

/** Kubernetes' programs know their version only when told at link time, and clients parse it. */
const KUBERNETES_LINKER_FLAGS = [
    `-X k8s.io/component-base/version.gitVersion=v${KUBERNETES}`,
    `-X k8s.io/component-base/version.gitMajor=${KUBERNETES.split(".")[0]}`,
    `-X k8s.io/component-base/version.gitMinor=${KUBERNETES.split(".")[1]}`,
    `-X k8s.io/client-go/pkg/version.gitVersion=v${KUBERNETES}`,
];

function pulumiVersionFlag(version: string): string {
    return `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`;
}

function pulumiRelease({ os, processor }: Platform): ReleaseFile {
    const file = `pulumi-v${PULUMI}-${os}-${processor === "amd64" ? "x64" : "arm64"}.tar.gz`;
    return {
        address: `${RELEASES.pulumi}/${file}`,
        checksum: {
            address: `${RELEASES.pulumi}/pulumi-${PULUMI}-checksums.txt`,
            form: "text",
        },
        leadingFolders: 1,
    };
}

/** etcd's archives for macOS are `.zip` files; there it is built. */
function etcdRelease({ os, processor }: Platform): ReleaseFile | undefined {
    if (os !== "linux") {
        return undefined;
    }
    return {
        address: `${RELEASES.etcd}/etcd-v${ETCD}-${os}-${processor}.tar.gz`,
        checksum: { address: `${RELEASES.etcd}/SHA256SUMS`, form: "text" },
        leadingFolders: 1,
    };
}

/** The servers are published for Linux only. */
function kubernetesRelease(
    name: string,
    { os, processor }: Platform,
    platforms: readonly Platform["os"][] = ["linux"],
): ReleaseFile | undefined {
    if (!platforms.includes(os)) {
        return undefined;
    }
    const address = `${RELEASES.kubernetes}/${os}/${processor}/${name}`;
    return { address, checksum: { address: `${address}.sha256`, form: "text" } };
}

/** kwok publishes no file of checksums; where GitHub gives no digest either, kwok is built. */
function kwokRelease(name: string, { os, processor }: Platform): ReleaseFile {
    return {
        address: `${RELEASES.kwok}/${name}-${os}-${processor}`,
        checksum: { address: RELEASES.kwokDescription, form: "release" },
    };
}

const KUBERNETES_ACCEPTED = {
    from: "1.30.0",
    below: "1.40.0",
    reason: "the examples and tests are written for Kubernetes 1.30 and newer",
};

const KWOK_ACCEPTED = {
    from: "0.7.0",
    below: "1.0.0",
    reason: "older ones do not know this Kubernetes",
};

function kubernetesServer(
    name: "kube-apiserver" | "kube-controller-manager" | "kube-scheduler",
    measured: { buildSeconds: number; buildGigabytes: number },
): CatalogEntry {
    return {
        name,
        version: KUBERNETES,
        accepted: KUBERNETES_ACCEPTED,
        versionArguments: ["--version"],
        set: "control plane",
        release: (platform) => kubernetesRelease(name, platform),
        source: {
            module: "kubernetes",
            package: `k8s.io/kubernetes/cmd/${name}`,
            linkerFlags: KUBERNETES_LINKER_FLAGS,
        },
        ...measured,
    };
}

function kwokProgram(
    name: "kwok" | "kwokctl",
    measured: { buildSeconds: number; buildGigabytes: number },
): CatalogEntry {
    return {
        name,
        version: KWOK,
        accepted: KWOK_ACCEPTED,
        versionArguments: ["--version"],
        set: "kwok",
        release: (platform) => kwokRelease(name, platform),
        source: { module: "kwok", package: `sigs.k8s.io/kwok/cmd/${name}`, linkerFlags: [] },
        ...measured,
    };
}

/**
 * Every program, in the order in which missing ones are made. A program that shares packages with the
 * one before it (kube-controller-manager, kwokctl …) has the time that it takes after that one.
 */
export const CATALOG: readonly CatalogEntry[] = [
    {
        name: "pulumi",
        version: PULUMI,
        accepted: {
            from: "3.200.0",
            below: "4.0.0",
            reason: "the Automation API of the SDK drives it",
        },
        versionArguments: ["version"],
        release: pulumiRelease,
        source: {
            module: "pulumi",
            package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
            linkerFlags: [pulumiVersionFlag(PULUMI)],
        },
        buildSeconds: 365,
        buildGigabytes: 2.5,
    },
    {
        // It comes with the CLI's release; the one that is built is the last that was a package of
        // sdk/v3, and has a module of its own because its requirements are years older.
        name: "pulumi-language-nodejs",
        version: LANGUAGE_HOST,
        accepted: { from: "3.200.0", below: "4.0.0", reason: "it belongs to the CLI beside it" },
        source: {
            module: "language-host",
            package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
            linkerFlags: [pulumiVersionFlag(LANGUAGE_HOST)],
        },
        buildSeconds: 30,
        buildGigabytes: 0.5,
    },
    {
        name: "etcd",
        version: ETCD,
        // https://github.com/kubernetes/kubernetes/blob/v1.34.2/staging/src/k8s.io/apiserver/pkg/storage/feature/feature_support_checker.go
        accepted: {
            from: "3.5.13",
            below: "4.0.0",
            reason: "older ones stall the watches of the API server",
        },
        versionArguments: ["--version"],
        release: etcdRelease,
        source: { module: "etcd", package: "go.etcd.io/etcd/server/v3", linkerFlags: [] },
        buildSeconds: 45,
        buildGigabytes: 0.5,
    },
    kubernetesServer("kube-apiserver", { buildSeconds: 240, buildGigabytes: 2 }),
    kubernetesServer("kube-controller-manager", { buildSeconds: 60, buildGigabytes: 0.5 }),
    kubernetesServer("kube-scheduler", { buildSeconds: 20, buildGigabytes: 0.2 }),
    {
        name: "kubectl",
        version: KUBERNETES,
        accepted: KUBERNETES_ACCEPTED,
        versionArguments: ["version", "--client"],
        release: (platform) => kubernetesRelease("kubectl", platform, ["linux", "darwin"]),
        source: {
            module: "kubernetes",
            package: "k8s.io/kubernetes/cmd/kubectl",
            linkerFlags: KUBERNETES_LINKER_FLAGS,
        },
        buildSeconds: 30,
        buildGigabytes: 0.3,
    },
    kwokProgram("kwok", { buildSeconds: 120, buildGigabytes: 0.8 }),
    kwokProgram("kwokctl", { buildSeconds: 20, buildGigabytes: 0.2 }),
];
