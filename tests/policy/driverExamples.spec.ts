import assert from "node:assert/strict";

import { CheckFolder } from "../support/check.ts";

/** What a driver's own example asks for, written anew; `refused`: what the driver says of it. */
interface Example {
    what: string;
    vendor: string;
    /** Where the driver's example is. */
    source: string;
    manifests: string[];
    refused?: RegExp;
    config?: object;
}

const PD = "kubernetes-sigs/gcp-compute-persistent-disk-csi-driver@b560165c:examples/kubernetes";
const FILESTORE = "kubernetes-sigs/gcp-filestore-csi-driver@2edb466b:examples/kubernetes";
const AZURE_DISK = "kubernetes-sigs/azuredisk-csi-driver@d983d613:deploy/example";
const AZURE_FILE = "kubernetes-sigs/azurefile-csi-driver@7b5ae18e:deploy/example";
const AZURE_BLOB = "kubernetes-sigs/blob-csi-driver@0744a60b:deploy/example";
const IBM_BLOCK = "IBM/ibm-vpc-block-csi-driver@971fb795:examples/kubernetes";
const IBM_FILE = "IBM/ibm-vpc-file-csi-driver@bb2cfd82:examples";
const LOCAL_PATH = "rancher/local-path-provisioner@9fa2a62e:examples";
const NFS = "kubernetes-csi/csi-driver-nfs@d3b27c00:deploy/example";

function claim(className: string, mode: string, size: string, more = ""): string {
    return `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: example}
spec:
  storageClassName: ${JSON.stringify(className)}
  accessModes: [${mode}]
  resources: {requests: {storage: ${size}}}
${more.replace(/^/gm, "  ")}
`;
}

function storageClass(
    name: string,
    provisioner: string,
    parameters: object,
    binding?: string,
): string {
    return `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: ${name}}
provisioner: ${provisioner}
parameters: ${JSON.stringify(parameters)}
${binding === undefined ? "" : `volumeBindingMode: ${binding}`}
`;
}

function volume(driver: string, mode: string, size: string): string {
    return `apiVersion: v1
kind: PersistentVolume
metadata: {name: beforehand}
spec:
  capacity: {storage: ${size}}
  accessModes: [${mode}]
  csi: {driver: ${driver}, volumeHandle: some-volume}
`;
}

const onDemand = "WaitForFirstConsumer";
const snapshot =
    "dataSource: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: before}";

const EXAMPLES: Example[] = [
    {
        what: "a zonal disk",
        vendor: "gke",
        source: `${PD}/demo-zonal-sc.yaml, demo-pod.yaml`,
        manifests: [
            storageClass("csi-gce-pd", "pd.csi.storage.gke.io", { type: "pd-standard" }, onDemand),
            claim("csi-gce-pd", "ReadWriteOnce", "6Gi"),
        ],
    },
    {
        what: "a regional disk",
        vendor: "gke",
        source: `${PD}/demo-regional-sc.yaml`,
        manifests: [
            storageClass(
                "csi-gce-pd",
                "pd.csi.storage.gke.io",
                { type: "pd-standard", "replication-type": "regional-pd" },
                onDemand,
            ),
            claim("csi-gce-pd", "ReadWriteOnce", "200Gi"),
        ],
    },
    {
        what: "a disk of a snapshot",
        vendor: "gke",
        source: `${PD}/snapshot/restored-pvc.yaml`,
        manifests: [claim("standard-rwo", "ReadWriteOnce", "6Gi", snapshot)],
    },
    {
        what: "a disk shared by two writers with a file system",
        vendor: "gke",
        source: "validateVolumeCapability in pkg/gce-pd-csi-driver/utils.go of the same driver",
        manifests: [claim("premium-rwo", "ReadWriteMany", "200Gi")],
        refused: /specified multi writer with mount access type/,
    },
    {
        what: "a file share of many writers",
        vendor: "gke",
        source: `${FILESTORE}/demo-deployment.yaml`,
        manifests: [
            storageClass(
                "csi-filestore",
                "filestore.csi.storage.gke.io",
                { tier: "standard", network: "default" },
                onDemand,
            ),
            claim("csi-filestore", "ReadWriteMany", "1Ti"),
        ],
    },
    {
        what: "a file share made beforehand, read by many",
        vendor: "gke",
        source: `${FILESTORE}/pre-provision`,
        manifests: [volume("filestore.csi.storage.gke.io", "ReadOnlyMany", "1Ti")],
    },
    {
        what: "a disk",
        vendor: "aks",
        source: `${AZURE_DISK}/pvc-azuredisk-csi.yaml`,
        manifests: [claim("managed-csi", "ReadWriteOnce", "10Gi")],
    },
    {
        what: "a raw disk",
        vendor: "aks",
        source: `${AZURE_DISK}/rawblock/pvc-azuredisk-csi.yaml`,
        manifests: [claim("managed-csi", "ReadWriteOnce", "10Gi", "volumeMode: Block")],
    },
    {
        what: "a raw disk of two writers, with shares",
        vendor: "aks",
        source: `${AZURE_DISK}/sharedisk/deployment.yaml`,
        manifests: [
            storageClass("managed-csi", "disk.csi.azure.com", {
                skuName: "Premium_LRS",
                maxShares: "2",
                cachingMode: "None",
            }),
            claim("managed-csi", "ReadWriteMany", "256Gi", "volumeMode: Block"),
        ],
    },
    {
        what: "a raw disk of two writers, without shares",
        vendor: "aks",
        source: "IsValidVolumeCapabilities in pkg/azureutils/azure_disk_utils.go of the same driver",
        manifests: [
            storageClass("managed-csi", "disk.csi.azure.com", { skuName: "Premium_LRS" }, onDemand),
            claim("managed-csi", "ReadWriteMany", "256Gi", "volumeMode: Block"),
        ],
        refused: /maxShares of 2 or more/,
    },
    {
        what: "a disk of two writers with a file system",
        vendor: "aks",
        source: "the same function",
        manifests: [claim("managed-csi", "ReadWriteMany", "10Gi")],
        refused: /mountVolume is not supported for access mode/,
    },
    {
        what: "a disk that was made beforehand",
        vendor: "aks",
        source: `${AZURE_DISK}/pv-azuredisk-csi.yaml`,
        manifests: [
            volume("disk.csi.azure.com", "ReadWriteOnce", "10Gi"),
            claim("", "ReadWriteOnce", "10Gi", "volumeName: beforehand"),
        ],
    },
    {
        what: "an SMB share of many writers",
        vendor: "aks",
        source: `${AZURE_FILE}/pvc-azurefile-csi.yaml`,
        manifests: [claim("azurefile-csi", "ReadWriteMany", "100Gi")],
    },
    {
        what: "an NFS share of many writers",
        vendor: "aks",
        source: `${AZURE_FILE}/storageclass-azurefile-nfs.yaml`,
        manifests: [
            storageClass(
                "azurefile-csi-nfs",
                "file.csi.azure.com",
                { protocol: "nfs", skuName: "Premium_LRS" },
                "Immediate",
            ),
            claim("azurefile-csi-nfs", "ReadWriteMany", "100Gi"),
        ],
    },
    {
        what: "a raw device of a file share",
        vendor: "aks",
        source: "isValidVolumeCapabilities in pkg/azurefile/controllerserver.go of the same driver",
        manifests: [claim("azurefile-csi", "ReadWriteOnce", "100Gi", "volumeMode: Block")],
        refused: /volumeMode Block/,
    },
    {
        what: "object storage of many writers",
        vendor: "aks",
        source: `${AZURE_BLOB}/storageclass-blobfuse.yaml`,
        manifests: [
            storageClass("blob-fuse", "blob.csi.azure.com", { protocol: "fuse2" }, "Immediate"),
            claim("blob-fuse", "ReadWriteMany", "100Gi"),
        ],
    },
    {
        what: "a disk",
        vendor: "iks-vpc",
        source: `${IBM_BLOCK}/validPVC.yaml`,
        manifests: [claim("ibmc-vpc-block-5iops-tier", "ReadWriteOnce", "10Gi")],
    },
    {
        what: "a disk of many writers",
        vendor: "iks-vpc",
        source: `${IBM_BLOCK}/invalidPVC.yaml`,
        manifests: [claim("ibmc-vpc-block-5iops-tier", "ReadWriteMany", "10Gi")],
        refused: /"ReadWriteMany" is not given by VPC block storage/,
    },
    {
        what: "a raw disk",
        vendor: "iks-vpc",
        source: `${IBM_BLOCK}/raw-block-pvc.yaml`,
        manifests: [
            claim("ibmc-vpc-block-5iops-tier", "ReadWriteOnce", "10Gi", "volumeMode: Block"),
        ],
    },
    {
        what: "a disk that was made beforehand, of a size that is no size",
        vendor: "iks-vpc",
        source: `${IBM_BLOCK}/static-pvc.yaml, static-pv.yaml`,
        manifests: [
            volume("vpc.block.csi.ibm.io", "ReadWriteOnce", "10Gi"),
            claim("", "ReadWriteOnce", "10"),
        ],
    },
    {
        what: "a share of many writers",
        vendor: "iks-vpc",
        source: `${IBM_FILE}/file-share-pvc.yaml`,
        manifests: [
            storageClass(
                "ibmc-vpc-file-dp2",
                "vpc.file.csi.ibm.io",
                { profile: "dp2" },
                "Immediate",
            ),
            claim("ibmc-vpc-file-dp2", "ReadWriteMany", "10Gi"),
        ],
    },
    {
        what: "a share that many read",
        vendor: "iks-vpc",
        source: "pkg/ibmcsidriver/ibm_csi_driver.go of the same driver",
        manifests: [
            storageClass(
                "ibmc-vpc-file-dp2",
                "vpc.file.csi.ibm.io",
                { profile: "dp2" },
                "Immediate",
            ),
            claim("ibmc-vpc-file-dp2", "ReadOnlyMany", "10Gi"),
        ],
        refused: /"ReadOnlyMany" is not given by/,
    },
    {
        what: "a directory",
        vendor: "local",
        source: `${LOCAL_PATH}/pvc/pvc.yaml`,
        manifests: [claim("local-path", "ReadWriteOnce", "128Mi")],
    },
    {
        what: "a directory of many writers, on a shared file system",
        vendor: "local",
        source: `${LOCAL_PATH}/shared-fs/pvc.yaml`,
        manifests: [claim("local-path", "ReadWriteMany", "128Mi")],
        config: {
            "volume-access-mode": { facts: { provisionerSettings: ["sharedFileSystemPath"] } },
        },
    },
    {
        what: "a directory of many writers, on none",
        vendor: "local",
        source: "provisioner.go of the same driver",
        manifests: [claim("local-path", "ReadWriteMany", "128Mi")],
        refused: /sharedFileSystemPath/,
    },
    {
        what: "a raw device of a directory",
        vendor: "local",
        source: "provisioner.go of the same driver",
        manifests: [claim("local-path", "ReadWriteOnce", "128Mi", "volumeMode: Block")],
        refused: /never raw devices/,
    },
    {
        what: "an NFS share",
        vendor: "local",
        source: `${NFS}/storageclass-nfs.yaml`,
        manifests: [
            storageClass("nfs-csi", "nfs.csi.k8s.io", { server: "nfs", share: "/" }, "Immediate"),
            claim("nfs-csi", "ReadWriteMany", "10Gi"),
        ],
    },
];

describe("kubefabric check accepts what a driver's own examples ask for, and refuses what it refuses", function () {
    this.timeout(60_000);
    let folder: CheckFolder;
    before(() => {
        folder = new CheckFolder();
    });
    after(() => folder.remove());

    for (const { what, vendor, source, manifests, refused, config = {} } of EXAMPLES) {
        it(`${what} on ${vendor} (${source})`, () => {
            folder.write("example.yaml", manifests.join("---\n"));
            folder.write("config.json", config);
            const { code, lines, notes } = folder.check([
                ...["--vendor", vendor, "--config", "config.json"],
                "example.yaml",
            ]);
            const violations = lines.filter((line) => !/: advice: /.test(line));
            assert.equal(code, refused === undefined ? 0 : 1, notes + lines.join("\n"));
            assert.equal(violations.length, refused === undefined ? 0 : 1, violations.join("\n"));
            assert.match(violations.join("\n"), refused ?? /^$/);
        });
    }
});
