import type { Account, RoleCut } from "../frame/accounts";
import { READ } from "../frame/rights";
import { labelsOnly } from "../kata-deploy/rights";

const PREFIX = "katacontainers.io/";

export const cuts: readonly RoleCut[] = [
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

export const accounts: readonly Account[] = [
  {
    namespace: "coco-system",
    name: "kata-as-coco-runtime-sa",
    purpose: "Installs confidential containers on its node, and labels nodes that have them.",
    goal: { "write nodes": [`labels ${PREFIX}…`] },
    limits: [labelsOnly(PREFIX)],
  },
];
