import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chartObject } from "../../components/operators/frame/chart-object";
import { operatorSettings } from "../../components/operators/frame/settings";
import { planOperators } from "../../components/operators/frame/stack";
import type { OperatorPlan } from "../../components/operators/frame/define";
import { managedLabels } from "../../components/namespace/labels";
import { clusterReset, clusterUp } from "../../embedded/cluster";
import { COMPONENTS } from "../../embedded/cluster/components";
import { ApiError, isKubeObject, KubeClient, type KubeObject } from "../../lib/kube/client";
import { chartsOf, fields, nameOf, render } from "../components/operators/rendered";
import { everything, facts } from "../components/operators/support";
import { needCharts, needTools } from "../support/needs";

/**
 * Values that the API server answers null to. The provider sees them change in every `pulumi up`, as it does a role's empty
 * list of rules; empty values that the API server leaves out altogether it does not count.
 */
function nulled(given: unknown, kept: unknown, path: readonly string[] = []): string[] {
  if (kept === null) return [path.join(".")];
  if (Array.isArray(given)) {
    const other: readonly unknown[] = Array.isArray(kept) ? kept : [];
    return given.flatMap((item, index) => nulled(item, other[index], [...path, String(index)]));
  }
  return Object.entries(fields(given)).flatMap(([key, item]) => nulled(item, fields(kept)[key], [...path, key]));
}

/** As `pulumi up` registers it: changed where the program changes charts, without what no object can hold. */
function registered(object: unknown, plan: OperatorPlan): { object: unknown; ignored: readonly string[] } {
  const props = fields(object);
  const type = `kubernetes:${String(props["apiVersion"])}:${String(props["kind"])}`;
  const made = chartObject({ type, props }, plan, false);
  // The engine takes a null for a field that is not there.
  return { object: withoutNulls(made?.props ?? props), ignored: made?.ignoreChanges ?? [] };
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (item === null ? [] : [[key, withoutNulls(item)]])),
  );
}

/**
 * Every object of every operator's real chart, applied as a dry run. Kinds that operators bring are left out: nothing of
 * theirs is installed here, and definitions of custom resources keep empty lists.
 */
describe("objects of the real charts", function () {
  this.timeout(600_000);
  const settings = operatorSettings(everything);
  assert.ok(settings.success);
  const plans = planOperators(settings.data, facts).map(({ plan }) => plan);
  let dir = "";
  let admin: KubeClient;
  let helm = "";

  before(async function () {
    needCharts(this, chartsOf(plans));
    const { helm: found, ...binaries } = await needTools(this, "helm", ...COMPONENTS);
    helm = found;
    dir = mkdtempSync(join(tmpdir(), "kept-fields-"));
    const { kubeconfig } = await clusterUp({ dir, binaries });
    admin = KubeClient.fromKubeconfig(kubeconfig);
    const own = plans.flatMap(({ namespaces }) => namespaces.map((each) => each.name));
    for (const name of [...own, ...facts.apps.map(({ namespace }) => namespace)]) {
      await admin.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: managedLabels } });
    }
  });

  after(async () => {
    if (dir === "") return;
    admin.close();
    await clusterReset({ dir });
    rmSync(dir, { recursive: true, force: true });
  });

  /** Undefined for a kind that the API server does not have. */
  async function changedBack(object: KubeObject): Promise<string[] | undefined> {
    try {
      const kept = await admin.apply(object, { dryRun: true, force: true, fieldManager: "test" });
      return nulled(object, kept);
    } catch (error) {
      if (error instanceof ApiError && error.reason === "NotFound" && /has no kind/.test(error.message))
        return undefined;
      throw error;
    }
  }

  for (const plan of plans) {
    it(`of ${plan.operator} hold nothing that every up would change again`, async () => {
      const found: string[] = [];
      let seen = 0;
      for (const each of [...plan.before, ...render(helm, plan), ...plan.after]) {
        const { object, ignored } = registered(each, plan);
        assert.ok(isKubeObject(object), nameOf(object));
        const paths = await changedBack(object);
        if (paths === undefined) continue;
        seen += 1;
        const compared = paths.filter((path) => !ignored.some((field) => `${path}.`.startsWith(`${field}.`)));
        found.push(...compared.map((path) => `${nameOf(object)}: ${path}`));
      }
      assert.deepEqual(found, []);
      if (plan.chart !== undefined) assert.ok(seen > 0, "nothing was applied");
    });
  }

  it("are told apart from those that do: an empty list of rules is not kept", async () => {
    const role = (rules: readonly object[]) => ({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "without-rules" },
      rules: [...rules],
    });
    assert.deepEqual(await changedBack(role([])), ["rules"]);
    assert.deepEqual(await changedBack(role([{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }])), []);
  });
});
