import * as pulumi from "@pulumi/pulumi";

/** The `data` of a Secret: texts as Kubernetes keeps them, in base64. */
export function secretData(
    entries: Record<string, pulumi.Input<string>>,
): Record<string, pulumi.Output<string>> {
    return Object.fromEntries(
        Object.entries(entries).map(([entry, text]) => [
            entry,
            pulumi.output(text).apply((plain) => Buffer.from(plain, "utf8").toString("base64")),
        ]),
    );
}
