import assert from "node:assert/strict";

import {
    accessModeProblems,
    STORAGE_ROWS,
    type AccessMode,
    type StorageFacts,
    type StorageRow,
    type VolumeMode,
} from "kubefabric/storage";

import { ORACLE, type DriverRule, type Grant } from "./oracle.ts";

type Decision = "granted" | "refused" | "depends";

/** In the order of the oracle's grants. */
const MODES: readonly AccessMode[] = [
    "ReadWriteOnce",
    "ReadOnlyMany",
    "ReadWriteMany",
    "ReadWriteOncePod",
];
const VOLUME_MODES: readonly VolumeMode[] = ["Filesystem", "Block"];
const SUBSETS = Array.from({ length: 2 ** MODES.length - 1 }, (_, index) =>
    MODES.filter((_mode, bit) => ((index + 1) >> bit) % 2 === 1),
);

const NOTHING_TRUE: StorageFacts = {
    dataSource: false,
    staticVolume: false,
    parameters: { maxShares: "1" },
    machineSeries: "e2",
    provisionerSettings: [],
};

interface Situation {
    name: string;
    facts: StorageFacts;
    /** What comes of a grant that has a condition. */
    holds: (grant: Grant) => Decision;
    /** What comes of a list that a provisioner refuses, which a volume made beforehand never asks. */
    byProvisioner: Decision;
}

/** What is known of a claim, and which of the oracle's conditions that makes true or false. */
const SITUATIONS: readonly Situation[] = [
    { name: "nothing known", facts: {}, holds: () => "depends", byProvisioner: "depends" },
    {
        name: "no condition met",
        facts: NOTHING_TRUE,
        holds: () => "refused",
        byProvisioner: "refused",
    },
    ...met("dataSourceOrStatic", "filled from a snapshot", { dataSource: true }),
    ...met("dataSourceOrStatic", "made beforehand", { staticVolume: true }),
    ...met("maxShares", "maxShares of 2", { parameters: { maxShares: "2" } }),
    ...met("n2", "on N2 machines", { machineSeries: "n2" }),
    ...met("sharingSeries", "on C3 machines", { machineSeries: "c3" }),
    ...met("sharedFileSystemPath", "with sharedFileSystemPath", {
        provisionerSettings: ["sharedFileSystemPath"],
    }),
];

/** A situation where one condition is met and no other. */
function met(condition: Grant, name: string, facts: StorageFacts): Situation[] {
    const holds = (grant: Grant): Decision => (grant === condition ? "granted" : "refused");
    const byProvisioner = facts.staticVolume ? "granted" : "refused";
    return [{ name, facts: { ...NOTHING_TRUE, ...facts }, holds, byProvisioner }];
}

function worst(decisions: readonly Decision[]): Decision {
    if (decisions.includes("refused")) return "refused";
    return decisions.includes("depends") ? "depends" : "granted";
}

/**
 * What comes of a claim by the drivers' rules: every mode of its list has to be granted, and
 * ReadWriteOncePod stands alone.
 *
 * @see https://github.com/kubernetes-csi/external-provisioner/blob/v5.3.0/pkg/controller/controller.go
 * @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes
 */
function expected(
    rule: DriverRule,
    volumeMode: VolumeMode,
    modes: readonly AccessMode[],
    { holds, byProvisioner }: Situation,
): Decision {
    if (modes.length > 1 && modes.includes("ReadWriteOncePod")) return "refused";
    const grants = volumeMode === "Block" ? rule.block : rule.filesystem;
    const asked = grants.filter((_, index) => modes.includes(MODES[index]!));
    const list = rule.oneModeOnly && modes.length > 1 ? byProvisioner : "granted";
    return worst([
        list,
        ...asked.map((grant) => {
            if (grant === "always") return "granted";
            return grant === "never" ? "refused" : holds(grant);
        }),
    ]);
}

function decided(
    row: StorageRow,
    volumeMode: VolumeMode,
    modes: readonly AccessMode[],
    facts: StorageFacts,
): Decision {
    const problems = accessModeProblems(row, { modes, volumeMode, facts });
    return worst(problems.map(({ verdict }) => verdict));
}

/** Every case of a row in every situation: a line for each on which table and oracle do not agree. */
function compare(row: StorageRow): { cases: number; disagreements: string[] } {
    const rule = ORACLE[row.id] ?? assert.fail(`${row.id} is not in the oracle`);
    const disagreements: string[] = [];
    let cases = 0;
    for (const situation of SITUATIONS) {
        for (const volumeMode of VOLUME_MODES) {
            for (const modes of SUBSETS) {
                cases += 1;
                const want = expected(rule, volumeMode, modes, situation);
                const got = decided(row, volumeMode, modes, situation.facts);
                if (want !== got) {
                    disagreements.push(
                        `${volumeMode} [${modes.join(", ")}], ${situation.name}: table ${got}, oracle ${want}`,
                    );
                }
            }
        }
    }
    return { cases, disagreements };
}

describe("storage: the table against what the drivers' sources say", () => {
    it("knows the same drivers and tiers as the oracle", () => {
        assert.deepEqual(
            STORAGE_ROWS.map(({ id }) => id).toSorted(),
            Object.keys(ORACLE).toSorted(),
        );
    });

    it("has an oracle that names a source for every row", () => {
        for (const [id, { sources }] of Object.entries(ORACLE)) {
            assert.ok(sources.length > 0, id);
            for (const source of sources) assert.match(source, /^https:\/\/\S+$/, id);
        }
    });

    let counted = 0;
    for (const row of STORAGE_ROWS) {
        it(`decides as the driver does on ${row.id}`, () => {
            const { cases, disagreements } = compare(row);
            counted += cases;
            assert.deepEqual(disagreements, []);
        });
    }

    it("asked for every subset of the modes of every row in both volume modes", () => {
        assert.equal(SUBSETS.length, 15);
        assert.equal(new Set(SUBSETS.map((modes) => modes.join())).size, 15);
        assert.equal(counted, STORAGE_ROWS.length * 15 * 2 * SITUATIONS.length);
        assert.ok(STORAGE_ROWS.length * 15 * 2 >= 1500, `${STORAGE_ROWS.length} rows are too few`);
    });
});
