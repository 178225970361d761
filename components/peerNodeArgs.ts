import type { Problem } from "../fabric/problem";
import { imageProblem } from "../fabric/images";
import type { CouchDbArgs } from "./couchDb";
import type { DockerEndpoint } from "./dockerEndpoint";
import type { FabricOrg } from "./fabricOrg";
import type { KubernetesBuilder } from "./kubernetesBuilder";
import { advertiseProblem } from "./nodeAddresses";
import { checkNodeArgs, NODE_DEFAULTS, type NodeArgs, problemsAt } from "./nodeArgs";
import { ledgerProblems } from "./nodeLedger";
import { checkHosts, externalPortProblem, identitySecretProblem, nodeProblem } from "./nodePlace";
import type { OrdererService } from "./ordererService";
import { choiceProblem, problemsOf } from "./validation";

/** Where a peer keeps the world state; the values of Fabric's `ledger.state.stateDatabase`. */
export type StateDatabase = (typeof STATE_DATABASES)[number];

const STATE_DATABASES = ["goleveldb", "CouchDB"] as const;

/** Arguments of a `PeerNode`. */
export interface PeerNodeArgs extends NodeArgs {
    /** Organization that owns the peer. */
    org: FabricOrg;

    /**
     * Where the peer keeps the world state. All peers of a channel use the same one, and it cannot be
     * changed later. `"goleveldb"` is faster; `"CouchDB"` answers queries over JSON.
     *
     * @default "goleveldb"
     */
    stateDatabase?: StateDatabase;

    /**
     * The CouchDB beside the peer.
     *
     * @default - CouchDB 3.4.2, the version Fabric 3.1.5 is tested with.
     */
    couchDb?: CouchDbArgs;

    /**
     * Ordering services in the peer's own cluster that tell their addresses outside it. The peer takes its
     * blocks from them inside, without the way through their load balancers.
     *
     * @default []
     */
    orderers?: readonly OrdererService[];

    /**
     * Host names or IP addresses by which the peer is known outside its cluster, besides the one that its
     * organization's `outside` makes. They are in its TLS certificate; set them from the start, even if
     * nothing exposes the peer yet. The first one is what other organizations are told, where `outside`
     * makes none.
     *
     * @default []
     */
    externalHosts?: string[];

    /**
     * Port of the external hosts.
     *
     * @default 7051
     */
    externalPort?: number;

    /**
     * What it starts chaincode in Kubernetes with, for chaincode of the mode `"kubernetes"`.
     *
     * @default - nothing: chaincode runs as a service.
     */
    kubernetesBuilder?: KubernetesBuilder;

    /**
     * Docker daemon in which it builds and runs chaincode of the mode `"docker"`. Its health depends on the
     * daemon's from then on.
     *
     * @default - none: chaincode runs as a service.
     */
    dockerEndpoint?: DockerEndpoint;

    /**
     * Name of a Secret with the peer's keys and certificates, for keys that are kept elsewhere. Its
     * entries are listed in README.md under "Keys of your own".
     *
     * @default - keys and certificates are made by this program.
     */
    identitySecretName?: string;
}

/** Everything wrong with the arguments that can be known without talking to a cluster. */
export function checkPeerNodeArgs(name: string, args: PeerNodeArgs): Problem[] {
    const { org, stateDatabase = "goleveldb", couchDb = {}, externalHosts = [] } = args;
    return [
        ...problemsOf(["name", nodeProblem({ org, name })]),
        ...checkHosts("externalHosts", { ...args, kind: "peer", name }),
        ...checkNodeArgs(args),
        ...problemsOf(
            ["externalPort", externalPortProblem(args.externalPort, externalHosts, org)],
            ["advertise", advertiseProblem({ ...args, kind: "peer", name })],
            ...(args.orderers ?? []).map((service, index) => {
                return [`orderers[${index}]`, elsewhereProblem(service, org)] as const;
            }),
            ["kubernetesBuilder", foreignProblem(args.kubernetesBuilder, org)],
            ["dockerEndpoint", foreignProblem(args.dockerEndpoint, org)],
            ["identitySecretName", identitySecretProblem(org, args.identitySecretName)],
            ["stateDatabase", choiceProblem(stateDatabase, STATE_DATABASES, "state database")],
            ["couchDb.image", imageProblem(couchDb.image)],
            [
                "couchDb",
                stateDatabase === "CouchDB" || args.couchDb === undefined
                    ? undefined
                    : 'is set, but stateDatabase is "goleveldb"; take one of them away',
            ],
        ),
        ...(stateDatabase === "CouchDB"
            ? ledgerProblems(org.cluster, "stateDatabase", {
                  choice: couchDb.storage ?? args.storage,
                  path: couchDb.storage === undefined ? "storage" : "couchDb.storage",
                  size: couchDb.size ?? NODE_DEFAULTS.ledgerSize,
                  sizePath: "couchDb.size",
              })
            : []),
        ...problemsAt("couchDb.resources", couchDb.resources),
    ];
}

/** What starts chaincode has rights in its organization's namespace, and certificates of its CA. */
function foreignProblem(
    starter: { org: FabricOrg } | undefined,
    org: FabricOrg,
): string | undefined {
    return starter === undefined || starter.org === org
        ? undefined
        : `is of ${starter.org.mspId}, and the peer of ${org.mspId}; make one for ${org.mspId}`;
}

function elsewhereProblem({ name, org }: OrdererService, { cluster }: FabricOrg) {
    return org.cluster === cluster
        ? undefined
        : `"${name}" is in the cluster ${org.cluster.name}, and the peer in ${cluster.name}; take it away`;
}
