import assert from "node:assert/strict";

import { CheckFolder, claimYaml } from "../support/check.ts";

describe("kubefabric check", function () {
    this.timeout(60_000);
    let folder: CheckFolder;
    before(() => {
        folder = new CheckFolder();
        folder.write("good.yaml", claimYaml("ReadWriteOnce"));
        folder.write("bad.yaml", claimYaml("ReadWriteMany"));
    });
    after(() => folder.remove());

    it("ends with 0 and prints nothing where all is right", () => {
        const { code, output, notes } = folder.check(["good.yaml"]);
        assert.equal(code, 0);
        assert.equal(output, "");
        assert.equal(notes, "1 resource checked, 0 violations\n");
    });

    it("ends with 1 and prints one line for each violation: file, object, path, what and what instead", () => {
        const { code, lines } = folder.check(["bad.yaml"]);
        assert.equal(code, 1);
        assert.equal(lines.length, 1);
        assert.match(
            lines[0]!,
            /^bad\.yaml: PersistentVolumeClaim\/data: spec\.accessModes\[0\]: "ReadWriteMany" is not given by Persistent Disk, .*; write "ReadWriteOnce"/,
        );
    });

    it("ends with 0 where there is nothing but advice, and marks it as such", () => {
        folder.write("advice.yaml", claimYaml("ReadWriteOnce", { className: "nobody-knows" }));
        const { code, lines, notes } = folder.check(["advice.yaml"]);
        assert.equal(code, 0);
        assert.match(
            lines[0]!,
            /^advice\.yaml: PersistentVolumeClaim\/data: spec\.storageClassName: advice: /,
        );
        assert.match(notes, /0 violations, 1 advice\n$/);
    });

    it("reads several documents, lists, JSON and standard input", () => {
        const [good, bad] = [claimYaml("ReadWriteOnce"), claimYaml("ReadWriteMany")];
        folder.write("several.yaml", `---\n${good}---\n# nothing\n---\n${bad}...\n---\n${bad}`);
        assert.equal(folder.check(["several.yaml"]).lines.length, 2);
        const indented = bad.replace(/^/gm, "    ").trimEnd();
        folder.write("list.yaml", `apiVersion: v1\nkind: List\nitems:\n  -\n${indented}\n`);
        const [inList] = folder.check(["list.yaml"]).lines;
        assert.match(inList!, /^list\.yaml: PersistentVolumeClaim\/data: spec\.accessModes\[0\]/);
        const item = {
            metadata: { name: "data" },
            spec: {
                accessModes: ["ReadWriteMany"],
                storageClassName: "standard-rwo",
                resources: { requests: { storage: "1Gi" } },
            },
        };
        folder.write("typed.json", {
            apiVersion: "v1",
            kind: "PersistentVolumeClaimList",
            items: [item],
        });
        assert.equal(folder.check(["typed.json"]).lines.length, 1);
        const piped = folder.check(["-"], bad);
        assert.equal(piped.code, 1);
        assert.match(piped.lines[0]!, /^-: PersistentVolumeClaim\/data/);
    });

    it("takes all files for one cluster: a claim finds its class in another", () => {
        folder.write(
            "class.yaml",
            "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: shared}\n" +
                "provisioner: filestore.csi.storage.gke.io\nparameters: {tier: standard}\n",
        );
        folder.write(
            "claim.yaml",
            claimYaml("ReadWriteMany", { className: "shared" }).replace("20Gi", "1Ti"),
        );
        const together = folder.check(["claim.yaml", "class.yaml"]);
        assert.deepEqual(together.lines, []);
        assert.equal(together.code, 0);
        assert.match(folder.check(["claim.yaml"]).lines[0]!, /advice: "shared" is neither/);
    });

    it("says nothing of the order of start, which manifests do not show", () => {
        const labels =
            "{app.kubernetes.io/part-of: kubefabric, app.kubernetes.io/component: COMPONENT, " +
            "kubefabric.io/organization: Org1MSP}";
        const object = (apiVersion: string, kind: string, component: string) =>
            `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: a\n  labels: ` +
            `${labels.replace("COMPONENT", component)}\n`;
        const account = object("v1", "ServiceAccount", "nodes").replace(
            / app[^,]*component[^,]*,/,
            "",
        );
        folder.write("order.yaml", `${account}---\n${object("apps/v1", "StatefulSet", "peer")}`);
        const { code, output } = folder.check(["order.yaml"]);
        assert.equal(output, "");
        assert.equal(code, 0);
    });

    it("counts a file that is named twice once", () => {
        assert.equal(folder.check(["bad.yaml", "bad.yaml"]).lines.length, 1);
    });

    it("judges by the vendor that it is told", () => {
        folder.write("azure.yaml", claimYaml("ReadWriteMany", { className: "azurefile-csi" }));
        assert.deepEqual(folder.check(["--vendor", "aks", "azure.yaml"]).lines, []);
        folder.write(
            "vpc.yaml",
            claimYaml("ReadWriteMany", { className: "ibmc-vpc-block-metro-5iops-tier" }),
        );
        assert.equal(folder.check(["--vendor", "iks-vpc", "vpc.yaml"]).code, 1);
        folder.write(
            "classic.yaml",
            claimYaml("ReadWriteOncePod", { className: "ibmc-block-gold" }),
        );
        assert.equal(folder.check(["--vendor", "iks-classic", "classic.yaml"]).code, 1);
        folder.write("local.yaml", claimYaml("ReadOnlyMany", { className: "local-path" }));
        assert.equal(folder.check(["--vendor", "local", "local.yaml"]).code, 1);
    });

    it("takes levels and settings from a file, as pulumi takes them", () => {
        folder.write("lenient.json", { "volume-access-mode": "advisory" });
        assert.equal(folder.check(["--config", "lenient.json", "bad.yaml"]).code, 0);
        folder.write("strict.json", { "volume-access-mode": { unknownClass: "mandatory" } });
        assert.equal(folder.check(["--config", "strict.json", "advice.yaml"]).code, 1);
        folder.write("off.json", {
            all: "disabled",
            "volume-size": { enforcementLevel: "mandatory" },
        });
        assert.deepEqual(folder.check(["--config", "off.json", "bad.yaml"]).lines, []);
    });

    it("ends with 2 on a file of settings that is wrong, and says where", () => {
        for (const [content, expected] of [
            ["{", /^config\.json:1: is not JSON/],
            [
                { "volume-acces-mode": "advisory" },
                /"volume-acces-mode" is not a policy; write one of all, startup-order, volume-access-mode/,
            ],
            [{ all: "loud" }, /all: its level is not one of mandatory, advisory, disabled/],
            [
                { "volume-size": { vendor: "eks" } },
                /volume-size\.vendor: "eks" is not one of gke, aks/,
            ],
            [
                { "volume-size": { docker: true } },
                /volume-size\.docker: is not a setting of it; it has vendor/,
            ],
            [
                { "volume-size": { storageClasses: { a: {} } } },
                /volume-size\.storageClasses\.a\.provisioner: is missing/,
            ],
            [
                { "docker-endpoint": { dockerNamespaces: ["a", 1] } },
                /dockerNamespaces\[1\]: is not of type string/,
            ],
        ] as const) {
            folder.write("config.json", content);
            const { code, notes, output } = folder.check(["--config", "config.json", "bad.yaml"]);
            assert.equal(code, 2);
            assert.match(notes, expected);
            assert.equal(output, "");
        }
    });

    it("ends with 2 on a wrong command line, in a sentence", () => {
        for (const args of [
            [],
            ["--vendor", "eks", "good.yaml"],
            ["--format", "xml", "good.yaml"],
            ["--what", "good.yaml"],
        ]) {
            const { code, notes } = folder.check(args);
            assert.equal(code, 2, args.join(" "));
            assert.match(notes, /^error: /);
            assert.doesNotMatch(notes, /\n {4}at /);
        }
    });

    it("prints the same as JSON, with lines, policies and what to do", () => {
        const { code, output } = folder.check(["--format", "json", "bad.yaml", "good.yaml"]);
        assert.equal(code, 1);
        const { checked, violations, unreadable } = JSON.parse(output) as {
            checked: number;
            violations: Record<string, unknown>[];
            unreadable: unknown[];
        };
        assert.equal(checked, 2);
        assert.deepEqual(unreadable, []);
        assert.equal(violations.length, 1);
        const { message, remediation, url, ...rest } = violations[0]!;
        assert.deepEqual(rest, {
            policy: "volume-access-mode",
            level: "mandatory",
            severity: "high",
            file: "bad.yaml",
            line: 8,
            column: 7,
            resource: "PersistentVolumeClaim/data",
            path: "spec.accessModes[0]",
        });
        assert.match(String(message), /^"ReadWriteMany" is not given/);
        assert.match(String(remediation), /^Write a mode/);
        assert.match(String(url), /^https:/);
    });

    it("keeps every violation on one line, whatever the names", () => {
        const odd = claimYaml("ReadWriteMany").replace("name: data", 'name: "a\\nb\\u001b[31m"');
        folder.write("odd.yaml", odd);
        const { lines, output } = folder.check(["odd.yaml"]);
        assert.equal(lines.length, 1);
        assert.match(output, /PersistentVolumeClaim\/a\\u000ab\\u001b\[31m: /);
    });
});

describe("kubefabric check, where a file cannot be read", function () {
    this.timeout(60_000);
    let folder: CheckFolder;
    before(() => {
        folder = new CheckFolder();
        folder.write("bad.yaml", claimYaml("ReadWriteMany"));
    });
    after(() => folder.remove());

    const claim = claimYaml("ReadWriteOnce");
    const cases: [string, string | Buffer | object, RegExp][] = [
        ["is cut off", `${claim}  more: [`, /^file\.yaml:12: is not YAML: /],
        ["has a tab for an indentation", "a:\n\tb: 1\n", /^file\.yaml:2: is not YAML/],
        [
            "has a key twice",
            `${claim}kind: Secret\n`,
            /^file\.yaml:12: is not YAML: Map keys must be unique/,
        ],
        [
            "has an alias without an anchor",
            `${claim}status: *nobody\n`,
            /^file\.yaml:\d+: is not YAML/,
        ],
        ["is text", "hello\n", /^file\.yaml:1: is no Kubernetes object/],
        [
            "is a list of objects",
            "- kind: Pod\n- kind: Pod\n",
            /^file\.yaml:1: is no Kubernetes object/,
        ],
        [
            "has no kind",
            "apiVersion: v1\nmetadata: {name: a}\n",
            /^file\.yaml:1: is no Kubernetes object: its kind/,
        ],
        [
            "has a kind that is no text",
            "apiVersion: v1\nkind: [Pod]\n",
            /^file\.yaml:2: .*its kind is no text/,
        ],
        [
            "has a second document without a kind",
            `${claim}---\nreplicas: 3\n`,
            /^file\.yaml:13: .*apiVersion/,
        ],
        [
            "has no name",
            claim.replace("name: data", "labels: {}"),
            /^file\.yaml:3: .*its name is no text/,
        ],
        [
            "has metadata that is no object",
            "apiVersion: v1\nkind: Pod\nmetadata: x\n",
            /^file\.yaml:3: .*metadata/,
        ],
        [
            "has a namespace that is no text",
            claim.replace("name: data", "name: data\n  namespace: [a]"),
            /^file\.yaml:5: .*namespace/,
        ],
        [
            "has labels that are no object",
            claim.replace("name: data", "name: data\n  labels: x"),
            /^file\.yaml:5: .*labels/,
        ],
        [
            "has an item of a list that is no object",
            "apiVersion: v1\nkind: List\nitems:\n  - 1\n",
            /^file\.yaml:4: is no Kubernetes/,
        ],
        [
            "has an item of a list that is nothing",
            "apiVersion: v1\nkind: List\nitems:\n  -\n",
            /is no Kubernetes object/,
        ],
        [
            "has braces of a template as a value",
            claim.replace("standard-rwo", "{{ .Values.class }}"),
            /^file\.yaml:6: holds template braces; render it first/,
        ],
        [
            "has them in quotes",
            claim.replace("standard-rwo", '"{{ .Values.class }}"'),
            /^file\.yaml:6: holds template braces/,
        ],
        [
            "has them as a name",
            claim.replace("name: data", 'name: "{{ .Release.Name }}-data"'),
            /^file\.yaml:4: holds template braces/,
        ],
        [
            "has them as a kind",
            'apiVersion: v1\nkind: "{{ .Values.kind }}"\n',
            /^file\.yaml:2: holds template braces/,
        ],
        [
            "has a line of a template",
            `{{- if .Values.on }}\n${claim}{{- end }}\n`,
            /^file\.yaml:\d+: /,
        ],
        ["has keys that are objects", `${claim}? {a: b}\n: c\n`, /^file\.yaml:\d+: /],
        ["is empty", "", /^file\.yaml:1: holds no Kubernetes object/],
        [
            "has comments only",
            "# nothing\n---\n# here\n",
            /^file\.yaml:1: holds no Kubernetes object/,
        ],
        [
            "is no text",
            Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xc3, 0x28]),
            /^file\.yaml:1: is no text in UTF-8/,
        ],
        [
            "is a state without resources",
            { version: 3, deployment: {} },
            /^file\.yaml:1: is an exported state without resources/,
        ],
        [
            "is a state whose resource has no URN",
            { version: 3, deployment: { resources: [{ type: "x" }] } },
            /resource 0 has no URN/,
        ],
        [
            "is an empty state",
            { version: 3, deployment: { resources: [] } },
            /holds no Kubernetes object/,
        ],
    ];
    for (const [what, content, expected] of cases) {
        it(`fails on one that ${what}, with its line`, () => {
            const file = folder.write("file.yaml", content);
            const { code, notes, output } = folder.check([file]);
            assert.equal(code, 2, notes);
            assert.match(notes, expected);
            assert.equal(output, "");
            assert.doesNotMatch(notes, /\n {4}at /);
        });
    }

    it("fails on one that is not there, and on a folder", () => {
        assert.match(folder.check(["nowhere.yaml"]).notes, /^nowhere\.yaml:1: does not exist/);
        assert.match(folder.check(["."]).notes, /^\.:1: is a folder; name its files/);
    });

    it("still says what is wrong with the others, and ends with 2", () => {
        folder.write("broken.yaml", "a: [");
        const { code, lines, notes } = folder.check(["broken.yaml", "bad.yaml"]);
        assert.equal(code, 2);
        assert.equal(lines.length, 1);
        assert.match(
            notes,
            /^broken\.yaml:1: is not YAML.*\n1 resource checked, 1 violation, 1 file not readable\n$/s,
        );
    });

    it("fails where nothing comes in by standard input", () => {
        const { code, notes } = folder.check(["-"], "");
        assert.equal(code, 2);
        assert.match(notes, /^-:1: holds no Kubernetes object/);
    });

    it("lets braces be where they are the business of whatever runs there", () => {
        const rules =
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {rule: '{{ $labels.pod }}'}\n";
        const pod = (spec: string) =>
            `apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations: {x: "{{ y }}"}\nspec:\n  containers:\n    - name: a\n      ${spec}\n`;
        folder.write("rules.yaml", rules);
        folder.write("pod.yaml", pod(`args: ["{{ .ID }}"]`));
        assert.equal(folder.check(["rules.yaml", "pod.yaml"]).code, 0);
        folder.write("pod.yaml", pod(`image: "{{ .Values.image }}"`));
        assert.equal(folder.check(["pod.yaml"]).code, 2);
    });

    it("reads what PowerShell writes", () => {
        const text = Buffer.from(`\ufeff${claimYaml("ReadWriteMany")}`, "utf16le");
        folder.write("windows.yaml", text);
        assert.equal(folder.check(["windows.yaml"]).lines.length, 1);
        folder.write("marked.yaml", `\ufeff${claimYaml("ReadWriteMany")}`);
        assert.equal(folder.check(["marked.yaml"]).lines.length, 1);
    });
});
