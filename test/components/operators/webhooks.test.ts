import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { stackConfig, stackPlan } from "../../../components/stack-file";
import { crdsOf } from "../../../components/crds/crds";
import { chartLock, lockedChart } from "../../../components/charts/lock";
import { cacheEntry } from "../../../components/charts/cache";
import type { PlatformPlan, OperatorStep } from "../../../components/plan";
import { waitsForWebhooks } from "../../../components/operators/frame/webhooks";
import { projectRoot } from "../../../embedded/toolchain";
import { needCharts, needTools } from "../../support/needs";
import { at, cache, list, nameOf, render, type Fields } from "./rendered";

const stacks = readdirSync(projectRoot()).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);

type Phase = "before" | "chart" | "after";

/** An object and where the plan puts it; without an operator it comes when all of them stand. */
interface Placed {
  readonly object: unknown;
  readonly operator?: string;
  readonly phase?: Phase;
}

interface Judge {
  readonly operator: string;
  readonly configuration: string;
  readonly webhook: Fields;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Every object of a plan but those before the operators, which no webhook of theirs may judge. */
function placed(plan: PlatformPlan, rendered: (step: OperatorStep) => readonly unknown[]): Placed[] {
  const phases = plan.operators.flatMap((step) => {
    const { operator, before, after } = step.plan;
    return [
      ...before.map((object) => ({ object, operator, phase: "before" as const })),
      ...rendered(step).map((object) => ({ object, operator, phase: "chart" as const })),
      ...after.map((object) => ({ object, operator, phase: "after" as const })),
    ];
  });
  const last = [...plan.pullSecrets, ...plan.clusterNetwork, ...plan.admission, ...plan.monitoring];
  return [...phases, ...last.map((object) => ({ object }))];
}

/** Operators that come before this one, through others too. */
function earlier(plan: PlatformPlan, operator: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    for (const need of plan.operators.find((step) => step.plan.operator === name)?.after ?? []) {
      if (!found.has(need)) {
        found.add(need);
        visit(need);
      }
    }
  };
  visit(operator);
  return found;
}

const judges = (objects: readonly Placed[]): Judge[] =>
  objects
    .filter(({ object }) => /^(Mutating|Validating)WebhookConfiguration$/.test(text(at(object, "kind"))))
    .flatMap(({ object, operator = "" }) =>
      list(at(object, "webhooks"))
        .filter((webhook) => at(webhook, "failurePolicy") !== "Ignore")
        .map((webhook) => ({ operator, configuration: nameOf(object), webhook: webhook as Fields })),
    );

/** Whether the API server asks this webhook about an object of that resource when it is made. */
function asks({ webhook }: Judge, { group, version, plural }: Resource): boolean {
  const has = (values: unknown, value: string): boolean => list(values).some((each) => each === "*" || each === value);
  return list(at(webhook, "rules")).some(
    (rule) =>
      has(at(rule, "apiGroups"), group) &&
      has(at(rule, "apiVersions"), version) &&
      has(at(rule, "operations"), "CREATE") &&
      (has(at(rule, "resources"), plural) || has(at(rule, "resources"), "*/*")),
  );
}

interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

describe("what admission webhooks of the stack judge", function () {
  this.timeout(300_000);

  for (const stack of stacks) {
    const plan = stackPlan(stackConfig(projectRoot(), stack));
    const operators = plan.operators.map((step) => step.plan);

    it(`comes after they answer, in stack ${stack}`, () => {
      for (const { operator, webhooks } of operators) {
        for (const { object, operator: owner, phase } of placed(plan, () => [])) {
          const typed = { apiVersion: text(at(object, "apiVersion")), kind: text(at(object, "kind")) };
          if (!waitsForWebhooks(typed, webhooks) || owner === undefined) continue;
          const waits = owner === operator ? phase === "after" : earlier(plan, owner).has(operator);
          assert.ok(waits, `${nameOf(object)} of ${owner} does not wait for the webhooks of ${operator}`);
        }
      }
    });

    it(`comes after they answer with the real charts as well, and each webhook has a probe, in stack ${stack}`, async function () {
      needCharts(
        this,
        operators.flatMap(({ chart }) => chart?.entry ?? []),
      );
      const { helm } = await needTools(this, "helm");
      const plurals = new Map(
        [...new Set(plan.crds)].flatMap((entry) => {
          const chart = lockedChart(entry, chartLock);
          const { directory } = cacheEntry(cache, chart);
          const crds = crdsOf({ name: entry, version: chart.version, path: directory, origin: "unverified" });
          return crds.map((crd): [string, string] => [
            `${text(crd.spec["group"])}/${text(at(crd.spec, "names", "kind"))}`,
            text(at(crd.spec, "names", "plural")),
          ]);
        }),
      );
      const resourceOf = (object: unknown): Resource => {
        const [version = "", group = ""] = text(at(object, "apiVersion")).split("/").reverse();
        const kind = text(at(object, "kind"));
        return { group, version, plural: plurals.get(`${group}/${kind}`) ?? `${kind.toLowerCase()}s` };
      };
      const all = placed(plan, (step) => render(helm, step.plan));
      const found = judges(all);
      assert.ok(new Set(found.map(({ operator }) => operator)).size >= 3, "webhooks were not found");
      for (const judge of found) {
        const what = `${judge.configuration}, webhook ${text(judge.webhook["name"])}`;
        const own = operators.find(({ operator }) => operator === judge.operator)?.webhooks ?? [];
        assert.ok(
          own.some(
            ({ configurations, object }) =>
              configurations.includes(judge.configuration) && asks(judge, resourceOf(object)),
          ),
          `${what}: no probe of ${judge.operator} is judged by it`,
        );
        assert.match(text(judge.webhook["sideEffects"]), /^None(OnDryRun)?$/, `${what} cannot be asked by a dry run`);
        for (const { object, operator, phase } of all) {
          if (operator === undefined || !asks(judge, resourceOf(object))) continue;
          const typed = { apiVersion: text(at(object, "apiVersion")), kind: text(at(object, "kind")) };
          const waits =
            operator === judge.operator
              ? phase === "after" || (phase === "chart" && waitsForWebhooks(typed, own))
              : earlier(plan, operator).has(judge.operator);
          assert.ok(waits, `${nameOf(object)} of ${operator} (${phase ?? ""}) does not wait for ${what}`);
        }
      }
    });
  }
});
