import assert from "node:assert/strict";
import { mijnbureauValues } from "../../../components/handover/values";
import { operatorFacts } from "../../../components/operator-facts";
import type { OperatorPlan } from "../../../components/operators/frame/define";
import { withoutIds } from "../../../components/operators/frame/openshift";
import { planOperators } from "../../../components/operators/frame/stack";
import { parseConfig } from "../../../components/settings";
import { stackConfig, stackKeys } from "../../../components/stack-file";
import { needCharts, needTools } from "../../support/needs";
import { at, chartsOf, fields, list, render } from "./rendered";

const config = stackConfig("examples", "openshift");
const empty = { customResources: new Map<string, boolean>(), apiServices: new Map<string, boolean>() };
const plans = planOperators(config.operators, operatorFacts(config, empty)).map(({ plan }) => plan);

/** What `restricted-v2` refuses (OpenShift): ids outside the range that it gives the namespace. */
const ids = (object: unknown): string[] =>
  [...JSON.stringify(object).matchAll(/"(runAsUser|runAsGroup|fsGroup|supplementalGroups)":/g)].map(
    ([, field]) => field ?? "",
  );
const isAgents = (plan: OperatorPlan, namespace: unknown): boolean =>
  plan.namespaces.some(({ name, podSecurity }) => name === namespace && podSecurity.level === "privileged");

describe("operators on OpenShift", function () {
  this.timeout(300_000);

  it("name no user or group where the constraints give them, whatever their charts say", async function () {
    const { helm } = await needTools(this, "helm");
    needCharts(this, chartsOf(plans));
    let pinned = 0;
    for (const plan of plans) {
      const rendered = render(helm, plan).map((object) => fields(object));
      for (const object of [...rendered, ...plan.before.map(fields), ...plan.after.map(fields)]) {
        if (isAgents(plan, at(object, "metadata", "namespace")) || String(at(object, "kind")).includes("Constraint"))
          continue;
        const kind = String(at(object, "kind"));
        pinned += ids(object).length;
        const fitted = withoutIds(object, kind, plan.namespaces);
        if (kind === "CustomResourceDefinition" || kind.endsWith("Policy")) continue;
        assert.deepEqual(ids(fitted), [], `${plan.operator}: ${kind} ${String(at(object, "metadata", "name"))}`);
      }
    }
    // Else there was nothing to take out, and the test has seen nothing.
    assert.ok(pinned > 10, `${pinned} pinned ids`);
  });

  it("bind each named agent of the host to constraints that let it in, and nobody else", () => {
    for (const plan of plans) {
      const bindings = plan.before.filter(
        ({ kind, metadata }) => kind === "RoleBinding" && metadata.name.startsWith("mijnbureau-platform:scc:"),
      );
      const expected = plan.namespaces.flatMap(({ name, podSecurity }) =>
        podSecurity.level === "privileged"
          ? podSecurity.admits
              .filter(
                ({ privileged, hostPID, hostNetwork, hostPaths, capabilities }) =>
                  privileged ?? hostPID ?? hostNetwork ?? (hostPaths !== undefined || capabilities !== undefined),
              )
              .map(({ account }) => `${name}/${account}`)
          : [],
      );
      const bound = bindings.map(
        ({ metadata, subjects }) => `${metadata.namespace ?? ""}/${String(at(list(subjects)[0], "name"))}`,
      );
      assert.deepEqual(bound.sort(), [...new Set(expected)].sort(), plan.operator);
      for (const { roleRef } of bindings)
        assert.match(String(at(roleRef, "name")), /^system:openshift:scc:(privileged|hostmount-anyuid)$/);
    }
    assert.ok(
      plans.some(({ before }) => before.some(({ metadata }) => metadata.name === "mijnbureau-platform:scc:falco")),
    );
  });

  it("leave the cluster's own monitoring alone", () => {
    const keys = stackKeys("examples", "openshift");
    const both = parseConfig({
      ...keys,
      operators: { ...fields(keys["operators"]), prometheus: { receiver: { type: "webhook" } } },
    });
    assert.throws(
      () => planOperators(both.operators, operatorFacts(both, empty)),
      /OpenShift runs a monitoring stack of its own/,
    );
    assert.ok(!plans.some(({ operator }) => operator === "prometheus"));
  });

  it("hand over values without users and groups, there and nowhere else", () => {
    assert.deepEqual(at(mijnbureauValues(config), "security", "default"), {
      containerSecurityContext: { runAsUser: null, runAsGroup: null },
      podSecurityContext: { fsGroup: null },
    });
    assert.equal(at(mijnbureauValues(stackConfig("examples", "rke2")), "security"), undefined);
  });

  it("is the identity on what names none, and leaves agents their own", () => {
    const pod = (securityContext: object) => ({
      metadata: { namespace: "x" },
      spec: { template: { spec: { containers: [{ name: "a", securityContext }] } } },
    });
    const agents = [{ name: "x", podSecurity: { level: "privileged", reason: "r", admits: [] } }] as const;
    const free = pod({ runAsNonRoot: true });
    assert.equal(withoutIds(free, "Deployment", []), free);
    const fixed = pod({ runAsNonRoot: true, runAsUser: 0 });
    assert.equal(withoutIds(fixed, "DaemonSet", agents), fixed);
    assert.deepEqual(withoutIds(fixed, "DaemonSet", []), free);
    assert.equal(withoutIds(fixed, "ConfigMap", []), fixed);
  });
});

describe("clusters whose pods share the nodes' network", () => {
  it("say so, and then control plane and nodes may lie in the pods' range", () => {
    const keys = stackKeys("examples", "eks");
    const network = fields(keys["network"]);
    assert.throws(
      () => parseConfig({ ...keys, network: { ...network, podsInNodeRange: false } }),
      /controlPlaneCidrs\.0.*overlaps podCidrs\.0[^]*podsInNodeRange: true/,
    );
    assert.throws(
      () => parseConfig({ ...keys, network: { ...network, serviceCidrs: ["10.0.4.0/24"] } }),
      /overlaps podCidrs/,
    );
  });

  it("of AKS keep the selectors that AKS writes into webhooks", () => {
    const aks = stackConfig("examples", "aks");
    const owned = planOperators(aks.operators, operatorFacts(aks, empty)).map(({ plan }) => plan.controllerOwned);
    for (const list of owned)
      assert.ok(list.some(({ fields: names }) => names.includes("webhooks[*].namespaceSelector")));
    assert.ok(!plans.some(({ controllerOwned }) => JSON.stringify(controllerOwned).includes("namespaceSelector")));
  });
});
