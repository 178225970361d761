import * as pulumi from "@pulumi/pulumi";

import { shown, type Problem } from "../fabric/problem";
import { isMap } from "./workloads/headlamp";

/** A value of Headlamp's chart that is not everyone's to write. */
interface Rule {
    path: string;
    /** Values that are all the same in the end; where absent, anything that Helm takes for something. */
    takes?: (value: unknown) => boolean;
    /** What is wrong, after the value. */
    reason: string;
}

const PORT_FORWARD = "take it away, and reach it with the command that the component prints";
const own = (argument: string) => `is an argument of its own; write it as ${argument}`;

const RULES: readonly Rule[] = [
    { path: "ingress.enabled", reason: `would open Headlamp to everybody; ${PORT_FORWARD}` },
    { path: "httpRoute.enabled", reason: `would open Headlamp to everybody; ${PORT_FORWARD}` },
    {
        path: "service.type",
        takes: (value) => value === "ClusterIP",
        reason: `would open Headlamp beyond the cluster; write "ClusterIP", or ${PORT_FORWARD}`,
    },
    ...["nodePort", "loadBalancerIP", "loadBalancerSourceRanges", "externalIPs"].map((key) => ({
        path: `service.${key}`,
        reason: `is for a Service that is open beyond the cluster; ${PORT_FORWARD}`,
    })),
    {
        path: "service.annotations",
        reason: `is what other programs would open the Service by; ${PORT_FORWARD}`,
    },
    {
        path: "service.port",
        takes: (value) => value === 80,
        reason: "would not be the one in the command that the component prints; take it away",
    },
    {
        path: "config.baseURL",
        reason: "is for an Ingress, which there is none of; take it away",
    },
    {
        path: "extraManifests",
        reason: "could be anything, an Ingress too; make them resources of the program",
    },
    {
        path: "config.unsafeUseServiceAccountToken",
        reason: "would let everybody in without a login; take it away, and log in with a token",
    },
    ...["create", "clusterRoleName", "annotations"].map((key) => ({
        path: `clusterRoleBinding.${key}`,
        takes: (value: unknown) => key === "create" && value === false,
        reason: "would give rights to the Pod, which needs none; take it away, and write clusterRole",
    })),
    ...["create", "name"].map((key) => ({
        path: `serviceAccount.${key}`,
        takes: (value: unknown) => key === "create" && value === true,
        reason: "would change the account of the Pod, which has no rights; take it away",
    })),
    ...["nameOverride", "fullnameOverride", "namespaceOverride"].map((path) => ({
        path,
        reason: "would not be the name in the command that the component prints; take it away",
    })),
    { path: "image.registry", reason: own("imageRegistry") },
    { path: "image.repository", reason: own("imageRegistry") },
    { path: "resources", reason: own("resources") },
];

/** Everything wrong with what a program writes among the values of Headlamp's chart. */
export function headlampValueProblems(values: unknown): Problem[] {
    const found = RULES.flatMap(({ path, ...rule }) => valueProblems(values, path, rule));
    // Two rules may meet the same value on their way.
    return [...new Map(found.map((each) => [each.path, each])).values()];
}

function valueProblems(values: unknown, rulePath: string, rule: Omit<Rule, "path">): Problem[] {
    let value = values;
    let path = "values";
    for (const key of rulePath.split(".")) {
        if (isLater(value)) {
            return [{ path, reason: LATER }];
        }
        if (!isMap(value)) {
            return [{ path, reason: `${shown(value)} is not a map of values; write one, or {}` }];
        }
        path = `${path}.${key}`;
        value = value[key];
        if (value === undefined) {
            return [];
        }
    }
    if (isLater(value)) {
        return [{ path, reason: LATER }];
    }
    const isFine = (rule.takes ?? isNothing)(value);
    return isFine ? [] : [{ path, reason: `${shown(value)} ${rule.reason}` }];
}

const LATER = "is known only later, when it has been written already; write a plain value";

/** What only a resource knows may be a secret, too. */
function isLater(value: unknown): boolean {
    return pulumi.Output.isInstance(value) || value instanceof Promise;
}

/** Whether templates of Helm take a value for nothing. */
function isNothing(value: unknown): boolean {
    const isEmpty = isMap(value)
        ? Object.keys(value).length === 0
        : Array.isArray(value) && value.length === 0;
    return isEmpty || value === null || value === false || value === 0 || value === "";
}
