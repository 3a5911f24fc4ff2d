import { stackRule } from "../../engine/rule";
import type { StackIndex } from "../../engine/stack";
import { alertsOf, configMapsWith, withoutPod } from "./_addon";

interface Topic {
  readonly name: string;
  /** Whether the stack has what the alert is about. */
  readonly concerns: (stack: StackIndex) => boolean;
  /** Metrics of which one occurs in the alert. */
  readonly metric: RegExp;
}

const hasKind =
  (...kinds: readonly string[]) =>
  (stack: StackIndex): boolean =>
    kinds.some((kind) => stack.ofKind(kind).length > 0);

const topics: readonly Topic[] = [
  {
    name: "the age of backups",
    concerns: hasKind("velero.io/Schedule"),
    metric: /\bvelero_backup_(last_successful_timestamp|last_status|success_total|failure_total)\b/,
  },
  {
    name: "violations of policies",
    concerns: hasKind("kyverno.io/ClusterPolicy", "policies.kyverno.io/ValidatingPolicy"),
    metric:
      /\b(kyverno_policy_results|kyverno_admission_requests|kyverno_validating_policy_results|policy_report_\w+|apiserver_validating_admission_policy_check_total)/,
  },
  {
    name: "events of Falco",
    concerns: (stack) => configMapsWith(stack, "falco.yaml").length > 0,
    metric: /\b(falcosecurity_falcosidekick_falco_events_total|falcosecurity_falco_rules_matches_total|falco_events)\b/,
  },
  {
    name: "the expiry of certificates",
    concerns: hasKind("cert-manager.io/Certificate"),
    metric:
      /\b(certmanager_certificate_expiration_timestamp_seconds|x509_cert_not_after|probe_ssl_earliest_cert_expiry)\b/,
  },
];

/** What the platform watches raises an alert. */
export const addonAlertCoverage = stackRule({
  id: "stack/addon-alert-coverage",
  severity: "medium",
  title: "Backups, policies, Falco and certificates raise alerts",
  why: "A metric that nobody looks at tells of a missed backup, a refused object, an intruder or an expired certificate after the damage is done.",
  standards: { iso27002: ["8.16", "8.13", "6.8"], nsa: true },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "has no alert on something that the stack runs",
  remedy: "Add a PrometheusRule with an alert on it.",
  select: (stack) => stack.ofKind("monitoring.coreos.com/Prometheus").map(withoutPod),
  check: (_prometheus, stack) => {
    const alerts = alertsOf(stack);
    return topics
      .filter((topic) => topic.concerns(stack) && !alerts.some(({ expr }) => topic.metric.test(expr)))
      .map(({ name }) => ({ message: `has no alert on ${name}` }));
  },
});
