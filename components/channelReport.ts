import * as pulumi from "@pulumi/pulumi";

import type { ChannelConfig } from "./resources/channelConfig";

/** Says what a config update changes, in its preview, and who still has to sign one that waits. */
export function reportChange(config: ChannelConfig, channel: pulumi.Resource): void {
    pulumi.all([config.update, config.waitsFor]).apply(([update = [], waitsFor = []]) => {
        if (update.length > 0 && pulumi.runtime.isDryRun()) {
            void pulumi.log.info(inLines("a config update changes:", update), channel);
        }
        if (waitsFor.length > 0) {
            void pulumi.log.warn(
                inLines(
                    "a config update waits for signatures, and pendingUpdate is its file:",
                    waitsFor,
                ),
                channel,
            );
        }
    });
}

function inLines(title: string, lines: readonly string[]): string {
    return [title, ...lines.map((line) => `  ${line}`)].join("\n");
}
