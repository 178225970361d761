import * as pulumi from "@pulumi/pulumi";

import type { SignedUpdate } from "./resources/signedUpdate";
import type { ChannelConfig } from "./resources/channelConfig";

/** Says what a config update changes, in its preview, and who still has to sign one that waits. */
export function reportChange(config: ChannelConfig, channel: pulumi.Resource): void {
    // Each by itself: what an update would not have is not known in its preview.
    config.update.apply((update = []) => {
        if (update.length > 0 && pulumi.runtime.isDryRun()) {
            void pulumi.log.info(inLines("a config update changes:", update), channel);
        }
    });
    config.waitsFor.apply((waitsFor = []) => {
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

/** Says in the preview what is signed. */
export function reportSigning(signed: SignedUpdate, channel: pulumi.Resource): void {
    signed.update.apply((update = []) => {
        if (update.length > 0 && pulumi.runtime.isDryRun()) {
            void pulumi.log.info(
                inLines("a config update is signed that changes:", update),
                channel,
            );
        }
    });
}

function inLines(title: string, lines: readonly string[]): string {
    return [title, ...lines.map((line) => `  ${line}`)].join("\n");
}
