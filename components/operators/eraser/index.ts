import { stringify } from "yaml";
import { z } from "zod";
import { registryCidrs } from "../../../config/fields";
import { priorityClass } from "../../priority-classes";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { defineOperator } from "../frame/define";
import { exemptAtRunTime, exemptRights } from "../../exemptions";
import { image, mirrorsOf, pullSecrets, type Facts } from "../frame/facts";
import { OWN } from "../frame/accounts";
import { group, kubeApi, peer, registries } from "../frame/flows";
import { CONTROL_PLANE_LABEL, resources, workerNodes } from "../frame/pods";
import { containerRuntime } from "../frame/runtime";
import { alerts } from "./alerts";
import { chart } from "./chart";
import { scannerLogin, scannerTrust } from "./scanner-login";

const NAMESPACE = "eraser-system";
const manager = group("manager", { "control-plane": "controller-manager" });
/** `eraser-<node>-<suffix>`. */
const WORKER = "eraser-*";
const workers = { name: "workers", labels: {}, expressions: [{ key: "eraser.sh/type", operator: "Exists" as const }] };

/** Images that stay whatever the scan says (Eraser docs, "Exclusion"): found by the label, a JSON list per key. */
function exclusions(patterns: readonly string[]): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: "platform-excluded-images",
      namespace: NAMESPACE,
      labels: { ...managedLabels, "eraser.sh/exclude.list": "true" },
    },
    data: { "excluded.json": JSON.stringify({ excluded: patterns }) },
  };
}

const WORKER_IMAGES = ["collector", "eraser-trivy-scanner", "remover"].map((name) => `ghcr.io/eraser-dev/${name}`);

const runtimeAddress = (facts: Pick<Facts, "cluster">, socket: string | undefined): string =>
  socket ?? `unix://${containerRuntime(facts).socket}`;

export default defineOperator({
  name: "eraser",
  title: "Eraser: removes images with known critical vulnerabilities from the nodes.",
  duties: [
    "Alloy tells which nodes had a run in which no image could be scanned (no database, no login): Eraser itself calls that a success. Without Alloy nobody sees it.",
    "Images that are merely unused are the kubelet's: set `imageMaximumGCAge`, for instance 720h, in its configuration. Eraser removes only what has vulnerabilities.",
  ],
  enabledByDefault: true,
  namespaces: ({ facts, settings }) => [
    {
      name: NAMESPACE,
      podSecurity: {
        level: "privileged",
        reason: "Worker pods run as root with the container runtime's socket of the host.",
        admits: [
          {
            account: "eraser-controller-manager",
            images: [image(facts, "ghcr.io/eraser-dev/eraser-manager")],
            commands: [["/manager"]],
          },
          {
            account: "eraser-imagejob-pods",
            images: WORKER_IMAGES.map((name) => image(facts, name)),
            hostPaths: [runtimeAddress(facts, settings.criSocket).replace("unix://", "")],
          },
        ],
      },
    },
  ],
  settings: {
    registryCidrs: registryCidrs.describe("Registry of the vulnerability database; empty: the public internet."),
    interval: z
      .string()
      .regex(/^\d+h$/, "is not a number of hours; example: 24h")
      .default("24h"),
    severities: z
      .array(z.enum(["MEDIUM", "HIGH", "CRITICAL"]))
      .min(1)
      .default(["CRITICAL"]),
    removeEndOfLife: z.boolean().default(true).describe("Also images of distributions without security updates."),
    excluded: z
      .array(z.string().min(3))
      .default(["registry.k8s.io/*"])
      .describe(
        "Registries and repositories that stay, e.g. `docker.io/library/*`. Of mirrors: the whole of each, by itself.",
      ),
    criSocket: z
      .string()
      .startsWith("unix://", "is not a socket; example: unix:///run/containerd/containerd.sock")
      .optional()
      .describe("Socket of the container runtime on the nodes; absent: the distribution's."),
  },
  alerts: [alerts],
  needs: ["prometheus"],
  chart: { ...chart, release: "eraser" },
  // Templates of the chart, without a switch.
  crds: [],
  before: ({ facts, settings }) => [
    // The platform's own images come from there: without network they could not be pulled again.
    exclusions([...settings.excluded, ...mirrorsOf(facts.images).map((place) => `${place}/*`)]),
  ],
  values: ({ facts, settings }) => ({
    runtimeConfig: {
      manager: {
        runtime: {
          name: containerRuntime(facts).name,
          address: runtimeAddress(facts, settings.criSocket),
        },
        scheduling: { repeatInterval: settings.interval, beginImmediately: false },
        imageJob: { successRatio: 0.8, cleanup: { delayOnSuccess: "0s", delayOnFailure: "1h" } },
        priorityClassName: priorityClass.batch,
        pullSecrets: pullSecrets(facts).map(({ name }) => name),
        // Its tolerations are in its code and include the control plane: keep it off by node.
        nodeFilter: {
          type: "exclude",
          selectors: ["eraser.sh/cleanup.filter", "kubernetes.io/os=windows", CONTROL_PLANE_LABEL],
        },
      },
      components: {
        collector: {
          enabled: true,
          image: { repo: image(facts, "ghcr.io/eraser-dev/collector") },
          request: { mem: "50Mi", cpu: "10m" },
          limit: { mem: "500Mi", cpu: "500m" },
        },
        scanner: {
          // Off, every image that no pod runs would go.
          enabled: true,
          image: { repo: image(facts, "ghcr.io/eraser-dev/eraser-trivy-scanner") },
          request: { mem: "500Mi", cpu: "100m" },
          limit: { mem: "2Gi", cpu: "1000m" },
          config: stringify({
            cacheDir: "/var/lib/trivy",
            dbRepo: image(facts, "ghcr.io/aquasecurity/trivy-db"),
            // The default removes every image whose scan failed: all of them when the database cannot be reached
            // (eraser-dev/eraser#894).
            deleteFailedImages: false,
            deleteEOLImages: settings.removeEndOfLife,
            vulnerabilities: {
              ignoreUnfixed: true,
              types: ["os", "library"],
              securityChecks: ["vuln"],
              severities: settings.severities,
            },
            timeout: { total: "23h", perImage: "1h" },
          }),
        },
        remover: {
          image: { repo: image(facts, "ghcr.io/eraser-dev/remover") },
          request: { mem: "50Mi", cpu: "10m" },
          limit: { mem: "100Mi", cpu: "500m" },
        },
      },
    },
    deploy: {
      image: { repo: image(facts, "ghcr.io/eraser-dev/eraser-manager"), pullPolicy: "IfNotPresent" },
      // The default of 30Mi does not hold the node list of a larger cluster.
      resources: resources(["100m", "64Mi"], ["500m", "128Mi"]),
      priorityClassName: priorityClass.standard,
      affinity: workerNodes,
    },
  }),
  mutations: ({ facts }) => [...scannerLogin(facts.images.pullSecret), ...scannerTrust(facts.trust)],
  // The manager reads a worker's result from its pod; workers have no rights and call nobody (eraser v1.4.1, pkg/).
  flows: ({ facts, settings }) => [
    kubeApi(NAMESPACE, manager, "Starts a worker per node, and reads its result"),
    registries(facts, peer(NAMESPACE, workers), settings.registryCidrs, "Vulnerability database"),
  ],
  accounts: () => [
    {
      namespace: NAMESPACE,
      name: "eraser-controller-manager",
      purpose: "Makes a worker for each node; admission lets in no other pod than Eraser's own in its namespace.",
      goal: { "run pods": [OWN] },
    },
  ],
  // Of the pods that its controller makes itself (controllers/imagejob/imagejob_controller.go): no value reaches them.
  exemptions: () => [
    ...exemptRights(
      ["grant-workload-create"],
      { kind: "Role", namespace: NAMESPACE, name: "eraser-manager-role" },
      "Makes a worker pod for each node, in its own namespace alone.",
    ),
    {
      rule: "workload/container-runtime-socket",
      target: { kind: "Pod", namespace: NAMESPACE, name: WORKER },
      runtime: true,
      reason: "Lists and removes the node's images, which only the container runtime can do.",
    },
    {
      rule: "workload/control-plane-scheduling",
      target: { kind: "Pod", namespace: NAMESPACE, name: WORKER },
      runtime: true,
      reason: "Tolerates every taint, fixed in its code; the node filter keeps it off the control plane.",
    },
    ...exemptAtRunTime(
      ["workload/node-name", "workload/sensitive-host-path", "workload/writable-host-path"],
      { kind: "Pod", namespace: NAMESPACE, name: WORKER },
      "Works on one node's images, through the socket of its container runtime.",
    ),
    ...[
      { kind: "Pod", name: WORKER },
      { kind: "PodTemplate", name: "imagejob-*" },
    ].flatMap((made) =>
      exemptAtRunTime(
        ["workload/net-raw-dropped", "workload/non-root-group", "workload/read-only-root-filesystem"],
        { ...made, namespace: NAMESPACE },
        "Eraser's code sets the contexts of its containers; there is no value for them.",
      ),
    ),
  ],
  runtimeImages: ({ facts }) => WORKER_IMAGES.map((name) => image(facts, `${name}:v1.4.1`)),
});
