import { type Problem, shown } from "../../fabric/problem";
import { problemsOf } from "../validation";
import { isDatacenter, isRegion, isZone, regionOf, zonesOf, type IksVpc } from "./iksClusterArgs";

/**
 * The same place on both infrastructures.
 *
 * @see https://cloud.ibm.com/docs/containers?topic=containers-regions-and-zones
 */
const PLACES: readonly { region: string; datacenter: string }[] = [
    { region: "us-south", datacenter: "dal10" },
    { region: "us-east", datacenter: "wdc04" },
    { region: "eu-de", datacenter: "fra02" },
    { region: "eu-gb", datacenter: "lon04" },
    { region: "jp-tok", datacenter: "tok02" },
    { region: "au-syd", datacenter: "syd01" },
];

/** Everything wrong with where a cluster on VPC is to be; paths are those of a cluster's arguments. */
export function iksVpcProblems(vpc: IksVpc): Problem[] {
    const wrongLocation = vpcLocationProblem(vpc.location);
    const inPlace = wrongLocation === undefined;
    return problemsOf(
        ["infrastructure.vpc.location", wrongLocation],
        ["infrastructure.vpc.zones", inPlace ? zonesProblem(vpc) : undefined],
        [
            "infrastructure.vpc.disableOutboundTrafficProtection",
            outboundProblem(vpc.disableOutboundTrafficProtection),
        ],
        ["infrastructure.vpc.network.vpcId", vpcIdProblem(vpc)],
        ["infrastructure.vpc.network.subnets", inPlace ? subnetsProblem(vpc) : undefined],
    );
}

function vpcLocationProblem(location: unknown): string | undefined {
    if (typeof location === "string" && (isRegion(location) || isZone(location))) {
        return undefined;
    }
    if (typeof location !== "string" || !isDatacenter(location)) {
        return (
            `${shown(location)} is not a region or a zone of IBM's VPC; write one such as "eu-de" or ` +
            '"eu-de-1"'
        );
    }
    const metro = location.slice(0, 3);
    const region = PLACES.find(({ datacenter }) => datacenter.startsWith(metro))?.region;
    return (
        `${shown(location)} is a data center of the classic infrastructure; write a region of VPC` +
        `${region === undefined ? ' such as "eu-de"' : `, "${region}"`}, or infrastructure: ` +
        `{ classic: { datacenter: "${location}" } }`
    );
}

/** What is wrong with the data center of a classic cluster, or nothing. */
export function datacenterProblem(datacenter: unknown): string | undefined {
    if (typeof datacenter === "string" && isDatacenter(datacenter)) {
        return undefined;
    }
    if (typeof datacenter !== "string" || !(isRegion(datacenter) || isZone(datacenter))) {
        return `${shown(datacenter)} is not a data center of IBM Cloud; write one such as "fra02"`;
    }
    const what = isZone(datacenter) ? "zone" : "region";
    const region = regionOf(datacenter);
    const near = PLACES.find((place) => place.region === region)?.datacenter;
    return (
        `${shown(datacenter)} is a ${what} of VPC; write a data center such as "${near ?? "fra02"}", or ` +
        `infrastructure: { vpc: { location: "${datacenter}", … } }`
    );
}

function zonesProblem({ location, zones, network }: IksVpc): string | undefined {
    if (zones === undefined) {
        return undefined;
    }
    if (network !== undefined) {
        return "is set, and network.subnets says it, too; take it away";
    }
    if (isZone(location)) {
        return `is set, and ${shown(location)} is one zone; take it away, or write a region as the location`;
    }
    const isSet = zones.length > 0 && new Set(zones).size === zones.length;
    return isSet
        ? elsewhereProblem(zones, location)
        : `${shown(zones)} is empty or names a zone twice; write each zone once`;
}

function elsewhereProblem(zones: readonly string[], location: string): string | undefined {
    const isHere = (zone: string) =>
        isZone(location) ? zone === location : isZone(zone) && regionOf(zone) === location;
    const elsewhere = zones.filter((zone) => !isHere(zone));
    if (elsewhere.length === 0) {
        return undefined;
    }
    const example = isZone(location) ? `it alone` : `its zones, such as "${location}-1"`;
    return `${elsewhere.map(shown).join(", ")} is not in ${location}; write ${example}`;
}

function outboundProblem(value: unknown): string | undefined {
    return typeof value === "boolean"
        ? undefined
        : `${shown(value)} is neither true nor false; write true to pull images of public registries, or ` +
              "false where all of them are in IBM Cloud Container Registry";
}

function vpcIdProblem({ network }: IksVpc): string | undefined {
    return network === undefined || network.vpcId
        ? undefined
        : "is not there; write the VPC that the cluster is in";
}

function subnetsProblem(vpc: IksVpc): string | undefined {
    const { network, location } = vpc;
    if (network === undefined) {
        return undefined;
    }
    const subnets = network.subnets ?? {};
    const zones = zonesOf({ ...vpc, network: { ...network, subnets } });
    const without = zones.filter((zone) => !subnets[zone]);
    if (zones.length === 0 || without.length > 0) {
        const where = without.length === 0 ? "any zone" : without.join(", ");
        return `has no subnet for ${where}; write its identifier, as in { "${exampleZone(location)}": … }`;
    }
    return elsewhereProblem(zones, location);
}

function exampleZone(location: string): string {
    return isZone(location) ? location : `${location}-1`;
}
