/** Kinds that MijnBureau's own policy asks labels of (policy/labels.rego, `labeled_resources`), and Job, which it forgets. */
export const labelledKinds = [
  "ConfigMap",
  "PersistentVolumeClaim",
  "Pod",
  "Secret",
  "Service",
  "apps/DaemonSet",
  "apps/Deployment",
  "apps/StatefulSet",
  "batch/CronJob",
  "batch/Job",
  "networking.k8s.io/Ingress",
  "networking.k8s.io/NetworkPolicy",
] as const;

/** Kinds with a pod template that stands for years, so that its pods are found by label. */
export const templateKinds = [
  "apps/DaemonSet",
  "apps/Deployment",
  "apps/StatefulSet",
  "batch/CronJob",
  "batch/Job",
] as const;

const minimum = ["name", "instance", "version"] as const;
const recommended = [...minimum, "component", "part-of", "managed-by"] as const;

const key = (name: string) => `app.kubernetes.io/${name}`;
const list = (names: readonly string[]) => `[${names.map((name) => `"${key(name)}"`).join(", ")}]`;

/** CEL list of the labels without which an object cannot be told apart. */
export const minimumLabels = list(minimum);

/** CEL list of the recommended labels (Kubernetes documentation, "Recommended Labels"). */
export const recommendedLabels = list(recommended);

/** CEL: the object's labels. */
export const objectLabels = "object.metadata.?labels.orValue({})";

/** CEL: the pod template's labels. */
export const templateLabels = "pod.?metadata.?labels.orValue({})";

/** CEL: no controller made the object. */
export const unowned = "object.metadata.?ownerReferences.orValue([]).size() == 0";

/**
 * CEL: somebody wrote the object. What a controller makes has an owner; Helm's release records and the cluster's
 * root certificate have none, but no author who could label them either.
 */
export const written = `${unowned} &&
  object.?type.orValue("") != "helm.sh/release.v1" && object.metadata.?name.orValue("") != "kube-root-ca.crt"`;

/** CEL: the label is absent, or lower-case letters, digits and hyphens as in a DNS label. */
export function dnsLabel(name: string): string {
  return `${objectLabels}[?"${key(name)}"].orValue("app").matches("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")`;
}

const NUMBER = "(0|[1-9][0-9]*)";
// A number, or letters, digits and hyphens; the first character tells which, so that no engine has to try each.
const WORD = "[a-zA-Z-][0-9a-zA-Z-]*";
const IDENTIFIER = `([1-9][0-9]*(${WORD})?|0([0-9]*${WORD})?|${WORD})`;

/** CEL: the label is absent or a semantic version (semver.org 2.0.0; a label cannot hold the plus of build metadata). */
export const semanticVersion = `${objectLabels}[?"${key("version")}"].orValue("1.0.0")
  .matches("^${NUMBER}[.]${NUMBER}[.]${NUMBER}(-${IDENTIFIER}([.]${IDENTIFIER})*)?$")`;
