import { text } from "../../admission/cel";
import { EVERYWHERE, type Account, type Limit, type RoleCut } from "../lib/accounts";
import { READ } from "../lib/rights";

/** Installers of a runtime tell by labels which nodes have it. */
const labelsOnly = (prefix: string): Limit => ({
  apiGroup: "",
  resources: ["nodes"],
  operations: ["UPDATE"],
  allowed:
    "object.spec == oldObject.spec && " +
    ["object", "oldObject"]
      .map((from, index) => {
        const to = index === 0 ? "oldObject" : "object";
        return `${from}.metadata.?labels.orValue({}).all(key, key.startsWith(${text(prefix)}) || ${to}.metadata.?labels[?key] == ${from}.metadata.?labels[?key])`;
      })
      .join(" && "),
  says: `sets labels of nodes that begin with ${prefix}, and no taint`,
  leaves: { "write nodes": [`labels ${prefix}…`] },
});

const KATA = { namespace: "kata-system", name: "kata-deploy-sa" };
const COCO = { namespace: "coco-system", name: "kata-as-coco-runtime-sa" };
const PREFIX = "katacontainers.io/";

export const kataAccounts: readonly Account[] = [
  {
    ...KATA,
    purpose: "Installs Kata Containers on its node, and labels nodes that have it.",
    goal: { "write nodes": [`labels ${PREFIX}…`], "use kubelets": [EVERYWHERE] },
    limits: [labelsOnly(PREFIX)],
  },
];

export const cocoCuts: readonly RoleCut[] = [
  {
    kind: "ClusterRole",
    name: "kata-as-coco-runtime-role",
    rules: [
      { apiGroups: [""], resources: ["nodes"], verbs: ["get", "patch"] },
      { apiGroups: ["node.k8s.io"], resources: ["runtimeclasses"], verbs: READ },
    ],
    cut: [
      { apiGroups: ["node.k8s.io"], resources: ["runtimeclasses"], verbs: ["create", "delete", "patch", "update"] },
    ],
    reason: "RuntimeClasses are the operator sandboxes' (`createRuntimeClasses` is off).",
  },
];

export const cocoAccounts: readonly Account[] = [
  {
    ...COCO,
    purpose: "Installs confidential containers on its node, and labels nodes that have them.",
    goal: { "write nodes": [`labels ${PREFIX}…`] },
    limits: [labelsOnly(PREFIX)],
  },
];
