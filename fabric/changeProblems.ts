import { common } from "@hyperledger/fabric-protos";

import { channelProblems } from "./channelProblems";
import { channelGroup, readValue, subgroup } from "./configValues";
import { wantedConsenters } from "./consenterChanges";
import { addressOf, consensusOf, consentersIn, tlsKeyOf } from "./consenterList";
import { type Problem } from "./problem";
import { CAPABILITIES_IN_ORDER, type WantedChannel } from "./wantedChannel";

/**
 * Everything for which a change of a living channel is refused: what is wrong with its definition, and
 * what cannot be changed, or not safely.
 */
export function changeProblems(current: common.Config, wanted: WantedChannel): Problem[] {
    const problems = [
        ...channelProblems(wanted.definition),
        ...consensusProblems(current, wanted),
        ...capabilityProblems(current, wanted),
    ];
    return problems.length > 0 ? problems : consenterProblems(current, wanted);
}

function consensusProblems(current: common.Config, { definition }: WantedChannel): Problem[] {
    const present = consensusOf(subgroup(channelGroup(current), "Orderer"));
    if (present === definition.consensus) {
        return [];
    }
    const reason =
        `"${definition.consensus}" is not what the channel has, which is "${present}"; write that, ` +
        "and migrate by hand with the channel in maintenance, as Fabric's documentation says";
    return [{ path: "consensus", reason }];
}

/** A capability that was switched on is needed to read what was written since. */
function capabilityProblems(current: common.Config, { definition }: WantedChannel): Problem[] {
    const channel = channelGroup(current);
    const groups = {
        channel,
        orderer: subgroup(channel, "Orderer"),
        application: subgroup(channel, "Application"),
    };
    return Object.entries(groups).flatMap(([name, group]) => {
        const wanted = definition.capabilities[name as keyof typeof groups];
        const rank = (word: string) => CAPABILITIES_IN_ORDER.indexOf(word);
        const present = readValue(group, "Capabilities", common.Capabilities).getCapabilitiesMap();
        const higher = [...present.keys()].filter((word) => rank(word) > rank(wanted));
        const reason =
            `"${wanted}" is less than "${higher.join('", "')}", which the channel has; capabilities ` +
            `are never taken back: write "${higher.at(-1)}"`;
        return higher.length === 0 ? [] : [{ path: `capabilities.${name}`, reason }];
    });
}

/**
 * Consenters are changed one by one, new ones first. Where more leave than the set may lose, those who
 * stay may be the ones that are behind.
 */
function consenterProblems(current: common.Config, wanted: WantedChannel): Problem[] {
    const ordering = subgroup(channelGroup(current), "Orderer");
    const [before, after] = [consentersIn(ordering), wantedConsenters(ordering, wanted)];
    const keys = (list: typeof before) => new Set(list.map(tlsKeyOf));
    const addresses = new Set(after.map(addressOf));
    const leaving = before.filter(
        (one) => !keys(after).has(tlsKeyOf(one)) && !addresses.has(addressOf(one)),
    );
    const arriving = after.filter((one) => !keys(before).has(tlsKeyOf(one)));
    const most = before.length + arriving.length;
    const share = wanted.definition.consensus === "BFT" ? 3 : 2;
    const mayLeave = Math.max(1, Math.floor((most - 1) / share));
    if (leaving.length <= mayLeave) {
        return [];
    }
    const reason =
        `takes ${leaving.length} of ${before.length} consenters out of the channel ` +
        `(${leaving.map(addressOf).join(", ")}), and ${mayLeave} is the most at once; take ` +
        `${mayLeave} out, wait until the others are well, then go on`;
    return [{ path: "ordering", reason }];
}
