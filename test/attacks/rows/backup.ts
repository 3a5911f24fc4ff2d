import type { KubeObject } from "../../../lib/kube/client";
import { create, deployer, patch, policy, rbac, type Attack, type Guard } from "../attack";
import { APP, certificate, cronJob, deployment, job, object, pod, service, statefulSet } from "./_objects";

const TEMPLATES = "mijnbureau-platform-template-keys";
const LABEL = policy(TEMPLATES, "reserved for the platform");
const KEYS = policy("mijnbureau-platform-backup-keys", "velero.io are the platform's");
const TEMPLATE_KEYS = policy(TEMPLATES, "velero.io are the platform's");
const DEPLOYER = policy("mijnbureau-platform-deployer", "reserved for the platform");

const managed = { labels: { "mijnbureau-platform/managed": "true" } };
const excluded = { labels: { "velero.io/exclude-from-backup": "true" } };

const making = (
  id: string,
  attempt: string,
  made: KubeObject,
  refusal: { refusedBy: Guard; also?: readonly Guard[] },
): Attack => ({
  id: `backup/${id}`,
  position: deployer(APP),
  attempt,
  steps: [create(made)],
  ...refusal,
});

const claimSpec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
const claimTemplate = (metadata: object): KubeObject => {
  const set = statefulSet({});
  const spec = typeof set["spec"] === "object" && set["spec"] !== null ? set["spec"] : {};
  return {
    ...set,
    spec: { ...spec, volumeClaimTemplates: [{ metadata: { name: "data", ...metadata }, spec: claimSpec }] },
  };
};
const ephemeral = (metadata: object) => ({
  volumes: [{ name: "data", ephemeral: { volumeClaimTemplate: { metadata, spec: claimSpec } } }],
});
const cluster = (metadata: object): KubeObject =>
  object("postgresql.cnpg.io/v1", "Cluster", {
    spec: {
      instances: 1,
      inheritedMetadata: metadata,
      storage: { storageClass: "dev-encrypted", size: "1Gi" },
      plugins: [{ name: "barman-cloud.cloudnative-pg.io", isWALArchiver: true }],
    },
  });

const templates = (metadata: {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}): readonly (readonly [string, string, KubeObject])[] => [
  ["deployment", "the pods of a Deployment", deployment({}, metadata)],
  ["stateful-set", "the pods of a StatefulSet", statefulSet({}, metadata)],
  ["job", "the pods of a Job", job({}, metadata)],
  ["cron-job", "the pods of a CronJob", cronJob({}, metadata)],
  ["claims", "the claims of a StatefulSet", claimTemplate(metadata)],
  ["ephemeral", "the claim of a pod's own volume", deployment(ephemeral(metadata))],
  [
    "certificate",
    "the Secret of a Certificate",
    object("cert-manager.io/v1", "Certificate", { spec: certificate({ secretTemplate: metadata }) }),
  ],
  ["postgresql", "what CloudNativePG makes", cluster(metadata)],
];

/** The API server gives a Job the labels of its template. */
const copied = ({ kind }: KubeObject, guard: Guard) => (kind === "Job" ? { also: [guard] } : {});

const hooks: readonly (readonly [string, string, string])[] = [
  ["pre-hook", "a command of years before every backup", "pre.hook.backup.velero.io/timeout"],
  ["post-hook", "a command after every backup", "post.hook.backup.velero.io/command"],
  ["restore-hook", "a command after a restore", "post.hook.restore.velero.io/command"],
  ["init-hook", "a container before a restore", "init.hook.restore.velero.io/container-image"],
  ["volumes-excludes", "that its volumes are left out", "backup.velero.io/backup-volumes-excludes"],
  ["volumes", "which of its volumes are copied", "backup.velero.io/backup-volumes"],
];

export const backupAttacks: readonly Attack[] = [
  making("label-pod", "Hides a pod from backups and from its own rights by the platform's label", pod({}, managed), {
    refusedBy: LABEL,
    also: [DEPLOYER],
  }),
  ...templates(managed).map(([id, what, made]) =>
    making(`label-${id}`, `Hides ${what} from backups by the platform's label`, made, {
      refusedBy: LABEL,
      ...copied(made, DEPLOYER),
    }),
  ),
  making(
    "label-job-of-cron-job",
    "Hides the Jobs of a CronJob by the platform's label",
    object("batch/v1", "CronJob", {
      spec: {
        schedule: "0 0 1 1 *",
        jobTemplate: {
          metadata: managed,
          spec: {
            template: {
              spec: {
                restartPolicy: "Never",
                containers: [{ name: "a", image: "docker.io/lasuite/impress-backend:v3.0.0" }],
              },
            },
          },
        },
      },
    }),
    { refusedBy: LABEL },
  ),
  making(
    "excluded-secret",
    "Leaves a Secret out of backups",
    object("v1", "Secret", { stringData: { a: "b" } }, excluded),
    { refusedBy: KEYS },
  ),
  making("excluded-service", "Leaves a Service out of backups", service({}, excluded), { refusedBy: KEYS }),
  making(
    "excluded-claim",
    "Leaves a claim out of backups",
    object("v1", "PersistentVolumeClaim", { spec: claimSpec }, excluded),
    { refusedBy: KEYS, also: [TEMPLATE_KEYS] },
  ),
  ...templates(excluded).map(([id, what, made]) =>
    making(`excluded-${id}`, `Leaves ${what} out of backups`, made, {
      refusedBy: TEMPLATE_KEYS,
      ...copied(made, KEYS),
    }),
  ),
  ...hooks.flatMap(([id, what, key]) => [
    making(`${id}-pod`, `Says ${what}, in an annotation of a pod`, pod({}, { annotations: { [key]: "87600h" } }), {
      refusedBy: KEYS,
      also: [TEMPLATE_KEYS],
    }),
    making(
      `${id}-template`,
      `Says ${what}, in an annotation of a template`,
      deployment({}, { annotations: { [key]: "87600h" } }),
      { refusedBy: TEMPLATE_KEYS },
    ),
  ]),
  ...["Backup", "Restore", "BackupStorageLocation"].map((kind) =>
    making(
      `velero-${kind.toLowerCase()}`,
      `Makes a ${kind} of Velero`,
      object("velero.io/v1", kind, { spec: {} }, { namespace: "velero" }),
      {
        refusedBy: rbac({
          apiGroup: "velero.io",
          resource: `${kind.toLowerCase()}s`,
          verbs: ["create"],
          namespace: "velero",
        }),
      },
    ),
  ),
  {
    id: "backup/velero-schedule",
    position: deployer(APP),
    attempt: "Writes a command of years into the schedule that backs up other apps too",
    steps: [
      patch(
        { apiVersion: "velero.io/v1", kind: "Schedule", name: "suite-daily", namespace: "velero" },
        { spec: { template: { hooks: { resources: [{ name: "attack", pre: [{ exec: { timeout: "87600h" } }] }] } } } },
      ),
    ],
    refusedBy: rbac({ apiGroup: "velero.io", resource: "schedules", verbs: ["patch"], namespace: "velero" }),
    also: [policy("mijnbureau-platform-deployer", "belongs to the platform")],
  },
];
