import { stackRule } from "../../engine/rule";
import { madeBy, referencesOf } from "./_references";
import { ownedWorkloads } from "./_selection";

/** Something in the stack makes the Secrets and ConfigMaps that its pods name. */
export const references = stackRule({
  id: "stack/references",
  severity: "low",
  title: "Something in the stack makes the Secrets and ConfigMaps that its pods name",
  why: "What was made by hand is in no review and no backup: after a restore, or in the next region, the pods wait for it for ever.",
  standards: { iso27002: ["8.9", "8.32"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "names a Secret or ConfigMap that nothing in the stack makes",
  remedy:
    "Add it to the stack, as an ExternalSecret where it is secret; grant an exemption where a controller makes it while it runs.",
  select: ownedWorkloads,
  check: (workload, stack) => {
    const missing = referencesOf(workload)
      .filter((reference) => madeBy(stack, workload.namespace, reference).length === 0)
      .map(({ kind, name }) => `names ${kind} ${name}, which nothing in the stack makes`);
    return [...new Set(missing)].map((message) => ({ message }));
  },
});
