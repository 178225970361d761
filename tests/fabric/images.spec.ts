import assert from "node:assert/strict";

import { pinnedImage, pinnedImageProblem } from "kubefabric/internal/fabric/images";
import { kubernetesLabel, kubernetesLabelProblem } from "kubefabric/internal/fabric/packageLabel";
import fc from "fast-check";

const DIGEST = `sha256:${"0a".repeat(32)}`;

describe("an image that its digest pins", () => {
    for (const name of ["asset", "ghcr.io/example/asset", "localhost:5000/a/b"]) {
        it(`is ${name} and a digest`, () => {
            const image = `${name}@${DIGEST}`;
            assert.equal(pinnedImageProblem(image), undefined);
            assert.deepEqual(pinnedImage(image), { name, digest: DIGEST });
        });
    }

    const wrong: [what: string, image: unknown, says: RegExp][] = [
        [
            "no digest",
            "ghcr.io/example/asset:1.0",
            /^"ghcr\.io\/example\/asset:1\.0" has no digest, and the package names one; write "ghcr\.io\/example\/asset@sha256:…" with the digest that the registry gave/,
        ],
        ["no digest and a port", "localhost:5000/a", /; write "localhost:5000\/a@sha256:…"/],
        [
            "a tag beside it",
            `localhost:5000/a:1@${DIGEST}`,
            /has a tag beside its digest, and the package names none; write "localhost:5000\/a@sha256:(0a){32}"$/,
        ],
        ["a short digest", "a@sha256:0", /is not the name of an image/],
        ["a URL", `https://ghcr.io/a@${DIGEST}`, /is not the name of an image/],
        ["a value that is known later", {}, /^is known only later, .*; write "name@sha256:…"/],
    ];
    for (const [what, image, says] of wrong) {
        it(`fails for ${what}`, () => {
            assert.match(pinnedImageProblem(image) ?? "", says);
            assert.equal(pinnedImage(image), undefined);
        });
    }
});

describe("the label of a package for the builder of Kubernetes", () => {
    const isRight = (label: string) => kubernetesLabelProblem(label) === undefined;

    for (const [label, right] of [
        ["asset-1-0", true],
        ["a", true],
        ["a".repeat(63), true],
        ["a".repeat(64), false],
        ["asset_1.0", false],
        ["Asset", false],
        ["1asset", false],
        ["asset-", false],
        ["-asset", false],
        ["", false],
    ] as const) {
        it(`${right ? "is" : "fails for"} ${JSON.stringify(label)}`, () => {
            assert.equal(isRight(label), right);
        });
    }

    it("is made of any text with a letter in it, and is then right", () => {
        fc.assert(
            fc.property(fc.string({ unit: "grapheme", maxLength: 90 }), (text) => {
                const label = kubernetesLabel(text);
                assert.equal(label !== "", /[a-z]/.test(text.toLowerCase()), label);
                assert.ok(label === "" || isRight(label), label);
            }),
        );
    });

    it("says what to write instead, which is right", () => {
        for (const label of ["asset_1.0", "1Asset", "", "-"]) {
            const [, instead] =
                /; write "([^"]*)"$/.exec(kubernetesLabelProblem(label) ?? "") ?? [];
            assert.ok(isRight(instead ?? ""), instead);
        }
    });
});
