import assert from "node:assert/strict";
import fc from "fast-check";
import { Engine, readObject } from "../../policypack/engine/engine";
import { loadRules } from "../../policypack/engine/load";
import { policySettings } from "../../config/policies";
import { TODAY } from "./harness";

const rules = loadRules().filter(({ id }) => id.startsWith("exposure/"));
const levels = Object.fromEntries(rules.map(({ id }) => [id, { level: "mandatory" }]));

/** Whether a rule with its default parameters, or those given, finds an object at fault. */
function refuses(id: string, parameters: Record<string, unknown> = {}) {
  const all = { ...levels, [`exposure/${id}`]: { level: "mandatory", parameters } };
  const engine = new Engine(
    rules.filter((rule) => rule.id === `exposure/${id}`),
    policySettings.parse({ rules: all }),
    TODAY,
  );
  return (object: unknown): boolean => {
    const seen = readObject(object);
    assert.ok(seen !== undefined);
    const found = engine.judge(seen, { role: "any" });
    for (const { decision, message } of found)
      assert.match(`${decision}: ${message}`, /^violated: (?!.*cannot be judged)/);
    return found.length > 0;
  };
}

const object = (apiVersion: string, kind: string, spec: Record<string, unknown>, annotations = {}) => ({
  apiVersion,
  kind,
  metadata: { name: "a", namespace: "app", annotations },
  spec,
});

describe("rules on the edge", () => {
  it("compare durations by how long they are, however they are written", () => {
    const tooLong = refuses("certificate-duration");
    const part = (most: number) => fc.nat(most);
    fc.assert(
      fc.property(part(9000), part(600), part(4000), (hours, minutes, seconds) => {
        const certificate = object("cert-manager.io/v1", "Certificate", {
          duration: `${hours}h${minutes}m${seconds}s`,
        });
        assert.equal(tooLong(certificate), hours * 3600 + minutes * 60 + seconds > 8760 * 3600);
      }),
    );
  });

  it("read the age of Strict-Transport-Security among other directives, in any order", () => {
    const tooShort = refuses("route-hsts", { seconds: 1000 });
    const directives = fc.shuffledSubarray(["includeSubDomains", "preload"]);
    fc.assert(
      fc.property(fc.nat(2000), directives, fc.nat(2), (age, others, at) => {
        const header = [...others.slice(0, at), `max-age=${age}`, ...others.slice(at)].join(";");
        const annotations = { "haproxy.router.openshift.io/hsts_header": header };
        const route = object("route.openshift.io/v1", "Route", { tls: { termination: "edge" } }, annotations);
        assert.equal(tooShort(route), age < 1000);
      }),
    );
  });

  it("refuse TLS options for one weak cipher among any sound ones", () => {
    const weak = refuses("tls-options");
    const key = fc.constantFrom("TLS_ECDHE_RSA_WITH_", "TLS_ECDHE_ECDSA_WITH_");
    const sound = fc.tuple(
      key,
      fc.constantFrom("AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256"),
    );
    const bad = fc.oneof(
      fc.tuple(key, fc.constantFrom("AES_128_CBC_SHA", "AES_256_CBC_SHA", "3DES_EDE_CBC_SHA", "RC4_128_SHA")),
      fc.tuple(fc.constant("TLS_RSA_WITH_"), fc.constantFrom("AES_128_GCM_SHA256", "AES_128_CBC_SHA")),
    );
    const options = (suites: readonly (readonly string[])[]) =>
      object("traefik.io/v1alpha1", "TLSOption", { cipherSuites: suites.map((suite) => suite.join("")) });
    fc.assert(
      fc.property(fc.array(sound, { maxLength: 4 }), bad, fc.nat(4), (suites, one, at) => {
        assert.ok(!weak(options(suites)));
        assert.ok(weak(options([...suites.slice(0, at), one, ...suites.slice(at)])));
      }),
    );
  });

  it("refuse a Gateway exactly for the listeners that it refuses alone", () => {
    const open = refuses("gateway-routes");
    const namespaces = fc.constantFrom(
      ...[
        { from: "Same" },
        { from: "All" },
        { from: "None" },
        { from: "Selector" },
        { from: "Selector", selector: {} },
      ],
      ...[{}, { from: "Selector", selector: { matchLabels: { team: "a" } } }],
    );
    const gateway = (listeners: readonly unknown[]) =>
      object("gateway.networking.k8s.io/v1", "Gateway", {
        listeners: listeners.map((each) => ({ allowedRoutes: { namespaces: each } })),
      });
    fc.assert(
      fc.property(fc.array(namespaces, { maxLength: 4 }), (listeners) => {
        assert.equal(
          open(gateway(listeners)),
          listeners.some((each) => open(gateway([each]))),
        );
      }),
    );
  });

  it("leave Gateways and issuers to the stack until it names some", () => {
    const name = fc.stringMatching(/^[a-z]{1,5}$/);
    const route = (namespace: string, gateway: string) =>
      object("gateway.networking.k8s.io/v1", "HTTPRoute", { parentRefs: [{ namespace, name: gateway }] });
    const byDefault = refuses("route-parent");
    fc.assert(
      fc.property(name, name, name, name, (namespace, gateway, otherNamespace, otherGateway) => {
        assert.ok(!byDefault(route(namespace, gateway)));
        const restricted = refuses("route-parent", { gateways: [`${namespace}/${gateway}`] });
        const same = namespace === otherNamespace && gateway === otherGateway;
        assert.equal(restricted(route(otherNamespace, otherGateway)), !same);
        assert.ok(!restricted(route(namespace, gateway)));
      }),
    );
  });
});
