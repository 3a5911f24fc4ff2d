import type { Counted } from "../alloy/counted";

export const IMAGES = "platform_eraser_images_total";
export const FAILURES = "platform_eraser_failures_total";

const of = { namespace: "eraser-system", container: "trivy-scanner" };
const rest = { labels: of, keep: ["node"], idle: "15m" };

/**
 * Eraser calls a run in which no image could be scanned a success, and tells its own figures to an OpenTelemetry collector
 * only: these are read from what its scanner writes (eraser 1.4.1, pkg/scanners/trivy/types.go, `Scan`).
 */
export const eraserResults: readonly Counted[] = [
  {
    ...rest,
    contains: "scanning image with id",
    metric: IMAGES,
    description: "Images of a node that Eraser's scanner took up.",
  },
  {
    ...rest,
    contains: "error scanning image",
    metric: FAILURES,
    description: "Names of images under which Eraser's scanner could not scan them.",
  },
];
