import { VALIDITY_DEFAULTS, validityProblems } from "../fabric/identities";
import { registryProblem } from "../fabric/images";
import { mspIdProblem, namespaceProblem } from "../fabric/names";
import { labelProblem, objectNameProblem } from "../fabric/objectNames";
import { portProblem } from "../fabric/ports";
import type { Problem } from "../fabric/problem";
import { checkAuthorities, type GivenAuthorities } from "./authority";
import type * as checkModule from "./certificateCheck";
import type { CertificateCheckArgs } from "./certificateCheckArgs";
import { claim, namespaceIn, takenProblem } from "./claimed";
import type { FabricCluster } from "./clusters/fabricCluster";
import { checkOutside, USUAL_GATEWAY_PORT, type OutsideArgs } from "./outsideArgs";
import { PROTECTIONS, type Protection } from "./protection";
import { choiceProblem, problemsOf } from "./validation";

/** Arguments of a `FabricOrg`. */
export interface FabricOrgArgs {
    /** Cluster that the organization's nodes run in. */
    cluster: FabricCluster;

    /**
     * MSP ID: the organization's name in channels and policies. Letters, digits, `.` and `-`; it can
     * never change.
     */
    mspId: string;

    /**
     * Namespace of the organization; made by this component, for it alone.
     *
     * @default - the component's name.
     */
    namespace?: string;

    /**
     * Whether ledgers, keys and what they live in are kept when a network is taken down or a node is
     * removed from the program.
     *
     * `"protect"` keeps them in the cluster and refuses their removal; deleting one is a step of its
     * own (`pulumi state unprotect`). `"none"` deletes them with everything else.
     *
     * @default "protect"
     */
    protection?: Protection;

    /**
     * A signing CA and a TLS CA of your own; roots, or intermediates with what is above them.
     *
     * @default - both are made by this component.
     */
    authorities?: GivenAuthorities;

    /**
     * Life of the CAs made here, in days. Read when they are made.
     *
     * @default 5475 (15 years, as Fabric CA's)
     */
    caValidityDays?: number;

    /**
     * Life of certificates of nodes and administrators, in days; they are renewed by the first update
     * in the last third.
     *
     * @default 1095 (3 years)
     */
    certificateValidityDays?: number;

    /**
     * The daily check of the organization's certificates, from inside the cluster: it warns of those
     * that end, because nothing else runs between two updates. `false` for none. `docs/certificates.md`
     * has its metric, events and alerts.
     *
     * @default - on, except on a cluster whose vendor is "local", where no public image is promised.
     */
    certificateCheck?: false | CertificateCheckArgs;

    /**
     * Registry and folder of the Fabric images.
     *
     * @default "ghcr.io/hyperledger"
     */
    imageRegistry?: string;

    /**
     * Names of Secrets in the namespace with logins for image registries.
     *
     * @default []
     */
    imagePullSecrets?: string[];

    /**
     * How its nodes are reached from outside their cluster, by other companies and from other clusters.
     * Write it, with `exposedBy: "none"` at least, before the first channel: names are in certificates and
     * in channels.
     *
     * @default - not at all
     */
    outside?: OutsideArgs;

    /**
     * TCP ports, besides Fabric's own and that of its own gateway, that nodes may dial: those of other
     * organizations' gateways and load balancers.
     *
     * @default []
     */
    egressPorts?: number[];
}

/** Everything wrong with the arguments that can be known without talking to a cluster. */
export function checkFabricOrgArgs(name: string, args: FabricOrgArgs): Problem[] {
    const { mspId, namespace = name, egressPorts = [], authorities, imageRegistry } = args;
    return [
        ...problemsOf(
            ["name", args.namespace === undefined ? undefined : labelProblem(name)],
            [
                args.namespace === undefined ? "name" : "namespace",
                namespaceProblem(namespace) ??
                    takenProblem(namespaceIn(args.cluster, namespace), ONE_EACH),
            ],
            [
                "mspId",
                mspIdProblem(mspId) ?? takenProblem({ kind: "MSP ID", name: mspId }, ONE_EACH),
            ],
            ["protection", choiceProblem(args.protection ?? "protect", PROTECTIONS, "protection")],
            [
                "imageRegistry",
                imageRegistry === undefined ? undefined : registryProblem(imageRegistry),
            ],
            ...(args.imagePullSecrets ?? []).map((secret, index) => {
                return [`imagePullSecrets[${index}]`, objectNameProblem(secret)] as const;
            }),
            ...egressPorts.map(
                (port, index) => [`egressPorts[${index}]`, portProblem(port)] as const,
            ),
        ),
        ...validityProblems(args),
        ...(args.outside ? checkOutside(args.outside, args.cluster) : []),
        ...certificateCheckProblems(args),
        ...(authorities ? checkAuthorities(authorities) : []),
    ];
}

/** TCP ports, besides Fabric's own, that its nodes dial: others that are exposed likewise have the same. */
export function dialedPorts({ egressPorts = [], outside }: FabricOrgArgs): number[] {
    const own =
        outside?.exposedBy === "Gateway" ? [outside.gateway?.port ?? USUAL_GATEWAY_PORT] : [];
    return [...new Set([...own, ...egressPorts])];
}

const ONE_EACH = "each organization has its own, write another";

/** Notes what an organization has to itself. */
export function claimOrganization(
    name: string,
    { cluster, mspId, namespace }: { cluster: FabricCluster; mspId: string; namespace: string },
): void {
    claim({ kind: "MSP ID", name: mspId }, `FabricOrg "${name}"`);
    claim(namespaceIn(cluster, namespace), `FabricOrg "${name}"`);
}

function certificateCheckProblems(args: FabricOrgArgs): Problem[] {
    const { certificateCheck = false, certificateValidityDays } = args;
    const days = certificateValidityDays ?? VALIDITY_DEFAULTS.certificateValidityDays;
    return certificateCheck === false
        ? []
        : loadCertificateCheck().checkCertificateCheckArgs(certificateCheck, days);
}

/** Loaded where it is used only, so that an import of the package stays small. */
export function loadCertificateCheck() {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require("./certificateCheck") as typeof checkModule;
}
