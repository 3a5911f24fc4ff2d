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
  /** A number in a line of JSON, by its way from the top; absent: the lines themselves are counted. */
  readonly number?: string;
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

function stage({ labels, contains, metric, description, keep, number, idle }: Counted): string {
  const selector = Object.entries(labels).map(([name, value]) => `${name}=${string(value)}`);
  const filter = contains === undefined ? "" : ` |= ${string(contains)}`;
  const kind = number === undefined ? "counter" : "gauge";
  const json =
    number === undefined
      ? ""
      : `    stage.json {
      expressions = {"number" = ${string(number)}}
    }
`;
  return `  stage.match {
    selector = ${string(`{${selector.join(", ")}}${filter}`)}
${json}    stage.label_keep {
      values = [${keep.map(string).join(", ")}]
    }
    stage.metrics {
      metric.${kind} {
        name              = ${string(metric)}
        prefix            = ""
        description       = ${string(description)}
        ${number === undefined ? "match_all         = true" : 'source            = "number"'}
        action            = ${string(number === undefined ? "inc" : "set")}
        max_idle_duration = ${string(idle)}
      }
    }
  }
`;
}
