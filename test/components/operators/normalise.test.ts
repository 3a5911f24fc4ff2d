import assert from "node:assert/strict";
import fc from "fast-check";
import { mergeObject, normalise } from "../../../components/operators/frame/normalise";

const options = {
  controllerOwned: [
    { kind: "Secret", name: "tls", fields: ["data"], reason: "filled by a controller" },
    { kind: "APIService", fields: ["spec.caBundle"], reason: "injected" },
  ],
  patches: [
    {
      kind: "StatefulSet",
      name: "server",
      patch: { spec: { template: { spec: { affinity: { a: 1 }, containers: [{ name: "c", cpu: 1 }] } } } },
      reason: "no value",
    },
  ],
  simulatedNodes: false,
};
const object = (kind: string, name: string, rest: Record<string, unknown> = {}) => ({
  type: `kubernetes:x/v1:${kind}`,
  props: { metadata: { name }, ...rest },
});

describe("operators: objects of charts", () => {
  it("are left alone when nothing concerns them", () => {
    assert.equal(normalise(object("Secret", "other"), options), undefined);
    assert.equal(normalise(object("StatefulSet", "other"), options), undefined);
    assert.equal(normalise(object("ValidatingWebhookConfiguration", "w", { webhooks: [1] }), options), undefined);
  });

  it("are not compared in the fields that a controller fills", () => {
    assert.deepEqual(normalise(object("Secret", "tls"), options)?.ignoreChanges, ["data"]);
    assert.deepEqual(normalise(object("APIService", "any"), options)?.ignoreChanges, ["spec.caBundle"]);
  });

  it("are patched by name, without losing what the chart set", () => {
    const before = {
      spec: {
        replicas: 1,
        template: {
          spec: {
            containers: [
              { name: "a", image: "i" },
              { name: "c", image: "j", cpu: 9 },
            ],
          },
        },
      },
    };
    assert.deepEqual(normalise(object("StatefulSet", "server", before), options)?.props["spec"], {
      replicas: 1,
      template: {
        spec: {
          affinity: { a: 1 },
          containers: [
            { name: "a", image: "i" },
            { name: "c", image: "j", cpu: 1 },
          ],
        },
      },
    });
  });

  it("are CRDs that stay when the chart goes", () => {
    assert.equal(normalise(object("CustomResourceDefinition", "x"), options)?.retainOnDelete, true);
  });

  it("have no webhooks on simulated nodes, and say so", () => {
    const changed = normalise(object("MutatingWebhookConfiguration", "w", { webhooks: [{ name: "x" }] }), {
      ...options,
      simulatedNodes: true,
    });
    assert.deepEqual(changed?.props["webhooks"], []);
    assert.equal(changed?.leftOut, "MutatingWebhookConfiguration w");
  });

  it("are roles without the empty list of rules that the API server does not keep", () => {
    for (const kind of ["ClusterRole", "Role"]) {
      assert.deepEqual(normalise(object(kind, "r", { rules: [] }), options)?.props, { metadata: { name: "r" } });
      assert.equal(normalise(object(kind, "r", { rules: [{ verbs: ["get"] }] }), options), undefined);
    }
    assert.equal(normalise(object("ConfigMap", "r", { rules: [] }), options), undefined);
    const patch = { rules: [{ verbs: ["get"] }] };
    const patched = { ...options, patches: [{ kind: "ClusterRole", name: "r", patch, reason: "x" }] };
    assert.deepEqual(normalise(object("ClusterRole", "r", { rules: [] }), patched)?.props["rules"], patch.rules);
    const emptied = { ...options, patches: [{ kind: "ClusterRole", name: "r", patch: { rules: [] }, reason: "x" }] };
    const { props } = normalise(object("ClusterRole", "r", patch), emptied) ?? {};
    assert.deepEqual(props, { metadata: { name: "r" } });
  });

  it("come out the same when they go through twice", () => {
    const once = normalise(
      object("StatefulSet", "server", { spec: { template: { spec: { containers: [{ name: "c" }] } } } }),
      options,
    );
    assert.ok(once !== undefined);
    assert.deepEqual(normalise({ type: "kubernetes:x/v1:StatefulSet", props: once.props }, options)?.props, once.props);
  });

  it("merging a patch twice is merging it once, and an empty patch is none", () => {
    const value = fc.dictionary(
      fc.constantFrom("a", "b", "c"),
      fc.oneof(fc.integer(), fc.dictionary(fc.constantFrom("x", "y"), fc.integer()), fc.array(fc.integer())),
    );
    fc.assert(
      fc.property(value, value, (base, patch) => {
        const merged = mergeObject(base, patch);
        assert.deepEqual(mergeObject(merged, patch), merged);
        assert.deepEqual(mergeObject(base, {}), { ...base });
        for (const key of Object.keys(base)) assert.ok(key in merged);
      }),
    );
  });
});
