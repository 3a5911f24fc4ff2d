import { z } from "zod";
import { cron } from "../../../config/fields";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { priorityClass } from "../../priority-classes";
import { defineOperator } from "../frame/define";
import { exempt } from "../../exemptions";
import { image, type Facts } from "../frame/facts";
import { controlPlaneNodes, controlPlaneTolerations, linux, resources, workerNodes } from "../frame/pods";
import { alerts } from "./alerts";
import { benchmarks, mountPath, volumeName, type Benchmark } from "./benchmarks";

const NAMESPACE = "compliance";
const NAME = "kube-bench";
const VERSION = "v0.15.6";
/** Where the cluster could not be asked: the smallest that survives the loss of a node. */
const UNKNOWN_NODES = { workers: 3, controlPlanes: 3 };

interface JobArgs {
  readonly facts: Facts;
  readonly component: "node" | "master";
  readonly benchmark: Benchmark;
  readonly schedule: string;
  readonly nodes: number;
}

function placement(component: JobArgs["component"]): Record<string, unknown> {
  const labels = { "app.kubernetes.io/name": NAME, "app.kubernetes.io/component": component };
  // One pod per node: as many pods as nodes, and never two on one.
  const podAntiAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: labels } },
    ],
  };
  if (component === "node") return { nodeSelector: linux, affinity: { ...workerNodes, podAntiAffinity } };
  return {
    nodeSelector: linux,
    tolerations: controlPlaneTolerations,
    affinity: { ...controlPlaneNodes, podAntiAffinity },
  };
}

const command = ({ targets, benchmark }: Benchmark): string[] => [
  NAME,
  "run",
  "--targets",
  targets,
  "--benchmark",
  benchmark,
];

/** What is checked on which nodes. Where the provider runs the control plane, nothing of ours runs there. */
function checks(
  { cluster }: Pick<Facts, "cluster">,
  own: string | undefined,
): { component: "node" | "master"; benchmark: Benchmark }[] {
  const { node, master } = benchmarks[cluster.distribution];
  return [
    { component: "node", benchmark: own === undefined ? node : { ...node, benchmark: own } },
    ...(master === undefined || cluster.managedControlPlane
      ? []
      : [{ component: "master" as const, benchmark: master }]),
  ];
}

function cronJob({ facts, component, benchmark, schedule, nodes }: JobArgs): Manifest {
  const labels = { "app.kubernetes.io/name": NAME, "app.kubernetes.io/component": component };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: `${NAME}-${component}`, namespace: NAMESPACE, labels: { ...managedLabels, ...labels } },
    spec: {
      schedule,
      concurrencyPolicy: "Forbid",
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 3,
      startingDeadlineSeconds: 3600,
      jobTemplate: {
        spec: {
          backoffLimit: 1,
          activeDeadlineSeconds: 900,
          ttlSecondsAfterFinished: 86_400,
          parallelism: nodes,
          completions: nodes,
          template: {
            metadata: { labels },
            spec: {
              serviceAccountName: NAME,
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              restartPolicy: "Never",
              hostPID: true,
              priorityClassName: priorityClass.batch,
              ...(facts.images.pullSecret === undefined
                ? {}
                : { imagePullSecrets: [{ name: facts.images.pullSecret }] }),
              ...placement(component),
              securityContext: { runAsUser: 0, runAsGroup: 0, seccompProfile: { type: "RuntimeDefault" } },
              containers: [
                {
                  name: NAME,
                  image: image(facts, `docker.io/aquasec/kube-bench:${VERSION}`),
                  imagePullPolicy: "IfNotPresent",
                  command: command(benchmark),
                  securityContext: {
                    allowPrivilegeEscalation: false,
                    privileged: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ["ALL"], add: ["DAC_READ_SEARCH"] },
                  },
                  resources: resources(["50m", "64Mi"], ["500m", "256Mi"]),
                  volumeMounts: [
                    ...benchmark.paths.map((path) => ({
                      name: volumeName(path),
                      mountPath: mountPath(path),
                      readOnly: true,
                    })),
                    { name: "tmp", mountPath: "/tmp" },
                  ],
                },
              ],
              volumes: [
                ...benchmark.paths.map((path) => ({ name: volumeName(path), hostPath: { path } })),
                { name: "tmp", emptyDir: { sizeLimit: "100Mi" } },
              ],
            },
          },
        },
      },
    },
  };
}

export default defineOperator({
  name: "kube-bench",
  title: "kube-bench: the CIS benchmark on every node, every night; results go to the log store.",
  duties: [
    "As many pods run as the cluster had nodes at the last `pulumi up`; KubeBenchNodeUnchecked names those that have come since.",
    "OpenShift: most checks of its benchmark call `oc debug` and `oc exec` in the control plane's namespaces. The pods get no rights for that, so these checks fail; there OpenShift's own Compliance Operator is the benchmark, and `enabled: false` here is right.",
  ],
  enabledByDefault: true,
  namespaces: ({ facts, settings }) => [
    {
      name: NAMESPACE,
      podSecurity: {
        level: "privileged",
        reason: "Reads the kubelet's configuration and processes on the host, as root.",
        admits: checks(facts, settings.benchmark).map(({ benchmark }) => ({
          account: NAME,
          images: [image(facts, "docker.io/aquasec/kube-bench")],
          commands: [command(benchmark)],
          hostPaths: benchmark.paths,
          hostPID: true,
          capabilities: ["DAC_READ_SEARCH"],
        })),
      },
    },
  ],
  settings: {
    schedule: cron.default("23 2 * * *"),
    benchmark: z
      .string()
      .min(3)
      .optional()
      .describe("Another benchmark than the distribution's, for the worker nodes."),
  },
  alerts: [alerts],
  needs: ["alloy"],
  objects: ({ facts, settings }) => {
    const { workers, controlPlanes } = facts.nodes ?? UNKNOWN_NODES;
    // At least one: a Job of none would look like a check of everything.
    const nodes = { node: Math.max(workers, 1), master: Math.max(controlPlanes, 1) };
    return [
      {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: NAME, namespace: NAMESPACE, labels: managedLabels },
        automountServiceAccountToken: false,
      },
      ...checks(facts, settings.benchmark).map(({ component, benchmark }) =>
        cronJob({ facts, component, benchmark, schedule: settings.schedule, nodes: nodes[component] }),
      ),
    ];
  },
  exemptions: ({ facts }) => [
    ...(facts.cluster.managedControlPlane ? ["node"] : ["node", "master"]).flatMap((component) =>
      exempt(
        ["workload/breakout-capabilities", "workload/non-root-group", "workload/sensitive-host-path"],
        { kind: "CronJob", namespace: NAMESPACE, name: `${NAME}-${component}` },
        "Reads the kubelet's and the control plane's files, which are root's, all mounted read-only.",
      ),
    ),
    ...(facts.cluster.managedControlPlane
      ? []
      : [
          {
            rule: "workload/control-plane-scheduling",
            target: { kind: "CronJob", namespace: NAMESPACE, name: `${NAME}-master` },
            reason: "The benchmark of the control plane runs where the control plane is.",
          },
        ]),
  ],
  hostAgents: ({ facts }) =>
    facts.cluster.managedControlPlane
      ? []
      : [
          {
            namespace: NAMESPACE,
            workload: `${NAME}-master`,
            reason: "Checks the control plane's own files and flags.",
          },
        ],
});
