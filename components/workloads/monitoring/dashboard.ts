import { createHash } from "node:crypto";

import { organizationLabels } from "../labels";
import { ROWS, type Panel } from "./dashboardRows";
import { JOB } from "./scraping";

/** Grafana's grid has this many columns. */
const COLUMNS = 24;

const PANELS_IN_A_ROW = 3;

const PANEL_HEIGHT = 8;

/** A page of Grafana about nodes in namespaces. */
export function dashboard(title: string, namespaces: readonly string[]) {
    return {
        // Grafana knows a page by this; the same program always has the same.
        uid: createHash("sha256")
            .update(`${title} ${namespaces.join(" ")}`)
            .digest("hex")
            .slice(0, 40),
        title,
        tags: ["hyperledger-fabric"],
        schemaVersion: 39,
        editable: true,
        refresh: "30s",
        time: { from: "now-1h", to: "now" },
        templating: {
            list: [
                {
                    name: "datasource",
                    label: "Data source",
                    type: "datasource",
                    query: "prometheus",
                },
                {
                    name: "namespace",
                    label: "Namespace",
                    type: "custom",
                    query: namespaces.join(","),
                    ...MANY,
                    allValue: namespaces.join("|"),
                },
                {
                    name: "channel",
                    label: "Channel",
                    type: "query",
                    datasource: SOURCE,
                    query: `label_values(ledger_blockchain_height{job="${JOB}",namespace=~"$namespace"}, channel)`,
                    refresh: 2,
                    ...MANY,
                    allValue: ".*",
                },
            ],
        },
        panels: panels(),
    };
}

const SOURCE = { type: "prometheus", uid: "$datasource" };

const MANY = {
    multi: true,
    includeAll: true,
    current: { selected: true, text: ["All"], value: ["$__all"] },
};

function panels() {
    let id = 0;
    let y = 0;
    const width = COLUMNS / PANELS_IN_A_ROW;
    return ROWS.flatMap((row) => {
        const top = y;
        y += 1 + Math.ceil(row.panels.length / PANELS_IN_A_ROW) * PANEL_HEIGHT;
        const heading = {
            id: ++id,
            type: "row",
            title: row.title,
            collapsed: false,
            gridPos: { x: 0, y: top, w: COLUMNS, h: 1 },
            panels: [],
        };
        const below = row.panels.map((panel, index) =>
            panelJson(++id, panel, {
                x: (index % PANELS_IN_A_ROW) * width,
                y: top + 1 + Math.floor(index / PANELS_IN_A_ROW) * PANEL_HEIGHT,
                w: width,
                h: PANEL_HEIGHT,
            }),
        );
        return [heading, ...below];
    });
}

function panelJson(id: number, panel: Panel, gridPos: Record<"x" | "y" | "w" | "h", number>) {
    const { title, description, unit, type = "timeseries", queries } = panel;
    return {
        id,
        type,
        title,
        description,
        gridPos,
        datasource: SOURCE,
        fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
        options:
            type === "timeseries"
                ? {
                      legend: { displayMode: "list", placement: "bottom", showLegend: true },
                      tooltip: { mode: "multi", sort: "desc" },
                  }
                : { reduceOptions: { calcs: ["lastNotNull"] }, textMode: "value_and_name" },
        targets: queries.map(({ expr, legend }, index) => ({
            refId: String.fromCharCode("A".charCodeAt(0) + index),
            datasource: SOURCE,
            expr,
            legendFormat: legend,
        })),
    };
}

/** The page in a ConfigMap, where Grafana's sidecar looks for such. */
export function dashboardConfigMap(args: {
    name: string;
    namespace: string;
    mspId: string;
    labels: Readonly<Record<string, string>>;
    title: string;
    namespaces: readonly string[];
}) {
    const { name, namespace, mspId, labels, title, namespaces } = args;
    return {
        metadata: { name, namespace, labels: { ...labels, ...organizationLabels(mspId) } },
        data: { [`${name}.json`]: JSON.stringify(dashboard(title, namespaces), undefined, 2) },
    };
}
