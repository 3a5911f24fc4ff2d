import assert from "node:assert/strict";
import { stackConfig } from "../../../components/stack-file";
import type { OperatorPlan } from "../../../components/operators/frame/define";
import { operatorSettings } from "../../../components/operators/frame/settings";
import { planOperators } from "../../../components/operators/frame/stack";
import { effectivePolicies } from "../../../components/policies";
import { projectRoot } from "../../../embedded/toolchain";
import { Engine, readObject } from "../../../policypack/engine/engine";
import type { Finding } from "../../../policypack/engine/findings";
import { loadRules } from "../../../policypack/engine/load";
import { at } from "./rendered";
import { runtimeWorkloads } from "./runtime-workloads";
import { everything, facts, mirrored } from "./support";

/** The operators name their images by tag, and the registries alone know the digests. */
const withoutDigests = {
  "images/digest": { level: "advisory" as const },
  "images/pull-policy": { level: "advisory" as const },
};

describe("operators: workloads that they make at run time", () => {
  const given = operatorSettings(everything);
  assert.ok(given.success);
  const settings = given.data;
  const dev = stackConfig(projectRoot(), "dev");
  const rules = loadRules();

  /** What mandatory rules find in the object, in the operator's namespace. */
  function found(
    plans: readonly OperatorPlan[],
    object: Record<string, unknown>,
    images: typeof dev.images,
  ): readonly Finding[] {
    const policies = {
      ...dev.policies,
      profile: "strict" as const,
      rules: { ...dev.policies.rules, ...withoutDigests },
    };
    const effective = effectivePolicies({ ...dev, images, policies }, plans);
    const read = readObject(object);
    assert.ok(read !== undefined);
    const namespaces = plans.flatMap((each) => each.namespaces);
    const namespace = namespaces.find(({ name }) => name === at(object, "metadata", "namespace"));
    assert.ok(namespace !== undefined, "the operator has no such namespace");
    const context = { role: "operator" as const, podSecurityLevel: namespace.podSecurity.level };
    return new Engine(rules, effective, "2026-06-01").judge(read, context).filter(({ level }) => level === "mandatory");
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
        const refused = found(plans, object(plan), images)
          .filter(({ decision }) => decision === "violated")
          .map(({ rule, container }) => (container === undefined ? rule : `${rule} (${container})`));
        assert.deepEqual(refused, [], source);
      });
    }
  }

  it("need each exemption that is only for them", () => {
    const plans = planOperators(settings, facts).map(({ plan }) => plan);
    const used = new Set(
      runtimeWorkloads.flatMap(({ operator, object }) => {
        const plan = plans.find((each) => each.operator === operator);
        return plan === undefined
          ? []
          : found(plans, object(plan), dev.images).flatMap(({ exemption }) => exemption ?? []);
      }),
    );
    const needed = plans.flatMap(({ exemptions }) => exemptions).filter(({ runtime }) => runtime === true);
    assert.ok(needed.length > 0);
    const covered = [...used].map(({ rule, target }) => `${rule} ${JSON.stringify(target)}`);
    for (const { rule, target } of needed) assert.ok(covered.includes(`${rule} ${JSON.stringify(target)}`), rule);
  });
});
