import type { KubeObject } from "../../lib/kube/client";
import { STORAGE_CLASS } from "../cluster/network";
import { REAL_NODE_LABEL } from "./layout";

/** What a real node says it has: a laptop's cores would leave most pods of the platform pending on their requests. */
const SAID_CPUS = "64";
const SAID_MEMORY = "128Gi";
/** Of `node-helper volumes`. */
const PROVISIONER = "volume.mijnbureau-platform";

/** What the cluster has because its nodes are real. */
export function realNodeObjects(): KubeObject[] {
  const account = { name: "kube-network-policies", namespace: "kube-system" };
  const name = "embedded-kube-network-policies";
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: account },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name },
      rules: [
        { apiGroups: [""], resources: ["pods", "namespaces", "nodes"], verbs: ["get", "list", "watch"] },
        { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ["get", "list", "watch"] },
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
      subjects: [{ kind: "ServiceAccount", ...account }],
    },
    ...sizes(),
  ];
}

/** Limits stay what they are, so a pod is still killed at its own; requests only decide where it goes. */
function sizes(): KubeObject[] {
  const name = "embedded-real-node-size";
  return [
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingAdmissionPolicy",
      metadata: { name },
      spec: {
        failurePolicy: "Ignore",
        reinvocationPolicy: "Never",
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [""],
              apiVersions: ["v1"],
              operations: ["CREATE", "UPDATE"],
              resources: ["nodes", "nodes/status"],
            },
          ],
        },
        matchConditions: [
          {
            name: "real-node",
            expression: `object.metadata.?labels[?"${REAL_NODE_LABEL}"].orValue("") == "true" && has(object.status.capacity)`,
          },
        ],
        mutations: ["capacity", "allocatable"].flatMap((field) =>
          Object.entries({ cpu: SAID_CPUS, memory: SAID_MEMORY }).map(([resource, value]) => ({
            patchType: "JSONPatch",
            jsonPatch: {
              expression: `[JSONPatch{op: "add", path: "/status/${field}/${resource}", value: "${value}"}]`,
            },
          })),
        ),
      },
    },
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingAdmissionPolicyBinding",
      metadata: { name },
      spec: { policyName: name },
    },
  ];
}

/** The default class, with volumes that hold data: a folder of the node that the first pod is on. */
export const realStorage = (): KubeObject[] => [
  {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: STORAGE_CLASS, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: PROVISIONER,
    parameters: { encrypted: "true" },
    reclaimPolicy: "Delete",
    volumeBindingMode: "WaitForFirstConsumer",
  },
];
