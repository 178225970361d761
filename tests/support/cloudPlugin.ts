// Stands in for the plugin of a cloud: takes everything as it is and makes nothing. A preview, which
// asks a plugin for no more, is then the engine's own. Arguments: its version, then the engine's.
import { main, type Provider } from "@pulumi/pulumi/provider/index.js";

const [version = "", ...args] = process.argv.slice(2);

const provider: Provider = {
    version,
    parameterizeValue: async (name, version) => ({ name, version }),
    create: async (urn) => {
        throw new Error(`this stand-in makes nothing: ${urn}`);
    },
};

void main(provider, args);
