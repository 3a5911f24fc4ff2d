import { z } from "zod";
import { appKeys } from "../../../suite/apps";
import { priorityClass } from "../../priority-classes";
import { defineOperator } from "../frame/define";
import { exemptAtRunTime, exemptRights } from "../../exemptions";
import { pullSecrets, registry } from "../frame/facts";
import { group, kubeApi, scrape, webhook } from "../frame/flows";
import { placeOf } from "../frame/overlay";
import { apart, linux, podContext, resources, workerNodes } from "../frame/pods";
import { accounts, cuts, delegations } from "./rights";
import { appArmorProfiles, profileOf } from "./profiles";
import { chart } from "./chart";

const NAMESPACE = "security-profiles-operator";
const manager = group("manager", { app: NAMESPACE });
const webhookPods = group("webhook", { name: "security-profiles-operator-webhook" });
const daemon = group("spod", { name: "spod" });
const REPOSITORY = "security-profiles-operator/security-profiles-operator";

/** Of its daemon, whatever is on (v1.0.0, internal/pkg/manager/spod/bindata/spod.go). */
const HOST_PATHS = [
  "/var/lib",
  "/var/lib/security-profiles-operator",
  "/sys/fs/selinux",
  "/etc/selinux",
  "/var/lib/selinux",
  "/tmp/security-profiles-operator-recordings",
  "/var/log/audit",
  "/var/log",
  "/sys/kernel/debug",
  "/sys/kernel/security",
  "/sys/kernel/tracing",
  "/etc/os-release",
  "/",
];

export default defineOperator({
  name: "security-profiles-operator",
  title: "Security Profiles Operator: AppArmor profiles for the suite's apps, on every node.",
  duties: [
    "Nodes have AppArmor (`cluster.appArmor`). A profile confines what an app does with files: run the app under it in acc first, and look at the kernel's log for what it denied.",
  ],
  enabledByDefault: false,
  namespaces: ({ facts }) => [
    {
      name: NAMESPACE,
      podSecurity: {
        level: "privileged",
        reason: "Its DaemonSet loads profiles into the kernel of every node.",
        admits: [
          ...[NAMESPACE, "spo-webhook"].map((account) => ({
            account,
            images: [`${registry(facts, "registry.k8s.io")}/${REPOSITORY}`],
          })),
          {
            account: "spod",
            images: [`${registry(facts, "registry.k8s.io")}/${REPOSITORY}`],
            hostPaths: HOST_PATHS,
            privileged: true,
            hostPID: true,
            capabilities: ["CHOWN", "FOWNER", "FSETID", "DAC_OVERRIDE"],
          },
        ],
      },
    },
  ],
  settings: {
    apps: z
      .array(z.enum(appKeys))
      .default([])
      .describe("Apps whose pods run under the profile of their kind, which admission names in each of them."),
  },
  problems: ({ facts, settings }) =>
    facts.cluster.appArmor || settings.apps.length === 0
      ? []
      : [
          "operators.security-profiles-operator.apps: a pod that names a profile starts only on nodes with AppArmor. Set cluster.appArmor, or remove the apps",
        ],
  needs: ["cert-manager"],
  requires: ["certificates"],
  provides: ["security-profiles"],
  chart: { ...chart, release: "security-profiles-operator" },
  appArmorProfiles: ({ facts, settings }) =>
    new Map(
      settings.apps.flatMap((app) =>
        facts.apps.filter(({ key }) => key === app).map(({ namespace }) => [namespace, profileOf(app)] as const),
      ),
    ),
  values: ({ facts, overlay }) => {
    const upstream = registry(facts, "registry.k8s.io");
    const selinux = { registry: registry(facts, "quay.io") };
    return {
      replicaCount: 2,
      // The released chart still points at the staging registry with tag latest.
      spoImage: { registry: upstream, repository: REPOSITORY, tag: "v1.0.0" },
      selinuxdImage: { default: selinux, el8: selinux, el9: selinux, fedora: selinux },
      podSecurityContext: podContext(65_535),
      enableAppArmor: true,
      resources: resources(["100m", "64Mi"], ["500m", "256Mi"]),
      nodeSelector: linux,
      affinity: { ...workerNodes, ...apart(manager.labels) },
      daemon: {
        // The default tolerates the control plane, where no app runs.
        tolerations: [
          { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" },
          ...placeOf(overlay).tolerations,
        ],
        affinity: workerNodes,
        resources: {
          requests: { cpu: "50m", memory: "64Mi", "ephemeral-storage": "50Mi" },
          limits: { cpu: "500m", memory: "256Mi", "ephemeral-storage": "200Mi" },
        },
      },
    };
  },
  patches: ({ facts }) => [
    {
      kind: "Deployment",
      name: NAMESPACE,
      patch: {
        spec: {
          template: {
            spec: {
              priorityClassName: priorityClass.critical,
              imagePullSecrets: pullSecrets(facts),
              // The chart's own are for the control plane.
              tolerations: [],
              containers: [
                {
                  name: NAMESPACE,
                  imagePullPolicy: "IfNotPresent",
                  securityContext: { capabilities: { drop: ["ALL"] } },
                },
              ],
            },
          },
        },
      },
      reason:
        "The chart fixes the pull policy and has no values for priority, pull secrets, capabilities and tolerations.",
    },
  ],
  cuts: () => [...cuts],
  accounts: () => [...accounts],
  delegations: () => [...delegations],
  exemptions: () => [
    ...["security-profiles-operator", "spod", "spo-webhook"].flatMap((name) =>
      exemptRights(
        ["security-context-constraints"],
        { kind: "Role", namespace: NAMESPACE, name },
        "The chart's right on OpenShift alone, whose constraints no other cluster has.",
      ),
    ),
    ...exemptAtRunTime(
      [
        "workload/container-runtime-socket",
        "workload/non-root-group",
        "workload/read-only-root-filesystem",
        "workload/sensitive-host-path",
        "workload/writable-host-path",
      ],
      { kind: "DaemonSet", namespace: NAMESPACE, name: "spod" },
      "Loads profiles into the kernel of the node, as its root; the operator's code sets the contexts.",
    ),
    ...exemptAtRunTime(
      ["workload/net-raw-dropped", "workload/non-root-group"],
      { kind: "Deployment", namespace: NAMESPACE, name: "security-profiles-operator-webhook" },
      "The operator's code sets the context of its webhook.",
    ),
    {
      rule: "identity/default-service-account-binding",
      target: { kind: "ClusterRoleBinding", name: "spo-metrics-client" },
      reason: "The chart lets the default account read metrics; the namespace's default account has no token.",
    },
    {
      rule: "identity/long-lived-token",
      target: { kind: "Secret", namespace: NAMESPACE, name: "metrics-token" },
      reason: "The chart's token for scraping; it opens the metrics endpoint and nothing else.",
    },
  ],
  objects: ({ facts, settings }) =>
    appArmorProfiles(settings.apps.filter((app) => facts.apps.some(({ key }) => key === app))),
  flows: () => [
    ...[manager, webhookPods, daemon].map((pods) => kubeApi(NAMESPACE, pods, "Reads profiles, reports their state")),
    webhook(NAMESPACE, webhookPods, 9443, "Validation of profiles"),
    scrape(NAMESPACE, daemon, 9443),
  ],
  secrets: () => [
    {
      from: "controller",
      namespace: NAMESPACE,
      name: "webhook-server-cert",
      keys: ["ca.crt", "tls.crt", "tls.key"],
      by: "cert-manager",
      why: "Certificate of its webhook, which the operator asks for.",
    },
    {
      from: "controller",
      namespace: NAMESPACE,
      name: "metrics-token",
      keys: ["token"],
      by: "kube-controller-manager",
      why: "Token of the metrics account.",
    },
  ],
  controllerOwned: [
    {
      kind: "MutatingWebhookConfiguration",
      name: "spo-mutating-webhook-configuration",
      fields: ["webhooks[*].clientConfig.caBundle"],
      reason: "Injected by cert-manager.",
    },
    { kind: "Secret", name: "metrics-token", fields: ["data"], reason: "Filled by the token controller." },
  ],
});
