import type { NamespaceSize } from "../../suite/size";
import type { Manifest } from "../kubernetes-object";
import { priorityClass } from "../priority-classes";
import { objectCounts } from "./counts";
import { managedLabels } from "./labels";

/** Requests and limits that a container gets when its manifest names none. */
export const containerDefaults = {
  request: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "50Mi" },
  limit: { cpu: "500m", memory: "512Mi", "ephemeral-storage": "2Gi" },
} as const;

/** Local storage of a pod, in Gi: what the suite's largest has. */
const perPod = { requests: 1, limits: 4 } as const;

/** No container of the suite has more than 2Gi. */
const LARGEST_LOCAL = "8Gi";

/** Quota and limits of an app's namespace. */
export function suiteLimits(namespace: string, size: NamespaceSize): Manifest[] {
  return [
    resourceQuota(namespace, size),
    priorityQuota(namespace),
    affinityQuota(namespace),
    limitRange(namespace, size),
  ];
}

/**
 * No pod of an app ranks above those that keep the cluster safe: it could push them from their nodes (Kubernetes,
 * "Limit Priority Class consumption by default").
 */
export function priorityQuota(namespace: string): Manifest {
  const above = ["system-node-critical", "system-cluster-critical", priorityClass.critical, priorityClass.node];
  return noPods("platform-priority", namespace, { scopeName: "PriorityClass", operator: "In", values: above });
}

/**
 * No pod of an app says where pods of others may run: the scheduler keeps those off every node, zone or region where
 * one runs that will not have them beside it (Kubernetes, "Resource Quotas", cross-namespace pod affinity).
 */
function affinityQuota(namespace: string): Manifest {
  return noPods("platform-affinity", namespace, { scopeName: "CrossNamespacePodAffinity", operator: "Exists" });
}

function noPods(name: string, namespace: string, scope: object): Manifest {
  return {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name, namespace, labels: managedLabels },
    spec: { hard: { pods: "0" }, scopeSelector: { matchExpressions: [scope] } },
  };
}

/**
 * Quota and limits of an operator's namespace: wide enough for node agents on a large cluster, small enough that a
 * runaway controller cannot take all of it. Nothing of an operator is exposed outside the cluster.
 */
export function operatorLimits(namespace: string, claims = 50): Manifest[] {
  const metadata = { name: "platform", namespace, labels: managedLabels };
  return [
    {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata,
      spec: {
        hard: {
          "requests.cpu": "100",
          "requests.memory": "256Gi",
          "limits.memory": "512Gi",
          "requests.ephemeral-storage": "2Ti",
          pods: "2000",
          "count/pods": "4000",
          persistentvolumeclaims: `${claims}`,
          "services.loadbalancers": "0",
          "services.nodeports": "0",
          "count/services": "100",
          "count/serviceaccounts": "100",
          "count/secrets": "500",
          "count/configmaps": "500",
          "count/deployments.apps": "50",
          "count/statefulsets.apps": "50",
          "count/daemonsets.apps": "50",
          "count/replicasets.apps": "600",
          "count/jobs.batch": "500",
          "count/cronjobs.batch": "50",
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "LimitRange",
      metadata,
      spec: {
        limits: [
          {
            type: "Container",
            defaultRequest: { cpu: "10m", memory: "32Mi", "ephemeral-storage": "50Mi" },
            default: { memory: "512Mi" },
          },
        ],
      },
    },
  ];
}

/** What a namespace may use in total, so that one app can never starve the cluster. */
export function resourceQuota(namespace: string, size: NamespaceSize): Manifest {
  return {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "platform", namespace, labels: managedLabels },
    spec: {
      hard: {
        "requests.cpu": size.requests.cpu,
        "requests.memory": size.requests.memory,
        "limits.cpu": size.limits.cpu,
        "limits.memory": size.limits.memory,
        "requests.storage": size.storage,
        "requests.ephemeral-storage": `${size.pods * perPod.requests}Gi`,
        "limits.ephemeral-storage": `${size.pods * perPod.limits}Gi`,
        ...Object.fromEntries(Object.entries(size.devices).map(([name, most]) => [`requests.${name}`, most])),
        pods: `${size.pods}`,
        // `pods` leaves out those that have ended, and those whose deletion a finalizer holds up (k8s.io/kubernetes,
        // pkg/quota/v1/evaluator/core/pods.go, QuotaV1Pod); in etcd they are all the same.
        "count/pods": `${size.pods * 2}`,
        persistentvolumeclaims: `${size.persistentVolumeClaims}`,
        "services.loadbalancers": `${size.loadBalancers}`,
        "services.nodeports": `${size.nodePorts}`,
        ...objectCounts(size.databaseBackups),
      },
    },
  };
}

/** Defaults that make containers without resources admissible under the quota, and a ceiling per container and claim. */
export function limitRange(namespace: string, size: NamespaceSize): Manifest {
  return {
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: { name: "platform", namespace, labels: managedLabels },
    spec: {
      limits: [
        {
          type: "Container",
          defaultRequest: containerDefaults.request,
          default: containerDefaults.limit,
          max: {
            cpu: size.largestContainer.cpu,
            memory: size.largestContainer.memory,
            "ephemeral-storage": LARGEST_LOCAL,
          },
        },
        { type: "PersistentVolumeClaim", max: { storage: size.storage } },
      ],
    },
  };
}
