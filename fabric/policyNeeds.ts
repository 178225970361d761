/** Who is still needed to satisfy a policy. */
export type Need =
    | {
          /** Organization that has to sign. */
          mspId: string;

          /** Which identity of it: `Org2MSP admin`. */
          who: string;
      }
    | {
          /** How many of the following. */
          count: number;
          of: Need[];
      }
    | {
          /** Why no signature can satisfy the policy. */
          never: string;
      };

/** A policy that nobody can satisfy. */
export function never(reason: string): Need {
    return { never: reason };
}

/** So many of these are still needed; nothing where it is none. */
export function atLeast(count: number, of: readonly Need[]): Need | undefined {
    if (count <= 0) {
        return undefined;
    }
    const possible = of.filter((need) => !("never" in need));
    if (possible.length < count) {
        const reasons = of.flatMap((need) => ("never" in need ? [need.never] : []));
        const why = [...new Set(reasons)].join("; ") || "there are fewer who may sign";
        return never(`${count} more are needed of ${possible.length}: ${why}`);
    }
    const [only] = possible;
    return possible.length === 1 && only !== undefined ? only : { count, of: possible };
}

/** All of these are needed, those that say the same once; nothing where there are none. */
export function all(needs: readonly Need[]): Need | undefined {
    const different = [...new Map(needs.map((need) => [JSON.stringify(need), need])).values()];
    return different.find((need) => "never" in need) ?? atLeast(different.length, different);
}

/** Who is needed, for people: `1 more of: Org2MSP admin, Org3MSP admin`. */
export function needInWords(need: Need): string {
    if ("never" in need) {
        return `what nobody can give: ${need.never}`;
    }
    if ("who" in need) {
        return need.who;
    }
    const { count, of } = need;
    const parts = of.map((one) => ("of" in one ? `(${needInWords(one)})` : needInWords(one)));
    return count === of.length ? parts.join(" and ") : `${count} more of: ${parts.join(", ")}`;
}

/** The organizations among whom signers are looked for, by MSP ID. */
export function orgsInNeed(need: Need | undefined): string[] {
    if (need === undefined || "never" in need) {
        return [];
    }
    const found = "who" in need ? [need.mspId] : need.of.flatMap(orgsInNeed);
    return [...new Set(found)].sort();
}
