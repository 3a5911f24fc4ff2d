import assert from "node:assert/strict";
import { z } from "zod";
import { lockedChart } from "../../../components/charts/lock";
import { grafanaModel } from "../../../components/monitoring/dashboards/dashboard";
import { monitoringObjects } from "../../../components/monitoring";
import { CALENDAR_METRIC } from "../../../components/monitoring/alerts/calendar";
import { namesOf } from "../../../components/monitoring/resource-metrics";
import type { MetricSource } from "../../../components/monitoring/sources";
import { keycloakLogins } from "../../../components/operators/alloy/logins";
import { scanOperators } from "../../../components/operators/frame/registry";
import { eraserResults } from "../../../components/operators/eraser/results";
import { kubeBenchResults } from "../../../components/operators/kube-bench/results";
import { archiveMetrics } from "../../../components/operators/databases/metrics";
import { veleroMetrics } from "../../../components/operators/velero/metrics";
import type { LoadedConfig } from "../../../config/load";
import { planPlatform } from "../../../components/plan";
import { stackConfig } from "../../../components/stack-file";
import { emptyCluster } from "../../snapshots/stack";
import { alertGroups, allDashboards, broughtBy } from "./all";
import { metricsOf } from "./queries";
import upstream from "./upstream/metrics.json";
import { everySource } from "../../../components/monitoring/sources";

const apps = ["mijnbureau-docs"];
const allOperators = scanOperators().map(({ name }) => name);
const products = z
  .record(
    z.string(),
    z.object({
      /** Which brings it; absent where the stack does not install it. */
      chart: z.string().optional(),
      /** Of the names of its metrics. */
      prefixes: z.array(z.string()),
      sources: z.array(z.object({ repository: z.string(), version: z.string(), files: z.array(z.string()) })),
      names: z.array(z.string()),
    }),
  )
  .parse(upstream);

/** Every query of a value, however deep, dashboards in strings included. */
function queriesIn(value: unknown): string[] {
  if (typeof value === "string" && value.startsWith("{\n")) return queriesIn(JSON.parse(value));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    key === "expr" && typeof inner === "string" ? [inner] : queriesIn(inner),
  );
}

const used = new Set(
  [
    ...alertGroups.flatMap((group) => group.alerts({ apps, sources: everySource }).map(({ expr }) => expr)),
    ...allDashboards(apps).flatMap((dashboard) => queriesIn(grafanaModel(dashboard))),
  ].flatMap(metricsOf),
);

/** What Prometheus makes itself, and what the stack has it make. */
const own = new Set([
  "up",
  "ALERTS",
  CALENDAR_METRIC,
  ...eraserResults.map(({ metric }) => metric),
  ...kubeBenchResults.map(({ metric }) => metric),
  keycloakLogins("mijnbureau-keycloak").metric,
  ...namesOf([...veleroMetrics, ...archiveMetrics]),
]);

/** The product with the longest prefix of the name: Falcosidekick's begin as Falco's do. */
function productOf(metric: string): string | undefined {
  const candidates = Object.entries(products).flatMap(([name, { prefixes }]) =>
    prefixes.filter((prefix) => metric.startsWith(prefix)).map((prefix) => ({ name, prefix })),
  );
  return candidates.sort((a, b) => b.prefix.length - a.prefix.length)[0]?.name;
}

describe("metrics of alerts and dashboards", () => {
  for (const [product, { chart, names, sources }] of Object.entries(products)) {
    it(`${product}: every one is a metric of ${sources.map(({ version }) => version).join(", ")}`, () => {
      const its = [...used].filter((metric) => productOf(metric) === product);
      assert.ok(its.length > 0, "none is used");
      assert.deepEqual(
        its.filter((metric) => !names.includes(metric)),
        [],
      );
      const [first] = sources;
      if (chart !== undefined)
        assert.equal(first?.version.replace(/^v/, ""), lockedChart(chart).appVersion.replace(/^v/, ""));
    });
  }

  it("are on record, every one", () => {
    assert.deepEqual(
      [...used].filter((metric) => productOf(metric) === undefined && !own.has(metric)),
      [],
    );
    assert.deepEqual(
      [...own].filter((metric) => !used.has(metric)),
      [],
      "made and asked for by nothing",
    );
  });

  it("of what not every stack has are asked for only where it is", () => {
    const without = (missing: MetricSource | undefined): string[] => {
      const sources = new Set([...everySource].filter((source) => source !== missing));
      return monitoringObjects({ ...broughtBy(...allOperators), apps, sources, monitoringNamespace: "monitoring" })
        .flatMap((object) => queriesIn(object))
        .flatMap(metricsOf);
    };
    const names = (list: readonly string[]) => new Set(list.map(productOf));
    const everything = names(without(undefined));
    const lost = [...everySource].flatMap((source) =>
      [...everything].filter((name) => !names(without(source)).has(name)),
    );
    assert.deepEqual(
      lost.sort(),
      ["alloy's OpenTelemetry components", "calico", "cilium", "minio", "nextcloud-exporter", "openshift-router"]
        .concat(["postgres_exporter", "redis_exporter", "traefik"])
        .sort(),
    );
    // What stays has no chart and no condition: it comes with Kubernetes, or with a chart of another product.
    assert.deepEqual(
      Object.keys(products)
        .filter((name) => products[name]?.chart === undefined && !lost.includes(name))
        .sort(),
      ["controller-runtime", "kube-apiserver", "kube-state-metrics", "kubelet"],
    );
  });

  it("follow a stack's network plugin, router, datastores and central system", () => {
    const queried = (stack: string, change: (config: LoadedConfig) => LoadedConfig): Set<string | undefined> => {
      const plan = planPlatform(change(stackConfig(".", stack)), emptyCluster, "2026-11-22");
      return new Set(plan.monitoring.flatMap(queriesIn).flatMap(metricsOf).map(productOf));
    };
    const asIs = queried("prod-nl-north", (config) => config);
    assert.ok(asIs.has("traefik"));
    assert.ok(!asIs.has("openshift-router"));
    const changed = queried("prod-nl-north", (config) => ({
      ...config,
      network: { ...config.network, cni: "calico", monitoring: { ...config.network.monitoring, metrics: false } },
      edge: { ...config.edge, controller: "haproxy-openshift" },
    }));
    assert.deepEqual(
      [
        "calico",
        "cilium",
        "openshift-router",
        "traefik",
        "postgres_exporter",
        "redis_exporter",
        "nextcloud-exporter",
      ].map((product) => [product, changed.has(product)]),
      [
        ["calico", true],
        ["cilium", false],
        ["openshift-router", true],
        ["traefik", false],
        ["postgres_exporter", false],
        ["redis_exporter", false],
        ["nextcloud-exporter", false],
      ],
    );
  });

  it("are read out of queries without functions, labels and durations", () => {
    assert.deepEqual(
      metricsOf('sum by (a, b) (rate(x_total{c="d"}[5m])) > 0 or on () group_left (e) y:z offset 1d unless absent(w)'),
      ["x_total", "y:z", "w"],
    );
    assert.equal(productOf("falcosecurity_falcosidekick_outputs_total"), "falcosidekick");
    assert.equal(productOf("falcosecurity_scap_n_evts_total"), "falco");
  });
});
