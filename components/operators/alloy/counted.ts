/** A metric that Alloy makes of lines of a log (Alloy's reference, loki.process, stage.metrics). */
export interface Counted {
  /** Selects the lines: labels of the pod, and what a line contains. */
  readonly labels: Readonly<Record<string, string>>;
  readonly contains?: string;
  /** Name in Prometheus. */
  readonly metric: string;
  readonly description: string;
  /** Labels of the pod that the metric keeps. */
  readonly keep: readonly string[];
  /** A label that is in the line itself, as a group of that name; lines without it do not count. */
  readonly label?: { readonly name: string; readonly pattern: string };
  /** How long a series stays that gets no lines. */
  readonly idle: string;
}

const string = (text: string): string => JSON.stringify(text);

/** The component that gets a copy of every line, and forwards none. */
export function countedComponent(metrics: readonly Counted[]): string {
  return `loki.process "counted" {
  forward_to = []
${metrics.map(stage).join("")}}
`;
}

function stage({ labels, contains, metric, description, keep, label, idle }: Counted): string {
  const selector = Object.entries(labels).map(([name, value]) => `${name}=${string(value)}`);
  const filter = contains === undefined ? "" : ` |= ${string(contains)}`;
  const fromLine =
    label === undefined
      ? ""
      : `    stage.regex {
      expression = ${string(label.pattern)}
    }
    stage.labels {
      values = {${string(label.name)} = ""}
    }
`;
  const kept = [...keep, ...(label === undefined ? [] : [label.name])];
  return `  stage.match {
    selector = ${string(`{${selector.join(", ")}}${filter}`)}
${fromLine}    stage.label_keep {
      values = [${kept.map(string).join(", ")}]
    }
    stage.metrics {
      metric.counter {
        name              = ${string(metric)}
        prefix            = ""
        description       = ${string(description)}
        ${label === undefined ? "match_all         = true" : `source            = ${string(label.name)}`}
        action            = "inc"
        max_idle_duration = ${string(idle)}
      }
    }
  }
`;
}
