import assert from "node:assert/strict";
import * as fs from "node:fs";
import { cacheEntry } from "../../components/charts/cache";
import { lockedChart } from "../../components/charts/lock";
import type { Goal } from "../../components/operators/frame/accounts";
import { undecidedRights } from "../../components/operators/frame/accounts";
import { beyond, rulesIn } from "../../components/operators/frame/rights";
import { reachOf } from "../../components/reach/derive";
import { plansOf, reachOfStack, recordedRights, renderedRights } from "../tools/reach";
import { cache } from "./operators/rendered";
import { needTools, skip } from "../support/needs";

const sorted = (goal: Goal): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(goal)
      .map(([power, places]): [string, string[]] => [power, [...places].sort()])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

describe("what accounts of operators can reach", function () {
  this.timeout(300_000);
  const recorded = recordedRights();

  for (const profiles of [false, true]) {
    it(`is what they are for, ${profiles ? "with" : "without"} the Security Profiles Operator`, () => {
      const plans = plansOf(profiles);
      const accounts = plans.flatMap((plan) => plan.accounts);
      const derived = new Map(
        reachOfStack(plans, recorded).map(({ namespace, name, powers }) => [`${namespace}/${name}`, sorted(powers)]),
      );
      const meant = new Map(accounts.map(({ namespace, name, goal }) => [`${namespace}/${name}`, sorted(goal)]));
      const all = [...new Set([...derived.keys(), ...meant.keys()])].sort();
      assert.deepEqual(
        all.map((account) => [account, derived.get(account) ?? {}]),
        all.map((account) => [account, meant.get(account) ?? {}]),
      );
    });
  }

  it("grows with every role that is bound to them", () => {
    const rules = [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }];
    const subjects = [{ kind: "ServiceAccount", namespace: "own", name: "account" }];
    const role = { kind: "ClusterRole", metadata: { name: "reads" }, rules };
    const roleRef = { kind: "ClusterRole", name: "reads" };
    const binding = (kind: string, namespace?: string) => ({
      kind,
      metadata: { name: "reads", ...(namespace === undefined ? {} : { namespace }) },
      roleRef,
      subjects,
    });
    const seen = (...bindings: ReturnType<typeof binding>[]) =>
      reachOf({ objects: [role, ...bindings], accounts: [], delegations: [] }).map(({ powers }) => powers);
    assert.deepEqual(seen(binding("RoleBinding", "own")), [{ "read Secrets": ["its own namespace"] }]);
    assert.deepEqual(seen(binding("RoleBinding", "own"), binding("RoleBinding", "other")), [
      { "read Secrets": ["its own namespace", "other"] },
    ]);
    assert.deepEqual(seen(binding("RoleBinding", "other"), binding("ClusterRoleBinding")), [
      { "read Secrets": ["everywhere"] },
    ]);
  });

  it("rests on the rights that the pinned charts ask for", async function () {
    const plans = plansOf(true);
    const missing = plans.flatMap(({ chart }) =>
      chart === undefined || fs.existsSync(cacheEntry(cache, lockedChart(chart.entry)).directory) ? [] : [chart.entry],
    );
    if (missing.length > 0) {
      return skip(this, "the real charts are not in the cache: npm run charts -- pull");
    }
    const { helm } = await needTools(this, "helm");
    assert.deepEqual(renderedRights(helm, plans), recorded);
  });
});

describe("rights that are cut from charts", function () {
  this.timeout(60_000);
  const recorded = recordedRights();
  const asked = (operator: string) =>
    (recorded[operator]?.objects ?? []).flatMap((object) => {
      const rules = rulesIn(object);
      return rules === undefined ? [] : [{ kind: object.kind, name: object.metadata.name, rules }];
    });

  it("are all on record for the pinned charts, in every variant of the stack", () => {
    const undecided = [true, false]
      .flatMap(plansOf)
      .flatMap(({ operator, cuts }) => asked(operator).flatMap((role) => undecidedRights(operator, cuts, role)));
    assert.deepEqual(undecided, []);
  });

  it("are of roles that the charts have", () => {
    const unknown = plansOf(true).flatMap(({ operator, cuts }) =>
      cuts
        .filter(({ kind, name }) => !asked(operator).some((role) => role.kind === kind && role.name === name))
        .map(({ kind, name }) => `${operator}: ${kind} ${name}`),
    );
    assert.deepEqual(unknown, []);
  });

  it("name each right that a new version asks for, with the role and the operator", () => {
    const plans = plansOf(true);
    for (const { operator, cuts } of plans) {
      for (const { kind, name, rules, cut } of cuts) {
        const novel = { apiGroups: ["example.nl"], resources: ["novelties"], verbs: ["create"] };
        // The Prometheus operator's own kinds are cut as a whole, and no other group is.
        assert.equal(beyond([novel], [...rules, ...cut]).length, 1, name);
        const [message = "", ...more] = undecidedRights(operator, cuts, { kind, name, rules: [...rules, novel] });
        assert.deepEqual(more, []);
        for (const part of [operator, `${kind} ${name}`, "create novelties.example.nl"])
          assert.ok(message.includes(part));
      }
    }
  });
});
