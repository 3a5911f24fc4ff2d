import assert from "node:assert/strict";
import { operatorSettings } from "../../../components/operators/frame/settings";
import { planOperators, type StackFacts } from "../../../components/operators/frame/stack";
import { everything, facts, without } from "./support";

/** The chart values of an operator on a cluster of the distribution, as text. */
function values(operator: string, distribution: StackFacts["cluster"]["distribution"], settings = everything): string {
  const given = operatorSettings({ ...settings, ...without(distribution) });
  assert.ok(given.success);
  const cluster = { ...facts.cluster, distribution };
  const found = planOperators(given.data, { ...facts, cluster }).find(({ plan }) => plan.operator === operator);
  return JSON.stringify(found?.plan.chart?.values ?? {});
}

describe("operators on each distribution", () => {
  for (const [distribution, socket] of [
    ["kubernetes", "/run/containerd/containerd.sock"],
    ["rke2", "/run/k3s/containerd/containerd.sock"],
    ["openshift", "/run/crio/crio.sock"],
  ] as const) {
    it(`find the container runtime of ${distribution}, without which no event names its pod`, () => {
      assert.ok(values("falco", distribution).includes(`"sockets":["${socket}"]`));
      assert.ok(values("eraser", distribution).includes(`"address":"unix://${socket}"`));
    });
  }

  it("talk to CRI-O as CRI-O", () => {
    assert.ok(values("eraser", "openshift").includes('"name":"crio"'));
    assert.ok(values("eraser", "rke2").includes('"name":"containerd"'));
  });

  it("use the socket that the stack names", () => {
    const settings = {
      ...everything,
      falco: { criSocket: "/run/other.sock" },
      eraser: { criSocket: "unix:///run/other.sock" },
    };
    assert.ok(values("falco", "rke2", settings).includes('"sockets":["/run/other.sock"]'));
    assert.ok(values("eraser", "rke2", settings).includes('"address":"unix:///run/other.sock"'));
  });

  it("configure sandboxes where the distribution has containerd's configuration", () => {
    for (const operator of ["kata-deploy", "confidential-containers"]) {
      assert.ok(values(operator, "rke2").includes('"k8sDistribution":"rke2"'), operator);
      assert.ok(values(operator, "kubernetes").includes('"k8sDistribution":"k8s"'), operator);
    }
  });
});
