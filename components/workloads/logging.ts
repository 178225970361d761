/** Log settings of a Fabric node, as its environment has them. */
export type Logging = Readonly<Record<"FABRIC_LOGGING_SPEC" | "FABRIC_LOGGING_FORMAT", string>>;

/**
 * The environment of a log specification.
 *
 * @see https://hyperledger-fabric.readthedocs.io/en/release-2.5/logging-control.html
 */
export function logging(specification: string): Logging {
    return { FABRIC_LOGGING_SPEC: specification, FABRIC_LOGGING_FORMAT: "json" };
}
