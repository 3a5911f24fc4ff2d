import type { Manifest } from "../kubernetes-object";
import { managedLabels } from "../namespace/labels";
import { alertsOf, runbookLink, RUNBOOKS, type Alert, type AlertFacts, type AlertGroup } from "./alert";

/** A rule as Prometheus reads it. */
export interface PrometheusAlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

function alertingRule(alert: Alert, component: string, runbooks: string): PrometheusAlertingRule {
  return {
    alert: alert.alert,
    expr: alert.expr,
    ...(alert.for === undefined ? {} : { for: alert.for }),
    labels: { severity: alert.severity, component },
    annotations: { summary: alert.summary, ...runbookLink(alert.alert, runbooks) },
  };
}

/** Content of a rule file, and of a PrometheusRule's `spec`. */
export function ruleFile(group: AlertGroup, facts: AlertFacts, runbooks: string = RUNBOOKS) {
  return {
    groups: [
      {
        name: `mijnbureau-platform.${group.name}`,
        rules: alertsOf(group, facts).map((a) => alertingRule(a, group.name, runbooks)),
      },
    ],
  };
}

export interface RuleObjectsArgs {
  readonly facts: AlertFacts;
  readonly namespace: string;
  readonly runbooks: string;
}

/** One PrometheusRule per group that has an alert in this stack. Prometheus reads those in every namespace labelled for monitoring. */
export function prometheusRules(
  groups: readonly AlertGroup[],
  { facts, namespace, runbooks }: RuleObjectsArgs,
): Manifest[] {
  return groups
    .filter((group) => alertsOf(group, facts).length > 0)
    .map((group) => ({
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PrometheusRule",
      metadata: { name: `mijnbureau-platform-${group.name}`, namespace, labels: managedLabels },
      spec: ruleFile(group, facts, runbooks),
    }));
}
