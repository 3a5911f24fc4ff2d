import { z } from "zod";
import { labels } from "../../../config/fields";
import { priorityClass } from "../../priority-classes";
import { defineOperator } from "../frame/define";
import { exempt, exemptRights } from "../../exemptions";
import { image, pullSecrets, type Facts } from "../frame/facts";
import { group, kubeApi } from "../frame/flows";
import { resources, workerNodes } from "../frame/pods";
import { chart } from "./chart";
import { accounts } from "./rights";

const NAMESPACE = "kata-system";
const pods = group("kata-deploy", { name: "kata-deploy" });

/** Programs, units and the runtime's configuration of the host (kata-containers 4.1.0, its chart's DaemonSet). */
const HOST_PATHS = [
  "/etc/crio/",
  "/etc/containerd/",
  "/opt/kata",
  "/etc/systemd/system",
  "/run/systemd/private",
  "/boot",
  "/etc/machine-id",
  "/run/lock",
  "/usr/bin",
  "/usr/sbin",
  "/usr/local/bin",
  "/usr/local/sbin",
  "/bin",
  "/sbin",
];

/** What kata-deploy calls the distribution: it decides where containerd's configuration is. */
export function installerOf({ cluster }: Pick<Facts, "cluster">): "k8s" | "rke2" {
  return cluster.distribution === "rke2" ? "rke2" : "k8s";
}

export default defineOperator({
  name: "kata-deploy",
  title: "kata-deploy: installs Kata Containers on labelled nodes.",
  enabledByDefault: false,
  namespaces: ({ facts }) => [
    {
      name: NAMESPACE,
      podSecurity: {
        level: "privileged",
        reason: "Writes programs and the container runtime's configuration on the host.",
        admits: [
          {
            account: "kata-deploy-sa",
            images: [image(facts, "quay.io/kata-containers/kata-deploy")],
            commands: [["/usr/bin/kata-deploy", "install"]],
            hostPaths: HOST_PATHS,
          },
        ],
      },
    },
  ],
  settings: {
    nodeSelector: labels
      .default({ "katacontainers.io/capable": "true" })
      .describe("Nodes with virtualisation. The container runtime restarts on each: label them one by one."),
    distribution: z
      .enum(["k8s", "k3s", "rke2", "k0s", "microk8s"])
      .optional()
      .describe("How the nodes' containerd is configured; absent: as `cluster.distribution` does."),
  },
  needs: ["sandboxes"],
  chart: { ...chart, release: "kata-deploy" },
  values: ({ facts, settings }) => ({
    // The job mode is made of Helm hooks, which nobody runs.
    deploymentMode: "daemonset",
    image: { reference: image(facts, "quay.io/kata-containers/kata-deploy") },
    kubectlImage: { reference: image(facts, "quay.io/kata-containers/kubectl") },
    imagePullPolicy: "IfNotPresent",
    imagePullSecrets: pullSecrets(facts),
    k8sDistribution: settings.distribution ?? installerOf(facts),
    nodeSelector: settings.nodeSelector,
    tolerations: [],
    affinity: workerNodes,
    priorityClassName: priorityClass.node,
    resources: resources(["25m", "32Mi"], ["500m", "256Mi"]),
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
    snapshotter: { setup: [] },
    // 25 RuntimeClasses otherwise, most of them for hardware that is not there.
    shims: { disableAll: true, qemu: { enabled: true } },
    "node-feature-discovery": { enabled: false },
  }),
  accounts: () => [...accounts],
  exemptions: () => [
    ...exempt(
      [
        "workload/net-raw-dropped",
        "workload/non-root-group",
        "workload/sensitive-host-path",
        "workload/writable-host-path",
      ],
      { kind: "DaemonSet", namespace: NAMESPACE, name: "kata-deploy" },
      "Installs a runtime on the node and restarts containerd: root of the node by its nature.",
    ),
    ...exemptRights(
      ["grant-node-proxy"],
      { kind: "ClusterRole", name: "kata-deploy-role" },
      "Reads the kubelet's configuration to warn of time-outs that are too short; reading only.",
    ),
    ...exemptRights(
      ["grant-node-write"],
      { kind: "ClusterRole", name: "kata-deploy-role" },
      "Labels the nodes that have the runtime; admission holds it to labels of its own and no taint.",
    ),
  ],
  flows: () => [kubeApi(NAMESPACE, pods, "Labels nodes that are ready")],
});
