/** Gauges of Fabric that have one label, `channel`: their values by name and channel. */
export type ChannelGauges = ReadonlyMap<string, ReadonlyMap<string, number>>;

/**
 * Reads the gauges of channels out of Prometheus' text format. What has other labels, such as a
 * bucket's limit, is left out.
 *
 * @see https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md
 */
export function channelGauges(text: string): ChannelGauges {
    const gauges = new Map<string, Map<string, number>>();
    for (const line of text.split("\n")) {
        const [, name, channel, value] = /^(\w+)\{channel="([^"]*)"\} (\S+)$/.exec(line) ?? [];
        if (name !== undefined && channel !== undefined) {
            const channels = gauges.get(name) ?? new Map<string, number>();
            gauges.set(name, channels.set(channel, Number(value)));
        }
    }
    return gauges;
}
