export const STATUS_FORMATS = ["text", "json"] as const;

export const TOPOLOGY_FORMATS = ["mermaid", "svg"] as const;

/** Where a state is read from. */
export interface StateOptions {
    /** Stack that the Pulumi CLI exports. */
    stack?: string;
}

/** Options of `kubefabric status`. */
export interface StatusOptions extends StateOptions {
    format: (typeof STATUS_FORMATS)[number];
    /** Whether the nodes are asked. */
    live?: boolean;
}

/** Options of `kubefabric topology`. */
export interface TopologyOptions extends StateOptions {
    format?: (typeof TOPOLOGY_FORMATS)[number];
    /** File to write; its ending says the form where no format is given. */
    output?: string;
}
