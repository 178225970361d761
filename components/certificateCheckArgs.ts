import { imageProblem } from "../fabric/images";
import type { Problem } from "../fabric/problem";
import { problemsOf } from "./validation";
import { scheduleProblem } from "./workloads/cronSchedule";
import type { Placement } from "./workloads/pod";

/** Settings of the daily check of certificates. */
export interface CertificateCheckArgs {
    /**
     * When it runs, as a CronJob has it; in the time zone of the cluster's control plane.
     *
     * @default "17 3 * * *" (every day at 3:17)
     */
    schedule?: string;

    /**
     * Image with Node.js 20 or newer as `node`, which it runs as user 1000. Nothing else of the image
     * is used.
     *
     * @default "docker.io/library/node:24.21.0-alpine"
     */
    image?: string;

    /**
     * Days before a certificate's end from which the check fails. At most a third of a certificate's
     * life: `pulumi up` renews none earlier, so nothing could be done about the failure.
     *
     * @default 30, or a third of `certificateValidityDays` where that is less
     */
    warnDays?: number;

    /**
     * Address of a Prometheus Pushgateway that gets the metrics, such as
     * `http://pushgateway.monitoring.svc:9091`.
     *
     * @default - metrics are in the Job's log only.
     */
    pushgateway?: string;

    /**
     * Where its Pods may run.
     *
     * @default - anywhere.
     */
    placement?: Placement;
}

/** What a check gets where nothing else is said. */
export const CHECK_DEFAULTS = {
    schedule: "17 3 * * *",
    image: "docker.io/library/node:24.21.0-alpine",
    warnDays: 30,
} as const;

/** Everything wrong with the settings; `validityDays` is the life of the organization's certificates. */
export function checkCertificateCheckArgs(
    args: CertificateCheckArgs,
    validityDays: number,
): Problem[] {
    if (typeof args !== "object" || args === null) {
        const reason = `"${String(args)}" is neither false nor settings; write false, or {} for the defaults`;
        return [{ path: "certificateCheck", reason }];
    }
    const {
        schedule = CHECK_DEFAULTS.schedule,
        image = CHECK_DEFAULTS.image,
        warnDays,
        pushgateway,
    } = args;
    return problemsOf(
        ["certificateCheck.schedule", scheduleProblem(schedule)],
        ["certificateCheck.image", imageProblem(image, CHECK_DEFAULTS.image)],
        [
            "certificateCheck.warnDays",
            warnDays === undefined ? undefined : warnDaysProblem(warnDays, validityDays),
        ],
        [
            "certificateCheck.pushgateway",
            pushgateway === undefined ? undefined : pushgatewayProblem(pushgateway),
        ],
    );
}

/** Days of warning where none are given: never more than what an update can do something about. */
export function defaultWarnDays(validityDays: number): number {
    return Math.min(CHECK_DEFAULTS.warnDays, validityDays / 3);
}

function warnDaysProblem(days: number, validityDays: number): string | undefined {
    if (typeof days !== "number" || !(days > 0)) {
        return `${JSON.stringify(days)} is not a number of days; write one such as ${CHECK_DEFAULTS.warnDays}`;
    }
    const most = validityDays / 3;
    return days <= most
        ? undefined
        : `${days} is more than a third of certificateValidityDays (${validityDays}), and no ` +
              "certificate is renewed before the last third of its life, so the check would fail with " +
              `nothing to be done about it; ${most < 1 ? "leave it out" : `write ${Math.floor(most)} or less`}`;
}

function pushgatewayProblem(address: string): string | undefined {
    const instead = 'write one such as "http://pushgateway.monitoring.svc:9091"';
    const url = typeof address === "string" && URL.canParse(address) ? new URL(address) : undefined;
    if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
        return `${JSON.stringify(address)} is not an address with http or https; ${instead}`;
    }
    if (url.username !== "" || url.password !== "") {
        return (
            "holds a user or a password, which everyone who may read the CronJob would see; " +
            "write the address without them"
        );
    }
    return url.search === "" && url.hash === ""
        ? undefined
        : `"${address}" has more than a path after its host; ${instead}`;
}
