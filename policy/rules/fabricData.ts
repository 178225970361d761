import { organizationLabels } from "../../components/workloads/labels";
import type { VolumeClaim } from "../../storage/claims";
import { fieldsOf, listOf, podSpecOf, type Fields, type PodSpec } from "../../storage/manifests";
import { mountsOfVolume } from "./mounts";

/** What of Fabric writes data that must not be lost. */
export type FabricRole = "peer" | "orderer" | "ca" | "couchdb";

/** A mount under which a Fabric process keeps its data. */
export interface DataMount {
    readonly role: FabricRole;
    /** Number of the volume in the Pod. */
    readonly volume: number;
    readonly fields: Fields;
}

interface Process {
    readonly role: FabricRole;
    readonly image: RegExp;
    /** Variables that say where it keeps its data; the first one that is set counts. */
    readonly variables: readonly string[];
    /** Where it keeps its data otherwise. */
    readonly folder: string;
}

/**
 * How a process of Fabric is recognized in manifests of others, and where its data is.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/sampleconfig/core.yaml
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/sampleconfig/orderer.yaml
 * @see https://hyperledger-fabric-ca.readthedocs.io/en/latest/users-guide.html
 * @see https://github.com/apache/couchdb-docker
 */
const PROCESSES: readonly Process[] = [
    {
        role: "peer",
        image: /(?:^|\/)fabric-peer(?:[:@]|$)/,
        variables: ["CORE_PEER_FILESYSTEMPATH"],
        folder: "/var/hyperledger/production",
    },
    {
        role: "orderer",
        image: /(?:^|\/)fabric-orderer(?:[:@]|$)/,
        variables: ["ORDERER_FILELEDGER_LOCATION"],
        folder: "/var/hyperledger/production/orderer",
    },
    {
        role: "ca",
        image: /(?:^|\/)fabric-ca(?:[:@]|$)/,
        variables: ["FABRIC_CA_SERVER_HOME", "FABRIC_CA_HOME"],
        folder: "/etc/hyperledger/fabric-ca-server",
    },
    {
        role: "couchdb",
        image: /(?:^|\/)(?:fabric-)?couchdb(?:[:@]|$)/,
        variables: [],
        folder: "/opt/couchdb/data",
    },
];

const ROLES: readonly string[] = PROCESSES.map(({ role }) => role);
const PART_OF = "app.kubernetes.io/part-of";
const COMPONENT = "app.kubernetes.io/component";

/** Whether an object was made by a component of this package. */
export function isOurs(labels: Fields): boolean {
    return labels[PART_OF] === organizationLabels("")[PART_OF];
}

/** What of Fabric an object of this package belongs to; nothing for an organization's own objects. */
export function roleOf(labels: Fields): FabricRole | undefined {
    const component = labels[COMPONENT];
    const isRole = typeof component === "string" && ROLES.includes(component);
    return isOurs(labels) && isRole ? (component as FabricRole) : undefined;
}

/** What of Fabric keeps its data on a claim, as far as the claim itself tells. */
export function roleOfClaim({ labels, workload, name }: VolumeClaim): FabricRole | undefined {
    const own = roleOf(labels);
    if (own !== undefined || workload === undefined) {
        return own;
    }
    const pod = podSpecOf(workload);
    const metadata = fieldsOf(workload.object.metadata);
    return (
        roleOf(fieldsOf(metadata.labels)) ??
        dataMounts(pod, (volume) => fieldsOf(volume).name === name, [{ name }]).at(0)?.role
    );
}

/** The mounts of a Pod under which a process of Fabric writes its data. */
export function dataMounts(
    pod: PodSpec | undefined,
    concerns: (volume: unknown) => boolean,
    /** Volumes that the Pod has besides those of its specification: one for each claim template. */
    more: readonly unknown[] = [],
): DataMount[] {
    const volumes = [...listOf(pod?.spec.volumes), ...more];
    return volumes.flatMap((volume, index) => {
        if (pod === undefined || !concerns(volume)) {
            return [];
        }
        const role = mountsOfVolume(pod, volume)
            .filter(({ readOnly }) => !readOnly)
            .map(({ container, mountPath }) => roleAt(container, mountPath))
            .find((found) => found !== undefined);
        return role === undefined ? [] : [{ role, volume: index, fields: fieldsOf(volume) }];
    });
}

/** The role of a container, where its data is at or below a path, or the path in its data. */
function roleAt(container: Fields, mountPath: unknown): FabricRole | undefined {
    const { image } = container;
    if (typeof image !== "string" || typeof mountPath !== "string") {
        return undefined;
    }
    const process = PROCESSES.find((one) => one.image.test(image));
    if (process === undefined) {
        return undefined;
    }
    const set = process.variables
        .map((name) => variable(container, name))
        .find((value) => value !== undefined);
    const folder = set ?? process.folder;
    return isWithin(folder, mountPath) || isWithin(mountPath, folder) ? process.role : undefined;
}

function variable(container: Fields, name: string): string | undefined {
    const found = listOf(container.env).find((item) => fieldsOf(item).name === name);
    const { value } = fieldsOf(found);
    return typeof value === "string" ? value : undefined;
}

function isWithin(path: string, folder: string): boolean {
    const base = folder.replace(/\/+$/, "");
    return path === base || path.startsWith(`${base}/`);
}

/** What a role is called in a message. */
export const ROLE_NAMES: Readonly<Record<FabricRole, string>> = {
    peer: "a peer's ledger",
    orderer: "an ordering node's ledger",
    ca: "a CA's database",
    couchdb: "a peer's CouchDB",
};
