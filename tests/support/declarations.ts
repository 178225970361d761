import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import ts from "typescript";

const root = resolve(import.meta.dirname, "../..");

function parsed(name: string, text: string): ts.SourceFile {
    return ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
}

/** Names of the members of interfaces and classes of a file, as it is written. */
export function membersOf(path: string, ...types: string[]): Set<string> {
    const file = parsed(path, readFileSync(resolve(root, path), "utf8"));
    const names = new Set<string>();
    for (const statement of file.statements) {
        const isType = ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement);
        if (isType && types.includes(statement.name?.text ?? "")) {
            for (const member of statement.members) {
                if (member.name !== undefined && ts.isIdentifier(member.name)) {
                    names.add(member.name.text);
                }
            }
        }
    }
    if (names.size === 0) {
        throw new Error(`${path} has no member of ${types.join(", ")}`);
    }
    return names;
}

/** What an example imports, and the arguments with which it makes instances. */
export interface Example {
    imports: { from: string; names: string[] }[];
    /** By class; names of arguments that are written out. */
    made: { type: string; args: string[] }[];
    /** What is read of what: `cluster.kubeconfig`. */
    reads: { of: string; name: string }[];
    /** Where the parser stumbles. */
    faults: string[];
}

/** Reads an example in TypeScript. */
export function exampleOf(text: string): Example {
    const file = parsed("example.ts", text);
    const { diagnostics } = ts.transpileModule(text, { reportDiagnostics: true });
    const example: Example = {
        imports: [],
        made: [],
        reads: [],
        faults: (diagnostics ?? []).map(({ messageText }) =>
            ts.flattenDiagnosticMessageText(messageText, "\n"),
        ),
    };
    const visit = (node: ts.Node): void => {
        if (ts.isImportDeclaration(node)) {
            const named = node.importClause?.namedBindings;
            const elements = named && ts.isNamedImports(named) ? named.elements : [];
            example.imports.push({
                from: (node.moduleSpecifier as ts.StringLiteral).text,
                names: elements.map(({ name }) => name.text),
            });
        }
        if (ts.isPropertyAccessExpression(node)) {
            example.reads.push({ of: node.expression.getText(file), name: node.name.text });
        }
        if (ts.isNewExpression(node)) {
            const [, args] = node.arguments ?? [];
            example.made.push({
                type: node.expression.getText(file),
                args:
                    args !== undefined && ts.isObjectLiteralExpression(args)
                        ? args.properties.map(({ name }) => name?.getText(file) ?? "…")
                        : [],
            });
        }
        ts.forEachChild(node, visit);
    };
    visit(file);
    return example;
}
