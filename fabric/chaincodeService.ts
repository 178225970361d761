import { CHAINCODE_PORT } from "./ports";
import { shown } from "./problem";

/** Longest name of a Service, one label of a DNS name. */
const LABEL_LIMIT = 63;

/** Begins the names of what runs chaincode, so that none is taken for a node's. */
const PREFIX = "chaincode-";

/** A version of a chaincode, as its package is named. */
export interface NamedVersion {
    /** Name under which it is called. */
    chaincode: string;
    version: string;
    /** Label of its package. */
    label: string;
}

/** The label of a package where a program names none: `asset_1.0`. */
export function defaultPackageLabel(chaincode: string, version: string): string {
    return `${chaincode}_${version}`;
}

/**
 * Name of the Service and the Deployment of one version of a chaincode. It has the version in it, so that
 * two versions run side by side.
 */
export function serviceName({ chaincode, version, label }: NamedVersion): string {
    const hasVersion = label === defaultPackageLabel(chaincode, version);
    const named = hasVersion ? label : `${label}_${version}`;
    return `${PREFIX}${named.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`.replace(/-+$/, "");
}

/** What is wrong with the name that label and version give to a Service, or nothing. */
export function serviceNameProblem(named: NamedVersion): string | undefined {
    const { label, version } = named;
    const name = serviceName(named);
    return name.length > LABEL_LIMIT
        ? `${shown(label)} with version ${shown(version)} gives the Service the name "${name}", which ` +
              `has ${name.length} characters, and a Service's ends at ${LABEL_LIMIT}; write a shorter label`
        : undefined;
}

/**
 * Where peers dial a version of a chaincode. It is the Service's name alone, which each peer's DNS
 * completes with the namespace it runs in: so each organization's peers reach the organization's own
 * Service, and the package, and with it its ID, is the same for all of them.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#namespaces-of-services
 */
export function serviceAddress(named: NamedVersion): string {
    return `${serviceName(named)}:${CHAINCODE_PORT}`;
}
