import { z } from "zod";
import { label } from "../../../lib/labels";
import { priorityClass } from "../../priority-classes";
import { defineOperator } from "../frame/define";
import { exemptRights } from "../../exemptions";
import { image, pullSecrets } from "../frame/facts";
import { between, group, kubeApi, peer, scrape, webhook } from "../frame/flows";
import { apart, budget, linux, overZones, resources, workerNodes } from "../frame/pods";
import { INTERNAL_ISSUER } from "../frame/secrets";
import { unaggregated } from "../frame/patch";
import { chart } from "./chart";

const NAMESPACE = "metrics-server";
const pods = group("metrics-server", { "app.kubernetes.io/name": "metrics-server" });
const PORT = 10_250;

export default defineOperator({
  name: "metrics-server",
  title: "metrics-server: CPU and memory of pods, for the suite's 13 to 19 autoscalers.",
  duties: [
    "Kubelets have certificates of the cluster's authority (`serverTLSBootstrap: true`, and an approver), else `insecureKubelet` is needed.",
  ],
  enabledByDefault: true,
  prerequisite: { apiServices: ["v1beta1.metrics.k8s.io"] },
  namespaces: [{ name: NAMESPACE, podSecurity: { level: "restricted", reason: "Runs restricted." } }],
  settings: {
    insecureKubelet: z
      .boolean()
      .default(false)
      .describe(
        "True where kubelets have self-signed certificates (no serverTLSBootstrap): their identity is then not checked.",
      ),
  },
  needs: ["cert-manager", "prometheus"],
  chart: { ...chart, release: "metrics-server" },
  values: ({ facts, settings }) => {
    const certificates = facts.capabilities.has("certificates");
    return {
      // By this label the next run knows that the APIService is its own, and not the cluster's.
      commonLabels: { [label.managed]: "true" },
      image: { repository: image(facts, "registry.k8s.io/metrics-server/metrics-server") },
      imagePullSecrets: pullSecrets(facts),
      replicas: 2,
      priorityClassName: priorityClass.critical,
      podDisruptionBudget: budget(1),
      resources: resources(["100m", "200Mi"], ["500m", "512Mi"]),
      nodeSelector: linux,
      affinity: { ...workerNodes, ...apart(pods.labels) },
      topologySpreadConstraints: overZones(pods.labels),
      // The chart sets a user but no group, so the group would be root.
      securityContext: { runAsGroup: 1000 },
      args: settings.insecureKubelet ? ["--kubelet-insecure-tls"] : [],
      // Behind simulated pods nothing answers, and an APIService without an answer breaks discovery for every client.
      apiService: { create: !facts.cluster.simulatedNodes, insecureSkipTLSVerify: !certificates },
      ...(certificates
        ? {
            tls: {
              type: "cert-manager",
              certManager: { existingIssuer: { enabled: true, kind: "ClusterIssuer", name: INTERNAL_ISSUER } },
            },
          }
        : {}),
      metrics: { enabled: true },
      serviceMonitor: { enabled: facts.capabilities.has("monitors") },
    };
  },
  exemptions: () =>
    exemptRights(
      ["cross-namespace-binding"],
      { kind: "RoleBinding", namespace: "kube-system", name: "metrics-server-auth-reader" },
      "An aggregated API reads there how the API server presents users (Kubernetes docs, aggregation layer).",
    ),
  flows: () => [
    webhook(NAMESPACE, pods, PORT, "Aggregated API metrics.k8s.io"),
    kubeApi(NAMESPACE, pods, "Lists nodes and pods, checks who may read metrics"),
    {
      ...between(peer(NAMESPACE, pods), peer(NAMESPACE, pods), [PORT], "Kubelets' resource metrics"),
      to: { kind: "nodes" },
    },
    scrape(NAMESPACE, pods, PORT),
  ],
  monitors: () => [{ kind: "ServiceMonitor", namespace: NAMESPACE, scrapes: "metrics-server", port: PORT }],
  patches: () => [unaggregated("system:metrics-server-aggregated-reader")],
  controllerOwned: [
    {
      kind: "APIService",
      name: "v1beta1.metrics.k8s.io",
      fields: ["spec.caBundle"],
      reason: "Injected by cainjector.",
    },
  ],
});
