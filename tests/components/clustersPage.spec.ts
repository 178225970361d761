import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { USUAL_VM_SIZE } from "kubefabric/internal/components/clusters/aksClusterArgs";
import { PRIVILEGED, VENDORS } from "kubefabric/internal/components/clusters/fabricCluster";
import { USUAL_MACHINE_TYPE } from "kubefabric/internal/components/clusters/gkeClusterArgs";
import { USUAL_FLAVORS } from "kubefabric/internal/components/clusters/iksClusterArgs";
import { ENTRA_LOGIN_MODES } from "kubefabric/internal/components/clusters/kubeconfig/entraLogin";
import { GKE_LOGINS } from "kubefabric/internal/components/clusters/kubeconfig/gke";
import { HEADLAMP_DEFAULTS } from "kubefabric/internal/components/headlampArgs";

import { recordAks } from "../support/aks.ts";
import { exampleOf, membersOf } from "../support/declarations.ts";
import { recordGke } from "../support/gke.ts";
import { recordIks } from "../support/iks.ts";
import { valueOf } from "../support/network.ts";

const page = readFileSync(resolve(import.meta.dirname, "../../docs/clusters.md"), "utf8");
/** The page on one line, as a reader reads it. */
const text = page.replace(/\s+/g, " ");

/** Text below a heading, up to the next one. */
function section(title: string): string {
    const found = new RegExp(`^## ${title}\\n(.*?)(?=^## |(?![^]))`, "ms").exec(page)?.[1];
    assert.ok(found, title);
    return found;
}

const clusters = "components/clusters";
const OUTPUTS = membersOf(`${clusters}/fabricCluster.ts`, "FabricCluster");

/** Arguments of each class. */
const ARGUMENTS: Record<string, Set<string>> = {
    GkeCluster: membersOf(`${clusters}/gkeClusterArgs.ts`, "GkeClusterArgs"),
    AksCluster: membersOf(`${clusters}/aksClusterArgs.ts`, "AksClusterArgs"),
    IksCluster: membersOf(`${clusters}/iksClusterArgs.ts`, "IksClusterArgs"),
    ExistingCluster: membersOf(`${clusters}/existingCluster.ts`, "ExistingClusterArgs"),
    Headlamp: membersOf("components/headlampArgs.ts", "HeadlampArgs"),
};

/** What the sections may name besides: parts of arguments, the vendors' own arguments, outputs. */
const SECTIONS: Record<string, { type: string; more: Set<string>[] }> = {
    GKE: {
        type: "GkeCluster",
        more: [membersOf("node_modules/@pulumi/gcp/container/cluster.d.ts", "ClusterArgs")],
    },
    AKS: {
        type: "AksCluster",
        more: [
            membersOf(`${clusters}/aksClusterArgs.ts`, "AksEntra"),
            membersOf(`${clusters}/kubeconfig/entraLogin.ts`, "EntraLogin"),
            ARGUMENTS.ExistingCluster!,
        ],
    },
    IKS: {
        type: "IksCluster",
        more: [
            membersOf(`${clusters}/iksClusterArgs.ts`, "IksVpc", "IksClassic"),
            membersOf("sdks/ibm/containerVpcCluster.ts", "ContainerVpcClusterArgs"),
            new Set(["protect"]),
        ],
    },
    "A cluster that is there": { type: "ExistingCluster", more: [] },
    "A local cluster": { type: "ExistingCluster", more: [] },
    "Headlamp in the cluster": {
        type: "Headlamp",
        more: [membersOf("components/headlamp.ts", "Headlamp"), new Set(["ingress", "httpRoute"])],
    },
};

/** Words in the page that are not ours to have: programs, resources, roles. */
const OTHERS = new Set(
    "admin aws create edit false get kubectl kubelogin privileged pulumi restricted view".split(
        " ",
    ),
);

/** Inline code that is a word, or a word with its value. */
function wordsIn(markdown: string): string[] {
    const prose = markdown.replace(/^```.*?^```$/gms, "");
    return [...prose.matchAll(/`([a-z][A-Za-z]+)(?::\s[^`]*)?`/g)].map(([, word]) => word!);
}

const examples = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!);
const oneLiners = [...page.matchAll(/`(new \w+\([^`]*\))`/g)].map(([, code]) => code!);

describe("docs/clusters.md", () => {
    it("has examples that can be read, with arguments that there are", () => {
        assert.ok(examples.length >= 6 && oneLiners.length >= 7);
        for (const code of [...examples, ...oneLiners]) {
            const { faults, made } = exampleOf(code);
            assert.deepEqual(faults, [], code);
            for (const { type, args } of made) {
                const known = ARGUMENTS[type];
                assert.ok(known, `${type} is no class of this page`);
                assert.deepEqual(
                    args.filter((name) => !known.has(name)),
                    [],
                    type,
                );
            }
        }
        const used = [...examples, ...oneLiners].flatMap((code) => exampleOf(code).made);
        assert.deepEqual(
            [...new Set(used.map(({ type }) => type))].sort(),
            Object.keys(ARGUMENTS).sort(),
        );
    });

    it("imports what is exported, from where it is exported", async () => {
        const imports = examples.flatMap((code) => exampleOf(code).imports);
        const ours = imports.filter(({ from }) => from.startsWith("kubefabric"));
        assert.deepEqual(
            new Set(ours.map(({ from }) => from)),
            new Set(["kubefabric", "kubefabric/gke", "kubefabric/aks", "kubefabric/iks"]),
        );
        for (const { from, names } of ours) {
            const exported = (await import(from)) as Record<string, unknown>;
            names.forEach((name) => assert.equal(typeof exported[name], "function", name));
        }
    });

    it("reads outputs that there are", () => {
        const console = membersOf("components/headlamp.ts", "Headlamp");
        const known: Record<string, Set<string>> = { cluster: OUTPUTS, look: console };
        const inline = [...page.matchAll(/`((?:cluster|look)\.\w+)`/g)].map(([, code]) => code!);
        const reads = [...examples, ...inline].flatMap((code) => exampleOf(code).reads);
        assert.ok(inline.length >= 2 && reads.length >= inline.length + 3);
        for (const { of, name } of reads) {
            assert.ok(known[of]?.has(name), `${of}.${name}`);
        }
    });

    for (const [title, { type, more }] of Object.entries(SECTIONS)) {
        it(`names below "${title}" no argument and no output that there is not`, () => {
            const known = [ARGUMENTS[type]!, OUTPUTS, OTHERS, ...more];
            const words = wordsIn(section(title));
            assert.ok(words.length > 1, words.join());
            assert.deepEqual(
                words.filter((word) => !known.some((names) => names.has(word))),
                [],
            );
        });
    }

    it("names outputs that every cluster has", () => {
        const sentence = /All have the same outputs, (.*?), so the rest/.exec(text)?.[1] ?? "";
        const named = wordsIn(sentence);
        assert.ok(named.length >= 11);
        assert.deepEqual(
            named.filter((name) => !OUTPUTS.has(name)),
            [],
        );
    });

    it("has every login, vendor and rule for privileged Pods", () => {
        const words: readonly string[] = [
            ...GKE_LOGINS,
            ...ENTRA_LOGIN_MODES,
            ...VENDORS,
            ...PRIVILEGED,
            "user",
            "admin",
        ];
        const missing = words.filter((word) => !text.includes(`"${word}"`));
        assert.deepEqual(missing, []);
        for (const mode of ENTRA_LOGIN_MODES) {
            assert.match(section("AKS"), new RegExp(`^\\| \`"${mode}"\` +\\|`, "m"));
        }
    });

    it("has the machines, the chart and the port that there are by default", () => {
        const defaults = [USUAL_MACHINE_TYPE, USUAL_VM_SIZE, ...Object.values(USUAL_FLAVORS)];
        defaults.forEach((name) => assert.ok(text.includes(`\`${name}\``), name));
        assert.ok(text.includes(`chart ${HEADLAMP_DEFAULTS.version} `));
        assert.ok(text.includes(`http://localhost:${HEADLAMP_DEFAULTS.localPort}`));
        assert.ok(text.includes(`role \`${HEADLAMP_DEFAULTS.clusterRole}\``));
    });

    it("has the links to the consoles, as the clusters give them", async () => {
        const google = await valueOf((await recordGke()).cluster.console);
        const azure = await valueOf((await recordAks()).cluster.console);
        const ibm = await valueOf((await recordIks()).cluster.console);
        const inPage = (link: string) => assert.ok(text.includes(`\`${link}\``), link);
        inPage(
            google
                .replace("/europe-west4/prod/", "/LOCATION/NAME/")
                .replace("my-project", "PROJECT"),
        );
        inPage(azure.replace("prod-id", "ID"));
        inPage(ibm.replace("prod-id", "ID"));
    });

    it("leads to files of this folder that are there, and elsewhere by https", () => {
        const targets = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target!);
        assert.ok(targets.length >= 12);
        for (const target of targets) {
            if (!target.startsWith("https://")) {
                readFileSync(resolve(import.meta.dirname, "../../docs", target));
            }
        }
        assert.doesNotMatch(page, /http:\/\/(?!localhost)/);
    });
});
