import assert from "node:assert/strict";
import { contextIn, Engine, readObject, readPart } from "../../policypack/engine/engine";
import type { Finding } from "../../policypack/engine/findings";
import { loadRules } from "../../policypack/engine/load";
import type { Rule } from "../../policypack/engine/rule";
import { StackIndex } from "../../policypack/engine/stack";
import type { StackObject } from "../../policypack/engine/stack";
import { asObject, asString, at } from "../../lib/json";
import type { JsonObject } from "../../lib/json";
import { fixtures, settingsFor, TODAY } from "./harness";

const rules = loadRules();

/** What a rule says of objects together, and those that it refuses. */
function findings(rule: Rule, objects: readonly StackObject[]): readonly Finding[] {
  const engine = new Engine([rule], settingsFor(rule), TODAY);
  const stack = new StackIndex(objects);
  const single = objects.flatMap((object) => engine.judge(object, contextIn(stack, object, "any"), stack));
  return [...single, ...engine.judgeStack(stack)];
}

const refused = (rule: Rule, objects: readonly StackObject[]): readonly string[] =>
  findings(rule, objects).flatMap(({ decision, message }) => (decision === "violated" ? [message] : []));

function part(object: unknown): StackObject {
  const found = readPart(object);
  assert.ok(found !== undefined);
  return found;
}

const whole = (objects: readonly unknown[]): readonly StackObject[] =>
  objects.flatMap((object) => readObject(object) ?? []);

function patch(kind: string, fields: object): JsonObject {
  const slash = kind.lastIndexOf("/");
  const object = {
    apiVersion: kind.slice(0, slash),
    kind: kind.slice(slash + 1),
    metadata: { name: "x", namespace: "shop" },
  };
  return { ...object, ...asObject(fields) };
}

const inPod = (spec: object): object => ({ spec: { template: { spec } } });

describe("parts of objects, such as patches set", () => {
  const cases: readonly (readonly [rule: string, of: string, object: JsonObject])[] = [
    // What stands on the pod decides whatever its containers are.
    [
      "pod-security/seccomp-profile-baseline",
      "the pod",
      patch("apps/v1/Deployment", inPod({ securityContext: { seccompProfile: { type: "Unconfined" } } })),
    ],
    [
      "pod-security/host-process",
      "the pod",
      patch("batch/v1/Job", inPod({ securityContext: { windowsOptions: { hostProcess: true } } })),
    ],
    [
      "pod-security/run-as-user",
      "the pod",
      patch("apps/v1/Deployment", inPod({ hostUsers: true, securityContext: { runAsUser: 0 } })),
    ],
    // A map may have more keys; those that are named are judged.
    ["secrets/literal-config-map", "a map", patch("v1/ConfigMap", { data: { DB_PASSWORD: "Zomer2026x" } })],
    [
      "exposure/ingress-snippet",
      "a map",
      patch("networking.k8s.io/v1/Ingress", {
        metadata: { name: "x", namespace: "shop", annotations: { "nginx.ingress.kubernetes.io/server-snippet": "x" } },
      }),
    ],
    // Lists without a key are set as a whole.
    [
      "identity/wildcard",
      "a list that is set as a whole",
      patch("rbac.authorization.k8s.io/v1/ClusterRole", {
        rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["get"] }],
      }),
    ],
    [
      "network/allow-all",
      "a list that is set as a whole",
      patch("networking.k8s.io/v1/NetworkPolicy", { spec: { policyTypes: ["Egress"], egress: [{}] } }),
    ],
    // Operators' kinds.
    [
      "pod-security/host-namespaces",
      "a pod that an operator builds",
      patch("monitoring.coreos.com/v1/Prometheus", { spec: { hostNetwork: true } }),
    ],
    [
      "pod-security/privileged-containers",
      "a pod by its shape",
      patch("argoproj.io/v1alpha1/Workflow", {
        spec: { templates: [{ name: "a", container: { image: "a:1", securityContext: { privileged: true } } }] },
      }),
    ],
    [
      "pod-security/host-namespaces",
      "a template by its shape",
      patch("keda.sh/v1alpha1/ScaledJob", {
        spec: {
          jobTargetRef: { template: { spec: { hostNetwork: true, containers: [{ name: "c", image: "a:1" }] } } },
        },
      }),
    ],
  ];
  for (const [id, of, object] of cases)
    it(`are judged by ${of}: ${id} of a ${asString(object["kind"]) ?? ""}`, () => {
      const rule = rules.find((each) => each.id === id);
      assert.ok(rule !== undefined);
      assert.equal(refused(rule, [part(object)]).length, 1);
    });

  it("are refused for nothing that the whole is not refused for", () => {
    let judged = 0;
    for (const rule of rules)
      for (const { objects, file, document } of fixtures(rule, "good")) {
        const parts = objects.map(part);
        // A Namespace by itself is as good as none.
        if (parts.some(({ kind }) => kind === "Namespace")) continue;
        assert.deepEqual(refused(rule, parts), [], `${file}, document ${document}`);
        judged += 1;
      }
    assert.ok(judged > 500, `${judged} fixtures`);
  });

  // A part may decide whether an object is refused; that is then said of the object.
  it("hide nothing of what stands beside them", () => {
    for (const rule of rules.filter(({ type }) => type === "stack"))
      for (const { objects, file, document } of fixtures(rule, "bad")) {
        const kinds = new Map(whole(objects).map((object) => [object.kind, object.object]));
        const beside = [...kinds.values()].map((object) =>
          part({
            apiVersion: at(object, "apiVersion"),
            kind: at(object, "kind"),
            metadata: { name: "beside", namespace: "elsewhere" },
          }),
        );
        const about = ({ kind, namespace, name }: Finding): string => [kind, namespace, name].join(" ");
        const together = new Set(findings(rule, [...beside, ...whole(objects)]).map(about));
        const lost = findings(rule, whole(objects))
          .map(about)
          .filter((object) => !together.has(object));
        assert.deepEqual(lost, [], `${file}, document ${document}`);
      }
  });
});
