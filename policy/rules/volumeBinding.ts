import { rowOfProvisioner, rowsFor, type BindingMode } from "../../storage/capabilities";
import type { VolumeClaim } from "../../storage/claims";
import { fieldsOf } from "../../storage/manifests";
import { bindingProblem } from "../../storage/verdicts";
import { classNameOf, storageOf, textsOf, type ClaimStorage, type Tier } from "./claimStorage";
import { isOurs, roleOfClaim } from "./fabricData";
import { kubernetesKind, manifestsOf, type Finding, type Resource } from "./resource";
import { notKnownYet, type Context, type Rule } from "./rule";
import { isUnknown, read } from "./unknown";
import { vendorsOf } from "./vendors";
import { asSureAs, claimsOf, isWhole, mayClaim, shown } from "./volumeRule";

export const volumeBindingRule: Rule = {
    name: "volume-binding",
    description:
        "Checks that every claim names its class, and that a zone's disk is made where its Pod can run.",
    severity: "high",
    remediation:
        "Write storageClassName into the claim. Take a class with volumeBindingMode " +
        "WaitForFirstConsumer, or make one. For storage that is not Fabric's, a class that binds at " +
        "once is an advice only.",
    url: "https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode",
    settings: ["vendor", "clusters", "storageClasses", "unknownClass", "onUnknown"],
    concerns: (type) => isClass(type) || mayClaim(type),
    check: (resource, context) => [
        ...manifestsOf(resource)
            .filter(({ kind }) => kind === "StorageClass")
            .flatMap(({ path, object }) => classFindings(object, path, resource, context)),
        ...claimsOf(resource)
            .filter(({ origin }) => origin !== "volume")
            .flatMap((claim) => [
                ...nameFindings(claim, resource, context),
                ...bindingFindings(claim, storageOf(claim, resource, context), resource, context),
            ]),
    ],
};

function isClass(type: string): boolean {
    return /^StorageClass(Patch|List)?$/.test(kubernetesKind(type));
}

/** A class that binds at once: refused where a component of ours made it for ledgers. */
function classFindings(
    object: Readonly<Record<string, unknown>>,
    path: string,
    resource: Resource,
    context: Context,
): Finding[] {
    const { provisioner, parameters, volumeBindingMode, metadata } = object;
    const at = path === "" ? "volumeBindingMode" : `${path}.volumeBindingMode`;
    if (isUnknown(volumeBindingMode)) {
        return notKnownYet(resource, at, "when it binds", context);
    }
    const texts = textsOf(parameters);
    const row =
        typeof provisioner === "string" && texts !== undefined
            ? rowOfProvisioner(provisioner, texts)
            : undefined;
    const binding = (volumeBindingMode ?? "Immediate") as BindingMode;
    const reason =
        row && isWhole(resource) ? bindingProblem(row, { binding, parameters: texts }) : undefined;
    const ours = isOurs(fieldsOf(read(metadata, "labels")));
    return reason === undefined
        ? []
        : [{ resource, path: at, reason, verdict: ours ? "mandatory" : "advisory" }];
}

function nameFindings(claim: VolumeClaim, resource: Resource, context: Context): Finding[] {
    const className = classNameOf(claim);
    const path = `${claim.path}.storageClassName`;
    if (className === undefined || className === null) {
        const such = defaultClass(resource, context);
        return isWhole(resource)
            ? [
                  {
                      resource,
                      path,
                      reason:
                          "is missing, and the cluster's default class can change under a claim; " +
                          `write the class${such}, or "" for a volume that was made beforehand`,
                  },
              ]
            : [];
    }
    return typeof className === "string"
        ? []
        : [{ resource, path, reason: `${shown(className)} is not a class; write its name` }];
}

/** When the storage of a claim binds. Classes that are among the resources are looked at themselves. */
function bindingFindings(
    claim: VolumeClaim,
    storage: ClaimStorage,
    resource: Resource,
    context: Context,
): Finding[] {
    const isLedger = roleOfClaim(claim) !== undefined;
    const path = `${claim.path}.storageClassName`;
    if (storage.is === "not-known-yet") {
        return isLedger ? notKnownYet(resource, path, "when it binds", context) : [];
    }
    if (storage.is === "unknown-class") {
        return context.world.isComplete
            ? []
            : [{ resource, path, reason: "", verdict: "undecided" }];
    }
    if (storage.is === "none") {
        return [];
    }
    const problems = storage.tiers.map((tier) => problemOf(tier, isLedger));
    const [reason] = problems;
    return reason === undefined || problems.includes(undefined)
        ? []
        : asSureAs(
              storage.tiers,
              { resource, path, reason, verdict: isLedger ? "mandatory" : "advisory" },
              context,
          );
}

function problemOf(tier: Tier, isLedger: boolean): string | undefined {
    const { row, parameters, storageClass, isStatic, binding } = tier;
    const labels = fieldsOf(read(storageClass?.properties, "metadata", "labels"));
    const saidAlready = storageClass !== undefined && (!isLedger || isOurs(labels));
    if (isStatic || saidAlready || binding === undefined || isUnknown(binding)) {
        return undefined;
    }
    const given = (binding ?? "Immediate") as BindingMode;
    return bindingProblem(row, { binding: given, parameters });
}

/** Name of the class that the vendor's clusters take where none is written. */
function defaultClass({ cluster }: Resource, context: Context): string {
    const found = vendorsOf(cluster, context)
        .flatMap((vendor) => rowsFor(vendor))
        .flatMap(({ classes }) => classes)
        .find(({ isDefault }) => isDefault);
    return found === undefined ? "" : `, such as "${found.name}"`;
}
