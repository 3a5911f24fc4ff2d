import assert from "node:assert/strict";
import { stackConfig } from "../../cli/charts/stack-file";
import { effectivePolicies } from "../../components/policies";
import { projectRoot } from "../../embedded/toolchain";
import { Engine, readObject } from "../../policypack/engine/engine";
import { loadRules } from "../../policypack/engine/load";

describe("the stack's policies", () => {
  const dev = stackConfig(projectRoot(), "dev");
  const rules = loadRules().filter(({ id }) => id === "exposure/route-parent");

  const violations = (routing: "ingress" | "gateway", parent: { name: string; namespace: string }): number => {
    const gateway = { name: "edge.v2", namespace: "traefik" };
    const settings = effectivePolicies({ ...dev, edge: { ...dev.edge, routing, gateway } }, []);
    const route = readObject({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "docs", namespace: "mijnbureau-docs" },
      spec: { parentRefs: [parent] },
    });
    assert.ok(route !== undefined);
    return new Engine(rules, settings, "2026-06-01").judge(route, { role: "suite" }).length;
  };

  it("let routes attach to the stack's Gateway only, where the suite is published through one", () => {
    assert.equal(violations("gateway", { name: "edge.v2", namespace: "traefik" }), 0);
    assert.equal(violations("gateway", { name: "edge-v2", namespace: "traefik" }), 1);
    assert.equal(violations("gateway", { name: "edge.v2", namespace: "elsewhere" }), 1);
    assert.equal(violations("ingress", { name: "edge.v2", namespace: "elsewhere" }), 0);
  });
});
