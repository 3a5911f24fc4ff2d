import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { OperatorPlan } from "../../../components/operators/define";
import { OperatorComponent } from "../../../components/operators/operator-component";
import { operatorSettings } from "../../../components/operators/settings";
import { planOperators } from "../../../components/operators/stack";
import { facts, required } from "./support";

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  readonly dependencies: readonly string[];
  readonly retainOnDelete: boolean;
  readonly inputs: Record<string, unknown>;
}

/** The raw request, as far as the test reads it. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
  getRetainondelete(): boolean | undefined;
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
}

const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

function planOf(name: string): OperatorPlan {
  const parsed = operatorSettings(required);
  assert.ok(parsed.success);
  const found = planOperators(parsed.data, facts).find(({ plan }) => plan.operator === name);
  assert.ok(found !== undefined);
  return found.plan;
}

/** Registers the operator under mocks; the raw requests hold what mocks leave out: parents, dependencies, retention. */
async function register(plan: OperatorPlan, chartPath?: string): Promise<Registered[]> {
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs }: { name: string; inputs: Record<string, unknown> }) => ({
        id: `${name}-id`,
        state: { ...inputs, result: "drawn" },
      }),
      call: () => ({}),
    },
    "mijnbureau-platform",
    "test",
  );
  const monitor = pulumi.runtime.getMonitor();
  assert.ok(monitor !== undefined);
  const original = monitor.registerResource.bind(monitor);
  Object.assign(monitor, {
    registerResource(request: RegisterRequest, callback: unknown): unknown {
      registered.push({
        type: request.getType(),
        name: request.getName(),
        parent: request.getParent(),
        dependencies: request.getDependenciesList(),
        retainOnDelete: request.getRetainondelete() ?? false,
        inputs: request.getObject()?.toJavaScript() ?? {},
      });
      return Reflect.apply(original, monitor, [request, callback]);
    },
  });
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
  new OperatorComponent(
    plan.operator,
    { plan, namespaces, simulatedNodes: false, after: [], ...(chartPath === undefined ? {} : { chartPath }) },
    {},
  );
  await pulumi.runtime.disconnect();
  return registered;
}

const one = (all: readonly Registered[], matches: (each: Registered) => boolean, what: string): Registered => {
  const found = all.filter(matches);
  assert.equal(found.length, 1, `${found.length} of ${what}`);
  const [only] = found;
  assert.ok(only !== undefined);
  return only;
};

describe("the operator component", () => {
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
