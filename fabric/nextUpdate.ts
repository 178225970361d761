import { type common } from "@hyperledger/fabric-protos";

import { desiredConfig, type WantedChannel } from "./configChanges";
import { computeUpdate } from "./configUpdate";
import { consenterSteps } from "./consenterSteps";
import { describeUpdate } from "./describeUpdate";

/** The next update of a channel on its way to what a program wants of it. */
export interface NextUpdate {
    update: common.ConfigUpdate;

    /** The consenter that comes, goes or changes with it; nothing where none does. */
    consenter?: ConsenterStep;

    /** How many updates there are to the end, this one included. */
    remaining: number;
}

/** A change of one consenter on the way to what is wanted. */
export interface ConsenterStep {
    /** `orderer-3.orderers.svc:7050 comes in`. */
    words: string;

    kind: "arrives" | "changes" | "leaves";

    /** How many consenters are still to come in, this one included. */
    arriving: number;
}

/**
 * The next update of a channel; nothing where the channel is what is wanted.
 *
 * @throws Error listing every problem of the change.
 */
export function nextUpdate(config: common.Config, wanted: WantedChannel): NextUpdate | undefined {
    const steps = consenterSteps(config, desiredConfig(config, wanted));
    const [step] = steps;
    if (step === undefined) {
        return undefined;
    }
    const update = computeUpdate(wanted.definition.channelId, config, step.config);
    const { consenter: words, kind } = step;
    const arriving = steps.filter((one) => one.kind === "arrives").length;
    return words === undefined || kind === undefined
        ? { update, remaining: steps.length }
        : { update, consenter: { words, kind, arriving }, remaining: steps.length };
}

/**
 * Everything that changes until the channel is what is wanted, in Fabric's words, and in how many
 * updates where it is more than one; no line where nothing changes.
 */
export function describeChange(config: common.Config, wanted: WantedChannel): string[] {
    const desired = desiredConfig(config, wanted);
    const steps = consenterSteps(config, desired);
    if (steps.length === 0) {
        return [];
    }
    const whole = computeUpdate(wanted.definition.channelId, config, desired);
    const consenters = steps.flatMap(({ consenter }) => consenter ?? []);
    return [
        ...describeUpdate(config, whole),
        ...(steps.length === 1
            ? []
            : [`in ${steps.length} updates, one after the other: ${consenters.join("; ")}`]),
    ];
}
