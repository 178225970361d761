import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

import ts from "typescript";

// The library tells each decorator.
process.env.CORE_CHAINCODE_LOGGING_LEVEL = "ERROR";

const CHAINCODE = new URL("../../examples/chaincode/src/", import.meta.url).href;

/** Node removes types and leaves decorators: the chaincode's sources are compiled as they are loaded. */
registerHooks({
    load(url, context, nextLoad) {
        if (!url.startsWith(CHAINCODE)) {
            return nextLoad(url, context);
        }
        const { outputText } = ts.transpileModule(readFileSync(new URL(url), "utf8"), {
            fileName: fileURLToPath(url),
            compilerOptions: {
                target: ts.ScriptTarget.ES2022,
                module: ts.ModuleKind.CommonJS,
                experimentalDecorators: true,
                emitDecoratorMetadata: true,
            },
        });
        return { format: "commonjs", source: outputText, shortCircuit: true };
    },
});
