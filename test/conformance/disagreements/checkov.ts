import { asList, asObject, asString, at, stringMap } from "../../../lib/json";
import { has, lacks, pods, containers, seccompOnlyAnnotated, rules, noDropAll } from "./support";
import type { Of } from "./support";

const bindingOnly = "Checkov reports the binding, ours the role, which is not among the objects given";

/** Labels of Checkov on which our verdict is another one. */
export const checkov: readonly Of[] = [
  ...["CKV2_K8S_1", "CKV2_K8S_2", "CKV2_K8S_3", "CKV2_K8S_4", "CKV2_K8S_5"].map((check) => ({
    check,
    expect: "fail" as const,
    where: lacks("Role", "ClusterRole"),
    reason: bindingOnly,
  })),
  {
    check: "CKV_K8S_11",
    expect: "pass",
    where: ({ objects }) =>
      objects.some((object) =>
        Object.keys(stringMap(at(object, "metadata", "annotations"))).some((key) => key.startsWith("checkov.io/skip")),
      ),
    reason: "an annotation of Checkov's own exempts it; ours are in the stack's settings, with owner and last day",
  },
  {
    check: "CKV_K8S_15",
    expect: "pass",
    where: (label) =>
      containers(label).some(
        (container) =>
          asString(container["image"])?.includes("@") === true && container["imagePullPolicy"] === undefined,
      ),
    reason: "the suite asks for Always whatever the image (MijnBureau's own policy), also for one named by digest",
  },
  {
    check: "CKV_K8S_20",
    expect: "pass",
    where: ({ objects }) => objects.some((object) => asObject(at(object, "spec", "containers")) !== undefined),
    reason: "containers are a list; the API server refuses what is written as one alone",
  },
  {
    check: "CKV_K8S_21",
    expect: "pass",
    where: ({ objects }) =>
      objects.some(
        (object) => object["kind"] === "ServiceAccount" && asString(at(object, "metadata", "namespace")) === undefined,
      ),
    reason: "an object that names no namespace lands wherever who applies it looks, whatever its name",
  },
  {
    check: "CKV_K8S_156",
    expect: "pass",
    where: (label) =>
      rules(label).some((each) => asList(each["resources"]).includes("*") && asList(each["verbs"]).includes("approve")),
    reason: "approve on every resource is approve on signers too",
  },
  {
    check: "CKV_K8S_157",
    expect: "fail",
    where: (label) =>
      rules(label).some(
        (each) =>
          asList(each["verbs"]).includes("bind") && asList(each["resources"]).every((name) => name === "rolebindings"),
      ),
    reason:
      "bind is checked on the role that is bound (kubernetes.io, RBAC: restrictions on role binding), on a binding it allows nothing",
  },
  {
    check: "CKV_K8S_23",
    expect: "fail",
    where: ({ objects }) => objects.some((object) => Array.isArray(object["spec"])),
    reason: "a spec that is a list holds no containers; the API server refuses it",
  },
  {
    check: "CKV_K8S_23",
    expect: "pass",
    where: (label) =>
      pods(label).some(
        (pod) =>
          at(pod, "spec", "securityContext", "runAsNonRoot") === false ||
          at(pod, "spec", "securityContext", "runAsUser") === 1000,
      ),
    reason:
      "Pod Security asks for runAsNonRoot itself, and refuses false on the pod though each container overrides it",
  },
  {
    check: "CKV_K8S_24",
    expect: "fail",
    where: has("PodSecurityPolicy"),
    reason: "a PodSecurityPolicy, which no version of Kubernetes since 1.25 serves; it is refused as a removed API",
  },
  ...["CKV_K8S_28", "CKV_K8S_37"].map((check) => ({
    check,
    expect: "pass" as const,
    where: noDropAll,
    reason: "two checks in one label: NET_RAW alone is not all, and Pod Security does not take all for ALL",
  })),
  {
    check: "CKV_K8S_31",
    expect: "pass",
    where: seccompOnlyAnnotated,
    reason: "the annotation has no effect since Kubernetes 1.27; Pod Security reads the field only",
  },
  {
    check: "CKV_K8S_39",
    expect: "fail",
    where: ({ objects }) => objects.some((object) => at(object, "spec", "containers") === null),
    reason: "a pod without containers; the API server refuses it",
  },
  {
    check: "CKV_K8S_43",
    expect: "pass",
    where: (label) => containers(label).some((each) => !/@sha256:[0-9a-f]{64}$/.test(asString(each["image"]) ?? "")),
    reason: "the digest is cut short: no registry serves such an image",
  },
];
