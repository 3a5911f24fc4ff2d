import assert from "node:assert/strict";
import { operatorSettings } from "../../../components/operators/frame/settings";
import { planOperators } from "../../../components/operators/frame/stack";
import { needCharts, needTools } from "../../support/needs";
import { at, list, render } from "./rendered";
import { everything, facts, MIRROR, mirrored } from "./support";

const parsed = operatorSettings(everything);
assert.ok(parsed.success);
const settings = parsed.data;

/** Programs that pull more than the kubelet pulls for them (Falco's rules and plugins, Trivy's databases and checks). */
const pullers = [
  ["falco", "DaemonSet", "falco", "initContainers", "falcoctl-artifact-install"],
  ["falco-audit", "Deployment", "falco-audit", "initContainers", "falcoctl-artifact-install"],
  ["trivy-operator", "StatefulSet", "trivy-server", "containers", "trivy-server"],
  ["trivy-operator", "Deployment", "trivy-operator", "containers", "trivy-operator"],
] as const;

describe("a registry that asks for a login", function () {
  this.timeout(120_000);
  const plansWith = (stack: typeof facts) => planOperators(settings, stack).map(({ plan }) => plan);

  for (const [operator, kind, name, containers, container] of pullers) {
    it(`gets one from ${operator}'s ${container}, as the real chart renders it`, async function () {
      const plan = plansWith(mirrored).find((each) => each.operator === operator);
      assert.ok(plan?.chart !== undefined);
      needCharts(this, [plan.chart.entry]);
      const { helm } = await needTools(this, "helm");
      const podIn = (patches: typeof plan.patches): unknown => {
        const object = render(helm, { ...plan, patches }).find(
          (each) => at(each, "kind") === kind && at(each, "metadata", "name") === name,
        );
        return at(object, "spec", "template", "spec");
      };
      const of = (pod: unknown): unknown => list(at(pod, containers)).find((each) => at(each, "name") === container);
      const pod = podIn(plan.patches);
      const [found, before] = [of(pod), of(podIn([]))];
      assert.ok(found !== undefined && before !== undefined);
      assert.ok(String(at(found, "image")).startsWith(`${MIRROR}/`));
      const folder = list(at(found, "env")).find((each) => at(each, "name") === "DOCKER_CONFIG");
      const mount = list(at(found, "volumeMounts")).find((each) => at(each, "mountPath") === at(folder, "value"));
      const volume = list(at(pod, "volumes")).find((each) => at(each, "name") === at(mount, "name"));
      assert.deepEqual(at(volume, "secret"), {
        secretName: "registry",
        items: [{ key: ".dockerconfigjson", path: "config.json" }],
      });
      const mounts = (object: unknown): unknown[] =>
        list(at(object, "volumeMounts")).map((each) => at(each, "mountPath"));
      assert.deepEqual(mounts(found).slice(0, -1), mounts(before), "what was mounted still is");
    });
  }

  it("gets one from Eraser's scanner, which the API server adds, and from no other pod", () => {
    const named = (stack: typeof facts) =>
      planOperators(settings, stack)
        .flatMap(({ mutations }) => mutations)
        .filter(({ name }) => name === "scanner-login");
    assert.deepEqual(named(facts), []);
    const [mutation] = named(mirrored);
    assert.equal(mutation?.namespace, "eraser-system");
    assert.match(mutation.patch, /'secretName': dyn\('registry'\)/);
  });

  it("is not in the plan of a stack without one", () => {
    assert.doesNotMatch(JSON.stringify(plansWith(facts)), /DOCKER_CONFIG/);
  });
});
