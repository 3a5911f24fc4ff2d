import { asList, asObject, asObjects, asString, at } from "../../../lib/json";
import {
  has,
  lacks,
  pods,
  containers,
  capabilities,
  rules,
  limits,
  requests,
  noDropAll,
  readinessOfPods,
} from "./support";
import type { JsonObject } from "../../../lib/json";
import type { Label } from "../labelled";
import type { Of } from "./support";

const oneRuleForWildcards = "one rule for wildcards in verbs, resources and API groups alike";

const changesObjects =
  "the policy changes the object, and the label is on what becomes of it; ours judges it as it is given";

/** What a probe asks, without how often. */
function request(container: JsonObject, probe: string): string {
  const asked = ["httpGet", "tcpSocket", "exec", "grpc"].map((kind) => at(container, probe, kind) ?? null);
  return JSON.stringify(asked);
}

/** Labels of Kyverno on which our verdict is another one. */
export const kyverno: readonly Of[] = [
  {
    check: "restrict-secret-role-verbs",
    expect: "pass",
    where: ({ objects }) =>
      objects.some((object) =>
        asObjects(object["rules"]).some((each) =>
          asList(each["verbs"]).some((verb) => verb === "patch" || verb === "deletecollection"),
        ),
      ),
    reason: "the answer to a patch is the whole Secret, and that to the deletion of a collection is the list of them",
  },
  {
    check: "add-external-secret-prefix",
    expect: "pass",
    where: ({ objects }) =>
      objects.some((object) =>
        asObjects(at(object, "spec", "data")).some(
          (each) =>
            asString(at(each, "remoteRef", "key"))?.startsWith(
              `${asString(at(object, "metadata", "namespace")) ?? "default"}/`,
            ) !== true,
        ),
      ),
    reason: changesObjects,
  },
  {
    check: "add-psa-labels",
    expect: "pass",
    where: ({ objects }) =>
      objects.some((object) => at(object, "metadata", "labels", "pod-security.kubernetes.io/enforce") === undefined),
    reason: changesObjects,
  },
  {
    check: "spread-pods-across-topology",
    expect: "pass",
    where: (label) => pods(label).some((pod) => at(pod, "spec", "topologySpreadConstraints") === undefined),
    reason: changesObjects,
  },
  ...["require-unique-external-dns", "unique-routes"].map((check) => ({
    check,
    expect: "fail" as const,
    where: ({ objects }: Label) => objects.length === 1,
    reason: "the object with the same name is a value of the policy's test and not among the objects",
  })),
  {
    check: "disallow-capabilities-strict",
    expect: "pass",
    where: noDropAll,
    reason: "one label per rule of the policy: these pods add nothing and drop nothing, and only the first was asked",
  },
  {
    check: "disallow-empty-ingress-host",
    expect: "pass",
    where: ({ objects }) =>
      objects.some((object) =>
        asObjects(at(object, "spec", "rules")).some((each) => asString(each["host"])?.startsWith("*") === true),
      ),
    reason: "a wildcard names no host either (Kyverno: restrict-ingress-wildcard)",
  },
  {
    check: "disallow-host-ports-range",
    expect: "pass",
    where: (label) =>
      containers(label).some((each) => asObjects(each["ports"]).some((port) => (port["hostPort"] ?? 0) !== 0)),
    reason: "the range is the example's own; Pod Security allows no port of the host",
  },
  {
    check: "disallow-ingress-nginx-custom-snippets",
    expect: "fail",
    where: has("ConfigMap"),
    reason: "settings of ingress-nginx itself, which the platform does not install; the annotations are judged",
  },
  {
    check: "docker-socket-requires-label",
    expect: "pass",
    where: ({ objects }) => objects.some((object) => at(object, "metadata", "labels", "allow-docker") === "true"),
    reason: "a label on the object itself is no exemption: whoever writes the object writes the label",
  },
  {
    check: "ensure-probes-different",
    expect: "pass",
    where: (label) =>
      containers(label).some((each) => request(each, "readinessProbe") === request(each, "livenessProbe")),
    reason: "the same request at another delay is the same check: what fails it takes the pod out and restarts it",
  },
  {
    check: "imagepullpolicy-always",
    expect: "fail",
    where: (label) =>
      containers(label).every(
        (each) => each["imagePullPolicy"] === undefined && !/[^/]:(?!latest)[^/]*$/.test(asString(each["image"]) ?? ""),
      ),
    reason: "Always is the default of an image with tag latest or none (API defaulting)",
  },
  {
    check: "limit-hostpath-vols",
    expect: "pass",
    where: (label) =>
      pods(label).some((pod) => asObjects(at(pod, "spec", "volumes")).some((each) => each["hostPath"] !== undefined)),
    reason: "the directory is the example's own; Pod Security allows none",
  },
  {
    check: "pdb-maxunavailable",
    expect: "fail",
    where: ({ objects }) => objects.some((object) => at(object, "spec", "maxUnavailable") === -1),
    reason: "the API server refuses a negative number",
  },
  {
    check: "pdb-minavailable",
    expect: "fail",
    where: lacks("PodDisruptionBudget"),
    reason: "the budget is a value of the policy's test and not among the objects",
  },
  {
    check: "prevent-bare-pods",
    expect: "pass",
    where: ({ objects }) =>
      objects.some((object) =>
        asObjects(at(object, "metadata", "ownerReferences")).every((owner) => owner["controller"] !== true),
      ),
    reason: "an owner that is not the controller only takes the pod with it when it goes, and never replaces it",
  },
  {
    check: "require-drop-all",
    expect: "pass",
    where: (label) => containers(label).some((each) => capabilities(each, "add").length > 0),
    reason: "it drops ALL and adds one back: Pod Security takes both together",
  },
  {
    check: "require-emptydir-requests-limits",
    expect: "pass",
    where: (label) => containers(label).some((each) => limits(each, "ephemeral-storage")),
    reason: "the container's limit ends the container; the volume's size keeps it from that",
  },
  {
    check: "require-ingress-https",
    expect: "fail",
    where: ({ objects }) =>
      objects.every(
        (object) => at(object, "metadata", "annotations", "kubernetes.io/ingress.allow-http") !== "false",
      ) && objects.some((object) => asList(at(object, "spec", "tls")).length > 0),
    reason: "asks for an annotation that only the controller of Google's cloud reads; the host has its TLS",
  },
  {
    check: "require-labels",
    expect: "pass",
    where: ({ objects }) =>
      objects.some((object) => at(object, "metadata", "labels", "app.kubernetes.io/version") === undefined),
    reason: "the example asks for one label; MijnBureau's own policy for three",
  },
  {
    check: "require-non-root-groups",
    expect: "pass",
    where: (label) =>
      pods(label).some((pod) => at(pod, "spec", "securityContext", "runAsGroup") === undefined) &&
      containers(label).some((each) => at(each, "securityContext", "runAsGroup") === undefined),
    reason: "one label per rule of the policy: no group is named, only the rule on another field was asked",
  },
  {
    check: "require-pdb",
    expect: "pass",
    where: lacks("PodDisruptionBudget"),
    reason: "the budget is a value of the policy's test and not among the objects",
  },
  {
    check: "require-pod-requests-limits",
    expect: "pass",
    where: (label) => containers(label).some((each) => requests(each, "cpu") && !limits(each, "cpu")),
    reason: "the policy leaves out the limit on processor time; ours is a rule of its own, and advisory",
  },
  { check: "require-probes", expect: "fail", where: has("Pod"), reason: readinessOfPods },
  {
    check: "restrict-binding-clusteradmin",
    expect: "fail",
    where: ({ objects }) => objects.some((object) => at(object, "roleRef", "kind") === "Role"),
    reason: "a Role of that name is another role, in one namespace, with whatever rights it lists",
  },
  {
    check: "restrict-clusterrole-csr",
    expect: "fail",
    where: (label) => rules(label).every((each) => asList(each["apiGroups"]).every((group) => group === "")),
    reason: "the core group, which has no certificates: the role allows nothing",
  },
  {
    check: "restrict-escalation-verbs-roles",
    expect: "fail",
    where: (label) =>
      rules(label).every(
        (each) =>
          asList(each["verbs"]).every((verb) => verb === "impersonate") && asList(each["resources"]).includes("roles"),
      ),
    reason: "roles cannot be impersonated: the verb is checked on users, groups, accounts, uids and extra fields",
  },
  {
    check: "restrict-networkpolicy-empty-podselector",
    expect: "fail",
    where: ({ objects }) =>
      objects.some(
        (object) =>
          Object.keys(asObject(at(object, "spec", "podSelector")) ?? {}).length === 0 &&
          at(object, "spec", "ingress") === undefined &&
          at(object, "spec", "egress") === undefined,
      ),
    reason: "the policy denies everything to every pod: the best one there is",
  },
  {
    check: "restrict-node-selection",
    expect: "fail",
    where: (label) => pods(label).some((pod) => at(pod, "spec", "nodeSelector") !== undefined),
    reason: "a selector leaves the choice to the scheduler; ours judges what goes round it",
  },
  {
    check: "restrict-wildcard-resources",
    expect: "pass",
    where: (label) =>
      rules(label).some((each) => [...asList(each["verbs"]), ...asList(each["apiGroups"])].includes("*")),
    reason: oneRuleForWildcards,
  },
  {
    check: "restrict-wildcard-verbs",
    expect: "pass",
    where: (label) => rules(label).some((each) => asList(each["resources"]).includes("*")),
    reason: oneRuleForWildcards,
  },
];
