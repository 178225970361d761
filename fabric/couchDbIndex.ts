import { shown, type Problem } from "./problem";
import type { ArchiveFile } from "./tarGzip";

/** An index of CouchDB that comes with a chaincode; peers with goleveldb leave it alone. */
export interface CouchDbIndex {
    /** Name of its file, without `.json`. */
    name: string;

    /**
     * Private data collection that it is for.
     *
     * @default - the chaincode's public state
     */
    collection?: string;

    /**
     * The index as CouchDB defines it, such as
     * `{ index: { fields: ["docType", "owner"] }, ddoc: "ownerDoc", name: "owner", type: "json" }`.
     *
     * @see https://hyperledger-fabric.readthedocs.io/en/release-2.5/couchdb_as_state_database.html
     */
    definition: Readonly<Record<string, unknown>>;
}

const FOLDER = "META-INF/statedb/couchdb";

/** The files of indexes in a package. */
export function indexFiles(indexes: readonly CouchDbIndex[]): ArchiveFile[] {
    return indexes.map((index) => ({
        path: indexPath(index),
        content: new TextEncoder().encode(JSON.stringify(index.definition)),
    }));
}

/**
 * Everything for which a peer would refuse a package for its indexes.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/internal/ccmetadata/validators.go
 */
export function indexProblems(indexes: readonly CouchDbIndex[]): Problem[] {
    return indexes.flatMap((index, position) => {
        const path = `indexes[${position}]`;
        const problems = [...nameProblems(index), ...definitionProblems(index.definition)];
        if (indexes.findIndex((other) => indexPath(other) === indexPath(index)) < position) {
            const reason = `${shown(index.name)} is there before; give each index a name of its own`;
            problems.push({ path: "name", reason });
        }
        return problems.map((problem) => ({ ...problem, path: `${path}.${problem.path}` }));
    });
}

function indexPath({ collection, name }: CouchDbIndex): string {
    const place = collection === undefined ? "" : `/collections/${collection}`;
    return `${FOLDER}${place}/indexes/${name}.json`;
}

function nameProblems({ name, collection }: CouchDbIndex): Problem[] {
    const problems: Problem[] = [];
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) {
        const reason = `${shown(name)} is not a name of a file; write letters, digits, "_", "-" and "."`;
        problems.push({ path: "name", reason });
    }
    if (collection !== undefined && !/^[A-Za-z0-9_-]+$/.test(collection)) {
        const reason = `${shown(collection)} is not a name of a collection; write letters, digits, "_" and "-"`;
        problems.push({ path: "collection", reason });
    }
    return problems;
}

function definitionProblems(definition: unknown): Problem[] {
    const path = "definition";
    if (!isObject(definition)) {
        return [
            {
                path,
                reason: `${shown(definition)} is no object; write { index: { fields: [...] } }`,
            },
        ];
    }
    const problems = Object.entries(definition).flatMap(([key, value]): Problem[] => {
        switch (key) {
            case "index":
                return partProblems(value);
            case "ddoc":
            case "name":
                return typeof value === "string"
                    ? []
                    : [
                          {
                              path: `${path}.${key}`,
                              reason: `${shown(value)} is no text; write a name`,
                          },
                      ];
            case "type":
                return value === "json"
                    ? []
                    : [
                          {
                              path: `${path}.type`,
                              reason: `${shown(value)} is not known; write "json"`,
                          },
                      ];
            default:
                return [unknownKey(`${path}.${key}`, key, "index, ddoc, name and type")];
        }
    });
    return "index" in definition
        ? problems
        : [...problems, { path, reason: "it has no index; write { index: { fields: [...] } }" }];
}

function partProblems(index: unknown): Problem[] {
    const path = "definition.index";
    if (!isObject(index)) {
        return [{ path, reason: `${shown(index)} is no object; write { fields: [...] }` }];
    }
    const unknown = Object.keys(index)
        .filter((key) => key !== "fields" && key !== "partial_filter_selector")
        .map((key) => unknownKey(`${path}.${key}`, key, "fields and partial_filter_selector"));
    const { fields } = index;
    if (!Array.isArray(fields) || fields.length === 0) {
        const reason = `${shown(fields)} is no list of fields; write ["docType", "owner"] or the like`;
        return [...unknown, { path: `${path}.fields`, reason }];
    }
    return [
        ...unknown,
        ...fields.flatMap((field: unknown, position) =>
            isField(field)
                ? []
                : [
                      {
                          path: `${path}.fields[${position}]`,
                          reason: `${shown(field)} is no field; write its name, or { name: "asc" } or { name: "desc" }`,
                      },
                  ],
        ),
    ];
}

function unknownKey(path: string, key: string, known: string): Problem {
    return {
        path,
        reason: `${shown(key)} is not known to peers; take it out (they know ${known})`,
    };
}

function isField(field: unknown): boolean {
    return (
        typeof field === "string" ||
        (isObject(field) &&
            Object.values(field).every(
                (order) => typeof order === "string" && /^(asc|desc)$/i.test(order),
            ))
    );
}

function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
