import { stackRule } from "../../engine/rule";
import { asObject, at } from "../../../lib/json";

/** Each must be bounded by one of the quota's names for it (Kubernetes documentation, "Resource Quotas"). */
const bounds = [
  ["requests.cpu", "cpu"],
  ["requests.memory", "memory"],
  ["limits.memory"],
  ["pods", "count/pods"],
] as const;

/** Namespaces bound what they may use. */
export const resourceQuota = stackRule({
  id: "namespaces/resource-quota",
  severity: "medium",
  title: "Namespaces bound what they may use",
  why: "Without a quota one app, or an intruder's miner, takes the whole cluster from the others.",
  standards: { nsa: true, iso27002: ["8.6"], checkov: [], trivy: ["KSV-0040"], kyverno: ["add-ns-quota"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  message: "has no ResourceQuota",
  remedy: "Add a ResourceQuota with requests.cpu, requests.memory, limits.memory and pods.",
  select: (stack) => stack.ownedNamespaces(),
  check: (namespace, stack) => {
    const quotas = stack.ofKind("ResourceQuota", namespace.name);
    if (quotas.length === 0) return [{}];
    // A quota with scopes counts some of the pods only.
    const whole = quotas.filter(
      ({ object }) => at(object, "spec", "scopes") === undefined && at(object, "spec", "scopeSelector") === undefined,
    );
    const bounded = new Set(whole.flatMap(({ object }) => Object.keys(asObject(at(object, "spec", "hard")) ?? {})));
    return bounds
      .filter((names) => !names.some((name) => bounded.has(name)))
      .map(([name]) => ({ message: `has no ResourceQuota that bounds ${name}` }));
  },
});
