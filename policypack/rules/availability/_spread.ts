/** CEL: the labels of the pods that a workload makes. */
const labels = "pod.?metadata.?labels.orValue({})";

/**
 * CEL: whether a term `t` counts the workload's own pods. Without a selector it counts none, with an empty one all
 * (Kubernetes API reference, LabelSelector). Which namespaces a namespaceSelector selects is not known here: it counts
 * as selecting the workload's own.
 */
const countsOwn = `t.?labelSelector.hasValue() &&
  t.?labelSelector.?matchLabels.orValue({}).all(key, key in ${labels} && ${labels}[key] == t.labelSelector.matchLabels[key]) &&
  t.?labelSelector.?matchExpressions.orValue([]).all(e,
    (e.key in ${labels} && (e.operator in ["Exists", "DoesNotExist"] || ${labels}[e.key] in e.?values.orValue([]))) ==
    (e.operator in ["Exists", "In"])) &&
  !t.?mismatchLabelKeys.orValue([]).exists(key, key in ${labels}) &&
  (t.?namespaces.orValue([]).size() == 0 || t.?namespaceSelector.hasValue() ||
    object.metadata.?namespace.orValue("default") in t.namespaces)`;

const constraints = "pod.spec.?topologySpreadConstraints.orValue([])";
const antiAffinity = "pod.spec.?affinity.?podAntiAffinity";
const required = `${antiAffinity}.?requiredDuringSchedulingIgnoredDuringExecution.orValue([])`;
const preferred = `${antiAffinity}.?preferredDuringSchedulingIgnoredDuringExecution.orValue([]).map(w, w.podAffinityTerm)`;

const exists = (terms: readonly string[], keys: readonly string[]): string =>
  `(${terms.join(" +\n")}).exists(t, t.topologyKey in [${keys.map((key) => `"${key}"`).join(", ")}] && ${countsOwn})`;

/** CEL: whether the scheduler spreads a workload's own pods over one of these keys, or keeps them apart, or tries to. */
export const spreadOver = (keys: readonly string[]): string => exists([constraints, required, preferred], keys);

/** CEL: the same, and does more than trying to keep them apart. */
export const surelySpreadOver = (keys: readonly string[]): string => exists([constraints, required], keys);
