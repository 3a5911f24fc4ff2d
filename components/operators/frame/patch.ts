import type { JsonObject } from "./manifest";

/** What the stack needs of a chart's object and the chart has no value for. Merged by name, as a strategic merge does. */
export interface ChartPatch {
  readonly kind: string;
  /** Absent: every object of the kind. */
  readonly name?: string;
  readonly patch: JsonObject;
  readonly reason: string;
}

/** Fields of live objects that belong to a controller, not to the program: a second `up` must be empty. */
export interface ControllerOwned {
  readonly kind: string;
  /** Absent: every object of the kind. */
  readonly name?: string;
  readonly fields: readonly string[];
  readonly reason: string;
}

/** A ClusterRole of a chart that no longer adds its rights to the built-in admin, edit and view of every namespace. */
export const unaggregated = (name: string): ChartPatch => ({
  kind: "ClusterRole",
  name,
  patch: {
    metadata: {
      labels: Object.fromEntries(
        ["admin", "edit", "view"].map((role) => [`rbac.authorization.k8s.io/aggregate-to-${role}`, "false"]),
      ),
    },
  },
  reason: "The chart has no value for it; who needs the rights is bound to the role by name.",
});
