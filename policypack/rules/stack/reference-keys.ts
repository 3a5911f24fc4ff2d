import { stackRule } from "../../engine/rule";
import { madeBy, referencesOf } from "./_references";
import { ownedWorkloads } from "./_selection";

/** Pods name keys that their Secrets and ConfigMaps have. */
export const referenceKeys = stackRule({
  id: "stack/reference-keys",
  severity: "medium",
  title: "Pods name keys that their Secrets and ConfigMaps have",
  why: "A container whose key is missing never starts, which shows at the next restart: in the middle of an update or an outage.",
  standards: { iso27002: ["8.9", "8.32"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  message: "names a key that its Secret or ConfigMap does not have",
  remedy: "Correct the key, or add it to the object that makes the Secret or ConfigMap.",
  select: ownedWorkloads,
  check: (workload, stack) => {
    const missing = referencesOf(workload).flatMap((reference) => {
      const { kind, name, key } = reference;
      const made = key === undefined ? [] : madeBy(stack, workload.namespace, reference);
      const found = made.length === 0 || made.some((keys) => keys === "any" || keys.has(key ?? ""));
      return found ? [] : [`names key ${key ?? ""} of ${kind} ${name}, which has no such key`];
    });
    return [...new Set(missing)].map((message) => ({ message }));
  },
});
