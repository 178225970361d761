import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { DOCKER_DEFAULTS } from "kubefabric/internal/components/dockerEndpointArgs";
import { choiceProblem } from "kubefabric/internal/fabric/problem";
import { builderRole } from "kubefabric/internal/components/workloads/kubernetesBuilder";
import { SETTING_SCHEMAS } from "kubefabric/internal/policy/rules/settings";
import { PRIVILEGED } from "kubefabric/internal/components/clusters/fabricCluster";
import { modeProblems } from "kubefabric/internal/components/chaincodeModes";

const page = readFileSync(resolve(import.meta.dirname, "../../docs/chaincode.md"), "utf8");
const words = new Set([...page.matchAll(/`([^`\n]+)`/g)].map(([, word]) => word!));

describe("docs/chaincode.md", () => {
    it("has a row for each mode, the default first", () => {
        const rows = [...page.matchAll(/^\| `"(\w+)"`/gm)].map(([, mode]) => mode!);
        const [wrong] = modeProblems({ mode: "x" } as never, []);
        assert.equal(wrong?.reason, choiceProblem("x", rows, "mode"));
        assert.match(page, /^\| `"ccaas"`, the default/m);
    });

    it("names the rights that peers get, and no other", () => {
        const { rules } = builderRole({
            mspId: "Org1MSP",
            name: "cc",
            organization: "org1",
            namespace: "cc",
        }) as { rules: { resources: string[]; verbs: string[] }[] };
        const sentence = /the peers' account may ([^;]*);/s.exec(page)?.[1] ?? "";
        const said = [...sentence.matchAll(/((?:`\w+`,? ?(?:\n)?)+) ?(\w+)/g)].map(
            ([, verbs = "", resource = ""]) => [
                resource.toLowerCase(),
                [...verbs.matchAll(/`(\w+)`/g)].map(([, verb]) => verb!),
            ],
        );
        assert.deepEqual(
            said,
            rules.map(({ resources, verbs }) => [resources[0], verbs]),
        );
    });

    it("names values and settings that there are", () => {
        assert.ok("dockerNamespaces" in SETTING_SCHEMAS && words.has("dockerNamespaces"));
        const privileged = [...page.matchAll(/privileged: ("[^"]+")/g)].map(([, value]) => value!);
        assert.ok(privileged.length > 0);
        for (const value of privileged) {
            assert.ok(PRIVILEGED.includes(JSON.parse(value) as never), value);
        }
        assert.ok("egressPorts" in DOCKER_DEFAULTS && words.has("egressPorts"));
    });
});
