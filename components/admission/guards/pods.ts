import { controlPlaneKeys } from "../../../policypack/rules/workload/_control-plane";
import { LARGEST_CONTENT } from "../../namespace/counts";
import { DEPLOYER } from "../../namespace/rbac";
import { literal, text } from "../cel";
import { metadataChanged, whenChanged, workloadChanged } from "../changed";
import { written, type Guard, type GuardFacts } from "./guard";
import { DNS_CONTROLLERS } from "./hosts";

/** CEL: the pod of a workload, or the pod itself. */
export const POD_OF =
  "(dyn(object).kind == 'Pod' ? dyn(object) : " +
  "dyn(object).kind == 'CronJob' ? dyn(object).spec.jobTemplate.spec.template : " +
  "dyn(object).kind == 'PodTemplate' ? dyn(object).template : dyn(object).?spec.?template.orValue({}))";

const containers = ["containers", "initContainers", "ephemeralContainers"]
  .map((list) => `variables.spec.?${list}.orValue([])`)
  .join(" + ");

/**
 * Annotations by which a container runtime or a network plugin runs a pod otherwise than its specification says: Kata
 * Containers, gVisor, CRI-O (under its old names and its new ones), plugins of the node resource interface, Multus, Calico,
 * Cilium, OVN-Kubernetes, Amazon's network.
 */
const RUNTIME_KEYS =
  "^(([-a-z0-9.]+[.])?(katacontainers[.]io|cri-o[.]io|nri[.]io|cni[.]cncf[.]io|cilium[.]io|projectcalico[.]org|ovn[.]org|vpc[.]amazonaws[.]com)/|" +
  "[-a-z0-9.]+[.]crio[.]io(/|$)|" +
  "io[.](katacontainers|cilium|kubernetes[.]cri-o|kubernetes[.]cri)[.]|dev[.]gvisor[.])";

/** By which autoscalers of nodes leave a node as it is while the pod runs: no upgrade, no replacement (their docs). */
const KEEPS_NODE = {
  "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
  "karpenter.sh/do-not-disrupt": "true",
  "karpenter.sh/do-not-evict": "true",
} as const;

/** Taints of nodes whose network is not there yet (Cilium, "Taint Effects and Unmanaged Pods"; Kubernetes, "Taints and Tolerations"). */
const WITHOUT_NETWORK = ["node.cilium.io/agent-not-ready", "node.kubernetes.io/network-unavailable"];

const bytesOf = (list: string, value: string): string => `${list}.orValue([]).map(each, bytes(${value}).size()).sum()`;

/** Bytes of what a container's specification can hold most of. */
const containerText = [
  bytesOf("container.?env", "each.?value.orValue('')"),
  bytesOf("container.?args", "each"),
  bytesOf("container.?command", "each"),
].join(" + ");

/** Seconds that a pod may take to end. CloudNativePG gives a database half an hour (`spec.stopDelay`). */
const LONGEST_END = 3600;

/** Of the API server and of the Job controller, which take them off by themselves. */
const PASSING_FINALIZERS = ["batch.kubernetes.io/job-tracking", "foregroundDeletion", "orphan"];

/**
 * Pods of the suite, however they are made: judged in the object that holds their template and again when they come, as
 * controllers make them with rights of their own.
 */
export function suitePods({ runtimeClasses }: GuardFacts): Guard {
  const classes = Object.entries(runtimeClasses).map(([namespace, name]) => `${text(namespace)}: ${text(name)}`);
  const sandbox = classes.length === 0 ? "''" : `{${classes.join(", ")}}[?request.namespace].orValue('')`;
  return {
    name: "mijnbureau-platform-pods",
    role: "suite",
    resources: [
      written("", "pods", "pods/ephemeralcontainers", "podtemplates", "replicationcontrollers"),
      written("apps", "deployments", "statefulsets", "daemonsets", "replicasets"),
      written("batch", "jobs", "cronjobs"),
    ],
    matchConditions: [whenChanged(`${workloadChanged} || ${metadataChanged}`)],
    variables: [
      { name: "template", expression: POD_OF },
      { name: "spec", expression: "variables.template.?spec.orValue({})" },
      { name: "containers", expression: containers },
      { name: "sandbox", expression: sandbox },
    ],
    validations: [
      {
        // The scheduler writes it into a pod that is there.
        expression:
          "(dyn(object).kind == 'Pod' && request.operation != 'CREATE') || variables.spec.?nodeName.orValue('') == ''",
        message: "spec.nodeName passes by the scheduler, and with it the taints that keep pods off the control plane.",
      },
      {
        // As the rule workload/control-plane-scheduling, but for DaemonSets: the suite has none, and anyone may write an
        // ownerReference.
        expression: `variables.spec.?tolerations.orValue([]).all(each, !(each.?key.orValue('') in ${literal(["", ...controlPlaneKeys])}))`,
        message:
          "A toleration lets the pod run on control-plane nodes, one escape away from etcd and the API server's keys.",
      },
      {
        expression: `variables.spec.?tolerations.orValue([]).all(each, !(each.?key.orValue('') in ${literal(WITHOUT_NETWORK)}))`,
        message: "A toleration lets the pod start where no network policy holds yet.",
      },
      {
        expression: `!(variables.spec.?serviceAccountName.orValue(variables.spec.?serviceAccount.orValue('')) in ['${DEPLOYER}'])`,
        message: `No pod runs as ${DEPLOYER}: the account that installs an app may change all of it.`,
      },
      {
        expression: "variables.spec.?runtimeClassName.orValue('') in ['', variables.sandbox]",
        message: "spec.runtimeClassName is not the app's. Leave it out: admission sets the one of the app's sandbox.",
      },
      {
        expression: `!variables.template.?metadata.?annotations.orValue({}).exists(key, key.matches(${text(RUNTIME_KEYS)}) || key.matches(${text(DNS_CONTROLLERS)}))`,
        message:
          "An annotation changes how the container runtime or the network runs the pod, or publishes names for it.",
      },
      {
        expression: "variables.spec.?volumes.orValue([]).all(volume, !volume.?csi.hasValue())",
        message:
          "A csi volume in the pod itself passes by StorageClasses, with their encryption, and by quotas. Use a claim.",
      },
      {
        expression:
          "(variables.spec.?securityContext.?runAsGroup.orValue(1) != 0) && (variables.spec.?securityContext.?fsGroup.orValue(1) != 0) && " +
          "variables.spec.?securityContext.?supplementalGroups.orValue([]).all(group, group != 0) && " +
          "variables.containers.all(container, container.?securityContext.?runAsGroup.orValue(1) != 0)",
        message:
          "Group 0 owns much of an image and of the node; use another in runAsGroup, fsGroup and supplementalGroups.",
      },
      {
        // Controllers keep old templates by the dozen.
        expression: `variables.containers.map(container, ${containerText}).sum() <= ${LARGEST_CONTENT}`,
        message: `Arguments and variables of a pod hold at most ${LARGEST_CONTENT / 1024} KiB: what is larger belongs in a ConfigMap or on a volume.`,
      },
      {
        // A probe's own wins over the pod's.
        expression:
          `variables.spec.?terminationGracePeriodSeconds.orValue(30) <= ${LONGEST_END} && variables.containers.all(container, ` +
          `['livenessProbe', 'startupProbe'].all(probe, container[?probe].?terminationGracePeriodSeconds.orValue(30) <= ${LONGEST_END}))`,
        message: `terminationGracePeriodSeconds of a pod or of a probe is more than ${LONGEST_END}: for so long no node under the pod can be drained.`,
      },
      {
        expression: Object.entries(KEEPS_NODE)
          .map(
            ([key, value]) => `variables.template.?metadata.?annotations[?${text(key)}].orValue('') != ${text(value)}`,
          )
          .join(" && "),
        message:
          "An annotation has the autoscaler leave the node under the pod as it is: it is neither upgraded nor replaced.",
      },
      {
        expression: `variables.template.?metadata.?finalizers.orValue([]).all(each, each in ${literal(PASSING_FINALIZERS)})`,
        message: "metadata.finalizers keep a pod that has ended, and with it a node from being drained.",
      },
    ],
  };
}
