import type { OperatorPlan } from "../../../components/operators/frame/define";
import { at, list, type Fields } from "./rendered";

/** A workload that an operator's own code makes in the cluster, and that no chart shows. */
export interface RuntimeWorkload {
  readonly operator: string;
  readonly what: string;
  /** Where upstream makes it, in the version that the stack installs. */
  readonly source: string;
  readonly object: (plan: OperatorPlan) => Fields;
}

const value = (plan: OperatorPlan, ...names: readonly string[]): unknown => at(plan.chart?.values, ...names);
const claim = (name: string) => ({ name, persistentVolumeClaim: { claimName: name } });
const emptyDir = (name: string) => ({ name, emptyDir: {} });
const hostPath = (name: string, path: string) => ({ name, hostPath: { path } });

// Eraser: the containers of a worker differ in their contexts, and only the remover has one.

const eraserContainer = (plan: OperatorPlan, component: string, name = component): Fields => {
  const part = (...names: readonly string[]) => value(plan, "runtimeConfig", "components", component, ...names);
  return {
    name,
    image: `${String(part("image", "repo"))}:v1.4.1`,
    volumeMounts: [
      { name: "runtime-sock-volume", mountPath: "/run/cri/cri.sock" },
      { name: "shared-data", mountPath: "/run/eraser.sh/shared-data" },
    ],
    resources: {
      requests: { cpu: part("request", "cpu"), memory: part("request", "mem") },
      limits: { memory: part("limit", "mem") },
    },
  };
};

const eraserRemover = (plan: OperatorPlan): Fields => ({
  ...eraserContainer(plan, "remover"),
  imagePullPolicy: "IfNotPresent",
  securityContext: {
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem: true,
    seccompProfile: { type: "RuntimeDefault" },
  },
});

const eraserWorker = (plan: OperatorPlan, containers: readonly Fields[]): Fields => ({
  restartPolicy: "Never",
  priorityClassName: value(plan, "runtimeConfig", "manager", "priorityClassName"),
  serviceAccountName: "eraser-imagejob-pods",
  volumes: [emptyDir("shared-data"), { name: "eraser-config", configMap: { name: "eraser-manager-config" } }],
  containers,
});

const eraserCollecting = (plan: OperatorPlan): Fields =>
  eraserWorker(plan, [
    { ...eraserContainer(plan, "collector"), imagePullPolicy: "IfNotPresent" },
    eraserRemover(plan),
    eraserContainer(plan, "scanner", "trivy-scanner"),
  ]);

/** What its controller adds to a template when it makes the pod of one node. */
function eraserPod(plan: OperatorPlan, type: string, template: Fields): Fields {
  const socket = String(value(plan, "runtimeConfig", "manager", "runtime", "address")).replace("unix://", "");
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: "eraser-worker-1.example.nl-",
      name: "eraser-worker-1.example.nl-x7k2p",
      namespace: "eraser-system",
      labels: { "eraser.sh/type": type },
    },
    spec: {
      ...template,
      nodeName: "worker-1.example.nl",
      tolerations: [{ operator: "Exists" }],
      volumes: [hostPath("runtime-sock-volume", socket), ...list(template["volumes"])],
    },
  };
}

const eraserTemplate = (template: Fields): Fields => ({
  apiVersion: "v1",
  kind: "PodTemplate",
  metadata: { generateName: "imagejob-", name: "imagejob-9w4xn", namespace: "eraser-system" },
  template: { spec: template },
});

// Security Profiles Operator, with AppArmor on and everything else off.

const SPO = "security-profiles-operator";
const spoImage = (plan: OperatorPlan): string =>
  ["registry", "repository"].map((part) => String(value(plan, "spoImage", part))).join("/") +
  `:${String(value(plan, "spoImage", "tag"))}`;

/** The daemon's settings as the chart writes them, with our patches over them. */
const spoDaemon = (plan: OperatorPlan, ...names: readonly string[]): unknown =>
  plan.patches
    .filter(({ kind }) => kind === "SecurityProfilesOperatorDaemon")
    .map(({ patch }) => at(patch, "spec", ...names))
    .find((found) => found !== undefined);

const spoPrivileged = {
  allowPrivilegeEscalation: true,
  privileged: true,
  readOnlyRootFilesystem: false,
  runAsUser: 0,
  runAsGroup: 0,
  seLinuxOptions: { type: "spc_t" },
};

function spod(plan: OperatorPlan): Fields {
  const labels = { app: SPO, name: "spod" };
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: {
      name: "spod",
      namespace: SPO,
      annotations: { "container.apparmor.security.beta.kubernetes.io/security-profiles-operator": "unconfined" },
    },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { "openshift.io/scc": "privileged" } },
        spec: {
          serviceAccountName: "spod",
          hostPID: true,
          priorityClassName: spoDaemon(plan, "scheduling", "priorityClassName"),
          imagePullSecrets: spoDaemon(plan, "imagePullSecrets"),
          affinity: value(plan, "daemon", "affinity"),
          tolerations: value(plan, "daemon", "tolerations"),
          nodeSelector: { "kubernetes.io/os": "linux" },
          securityContext: { seccompProfile: { type: "RuntimeDefault" }, fsGroup: 65_535 },
          initContainers: [
            {
              name: "non-root-enabler",
              image: spoImage(plan),
              imagePullPolicy: "IfNotPresent",
              args: ["non-root-enabler", "--runtime=containerd", "--apparmor=true"],
              securityContext: {
                ...spoPrivileged,
                capabilities: { drop: ["ALL"], add: ["CHOWN", "FOWNER", "FSETID", "DAC_OVERRIDE"] },
              },
              resources: {
                requests: { cpu: "100m", memory: "32Mi", "ephemeral-storage": "10Mi" },
                limits: { memory: "64Mi", "ephemeral-storage": "50Mi" },
              },
              volumeMounts: [
                { name: "host-varlib-volume", mountPath: "/var/lib" },
                { name: "host-root-volume", mountPath: "/host" },
              ],
            },
          ],
          containers: [
            {
              name: SPO,
              image: spoImage(plan),
              imagePullPolicy: "IfNotPresent",
              args: ["daemon", "--with-recording=false", "--with-apparmor=true"],
              securityContext: {
                ...spoPrivileged,
                capabilities: { drop: ["ALL"] },
                seccompProfile: { type: "Localhost", localhostProfile: "operator/security-profiles-operator.json" },
                appArmorProfile: { type: "Localhost", localhostProfile: "spo-apparmor" },
              },
              resources: value(plan, "daemon", "resources"),
              ports: [{ name: "liveness-port", containerPort: 8085 }],
              volumeMounts: [
                { name: "host-operator-volume", mountPath: "/var/lib/security-profiles-operator" },
                { name: "profile-recording-output-volume", mountPath: "/tmp/security-profiles-operator-recordings" },
                { name: "tmp-volume", mountPath: "/tmp" },
              ],
              livenessProbe: { httpGet: { path: "/healthz", port: "liveness-port" } },
            },
          ],
          volumes: [
            hostPath("host-varlib-volume", "/var/lib"),
            hostPath("host-operator-volume", "/var/lib/security-profiles-operator"),
            hostPath("host-fsselinux-volume", "/sys/fs/selinux"),
            hostPath("host-etcselinux-volume", "/etc/selinux"),
            hostPath("host-varlibselinux-volume", "/var/lib/selinux"),
            hostPath("profile-recording-output-volume", "/tmp/security-profiles-operator-recordings"),
            hostPath("host-auditlog-volume", "/var/log/audit"),
            hostPath("host-syslog-volume", "/var/log"),
            hostPath("sys-kernel-debug-volume", "/sys/kernel/debug"),
            hostPath("sys-kernel-security-volume", "/sys/kernel/security"),
            hostPath("sys-kernel-tracing-volume", "/sys/kernel/tracing"),
            hostPath("host-etc-osrelease-volume", "/etc/os-release"),
            hostPath("host-root-volume", "/"),
            emptyDir("tmp-volume"),
          ],
        },
      },
    },
  };
}

function spoWebhook(plan: OperatorPlan): Fields {
  const labels = { app: SPO, name: "security-profiles-operator-webhook" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "security-profiles-operator-webhook", namespace: SPO },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { "openshift.io/scc": "privileged" } },
        spec: {
          serviceAccountName: "spo-webhook",
          imagePullSecrets: spoDaemon(plan, "imagePullSecrets"),
          tolerations: value(plan, "daemon", "tolerations"),
          containers: [
            {
              name: SPO,
              image: spoImage(plan),
              imagePullPolicy: "IfNotPresent",
              args: ["webhook"],
              securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
              resources: { requests: { cpu: "250m", memory: "32Mi" }, limits: { memory: "64Mi" } },
              ports: [{ name: "webhook", containerPort: 9443 }],
              volumeMounts: [{ name: "cert", mountPath: "/tmp/k8s-webhook-server/serving-certs", readOnly: true }],
            },
          ],
          volumes: [{ name: "cert", secret: { secretName: "webhook-server-cert", defaultMode: 420 } }],
        },
      },
    },
  };
}

// Trivy operator.

function trivyScan(plan: OperatorPlan): Fields {
  const job = (name: string) => value(plan, "trivyOperator", name);
  const labels = { "app.kubernetes.io/managed-by": "trivy-operator", "vulnerabilityReport.scanner": "Trivy" };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "scan-vulnerabilityreport-5d8c7f9b4", namespace: "trivy-system", labels },
    spec: {
      backoffLimit: 0,
      completions: 1,
      activeDeadlineSeconds: 600,
      ttlSecondsAfterFinished: 600,
      template: {
        metadata: { labels },
        spec: {
          affinity: job("scanJobAffinity"),
          restartPolicy: "Never",
          serviceAccountName: "trivy-operator",
          automountServiceAccountToken: job("scanJobAutomountServiceAccountToken"),
          nodeSelector: job("scanJobNodeSelector"),
          tolerations: job("scanJobTolerations"),
          priorityClassName: job("scanJobPodPriorityClassName"),
          securityContext: job("scanJobPodTemplatePodSecurityContext"),
          containers: [
            {
              name: "docs",
              image: plan.runtimeImages[0],
              imagePullPolicy: "IfNotPresent",
              command: ["/bin/sh"],
              args: ["-c", "trivy image example --server http://trivy-service.trivy-system:4954"],
              env: [
                {
                  name: "TRIVY_TOKEN",
                  valueFrom: {
                    secretKeyRef: { name: "trivy-operator-trivy-config", key: "trivy.serverToken", optional: true },
                  },
                },
              ],
              securityContext: job("scanJobPodTemplateContainerSecurityContext"),
              resources: value(plan, "trivy", "resources"),
              volumeMounts: [
                { name: "tmp", mountPath: "/tmp" },
                { name: "scanresult", mountPath: "/tmp/scan" },
              ],
            },
          ],
          volumes: [emptyDir("tmp"), emptyDir("scanresult")],
        },
      },
    },
  };
}

// Velero: movers take over what the node agent's pod has, but not its contexts.

const veleroImage = (plan: OperatorPlan): string => `${String(value(plan, "image", "repository"))}:v1.18.1`;

const veleroMover = (plan: OperatorPlan, name: string, pod: Fields, container: Fields = {}): Fields => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "velero", ...(pod["labels"] === undefined ? {} : { labels: pod["labels"] }) },
  spec: {
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 0,
    os: { name: "linux" },
    serviceAccountName: "velero-server",
    priorityClassName: "mijnbureau-standard",
    securityContext: { runAsUser: 0 },
    containers: [
      {
        name: "8d1b5f5e-41f8-4f0b-9d43-0d9b1b2f3c11",
        image: veleroImage(plan),
        imagePullPolicy: "Never",
        command: pod["command"],
        resources: {
          requests: { cpu: "200m", memory: "256Mi" },
          limits: { cpu: "2", memory: "2Gi" },
        },
        ...container,
      },
    ],
    volumes: [...list(pod["volumes"]), emptyDir("scratch"), ...list(value(plan, "nodeAgent", "extraVolumes"))],
  },
});

const veleroMaintenance = (plan: OperatorPlan): Fields => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "mijnbureau-docs-default-kopia-1780000000000-maintain-job-1780000000000", namespace: "velero" },
  spec: {
    backoffLimit: 0,
    template: {
      metadata: {
        name: "velero-repo-maintenance-pod",
        labels: { "velero.io/repo-name": "mijnbureau-docs-default-kopia" },
      },
      spec: {
        restartPolicy: "Never",
        serviceAccountName: "velero-server",
        securityContext: value(plan, "podSecurityContext"),
        containers: [
          {
            name: "velero-repo-maintenance-container",
            image: veleroImage(plan),
            imagePullPolicy: "IfNotPresent",
            command: ["/velero"],
            args: ["repo-maintenance"],
            securityContext: value(plan, "containerSecurityContext"),
            resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "1", memory: "1Gi" } },
          },
        ],
        volumes: [emptyDir("plugins"), emptyDir("scratch"), ...list(value(plan, "extraVolumes"))],
      },
    },
  },
});

export const runtimeWorkloads: readonly RuntimeWorkload[] = [
  {
    operator: "eraser",
    what: "the template of a scan's workers",
    source: "eraser v1.4.1, controllers/imagecollector/imagecollector_controller.go, createImageJob",
    object: (plan) => eraserTemplate(eraserCollecting(plan)),
  },
  {
    operator: "eraser",
    what: "the worker of a scan on one node",
    source: "eraser v1.4.1, controllers/imagejob/imagejob_controller.go, handleNewJob and copyAndFillTemplateSpec",
    object: (plan) => eraserPod(plan, "collector", eraserCollecting(plan)),
  },
  {
    operator: "eraser",
    what: "the template of workers for an ImageList",
    source: "eraser v1.4.1, controllers/imagelist/imagelist_controller.go, handleImageListEvent",
    object: (plan) => eraserTemplate(eraserWorker(plan, [eraserRemover(plan)])),
  },
  {
    operator: "eraser",
    what: "the worker for an ImageList on one node",
    source: "eraser v1.4.1, controllers/imagejob/imagejob_controller.go, handleNewJob and copyAndFillTemplateSpec",
    object: (plan) => eraserPod(plan, "manual", eraserWorker(plan, [eraserRemover(plan)])),
  },
  {
    operator: SPO,
    what: "the daemon on every node",
    source: "security-profiles-operator v1.0.0, internal/pkg/manager/spod/spod_controller.go, getConfiguredSPOd",
    object: spod,
  },
  {
    operator: SPO,
    what: "the webhook",
    source: "security-profiles-operator v1.0.0, internal/pkg/manager/spod/bindata/webhook.go, webhookDeployment",
    object: spoWebhook,
  },
  {
    operator: "trivy-operator",
    what: "the scan of an image",
    source: "trivy-operator v0.32.0, pkg/plugins/trivy/image.go and pkg/vulnerabilityreport/builder.go",
    object: trivyScan,
  },
  {
    operator: "velero",
    what: "the mover of a volume's snapshot",
    source: "velero v1.18.1, pkg/exposer/csi_snapshot.go, createBackupPod",
    object: (plan) =>
      veleroMover(plan, "suite-daily-20260601011700-4kx2p", {
        command: ["/velero", "data-mover", "backup"],
        labels: { "velero.io/exposer-pod-group": "snapshot-exposer" },
        volumes: [claim("suite-daily-20260601011700-4kx2p")],
      }),
  },
  {
    operator: "velero",
    what: "the mover of a restored volume",
    source: "velero v1.18.1, pkg/exposer/generic_restore.go, createRestorePod",
    object: (plan) =>
      veleroMover(plan, "drill-2026-06-9m2fd", {
        command: ["/velero", "data-mover", "restore"],
        labels: { "velero.io/exposer-pod-group": "generic-restore-exposer" },
        volumes: [claim("drill-2026-06-9m2fd")],
      }),
  },
  {
    operator: "velero",
    what: "the file-system backup of a pod's volume",
    source: "velero v1.18.1, pkg/exposer/pod_volume.go, createHostingPod",
    object: (plan) =>
      veleroMover(
        plan,
        "suite-daily-20260601011700-b7k4w",
        {
          command: ["/velero", "pod-volume", "backup"],
          volumes: [hostPath("volume", "/var/lib/kubelet/pods/8d1b5f5e/volumes/kubernetes.io~csi/pvc/mount")],
        },
        { securityContext: { privileged: true } },
      ),
  },
  {
    operator: "velero",
    what: "the maintenance of a repository",
    source: "velero v1.18.1, pkg/repository/maintenance/maintenance.go, buildJob",
    object: veleroMaintenance,
  },
];
