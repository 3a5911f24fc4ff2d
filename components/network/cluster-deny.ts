import type { ClusterPolicyManifest } from "./manifest";
import { ownedNamespaces, type NetworkInput } from "./resolve";
import { metadata } from "./rules";

const NAME = "mijnbureau-platform-default-deny";
const DESCRIPTION = "Nothing goes in or out unless another policy allows it.";

/** Kubernetes' own policies have order 1000 in Calico; a higher number comes after them. */
const AFTER_NETWORK_POLICIES = 5000;

interface Scope {
  readonly operator: "In" | "NotIn";
  readonly namespaces: readonly string[];
}

/**
 * A cluster-scoped default deny beneath the namespaces' own, where the plugin has such a kind: it still holds when
 * somebody deletes a namespace's `default-deny`.
 */
export function clusterDefaultDeny(input: NetworkInput): ClusterPolicyManifest[] {
  const scope = scopeOf(input);
  if (scope === undefined) return [];
  switch (input.settings.cni) {
    case "cilium":
      return [
        {
          apiVersion: "cilium.io/v2",
          kind: "CiliumClusterwideNetworkPolicy",
          metadata: metadata(NAME),
          spec: {
            description: DESCRIPTION,
            endpointSelector: {
              matchExpressions: [
                { key: "k8s:io.kubernetes.pod.namespace", operator: scope.operator, values: scope.namespaces },
              ],
            },
            // A rule that names nobody puts its pods under default deny (Cilium, Layer 3 examples, "Ingress Default Deny").
            ingress: [{}],
            egress: [{}],
          },
        },
      ];
    case "calico":
      return [
        {
          apiVersion: "projectcalico.org/v3",
          kind: "GlobalNetworkPolicy",
          metadata: metadata(NAME),
          spec: {
            order: AFTER_NETWORK_POLICIES,
            namespaceSelector: calicoSelector(scope),
            types: ["Ingress", "Egress"],
          },
        },
      ];
    case "other":
      return [];
  }
}

/** Namespaces under the cluster-scoped deny. Those that others own and that flows lead to stay out of it. */
function scopeOf(input: NetworkInput): Scope | undefined {
  const { clusterDefaultDeny: mode, exemptNamespaces, dns, ingress, cnpgOperator } = input.settings;
  const owned = ownedNamespaces(input);
  switch (mode) {
    case "off":
      return undefined;
    case "platform":
      return owned.length === 0 ? undefined : { operator: "In", namespaces: owned };
    case "cluster": {
      const others = [
        ...exemptNamespaces,
        dns.namespace,
        ingress.namespace,
        cnpgOperator.namespace,
        input.monitoringNamespace,
      ];
      const exempt = [...new Set(others)].filter((namespace) => !owned.includes(namespace)).sort();
      return { operator: "NotIn", namespaces: exempt };
    }
  }
}

/** Calico labels every namespace with its name (Calico, "Calico automatic labels"). */
function calicoSelector({ operator, namespaces }: Scope): string {
  const list = namespaces.map((namespace) => `"${namespace}"`).join(", ");
  return `projectcalico.org/name ${operator === "In" ? "in" : "not in"} {${list}}`;
}
