import { LARGEST_CONTENT } from "../../namespace/counts";
import { literal, text } from "../cel";
import { written, type Guard, type GuardFacts, type Validation } from "./guard";

const MONITORING = "monitoring.coreos.com";

/** Kinds of the Prometheus Operator that an app may have; what the others do is the platform's. */
const OWN_KINDS = ["ServiceMonitor", "PodMonitor", "PrometheusRule"] as const;

/**
 * Fields with which a monitor has Prometheus call something else than the app's own pods, or read a file of its own pod
 * (Prometheus Operator, API reference, Endpoint and PodMetricsEndpoint).
 */
const ELSEWHERE = [
  "params",
  "proxyUrl",
  "noProxy",
  "proxyFromEnvironment",
  "proxyConnectHeader",
  "oauth2",
  "bearerTokenFile",
] as const;

const FILES = ["caFile", "certFile", "keyFile"] as const;

/** What decides whose a series is, and what alerts go by: Prometheus and the platform write these. */
const RESERVED = ["job", "namespace"] as const;

/** Actions of a relabeling that write nothing but `targetLabel`. `labelmap` writes any label. */
const ACTIONS = [
  "replace",
  "keep",
  "drop",
  "keepequal",
  "dropequal",
  "hashmod",
  "lowercase",
  "uppercase",
  "labeldrop",
  "labelkeep",
] as const;

/** A label that Prometheus neither calls something with nor names a series with; `__tmp` is its prefix for one's own. */
const PLAIN_LABEL = "^(__tmp[a-zA-Z0-9_]*|[a-zA-Z][a-zA-Z0-9_]*)?$";

/** Ten seconds or more, in Prometheus' notation of durations. */
const SLOW = "^([1-9][0-9]*[ywdhm]([0-9][0-9a-z]*)?|[1-9][0-9]+s([0-9][0-9a-z]*)?)?$";

/** A template of an alert that asks Prometheus itself, past the namespace that is enforced on expressions. */
const ASKS = "[{][{]([^}]|[}][^}])*\\bquery\\b|[|(]\\s*query\\b";

/** Several times what the suite's charts have. */
const MOST_ENDPOINTS = 20;
const MOST_RULES = 200;

const spec = "dyn(object).spec";
const each = (condition: string): string => `variables.endpoints.all(each, ${condition})`;
const none = (where: string, fields: readonly string[]): string =>
  `!${literal([...fields])}.exists(field, ${where}[?field].hasValue())`;
const slow = (where: string, field: string): string => `${where}.?${field}.orValue("").matches(${text(SLOW)})`;

function relabelings(field: string): string {
  const action = `rule.?action.orValue("replace").lowerAscii() in ${literal([...ACTIONS])}`;
  const target = 'rule.?targetLabel.orValue("")';
  const plain = `${target}.matches(${text(PLAIN_LABEL)}) && !(${target} in ${literal([...RESERVED])})`;
  return each(`each.?${field}.orValue([]).all(rule, ${action} && ${plain})`);
}

/** Names that an app records under begin with its namespace, as Prometheus spells names. */
const PREFIX = 'request.namespace.replace("-", "_").replace(".", "_") + ":"';

/** What is asked of a monitor and of rules; `paths` are those that Prometheus may call in an app. */
function validations(paths: readonly string[]): readonly Validation[] {
  return [
    {
      expression: `dyn(object).kind in ${literal([...OWN_KINDS])}`,
      message: `Only ${OWN_KINDS.join(", ")} of ${MONITORING} belong to apps; the rest is the platform's.`,
    },
    {
      expression: each(`each.?path.orValue("") in ${literal(["", ...paths])}`),
      message: `Prometheus calls these paths of apps only: ${paths.join(", ")}. Use one, or add yours to monitoring.paths of the stack.`,
    },
    {
      expression: `${each(none("each", ELSEWHERE))} && ${each(none("each.?tlsConfig", FILES))}`,
      message: `A monitor calls the app's own pods as they are: none of ${ELSEWHERE.join(", ")}, and no files in tlsConfig.`,
    },
    {
      expression: each("each.?followRedirects.orValue(true) == false"),
      message: "A monitor follows no redirects: set followRedirects: false.",
    },
    {
      expression: `${relabelings("relabelings")} && ${relabelings("metricRelabelings")}`,
      message: `Relabelings of an app write plain labels, and none of ${RESERVED.join(", ")}; labelmap is not allowed.`,
    },
    {
      expression:
        `${spec}.?jobLabel.orValue("") == "" && ` +
        `["targetLabels", "podTargetLabels"].all(field, ${spec}[?field].orValue([]).all(name, !(name in ${literal([...RESERVED])})))`,
      message: `Labels of a Service or a pod become none of ${RESERVED.join(", ")}: no jobLabel, and none of these in targetLabels or podTargetLabels.`,
    },
    {
      expression: `${each(`${slow("each", "interval")} && ${slow("each", "scrapeTimeout")}`)} && variables.groups.all(group, ${slow("group", "interval")})`,
      message: "Prometheus looks at an app every ten seconds at most: interval and scrapeTimeout are 10s or more.",
    },
    {
      expression:
        "variables.groups.map(group, group.?rules.orValue([]).map(rule, bytes(string(rule.?expr.orValue(''))).size() + " +
        `rule.?annotations.orValue({}).map(key, bytes(rule.annotations[key]).size()).sum()).sum()).sum() <= ${LARGEST_CONTENT}`,
      message: `The rules of an app hold at most ${LARGEST_CONTENT / 1024} KiB of expressions and annotations.`,
    },
    {
      expression: `variables.endpoints.size() <= ${MOST_ENDPOINTS} && variables.groups.map(group, group.?rules.orValue([]).size()).sum() <= ${MOST_RULES}`,
      message: `A monitor has at most ${MOST_ENDPOINTS} endpoints, and a PrometheusRule at most ${MOST_RULES} rules: Prometheus serves everybody.`,
    },
    {
      expression: `!${spec}.?scrapeClass.hasValue()`,
      message: "spec.scrapeClass leaves the platform's own class, which names the jobs of apps.",
    },
    {
      // Labels of a group are those of each of its alerts (Prometheus, rules/manager.go, LoadGroups).
      expression:
        "variables.groups.all(group, group.?labels.orValue({}).all(key, !string(group.labels[key]).matches(" +
        `${text(ASKS)})) && group.?rules.orValue([]).all(rule, ['annotations', 'labels'].all(map, ` +
        `rule[?map].orValue({}).all(key, !string(rule[map][key]).matches(${text(ASKS)})))))`,
      message: "Templates of an app's alerts ask for no series (query): they would read those of every namespace.",
    },
    {
      expression:
        "variables.groups.all(group, group.?rules.orValue([]).all(rule, " +
        `rule.?record.orValue("") == "" || rule.record.startsWith(${PREFIX})))`,
      message: "A recording rule of an app has a name that begins with the app's namespace.",
      messageExpression: `"A recording rule of an app has a name that begins with " + ${PREFIX} + " so that no series of others is forged."`,
    },
  ];
}

/**
 * Monitors and rules of an app: Prometheus calls with the network rights of the platform, and its alerts guard everybody.
 * What it makes of them (`enforcedNamespaceLabel`, `ignoreNamespaceSelectors`, scrape class) is in operators/prometheus.
 */
export function monitors({ metricsPaths }: Pick<GuardFacts, "metricsPaths">): Guard {
  return {
    name: "mijnbureau-platform-monitors",
    role: "suite",
    resources: [
      written(
        MONITORING,
        ...["servicemonitors", "podmonitors", "prometheusrules", "probes", "scrapeconfigs", "alertmanagerconfigs"],
        ...["prometheuses", "prometheusagents", "alertmanagers", "thanosrulers"],
      ),
    ],
    matchConditions: [],
    variables: [
      {
        name: "endpoints",
        expression: `dyn(object).kind == "PodMonitor" ? ${spec}.?podMetricsEndpoints.orValue([]) : ${spec}.?endpoints.orValue([])`,
      },
      { name: "groups", expression: `dyn(object).kind == "PrometheusRule" ? ${spec}.?groups.orValue([]) : []` },
    ],
    validations: validations(metricsPaths),
  };
}
