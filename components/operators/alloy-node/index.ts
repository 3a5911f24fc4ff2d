import { z } from "zod";
import { priorityClass } from "../../priority-classes";
import { defineOperator } from "../frame/define";
import { auditLog, central } from "../alloy/config";
import {
  alive,
  centralProblems,
  metricSources,
  commonValues,
  loginVariables,
  credentials,
  flows,
  HTTP_PORT,
  mounts,
  streams,
  volumes,
  withoutCentral,
} from "../alloy/shared";
import { exempt } from "../../exemptions";
import { image } from "../frame/facts";
import { group } from "../frame/flows";
import { controlPlaneNodes, controlPlaneTolerations, linux, resources, rootWith } from "../frame/pods";
import { alerts } from "./alerts";
import { chart } from "./chart";

const NAMESPACE = "log-agents-node";
const RELEASE = "alloy-node";
const pods = group("alloy-node", { "app.kubernetes.io/name": "alloy", "app.kubernetes.io/instance": RELEASE });

export default defineOperator({
  name: RELEASE,
  title: "Alloy on control-plane nodes: ships the API server's audit log.",
  duties: [
    "kube-apiserver writes its audit log where `auditLogPath` looks, with the generated audit policy. RKE2 writes it below /var/lib/rancher unless its configuration says otherwise: `audit-policy-file: <the generated policy>` and `kube-apiserver-arg: [audit-log-path=/var/log/kubernetes/audit/audit.log]`. Managed control planes: the provider exports the audit log; send it to the central system there.",
  ],
  enabledByDefault: true,
  namespaces: ({ facts }) => [
    {
      name: NAMESPACE,
      podSecurity: {
        level: "privileged",
        reason: "Reads /var/log of control-plane nodes, where the audit log is readable by root only.",
        admits: [
          {
            account: RELEASE,
            images: [
              image(facts, "docker.io/grafana/alloy"),
              image(facts, "quay.io/prometheus-operator/prometheus-config-reloader"),
            ],
            hostPaths: ["/var/log"],
            capabilities: ["DAC_READ_SEARCH"],
          },
        ],
      },
    },
  ],
  settings: {
    auditLogPath: z
      .string()
      .startsWith("/var/log/", "is not below /var/log, the only directory of the host that the agent sees")
      .default("/var/log/kubernetes/audit/*.log")
      .describe("Where the API server writes its audit log; OpenShift: /var/log/kube-apiserver/audit.log."),
    central: central.optional().describe("Copy of every event outside the cluster."),
    withoutCentral,
  },
  problems: ({ facts, settings }) => centralProblems(RELEASE, facts, settings),
  sources: ({ settings }) => metricSources(settings.central),
  alerts: [alerts],
  needs: ["external-secrets", "loki", "prometheus"],
  chart: { ...chart, release: RELEASE },
  values: (ctx) => {
    const { facts, settings } = ctx;
    return {
      ...commonValues(facts, { seccompProfile: { type: "RuntimeDefault" } }),
      controller: {
        type: "daemonset",
        priorityClassName: priorityClass.node,
        // Only where an audit log is: on managed control planes it runs nowhere.
        nodeSelector: linux,
        affinity: controlPlaneNodes,
        tolerations: [...controlPlaneTolerations],
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
        volumes,
      },
      alloy: {
        livenessProbe: alive,
        enableReporting: false,
        stabilityLevel: settings.central?.type === "syslog" ? "public-preview" : "generally-available",
        storagePath: "/var/lib/alloy",
        securityContext: rootWith(["DAC_READ_SEARCH"]),
        resources: resources(["100m", "256Mi"], ["1", "1Gi"]),
        mounts: { varlog: true, dockercontainers: false, extra: mounts },
        extraEnv: loginVariables(settings),
        configMap: { content: auditLog(streams(ctx), settings.auditLogPath) },
      },
      rbac: {
        create: true,
        // Files only; the template fails on an empty list.
        rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }],
        clusterRules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }],
      },
    };
  },
  secrets: ({ settings }) => credentials(NAMESPACE, settings),
  flows: ({ settings }) => flows(NAMESPACE, pods, settings),
  monitors: () => [{ kind: "ServiceMonitor", namespace: NAMESPACE, scrapes: "alloy", port: HTTP_PORT }],
  exemptions: () => [
    {
      rule: "workload/breakout-capabilities",
      target: { kind: "DaemonSet", namespace: NAMESPACE, name: RELEASE, container: "alloy" },
      reason: "DAC_READ_SEARCH reads the audit log, which only root may read; nothing is written on the host.",
    },
    ...exempt(
      ["workload/non-root-group", "workload/sensitive-host-path"],
      { kind: "DaemonSet", namespace: NAMESPACE, name: RELEASE },
      "Reads the node's logs, which are root's and its group's, mounted read-only.",
    ),
    ...exempt(
      ["addons/agent-everywhere"],
      { kind: "DaemonSet", namespace: NAMESPACE, name: RELEASE },
      "Only control-plane nodes have what it reads; Alloy has the logs of pods from the API.",
    ),
  ],
  hostAgents: () => [
    { namespace: NAMESPACE, workload: RELEASE, reason: "The audit log is a file on the control plane." },
  ],
});
