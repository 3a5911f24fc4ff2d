import assert from "node:assert/strict";
import fc from "fast-check";
import { readObject } from "../../policypack/engine/engine";
import type { JsonObject } from "../../lib/json";
import { StackIndex, stackObject } from "../../policypack/engine/stack";
import type { StackObject } from "../../policypack/engine/stack";
import { alertsOf, commandOf, configMapsWith, fileIn, withoutPod } from "../../policypack/rules/stack/_addon";
import { parseYaml } from "../../policypack/engine/yaml-text";
import { reached, routesUnder, routingOf } from "../../policypack/rules/stack/_alertmanager";
import { isUnknownValue } from "../../policypack/engine/preview";
import { raiseUnknown } from "../../lib/unknown";

const object = (kind: string, more: JsonObject): StackObject =>
  stackObject({ apiVersion: "v1", kind, metadata: { name: "a", namespace: "n" }, ...more });

describe("files in ConfigMaps and Secrets", () => {
  it("are read whichever way they are written", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const encoded = Buffer.from(text, "utf8").toString("base64");
        assert.equal(fileIn(object("ConfigMap", { data: { f: text } }), "f"), text);
        assert.equal(fileIn(object("Secret", { stringData: { f: text } }), "f"), text);
        assert.equal(fileIn(object("Secret", { data: { f: encoded } }), "f"), text);
      }),
    );
    // As the API server does: what is written as text replaces what is encoded.
    assert.equal(fileIn(object("Secret", { data: { f: "YQ==" }, stringData: { f: "b" } }), "f"), "b");
    assert.equal(fileIn(object("Secret", { data: { g: "YQ==" } }), "f"), undefined);
  });

  it("are looked for in a ConfigMap that is not known yet too", () => {
    const maps = [{ f: "a" }, { g: "a" }, "04da6b54-80e4-46f7-96ec-b56ff0331ba9"].map((data, index) =>
      readObject({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: `m${index}` }, data }, {}, isUnknownValue),
    );
    const stack = new StackIndex(maps.filter((map): map is StackObject => map !== undefined));
    assert.deepEqual(
      configMapsWith(stack, "f").map(({ name }) => name),
      ["m0", "m2"],
    );
  });

  it("are YAML with templates in it, or nothing", () => {
    assert.deepEqual(parseYaml("a: {{ .b }}\nc: [{{ .d | quote }}, 1]"), { a: "template", c: ["template", 1] });
    assert.equal(parseYaml("a: ["), undefined);
    assert.equal(parseYaml("- a"), undefined);
    assert.equal(parseYaml(""), undefined);
  });
});

describe("what rules on add-ons read", () => {
  it("are alerts, not recordings", () => {
    const rules = {
      spec: {
        groups: [
          {
            rules: [
              { alert: "A", expr: "up" },
              { record: "r", expr: "up" },
            ],
          },
          {},
        ],
      },
    };
    const rule = object("PrometheusRule", rules);
    const stack = new StackIndex([{ ...rule, kind: "monitoring.coreos.com/PrometheusRule" }]);
    assert.deepEqual(alertsOf(stack), [{ name: "A", expr: "up", labels: {} }]);
  });

  it("is a command with its arguments", () => {
    assert.deepEqual(commandOf({ command: ["a"], args: ["b", "c"] }), ["a", "b", "c"]);
    assert.deepEqual(commandOf({}), []);
  });

  it("is an object without its pods, and no more is known of it than before", () => {
    const prometheus = stackObject({
      apiVersion: "monitoring.coreos.com/v1",
      kind: "Prometheus",
      metadata: { name: "p", namespace: "n", labels: { a: "b" }, annotations: { c: "d" } },
      spec: {},
    });
    assert.notEqual(prometheus.pod, undefined);
    const seen = ({ name, namespace, labels, annotations, kind, shown, origin, pod }: StackObject) => [
      { name, namespace, labels, annotations, kind, shown, origin },
      pod,
    ];
    assert.deepEqual(seen(withoutPod(prometheus)), [seen(prometheus)[0], undefined]);
    const nameless = {
      ...prometheus,
      get name() {
        return raiseUnknown();
      },
    };
    assert.throws(() => withoutPod(nameless).name);
  });
});

describe("the routes of an Alertmanager", () => {
  const to = (route: JsonObject, labels: Record<string, string>) => reached(route, labels).join(" ");

  it("are followed to the first that matches, and on where it continues", () => {
    const route = {
      receiver: "root",
      routes: [
        { receiver: "a", matchers: ['team="a"'], continue: true },
        { matchers: ["team=~a|b"], routes: [{ receiver: "deep", matchers: ['severity!="info"'] }] },
        { receiver: "c" },
      ],
    };
    assert.equal(to(route, { team: "a" }), "a deep");
    assert.equal(to(route, { team: "b", severity: "info" }), "root");
    assert.equal(to(route, { team: "x" }), "c");
    assert.equal(to({ receiver: "root" }, {}), "root");
    assert.deepEqual(
      routesUnder(route).map(({ receiver }) => receiver),
      ["root", "a", undefined, "deep", "c"],
    );
  });

  it("match in each of the three ways of writing", () => {
    const one = (child: JsonObject): JsonObject => ({ receiver: "no", routes: [{ receiver: "yes", ...child }] });
    const cases: readonly (readonly [JsonObject, boolean])[] = [
      [{ match: { a: "x" } }, true],
      [{ match: { a: "y" } }, false],
      [{ match_re: { a: "x|y" } }, true],
      [{ match_re: { a: "y" } }, false],
      [{ matchers: ["a = x"] }, true],
      [{ matchers: ['"a" != "x"'] }, false],
      [{ matchers: ['a=~"x."'] }, false],
      [{ matchers: ['a!~"y"', 'b=""'] }, true],
      [{ matchers: [{ name: "a", value: "x" }] }, true],
      [{ matchers: [{ name: "a", value: "x", matchType: "!=" }] }, false],
      [{ matchers: [{ name: "a", value: "x|y", matchType: "=~" }] }, true],
    ];
    for (const [child, matches] of cases)
      assert.equal(to(one(child), { a: "x" }), matches ? "yes" : "no", JSON.stringify(child));
  });

  it("are those of the file that the Alertmanager names, where the stack has it", () => {
    const alertmanager = object("Alertmanager", { apiVersion: "monitoring.coreos.com/v1", spec: {} });
    const file = "route: {receiver: a}\nreceivers: [{name: a, email_configs: [{}]}, {name: b, webhook_configs: []}]";
    const secret = stackObject({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "alertmanager-a", namespace: "n" },
      stringData: { "alertmanager.yaml": file },
    });
    assert.deepEqual(routingOf(alertmanager, new StackIndex([secret])), {
      route: { receiver: "a" },
      receivers: [
        { name: "a", notifies: true },
        { name: "b", notifies: false },
      ],
    });
    assert.equal(routingOf(alertmanager, new StackIndex([])), undefined);
  });
});
