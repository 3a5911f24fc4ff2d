import { defineOperator, type OperatorNamespace } from "../frame/define";
import { exempt, exemptAtRunTime, exemptRights } from "../../exemptions";
import { prefixOf, type Facts } from "../frame/facts";
import { group, kubeApi, outside, peer, scrape } from "../frame/flows";
import type { Overlay } from "../frame/overlay";
import type { SecretSource } from "../frame/secrets";
import { drilledApps, drillExemptions, restoreDrills } from "./drill";
import { DRILL_NAMESPACE } from "./drill-names";
import {
  credentialOf,
  NAMESPACE,
  outsideOf,
  placesOf,
  receivedLocations,
  storageLocation,
  STORE_SECRET,
  usesCustomerKey,
  type Located,
} from "./locations";
import { suiteSchedules, volumesAsFiles, volumeSnapshotClass } from "./objects";
import { veleroProblems } from "./problems";
import { veleroValues } from "./values";
import { accounts, CLUSTER_ROLE, clusterRole, delegations, namespaceRole } from "./rbac";
import { admitted } from "./admitted";
import { shape, type Location } from "./settings";
import { alerts } from "./alerts";
import { chart } from "./chart";
import { dashboard } from "./dashboard";

const server = group("server", { "app.kubernetes.io/name": "velero", name: "velero" });
const nodeAgent = group("node-agent", { "app.kubernetes.io/name": "velero", name: "node-agent" });
const labelled = (name: string, key: string) => ({
  name,
  labels: {},
  expressions: [{ key, operator: "Exists" as const }],
});
/** Started by the node agent and by the server; they carry labels of Velero only. */
const movers = [
  group("data-mover", { "velero.io/exposer-pod-group": "snapshot-exposer" }),
  group("data-restore", { "velero.io/exposer-pod-group": "generic-restore-exposer" }),
  labelled("repository-maintenance", "velero.io/repo-name"),
];
/** Those of the file-system backup (velero v1.18.1, pkg/apis/velero/v1/labels_annotations.go, PVBLabel and PVRLabel). */
const fileSystemMovers = [
  labelled("pod-volume-backup", "velero.io/pod-volume-backup"),
  labelled("pod-volume-restore", "velero.io/pod-volume-restore"),
];

const METRICS_PORT = 8085;

interface NamespaceArgs {
  readonly fileSystemBackup: boolean;
  readonly hasDrill: boolean;
  readonly claims: number;
  readonly locations: readonly Location[];
}

function namespaces(
  facts: Facts,
  { fileSystemBackup, hasDrill, claims, locations }: NamespaceArgs,
): OperatorNamespace[] {
  return [
    {
      name: NAMESPACE,
      holdsData: true,
      claims,
      podSecurity: fileSystemBackup
        ? {
            level: "privileged",
            reason: "File-system backup reads /var/lib/kubelet/pods of the node.",
            admits: admitted(facts, { hasDrill, locations }),
          }
        : {
            level: "baseline",
            reason: "Data mover pods are started as root (velero pkg/exposer/csi_snapshot.go).",
          },
    },
    ...(hasDrill
      ? [
          {
            name: DRILL_NAMESPACE,
            podSecurity: {
              level: "baseline" as const,
              reason: "Restored pods carry the contexts they were backed up with.",
            },
          },
        ]
      : []),
  ];
}

const locations = (settings: Located): Location[] => placesOf(settings).map(({ location: place }) => place);

/**
 * Velero gives its movers and its maintenance no tolerations but these (v1.18.3, pkg/util/third_party.go): behind any other
 * taint they would wait for ever.
 */
const CARRIED = new Set(["kubernetes.azure.com/scalesetpriority", "CriticalAddonsOnly"]);

const poolOf = ({ nodeSelector, tolerations }: Overlay): Readonly<Record<string, string>> =>
  tolerations.every(({ key }) => CARRIED.has(key)) ? nodeSelector : {};

export default defineOperator({
  name: "velero",
  title: "Velero: backups of namespaces and volumes to an object store outside the cluster, and their restore.",
  duties: [
    "The buckets: outside the cluster, better in another account; versions, object lock in mode COMPLIANCE with a default retention of 14 days or more, encryption, no public access, a policy by which the cluster's key removes no version, and a lifecycle that removes hidden versions after 60 days (`mijnbureau backup bucket` looks, and prints the policy).",
    "The locks: lengthened every day from outside the cluster, by `mijnbureau backup locks --renew --record` with a key of its own. Neither Velero nor Kopia as it uses it renews one.",
    "The repository password: stored outside the cluster before the first backup (`mijnbureau escrow`). A restore elsewhere is impossible without it, and it cannot be changed. Its Secret outlives the stack, and the next `pulumi up` keeps what it holds; where the namespace is gone as well, put it back first: kubectl create secret generic velero-repo-credentials -n velero --from-literal=repository-password=<the password>, with the label mijnbureau-platform/managed=true on it and on the namespace.",
    "The tarballs of objects are encrypted by the object store only (SSE); Velero encrypts volume data itself, but not them. Secrets are in them: who can read the bucket can read the Secrets.",
    "The CSI driver of the volumes supports snapshots, and has a VolumeSnapshotClass (`snapshotClass`).",
  ],
  enabledByDefault: true,
  namespaces: ({ facts, settings }) =>
    namespaces(facts, {
      fileSystemBackup: settings.fileSystemBackup,
      hasDrill: settings.drill !== undefined,
      claims: settings.size.claims,
      locations: locations(settings),
    }),
  settings: shape,
  problems: ({ facts, settings }) => veleroProblems(facts, settings),
  alerts: [alerts],
  dashboards: [dashboard],
  needs: ["external-secrets", "prometheus", "snapshot-controller"],
  requires: ["volume-snapshots"],
  chart: { ...chart, release: "velero" },
  before: () => [
    clusterRole(),
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: clusterRole().metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: CLUSTER_ROLE },
      subjects: [{ kind: "ServiceAccount", name: "velero-server", namespace: NAMESPACE }],
    },
    ...namespaceRole(),
  ],
  values: ({ facts, settings, overlay }) => veleroValues(facts, settings, poolOf(overlay)),
  secrets: ({ settings }): SecretSource[] => {
    const places = placesOf(settings);
    const extra = [
      ...(places.some(({ location: place }) => usesCustomerKey(place)) ? ["customer-key"] : []),
      ...new Set(
        places.flatMap(({ location: place }) =>
          place.provider === "s3" && place.caKey !== undefined ? [place.caKey] : [],
        ),
      ),
    ];
    const credentials = places.flatMap((place) => {
      const credential = credentialOf(place);
      return credential === undefined ? [] : [{ key: place.credential, ...credential }];
    });
    const store: SecretSource = {
      from: "store",
      namespace: NAMESPACE,
      name: STORE_SECRET,
      values: Object.fromEntries([
        ...credentials.flatMap(({ values }) => Object.entries(values)),
        ...extra.map((key, index) => [`extra${index}`, { key: "platform/velero", property: key }] as const),
      ]),
      template: Object.fromEntries([
        ...credentials.map(({ key, template }) => [key, template] as const),
        ...extra.map((key, index) => [key, `{{ .extra${index} }}`] as const),
      ]),
      why: "Credentials of the backup buckets, one for each.",
    };
    return [
      ...(credentials.length + extra.length === 0 ? [] : [store]),
      settings.repositoryPassword === "store" ? sharedPassword : drawnPassword,
    ];
  },
  objects: ({ facts, settings }) => {
    const cluster = prefixOf(facts);
    const { storage, secondary, received, fileSystemBackup: asFiles } = settings;
    return [
      storageLocation({ name: "default", location: storage, primary: true, readOnly: false, cluster }),
      ...(asFiles ? [volumesAsFiles()] : []),
      ...suiteSchedules(facts.apps, "default", { asFiles }),
      ...(secondary === undefined
        ? []
        : [
            storageLocation({
              name: "secondary",
              location: secondary.location,
              primary: false,
              readOnly: secondary.mode === "replica",
              cluster,
              credential: "cloud-secondary",
            }),
            ...(secondary.mode === "schedule"
              ? suiteSchedules(facts.apps, "secondary", {
                  suffix: `-secondary-${facts.region}`,
                  later: secondary.hoursLater,
                  asFiles,
                })
              : []),
          ]),
      ...(received === undefined ? [] : receivedLocations(facts, received)),
      ...(settings.snapshotClass === undefined ? [] : [volumeSnapshotClass(settings.snapshotClass)]),
      ...(settings.drill === undefined ? [] : restoreDrills(facts, settings.drill, asFiles)),
    ];
  },
  flows: ({ settings }) => {
    const pods = [server, nodeAgent, ...movers, ...(settings.fileSystemBackup ? fileSystemMovers : [])];
    const stores = locations(settings).flatMap((place, index) =>
      outsideOf(index === 0 ? "backup-store" : `backup-store-${index + 1}`, place),
    );
    return [
      ...pods.map((each) => kubeApi(NAMESPACE, each, "Reads and restores objects, tracks data movement")),
      ...pods.flatMap((each) => stores.map((store) => outside(peer(NAMESPACE, each), store, "Backups"))),
      scrape(NAMESPACE, server, METRICS_PORT),
      scrape(NAMESPACE, nodeAgent, METRICS_PORT),
      ...(settings.drill === undefined
        ? []
        : [
            kubeApi(
              NAMESPACE,
              group("restore-drill", { "app.kubernetes.io/name": "restore-drill" }),
              "Starts the drill's Restore",
            ),
          ]),
    ];
  },
  accounts: ({ facts, settings }) =>
    accounts(
      facts,
      settings.drill === undefined ? [] : drilledApps(facts.apps, settings.drill).map(({ namespace }) => namespace),
      settings.fileSystemBackup,
    ),
  delegations: ({ settings }) => delegations(settings.drill !== undefined),
  exemptions: ({ settings }) => [
    ...exemptRights(
      ["grant-data-delete", "grant-persistent-volume-write"],
      { kind: "ClusterRole", name: CLUSTER_ROLE },
      "The data mover makes, re-binds and removes volumes; admission holds it to those of the suite and its own.",
    ),
    ...exemptRights(
      [
        "grant-backup-write",
        "grant-data-delete",
        "grant-secret-read",
        "grant-secret-write",
        "grant-workload-create",
        "wildcard",
      ],
      { kind: "Role", namespace: NAMESPACE, name: CLUSTER_ROLE },
      "Its logins, repository passwords and data mover's pods, in its own namespace alone.",
    ),
    ...(settings.fileSystemBackup ? nodeAgentExemptions : []),
    ...exemptAtRunTime(
      [
        "availability/grace-period",
        "workload/net-raw-dropped",
        "workload/non-root-group",
        "workload/read-only-root-filesystem",
        ...(settings.fileSystemBackup ? ["workload/sensitive-host-path"] : []),
      ],
      { kind: "Pod", namespace: NAMESPACE, name: "*" },
      "Movers of volumes' data, named after each backup; Velero's code sets their contexts.",
    ),
    ...(settings.drill === undefined ? [] : drillExemptions),
  ],
  monitors: () => [
    { kind: "ServiceMonitor", namespace: NAMESPACE, scrapes: "velero", port: METRICS_PORT },
    { kind: "PodMonitor", namespace: NAMESPACE, scrapes: "node-agent", port: METRICS_PORT },
  ],
});

const nodeAgentExemptions = exempt(
  [
    "workload/breakout-capabilities",
    "workload/non-root-group",
    "workload/sensitive-host-path",
    "workload/writable-host-path",
  ],
  { kind: "DaemonSet", namespace: NAMESPACE, name: "node-agent" },
  "Reads and restores volumes of pods that run as any user, from the kubelet's directory.",
);

const PASSWORD = { namespace: NAMESPACE, name: "velero-repo-credentials" };
const WHY_PASSWORD = "Without it Velero encrypts with a password that is printed in its source code.";

const drawnPassword: SecretSource = {
  from: "random",
  ...PASSWORD,
  lengths: { "repository-password": 64 },
  escrow:
    "Every volume backup is encrypted with it. Store it outside the cluster before the first backup: " +
    "mijnbureau escrow. It cannot be changed later (velero#5443).",
  why: WHY_PASSWORD,
};

const sharedPassword: SecretSource = {
  from: "store",
  ...PASSWORD,
  values: { "repository-password": { key: "platform/velero", property: "repository_password" } },
  why: WHY_PASSWORD,
};
