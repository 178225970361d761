import ts from "typescript";

/** A property as a generated file declares it. */
export interface Declared {
    /** Its type, as it is written. */
    type: string;
    /** Whether it may be left out. */
    optional: boolean;
    deprecated: boolean;
}

/** What one file of a generated SDK declares. */
export class SdkSource {
    private readonly source: ts.SourceFile;

    constructor(file: string, text: string) {
        this.source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
    }

    interfaces(): string[] {
        return this.source.statements
            .filter(ts.isInterfaceDeclaration)
            .map(({ name }) => name.text);
    }

    /** Properties of an interface. */
    interface(name: string): Record<string, Declared> {
        const found = this.source.statements
            .filter(ts.isInterfaceDeclaration)
            .find((statement) => statement.name.text === name);
        return this.declared(found?.members.filter(ts.isPropertySignature), name);
    }

    /** Outputs of a class: what it declares and does not keep to itself. */
    outputs(name: string): Record<string, Declared> {
        const found = this.source.statements
            .filter(ts.isClassDeclaration)
            .find((statement) => statement.name?.text === name);
        const isOutput = (member: ts.ClassElement): member is ts.PropertyDeclaration =>
            ts.isPropertyDeclaration(member) &&
            !member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword);
        return this.declared(found?.members.filter(isOutput), name);
    }

    private declared(
        members: readonly (ts.PropertySignature | ts.PropertyDeclaration)[] | undefined,
        name: string,
    ): Record<string, Declared> {
        if (members === undefined) {
            throw new Error(`${this.source.fileName} declares no ${name}`);
        }
        return Object.fromEntries(
            members.map((member) => [
                member.name.getText(),
                {
                    type: member.type?.getText() ?? "",
                    optional: member.questionToken !== undefined,
                    deprecated: ts.getJSDocDeprecatedTag(member) !== undefined,
                },
            ]),
        );
    }
}
