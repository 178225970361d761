import { type MutabilitySettings, forceNewFields } from "./forceNew";
import { normalize, prune } from "./normalize";
import { annotationOf, annotations, nameOf, namespaceOf, withMetadata } from "./objects";
import { type Step, formatPath, isWithin, parsePath, touches } from "./paths";
import { type Json, type JsonObject, isObject, isUnknown, sameJson } from "./properties";

export type ChangeKind = "add" | "update" | "delete";

export interface Change {
    kind: ChangeKind;
    path: Step[];
    /** The change makes a new object. */
    replace: boolean;
}

export interface ObjectDiff {
    changes: Change[];
    /** Written paths of the changes that make a new object. */
    replaces: string[];
    deleteBeforeReplace: boolean;
}

export interface DiffArguments {
    /** The object as the cluster last showed it. */
    live: JsonObject;
    /** The inputs behind it. */
    oldInputs: JsonObject;
    /** The inputs that are wanted now. */
    newInputs: JsonObject;
    /** Undefined where only the cluster could say. */
    namespaced: boolean | undefined;
    ignoreChanges: readonly string[];
    settings: MutabilitySettings;
}

/** What an update would change, in the program's own fields. */
export function diffObject(args: DiffArguments): ObjectDiff {
    const { live, ignoreChanges, settings } = args;
    const namespaced = args.namespaced ?? true;
    const oldInputs = normalize(args.oldInputs);
    const newInputs = placed(normalize(args.newInputs), namespaced);
    let old = placed(normalize(prune(live, oldInputs)), namespaced);
    // A name written down after it was generated is the same name.
    if (nameOf(newInputs) !== "") {
        old = withMetadata(old, { name: nameOf(live) });
    }
    const patterns = forceNewFields(newInputs, settings).map(parsePath);
    const ignored = ignoreChanges.map(parsePath);
    const changes = compareObjects([], old, newInputs, oldInputs)
        .filter(({ path }) => !ignored.some((outer) => isWithin(outer, path)))
        .map(({ kind, path, value }) => ({
            kind,
            path,
            replace: patterns.some((pattern) => touches(path, value, pattern)),
        }));
    const replaces = changes
        .filter(({ replace, kind, path }) => replace || isLostMetadata(kind, path))
        .map(({ path }) => formatPath(path));
    return {
        changes,
        replaces,
        deleteBeforeReplace: replaces.length > 0 && keepsItsPlace(newInputs, live, namespaced),
    };
}

/** The namespace made explicit, so that `default` and none are no difference. */
function placed(object: JsonObject, namespaced: boolean): JsonObject {
    const namespace = namespaced ? namespaceOf(object) || "default" : undefined;
    const written = isObject(object["metadata"]) ? object["metadata"]["namespace"] : undefined;
    return isUnknown(written) || isUnknown(object["metadata"])
        ? object
        : withMetadata(object, { namespace });
}

const isLostMetadata = (kind: ChangeKind, path: readonly Step[]) =>
    kind === "delete" && path.length === 1 && path[0] === "metadata";

/** Two objects cannot bear one name: the old one goes first, unless the name was generated. */
function keepsItsPlace(newInputs: JsonObject, live: JsonObject, namespaced: boolean): boolean {
    return (
        nameOf(newInputs) === nameOf(live) &&
        annotationOf(newInputs, annotations.autonamed) !== "true" &&
        (!namespaced || namespaceOf(newInputs) === (namespaceOf(live) || "default"))
    );
}

interface Difference {
    kind: ChangeKind;
    path: Step[];
    value: Json | undefined;
}

function compareObjects(
    path: readonly Step[],
    old: JsonObject,
    wanted: JsonObject,
    oldInputs: JsonObject,
): Difference[] {
    const keys = new Set([...Object.keys(wanted), ...Object.keys(old)]);
    return [...keys].flatMap((key) =>
        compare([...path, key], old[key], wanted[key], oldInputs[key]),
    );
}

function compareLists(
    path: readonly Step[],
    old: Json[],
    wanted: Json[],
    oldInputs: Json[],
): Difference[] {
    const length = Math.max(old.length, wanted.length);
    return Array.from({ length }, (_, i) =>
        compare([...path, i], old[i], wanted[i], oldInputs[i]),
    ).flat();
}

function compare(
    path: Step[],
    old: Json | undefined,
    wanted: Json | undefined,
    oldInput: Json | undefined,
): Difference[] {
    if (wanted === undefined) {
        return [{ kind: "delete", path, value: undefined }];
    }
    if (old === undefined) {
        return isDroppedByServer(wanted, oldInput) ? [] : [{ kind: "add", path, value: wanted }];
    }
    if (isObject(old) && isObject(wanted)) {
        return compareObjects(path, old, wanted, isObject(oldInput) ? oldInput : {});
    }
    if (Array.isArray(old) && Array.isArray(wanted)) {
        return compareLists(path, old, wanted, Array.isArray(oldInput) ? oldInput : []);
    }
    const same = sameJson(old, wanted) && !isUnknown(wanted);
    return same ? [] : [{ kind: "update", path, value: wanted }];
}

/**
 * Kubernetes leaves out empty values when it writes an object down: an empty list always, `false`,
 * `0`, `""` and `{}` in many fields. The real provider knows each field's Go type; here the old inputs
 * tell: the same empty value was sent before and did not come back.
 */
function isDroppedByServer(wanted: Json, oldInput: Json | undefined): boolean {
    if (Array.isArray(wanted) && wanted.length === 0) {
        return true;
    }
    const emptyMap = isObject(wanted) && Object.keys(wanted).length === 0;
    const empty = emptyMap || wanted === false || wanted === 0 || wanted === "";
    return empty && sameJson(oldInput, wanted);
}
