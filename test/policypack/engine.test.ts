import assert from "node:assert/strict";
import fc from "fast-check";
import { rule, stackRule } from "../../policypack/engine/rule";
import type { ExpressionRule, Rule } from "../../policypack/engine/rule";
import { Engine, readObject } from "../../policypack/engine/engine";
import type { NamespaceContext } from "../../policypack/engine/engine";
import { judgeExemptions } from "../../policypack/engine/exemptions";
import type { Finding } from "../../policypack/engine/findings";
import { isUnknownValue } from "../../policypack/engine/preview";
import { remediate } from "../../policypack/engine/remediate";
import { policySettings } from "../../config/policies";
import { StackIndex, stackObject } from "../../policypack/engine/stack";
import { privilegedContainers } from "../../policypack/rules/pod-security/privileged-containers";
import { allowPrivilegeEscalation } from "../../policypack/rules/pod-security/allow-privilege-escalation";
import { capabilitiesRestricted } from "../../policypack/rules/pod-security/capabilities-restricted";
import { sysctls } from "../../policypack/rules/pod-security/sysctls";
import { TODAY } from "./harness";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const ANY: NamespaceContext = { role: "any" };

function engineOf(rules: readonly Rule[], settings: object = {}): Engine {
  return new Engine(rules, policySettings.parse({ profile: "strict", ...settings }), TODAY);
}

function findings(rules: readonly Rule[], object: unknown, settings: object = {}, context = ANY): readonly Finding[] {
  const read = readObject(object, {}, isUnknownValue);
  assert.ok(read !== undefined);
  return engineOf(rules, settings).judge(read, context);
}

function decisions(rules: readonly Rule[], object: unknown, settings: object = {}, context = ANY): readonly string[] {
  return findings(rules, object, settings, context).map((finding) => `${finding.rule} ${finding.decision}`);
}

const text = {
  severity: "low",
  title: "T",
  why: "W",
  message: "is wrong",
  remedy: "R.",
  standards: {},
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
} as const;

function podRule(valid: string, more: Partial<ExpressionRule["definition"]> = {}): ExpressionRule {
  return rule({ ...text, ...more, id: "test/rule", subject: "pod", valid });
}

const bad = { name: "bad", image: "example.org/a:1", securityContext: { privileged: true } };
const good = { name: "good", image: "example.org/a:1" };

function pod(spec: object, metadata: object = {}): object {
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "p", namespace: "n", ...metadata }, spec };
}

/** The same pod in every kind that holds one. */
function wrapped(spec: object): readonly object[] {
  const template = { metadata: { labels: { app: "a" } }, spec };
  const metadata = { name: "p", namespace: "n" };
  const holder = (apiVersion: string, kind: string): object => ({ apiVersion, kind, metadata, spec: { template } });
  return [
    pod(spec),
    { apiVersion: "v1", kind: "PodTemplate", metadata, template },
    holder("v1", "ReplicationController"),
    holder("apps/v1", "Deployment"),
    holder("apps/v1", "StatefulSet"),
    holder("apps/v1", "DaemonSet"),
    holder("apps/v1", "ReplicaSet"),
    holder("batch/v1", "Job"),
    { apiVersion: "batch/v1", kind: "CronJob", metadata, spec: { jobTemplate: { spec: { template } } } },
    holder("argoproj.io/v1alpha1", "Rollout"),
    holder("serving.knative.dev/v1", "Service"),
    holder("serving.knative.dev/v1", "Configuration"),
    { apiVersion: "serving.knative.dev/v1", kind: "Revision", metadata, spec },
  ];
}

describe("policy engine", () => {
  describe("finds the pod", () => {
    for (const list of ["containers", "initContainers", "ephemeralContainers"]) {
      it(`in every kind, among its ${list}`, () => {
        for (const object of wrapped({ containers: [good], [list]: [good, bad] })) {
          const found = findings([privilegedContainers], object);
          assert.deepEqual(
            found.map((finding) => finding.container),
            ["bad"],
            JSON.stringify(object),
          );
          assert.match(found[0]?.path ?? "", new RegExp(`${list}\\[1\\]\\.securityContext\\.privileged$`));
        }
      });
    }

    it("and names object, container and reason", () => {
      const [found] = findings([privilegedContainers], pod({ containers: [good, bad] }));
      assert.equal(found?.message, "Pod n/p, container bad runs privileged.");
      assert.equal(found.path, "spec.containers[1].securityContext.privileged");
    });

    it("whatever the order of containers and the fields around them", () => {
      const extra = fc.record({
        labels: fc.dictionary(fc.string(), fc.string()),
        annotations: fc.dictionary(fc.string(), fc.string()),
      });
      const container = fc.record({ name: fc.string(), privileged: fc.boolean(), tty: fc.boolean() });
      fc.assert(
        fc.property(fc.array(container, { minLength: 1, maxLength: 6 }), extra, (list, metadata) => {
          const containers = list.map(({ name, privileged, tty }) => ({ name, tty, securityContext: { privileged } }));
          const count = (order: readonly object[]): number =>
            findings([privilegedContainers], pod({ containers: order }, metadata)).length;
          assert.equal(count(containers), list.filter((each) => each.privileged).length);
          assert.equal(count([...containers].reverse()), count(containers));
        }),
      );
    });

    it("without changing what it is given", () => {
      const object = pod({
        hostNetwork: true,
        volumes: [{ name: "v" }],
        containers: [{ ...bad, ports: [{ containerPort: 80 }], command: null }],
      });
      const before = JSON.stringify(object);
      findings([privilegedContainers], object);
      assert.equal(JSON.stringify(object), before);
    });

    it("in no list that is none, and says so: the API server refuses it", () => {
      for (const containers of ["none", { privileged: true }])
        assert.deepEqual(decisions([privilegedContainers], pod({ containers })), [
          "pod-security/privileged-containers violated",
        ]);
    });

    it("in nothing that has none", () => {
      for (const object of [{}, { kind: "Pod", apiVersion: "v1" }])
        assert.deepEqual(decisions([privilegedContainers], object), []);
    });

    it("in no containers and no specification that are none, and does not decide", () => {
      for (const object of [pod({ containers: [null, 1, "x"] }), pod([])])
        assert.deepEqual(decisions([privilegedContainers], object), ["pod-security/privileged-containers undecided"]);
    });
  });

  describe("on values that are not known yet", () => {
    const noBadPort = podRule(
      "pod.spec.?hostNetwork.orValue(false) == false && pod.spec.?hostPID.orValue(false) == false",
    );

    it("is undecided only where they matter", () => {
      assert.deepEqual(decisions([noBadPort], pod({ hostNetwork: UNKNOWN })), ["test/rule undecided"]);
      assert.deepEqual(decisions([noBadPort], pod({ hostNetwork: UNKNOWN, hostPID: true })), ["test/rule violated"]);
      assert.deepEqual(decisions([noBadPort], pod({ hostPID: true, hostNetwork: UNKNOWN })), ["test/rule violated"]);
      assert.deepEqual(decisions([noBadPort], pod({ hostname: UNKNOWN })), []);
    });

    it("judges the other containers and the other elements of a list", () => {
      assert.deepEqual(decisions([privilegedContainers], pod({ containers: [UNKNOWN, bad] })), [
        "pod-security/privileged-containers violated",
      ]);
      assert.deepEqual(decisions([privilegedContainers], pod({ containers: [UNKNOWN, good] })), [
        "pod-security/privileged-containers undecided",
      ]);
      const volumes = podRule("pod.spec.?volumes.orValue([]).all(v, !has(v.hostPath))");
      for (const list of [
        [UNKNOWN, { name: "h", hostPath: {} }],
        [{ name: "h", hostPath: {} }, UNKNOWN],
      ]) {
        assert.deepEqual(decisions([volumes], pod({ volumes: list })), ["test/rule violated"], JSON.stringify(list));
      }
      assert.deepEqual(decisions([volumes], pod({ volumes: [UNKNOWN, { name: "e", emptyDir: {} }] })), [
        "test/rule undecided",
      ]);
      const exists = podRule("pod.spec.?volumes.orValue([]).exists(v, v.name == 'wanted')");
      assert.deepEqual(decisions([exists], pod({ volumes: [UNKNOWN, { name: "wanted", emptyDir: {} }] })), []);
    });

    it("is undecided about what an operator adds, and sure about what is set", () => {
      const prometheus = (spec: object): object => ({
        apiVersion: "monitoring.coreos.com/v1",
        kind: "Prometheus",
        metadata: { name: "p" },
        spec,
      });
      assert.deepEqual(decisions([noBadPort], prometheus({ hostNetwork: true })), ["test/rule violated"]);
      assert.deepEqual(decisions([noBadPort], prometheus({ hostNetwork: false })), ["test/rule undecided"]);
      assert.deepEqual(decisions([privilegedContainers], prometheus({ containers: [bad] })), [
        "pod-security/privileged-containers violated",
      ]);
    });

    it("asks every version where the namespace's is not known", () => {
      const of = (name: string): readonly string[] =>
        decisions(
          [sysctls],
          pod({ containers: [good], securityContext: { sysctls: [{ name, value: "1" }] } }),
          {},
          { role: "any", podSecurityVersion: "unknown" },
        );
      assert.deepEqual(of("net.ipv4.tcp_rmem"), ["pod-security/sysctls undecided"]);
      assert.deepEqual(of("kernel.msgmax"), ["pod-security/sysctls violated"]);
      assert.deepEqual(of("net.ipv4.tcp_syncookies"), []);
    });
  });

  it("follows the version that the namespace pins, else the stack's", () => {
    const object = pod({
      containers: [good],
      securityContext: { sysctls: [{ name: "net.ipv4.tcp_rmem", value: "1" }] },
    });
    assert.deepEqual(decisions([sysctls], object, {}, { role: "any", podSecurityVersion: "v1.31" }), [
      "pod-security/sysctls violated",
    ]);
    assert.deepEqual(decisions([sysctls], object, {}, { role: "any", podSecurityVersion: "v1.32" }), []);
    assert.deepEqual(decisions([sysctls], object, { podSecurityVersion: "v1.31" }), ["pod-security/sysctls violated"]);
  });

  it("applies a rule where its scope says", () => {
    const scoped = (scope: "suite" | "operator" | "owned" | "cluster"): Rule => podRule("false", { scope });
    const judged = (scope: "suite" | "operator" | "owned" | "cluster", role: NamespaceContext["role"]): boolean =>
      decisions([scoped(scope)], pod({ containers: [good] }), {}, { role }).length > 0;
    assert.deepEqual(
      (["suite", "operator", "other", "any"] as const).map((role) => [
        judged("suite", role),
        judged("operator", role),
        judged("owned", role),
        judged("cluster", role),
      ]),
      [
        [true, false, true, true],
        [false, true, true, true],
        [false, false, true, true],
        [true, true, true, true],
      ],
    );
  });

  it("lets an operator's namespace enforce a lower Pod Security Standard, a namespace of the suite not", () => {
    const object = pod({ containers: [good] });
    const at = (role: "suite" | "operator", podSecurityLevel: string): number =>
      decisions([allowPrivilegeEscalation], object, {}, { role, podSecurityLevel }).length;
    assert.deepEqual(
      [
        at("operator", "privileged"),
        at("operator", "baseline"),
        at("operator", "restricted"),
        at("suite", "privileged"),
      ],
      [0, 0, 1, 1],
    );
  });

  it("refuses what an expression cannot read, instead of passing it", () => {
    const [found] = findings(
      [privilegedContainers],
      pod({ containers: [{ ...good, securityContext: { privileged: "yes" } }] }),
    );
    assert.equal(found?.decision, "violated");
    assert.match(found.message, /cannot be judged/);
  });

  it("takes levels and parameters from the settings", () => {
    const object = pod({ containers: [bad] });
    const level = (setting: object): string | undefined =>
      findings([privilegedContainers], object, { rules: { "pod-security/privileged-containers": setting } })[0]?.level;
    assert.equal(level({ level: "advisory" }), "advisory");
    assert.equal(level({ level: "off" }), undefined);
  });

  describe("exemptions", () => {
    const exemption = (target: object, expires = "2026-12-31"): object => ({
      rule: privilegedContainers.id,
      target,
      reason: "r",
      owner: "o",
      expires,
    });
    const two = pod({ containers: [bad, { ...bad, name: "second" }] });
    const decided = (...exemptions: readonly object[]): readonly string[] =>
      findings([privilegedContainers], two, { exemptions }).map((finding) => finding.decision);

    it("cover exactly their target", () => {
      assert.deepEqual(decided(exemption({ kind: "Pod", namespace: "n", name: "p" })), ["exempt", "exempt"]);
      assert.deepEqual(decided(exemption({ name: "p", container: "second" })), ["violated", "exempt"]);
      assert.deepEqual(decided(exemption({ name: "p*" })), ["exempt", "exempt"]);
      for (const target of [
        { kind: "Deployment" },
        { namespace: "m" },
        { name: "q" },
        { name: "p.*" },
        { apiVersion: "apps/v1" },
        { container: "ba" },
      ]) {
        assert.deepEqual(decided(exemption(target)), ["violated", "violated"], JSON.stringify(target));
      }
      assert.deepEqual(decided({ ...exemption({ name: "p" }), rule: "pod-security/other" }), ["violated", "violated"]);
    });

    it("hold until their last day", () => {
      assert.deepEqual(decided(exemption({ name: "p" }, TODAY)), ["exempt", "exempt"]);
      assert.deepEqual(decided(exemption({ name: "p" }, "2026-05-31")), ["violated", "violated"]);
    });

    it("are findings themselves where expired, unused, too wide or without a rule", () => {
      const settings = policySettings.parse({
        exemptions: [
          exemption({ kind: "Pod", namespace: "n", name: "p" }),
          exemption({ name: "p" }, "2026-05-31"),
          exemption({ name: "q" }),
          exemption({ namespace: "n" }),
          { ...exemption({ name: "p" }), rule: "pod-security/none" },
          { ...exemption({ name: "q" }), runtime: true },
          { ...exemption({ name: "q" }, "2026-05-31"), runtime: true },
        ],
      });
      const all = findings([privilegedContainers], two, settings);
      const states = judgeExemptions(settings.exemptions, all, TODAY, new Set([privilegedContainers.id]));
      assert.deepEqual(
        states.map(({ state }) => state),
        ["active", "expired", "unused", "wider than needed", "unknown rule", "active", "expired"],
      );
    });

    it("are refused without owner, reason, date or target", () => {
      for (const wrong of [
        { owner: undefined },
        { reason: "" },
        { expires: "soon" },
        { expires: "2026-02-30" },
        { target: {} },
        { more: 1 },
      ]) {
        const result = policySettings.safeParse({ exemptions: [{ ...exemption({ name: "p" }), ...wrong }] });
        assert.equal(result.success, false, JSON.stringify(wrong));
      }
    });
  });

  describe("stack rules", () => {
    const withQuota = stackRule({
      ...text,
      id: "test/stack",
      select: (stack) => stack.ofKind("Namespace"),
      check: (namespace, stack) =>
        stack.ofKind("ResourceQuota", namespace.name).length > 0 ? [] : [{ message: `lacks a quota` }],
    });
    const judged = (...objects: readonly object[]): readonly string[] => {
      const entries = objects.flatMap((object) => readObject(object, {}, isUnknownValue) ?? []);
      return engineOf([withQuota])
        .judgeStack(new StackIndex(entries))
        .map((finding) => `${finding.decision} ${finding.message}`);
    };
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } };
    const quota = (within: string): object => ({
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "q", namespace: within },
    });

    it("judge each selected object", () => {
      assert.deepEqual(judged(namespace, quota("a")), []);
      assert.deepEqual(judged(namespace, quota("b")), ["violated Namespace a lacks a quota."]);
    });

    it("are undecided where an object may be the one they look for", () => {
      assert.match(judged(namespace, quota(UNKNOWN)).join(), /^undecided Namespace a/);
      assert.match(
        judged({ ...namespace, metadata: { name: UNKNOWN } }, quota("a")).join(),
        /^undecided Namespace <known after deployment>/,
      );
    });
  });

  describe("remediation", () => {
    const rules = [allowPrivilegeEscalation, capabilitiesRestricted];
    const levels = Object.fromEntries(rules.map((each) => [each.id, { level: "remediate" }]));
    const engine = engineOf(rules, { rules: levels });

    it("repairs every container once and for all, in every kind, and the result meets the rules", () => {
      const container = fc.record(
        {
          name: fc.constant("c"),
          securityContext: fc.record(
            {
              allowPrivilegeEscalation: fc.boolean(),
              capabilities: fc.record(
                { add: fc.subarray(["NET_BIND_SERVICE", "CHOWN"]), drop: fc.subarray(["ALL", "CHOWN"]) },
                { requiredKeys: [] },
              ),
              runAsUser: fc.nat(),
            },
            { requiredKeys: [] },
          ),
        },
        { requiredKeys: ["name"] },
      );
      fc.assert(
        fc.property(fc.array(container, { minLength: 1, maxLength: 3 }), (containers) => {
          for (const object of wrapped({ containers, initContainers: containers })) {
            const read = readObject(object);
            assert.ok(read !== undefined);
            const repaired = remediate(engine, read.object, ANY);
            assert.deepEqual(engine.judge(stackObject(repaired), ANY), []);
            assert.equal(remediate(engine, repaired, ANY), repaired);
          }
        }),
        { numRuns: 30 },
      );
    });

    it("leaves alone what meets the rules, and what is not set to remediate", () => {
      const object = readObject(pod({ containers: [good] }))?.object;
      assert.ok(object !== undefined);
      assert.equal(remediate(engineOf(rules), object, ANY), object);
    });
  });
});
