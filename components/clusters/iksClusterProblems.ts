import { type Problem, shown } from "../../fabric/problem";
import { placeProblems, storageRules } from "../nodeLedger";
import { choiceProblem, problemsOf } from "../validation";
import { clusterNameProblem, clusterVersionProblem, nodeCountProblem } from "./clusterProblems";
import { connectionStorageProblems } from "./connectedCluster";
import {
    flavorOf,
    IKS_HARDWARE,
    iksVendorOf,
    infrastructureOf,
    USUAL_FLAVORS,
    type IksClassic,
    type IksClusterArgs,
} from "./iksClusterArgs";
import { endpointProblem, iksHatchProblems } from "./iksHatchProblems";
import { datacenterProblem, iksVpcProblems } from "./iksPlaceProblems";

/**
 * Longest name of a cluster.
 *
 * @see https://cloud.ibm.com/docs/containers?topic=containers-kubernetes-service-cli#cluster-create-vpc-gen2
 */
const NAME_LIMIT = 35;

const NAME = { what: "an IKS cluster", limit: NAME_LIMIT, prefix: "iks" };
const VERSION = { vendor: "IKS", form: /^\d+\.\d+(\.\d+(_\d+)?)?$/, example: "1.34.1" };

/** Everything wrong with the name and the arguments that can be known without asking IBM. */
export function checkIksClusterArgs(name: string, args: IksClusterArgs): Problem[] {
    const wrongInfrastructure = infrastructureProblem(args);
    return [
        ...problemsOf(
            ["name", clusterNameProblem(name, NAME)],
            ["infrastructure", wrongInfrastructure],
            ["kubernetesVersion", clusterVersionProblem(args.kubernetesVersion, VERSION)],
            ["workersPerZone", nodeCountProblem(args.workersPerZone)],
        ),
        // What the rest has to be is not known where the infrastructure is not.
        ...(wrongInfrastructure === undefined ? problemsOnInfrastructure(args) : []),
    ];
}

function problemsOnInfrastructure(args: IksClusterArgs): Problem[] {
    const { infrastructure, flavor, storage, ledgerAccessMode } = args;
    const { vpc, classic } = infrastructure;
    const wrongFlavor = flavor === undefined ? undefined : flavorProblem(args, flavor);
    const machineTypes = wrongFlavor === undefined ? [flavorOf(args)] : undefined;
    return [
        ...problemsOf(["flavor", wrongFlavor], ["endpoint", endpointProblem(args)]),
        ...(vpc === undefined ? classicProblems(classic) : iksVpcProblems(vpc)),
        ...iksHatchProblems(args),
        ...connectionStorageProblems({
            vendor: iksVendorOf(args),
            machineTypes,
            storage,
            ledgerAccessMode,
        }),
        ...(vpc === undefined ? podAccessProblems(args) : []),
    ];
}

/** Ledgers of one Pod need a CSI driver, which the usual storage of classic has not. */
function podAccessProblems({ storage, ledgerAccessMode }: IksClusterArgs): Problem[] {
    if (ledgerAccessMode !== "ReadWriteOncePod" || storage?.ledger !== undefined) {
        return [];
    }
    const { defaultProfiles, storageProfile } = storageRules();
    const { storageClass } = storageProfile(defaultProfiles("iks-classic").ledger);
    const place = { driver: storageClass.provisioner, accessMode: ledgerAccessMode };
    return placeProblems(place, "iks-classic").map(({ reason }) => ({
        path: "ledgerAccessMode",
        reason,
    }));
}

function infrastructureProblem({ infrastructure }: IksClusterArgs): string | undefined {
    const { vpc, classic } = (infrastructure ?? {}) as { vpc?: unknown; classic?: unknown };
    const isObject = (value: unknown) => typeof value === "object" && value !== null;
    if (isObject(vpc) !== isObject(classic)) {
        return undefined;
    }
    const given = isObject(vpc) ? "is both VPC and classic" : `is ${shown(infrastructure)}`;
    return (
        `${given}; write one of { vpc: { location: "eu-de", disableOutboundTrafficProtection: true } } ` +
        'and { classic: { datacenter: "fra02" } }'
    );
}

/** How flavors are written: a family with its generation, CPUs and GiB, then what else they have. */
const FLAVORS = {
    vpc: /^[a-z]+x(\d|f)[a-z]*(\.metal)?\.\d+x\d+(\.\w+)*$/,
    classic: /^[a-z]+\dc\.\d+x\d+(\.\w+)*$/,
};

function flavorProblem(args: IksClusterArgs, flavor: string): string | undefined {
    const mine = infrastructureOf(args);
    const other = mine === "vpc" ? "classic" : "vpc";
    if (FLAVORS[mine].test(flavor)) {
        return undefined;
    }
    const names = { vpc: "VPC", classic: "classic" };
    const what = FLAVORS[other].test(flavor) ? `a flavor of ${names[other]}` : "not a flavor";
    return `${shown(flavor)} is ${what}; write one of ${names[mine]} such as "${USUAL_FLAVORS[mine]}"`;
}

function classicProblems({
    datacenter,
    hardware = "shared",
    privateVlanId,
    publicVlanId,
}: IksClassic): Problem[] {
    const needsPrivate = publicVlanId !== undefined && privateVlanId === undefined;
    return problemsOf(
        ["infrastructure.classic.datacenter", datacenterProblem(datacenter)],
        [
            "infrastructure.classic.hardware",
            choiceProblem(hardware, IKS_HARDWARE, "kind of hardware"),
        ],
        [
            "infrastructure.classic.privateVlanId",
            needsPrivate
                ? "is not there, and publicVlanId is; write the private VLAN of the same router"
                : undefined,
        ],
    );
}
