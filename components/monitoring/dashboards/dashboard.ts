import { measured, type MetricSource } from "../sources";

/** A panel: one or more queries over time. */
export interface Panel {
  readonly title: string;
  /** Grafana's unit id; absent: a plain number. */
  readonly unit?: "s" | "percentunit" | "bytes" | "reqps" | "ops";
  /** Legend (Grafana's `{{label}}` notation) and PromQL of each line. */
  readonly lines: Readonly<Record<string, string>>;
}

/** A dashboard as data. */
export interface Dashboard {
  /** Part of its address, and of the ConfigMap's name. */
  readonly name: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** A dashboard without lines and panels that nothing in the stack feeds; none where nothing is left. */
export function measuredPart(dashboard: Dashboard, sources: ReadonlySet<MetricSource>): Dashboard[] {
  const panels = dashboard.panels
    .map((panel) => ({
      ...panel,
      lines: Object.fromEntries(Object.entries(panel.lines).filter(([, query]) => measured(query, sources))),
    }))
    .filter(({ lines }) => Object.keys(lines).length > 0);
  return panels.length === 0 ? [] : [{ ...dashboard, panels }];
}

const WIDTH = 12;
const HEIGHT = 8;
const datasource = { type: "prometheus", uid: "${datasource}" };

/** Grafana's dashboard model, schema 39: panels two by two, and a choice of data source. */
export function grafanaModel({ name, title, panels }: Dashboard) {
  return {
    uid: `mijnbureau-${name}`,
    title,
    tags: ["mijnbureau-platform"],
    editable: false,
    schemaVersion: 39,
    refresh: "1m",
    timezone: "browser",
    time: { from: "now-6h", to: "now" },
    templating: {
      list: [{ name: "datasource", label: "Data source", type: "datasource", query: "prometheus", hide: 0 }],
    },
    panels: panels.map((panel, index) => ({
      id: index + 1,
      type: "timeseries",
      title: panel.title,
      datasource,
      gridPos: { x: (index % 2) * WIDTH, y: Math.floor(index / 2) * HEIGHT, w: WIDTH, h: HEIGHT },
      fieldConfig: { defaults: { unit: panel.unit ?? "short", min: 0 }, overrides: [] },
      options: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
      targets: Object.entries(panel.lines).map(([legendFormat, expr], line) => ({
        refId: String.fromCharCode("A".charCodeAt(0) + line),
        datasource,
        expr,
        legendFormat,
      })),
    })),
  };
}
