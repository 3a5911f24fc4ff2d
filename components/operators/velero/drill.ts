import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { priorityClass } from "../../priority-classes";
import { exempt, exemptRights } from "../../exemptions";
import { restoreArguments } from "../../recovery/restore-spec";
import { image, pullSecrets, type AppPlace, type Facts } from "../frame/facts";
import { cronJob, kubectl, runVariable } from "../frame/jobs";
import { linux, podContext, resources, restricted, workerNodes } from "../frame/pods";
import { DRILL, DRILL_LABEL, DRILL_NAMESPACE, RESTORED } from "./drill-names";
import { notDrilled } from "./excluded";
import { NAMESPACE } from "./locations";
import type { Drill } from "./settings";

/** The schedule whose newest backup is restored: every tier with backups has it. */
const DRILLED_SCHEDULE = "suite-daily";
/** Longest drill. The next app's is days later, so two never share the namespace. */
const LONGEST_SECONDS = 6 * 3600;
const DAYS = 28;

/** Kinds that a drill brings into its namespace, and removes again; with `notDrilled` all that Velero may write. */
export const drilledKinds = [
  "configmaps",
  "cronjobs.batch",
  "daemonsets.apps",
  "deployments.apps",
  "endpoints",
  "horizontalpodautoscalers.autoscaling",
  "jobs.batch",
  "persistentvolumeclaims",
  "poddisruptionbudgets.policy",
  "pods",
  "replicasets.apps",
  "secrets",
  "serviceaccounts",
  "services",
  "statefulsets.apps",
] as const;

/** Apps whose restore is tried: those that hold data and have backups, or the ones that are named. */
export function drilledApps(apps: Facts["apps"], { apps: named }: Pick<Drill, "apps">): AppPlace[] {
  return apps.filter(
    ({ key, holdsData, backupTier }) =>
      backupTier !== "none" && (named.length === 0 ? holdsData : named.some((each) => each === key)),
  );
}

/** Monthly (MinBZK/mijn-bureau-infra, docs/docs/backups.md), each app on a day of its own. */
function drillCron(index: number, count: number, { hour, minute }: Pick<Drill, "hour" | "minute">): string {
  return `${minute} ${hour} ${1 + Math.floor((index * DAYS) / Math.max(count, 1))} * *`;
}

/**
 * Restores the newest backup of each app that holds data, one after the other, into a namespace that has no flow to anything,
 * and looks whether all of it came. `velero restore create --wait` ends well however the restore ended (velero v1.18.3,
 * pkg/cmd/cli/restore/create.go), so steps of their own look at its phase, at what it restored and at the volumes. A step
 * that fails fails the Job; what it found stays until the next morning.
 */
export function restoreDrills(facts: Facts, settings: Drill, asFiles: boolean): Manifest[] {
  const apps = drilledApps(facts.apps, settings);
  const metadata = { name: DRILL, namespace: NAMESPACE, labels: managedLabels };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
    ...drillAccess(metadata, volumeRestores(asFiles)),
    ...apps.map((app, index) =>
      scheduled(facts, {
        name: `${DRILL}-${app.key}`,
        schedule: drillCron(index, apps.length, settings),
        steps: drillSteps(facts, app, asFiles),
      }),
    ),
    scheduled(facts, {
      name: `${DRILL}-clean`,
      schedule: `${settings.minute} ${(settings.hour + 8) % 24} * * *`,
      steps: [clean(facts, "clean")],
    }),
  ];
}

/** A container of the drill; the last one is the Job's main container. */
export interface Step {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args: readonly string[];
}

/** What Velero restores a volume's data by: from a snapshot's copy, or from its files. */
const volumeRestores = (asFiles: boolean): string[] => ["datadownloads", ...(asFiles ? ["podvolumerestores"] : [])];

/** What happens, in this order; the first step that fails ends the drill. */
export function drillSteps(facts: Pick<Facts, "images">, app: AppPlace, asFiles = false): Step[] {
  const step = (name: string, ...args: string[]): Step => kubectl(facts, name, args);
  const restored = `--selector=${RESTORED}=$(RUN)`;
  return [
    clean(facts, "clean"),
    {
      name: "restore",
      image: image(facts, "docker.io/velero/velero:v1.18.1"),
      command: ["/velero", "restore", "create"],
      args: [
        "$(RUN)",
        ...restoreArguments({
          from: { schedule: DRILLED_SCHEDULE },
          namespace: app.namespace,
          to: DRILL_NAMESPACE,
          without: notDrilled,
          asFiles,
        }),
        `--labels=${DRILL_LABEL}=${app.key}`,
        "--wait",
      ],
    },
    step(
      "completed",
      ...["wait", "restores.velero.io/$(RUN)", `--namespace=${NAMESPACE}`],
      ...["--for=jsonpath={.status.phase}=Completed", "--timeout=30s"],
    ),
    // Objects: an empty restore is Completed too. Without a match, `wait` fails.
    step(
      "workloads",
      ...["wait", "deployments.apps,statefulsets.apps", `--namespace=${DRILL_NAMESPACE}`, restored],
      ...["--for=jsonpath={.metadata.uid}", "--timeout=30s"],
    ),
    ...(app.hasVolumes === true
      ? [
          // Each block is checked against its digest as it is read (kopia, content verification).
          step(
            "volume-data",
            ...[
              "wait",
              volumeRestores(asFiles)
                .map((kind) => `${kind}.velero.io`)
                .join(","),
            ],
            ...[`--namespace=${NAMESPACE}`, restored],
            ...["--for=jsonpath={.status.phase}=Completed", "--timeout=30s"],
          ),
          step(
            "claims",
            ...["wait", "persistentvolumeclaims", `--namespace=${DRILL_NAMESPACE}`, restored],
            ...["--for=jsonpath={.status.phase}=Bound", "--timeout=5m"],
          ),
        ]
      : []),
    clean(facts, "leave-nothing"),
  ];
}

function clean(facts: Pick<Facts, "images">, name: string): Step {
  return kubectl(facts, name, [
    ...["delete", drilledKinds.join(","), `--namespace=${DRILL_NAMESPACE}`, `--selector=${RESTORED}`],
    ...["--ignore-not-found", "--wait", "--timeout=30m"],
  ]);
}

interface Scheduled {
  readonly name: string;
  readonly schedule: string;
  readonly steps: readonly Step[];
}

function scheduled(facts: Facts, { name, schedule, steps }: Scheduled): Manifest {
  const containers = steps.map((step) => ({
    ...step,
    imagePullPolicy: "IfNotPresent",
    // Each run has a Restore of its own name.
    env: [runVariable],
    securityContext: restricted,
    resources: resources(["20m", "64Mi"], ["200m", "256Mi"]),
  }));
  const template = {
    metadata: { labels: { "app.kubernetes.io/name": DRILL } },
    spec: {
      serviceAccountName: DRILL,
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      restartPolicy: "Never",
      priorityClassName: priorityClass.batch,
      nodeSelector: linux,
      affinity: workerNodes,
      imagePullSecrets: pullSecrets(facts),
      securityContext: podContext(65_532),
      initContainers: containers.slice(0, -1),
      containers: containers.slice(-1),
    },
  };
  return cronJob({ name, namespace: NAMESPACE, schedule, seconds: LONGEST_SECONDS, template });
}

interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

function drillAccess(metadata: Metadata, restores: readonly string[]): Manifest[] {
  const bind = (namespace: string): Manifest => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { ...metadata, namespace },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: DRILL },
    subjects: [{ kind: "ServiceAccount", name: DRILL, namespace: NAMESPACE }],
  });
  const role = (namespace: string, rules: Record<string, unknown>[]): Manifest => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { ...metadata, namespace },
    rules,
  });
  const cleaning = ["get", "list", "watch", "delete"];
  const byGroup = new Map<string, string[]>();
  for (const kind of drilledKinds) {
    const [resource = "", group = ""] = kind.split(".");
    byGroup.set(group, [...(byGroup.get(group) ?? []), resource]);
  }
  return [
    role(NAMESPACE, [
      { apiGroups: ["velero.io"], resources: ["restores"], verbs: ["create", "get", "list", "watch"] },
      {
        apiGroups: ["velero.io"],
        resources: ["backups", ...restores, "schedules"],
        verbs: ["get", "list", "watch"],
      },
    ]),
    bind(NAMESPACE),
    role(
      DRILL_NAMESPACE,
      [...byGroup].map(([group, names]) => ({ apiGroups: [group], resources: names, verbs: cleaning })),
    ),
    bind(DRILL_NAMESPACE),
  ];
}

/** What the drill cannot avoid. */
export const drillExemptions = [
  ...exempt(
    ["identity/cross-namespace-binding"],
    { kind: "RoleBinding", namespace: DRILL_NAMESPACE, name: DRILL },
    "The drill's job runs beside Velero and looks at what was restored.",
  ),
  ...exemptRights(
    ["grant-backup-write"],
    { kind: "Role", namespace: NAMESPACE, name: DRILL },
    "Starts a Restore into the drill's own namespace.",
  ),
  ...exemptRights(
    ["grant-data-delete", "grant-endpoint-write", "grant-secret-read"],
    { kind: "Role", namespace: DRILL_NAMESPACE, name: DRILL },
    "Removes what was restored, Secrets among it, in the drill's own namespace alone.",
  ),
];
