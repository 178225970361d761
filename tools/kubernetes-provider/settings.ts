import { activeCluster, parseKubeconfig } from "./kubeconfig";
import {
    type Json,
    type JsonObject,
    containsUnknown,
    isUnknown,
    revealObject,
    sameJson,
} from "./properties";

/** The provider's arguments that mean something here. */
export interface Settings {
    kubeconfig: string;
    context: string;
    cluster: string;
    namespace: string;
    upsertExistingObjects: boolean;
    enablePatchForce: boolean;
    enableSecretMutable: boolean;
    enableConfigMapMutable: boolean;
    deleteUnreachable: boolean;
    skipUpdateUnreachable: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** An argument's value as text. The SDKs send everything but strings as JSON inside a string. */
function text(value: Json | undefined): string {
    if (value === undefined || value === null || isUnknown(value)) {
        return "";
    }
    if (typeof value !== "string") {
        return JSON.stringify(value);
    }
    if (/^"[^]*"$/.test(value)) {
        try {
            return String(JSON.parse(value));
        } catch {
            return value;
        }
    }
    return value;
}

/** The settings in the provider's arguments, else in the environment, as the real provider reads them. */
export function readSettings(args: JsonObject, env: Environment): Settings {
    const flag = (name: string, variable: string) =>
        (name in args && text(args[name]) !== "" ? text(args[name]) : env[variable]) === "true";
    return {
        kubeconfig: text(args["kubeconfig"]),
        context: text(args["context"]),
        cluster: text(args["cluster"]),
        namespace: text(args["namespace"]),
        upsertExistingObjects: flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
        enablePatchForce: flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
        enableSecretMutable: flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
        enableConfigMapMutable: flag(
            "enableConfigMapMutable",
            "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
        ),
        deleteUnreachable: flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
        skipUpdateUnreachable: flag("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"),
    };
}

export interface Failure {
    property: string;
    reason: string;
}

/** What this small provider cannot do, refused before anything depends on it. */
export function checkSettings(args: JsonObject, env: Environment): Failure[] {
    const failures: Failure[] = [];
    const plain = revealObject(args);
    const apply =
        text(plain["enableServerSideApply"]) || env["PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY"];
    if (apply === "false") {
        failures.push({
            property: "enableServerSideApply",
            reason: "the small Kubernetes provider only does server-side apply; leave it on",
        });
    }
    if (text(plain["renderYamlToDirectory"]) !== "") {
        failures.push({
            property: "renderYamlToDirectory",
            reason: "the small Kubernetes provider writes no YAML; leave it out",
        });
    }
    return failures;
}

export interface SettingsDiff {
    changed: string[];
    replaces: string[];
}

/**
 * Which arguments changed, and whether that means another cluster (its objects are then made anew).
 * With a `clusterIdentifier` only that decides; without one, the address and certificate behind
 * the active context do.
 */
export function diffSettings(oldArgs: JsonObject, newArgs: JsonObject): SettingsDiff {
    const olds = revealObject(oldArgs);
    const news = revealObject(newArgs);
    const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort();
    const changed = keys.filter(
        (key) => !sameJson(olds[key], news[key]) || containsUnknown(news[key]),
    );
    if (changed.length === 0) {
        return { changed, replaces: [] };
    }
    const identified = news["clusterIdentifier"] !== undefined;
    if (identified && !changed.includes("clusterIdentifier")) {
        return { changed, replaces: [] };
    }
    const replaces: string[] = [];
    if (identified && olds["clusterIdentifier"] !== undefined) {
        replaces.push("clusterIdentifier");
    }
    const pointers = ["kubeconfig", "context", "cluster"].filter((key) => changed.includes(key));
    const undecided = pointers.find((key) => isUnknown(news[key]));
    if (undecided !== undefined) {
        return { changed: [undecided], replaces: [...replaces, undecided] };
    }
    const [before, after] = [olds, news].map((args) =>
        activeCluster(parseKubeconfig(args["kubeconfig"]), args),
    );
    if (before !== undefined && after !== undefined && !sameJson(before, after)) {
        replaces.push(...pointers);
    }
    return { changed, replaces };
}
