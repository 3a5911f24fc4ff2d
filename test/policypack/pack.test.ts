import assert from "node:assert/strict";
import * as sdk from "@pulumi/policy";
import type { ResourceValidationArgs } from "@pulumi/policy";
import { Pack } from "../../policypack/engine/pack";
import type { Violation } from "../../policypack/engine/pack";
import { isUnknownValue, targetOf } from "../../policypack/engine/preview";
import { policySettings } from "../../config/policies";
import { parseSettings } from "../../policypack/engine/stack-settings";
import { privilegedContainers } from "../../policypack/rules/pod-security/privileged-containers";
import { sysctls } from "../../policypack/rules/pod-security/sysctls";
import { allowPrivilegeEscalation } from "../../policypack/rules/pod-security/allow-privilege-escalation";
import { TODAY } from "./harness";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const rules = [privilegedContainers, sysctls, allowPrivilegeEscalation];

function isProps(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** The SDK's proxy around a resource's inputs, as a policy gets them. */
function proxied(props: object): Record<string, unknown> {
  const proxy: unknown = Reflect.get(sdk, "unknownCheckingProxy");
  assert.equal(typeof proxy, "function", "the SDK no longer exports its proxy");
  const made: unknown = typeof proxy === "function" ? Reflect.apply(proxy, undefined, [props]) : undefined;
  assert.ok(isProps(made));
  return made;
}

const notUsed = (): never => {
  throw new Error("not used by the pack");
};

function resource(type: string, props: object, name = "r"): ResourceValidationArgs {
  return {
    type,
    props: proxied(props),
    urn: `urn:pulumi:dev::mijnbureau-platform::${type}::${name}`,
    name,
    opts: {
      protect: false,
      ignoreChanges: [],
      aliases: [],
      additionalSecretOutputs: [],
      customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
    },
    stackTags: new Map(),
    isType: () => false,
    asType: () => undefined,
    getConfig: noConfig,
    notApplicable: notUsed,
  };
}

/** No `--policy-pack-config`. */
function noConfig<T extends object>(): T {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-return -- the SDK lets the caller choose the type
  return Object.create(null);
}

function isViolation(value: unknown): value is Violation {
  return typeof value === "object" && value !== null && "enforcementLevel" in value;
}

/** Runs resources, then the stack, and collects what is reported. */
function run(
  resources: readonly ResourceValidationArgs[],
  settings: object = {},
): { single: Violation[]; stack: Violation[] } {
  const pack = new Pack(rules, () => policySettings.parse({ profile: "strict", ...settings }), TODAY);
  const collect =
    (into: Violation[]) =>
    (message: unknown): void => {
      assert.ok(isViolation(message), "a violation carries its level");
      into.push(message);
    };
  const single: Violation[] = [];
  const stack: Violation[] = [];
  for (const each of resources) pack.validateResource(each, collect(single));
  const all = resources.map((each) => ({ ...each, dependencies: [], propertyDependencies: {} }));
  pack.validateStack(
    { resources: all, stackTags: new Map(), getConfig: noConfig, notApplicable: notUsed },
    collect(stack),
  );
  return { single, stack };
}

const good = { name: "good", image: "i:1", securityContext: { allowPrivilegeEscalation: false } };
const bad = { name: "bad", image: "i:1", securityContext: { allowPrivilegeEscalation: false, privileged: true } };
const deployment = (spec: object, namespace = "n"): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "d", namespace },
  spec: { template: { spec } },
});
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const summary = (violations: readonly Violation[]): readonly string[] =>
  violations.map((each) => `${each.name} ${each.enforcementLevel}`);

describe("policy pack", () => {
  it("knows every value that the SDK takes for unknown", () => {
    for (const name of ["Boolean", "Number", "String", "Array", "Asset", "Archive", "Object"]) {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- the SDK does not export these from its index
      const proxy: unknown = require("@pulumi/policy/proxy");
      const value: unknown = Reflect.get(Object(proxy), `unknown${name}Value`);
      assert.ok(isUnknownValue(value), name);
    }
  });

  it("reads the object behind the SDK's proxy", () => {
    const props = { a: UNKNOWN };
    assert.equal(targetOf(proxied(props)), props);
  });

  it("reports a violation at its level with object, container, reason and remedy", () => {
    const { single } = run([resource(DEPLOYMENT, deployment({ containers: [good, bad] }))]);
    assert.deepEqual(summary(single), ["pod-security/privileged-containers mandatory"]);
    const [violation] = single;
    assert.equal(violation?.severity, "critical");
    assert.match(
      violation.message,
      /Containers do not run privileged\. Deployment n\/d, container bad runs privileged\. Remove securityContext\.privileged/,
    );
  });

  it("finds the real violation beside an unknown value, and reports the undecided rule as such", () => {
    const containers = [{ ...good, securityContext: UNKNOWN }, bad];
    const of = (onUndecided: string): readonly string[] =>
      summary(run([resource(DEPLOYMENT, deployment({ containers }))], { onUndecided }).single);
    assert.deepEqual(of("warn"), ["pod-security/privileged-containers mandatory", "engine/undecided advisory"]);
    assert.deepEqual(of("fail"), ["pod-security/privileged-containers mandatory", "engine/undecided mandatory"]);
  });

  it("sees any token by the object's own kind, and skips definitions and other providers", () => {
    const object = deployment({ containers: [bad] });
    const patch = run([resource("kubernetes:apps/v1beta1:DeploymentPatch", object)]).single;
    assert.deepEqual(summary(patch), ["pod-security/privileged-containers mandatory"]);
    assert.equal(
      run([resource("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", object)]).single.length,
      0,
    );
    assert.equal(run([resource("random:index/randomPassword:RandomPassword", object)]).single.length, 0);
  });

  it("says what it could not see", () => {
    const release = resource("kubernetes:helm.sh/v3:Release", { chart: "c" });
    assert.deepEqual(summary(run([release]).single), ["engine/not-evaluated advisory"]);
    assert.deepEqual(summary(run([release], { onUndecided: "fail" }).single), ["engine/not-evaluated mandatory"]);
    const chart = resource("kubernetes:helm.sh/v4:Chart", {});
    assert.deepEqual(summary(run([chart]).stack), ["engine/not-evaluated advisory"]);
    const child = { ...resource(DEPLOYMENT, deployment({ containers: [good] })), parent: chart };
    assert.deepEqual(summary(run([chart, child]).stack), []);
  });

  it("says so of every kind of component that has no objects, whatever stands beside it", () => {
    const child = (parent: ResourceValidationArgs) => ({
      ...resource(DEPLOYMENT, deployment({ containers: [good] })),
      parent,
    });
    const types = ["helm.sh/v3:Chart", "helm.sh/v4:Chart", "yaml:ConfigGroup", "yaml:ConfigFile"];
    for (const type of [...types, "yaml/v2:ConfigGroup", "yaml/v2:ConfigFile", "kustomize/v2:Directory"]) {
      const [empty, full] = [resource(`kubernetes:${type}`, {}, "empty"), resource(`kubernetes:${type}`, {}, "full")];
      const { stack } = run([empty, full, child(full)]);
      assert.deepEqual(summary(stack), ["engine/not-evaluated advisory"], type);
      assert.match(stack[0]?.message ?? "", /empty was not evaluated.*preview again/);
      assert.equal(stack[0]?.urn, empty.urn);
      assert.deepEqual(summary(run([empty], { onUndecided: "fail" }).stack), ["engine/not-evaluated mandatory"], type);
    }
    // A component of one's own may well have no objects.
    assert.deepEqual(summary(run([resource("my:index:Component", {})]).stack), []);
  });

  it("knows that a chart of definitions alone is not empty", () => {
    const chart = resource("kubernetes:helm.sh/v4:Chart", {});
    const definition = {
      ...resource("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
      }),
      parent: chart,
    };
    assert.deepEqual(summary(run([chart, definition]).stack), []);
  });

  it("judges by the namespace's label, whichever of the two comes first", () => {
    const namespace = resource("kubernetes:core/v1:Namespace", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: "n",
        labels: { "mijnbureau-platform/role": "operator", "pod-security.kubernetes.io/enforce": "baseline" },
      },
    });
    const object = resource(DEPLOYMENT, deployment({ containers: [{ name: "c", image: "i:1" }] }));
    assert.deepEqual(summary(run([namespace, object]).single), []);
    assert.deepEqual(summary(run([object]).single), ["pod-security/allow-privilege-escalation mandatory"]);
  });

  it("reports exemptions that no longer serve", () => {
    const exemption = {
      rule: privilegedContainers.id,
      target: { name: "gone" },
      reason: "r",
      owner: "o",
      expires: "2026-12-31",
    };
    const { stack } = run([resource(DEPLOYMENT, deployment({ containers: [good] }))], { exemptions: [exemption] });
    assert.deepEqual(summary(stack), ["engine/exemptions advisory"]);
    assert.match(stack[0]?.message ?? "", /covers nothing/);
  });

  it("refuses settings that do not fit, all problems at once", () => {
    const settings = {
      rules: { "pod-security/none": { level: "off" } },
      exemptions: [{ rule: "no/rule", target: { name: "x" }, reason: "r", owner: "o", expires: "2026-12-31" }],
    };
    assert.throws(() => parseSettings(JSON.stringify(settings), {}, rules), /pod-security\/none[\s\S]*no\/rule/);
    assert.throws(() => parseSettings('{"profile":"lax","more":1}', {}, rules), /profile[\s\S]*more/);
    assert.throws(() => parseSettings("mijnbureau", {}, rules), /an object is expected/);
    assert.equal(parseSettings('{"profile":"strict"}', { profile: "baseline" }, rules).profile, "baseline");
  });

  describe("with patches", () => {
    const role = (value: string): object => ({ "mijnbureau-platform/role": value });
    const enforce = (value: string): object => ({ "pod-security.kubernetes.io/enforce": value });
    const namespace = (labels: object, patch = ""): ResourceValidationArgs =>
      resource(
        `kubernetes:core/v1:Namespace${patch}`,
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels } },
        `n${patch}${JSON.stringify(labels)}`,
      );
    const bad = resource("kubernetes:core/v1:Pod", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "shop" },
      spec: { containers: [{ name: "c", image: "a:1", securityContext: { privileged: true } }] },
    });
    const found = (...resources: readonly ResourceValidationArgs[]): readonly string[] => {
      const { single, stack } = run(resources);
      return [...single, ...stack].flatMap(({ name }) => (name.startsWith("engine/") ? [] : [name])).sort();
    };
    const both = ["pod-security/allow-privilege-escalation", "pod-security/privileged-containers"];

    it("cannot opt a namespace of the suite out, whatever comes first", () => {
      const whole = namespace({ ...role("suite"), ...enforce("restricted") });
      const others = [
        namespace({ team: "a" }, "Patch"),
        namespace(enforce("privileged"), "Patch"),
        namespace(enforce("privileged")),
      ];
      for (const other of others)
        for (const order of [
          [whole, other, bad],
          [other, whole, bad],
          [bad, other, whole],
          [whole, bad, other],
        ])
          assert.deepEqual(found(...order), both);
    });

    it("lets an operator's namespace say its level once, and no less strictly than another", () => {
      const low = namespace({ ...role("operator"), ...enforce("privileged") });
      assert.deepEqual(found(low, bad), []);
      assert.deepEqual(found(low, namespace({ team: "a" }), bad), []);
      assert.deepEqual(found(low, namespace({ team: "a" }, "Patch"), bad), []);
      assert.deepEqual(found(low, namespace(enforce("restricted")), bad), both);
      // Nobody here says whose namespace the patch is about.
      assert.deepEqual(found(namespace(enforce("privileged"), "Patch"), bad), both);
    });

    it("judges what a patch sets, and nothing that it leaves open", () => {
      const patch = (container: object): ResourceValidationArgs =>
        resource("kubernetes:apps/v1:DeploymentPatch", {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "x", namespace: "shop" },
          spec: { template: { spec: { containers: [{ name: "c", ...container }] } } },
        });
      assert.deepEqual(found(patch({ image: "a:1" })), []);
      assert.deepEqual(found(patch({ securityContext: { privileged: true } })), ["pod-security/privileged-containers"]);
      const { stack } = run([patch({ image: "a:1" })]);
      assert.deepEqual(
        stack.map(({ name, enforcementLevel }) => [name, enforcementLevel]),
        [["engine/not-evaluated", "advisory"]],
      );
      assert.match(stack[0]?.message ?? "", /1 patch of kind apps\/Deployment was judged in part \(shop\/x\)/);
    });
  });

  it("opens lists, and knows an object by its type where it names no kind", () => {
    const spec = {
      containers: [{ name: "c", image: "a:1", securityContext: { privileged: true, allowPrivilegeEscalation: true } }],
    };
    const metadata = { name: "p", namespace: "shop" };
    const list = resource("kubernetes:core/v1:PodList", {
      apiVersion: "v1",
      kind: "PodList",
      items: [
        { metadata, spec },
        { metadata, spec },
      ],
    });
    const nameless = resource("kubernetes:core/v1:Pod", { metadata, spec });
    const privileged = (of: typeof list): readonly string[] =>
      run([of])
        .single.filter(({ name }) => name === "pod-security/privileged-containers")
        .map(({ message }) => message);
    const said =
      "Containers do not run privileged. Pod shop/p, container c runs privileged. Remove securityContext.privileged; add the single capability or device the container needs.";
    assert.deepEqual(privileged(list), [said, said]);
    assert.deepEqual(privileged(nameless), [said]);
  });

  it("says which kinds no rule knows, and finds pods in the others", () => {
    const custom = (kind: string, spec: object): ResourceValidationArgs =>
      resource(`kubernetes:example.org/v1:${kind}`, {
        apiVersion: "example.org/v1",
        kind,
        metadata: { name: "o", namespace: "shop" },
        spec,
      });
    const thing = run([custom("Thing", { size: 3 })]);
    assert.deepEqual(thing.single, []);
    assert.match(thing.stack[0]?.message ?? "", /1 object of kind example\.org\/Thing was not judged \(shop\/o\)/);
    const bare = resource("kubernetes:apps/v1:Deployment", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d", namespace: "shop" },
      spec: { replicas: 2 },
    });
    assert.match(
      run([bare]).stack.at(-1)?.message ?? "",
      /apps\/Deployment was not judged in full \(shop\/d\): no pod/,
    );
    const template = { spec: { containers: [{ name: "c", image: "a:1", securityContext: { privileged: true } }] } };
    assert.deepEqual(run([custom("Set", { template })]).stack, []);
    assert.deepEqual(
      run([custom("Set", { template })])
        .single.map(({ name }) => name)
        .sort(),
      ["pod-security/allow-privilege-escalation", "pod-security/privileged-containers"],
    );
  });
});
