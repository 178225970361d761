import type * as pulumi from "@pulumi/pulumi";

import type { PrivateDataCollection } from "../../fabric/collections";
import type { OrderingAddresses } from "../../fabric/orderingAddresses";
import type { OrderingNodes } from "./nodeConnection";

/** A definition of a chaincode on a channel, each setting an input of its own. */
export interface DefinitionInputs {
    /** The channel. */
    channelId: string;
    /** Name under which the chaincode is called. */
    chaincode: string;
    version: string;
    /** Left out, it is Fabric's own; the state has what that is. */
    endorsementPolicy?: string;
    initRequired?: boolean;
    collections?: readonly PrivateDataCollection[];
}

/** Where a channel's transactions are ordered. */
export type ChannelOrderers =
    | {
          /** Ordering nodes of this program. */
          services: OrderingNodes[];
      }
    | {
          /** Where the ordering nodes of others are reached. */
          addresses: pulumi.Input<OrderingAddresses[]>;
      };
