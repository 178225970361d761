import { execFile } from "node:child_process";
import {
    accessSync,
    constants,
    existsSync,
    mkdirSync,
    readFileSync,
    realpathSync,
    rmSync,
    rmdirSync,
    writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

import { KubeConfig, VersionApi } from "@kubernetes/client-node";
import { stringify } from "yaml";

import { allRunning, runningPrograms, stopPrograms } from "./clusterProcesses";
import type { Programs } from "./programs";
import { Refusal } from "./refusal";
import { furnishCluster, volumeFolders } from "./simulatedObjects";

/** Name of the only context in a simulated cluster's kubeconfig. */
export const SIMULATED_CONTEXT = "kubefabric-simulated";

const NAME = "kubefabric";
/** Where Kubernetes' own host-path provisioner makes volumes; the path is fixed in its source. */
const VOLUMES = "/tmp/hostpath_pv";
/** Everything listens here and nowhere else. */
const ADDRESS = "127.0.0.1";
const READY_WITHIN_MS = 120_000;

type Ports = Record<
    | "kubeApiserver"
    | "etcd"
    | "etcdPeer"
    | "kubeControllerManager"
    | "kubeScheduler"
    | "kwokController",
    number
>;

/**
 * Starts the simulated cluster in `folder`, or finds it running: a real API server with scheduler and
 * controllers, and three nodes, one per zone, whose containers are only said to run (kwok).
 *
 * Needs neither root nor Docker. What it holds survives {@link stopSimulatedCluster}.
 */
export async function startSimulatedCluster({
    folder,
    programs,
    log = () => {},
}: {
    folder: string;
    programs: Programs;
    log?: (line: string) => void;
}): Promise<{ kubeconfig: string }> {
    const started = Date.now();
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { cluster, kubeconfig, home } = places(folder);
    if (allRunning(runningPrograms(cluster)) && (await answers(kubeconfig))) {
        return { kubeconfig };
    }
    refuseStrangersVolumes();
    await stopPrograms(cluster);
    const isNew = !existsSync(cluster);
    const ports = await choosePorts(join(folder, "ports.json"));
    // kwokctl keeps the ports in a note of its own, and links to the programs; both may be others now.
    // Without them it writes new ones and takes over the data and certificates that it finds.
    rmSync(join(cluster, "kwok.yaml"), { force: true });
    rmSync(join(cluster, "bin"), { recursive: true, force: true });
    const configuration = join(folder, "kwokctl.yaml");
    writeFileSync(configuration, stringify(kwokctlConfiguration(programs, ports)));
    await kwokctl(programs, home, [
        ...["create", "cluster", "--name", NAME, "--config", configuration],
        // Never the kubeconfig of the user.
        "--kubeconfig=",
        // With leases, a new kwok would leave the nodes alone until the lease of the last one ends.
        "--node-lease-duration-seconds=0",
    ]);
    writeFileSync(kubeconfig, stringify(kubeconfigOf(cluster, ports)), { mode: 0o600 });
    await untilReady(kubeconfig, cluster);
    await furnishCluster(kubeconfig);
    log(`simulated cluster ${isNew ? "made" : "started"} (${seconds(started)})`);
    return { kubeconfig };
}

/** Stops its programs; what it holds stays. */
export async function stopSimulatedCluster({ folder }: { folder: string }): Promise<void> {
    if (existsSync(folder)) {
        await stopPrograms(places(folder).cluster);
    }
}

/** Stops its programs and removes all it held, the folders of its volumes included. */
export async function deleteSimulatedCluster({ folder }: { folder: string }): Promise<void> {
    if (!existsSync(folder)) {
        return;
    }
    const { cluster, kubeconfig } = places(folder);
    const volumes = (await answers(kubeconfig)) ? await volumeFolders(kubeconfig) : [];
    await stopPrograms(cluster);
    for (const volume of volumes.filter((path) => path.startsWith(`${VOLUMES}/`))) {
        rmSync(volume, { recursive: true, force: true });
    }
    try {
        // Left behind, it would keep other users of this machine from making volumes.
        rmdirSync(VOLUMES);
    } catch {
        // Another cluster's volumes are in it, or it was never made.
    }
    rmSync(folder, { recursive: true, force: true });
}

/** Whether there is one in this folder, running or not. */
export function simulatedClusterExists(folder: string): boolean {
    return existsSync(folder) && existsSync(join(places(folder).cluster, "etcd"));
}

function places(folder: string) {
    // Processes are recognized by this path, so it must be spelled in one way.
    const root = realpathSync(folder);
    const home = join(root, "kwok");
    return { home, cluster: join(home, "clusters", NAME), kubeconfig: join(root, "kubeconfig") };
}

/** @see https://kwok.sigs.k8s.io/docs/generated/apis/ */
function kwokctlConfiguration({ paths }: Programs, ports: Ports) {
    const flags = (name: string, values: Record<string, string>) => ({
        name,
        extraArgs: Object.entries(values).map(([key, value]) => ({ key, value })),
    });
    return {
        apiVersion: "config.kwok.x-k8s.io/v1alpha1",
        kind: "KwokctlConfiguration",
        options: {
            runtime: "binary",
            bindAddress: ADDRESS,
            securePort: true,
            kubeAuthorization: true,
            kubeAdmission: true,
            // One user on one machine: waiting for a fair share only makes tests slow.
            disableQPSLimits: true,
            etcdBinary: paths.etcd,
            kubeApiserverBinary: paths["kube-apiserver"],
            kubeControllerManagerBinary: paths["kube-controller-manager"],
            kubeSchedulerBinary: paths["kube-scheduler"],
            kubectlBinary: paths.kubectl,
            kwokControllerBinary: paths.kwok,
            kubeApiserverPort: ports.kubeApiserver,
            etcdPort: ports.etcd,
            etcdPeerPort: ports.etcdPeer,
            kubeControllerManagerPort: ports.kubeControllerManager,
            kubeSchedulerPort: ports.kubeScheduler,
            kwokControllerPort: ports.kwokController,
        },
        componentsPatches: [
            // An address for documentation (RFC 5737): the API server refuses to advertise loopback, and
            // without one it needs a default route, which a machine without a network does not have.
            flags("kube-apiserver", { "advertise-address": "192.0.2.1" }),
            // There is one of each; after a restart an election would wait for the lease of the last.
            flags("kube-controller-manager", {
                "enable-hostpath-provisioner": "true",
                "leader-elect": "false",
            }),
            flags("kube-scheduler", { "leader-elect": "false" }),
        ],
    };
}

function kubeconfigOf(cluster: string, ports: Ports) {
    const pki = (file: string) => readFileSync(join(cluster, "pki", file)).toString("base64");
    return {
        apiVersion: "v1",
        kind: "Config",
        "current-context": SIMULATED_CONTEXT,
        clusters: [
            {
                name: NAME,
                cluster: {
                    server: `https://${ADDRESS}:${ports.kubeApiserver}`,
                    "certificate-authority-data": pki("ca.crt"),
                },
            },
        ],
        users: [
            {
                name: "admin",
                user: {
                    "client-certificate-data": pki("admin.crt"),
                    "client-key-data": pki("admin.key"),
                },
            },
        ],
        contexts: [{ name: SIMULATED_CONTEXT, context: { cluster: NAME, user: "admin" } }],
    };
}

async function kwokctl({ paths }: Programs, home: string, args: string[]): Promise<void> {
    // Settings of another kwok on this machine would change this cluster.
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith("KWOK_"));
    const env = { ...Object.fromEntries(own), KWOK_WORKDIR: home };
    try {
        await promisify(execFile)(paths.kwokctl, args, { env, timeout: READY_WITHIN_MS });
    } catch (error) {
        const { stderr, message } = error as { stderr?: string; message: string };
        const words = (stderr?.trim() || message).split("\n").slice(-5).join("\n");
        throw new Refusal(`the simulated cluster does not start; kwokctl says:\n${words}`);
    }
}

/** The ports of last time where they are free, so that the kubeconfig stays as it was; else others. */
async function choosePorts(file: string): Promise<Ports> {
    const last = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Ports) : undefined;
    if (last !== undefined && (await Promise.all(Object.values(last).map(isFree))).every(Boolean)) {
        return last;
    }
    const [kubeApiserver, etcd, etcdPeer, kubeControllerManager, kubeScheduler, kwokController] =
        (await freePorts(6)) as [number, number, number, number, number, number];
    const ports: Ports = {
        kubeApiserver,
        etcd,
        etcdPeer,
        kubeControllerManager,
        kubeScheduler,
        kwokController,
    };
    writeFileSync(file, JSON.stringify(ports));
    return ports;
}

async function freePorts(count: number): Promise<number[]> {
    // All are held until all are found; else the system may hand out one twice.
    const held = await Promise.all(Array.from({ length: count }, () => listen(0)));
    const ports = held.map((server) => (server.address() as { port: number }).port);
    await Promise.all(held.map((server) => new Promise((done) => server.close(done))));
    return ports;
}

async function isFree(port: number): Promise<boolean> {
    try {
        const server = await listen(port);
        await new Promise((done) => server.close(done));
        return true;
    } catch {
        return false;
    }
}

function listen(port: number) {
    return new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
        const server = createServer();
        server.once("error", reject);
        server.listen(port, ADDRESS, () => resolve(server));
    });
}

async function untilReady(kubeconfig: string, cluster: string): Promise<void> {
    for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await delay(100)) {
        if (await answers(kubeconfig)) {
            return;
        }
        if (!allRunning(runningPrograms(cluster))) {
            break;
        }
    }
    throw new Refusal(
        `the simulated cluster does not become ready; its logs are in ${join(cluster, "logs")}. ` +
            "Try once more; if that does not help, remove it with " +
            '"npm run down -- --delete-ledgers"',
    );
}

async function answers(kubeconfig: string): Promise<boolean> {
    if (!existsSync(kubeconfig)) {
        return false;
    }
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    return config
        .makeApiClient(VersionApi)
        .getCode()
        .then(
            () => true,
            () => false,
        );
}

/** Another user's folder of volumes cannot be written to, and claims would stay pending without a word. */
function refuseStrangersVolumes(): void {
    if (!existsSync(VOLUMES)) {
        return;
    }
    try {
        accessSync(VOLUMES, constants.W_OK | constants.X_OK);
    } catch {
        throw new Refusal(
            `the folder ${VOLUMES} belongs to another user, so no volume can be made in it; remove it, ` +
                "or use --context NAME",
        );
    }
}

function seconds(since: number): string {
    return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
