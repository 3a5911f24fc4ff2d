import assert from "node:assert/strict";
import type { OperatorPlan } from "../../../components/operators/frame/define";
import { operatorSettings } from "../../../components/operators/frame/settings";
import { planOperators } from "../../../components/operators/frame/stack";
import { at, containersOf, chartsOf, fields, list, nameOf, podOf, render, workloads } from "./rendered";
import { everything, facts } from "./support";
import { needCharts, needTools } from "../../support/needs";

/** Who may read every Secret of the cluster, and what for. */
const readsSecrets: Readonly<Record<string, string>> = {
  "ClusterRole/cert-manager-cainjector": "That of the Security Profiles Operator, which is on here",
  "ClusterRole/cert-manager-controller-certificates": "Keys and certificates are Secrets",
  "ClusterRole/cert-manager-controller-challenges": "Credentials of solvers",
  "ClusterRole/cert-manager-controller-clusterissuers": "Keys of issuers",
  "ClusterRole/cert-manager-controller-issuers": "Keys of issuers",
  "ClusterRole/cert-manager-controller-orders": "Account keys",
  "ClusterRole/external-secrets-controller": "Watches what it made",
};

const readVerbs = new Set(["get", "list", "watch", "*"]);

function readsEverySecret(role: unknown): boolean {
  return list(at(role, "rules")).some((rule) => {
    const has = (name: string, ...values: readonly string[]): boolean =>
      list(at(rule, name)).some((value) => values.includes(String(value)));
    return (
      has("apiGroups", "", "*") &&
      has("resources", "secrets", "*") &&
      at(rule, "resourceNames") === undefined &&
      list(at(rule, "verbs")).some((verb) => readVerbs.has(String(verb)))
    );
  });
}

function selects(selector: unknown, labels: unknown): boolean {
  const own = fields(labels);
  return (
    Object.entries(fields(at(selector, "matchLabels"))).every(([key, value]) => own[key] === value) &&
    list(at(selector, "matchExpressions")).every((each) => {
      const value = own[String(at(each, "key"))];
      return at(each, "operator") === "Exists" ? value !== undefined : list(at(each, "values")).includes(value);
    })
  );
}

describe("operators: the real charts' own wiring", function () {
  this.timeout(600_000);
  let helm = "";
  const plans: { plan: OperatorPlan; objects: readonly unknown[] }[] = [];
  const of = (kind: string): unknown[] =>
    plans.flatMap(({ objects }) => objects.filter((object) => at(object, "kind") === kind));
  const inPlan = (operator: string, kind: string): unknown[] =>
    plans
      .filter(({ plan }) => plan.operator === operator)
      .flatMap(({ objects }) => objects.filter((object) => at(object, "kind") === kind));

  before(async function () {
    const settings = operatorSettings(everything);
    assert.ok(settings.success);
    const planned = planOperators(settings.data, facts).map(({ plan }) => plan);
    ({ helm } = await needTools(this, "helm"));
    needCharts(this, chartsOf(planned));
    plans.push(...planned.map((plan) => ({ plan, objects: [...plan.before, ...render(helm, plan), ...plan.after] })));
  });

  it("lets nobody read the Secrets of the whole cluster but those that are there for it", () => {
    const bound = new Set(of("ClusterRoleBinding").map((binding) => String(at(binding, "roleRef", "name"))));
    const readers = of("ClusterRole")
      .filter((role) => bound.has(String(at(role, "metadata", "name"))) && readsEverySecret(role))
      .map(nameOf);
    assert.deepEqual([...new Set(readers)].sort(), Object.keys(readsSecrets).sort());
  });

  it("lets the Grafana operator write nothing but its own kinds", () => {
    const rules = inPlan("grafana-operator", "ClusterRole").flatMap((role) => list(at(role, "rules")));
    assert.ok(rules.length > 3);
    for (const rule of rules) {
      const groups = list(at(rule, "apiGroups"));
      if (groups.includes("grafana.integreatly.org") || list(at(rule, "resources")).includes("events")) continue;
      assert.deepEqual(at(rule, "verbs"), ["get", "list", "watch"], JSON.stringify(rule));
    }
  });

  it("has budgets that match the pods of a workload with more of them than must stay", () => {
    const budgets = plans.flatMap(({ objects }) =>
      objects
        .filter((object) => at(object, "kind") === "PodDisruptionBudget")
        .map((budget) => ({ budget, around: objects })),
    );
    assert.ok(budgets.length > 10);
    for (const { budget, around } of budgets) {
      const selector = at(budget, "spec", "selector");
      const pods = around
        .filter((object) => workloads.has(String(at(object, "kind"))))
        .filter((object) => selects(selector, at(podOf(object), "metadata", "labels")));
      // What an operator starts from an object of its own kind.
      const run = around.filter(
        (object) =>
          ["Alertmanager", "Prometheus"].includes(String(at(object, "kind"))) &&
          String(at(object, "kind")).toLowerCase() === at(selector, "matchLabels", "app.kubernetes.io/name"),
      );
      const replicas = [...pods, ...run].map((object) => Number(at(object, "spec", "replicas")));
      assert.equal(replicas.length, 1, nameOf(budget));
      assert.equal(at(budget, "spec", "unhealthyPodEvictionPolicy"), "AlwaysAllow", nameOf(budget));
      const stay = Number(at(budget, "spec", "minAvailable") ?? 0);
      assert.ok(
        replicas.every((count) => count > 1 && count > stay),
        nameOf(budget),
      );
    }
  });

  it("names the AppArmor profile of every pod where nodes have AppArmor, but Falco's, which reads other processes", () => {
    let named = 0;
    for (const { plan, objects } of plans) {
      for (const object of objects) {
        const kind = String(at(object, "kind"));
        const run = ["Alertmanager", "Prometheus"].includes(kind);
        if (!run && !workloads.has(kind)) continue;
        const pod = run ? at(object, "spec") : at(podOf(object), "spec");
        const profile = at(pod, "securityContext", "appArmorProfile", "type");
        assert.equal(profile, plan.operator === "falco" ? "Unconfined" : "RuntimeDefault", nameOf(object));
        // The API server refuses a pod of which field and annotation differ.
        const annotations = Object.entries(fields(at(podOf(object), "metadata", "annotations")));
        const legacy = annotations.filter(([key]) => key.startsWith("container.apparmor."));
        assert.ok(plan.operator === "falco" || legacy.length === 0, nameOf(object));
        named += 1;
      }
    }
    assert.ok(named > 30);
  });

  it("has no monitor that reads a file of Prometheus' pod: the operator leaves such monitors out as a whole", () => {
    const settings = operatorSettings({
      ...everything,
      prometheus: { receiver: { type: "webhook" }, controlPlaneMetrics: true },
    });
    assert.ok(settings.success);
    const open = planOperators(settings.data, facts)
      .filter(({ plan }) => plan.operator === "prometheus")
      .flatMap(({ plan }) => render(helm, plan));
    const [prometheus] = open.filter((object) => at(object, "kind") === "Prometheus");
    assert.equal(at(prometheus, "spec", "arbitraryFSAccessThroughSMs", "deny"), true);
    const monitors = [...open, ...plans.flatMap(({ objects }) => objects)].filter(
      (object) => at(object, "kind") === "ServiceMonitor",
    );
    assert.ok(monitors.length > 30);
    for (const monitor of monitors) {
      for (const endpoint of list(at(monitor, "spec", "endpoints"))) {
        const files = [
          at(endpoint, "bearerTokenFile"),
          ...["caFile", "certFile", "keyFile"].map((file) => at(endpoint, "tlsConfig", file)),
        ];
        assert.deepEqual(
          files.filter((file) => file !== undefined),
          [],
          nameOf(monitor),
        );
      }
    }
  });

  it("has monitors that find a port to scrape, in the namespace that they look in", () => {
    // Services and pods that the cluster or its installer brings, and those that CloudNativePG makes of a Cluster.
    const foreign = new Set(
      ["apiserver", "kubelet", "cilium-agent", "ingress-controller", "cluster"].map(
        (name) => new RegExp(`(^|-)${name}$`),
      ),
    );
    let found = 0;
    for (const { plan, objects } of plans) {
      for (const monitor of objects.filter((object) =>
        ["ServiceMonitor", "PodMonitor"].includes(String(at(object, "kind"))),
      )) {
        const name = String(at(monitor, "metadata", "name"));
        if ([...foreign].some((pattern) => pattern.test(name))) continue;
        const pods = at(monitor, "kind") === "PodMonitor";
        const selector = at(monitor, "spec", "selector");
        const ports = objects.flatMap((object) => {
          if (pods) {
            return workloads.has(String(at(object, "kind"))) &&
              selects(selector, at(podOf(object), "metadata", "labels"))
              ? containersOf(object).flatMap((container) => list(at(container, "ports")))
              : [];
          }
          return at(object, "kind") === "Service" && selects(selector, at(object, "metadata", "labels"))
            ? list(at(object, "spec", "ports"))
            : [];
        });
        for (const endpoint of list(at(monitor, "spec", pods ? "podMetricsEndpoints" : "endpoints"))) {
          const wanted = at(endpoint, "port") ?? at(endpoint, "targetPort");
          const open = ports.some((port) => at(port, "name") === wanted || at(port, "targetPort") === wanted);
          assert.ok(open, `${plan.operator}: ${nameOf(monitor)} scrapes ${String(wanted)}, which nothing has`);
          found += 1;
        }
      }
    }
    assert.ok(found > 20);
  });
});
