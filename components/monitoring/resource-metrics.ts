/** A number that kube-state-metrics reads from the objects of a kind. */
export interface ResourceMetric {
  readonly name: string;
  readonly help: string;
  /** Times and numbers as they stand; of `states` the one that it is has 1, the others 0. */
  readonly path: readonly string[];
  readonly states?: readonly string[];
}

/** A kind of custom resources with the metrics of its objects. */
export interface ResourceMetrics {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  /** What every name begins with. */
  readonly prefix: string;
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly metrics: readonly ResourceMetric[];
}

/** Configuration of kube-state-metrics (its docs/metrics/extend/customresourcestate-metrics.md). */
export function customResourceState(kinds: readonly ResourceMetrics[]) {
  return {
    kind: "CustomResourceStateMetrics",
    spec: {
      resources: kinds.map(({ group, version, kind, plural, prefix, labels, metrics }) => ({
        groupVersionKind: { group, version, kind },
        resourcePlural: plural,
        metricNamePrefix: prefix,
        labelsFromPath: labels,
        errorLogV: 10,
        metrics: metrics.map(({ name, help, path, states }) => ({
          name,
          help,
          each:
            states === undefined
              ? { type: "Gauge", gauge: { path, nilIsZero: false } }
              : { type: "StateSet", stateSet: { labelName: "state", path, list: states } },
        })),
      })),
    },
  };
}

/** Full names. */
export const namesOf = (kinds: readonly ResourceMetrics[]): string[] =>
  kinds.flatMap(({ prefix, metrics }) => metrics.map(({ name }) => `${prefix}_${name}`));
