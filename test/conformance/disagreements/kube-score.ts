import { asObjects, asString, at } from "../../../lib/json";
import type { JsonObject } from "../../../lib/json";
import type { Label } from "../labelled";
import { containers, has, lacks, limits, readinessOfPods, seccompOnlyAnnotated } from "./support";
import type { Of } from "./support";

/** Ports that the API server refuses: without number, with a name of more than 15 characters, or two of one name. */
function refusedPorts(ports: readonly JsonObject[]): boolean {
  const names = ports.flatMap((port) => asString(port["name"]) ?? []);
  const unnumbered = ports.some((port) => typeof port["containerPort"] !== "number");
  return unnumbered || names.some((name) => name.length > 15) || new Set(names).size < names.length;
}

/** Labels of kube-score on which our verdict is another one. */
export const kubeScore: readonly Of[] = [
  {
    check: "container-ephemeral-storage-request-and-limit",
    expect: "fail",
    where: (label) => containers(label).every((each) => limits(each, "ephemeral-storage")),
    reason: "a request that is left out equals the limit (API defaulting)",
  },
  {
    check: "container-memory-requests-equal-limits",
    expect: "fail",
    where: (label) => containers(label).every((each) => !limits(each, "memory")),
    reason: "a limit that is not there is the defect: availability/memory-limit reports it",
  },
  {
    check: "container-ports-check",
    expect: "fail",
    where: (label) => containers(label).some((each) => refusedPorts(asObjects(each["ports"]))),
    reason: "the API server refuses a port without number, a name that is too long and two ports of one name",
  },
  {
    check: "container-resources",
    expect: "fail",
    where: (label) => containers(label).every((each) => limits(each, "memory") && limits(each, "cpu")),
    reason: "requests that are left out equal the limits (API defaulting)",
  },
  {
    check: "container-resources",
    expect: "pass",
    where: (label) => containers(label).some((each) => !limits(each, "cpu")),
    reason: "the tool's option that ignores missing limits was on in its test",
  },
  {
    check: "container-seccomp-profile",
    expect: "pass",
    where: seccompOnlyAnnotated,
    reason: "the annotation has no effect since Kubernetes 1.27; Pod Security reads the field only",
  },
  ...["deployment-has-poddisruptionbudget", "statefulset-has-poddisruptionbudget"].map((check) => ({
    check,
    expect: "fail" as const,
    where: ({ objects }: Label) =>
      objects.every((object) => at(object, "spec", "replicas") === undefined || at(object, "spec", "replicas") === 1),
    reason: "a budget on a single pod keeps its node from being drained",
  })),
  {
    check: "deployment-replicas",
    expect: "pass",
    where: ({ objects }) => objects.some((object) => at(object, "spec", "replicas") === 1),
    reason: "one pod is no more than a warning to the tool, which counts as passed",
  },
  {
    check: "deployment-strategy",
    expect: "fail",
    where: ({ objects }) =>
      objects.some(
        (object) =>
          at(object, "spec", "strategy", "type") === "Recreate" && at(object, "spec", "replicas") === undefined,
      ),
    reason: "a single pod is away during an update either way, and Recreate keeps two from writing one volume",
  },
  {
    check: "horizontalpodautoscaler-replicas",
    expect: "pass",
    where: ({ objects }) => objects.some((object) => at(object, "spec", "minReplicas") === 1),
    reason: "one pod is no more than a warning to the tool, which counts as passed",
  },
  {
    check: "networkpolicy-targets-pod",
    expect: "fail",
    where: (label) => has("CronJob")(label) && lacks("Deployment", "StatefulSet", "DaemonSet", "Pod")(label),
    reason: "pods of jobs come and go: a namespace with nothing else is not judged by what it happens to run",
  },
  {
    check: "pod-probes",
    expect: "fail",
    where: lacks("Deployment", "StatefulSet", "DaemonSet"),
    reason: readinessOfPods,
  },
  {
    check: "pod-topology-spread-constraints",
    expect: "fail",
    where: has("Pod"),
    reason: "one pod cannot be spread, and the API server refuses a constraint with such values",
  },
  {
    check: "poddisruptionbudget-has-policy",
    expect: "fail",
    where: ({ objects }) =>
      objects.some(
        (object) =>
          object["kind"] === "PodDisruptionBudget" &&
          at(object, "spec", "minAvailable") === undefined &&
          at(object, "spec", "maxUnavailable") === undefined,
      ),
    reason: "a budget with neither field lets every pod be evicted, as none would: it takes nothing away",
  },
  {
    check: "service-targets-pod",
    expect: "fail",
    where: ({ objects }) => {
      const namespaces = (service: boolean): readonly unknown[] =>
        objects
          .filter(({ kind }) => (kind === "Service") === service)
          .map((object) => at(object, "metadata", "namespace"));
      return namespaces(true).every((namespace) => !namespaces(false).includes(namespace));
    },
    reason: "a namespace whose pods are all made by others, as the suite's are, is not judged",
  },
  {
    check: "stable-version",
    expect: "pass",
    where: ({ objects }) => objects.some((object) => /v1beta1$/.test(asString(object["apiVersion"]) ?? "")),
    reason: "the tool's test asks about a Kubernetes of its own choice; ours about those that are supported",
  },
];
