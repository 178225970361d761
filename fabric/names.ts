import { isIP } from "node:net";
import { domainToASCII } from "node:url";

/** Longest DNS label, and so the longest name of a namespace, a Service or a Pod. */
const LABEL_LIMIT = 63;

/**
 * Longest name of a node. Kubernetes labels every Pod of a StatefulSet with the StatefulSet's name
 * and an 11 character revision hash, and a label value ends at 63 characters.
 *
 * @see https://github.com/kubernetes/kubernetes/issues/64023
 */
export const NODE_NAME_LIMIT = 52;

/** Longest host name in DNS (RFC 1035, section 2.3.4). */
const HOST_LIMIT = 253;

/**
 * Roles that end a principal in Fabric's policy language, as in `Org1MSP.peer`.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/policydsl/policyparser.go#L39
 */
export const POLICY_ROLES = ["admin", "client", "member", "orderer", "peer"] as const;
export type PolicyRole = (typeof POLICY_ROLES)[number];
const ENDS_IN_ROLE = new RegExp(`\\.(${POLICY_ROLES.join("|")})$`);

/**
 * What is wrong with the name of a peer or an ordering node, or nothing. Where nodes are named after
 * something else, `suffix` is what is appended to its name.
 */
export function nodeNameProblem(name: string, suffix = ""): string | undefined {
    const limit = NODE_NAME_LIMIT - suffix.length;
    const instead = labelFrom(name, { limit, prefix: "node" });
    if (name.includes(".")) {
        return refusal(name, "has a dot, which breaks the host names of Pods", instead);
    }
    if (/^[0-9]/.test(name)) {
        // Services may start with a digit from Kubernetes 1.37 on (KEP-5311).
        return refusal(name, "starts with a digit, and a Service's name cannot", instead);
    }
    if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)) {
        return refusal(name, notALabel("a letter first"), instead);
    }
    if (name.length > limit) {
        return tooLong(
            name,
            limit,
            "Kubernetes appends a revision hash to the name of a StatefulSet",
            instead,
        );
    }
    return undefined;
}

/** What is wrong with the name of a namespace of one's own, or nothing. */
export function namespaceProblem(name: string, prefix = "org"): string | undefined {
    const instead = labelFrom(name, { limit: LABEL_LIMIT }).replace(/^kube-/, `${prefix}-`);
    if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) {
        return refusal(name, notALabel("a letter or digit first"), instead);
    }
    if (name.length > LABEL_LIMIT) {
        return tooLong(name, LABEL_LIMIT, "it is one label of a DNS name", instead);
    }
    if (name.startsWith("kube-")) {
        return refusal(name, 'has the prefix "kube-", which Kubernetes keeps for itself', instead);
    }
    if (name === "default") {
        return refusal(
            name,
            "belongs to the cluster and holds other people's objects",
            `${prefix}1`,
        );
    }
    return undefined;
}

/**
 * What is wrong with an MSP ID, or nothing.
 *
 * Fabric takes `[a-zA-Z0-9.-]+` up to 249 characters (see `isFabricMspId`). Ours is the part of
 * that which is also a Kubernetes label value, cannot be read as a number by YAML, and stays
 * unambiguous in front of `.peer` in a policy.
 */
export function mspIdProblem(mspId: string): string | undefined {
    const instead = mspIdFrom(mspId);
    if (mspId === "") {
        return refusal(mspId, "is empty", instead);
    }
    // https://github.com/hyperledger/fabric/issues/4364
    if (/["'`\u2018-\u201f]/.test(mspId)) {
        return refusal(mspId, "contains quotation marks", instead);
    }
    const wrong = /[^A-Za-z0-9.-]/u.exec(mspId)?.[0];
    if (wrong !== undefined) {
        return refusal(
            mspId,
            `contains ${JSON.stringify(wrong)}, which cannot be used in Fabric's policies ` +
                '(letters, digits, "." and "-" can)',
            instead,
        );
    }
    if (!/^[A-Za-z]/.test(mspId)) {
        return refusal(mspId, "does not start with a letter", instead);
    }
    if (!/[A-Za-z0-9]$/.test(mspId)) {
        return refusal(mspId, "does not end with a letter or digit", instead);
    }
    if (ENDS_IN_ROLE.test(mspId)) {
        return refusal(mspId, "ends like a role in Fabric's policies", instead);
    }
    if (mspId.length > LABEL_LIMIT) {
        return tooLong(mspId, LABEL_LIMIT, "it is also a Kubernetes label", instead);
    }
    return undefined;
}

/**
 * Whether Fabric itself takes an MSP ID. For organizations that others run: their ID is what it is.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/configtx/validator.go#L25
 */
export function isFabricMspId(mspId: string): boolean {
    return /^[a-zA-Z0-9.-]{1,249}$/.test(mspId) && mspId !== "." && mspId !== "..";
}

/**
 * What is wrong with a name under which a node is reached from outside its cluster, or nothing.
 * Fully qualified DNS names and IP addresses are right.
 */
export function hostNameProblem(host: string): string | undefined {
    if (isHost(host)) {
        return undefined;
    }
    const cleaned = hostFrom(host);
    return refusal(host, hostFault(host), isHost(cleaned) ? cleaned : "peer0.example.com");
}

/** Longest domain: the name of a node and a dot go before it. */
const DOMAIN_LIMIT = HOST_LIMIT - NODE_NAME_LIMIT - 1;

/** What is wrong with a domain that nodes' names outside their cluster are in, or nothing. */
export function domainProblem(domain: string): string | undefined {
    if (isIP(domain) === 0 && isHost(domain)) {
        return domain.length <= DOMAIN_LIMIT
            ? undefined
            : `${JSON.stringify(domain)} has ${domain.length} characters and the limit is ` +
                  `${DOMAIN_LIMIT}, because the name of a node goes before it; write a shorter one`;
    }
    const cleaned = hostFrom(domain);
    const instead = isIP(cleaned) === 0 && isHost(cleaned) ? cleaned : "org1.example.com";
    const why =
        isIP(domain) === 0 ? hostFault(domain) : "is an address, and names are below a domain";
    return refusal(domain, why, instead);
}

/**
 * The name under which a node is dialed inside its cluster: `peer0.org1.svc`.
 *
 * It ends at `.svc` because the part behind it, `cluster.local` by default, is each cluster's own
 * choice, while this name is written into certificates and into a channel's frozen first block. The
 * search list of every Pod completes it.
 */
export function nodeAddress(name: string, namespace: string): string {
    return `${name}.${namespace}.svc`;
}

/** Where a node can be reached; each name and address is in its TLS certificate. */
export interface NodeLocation {
    /** Name of the node and of its Service. */
    name: string;

    /** Namespace of the node. */
    namespace: string;

    /**
     * DNS names and IP addresses under which the node is reached from outside its cluster.
     *
     * @default - none
     */
    externalHosts?: readonly string[];
}

/**
 * Every name and address that a node's TLS certificate must carry, without duplicates: those of its
 * Service from short to full, those of probes and port-forwards, and the external ones.
 */
export function nodeHosts({ name, namespace, externalHosts = [] }: NodeLocation): string[] {
    const hosts = [
        name,
        `${name}.${namespace}`,
        nodeAddress(name, namespace),
        `${nodeAddress(name, namespace)}.cluster.local`,
        "localhost",
        "127.0.0.1",
        ...externalHosts,
    ];
    return [...new Set(hosts)];
}

function refusal(value: string, why: string, instead: string): string {
    return `${JSON.stringify(value)} ${why}; write ${JSON.stringify(instead)}`;
}

function tooLong(value: string, limit: number, why: string, instead: string): string {
    return (
        `${JSON.stringify(value)} has ${value.length} characters and the limit is ${limit}, because ` +
        `${why}; shorten it by ${value.length - limit}, for example to ${JSON.stringify(instead)}`
    );
}

function notALabel(first: string): string {
    return `is not a DNS label (lower-case letters, digits and "-", ${first}, no "-" at the end)`;
}

/** The DNS label nearest to a value; `prefix` goes before a digit where a letter must be first. */
export function labelFrom(
    value: string,
    { limit, prefix }: { limit: number; prefix?: string },
): string {
    const plain = value
        .normalize("NFKD")
        .replace(/\p{Mark}/gu, "")
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^-|-$/g, "");
    const label = prefix !== undefined && /^[0-9]/.test(plain) ? `${prefix}-${plain}` : plain;
    return label.slice(0, limit).replace(/-$/, "") || (prefix === undefined ? "org1" : "peer0");
}

function mspIdFrom(value: string): string {
    const words = value
        .normalize("NFKD")
        .replace(/\p{Mark}/gu, "")
        .split(/[^A-Za-z0-9.-]+/)
        .filter((word) => word !== "");
    const joined =
        words.length > 1
            ? words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("")
            : (words[0] ?? "");
    let id = joined.replace(/^[.-]+/, "").replace(/^(?=[0-9])/, "Org");
    for (let before = ""; before !== id;) {
        before = id;
        id = id
            .slice(0, LABEL_LIMIT)
            .replace(/[.-]+$/, "")
            .replace(ENDS_IN_ROLE, "");
    }
    return id || "Org1MSP";
}

function isHost(host: string): boolean {
    if (isIP(host) !== 0) {
        // A zone ("%eth0") means nothing on another machine, and a mapped address is an IPv4 one.
        return !/[%]|:.*\./.test(host) && !isUnspecified(host);
    }
    const labels = host.split(".");
    return (
        host.length <= HOST_LIMIT &&
        labels.length > 1 &&
        labels.every((label) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(label)) &&
        !/^[0-9]+$/.test(labels.at(-1) ?? "")
    );
}

function isUnspecified(address: string): boolean {
    return /^[0.:]+$/.test(address);
}

function hostFault(host: string): string {
    if (/^[a-z0-9+.-]+:\/\//i.test(host)) {
        return "is a URL, not a host name";
    }
    if (/^[^:]*:[0-9]*$/.test(host)) {
        return "has a port, which is not part of a host name";
    }
    if (host.includes("*")) {
        return "is a pattern, and clients dial one name";
    }
    if (isIP(host) !== 0) {
        return isUnspecified(host)
            ? "is no address that can be dialed"
            : "is not how an address is written in a certificate";
    }
    if (/^[0-9.]+$/.test(host)) {
        return "looks like an IPv4 address and is none";
    }
    if (host.length > HOST_LIMIT) {
        return `has ${host.length} characters, and a host name ends at ${HOST_LIMIT}`;
    }
    if (/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(host)) {
        return "has no domain, so it cannot be found from outside the cluster";
    }
    return 'is not a host name (labels of lower-case letters, digits and "-", joined by dots)';
}

function hostFrom(value: string): string {
    const bare = value
        .trim()
        .replace(/^[a-z0-9+.-]+:\/\//i, "")
        .replace(/[/?#].*$/, "")
        .replace(/^\[(.*)\](:[0-9]*)?$/, "$1")
        .replace(/^([^:]*):[0-9]*$/, "$1")
        .replace(/^::ffff:(?=[0-9.]+$)/i, "")
        .replace(/%.*$/, "")
        .replace(/\.$/, "")
        .replace(/^\*\./, "peer0.")
        .replaceAll("_", "-");
    if (/^[0-9.]*$/.test(bare) || isIP(bare) !== 0) {
        return bare;
    }
    const name = domainToASCII(bare);
    return name.includes(".") || name === "localhost" ? name : `${name}.example.com`;
}
