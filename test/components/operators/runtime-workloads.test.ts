import assert from "node:assert/strict";
import { stackConfig } from "../../../cli/charts/stack-file";
import type { OperatorPlan } from "../../../components/operators/define";
import { operatorSettings } from "../../../components/operators/settings";
import { planOperators } from "../../../components/operators/stack";
import { effectivePolicies } from "../../../components/policies";
import { projectRoot } from "../../../embedded/toolchain";
import { Engine, readObject } from "../../../policypack/engine/engine";
import { loadRules } from "../../../policypack/engine/load";
import { at } from "./rendered";
import { runtimeWorkloads } from "./runtime-workloads";
import { everything, facts, mirrored } from "./support";

describe("operators: workloads that they make at run time", () => {
  const given = operatorSettings(everything);
  assert.ok(given.success);
  const settings = given.data;
  const dev = stackConfig(projectRoot(), "dev");
  const rules = loadRules();

  /** What admission refuses of the object, in the operator's namespace. */
  function refused(
    plans: readonly OperatorPlan[],
    object: Record<string, unknown>,
    images: typeof dev.images,
  ): string[] {
    const policies = effectivePolicies({ ...dev, images }, plans);
    const read = readObject(object);
    assert.ok(read !== undefined);
    const namespaces = plans.flatMap((each) => each.namespaces);
    const namespace = namespaces.find(({ name }) => name === at(object, "metadata", "namespace"));
    assert.ok(namespace !== undefined, "the operator has no such namespace");
    const context = { role: "operator" as const, podSecurityLevel: namespace.podSecurity.level };
    return new Engine(rules, policies, "2026-06-01")
      .judge(read, context)
      .filter(({ level, exemption }) => level === "mandatory" && exemption === undefined)
      .map(({ rule, container }) => (container === undefined ? rule : `${rule} (${container})`));
  }

  for (const { operator, what, source, object } of runtimeWorkloads) {
    for (const [where, stack] of [
      ["", facts],
      [", from a mirror", mirrored],
    ] as const) {
      it(`lets ${operator} make ${what}${where}`, () => {
        const plans = planOperators(settings, stack).map(({ plan }) => plan);
        const plan = plans.find((each) => each.operator === operator);
        assert.ok(plan !== undefined);
        const images = stack.images.mirror === undefined ? dev.images : { ...dev.images, mirror: stack.images.mirror };
        assert.deepEqual(refused(plans, object(plan), images), [], source);
      });
    }
  }
});
