import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";
import { record } from "kubefabric/testing";

class Thing extends pulumi.CustomResource {
    constructor(name: string, props: pulumi.Inputs = {}, opts: pulumi.CustomResourceOptions = {}) {
        super("test:index:Thing", name, props, opts);
    }
}

class Group extends pulumi.ComponentResource {
    constructor(name: string, opts: pulumi.ComponentResourceOptions = {}) {
        super("test:index:Group", name, {}, opts);
    }
}

const urn = (types: string, name: string) => `urn:pulumi:stack::project::${types}::${name}`;

/** A transform that appends a letter to the text of what it meets. */
function appending(letter: string): pulumi.ResourceTransform {
    return ({ props, opts }) => ({
        props: { ...props, text: `${props.text ?? ""}${letter}` },
        opts,
    });
}

describe("a recording", () => {
    it("names every parent's type in a URN, as the engine does", async () => {
        const { resources } = await record(() => {
            const outer = new Group("outer");
            new Thing("thing", {}, { parent: new Group("inner", { parent: outer }) });
        });
        assert.equal(
            resources.at(-1)?.urn,
            urn("test:index:Group$test:index:Group$test:index:Thing", "thing"),
        );
    });

    it("shows secrets in clear and unwrapped", async () => {
        const recording = await record(() => {
            new Thing("thing", { texts: [pulumi.secret("open")] });
        });
        assert.deepEqual(recording.find("Thing", "thing").inputs, { texts: ["open"] });
    });

    it("calls transforms back from the nearest to the stack's", async () => {
        const recording = await record(() => {
            pulumi.runtime.registerResourceTransform(appending("d"));
            const outer = new Group("outer", { transforms: [appending("c")] });
            const parent = new Group("inner", { parent: outer, transforms: [appending("b")] });
            new Thing("thing", { text: "." }, { parent, transforms: [appending("a")] });
            new Thing("other", { text: "." });
        });
        assert.equal(recording.find("Thing", "thing").inputs.text, ".abcd");
        assert.equal(recording.find("Thing", "other").inputs.text, ".d");
    });

    it("forgets the transforms of the recording before", async () => {
        const recording = await record(() => {
            new Thing("thing", { text: "." });
        });
        assert.equal(recording.find("Thing", "thing").inputs.text, ".");
    });

    it("shows the options that a transform sets", async () => {
        const recording = await record(() => {
            const first = new Thing("first");
            new Thing(
                "second",
                {},
                {
                    transforms: [
                        ({ props, opts }) => ({
                            props,
                            opts: {
                                ...opts,
                                protect: true,
                                retainOnDelete: true,
                                deletedWith: first,
                                dependsOn: [first],
                                aliases: [{ name: "former" }],
                            },
                        }),
                    ],
                },
            );
        });
        const { protect, retainOnDelete, deletedWith, dependencies, aliases } = recording.find(
            "Thing",
            "second",
        );
        assert.deepEqual(
            { protect, retainOnDelete, deletedWith, dependencies, aliases },
            {
                protect: true,
                retainOnDelete: true,
                deletedWith: urn("test:index:Thing", "first"),
                dependencies: [urn("test:index:Thing", "first")],
                aliases: [urn("test:index:Thing", "former")],
            },
        );
    });

    it("spells aliases out: a name, a type, a parent, a project, a URN", async () => {
        const recording = await record(() => {
            const parent = new Group("group");
            const aliases = [
                { name: "former" },
                { type: "test:index:Old" },
                { parent: pulumi.rootStackResource },
                { project: "elsewhere" },
                urn("a:b:C", "given"),
            ];
            new Thing("thing", {}, { parent, aliases });
        });
        const below = "test:index:Group$test:index:Thing";
        assert.deepEqual(recording.find("Thing", "thing").aliases, [
            urn(below, "former"),
            urn("test:index:Group$test:index:Old", "thing"),
            urn("test:index:Thing", "thing"),
            urn(below, "thing").replace("::project::", "::elsewhere::"),
            urn("a:b:C", "given"),
        ]);
    });

    it("gives a child its parent's aliases, its own below them, and the former name as a prefix", async () => {
        const recording = await record(() => {
            const parent = new Group("new", { aliases: [{ name: "old" }] });
            new Thing("new-thing", {}, { parent, aliases: [{ name: "item" }] });
        });
        const below = "test:index:Group$test:index:Thing";
        assert.deepEqual(recording.find("Thing", "new-thing").aliases, [
            urn(below, "item"),
            urn(below, "old-thing"),
        ]);
    });
});
