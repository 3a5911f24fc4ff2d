import assert from "node:assert/strict";
import type { OperatorPlan } from "../../../components/operators/frame/define";
import { OperatorComponent, type WebhooksAnswer } from "../../../components/operators/frame/operator-component";
import type { KeptSecrets } from "../../../components/installation";
import { operatorSettings } from "../../../components/operators/frame/settings";
import { planOperators } from "../../../components/operators/frame/stack";
import { one, registrations, type Registered } from "../registrations";
import { facts, required } from "./support";

const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

function planOf(name: string): OperatorPlan {
  const parsed = operatorSettings(required);
  assert.ok(parsed.success);
  const found = planOperators(parsed.data, facts).find(({ plan }) => plan.operator === name);
  assert.ok(found !== undefined);
  return found.plan;
}

interface Given {
  readonly webhooksAnswer?: WebhooksAnswer;
  readonly keptSecrets?: KeptSecrets;
  readonly onRegistered?: (each: Registered) => void;
}

function register(
  plan: OperatorPlan,
  chartPath?: string,
  { webhooksAnswer = () => Promise.resolve(), keptSecrets = new Map(), onRegistered }: Given = {},
): Promise<Registered[]> {
  const namespaces = plan.namespaces.map(({ name, podSecurity, holdsData }) => ({
    namespace: name,
    identity: {
      role: "operator" as const,
      component: plan.operator,
      owner: "team",
      dataClassification: "internal" as const,
      backupTier: "none" as const,
      holdsData: holdsData ?? false,
      podSecurity: { level: podSecurity.level, version: "v1.33" },
    },
    limits: [],
    networkPolicies: [],
  }));
  return registrations(() => {
    new OperatorComponent(
      plan.operator,
      {
        plan,
        namespaces,
        simulatedNodes: false,
        after: [],
        webhooksAnswer,
        keptSecrets,
        ...(chartPath === undefined ? {} : { chartPath }),
      },
      {},
    );
  }, onRegistered);
}

describe("the operator component", () => {
  it("makes what Kyverno fills in before Kyverno, so that it goes after Kyverno, and leaves the filling alone", async () => {
    const all = await register(planOf("kyverno"), "/charts/kyverno");
    const chart = one(all, ({ type }) => type === "kubernetes:helm.sh/v4:Chart", "charts");
    const webhooks = all.filter(({ type }) => type.endsWith("WebhookConfiguration"));
    assert.ok(webhooks.length > 0);
    for (const { name, inputs, ignoreChanges } of webhooks) {
      assert.deepEqual(inputs["webhooks"], []);
      assert.ok(ignoreChanges.includes("webhooks"), name);
      assert.ok(
        chart.dependencies.some((urn) => urn.endsWith(name)),
        `the chart does not wait for ${name}`,
      );
    }
  });

  it("registers namespaces, then what pods wait for, then the chart, then the operator's own objects", async () => {
    const all = await register(planOf("velero"), "/charts/velero");
    const chart = one(all, ({ type }) => type === "kubernetes:helm.sh/v4:Chart", "charts");
    assert.equal(chart.inputs["chart"], "/charts/velero");
    assert.equal(chart.inputs["namespace"], "velero");
    assert.equal(chart.inputs["skipCrds"], true);

    const depends = (each: Registered, part: string): boolean => each.dependencies.some((urn) => urn.includes(part));
    assert.ok(depends(chart, "Namespace::velero"), "the chart waits for its namespace");
    assert.ok(depends(chart, "externalsecret/velero/velero-object-store"), "the chart waits for its secrets");
    assert.ok(depends(chart, "secret/velero/velero-repo-credentials"), "the chart waits for the repository password");
    const schedule = one(all, ({ name }) => name.endsWith("schedule/velero/suite-daily"), "daily schedules");
    assert.ok(
      schedule.dependencies.some((urn) => urn.includes("velero-repo-credentials")),
      "no backup before the repository password",
    );
    for (const each of all)
      if (each.type !== "mijnbureau:platform:Operator" && each.parent === "") assert.fail(`${each.name} has no parent`);
  });

  it("keeps the repository password secret, and the Secret when the stack goes", async () => {
    const all = await register(planOf("velero"), "/charts/velero");
    const secret = one(all, ({ name }) => name.endsWith("secret/velero/velero-repo-credentials"), "repository secrets");
    assert.equal(secret.retainOnDelete, true);
    assert.ok(
      JSON.stringify(secret.inputs["stringData"]).includes(SECRET_SIGNATURE),
      "the value is not marked as secret",
    );
    const password = one(all, ({ type }) => type === "random:index/randomPassword:RandomPassword", "passwords");
    assert.equal(password.inputs["length"], 64);
  });

  it("makes objects of kinds that its webhooks judge only after these answer", async () => {
    for (const name of ["cert-manager", "external-secrets"]) {
      const plan = planOf(name);
      const order: string[] = [];
      await register(plan, "/charts/x", {
        webhooksAnswer: async (probes) => {
          assert.deepEqual(probes, plan.webhooks);
          order.push("asked");
          await new Promise((resolve) => setTimeout(resolve, 50));
          order.push("answered");
        },
        onRegistered: ({ name: registered }) => void order.push(registered),
      });
      assert.ok(plan.after.length > 0);
      const place = (what: string): number => order.findIndex((each) => each.endsWith(what));
      assert.equal(order.filter((each) => each === "asked").length, 1, "asked more than once");
      for (const { kind, metadata } of plan.after)
        assert.ok(place("answered") < place(`/${metadata.name}`), `${kind} ${metadata.name} did not wait`);
      for (const { kind, metadata } of plan.before)
        assert.ok(place(`/${metadata.name}`) < place("asked"), `${kind} ${metadata.name} waited`);
    }
  });

  it("never draws a password anew in place of one that is in use", async () => {
    const place = "velero/velero-repo-credentials";
    const kept = new Map([[place, { "repository-password": "the old one" }]]);
    const all = await register(planOf("velero"), "/charts/velero", { keptSecrets: kept });
    const secret = one(all, ({ name }) => name.endsWith(`secret/${place}`), "repository secrets");
    assert.ok(JSON.stringify(secret.inputs["stringData"]).includes("the old one"));
    assert.deepEqual(secret.ignoreChanges, ["data", "stringData"]);
  });

  it("refuses a chart without its folder", async () => {
    await assert.rejects(register(planOf("kyverno")), /operator kyverno: no folder for chart kyverno/);
  });

  it("registers an operator without chart and namespace", async () => {
    const all = await register(planOf("sandboxes"));
    assert.ok(
      all.some(
        ({ type, name }) => type === "kubernetes:node.k8s.io/v1:RuntimeClass" && name.endsWith("runtimeclass/gvisor"),
      ),
    );
    assert.ok(!all.some(({ type }) => type.includes("Chart")));
  });
});
