import { priorityClass } from "../../priority-classes";
import { defineOperator } from "../frame/define";
import { EVERYWHERE } from "../frame/accounts";
import { between, group, kubeApi, peer } from "../frame/flows";
import { apart, evictBroken, linux, overZones, podContext, resources, restricted, workerNodes } from "../frame/pods";
import { central, podLogs } from "./config";
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
} from "./shared";
import { alerts } from "./alerts";
import { chart } from "./chart";
import { dashboard } from "./dashboard";
import { logins } from "./logins";

const NAMESPACE = "log-agents";
const pods = group("alloy", { "app.kubernetes.io/name": "alloy", "app.kubernetes.io/instance": "alloy" });
const USER = 473;

export default defineOperator({
  name: "alloy",
  title: "Alloy: ships the logs of every pod and the cluster's events, without access to the nodes.",
  enabledByDefault: true,
  namespaces: [
    {
      name: NAMESPACE,
      podSecurity: { level: "restricted", reason: "Reads logs through the Kubernetes API, not from the host." },
    },
  ],
  settings: {
    central: central
      .optional()
      .describe("Copy of every line outside the cluster. Absent: the log store is the only copy."),
    withoutCentral,
  },
  problems: ({ facts, settings }) => centralProblems("alloy", facts, settings),
  sources: ({ settings }) => metricSources(settings.central),
  alerts: [alerts, logins],
  dashboards: [dashboard],
  needs: ["external-secrets", "loki", "prometheus"],
  chart: { ...chart, release: "alloy" },
  values: (ctx) => {
    const { facts, settings } = ctx;
    return {
      ...commonValues(facts, podContext(USER)),
      controller: {
        type: "statefulset",
        replicas: 2,
        priorityClassName: priorityClass.critical,
        podDisruptionBudget: { enabled: true, minAvailable: 1 },
        nodeSelector: linux,
        affinity: { ...workerNodes, ...apart(pods.labels) },
        topologySpreadConstraints: overZones(pods.labels),
        volumes,
      },
      alloy: {
        livenessProbe: alive,
        // The replicas divide the pods among themselves.
        clustering: { enabled: true },
        enableReporting: false,
        stabilityLevel: settings.central?.type === "syslog" ? "public-preview" : "generally-available",
        storagePath: "/var/lib/alloy",
        securityContext: { ...restricted, runAsUser: USER },
        resources: resources(["100m", "256Mi"], ["1", "1Gi"]),
        mounts: { varlog: false, dockercontainers: false, extra: mounts },
        extraEnv: loginVariables(settings),
        configMap: { content: podLogs(streams(ctx)) },
      },
      rbac: {
        create: true,
        // The chart's default reads every Secret and ConfigMap of the cluster.
        rules: [
          { apiGroups: [""], resources: ["pods", "pods/log", "namespaces", "events"], verbs: ["get", "list", "watch"] },
        ],
        // The template fails on an empty list.
        clusterRules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] }],
      },
    };
  },
  secrets: ({ settings }) => credentials(NAMESPACE, settings),
  accounts: () => [
    {
      namespace: NAMESPACE,
      name: "alloy",
      purpose: "Ships the logs of every pod.",
      goal: { "read logs": [EVERYWHERE] },
    },
  ],
  flows: ({ settings }) => [
    kubeApi(NAMESPACE, pods, "Finds pods, reads their logs and the cluster's events"),
    ...flows(NAMESPACE, pods, settings),
    between(peer(NAMESPACE, pods), peer(NAMESPACE, pods), [HTTP_PORT], "Replicas agree on who reads which pod"),
  ],
  patches: () => [evictBroken],
  monitors: () => [{ kind: "ServiceMonitor", namespace: NAMESPACE, scrapes: "alloy", port: HTTP_PORT }],
});
