import type { RecordedResource } from "kubefabric/testing";

/** How Pulumi writes a secret into a state. */
export const secretValue = (ciphertext: string) => ({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    ciphertext,
});

/** What `pulumi stack export` would write of resources. */
export function exportedState(
    resources: readonly RecordedResource[],
    more: Record<string, Record<string, unknown>> = {},
) {
    return {
        version: 3,
        deployment: {
            manifest: { time: "2026-11-24T00:00:00Z" },
            secrets_providers: { type: "passphrase", state: { salt: "v1:canary-salt" } },
            resources: resources.map((resource) => ({
                urn: resource.urn,
                custom: resource.custom,
                type: resource.type,
                inputs: resource.inputs,
                outputs: resource.inputs,
                parent: resource.parent,
                dependencies: resource.dependencies,
                provider: resource.provider,
                ...(resource.protect ? { protect: true } : {}),
                ...(resource.retainOnDelete ? { retainOnDelete: true } : {}),
                ...more[resource.name],
            })),
        },
    };
}
