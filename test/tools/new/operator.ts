import { z } from "zod";
import { UserError } from "../../../lib/errors";
import { runbookPage } from "../../../components/monitoring/alert";
import { named, pascal, type Change } from "./change";

/** A chart's package as its publisher serves it: `https://charts.example/reloader-1.2.3.tgz`. */
const PACKAGE = /^https:\/\/.+\/(?<chart>[a-z0-9-]+?)-(?<version>v?\d+\.\d+\.\d+\S*)\.tgz$/;

/** An operator: its folder, its runbook, and with a chart an entry of the lock and a stand-in. */
export function newOperator(name: string, url: string | undefined, read: (file: string) => string): Change {
  const operator = named("operator", name);
  const chart = url === undefined ? undefined : chartOf(url);
  const alert = `${pascal(operator)}Down`;
  const runbook = `docs/runbooks/${runbookPage(alert)}.md`;
  const folder = `components/operators/${operator}`;
  return {
    files: {
      [`${folder}/index.ts`]: index(operator, chart !== undefined),
      [`${folder}/alerts.ts`]: alerts(operator, alert),
      [runbook]: page(operator, alert),
      ...(chart === undefined ? {} : { [`${folder}/chart.ts`]: chartFile(operator) }),
      ...(chart === undefined ? {} : standIn(operator, chart, read("test/charts/objects.tpl"))),
    },
    edits:
      chart === undefined
        ? {}
        : {
            "charts.lock.json": (text) => locked(text, operator, chart),
            "components/charts/recorded-keys.json": (text) => recorded(text, operator, chart),
          },
    next: [
      `${folder}: title, needs, Pod Security, flows, values, and what else defineOperator knows`,
      `${runbook}: what to look at, and what to do`,
      ...(chart === undefined
        ? []
        : [
            `charts.lock.json: npm run charts -- pin ${operator}, then pull, hooks and values --write`,
            `test/charts/${operator}/facts.yaml: the chart's objects (test/charts/README.md)`,
          ]),
    ],
  };
}

interface Chart {
  readonly version: string;
  readonly url: string;
}

function chartOf(url: string): Chart {
  const version = PACKAGE.exec(url)?.groups?.["version"];
  if (version === undefined) {
    throw new UserError(
      `--chart "${url}": is not the address of a package; example: https://charts.example.nl/reloader-1.2.3.tgz`,
    );
  }
  return { version, url };
}

const lockFile = z.looseObject({ charts: z.record(z.string(), z.unknown()) });

/** @returns the lock with one entry more, in the order of their names; the others as they are written */
function locked(text: string, name: string, { version, url }: Chart): string {
  const { charts, ...rest } = lockFile.parse(JSON.parse(text));
  const own = {
    version,
    appVersion: version.replace(/^v/, ""),
    url,
    unverified: "Not compared with its publisher's index yet.",
  };
  const all = Object.fromEntries(byName({ ...charts, [name]: own }));
  return `${JSON.stringify({ ...rest, charts: all }, null, 2)}\n`;
}

const keysFile = z.record(z.string(), z.unknown());

/** The one value of the template is on record as unchecked, until the real chart is there to render. */
function recorded(text: string, name: string, { version }: Chart): string {
  const keys = { "image.repository": "not rendered with the real chart yet: npm run charts -- values --write" };
  const all = { ...keysFile.parse(JSON.parse(text)), [name]: { chart: `${name} ${version}`, keys } };
  return `${JSON.stringify(Object.fromEntries(byName(all)), null, 2)}\n`;
}

const byName = (record: Readonly<Record<string, unknown>>): [string, unknown][] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

const index = (name: string, chart: boolean): string => `import { defineOperator } from "../frame/define";
${chart ? 'import { image } from "../frame/facts";\n' : ""}import { alerts } from "./alerts";
${chart ? 'import { chart } from "./chart";\n' : ""}
const NAMESPACE = "${name}";

export default defineOperator({
  name: "${name}",
  title: "${name}: what it does for the suite, in one sentence.",
  enabledByDefault: false,
  namespaces: [{ name: NAMESPACE, podSecurity: { level: "restricted", reason: "Runs restricted." } }],
  settings: {},
  alerts: [alerts],
  needs: ["prometheus"],
${chart ? `  chart: { ...chart, release: "${name}" },\n  values: ({ facts }) => ({ image: { repository: image(facts, "registry.k8s.io/pause") } }),\n` : ""}});
`;

const chartFile = (name: string): string => `import { noKind, type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "${name}",
  hooks: [],
  crds: noKind,
};
`;

const alerts = (name: string, alert: string): string => {
  const series = (state: string): string =>
    `kube_deployment_status_replicas_${state}{job="kube-state-metrics",namespace="${name}"}`;
  return `import type { AlertGroup } from "../../monitoring/alert";

export const alerts: AlertGroup = {
  name: "${name}",
  alerts: () => [
    {
      alert: "${alert}",
      expr: '${series("available")} == 0',
      for: "15m",
      severity: "warning",
      summary: "${name} has no pod that runs",
      fires: {
        series: { '${series("available")}': "0x60" },
        at: "30m",
      },
      quiet: {
        series: { '${series("available")}': "1x60" },
        at: "30m",
      },
    },
  ],
};
`;
};

const page = (name: string, alert: string): string => `# ${alert}

## Meaning

No pod of ${name} has been available for a quarter of an hour.

## Impact

What ${name} does for the suite does not happen.

## Look

\`\`\`sh
kubectl -n ${name} get pods
kubectl -n ${name} get events --sort-by=.lastTimestamp
\`\`\`

## Fix

- Pods are refused or pending: the events say by what, or for want of what.

## Silence

While it is being worked on, never for good:

\`\`\`sh
kubectl -n monitoring exec sts/alertmanager-kube-prometheus-stack -c alertmanager -- \\
  amtool --alertmanager.url=http://localhost:9093 silence add alertname=${alert} \\
  --duration=4h --author="$USER" --comment="<why>"
\`\`\`
`;

const standIn = (name: string, { version }: Chart, template: string): Record<string, string> => ({
  [`test/charts/${name}/Chart.yaml`]: `apiVersion: v2
name: ${name}
version: ${version}
appVersion: "${version.replace(/^v/, "")}"
description: Stand-in for development without the chart; see ../README.md
`,
  [`test/charts/${name}/values.yaml`]: "# Read where facts.yaml says \`from\`; nothing has a default.\n{}\n",
  [`test/charts/${name}/facts.yaml`]: `accounts:
  - ${name}
workloads:
  - kind: Deployment
    name: ${name}
    selector: { app.kubernetes.io/name: ${name}, app.kubernetes.io/instance: ${name} }
    fixed: { replicas: 1 }
    pod: { serviceAccountName: ${name} }
    containers:
      - name: ${name}
        image: registry.k8s.io/pause:3.10.1
        repositoryFrom: image.repository
        fixed:
          resources: { requests: { cpu: 10m, memory: 32Mi }, limits: { memory: 32Mi } }
          securityContext:
            allowPrivilegeEscalation: false
            capabilities: { drop: [ALL] }
            readOnlyRootFilesystem: true
            runAsGroup: 65532
            runAsNonRoot: true
            runAsUser: 65532
            seccompProfile: { type: RuntimeDefault }
`,
  [`test/charts/${name}/templates/objects.tpl`]: template,
});
