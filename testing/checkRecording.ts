import { checkAll, type Configuration, type Violation } from "../policy/rules/check";
import type { Resource } from "../policy/rules/resource";
import { urnOfProvider } from "./policyArguments";
import type { RecordedResource, Recording } from "./recordingMonitor";

/**
 * Holds what a program registered against the rules of this package's pack. Unlike a policy, which the
 * engine does not tell, it sees whether a resource is retained when it is deleted.
 *
 * @example
 * assert.deepEqual(checkRecording(recording, { "volume-access-mode": { vendor: "gke" } }), []);
 */
export function checkRecording(
    { resources }: Recording,
    configuration: Configuration = {},
): Violation[] {
    return checkAll(resources.map(resourceOf), configuration);
}

function resourceOf(recorded: RecordedResource): Resource {
    const { urn, type, name, inputs, provider, parent } = recorded;
    return {
        id: urn,
        type,
        name,
        properties: inputs,
        cluster: urnOfProvider(provider),
        parent,
        dependencies: recorded.dependencies,
        protect: recorded.protect,
        retainOnDelete: recorded.retainOnDelete,
    };
}
