import { ACCESS_MODES, type AccessMode } from "../storage/accessModes";
import {
    STORAGE_ROWS,
    type ModeRule,
    type SizeRule,
    type LedgerVerdict,
    type StorageRow,
    type StorageVendor,
    type VolumeMode,
} from "../storage/capabilities";
import { defaultProfiles, profileNames, storageProfile } from "../storage/profiles";

const VENDORS: readonly { vendor: StorageVendor; title: string }[] = [
    { vendor: "gke", title: "Google Kubernetes Engine (`gke`)" },
    { vendor: "aks", title: "Azure Kubernetes Service (`aks`)" },
    { vendor: "iks-vpc", title: "IBM Cloud Kubernetes Service on VPC (`iks-vpc`)" },
    { vendor: "iks-classic", title: "IBM Cloud Kubernetes Service, classic (`iks-classic`)" },
    { vendor: "local", title: "A cluster on one's own machine (`local`)" },
    { vendor: "any", title: "Storage that one brings along (`any`)" },
];

const MARKS = { always: "yes", "only-if": "if", never: "–" } as const;

const FITS = {
    recommended: "**yes**",
    possible: "possible",
    "tests-only": "for tests",
    never: "**no**",
} as const;

const KNOWN_BY = {
    source: "read in the driver's source",
    "vendor-page": "read on a page of the vendor",
    unverified: "not verified",
} as const;

/** The page `docs/storage.md`, made from the table and the profiles. */
export function storagePage(): string {
    return `${[introduction(), ...VENDORS.map(vendorSection), sourceList()].join("\n\n")}\n`;
}

function introduction(): string {
    const rows = STORAGE_ROWS;
    const count = (verified: StorageRow["verified"]) =>
        rows.filter((row) => row.verified === verified).length;
    return `<!-- Made by \`npm run docs\` from storage/capabilities.json and storage/profiles.ts: change those. -->

# Storage

What the storage of each vendor can give to a volume claim, and which of it a ledger can live on. A wrong
access mode leaves a claim pending without a word, and an update waits ten minutes for a Pod that never
comes. kubefabric refuses it in the preview, by this table; \`kubefabric/storage\` is the same table for
programs.

## How to read it

- Access modes have their usual short forms: ${Object.entries(ACCESS_MODES)
        .map(([mode, { short }]) => `${short} \`${mode}\``)
        .join(", ")}.
  The first word is for a volume with a file system, the second for a raw device (\`volumeMode: Block\`):
  **yes** always, **if** only under the condition that stands below the table, **–** never.
- Every mode in a claim's list has to be given: a list is no choice. RWOP stands alone in its list.
- **Ledger** says whether a peer's or ordering node's ledger, CouchDB or a CA's database can live there.
  They need a disk of their own: LevelDB takes an exclusive lock, and syncs files and directories.
- A profile is a StorageClass of kubefabric's own: it binds where the Pod runs (\`WaitForFirstConsumer\`),
  keeps the disk when the claim goes (\`Retain\`), and grows where the driver can.
- Of ${rows.length} rows ${count("source")} were read in the driver's source, ${count("vendor-page")} on pages of the vendor, and ${count("unverified")} are
  not verified. None was tried on a vendor's own cluster. What of a row is not verified stands in it, and
  numbers in brackets lead to its sources.`;
}

function vendorSection({ vendor, title }: (typeof VENDORS)[number]): string {
    const rows = STORAGE_ROWS.filter(({ vendors }) => vendors.includes(vendor));
    return [
        `## ${title}`,
        profileTable(vendor),
        overview(rows),
        // What belongs to two vendors is described with the first.
        ...rows.filter(({ vendors }) => vendors[0] === vendor).map(details),
    ]
        .filter((part) => part !== "")
        .join("\n\n");
}

function profileTable(vendor: StorageVendor): string {
    if (vendor === "any") {
        return "";
    }
    const defaults = Object.entries(defaultProfiles(vendor));
    const purposes = { ledger: "ledgers", stateDatabase: "state databases", ca: "CAs" };
    const lines = profileNames(vendor).map((name) => {
        const { row, storageClass, accessMode } = storageProfile(name);
        const parameters = Object.entries(storageClass.parameters)
            .map(([key, value]) => `\`${key}: ${value}\``)
            .join(", ");
        const usual = defaults
            .filter(([, profile]) => profile === name)
            .map(([purpose]) => purposes[purpose as keyof typeof purposes]);
        return [
            `\`${name}\``,
            row.title,
            parameters || "none",
            `\`${accessMode}\``,
            row.encryptionKeyParameter === undefined ? "–" : "yes",
            usual.join(", ") || "–",
        ];
    });
    const head = ["profile", "tier", "parameters", "access mode", "own key", "default for"];
    const machines =
        vendor === "gke"
            ? "\n\nOn machines that have Hyperdisk only (N4, C4 and newer), `hyperdisk-balanced` is the default."
            : "";
    return `${table(head, lines)}${machines}`;
}

function overview(rows: readonly StorageRow[]): string {
    const modes = Object.entries(ACCESS_MODES) as [AccessMode, { short: string }][];
    const head = ["tier", ...modes.map(([, { short }]) => short), "grows", "ledger", "known"];
    return table(
        head,
        rows.map((row) => [
            `[${row.title}](#${anchor(row)})`,
            ...modes.map(
                ([mode]) => `${mark(row, "Filesystem", mode)} / ${mark(row, "Block", mode)}`,
            ),
            row.expansion,
            FITS[row.ledger.fit],
            row.verified,
        ]),
    );
}

function mark({ accessModes }: StorageRow, volumeMode: VolumeMode, mode: AccessMode): string {
    return MARKS[accessModes[volumeMode][mode].verdict];
}

function ledgerText({ fit, reason }: LedgerVerdict): string {
    return `${FITS[fit]}: ${reason}`;
}

function details(row: StorageRow): string {
    const facts: [string, string | undefined][] = [
        ["provisioner", row.provisioners.map(code).join(", ") || undefined],
        ["parameters", parameterText(row)],
        ["classes", row.classes.map(classText).join("; ") || "none of the vendor's own"],
        ...conditionTexts(row),
        ["list of modes", row.oneModePerClaim && "a claim may have one access mode only"],
        ["ledger", ledgerText(row.ledger)],
        ["ledger, shared", row.ledger.shared && ledgerText(row.ledger.shared)],
        ["sizes", sizeText(row.size)],
        ["where", row.topology.note],
        ["volumes on a node", row.volumesPerNode.note],
        ["machines", row.machineSeries?.map((series) => series.toUpperCase()).join(", ")],
        ["own key", row.encryptionKeyParameter && `\`${row.encryptionKeyParameter}\``],
        ["resource group", row.resourceGroupParameter && `\`${row.resourceGroupParameter}\``],
        ["note", row.note],
        ["not verified", row.unverified.join("; ") || undefined],
        ["known", `${KNOWN_BY[row.verified]}: ${row.sources.map(sourceLink).join(", ")}`],
    ];
    const lines = facts.flatMap(([name, text]) =>
        text === undefined ? [] : [`- ${name}: ${text}`],
    );
    return [`### ${row.title}`, `<a id="${anchor(row)}"></a>\`${row.id}\``, lines.join("\n")].join(
        "\n\n",
    );
}

/** The reasons and conditions of a row, each once, with the modes that it is for. */
function conditionTexts({ accessModes }: StorageRow): [string, string][] {
    const texts = new Map<string, string[]>();
    for (const volumeMode of ["Filesystem", "Block"] as const) {
        for (const [mode, rule] of Object.entries(accessModes[volumeMode])) {
            const text = ruleText(rule);
            if (text !== undefined) {
                const { short } = ACCESS_MODES[mode as AccessMode];
                const where = volumeMode === "Block" ? `${short} raw` : short;
                texts.set(text, [...(texts.get(text) ?? []), where]);
            }
        }
    }
    return [...texts].map(([text, modes]) => [modes.join(", "), text]);
}

function ruleText(rule: ModeRule): string | undefined {
    return rule.verdict === "always"
        ? undefined
        : rule.verdict === "never"
          ? `never: ${rule.reason}`
          : rule.sentence;
}

function parameterText({ parameters, isDefaultTier }: StorageRow): string | undefined {
    const asked = Object.entries(parameters).map(
        ([name, values]) =>
            `\`${name}\` ${values.map((value) => (value === "" ? "absent" : code(value))).join(" or ")}`,
    );
    const parts = [...asked, ...(isDefaultTier ? ["what a class without them gets"] : [])];
    return parts.join("; ") || undefined;
}

function classText({ name, binding, reclaim, isDefault, where }: StorageRow["classes"][number]) {
    const notes = [binding, reclaim, ...(isDefault ? ["default class"] : []), where ?? []].flat();
    return `\`${name}\` (${notes.join(", ")})`;
}

function sizeText({ min, below, max, step, billed, note }: SizeRule): string | undefined {
    const rounded = below === "rounded-up" ? " (less is rounded up)" : "";
    const parts = [
        ...(min === undefined ? [] : [`from ${min}${rounded}`]),
        ...(max === undefined ? [] : [`to ${max}`]),
        ...(step === undefined ? [] : [`in steps of ${step}`]),
        ...(billed === undefined ? [] : [`paid for as ${billed.join(", ")}`]),
        ...(note === undefined ? [] : [note]),
    ];
    return parts.join(", ") || undefined;
}

function sourceLink(source: string): string {
    return `[${SOURCES.indexOf(source) + 1}]`;
}

/** Where the numbers in brackets lead to. */
function sourceList(): string {
    return SOURCES.map((source, index) => `[${index + 1}]: ${source}`).join("\n");
}

const SOURCES = [...new Set(STORAGE_ROWS.flatMap(({ sources }) => sources))];

function anchor({ id }: StorageRow): string {
    return id.replace("/", "-");
}

function code(text: string): string {
    return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
    const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
    return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
