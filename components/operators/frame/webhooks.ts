import type { Manifest } from "../../kubernetes-object";

/**
 * An object that admission webhooks of an operator are asked about. The API server refuses every such object until they
 * answer, and it is their pods, certificates and authorities that take time, not their configuration: so what is of these
 * kinds comes after a dry run of this object was let through. It is never stored.
 */
export interface WebhookProbe {
  /** The configurations that concern it, as `<kind>/<name>`, whether the chart brings them or a controller. */
  readonly configurations: readonly string[];
  /** A controller makes them, not the chart: they say nothing of who installed the operator. */
  readonly madeByController?: true;
  readonly object: Manifest;
}

type Typed = Pick<Manifest, "apiVersion" | "kind">;

const groupOf = ({ apiVersion }: Typed): string => apiVersion.split("/").slice(0, -1).join("/");

/** Whether an object is of a kind that the webhooks are asked about: then it waits until they answer. */
export function waitsForWebhooks(object: Typed, probes: readonly WebhookProbe[]): boolean {
  return probes.some((probe) => probe.object.kind === object.kind && groupOf(probe.object) === groupOf(object));
}

/** `kubernetes:monitoring.coreos.com/v1:PrometheusRule` as what a manifest says. */
export function typedOf(token: string): Typed {
  const [, apiVersion = "", kind = ""] = token.split(":");
  return { apiVersion: apiVersion.replace(/^core\//, ""), kind };
}
