import { type ChannelDefinition } from "./channelDefinition";

/** What a program wants of a channel that lives. */
export interface WantedChannel {
    definition: ChannelDefinition;

    /**
     * The definition as it was last made true. What it names and `definition` does not leaves the
     * channel; what neither names was added by others, and stays.
     *
     * @default - nothing leaves the channel but nodes, guards and addresses of organizations that are
     *     in the definition
     */
    previous?: ChannelDefinition;

    /**
     * MSP IDs of organizations in the definition that another program looks after: once they are in
     * the channel, their CAs, nodes and addresses stay as the channel has them.
     *
     * @default - none
     */
    leftToOthers?: readonly string[];
}

/** One capability stands for all before it; those that are not known here stay beside it. */
export const CAPABILITIES_IN_ORDER = [
    ...["V1_1", "V1_2", "V1_3", "V1_4_2", "V1_4_3"],
    ...["V2_0", "V2_5", "V3_0"],
];
