/** Stands in a module's text for an export that `lazyExports` defines. */
export const LOADED_LATER = undefined as never;

/**
 * Defines exports that load their module when they are first used, as Pulumi's own SDKs do: a program
 * pays for the components that it makes, and not for all there are.
 */
export function lazyExports(
    exports: object,
    modules: Readonly<Record<string, () => unknown>>,
): void {
    for (const [name, load] of Object.entries(modules)) {
        Object.defineProperty(exports, name, {
            enumerable: true,
            get: () => (load() as Record<string, unknown>)[name],
        });
    }
}
