import { type common } from "@hyperledger/fabric-protos";

import { channelGroup, subgroup } from "./configValues";
import {
    addressOf,
    consentersIn,
    keyIn,
    type ListedConsenter,
    tlsKeyOf,
    writeConsenters,
} from "./consenterList";
import { differs } from "./configUpdate";
import { authorityKey, editMsp } from "./orgChanges";

/** One update of a channel on its way to what it is to be. */
export interface ConfigStep {
    /** Consenter that it is about, in words; nothing where none changes. */
    consenter?: string;

    /** What becomes of that consenter. */
    kind?: "arrives" | "changes" | "leaves";

    config: common.Config;
}

/** A change of one consenter: the set before it becomes the set after it. */
interface ConsenterChange {
    words: string;
    kind: "arrives" | "changes" | "leaves";
    apply(list: readonly ListedConsenter[]): ListedConsenter[];
}

/**
 * The updates that lead from one configuration to another, with one change of a consenter in each, as
 * more are refused: those who come first, then those who move or get another key, and those who leave
 * at the end, so that the set is never smaller than at its end. Whatever else changes is in the first
 * of them; what consenters on their way out still need (their organization, the CAs of the past) goes
 * with the last. No step where nothing differs.
 *
 * Between two steps every consenter has to be well again, which nobody can see from here.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/consensus/etcdraft/membership.go#L102
 */
export function consenterSteps(current: common.Config, desired: common.Config): ConfigStep[] {
    if (!differs(current, desired)) {
        return [];
    }
    let list = consentersIn(ordererGroup(current));
    const changes = consenterChanges(list, consentersIn(ordererGroup(desired)));
    return changes.length === 0
        ? [{ config: desired.cloneMessage() }]
        : changes.map((change, index) => {
              list = change.apply(list);
              return {
                  consenter: change.words,
                  kind: change.kind,
                  config:
                      index === changes.length - 1
                          ? desired.cloneMessage()
                          : between(current, desired, list),
              };
          });
}

function ordererGroup(config: common.Config): common.ConfigGroup {
    return subgroup(channelGroup(config), "Orderer");
}

function consenterChanges(
    before: readonly ListedConsenter[],
    after: readonly ListedConsenter[],
): ConsenterChange[] {
    const sameNode = (one: ListedConsenter) => (other: ListedConsenter) =>
        tlsKeyOf(one) === tlsKeyOf(other);
    const successorOf = (one: ListedConsenter) =>
        after.find(sameNode(one)) ??
        after.find((other) => addressOf(other) === addressOf(one) && !before.some(sameNode(other)));
    const successors = new Map(before.map((one) => [one, successorOf(one)]));
    const known = new Set(successors.values());
    const changes: ConsenterChange[] = [];
    for (const one of after) {
        if (!known.has(one)) {
            const apply = (list: readonly ListedConsenter[]) => [...list, one];
            changes.push({ words: `${addressOf(one)} comes in`, kind: "arrives", apply });
        }
    }
    for (const [one, next] of successors) {
        if (next !== undefined && !sameConsenter(one, next)) {
            const apply = (list: readonly ListedConsenter[]) =>
                list.map((other) => (other === one ? next : other));
            changes.push({ words: movementOf(one, next), kind: "changes", apply });
        }
    }
    for (const [one, next] of successors) {
        if (next === undefined) {
            const apply = (list: readonly ListedConsenter[]) =>
                list.filter((other) => other !== one);
            changes.push({ words: `${addressOf(one)} leaves`, kind: "leaves", apply });
        }
    }
    return changes;
}

function movementOf(one: ListedConsenter, next: ListedConsenter): string {
    if (addressOf(one) !== addressOf(next)) {
        return `${addressOf(one)} moves to ${addressOf(next)}`;
    }
    const rekeyed = tlsKeyOf(one) !== tlsKeyOf(next) || identityKeyOf(one) !== identityKeyOf(next);
    return rekeyed ? `${addressOf(one)} has another key` : `${addressOf(one)} changes`;
}

function identityKeyOf({ bft }: ListedConsenter): string | undefined {
    return bft && keyIn(bft.identity);
}

function sameConsenter(one: ListedConsenter, other: ListedConsenter): boolean {
    const text = ({ clientTlsCert, serverTlsCert, bft, ...rest }: ListedConsenter) =>
        JSON.stringify([
            rest,
            ...[clientTlsCert, serverTlsCert, bft?.identity ?? []].map((bytes) =>
                Buffer.from(bytes).toString("base64"),
            ),
            bft?.id,
            bft?.mspId,
        ]);
    return text(one) === text(other);
}

/** The channel on its way: everything that is wanted, and everything that someone still needs. */
function between(
    current: common.Config,
    desired: common.Config,
    consenters: readonly ListedConsenter[],
): common.Config {
    const config = desired.cloneMessage();
    const ordering = ordererGroup(config);
    writeConsenters(ordering, consenters);
    for (const [mspId, org] of ordererGroup(current).getGroupsMap().entries()) {
        const staying = ordering.getGroupsMap().get(mspId);
        if (staying === undefined) {
            ordering.getGroupsMap().set(mspId, org.cloneMessage());
        } else {
            trustBoth(org, staying);
            // An organization has one MSP, the same to the byte in both places.
            const peers = subgroup(channelGroup(config), "Application").getGroupsMap().get(mspId);
            const msp = staying.getValuesMap().get("MSP")?.getValue_asU8() ?? new Uint8Array();
            peers?.getValuesMap().get("MSP")?.setValue(msp);
        }
    }
    return config;
}

/** Adds the CAs of an organization's past to those of its future. */
function trustBoth(past: common.ConfigGroup, future: common.ConfigGroup): void {
    editMsp(past.cloneMessage(), (before) => {
        editMsp(future, (after) => {
            after.setRootCertsList(
                both(after.getRootCertsList_asU8(), before.getRootCertsList_asU8()),
            );
            after.setIntermediateCertsList(
                both(after.getIntermediateCertsList_asU8(), before.getIntermediateCertsList_asU8()),
            );
            after.setTlsRootCertsList(
                both(after.getTlsRootCertsList_asU8(), before.getTlsRootCertsList_asU8()),
            );
            after.setTlsIntermediateCertsList(
                both(
                    after.getTlsIntermediateCertsList_asU8(),
                    before.getTlsIntermediateCertsList_asU8(),
                ),
            );
        });
    });
}

function both(future: Uint8Array[], past: Uint8Array[]): Uint8Array[] {
    const keys = new Set(future.map(authorityKey));
    return [...future, ...past.filter((ca) => !keys.has(authorityKey(ca)))];
}
