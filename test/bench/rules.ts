import { Engine, readObject } from "../../policypack/engine/engine";
import { loadRules } from "../../policypack/engine/load";
import { rule } from "../../policypack/engine/rule";
import type { Rule } from "../../policypack/engine/rule";
import { policySettings } from "../../config/policies";

const PODS = 20_000;

/** Pods that differ where real ones do, so that few verdicts can be remembered. */
const pod = (index: number): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: `app-${index}`, namespace: `ns-${index % 50}`, labels: { app: `app-${index}` } },
  spec: {
    serviceAccountName: `app-${index}`,
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 1000 + index, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "main",
        image: `registry.example.org/app-${index}:1.${index % 10}`,
        env: [{ name: "INDEX", value: String(index) }],
        ports: [{ containerPort: 8080 }],
        resources: { requests: { cpu: "10m", memory: `${index}Ki` }, limits: { memory: `${index}Ki` } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      },
    ],
  },
});

function perPod(rules: readonly Rule[]): number {
  const settings = policySettings.parse({ profile: "strict" });
  const engine = new Engine(rules, settings, "2026-06-01");
  const raw = Array.from({ length: PODS }, (_, index) => pod(index));
  const judge = (value: object): void => {
    const object = readObject(value);
    if (object !== undefined) engine.judge(object, { role: "any" });
  };
  // Half of them warm the machine up.
  raw.slice(0, PODS / 2).forEach(judge);
  const rest = raw.slice(PODS / 2);
  // Processor time: what else the machine does counts for nothing.
  const start = process.cpuUsage();
  rest.forEach(judge);
  return process.cpuUsage(start).user / 1000 / rest.length;
}

/** Rules on a kind that no pod is. */
const elsewhere = (count: number): readonly Rule[] =>
  Array.from({ length: count }, (_, index) =>
    rule({
      id: `bench/rule-${index}`,
      severity: "low",
      title: "Ingresses have a class",
      why: "The bench asks what rules on other kinds cost.",
      message: "has no class",
      remedy: "Set one.",
      standards: {},
      levels: { baseline: "advisory", mijnbureau: "advisory", strict: "advisory" },
      subject: "object",
      kinds: ["networking.k8s.io/Ingress"],
      valid: `object.spec.?ingressClassName.orValue("") != "${index}"`,
    }),
  );

/** What all rules cost on one pod, and what rules cost that do not apply. */
export function rulesOnOnePod(): void {
  const rules = loadRules();
  const all = perPod(rules);
  const more = perPod([...rules, ...elsewhere(rules.length * 4)]);
  console.log(`\n${rules.length} rules on one pod: ${all.toFixed(3)} ms of processor time (wanted: under 0.1)`);
  console.log(`with ${rules.length * 4} rules more that do not apply: ${(more / all).toFixed(2)} times (wanted: 1)`);
}

if (require.main === module) rulesOnOnePod();
