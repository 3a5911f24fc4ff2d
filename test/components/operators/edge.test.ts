import assert from "node:assert/strict";
import { z } from "zod";
import type { Manifest } from "../../../components/kubernetes-object";
import { edgeSettings, openshiftAnnotations, traefikObjects } from "../../../components/operators/edge/limits";
import { edgeRoutes } from "../../../components/operators/edge/routes";
import { planOperators } from "../../../components/operators/frame/stack";
import { operatorSettings } from "../../../components/operators/frame/settings";
import { at } from "../../../lib/json";
import { facts, required } from "./support";

const asJson = (value: unknown) => z.json().parse(JSON.parse(JSON.stringify(value)));
const none = { crds: new Set<string>(), apiServices: new Set<string>() };

function edgeObjects(given: typeof facts): readonly Manifest[] {
  const parsed = operatorSettings(required);
  assert.ok(parsed.success);
  const found = planOperators(parsed.data, given).find(({ plan }) => plan.operator === "edge");
  assert.ok(found !== undefined);
  return found.plan.after;
}

describe("the edge", () => {
  const settings = z.strictObject(edgeSettings).parse({ sourceRangesOf: { docs: ["192.0.2.0/24"] } });
  const named = (objects: readonly Manifest[], kind: string, name: string) =>
    asJson(objects.find((object) => object.kind === kind && object.metadata.name === name));

  it("chains every middleware that it makes", () => {
    const objects = traefikObjects({ key: "docs", namespace: "mijnbureau-docs" }, settings);
    const chain = at(named(objects, "Middleware", "platform-edge"), "spec", "chain", "middlewares");
    const names = objects
      .filter(({ kind, metadata }) => kind === "Middleware" && metadata.name !== "platform-edge")
      .map(({ metadata }) => ({ name: metadata.name }));
    assert.deepEqual(chain, names);
    for (const name of ["platform-sources", "platform-body", "platform-rate-limit", "platform-in-flight"]) {
      assert.ok(JSON.stringify(names).includes(name), name);
    }
  });

  it("limits neither uploads to Nextcloud nor sources that nobody named", () => {
    const names = traefikObjects({ key: "nextcloud", namespace: "ns" }, settings).map(({ metadata }) => metadata.name);
    assert.ok(!names.includes("platform-body"));
    assert.ok(!names.includes("platform-sources"));
  });

  it("waits longer for apps whose answers take longer, whatever the controller", () => {
    const seconds = (key: string) => [
      at(
        named(traefikObjects({ key, namespace: "ns" }, settings), "ServersTransport", "platform-edge"),
        "spec",
        "forwardingTimeouts",
        "responseHeaderTimeout",
      ),
      openshiftAnnotations({ key, namespace: "ns" }, settings).defaults["haproxy.router.openshift.io/timeout"],
    ];
    assert.deepEqual(seconds("docs"), ["60s", "60s"]);
    assert.deepEqual(seconds("nextcloud"), ["3600s", "3600s"]);
  });

  it("has annotations for OpenShift's router, per three seconds as it counts", () => {
    const { limits } = openshiftAnnotations({ key: "docs", namespace: "ns" }, { ...settings, requestsPerSecond: 7 });
    assert.equal(limits["haproxy.router.openshift.io/rate-limit-connections.rate-http"], "21");
    assert.equal(limits["haproxy.router.openshift.io/ip_allowlist"], "192.0.2.0/24");
    const { limits: other } = openshiftAnnotations({ key: "meet", namespace: "ns" }, settings);
    assert.ok(!("haproxy.router.openshift.io/ip_allowlist" in other));
  });

  it("makes Traefik's objects for every app where Traefik is, and for none where it is not", () => {
    const traefiks = (given: typeof facts) =>
      edgeObjects(given).filter(({ apiVersion }) => apiVersion.startsWith("traefik.io/"));
    const namespaces = new Set(traefiks(facts).map(({ metadata }) => metadata.namespace));
    assert.deepEqual([...namespaces].sort(), facts.apps.map(({ namespace }) => namespace).sort());
    assert.deepEqual(traefiks({ ...facts, present: none }), []);
    assert.deepEqual(traefiks({ ...facts, edgeController: "haproxy-openshift" }), []);
  });

  it("has routes name only objects that it makes", () => {
    const names = (given: typeof facts) => {
      const routes = edgeRoutes(given, {});
      return routes?.by === "traefik" ? routes.namespaces : undefined;
    };
    assert.deepEqual(names({ ...facts, present: none }), undefined);
    const made = edgeObjects(facts);
    for (const namespace of names(facts) ?? []) {
      for (const kind of ["Middleware", "ServersTransport"]) {
        const found = made.some(
          (object) =>
            object.kind === kind && object.metadata.name === "platform-edge" && object.metadata.namespace === namespace,
        );
        assert.ok(found, `${kind} in ${namespace}`);
      }
    }
  });
});
