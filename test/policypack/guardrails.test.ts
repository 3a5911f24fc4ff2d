import assert from "node:assert/strict";
import { contextIn, Engine, readObject } from "../../policypack/engine/engine";
import { loadRules } from "../../policypack/engine/load";
import { policySettings } from "../../config/policies";
import { StackIndex } from "../../policypack/engine/stack";
import type { StackObject } from "../../policypack/engine/stack";
import { TODAY } from "./harness";

const NAMESPACE = "mijnbureau-app";

/** What a workload of the suite needs around it, with the rule that asks for it; no rule asks for all at once. */
const guardrails: Readonly<Record<string, readonly string[]>> = {
  "a service account of its own": ["identity/dedicated-service-account"],
  "network policies in both directions": ["namespaces/default-deny-ingress", "namespaces/default-deny-egress"],
  "a disruption budget": ["availability/disruption-budget"],
  "a quota and limits": ["namespaces/resource-quota", "namespaces/limit-range"],
  "a backup": ["stack/backup-coverage"],
  "an owner": ["namespaces/ownership"],
  "a Pod Security level": ["namespaces/pod-security-level"],
};

const workload = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "app", namespace: NAMESPACE },
  spec: {
    replicas: 2,
    serviceName: "app",
    selector: { matchLabels: { app: "app" } },
    template: {
      metadata: { labels: { app: "app" } },
      spec: { containers: [{ name: "app", image: "registry.example/app:1.2.3" }] },
    },
    volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"] } }],
  },
};
const meta = (name: string) => ({ metadata: { name, namespace: NAMESPACE } });

/** The guardrails as objects, in the order of the table; the first stands in the workload itself. */
const objects: readonly Record<string, unknown>[] = [
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    ...meta("default-deny"),
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  },
  {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    ...meta("app"),
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: "app" } } },
  },
  {
    apiVersion: "v1",
    kind: "ResourceQuota",
    ...meta("platform"),
    spec: {
      hard: {
        "requests.cpu": "1",
        "requests.memory": "1Gi",
        "limits.memory": "2Gi",
        "limits.cpu": "2",
        pods: "10",
        persistentvolumeclaims: "2",
        "requests.storage": "10Gi",
        "services.loadbalancers": "0",
        "services.nodeports": "0",
      },
    },
  },
  {
    apiVersion: "v1",
    kind: "LimitRange",
    ...meta("platform"),
    spec: {
      limits: [
        {
          type: "Container",
          default: { cpu: "1", memory: "256Mi" },
          defaultRequest: { cpu: "50m", memory: "128Mi" },
          max: { cpu: "2", memory: "2Gi" },
        },
      ],
    },
  },
  {
    apiVersion: "velero.io/v1",
    kind: "Schedule",
    metadata: { name: "daily", namespace: "velero" },
    spec: { schedule: "0 3 * * *", template: { includedNamespaces: [NAMESPACE], ttl: "720h" } },
  },
];

function namespace(labels: Readonly<Record<string, string>>) {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: NAMESPACE, labels: { "mijnbureau-platform/role": "suite", ...labels } },
  };
}

function findings(given: readonly unknown[]): ReadonlySet<string> {
  const ids = new Set(Object.values(guardrails).flat());
  const rules = loadRules().filter(({ id }) => ids.has(id));
  assert.equal(rules.length, ids.size, "a rule of the table is gone");
  const engine = new Engine(rules, policySettings.parse({ profile: "mijnbureau" }), TODAY);
  const entries = given.map((object) => readObject(object)).filter((each): each is StackObject => each !== undefined);
  const stack = new StackIndex(entries);
  const found = [
    ...entries.flatMap((entry) => engine.judge(entry, contextIn(stack, entry, "suite"))),
    ...engine.judgeStack(stack),
  ];
  return new Set(found.map(({ rule }) => rule));
}

describe("the guardrails of a workload", () => {
  it("are each asked for by a rule that is on by default", () => {
    assert.deepEqual([...findings([namespace({}), workload])].sort(), Object.values(guardrails).flat().sort());
  });

  it("leave nothing to ask for where they are all there", () => {
    const own = {
      ...workload,
      spec: {
        ...workload.spec,
        template: {
          ...workload.spec.template,
          spec: { ...workload.spec.template.spec, serviceAccountName: "app", automountServiceAccountToken: false },
        },
      },
    };
    const labelled = namespace({
      "pod-security.kubernetes.io/enforce": "restricted",
      "mijnbureau-platform/owner": "team",
      "mijnbureau-platform/data-classification": "internal",
    });
    assert.deepEqual([...findings([labelled, own, ...objects])], []);
  });
});
