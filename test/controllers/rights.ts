import { operatorGuards } from "../../components/admission/operator-guards";
import { managedLabels } from "../../components/namespace/labels";
import type { OperatorPlan } from "../../components/operators/frame/define";
import { delegatedBindings } from "../../components/operators/frame/accounts";
import { mergeObject } from "../../components/operators/frame/normalise";
import { workPlaces } from "../../components/operators/frame/work-places";
import { isKubeObject, type KubeObject } from "../../lib/kube/client";

/** The chart's roles with what the stack leaves of them. */
export function cut(rendered: readonly KubeObject[], { patches, cuts }: OperatorPlan): KubeObject[] {
  const isCut = (object: KubeObject): boolean =>
    cuts.some(({ kind, name }) => kind === object.kind && name === object.metadata.name);
  return rendered.map((object) => {
    if (!isCut(object)) return object;
    const changed = patches
      .filter(({ kind, name }) => kind === object.kind && name === object.metadata.name)
      .reduce<Record<string, unknown>>((made, { patch }) => mergeObject(made, patch), object);
    return isKubeObject(changed) ? changed : object;
  });
}

/** Its RoleBindings in the namespaces where it works, and the policies that hold its accounts to their work. */
export function atWork(
  plan: OperatorPlan,
  suite: readonly string[],
  operators: readonly OperatorPlan[] = [plan],
): KubeObject[] {
  const bindings = delegatedBindings(
    plan.delegations,
    workPlaces({ suite, operators, pullSecrets: [] }),
    managedLabels,
  );
  return [...[...bindings.values()].flat(), ...operatorGuards({ operators: [plan], exemptions: [] })].filter(
    isKubeObject,
  );
}
