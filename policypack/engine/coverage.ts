import { splitKind } from "../../lib/kinds";
import type { Rule } from "./rule";
import { isBuiltIn, unserved } from "./served";
import { asString, at } from "../../lib/json";
import type { StackIndex, StackObject } from "./stack";
import { unlessUnknown } from "../../lib/unknown";
import { isOperatorBuilt, podTemplatePaths } from "./workload";

/** Objects of one kind of which nobody can say that all is well. */
export interface Uncovered {
  readonly kind: string;
  readonly gap: Gap;
  readonly count: number;
  readonly first: StackObject;
  /** One sentence. */
  readonly message: string;
}

export type Gap = "no rule" | "no pod" | "open" | "part";

/**
 * What was not judged, or not in full, by kind: custom resources of kinds that no rule knows and in which no pod was
 * found, workloads without a pod, pods that an operator completes, and patches. `stack` has been judged, so that it knows which kinds were asked
 * for.
 */
export function coverageOf(stack: StackIndex, rules: readonly Rule[], all = stack.objects): readonly Uncovered[] {
  const known = kindsOf(rules);
  const found = new Map<string, { readonly gap: Gap; readonly objects: StackObject[] }>();
  for (const object of all) {
    const gap = gapOf(object, known, stack.asked);
    if (gap === undefined) continue;
    const key = `${gap} ${object.kind}`;
    const entry = found.get(key) ?? { gap, objects: [] };
    entry.objects.push(object);
    found.set(key, entry);
  }
  return [...found.values()].flatMap(({ gap, objects }) => {
    const [first] = objects;
    return first === undefined
      ? []
      : [{ kind: first.kind, gap, count: objects.length, first, message: sentence(gap, objects, first) }];
  });
}

/** The kinds that rules name. */
function kindsOf(rules: readonly Rule[]): ReadonlySet<string> {
  return new Set(
    rules.flatMap((rule) => {
      const { definition } = rule;
      return rule.type === "expression" && "kinds" in definition ? (definition.kinds ?? []) : [];
    }),
  );
}

function gapOf(object: StackObject, known: ReadonlySet<string>, asked: ReadonlySet<string>): Gap | undefined {
  if (object.isPart) return "part";
  const { group, kind } = splitKind(object.kind);
  if (Object.hasOwn(podTemplatePaths, object.kind)) return lacksPod(object) ? "no pod" : undefined;
  if (isBuiltIn(group, kind) || isOperatorBuilt(object.kind)) return undefined;
  if (object.pods.some(({ open }) => open)) return "open";
  if (object.pods.length > 0 || known.has(object.kind) || asked.has(object.kind)) return undefined;
  // One that no API server takes has its own finding.
  const apiVersion = unlessUnknown(() => asString(at(object.object, "apiVersion")), undefined);
  return unserved(apiVersion, kind) === undefined ? "no rule" : undefined;
}

/** Whether nothing stands where the kind has its pod. A Rollout may refer to a Deployment instead. */
function lacksPod({ object, pods }: StackObject): boolean {
  return pods.length === 0 && unlessUnknown(() => at(object, "spec", "workloadRef") === undefined, false);
}

const SHOWN = 3;

function sentence(gap: Gap, objects: readonly StackObject[], { kind }: StackObject): string {
  const names = objects.map(({ shown: { name, namespace } }) => (namespace === "" ? name : `${namespace}/${name}`));
  const listed = names.slice(0, SHOWN).join(", ") + (names.length > SHOWN ? ", …" : "");
  const counted = `${objects.length} ${objects.length === 1 ? "object" : "objects"} of kind ${kind}`;
  const verb = objects.length === 1 ? "was" : "were";
  if (gap === "no rule")
    return `${counted} ${verb} not judged (${listed}): no rule knows the kind, and no pod was found in it.`;
  if (gap === "no pod")
    return `${counted} ${verb} not judged in full (${listed}): no pod stands where the kind has it. The API server refuses such an object.`;
  if (gap === "open")
    return `${counted} ${verb} judged in part (${listed}): an operator completes the pods, and what is not set here was not judged.`;
  return `${objects.length} ${objects.length === 1 ? "patch" : "patches"} of kind ${kind} ${verb} judged in part (${listed}): what a patch does not set is not known and was not judged. Admission judges the whole object.`;
}
