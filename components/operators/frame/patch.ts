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
