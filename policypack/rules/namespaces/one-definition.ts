import { label, podSecurityLabel } from "../../../lib/labels";
import { raiseUnknown } from "../../../lib/unknown";
import { stackRule } from "../../engine/rule";
import type { StackDefect } from "../../engine/rule";
import { knownOf, UNKNOWN_NAME } from "../../engine/stack";
import type { StackObject } from "../../engine/stack";

/** What all Namespace objects of one name have to say alike. */
const SAID = [
  { key: label.role, what: "role" },
  { key: podSecurityLabel.enforce, what: "enforced Pod Security level" },
] as const;

/** Namespace objects of one name agree on their role and Pod Security level. */
export const oneDefinition = stackRule({
  id: "namespaces/one-definition",
  severity: "high",
  title: "Namespace objects of one name agree on role and Pod Security level",
  why: "The object that is applied last decides in the cluster: a chart's own Namespace, or a patch, takes away what the platform set.",
  standards: { iso27002: ["8.9", "8.22"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  message: "is defined in several objects that disagree",
  remedy: "Keep one Namespace object of the name, or give all of them the same labels.",
  select: (stack) => stack.ofKind("Namespace").filter((each, index, all) => firstOf(all, each.shown.name) === index),
  check: (namespace, stack) => {
    const defects = disagreements(stack.namespaceDefinitions(namespace.name));
    // One whose name is not known yet may be of this name.
    const unnamed = stack.namespaceDefinitions(UNKNOWN_NAME);
    if (defects.length === 0 && disagreements([namespace, ...unnamed]).length > 0) raiseUnknown();
    return defects;
  },
});

function disagreements(all: readonly StackObject[]): readonly StackDefect[] {
  const labels = all.map((each) => knownOf(each, "labels"));
  return SAID.flatMap(({ key, what }) => {
    const values = [...new Set(labels.flatMap((each) => each[key] ?? []))].sort();
    // A label whose value is not known yet may say anything.
    if (values.length === 1 && all.length > 1) all.some((each) => !each.isPart && each.labels[key] === "");
    const message = `is defined in several objects that disagree on its ${what} (${values.join(", ")}); the strictest counts`;
    return values.length > 1 ? [{ message, field: "metadata.labels" }] : [];
  });
}

function firstOf(all: readonly { readonly shown: { readonly name: string } }[], name: string): number {
  return all.findIndex(({ shown }) => shown.name === name);
}
