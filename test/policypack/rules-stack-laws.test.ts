import assert from "node:assert/strict";
import fc from "fast-check";
import { asObject, at } from "../../lib/json";
import { loadRules } from "../../policypack/engine/load";
import type { Rule } from "../../policypack/engine/rule";
import { hostsMeet } from "../../policypack/rules/stack/http-redirect";
import { fixtures, judge } from "./harness";

const rules = loadRules().filter(({ type }) => type === "stack");

function rule(id: string): Rule {
  const found = rules.find((each) => each.id === id);
  assert.ok(found !== undefined, id);
  return found;
}

/** What a rule says of each object, in an order of its own. */
const said = (given: Rule, objects: readonly unknown[]): string[] =>
  judge(given, objects)
    .map(({ decision, namespace, name, kind }) => `${decision} ${kind} ${namespace}/${name}`)
    .sort();

const meta = (name: string, namespace = "app") => ({ name, namespace });
const namespace = (name: string) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels: { "mijnbureau-platform/role": "suite" } },
});

describe("stack rules", () => {
  it("say the same whatever the order of the objects", () => {
    const documents = rules.flatMap((each) =>
      (["good", "bad"] as const).flatMap((which) => fixtures(each, which).map(({ objects }) => ({ each, objects }))),
    );
    assert.ok(documents.length > 100);
    fc.assert(
      fc.property(fc.constantFrom(...documents), fc.infiniteStream(fc.nat()), ({ each, objects }, stream) => {
        const weights = new Map(objects.map((object) => [object, stream.next().value ?? 0]));
        const shuffled = [...objects].sort((a, b) => (weights.get(a) ?? 0) - (weights.get(b) ?? 0));
        assert.deepEqual(said(each, shuffled), said(each, objects));
      }),
      { numRuns: 400 },
    );
  });

  it("judge what namespaces hold also where the namespaces are not among what is scanned", () => {
    const silent = new Set<string>();
    let judged = 0;
    // Those of one area judge the Namespace itself, and its labels.
    for (const each of rules.filter(({ id }) => !id.startsWith("namespaces/"))) {
      for (const { objects } of fixtures(each, "bad")) {
        if (said(each, objects).every((finding) => finding.includes(" Namespace "))) continue;
        const others = objects.filter((object) => at(asObject(object), "kind") !== "Namespace");
        if (others.length === objects.length || others.length === 0) continue;
        const violated = judge(each, others, { unlisted: "owned" }).some(({ decision }) => decision === "violated");
        if (!violated) silent.add(each.id);
        judged += 1;
      }
    }
    assert.ok(judged > 40);
    // A Service, or pods, of a namespace that nobody has seen: nothing is known of them.
    assert.deepEqual([...silent], ["stack/crd-conversion", "stack/policy-peer"]);
  });

  it("find nothing in a namespace that is not the platform's, where they judge what namespaces hold", () => {
    for (const id of [
      "isolated-pods",
      "policy-peer",
      "service-port",
      "duplicate-service",
      "reference-keys",
      "references",
    ]) {
      for (const { objects, document } of fixtures(rule(`stack/${id}`), "bad")) {
        const others = objects.map((object) =>
          at(asObject(object), "kind") === "Namespace"
            ? { ...asObject(object), metadata: { name: at(asObject(object), "metadata", "name") } }
            : object,
        );
        assert.deepEqual(said(rule(`stack/${id}`), others), [], `${id} ${document}`);
      }
    }
  });
});

describe("findings of stack rules", () => {
  const expected: Readonly<Record<string, readonly RegExp[]>> = {
    "duplicate-hostname": [/^Service app\/web asks for DNS name a\.example\.org, as other\/web does\.$/],
    "duplicate-route": [
      /^Ingress app\/web claims app\.example\.org\/, as other\/web does\.$/,
      /claims every host\/, as/,
    ],
    "duplicate-service": [/^Service app\/web leads to the same port of the same pods as Service copy\.$/],
    "http-redirect": [/^HTTPRoute app\/web serves plain HTTP on listener http\.$/],
    "isolated-pods": [/^Deployment app\/web is selected by no network policy for ingress\.$/, /for egress\.$/],
    "policy-peer": [/names a peer that matches no pod: \{"matchLabels":\{"app":"api"\}\}\.$/],
    "public-issuer": [
      /has app\.example\.org certified by an issuer that signs certificates with themselves/,
      /is for trials/,
    ],
    "reference-keys": [/^Deployment app\/web names key other of Secret db, which has no such key\.$/],
    references: [/^Deployment app\/web names Secret db, which nothing in the stack makes\.$/],
    "service-port": [
      /leads to port http, which no selected container declares/,
      /leads to port 9090, which/,
      /to port 80, which/,
    ],
  };

  for (const [id, patterns] of Object.entries(expected)) {
    it(`of stack/${id} name what they are about`, () => {
      const found = fixtures(rule(`stack/${id}`), "bad").flatMap(({ objects }) => judge(rule(`stack/${id}`), objects));
      for (const pattern of patterns)
        assert.ok(
          found.some(({ message }) => pattern.test(message)),
          `${pattern}`,
        );
    });
  }
});

describe("isolated pods", () => {
  const deny = (direction: string) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: meta(`deny-${direction.toLowerCase()}`),
    spec: { podSelector: {}, policyTypes: [direction] },
  });

  it("are all under a policy once the namespace denies both directions", () => {
    for (const { objects } of fixtures(rule("stack/isolated-pods"), "bad")) {
      const own = judge(rule("stack/isolated-pods"), objects).length;
      const one = judge(rule("stack/isolated-pods"), [...objects, deny("Egress")]);
      assert.ok(one.length <= own && one.every(({ message }) => message.includes("ingress")));
      assert.deepEqual(said(rule("stack/isolated-pods"), [...objects, deny("Egress"), deny("Ingress")]), []);
    }
  });
});

describe("routes that claim the same", () => {
  const small = <T>(...values: T[]) => fc.constantFrom(...values);
  const ingress = fc.record({
    className: small("traefik", "internal"),
    host: small("a.example.org", "b.example.org"),
    paths: fc.uniqueArray(small("/", "/a", "/b"), { minLength: 1, maxLength: 2 }),
    pathType: small("Prefix", "Exact"),
  });
  type Given = typeof ingress extends fc.Arbitrary<infer T> ? T : never;
  const made = ({ className, host, paths, pathType }: Given, index: number) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: meta(`i${index}`, `n${index}`),
    spec: {
      ingressClassName: className,
      rules: [
        { host, http: { paths: paths.map((path) => ({ path, pathType, backend: { service: { name: "w" } } })) } },
      ],
    },
  });

  it("accuse each other, and only those of one class and host", () => {
    fc.assert(
      fc.property(fc.array(ingress, { maxLength: 5 }), (given) => {
        const accusations = judge(rule("stack/duplicate-route"), given.map(made)).map(({ name, message }) => [
          name,
          /as n\d+\/(i\d+) does/.exec(message)?.[1] ?? "",
        ]);
        for (const [from = "", to = ""] of accusations) {
          assert.ok(accusations.some(([a]) => a === to));
          const [one, other] = [given[Number(from.slice(1))], given[Number(to.slice(1))]];
          assert.deepEqual(
            [one?.className, one?.host, one?.pathType],
            [other?.className, other?.host, other?.pathType],
          );
          assert.ok(one?.paths.some((path) => other?.paths.includes(path)));
        }
        // What one object claims as a whole, a copy of it claims too.
        const [first] = given;
        if (first !== undefined)
          assert.ok(
            said(rule("stack/duplicate-route"), [...given, first].map(made)).length >= Math.max(2, accusations.length),
          );
      }),
    );
  });
});

describe("host names of listeners and routes", () => {
  const label = fc.stringMatching(/^[a-z]{1,4}$/);
  const host = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join("."));

  it("meet in either order, and each meets itself and the wildcard above it", () => {
    fc.assert(
      fc.property(host, host, (a, b) => {
        assert.equal(hostsMeet(a, b), hostsMeet(b, a));
        assert.equal(hostsMeet(a, b), a === b);
        assert.ok(hostsMeet(a, `*.${a.slice(a.indexOf(".") + 1)}`));
        assert.ok(!hostsMeet(`*.${a}`, a));
      }),
    );
  });
});

describe("references to keys", () => {
  const key = fc.stringMatching(/^[a-z]{1,6}$/);
  const keys = fc.uniqueArray(key, { minLength: 1, maxLength: 5 });

  it("are found exactly where the Secret or the ExternalSecret lacks the key", () => {
    fc.assert(
      fc.property(keys, keys, fc.boolean(), fc.boolean(), (named, held, external, optional) => {
        const holder = external
          ? {
              apiVersion: "external-secrets.io/v1",
              kind: "ExternalSecret",
              metadata: meta("db"),
              spec: { data: held.map((secretKey) => ({ secretKey, remoteRef: { key: "a" } })) },
            }
          : {
              apiVersion: "v1",
              kind: "Secret",
              metadata: meta("db"),
              data: Object.fromEntries(held.map((k) => [k, ""])),
            };
        const env = named.map((k) => ({ name: k, valueFrom: { secretKeyRef: { name: "db", key: k, optional } } }));
        const pod = {
          apiVersion: "v1",
          kind: "Pod",
          metadata: meta("pod"),
          spec: { containers: [{ name: "c", image: "registry.example/app:1", env }] },
        };
        const found = judge(rule("stack/reference-keys"), [namespace("app"), holder, pod]);
        const missing = optional ? [] : named.filter((k) => !held.includes(k));
        assert.equal(found.length, missing.length);
        for (const k of missing) assert.ok(found.some(({ message }) => message.includes(`key ${k} of Secret db`)));
        // Without what makes it the other rule speaks, once per name.
        const absent = judge(rule("stack/references"), [namespace("app"), pod]);
        assert.equal(absent.length, optional ? 0 : 1);
        assert.deepEqual(judge(rule("stack/reference-keys"), [namespace("app"), pod]), []);
        assert.deepEqual(judge(rule("stack/references"), [namespace("app"), holder, pod]), []);
      }),
      { numRuns: 150 },
    );
  });
});
