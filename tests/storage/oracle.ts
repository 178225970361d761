/**
 * What the drivers grant, written from their sources and their vendors' pages by someone who had not
 * read the table: the table is held against it. Nothing of the package is imported here.
 */

/** What a driver says of one access mode: a word, or what has to be true for it. */
export type Grant =
    | "always"
    | "never"
    /** Only from a snapshot or another claim, or with a volume made beforehand. */
    | "dataSourceOrStatic"
    /** Only with the StorageClass parameter `maxShares` of 2 or more. */
    | "maxShares"
    /** Only on nodes of a machine series that can share the disk; `n2` of the pd-ssd. */
    | "n2"
    /** Only on nodes of a machine series that can share the Hyperdisk, `c3` among them, `e2` not. */
    | "sharingSeries"
    /** Only where the provisioner is set up with `sharedFileSystemPath`. */
    | "sharedFileSystemPath";

/** Grants of the four modes, in the order RWO, ROX, RWX, RWOP. */
export type Grants = readonly [Grant, Grant, Grant, Grant];

export interface DriverRule {
    filesystem: Grants;
    block: Grants;
    /** The provisioner makes no volume for more than one mode, whichever they are. */
    oneModeOnly?: true;
    sources: readonly string[];
}

const NONE: Grants = ["never", "never", "never", "never"];
const SINGLE_NODE: Grants = ["always", "never", "never", "always"];
const ALL: Grants = ["always", "always", "always", "always"];
/** As `ALL`, of a driver that does not speak CSI: no ReadWriteOncePod. */
const ALL_NOT_CSI: Grants = ["always", "always", "always", "never"];
const ONE_NODE_NOT_CSI: Grants = ["always", "never", "never", "never"];

const PD =
    "https://github.com/kubernetes-sigs/gcp-compute-persistent-disk-csi-driver/blob/b560165c";
const KUBERNETES_MODES =
    "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes";
const RAW_BLOCK =
    "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#raw-block-volume-support";
/**
 * Without SINGLE_NODE_MULTI_WRITER the provisioner asks for SINGLE_NODE_WRITER where the claim says
 * ReadWriteOncePod, so that every CSI driver that grants ReadWriteOnce grants it too.
 */
const SINGLE_WRITER_MAPPING =
    "https://github.com/kubernetes-csi/csi-lib-utils/blob/v0.23.0/accessmodes/access_modes.go";
const GCE_SHARING = "https://cloud.google.com/compute/docs/disks/sharing-disks-between-vms";

const PD_SOURCES = [
    `${PD}/pkg/gce-pd-csi-driver/utils.go`,
    `${PD}/pkg/gce-pd-csi-driver/controller.go#L403-L432`,
    SINGLE_WRITER_MAPPING,
    GCE_SHARING,
];

function gceDisk(readOnly: Grant, manyWriters: Grant): DriverRule {
    return {
        filesystem: ["always", readOnly, "never", "always"],
        block: ["always", readOnly, manyWriters, "always"],
        sources: PD_SOURCES,
    };
}

function fileShare(filesystem: Grants, ...sources: string[]): DriverRule {
    return { filesystem, block: NONE, sources };
}

const FILESTORE = fileShare(
    ALL,
    "https://github.com/kubernetes-sigs/gcp-filestore-csi-driver/blob/2edb466b/pkg/csi_driver/gcfs_driver.go#L173",
    "https://github.com/kubernetes-sigs/gcp-filestore-csi-driver/blob/2edb466b/pkg/csi_driver/node.go#L401",
    SINGLE_WRITER_MAPPING,
);

function azureDisk(shared: Grant): DriverRule {
    return {
        filesystem: SINGLE_NODE,
        block: ["always", shared, shared, "always"],
        sources: [
            "https://github.com/kubernetes-sigs/azuredisk-csi-driver/blob/d983d613/pkg/azureutils/azure_disk_utils.go#L438",
            "https://learn.microsoft.com/en-us/azure/virtual-machines/disks-shared",
        ],
    };
}

const AZURE_FILES = fileShare(
    ALL,
    "https://github.com/kubernetes-sigs/azurefile-csi-driver/blob/7b5ae18e/pkg/azurefile/controllerserver.go#L75",
    "https://github.com/kubernetes-sigs/azurefile-csi-driver/blob/7b5ae18e/pkg/azurefile/controllerserver.go#L1612",
);

const IBM_VPC_BLOCK: DriverRule = {
    filesystem: SINGLE_NODE,
    block: SINGLE_NODE,
    sources: [
        "https://github.com/kubernetes-sigs/ibm-vpc-block-csi-driver/blob/eb450130/pkg/ibmcsidriver/ibm_csi_driver.go#L78",
        "https://github.com/kubernetes-sigs/ibm-vpc-block-csi-driver/blob/eb450130/pkg/ibmcsidriver/node.go#L241",
        SINGLE_WRITER_MAPPING,
    ],
};

const IBM_VPC_FILE = fileShare(
    ["always", "never", "always", "always"],
    "https://github.com/IBM/ibm-vpc-file-csi-driver/blob/bb2cfd82/pkg/ibmcsidriver/ibm_csi_driver.go#L84",
    "https://github.com/IBM/ibm-vpc-file-csi-driver/blob/bb2cfd82/pkg/ibmcsidriver/controller.go#L92",
    SINGLE_WRITER_MAPPING,
);

const IBM_CLASSIC_FILE = fileShare(
    ALL_NOT_CSI,
    "https://cloud.ibm.com/docs/containers?topic=containers-file_storage",
    KUBERNETES_MODES,
);

/** A FlexVolume: Kubernetes gives no raw device of one. */
const IBM_CLASSIC_BLOCK: DriverRule = {
    filesystem: ONE_NODE_NOT_CSI,
    block: NONE,
    sources: [
        "https://cloud.ibm.com/docs/containers?topic=containers-block_storage",
        KUBERNETES_MODES,
        RAW_BLOCK,
    ],
};

const MINIKUBE_HOSTPATH =
    "https://github.com/kubernetes/minikube/blob/0126f92d/pkg/storage/storage_provisioner.go";

/** By the identifier of the row. */
export const ORACLE: Readonly<Record<string, DriverRule>> = {
    "gke/pd-standard": gceDisk("dataSourceOrStatic", "never"),
    "gke/pd-balanced": gceDisk("dataSourceOrStatic", "never"),
    "gke/pd-ssd": gceDisk("dataSourceOrStatic", "n2"),
    "gke/pd-extreme": gceDisk("dataSourceOrStatic", "never"),
    "gke/hyperdisk-balanced": gceDisk("never", "sharingSeries"),
    "gke/hyperdisk-balanced-high-availability": gceDisk("never", "sharingSeries"),
    "gke/hyperdisk-extreme": gceDisk("never", "never"),
    "gke/hyperdisk-throughput": gceDisk("never", "never"),
    "gke/hyperdisk-ml": gceDisk("always", "never"),
    "gke/filestore-basic-hdd": FILESTORE,
    "gke/filestore-basic-ssd": FILESTORE,
    "gke/filestore-zonal": FILESTORE,
    "gke/filestore-high-scale": FILESTORE,
    "gke/filestore-regional": FILESTORE,
    "gke/filestore-enterprise": FILESTORE,
    "gke/filestore-multishare": FILESTORE,
    "gke/gcsfuse": fileShare(
        ALL,
        "https://github.com/GoogleCloudPlatform/gcs-fuse-csi-driver/blob/5fcdc04a/pkg/csi_driver/gcs_fuse_driver.go#L125",
        SINGLE_WRITER_MAPPING,
    ),
    "gke/managed-lustre": fileShare(
        ALL,
        "https://github.com/GoogleCloudPlatform/lustre-csi-driver/blob/89f1eb73/pkg/csi_driver/lustre_driver.go#L75",
        SINGLE_WRITER_MAPPING,
    ),
    "gke/parallelstore": fileShare(
        ALL,
        "https://cloud.google.com/parallelstore/docs/csi-driver-overview",
        SINGLE_WRITER_MAPPING,
    ),
    "aks/azure-disk-standard-ssd": azureDisk("maxShares"),
    "aks/azure-disk-premium-ssd": azureDisk("maxShares"),
    "aks/azure-disk-premium-ssd-v2": azureDisk("maxShares"),
    "aks/azure-disk-ultra": azureDisk("maxShares"),
    "aks/azure-disk-standard-hdd": azureDisk("never"),
    "aks/azure-files-smb-standard": AZURE_FILES,
    "aks/azure-files-smb-premium": AZURE_FILES,
    "aks/azure-files-nfs": AZURE_FILES,
    "aks/azure-blob": fileShare(
        ALL,
        "https://github.com/kubernetes-sigs/blob-csi-driver/blob/0744a60b/pkg/blob/blob.go#L494",
        "https://github.com/kubernetes-sigs/blob-csi-driver/blob/0744a60b/pkg/blob/controllerserver.go#L1078",
    ),
    "aks/container-storage-local": {
        filesystem: SINGLE_NODE,
        block: SINGLE_NODE,
        sources: [
            "https://github.com/Azure/local-csi-driver/blob/cda89151/internal/csi/core/lvm/lvm.go#L146",
            "https://github.com/Azure/local-csi-driver/blob/cda89151/internal/csi/node/node.go#L441",
            SINGLE_WRITER_MAPPING,
        ],
    },
    "iks-vpc/block-10iops-tier": IBM_VPC_BLOCK,
    "iks-vpc/block-5iops-tier": IBM_VPC_BLOCK,
    "iks-vpc/block-general-purpose": IBM_VPC_BLOCK,
    "iks-vpc/block-custom": IBM_VPC_BLOCK,
    "iks-vpc/block-sdp": IBM_VPC_BLOCK,
    "iks-vpc/file-dp2": IBM_VPC_FILE,
    "iks-vpc/file-rfs": IBM_VPC_FILE,
    "iks-classic/file-bronze": IBM_CLASSIC_FILE,
    "iks-classic/block-bronze": IBM_CLASSIC_BLOCK,
    "iks-classic/file-silver": IBM_CLASSIC_FILE,
    "iks-classic/block-silver": IBM_CLASSIC_BLOCK,
    "iks-classic/file-gold": IBM_CLASSIC_FILE,
    "iks-classic/block-gold": IBM_CLASSIC_BLOCK,
    "iks-classic/file-custom": IBM_CLASSIC_FILE,
    "iks-classic/block-custom": IBM_CLASSIC_BLOCK,
    "iks/cos-s3fs": {
        ...fileShare(
            ALL_NOT_CSI,
            "https://github.com/IBM/ibmcloud-object-storage-plugin/blob/b8830d54/provisioner/ibm-s3fs-provisioner.go#L770",
            "https://github.com/IBM/ibmcloud-object-storage-plugin/blob/b8830d54/driver/driver.go#L615",
            KUBERNETES_MODES,
        ),
        oneModeOnly: true,
    },
    "local/local-path": fileShare(
        ["always", "sharedFileSystemPath", "sharedFileSystemPath", "always"],
        "https://github.com/rancher/local-path-provisioner/blob/9fa2a62e/provisioner.go#L377-L385",
    ),
    "local/minikube": fileShare(ALL_NOT_CSI, MINIKUBE_HOSTPATH, KUBERNETES_MODES, RAW_BLOCK),
    "local/docker-desktop": fileShare(ALL_NOT_CSI, KUBERNETES_MODES, RAW_BLOCK),
    "local/csi-host-path": {
        filesystem: ALL,
        block: ALL,
        sources: [
            "https://github.com/kubernetes-csi/csi-driver-host-path/blob/1f2b2e64/pkg/hostpath/controllerserver.go#L65-L90",
        ],
    },
    "any/portworx": {
        filesystem: ["always", "never", "always", "always"],
        block: SINGLE_NODE,
        sources: [
            "https://github.com/libopenstorage/openstorage/blob/03325516/csi/controller.go#L389",
            "https://github.com/libopenstorage/openstorage/blob/03325516/csi/controller.go#L905",
            "https://docs.portworx.com/portworx-enterprise/provision-storage/create-pvcs/create-readonlymany-pvcs",
        ],
    },
    "any/nfs-csi": fileShare(
        ALL,
        "https://github.com/kubernetes-csi/csi-driver-nfs/blob/d3b27c00/pkg/nfs/controllerserver.go#L971",
    ),
    "any/nfs": fileShare(ALL_NOT_CSI, KUBERNETES_MODES, RAW_BLOCK),
    "any/local-static": {
        filesystem: ONE_NODE_NOT_CSI,
        block: ONE_NODE_NOT_CSI,
        sources: [
            "https://kubernetes.io/docs/concepts/storage/volumes/#local",
            KUBERNETES_MODES,
            RAW_BLOCK,
        ],
    },
    "any/host-path": fileShare(ONE_NODE_NOT_CSI, KUBERNETES_MODES, RAW_BLOCK),
};
