import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { kyvernoRights } from "../../../components/admission/kyverno/rights";
import { stackConfig } from "../../../components/stack-file";
import { singleFlows } from "../../../suite/flow";
import { namespaceLabels } from "../../../components/namespace/labels";
import { operatorFacts } from "../../../components/operator-facts";
import type { OperatorPlan } from "../../../components/operators/frame/define";
import { strings } from "../../../components/operators/frame/manifest";
import { operatorSettings } from "../../../components/operators/frame/settings";
import { planOperators } from "../../../components/operators/frame/stack";
import { projectRoot } from "../../../embedded/toolchain";
import { contextIn, Engine, readObject } from "../../../policypack/engine/engine";
import { loadRules } from "../../../policypack/engine/load";
import { policySettings } from "../../../config/policies";
import { StackIndex } from "../../../policypack/engine/stack";
import { at, containersOf, chartsOf, fields, list, nameOf, podOf, render, workloads } from "./rendered";
import { everything, facts, MIRROR, mirrored } from "./support";
import { needCharts, needTools } from "../../support/needs";

/** Ports of containers that nobody outside the pod has a reason to call, so that no flow opens them. */
const unused: Readonly<Record<string, readonly number[]>> = {
  // Gossip of several Grafanas, of which there is one, and its profiler.
  prometheus: [9094, 6060],
  // Probes come from the node itself, which NetworkPolicy never blocks.
  "external-secrets": [8081, 8082],
  "trivy-operator": [9090],
  "cert-manager": [6080, 9403],
  "grafana-operator": [8888, 8081],
  "cloudnative-pg": [8081],
  // Access log exporter: nginx reaches it inside the pod.
  loki: [8514],
  // Background and reports controllers listen for probes only.
  kyverno: [9443],
};

const upstream =
  /(^|[^\w.-])(docker\.io|ghcr\.io|quay\.io|gcr\.io|registry\.k8s\.io|reg\.kyverno\.io|public\.ecr\.aws|mcr\.microsoft\.com)\//;

const stackFiles = (): string[] =>
  readdirSync(projectRoot()).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);

/** A cluster with nothing in it yet: every prerequisite is installed. */
const bare = { customResources: new Map<string, boolean>(), apiServices: new Map<string, boolean>() };

describe("operators: the real charts", function () {
  this.timeout(600_000);
  let helm = "";
  const plans: { plan: OperatorPlan; objects: readonly unknown[] }[] = [];
  const air: { plan: OperatorPlan; objects: readonly unknown[] }[] = [];

  before(async function () {
    const settings = operatorSettings(everything);
    assert.ok(settings.success);
    const planned = planOperators(settings.data, facts).map(({ plan }) => plan);
    ({ helm } = await needTools(this, "helm"));
    needCharts(this, chartsOf(planned));
    plans.push(...planned.map((plan) => ({ plan, objects: [...plan.before, ...render(helm, plan), ...plan.after] })));
    const moved = planOperators(settings.data, mirrored).map(({ plan }) => plan);
    air.push(...moved.map((plan) => ({ plan, objects: [...plan.before, ...render(helm, plan), ...plan.after] })));
  });

  it("bring workloads, none of their own NetworkPolicies, and no test pods", () => {
    assert.ok(
      plans.flatMap(({ objects }) => objects).filter((object) => workloads.has(String(at(object, "kind")))).length > 25,
    );
    for (const { plan, objects } of plans) {
      for (const object of objects) {
        assert.notEqual(at(object, "kind"), "NetworkPolicy", `${plan.operator}: ${nameOf(object)}`);
        assert.notEqual(at(object, "kind"), "Pod", `${plan.operator}: ${nameOf(object)}`);
      }
    }
  });

  it("render the same twice: nothing is drawn while rendering", () => {
    for (const { plan } of plans) {
      if (plan.chart === undefined) continue;
      const again = [...plan.before, ...render(helm, plan), ...plan.after];
      const first = plans.find((each) => each.plan === plan)?.objects;
      assert.deepEqual(again, first, plan.operator);
    }
  });

  it("give every container requests, limits, a tag, and no pull on every start", () => {
    for (const { plan, objects } of plans) {
      for (const object of objects.filter((each) => workloads.has(String(at(each, "kind"))))) {
        for (const container of containersOf(object)) {
          const where = `${plan.operator}: ${nameOf(object)} ${String(at(container, "name"))}`;
          const set = ["requests", "limits"].map((kind) =>
            Object.keys(fields(at(container, "resources", kind))).sort(),
          );
          assert.deepEqual(
            set,
            [
              ["cpu", "memory"],
              ["cpu", "memory"],
            ],
            where,
          );
          assert.match(String(at(container, "image")), /:v?\d[\w.+-]*(@sha256:\w+)?$/, where);
          assert.notEqual(at(container, "imagePullPolicy"), "Always", where);
        }
      }
    }
  });

  // A container runtime must refuse a sandbox with a group and no user (k8s.io/cri-api, LinuxSandboxSecurityContext):
  // such a pod is admitted and never starts. containerd: "user group is specified without user".
  it("give no pod a group without a user", () => {
    const without = plans.flatMap(({ plan, objects }) =>
      objects
        .filter((object) => workloads.has(String(at(object, "kind"))))
        .filter((object) => {
          const context = fields(at(podOf(object), "spec", "securityContext"));
          return "runAsGroup" in context && !("runAsUser" in context);
        })
        .map((object) => `${plan.operator}: ${nameOf(object)}`),
    );
    assert.deepEqual(without, []);
  });

  it("stay off the control plane, but for the named node agents and what selects its nodes itself", () => {
    for (const { plan, objects } of plans) {
      const agents = plan.hostAgents.map(({ workload }) => workload);
      for (const object of objects.filter((each) => workloads.has(String(at(each, "kind"))))) {
        if (agents.includes(String(at(object, "metadata", "name")))) continue;
        const affinity = JSON.stringify(at(podOf(object), "spec", "affinity") ?? {});
        assert.match(
          affinity,
          /node-role\.kubernetes\.io\/control-plane","operator":"DoesNotExist"/,
          `${plan.operator}: ${nameOf(object)}`,
        );
      }
    }
  });

  it("leave no upstream registry in any object when there is a mirror", () => {
    for (const { plan, objects } of air) {
      for (const object of objects) {
        // Titles and links of dashboards, and Eraser's pattern of images that stay.
        if (/dashboard|ConfigMap\/platform-excluded-images/i.test(nameOf(object))) continue;
        const left = [...strings(object)].filter(({ value }) => upstream.test(value));
        assert.deepEqual(left, [], `${plan.operator}: ${nameOf(object)}`);
        for (const container of containersOf(object))
          assert.ok(String(at(container, "image")).startsWith(`${MIRROR}/`), nameOf(object));
      }
    }
  });

  it("name Secrets and ConfigMaps that exist or have a declared producer", () => {
    for (const { plan, objects } of plans) {
      const produced = new Set([
        ...plan.secrets.map(({ name }) => `Secret/${name}`),
        ...objects.map(nameOf),
        ...objects
          .filter((object) => at(object, "kind") === "Certificate")
          .map((object) => `Secret/${String(at(object, "spec", "secretName"))}`),
        ...objects
          .filter((object) => at(object, "kind") === "ExternalSecret")
          .map((object) => `Secret/${String(at(object, "spec", "target", "name"))}`),
      ]);
      for (const object of objects.filter((each) => workloads.has(String(at(each, "kind"))))) {
        for (const reference of references(object))
          assert.ok(produced.has(reference), `${plan.operator}: ${nameOf(object)} needs ${reference}`);
      }
    }
  });

  it("listen only on ports that a flow opens, or that nobody has to reach", () => {
    const flows = plans.flatMap(({ plan }) => singleFlows(plan.flows));
    for (const { plan, objects } of plans) {
      for (const object of objects.filter((each) => workloads.has(String(at(each, "kind"))))) {
        const namespace = at(object, "metadata", "namespace");
        if (at(podOf(object), "spec", "hostNetwork") === true) continue;
        const open = flows
          .filter(({ to }) => to.kind === "operator" && to.namespace === namespace)
          .flatMap(({ ports }) => [...(ports ?? [])].map((port) => (typeof port === "number" ? port : port.port)));
        for (const port of containersOf(object).flatMap((container) =>
          list(at(container, "ports")).map((each) => Number(at(each, "containerPort"))),
        )) {
          assert.ok(
            open.includes(port) || (unused[plan.operator] ?? []).includes(port),
            `${plan.operator}: ${nameOf(object)} listens on ${port}, which no flow opens`,
          );
        }
      }
    }
  });

  it("pass the policy pack, but for what the operators exist for", () => {
    judged(plans);
  });

  for (const stack of stackFiles()) {
    it(`do so in stack ${stack}`, () => {
      const config = stackConfig(projectRoot(), stack);
      const given = planOperators(config.operators, operatorFacts(config, bare)).map(({ plan }) => plan);
      judged(given.map((plan) => ({ plan, objects: [...plan.before, ...render(helm, plan), ...plan.after] })));
    });
  }
});

/** Under profile strict, the operators' exemptions cover every mandatory finding, and each covers one. */
function judged(plans: readonly { plan: OperatorPlan; objects: readonly unknown[] }[]): void {
  const namespaces = plans.flatMap(({ plan }) =>
    plan.namespaces.map(({ name, podSecurity, holdsData }) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name,
        labels: namespaceLabels({
          role: "operator",
          component: plan.operator,
          owner: "team",
          dataClassification: "internal",
          backupTier: "none",
          holdsData: holdsData ?? false,
          podSecurity: { level: podSecurity.level, version: "v1.33" },
        }),
      },
    })),
  );
  // Guardrails of namespaces are the namespace component's; registries are the stack's own list.
  const rules = loadRules().filter(({ id }) => !/^((namespaces|network|images)\/|stack\/isolated-pods$)/.test(id));
  assert.ok(rules.some(({ id }) => id.startsWith("pod-security/")));
  const engine = new Engine(rules, policySettings.parse({ profile: "strict" }), "2026-11-22");
  // The policies bring rights for Kyverno's controllers, which Kyverno's exemptions speak of.
  const brought = plans.some(({ plan }) => plan.operator === "kyverno") ? kyvernoRights : [];
  const entries = [...namespaces, ...brought, ...plans.flatMap(({ objects }) => objects)].flatMap(
    (object) => readObject(object) ?? [],
  );
  const stack = new StackIndex(entries);
  const findings = [
    ...entries.flatMap((entry) => engine.judge(entry, contextIn(stack, entry, "other"))),
    ...engine.judgeStack(stack),
  ];
  const needed = plans.flatMap(({ plan }) =>
    plan.exemptions
      .filter(({ runtime }) => runtime === undefined)
      .map(({ rule, target }) => `${rule} ${target.kind}/${target.name}`),
  );
  const violated = findings
    .filter(({ level, decision }) => level === "mandatory" && decision === "violated")
    .map(({ rule, kind, name }) => `${rule} ${kind}/${name}`);
  assert.deepEqual(
    [...new Set(violated)].filter((finding) => !needed.includes(finding)),
    [],
  );
  // An exemption that nothing needs any more is a hole that nobody sees.
  assert.deepEqual(
    needed.filter((exemption) => !violated.includes(exemption)),
    [],
  );
}

/** `Secret/x` and `ConfigMap/x` that a pod cannot start without. */
function references(object: unknown): string[] {
  const spec = at(podOf(object), "spec");
  const optional = (reference: unknown): boolean => at(reference, "optional") === true;
  const volumes = list(at(spec, "volumes")).flatMap((volume) => [
    ...(at(volume, "secret") === undefined || optional(at(volume, "secret"))
      ? []
      : [`Secret/${String(at(volume, "secret", "secretName"))}`]),
    ...(at(volume, "configMap") === undefined || optional(at(volume, "configMap"))
      ? []
      : [`ConfigMap/${String(at(volume, "configMap", "name"))}`]),
  ]);
  const environment = containersOf(object).flatMap((container) => [
    ...list(at(container, "envFrom")).flatMap((source) =>
      at(source, "secretRef") === undefined ? [] : [`Secret/${String(at(source, "secretRef", "name"))}`],
    ),
    ...list(at(container, "env")).flatMap((variable) => {
      const reference = at(variable, "valueFrom", "secretKeyRef");
      return reference === undefined || optional(reference) ? [] : [`Secret/${String(at(reference, "name"))}`];
    }),
  ]);
  return [...volumes, ...environment];
}
