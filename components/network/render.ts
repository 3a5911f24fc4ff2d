import { ciliumPolicies } from "./cilium";
import { clusterDefaultDeny } from "./cluster-deny";
import type { Flow } from "../../suite/flow";
import type { ClusterPolicyManifest, NamespacedPolicyManifest } from "./manifest";
import { networkPolicies } from "./policies";
import { ownedNamespaces, unaddressedFlows, type NetworkInput } from "./resolve";

/** Every object that the network of a stack consists of, ready to be registered. */
export interface NetworkObjects {
  /** Per namespace that the stack owns, each with at least its default deny and DNS. */
  readonly byNamespace: ReadonlyMap<string, readonly NamespacedPolicyManifest[]>;
  readonly clusterWide: readonly ClusterPolicyManifest[];
  /** Flows that stay denied because the settings name no range for one end; to be shown to the user. */
  readonly unaddressed: readonly string[];
}

/** Computes the network of a stack from the suite's table and what operators add to it. */
export function networkObjects(flows: readonly Flow[], input: NetworkInput): NetworkObjects {
  const namespaced = [...networkPolicies(flows, input), ...ciliumPolicies(flows, input)];
  return {
    byNamespace: new Map(
      ownedNamespaces(input).map((namespace) => [
        namespace,
        namespaced.filter((manifest) => manifest.metadata.namespace === namespace),
      ]),
    ),
    clusterWide: clusterDefaultDeny(input),
    unaddressed: unaddressedFlows(flows, input),
  };
}
