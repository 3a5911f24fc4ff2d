import { z } from "zod";
import { priorityClass } from "../../priority-classes";
import { defineOperator } from "../define";
import { exemptAtRunTime, exemptRights } from "../../exemptions";
import { pullSecrets, registry } from "../lib/facts";
import { group, kubeApi, scrape, webhook } from "../lib/flows";
import { apart, linux, podContext, resources, workerNodes } from "../lib/pods";
import { appArmorProfiles } from "./profiles";

const NAMESPACE = "security-profiles-operator";
const manager = group("manager", { app: NAMESPACE });
const webhookPods = group("webhook", { name: "security-profiles-operator-webhook" });
const daemon = group("spod", { name: "spod" });
const REPOSITORY = "security-profiles-operator/security-profiles-operator";

export default defineOperator({
  name: "security-profiles-operator",
  title: "Security Profiles Operator: AppArmor profiles for the suite's apps, on every node.",
  duties: [
    "Nodes have AppArmor. A profile is used once an app's values name it: `appArmorProfile: { type: Localhost, localhostProfile: mijnbureau-<kind> }`; try it in complain mode first.",
  ],
  enabledByDefault: false,
  namespaces: [
    {
      name: NAMESPACE,
      podSecurity: { level: "privileged", reason: "Its DaemonSet loads profiles into the kernel of every node." },
    },
  ],
  settings: {
    profiles: z
      .boolean()
      .default(true)
      .describe("Install the profiles of the enabled apps; pods use them when their app's values say so."),
  },
  needs: ["cert-manager"],
  requires: ["certificates"],
  provides: ["security-profiles"],
  chart: { entry: "security-profiles-operator", release: "security-profiles-operator" },
  values: ({ facts }) => {
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
        tolerations: [{ key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" }],
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
  exemptions: () => [
    ...exemptRights(
      ["grant-admission-write", "grant-workload-create"],
      { kind: "ClusterRole", name: "security-profiles-operator" },
      "Makes its daemon and its webhook, and keeps them.",
    ),
    ...exemptRights(
      ["grant-workload-create"],
      { kind: "ClusterRole", name: "spod" },
      "The chart's rights of the daemon: it updates the DaemonSet that it runs in.",
    ),
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
  objects: ({ facts, settings }) => (settings.profiles ? appArmorProfiles(facts.apps.map(({ key }) => key)) : []),
  flows: () => [
    ...[manager, webhookPods, daemon].map((pods) => kubeApi(NAMESPACE, pods, "Reads profiles, reports their state")),
    webhook(NAMESPACE, webhookPods, 9443, "Validation of profiles"),
    scrape(NAMESPACE, daemon, 9443),
  ],
  secrets: () => [
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
