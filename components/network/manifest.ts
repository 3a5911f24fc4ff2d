import type { LabelExpression } from "../../suite/flow";

/*
 * The Kubernetes objects that this folder computes, as plain data. Type aliases, not interfaces, so that they fit
 * wherever any manifest does.
 */

type Labels = Readonly<Record<string, string>>;

export type Metadata = {
  readonly name: string;
  readonly labels: Labels;
  readonly annotations?: Labels;
};

export type NamespacedMetadata = Metadata & { readonly namespace: string };

export type LabelSelector = {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly LabelExpression[];
};

export type NetworkPolicyPeer = {
  readonly namespaceSelector?: LabelSelector;
  readonly podSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
};

export type NetworkPolicyPort = { readonly protocol: "TCP" | "UDP"; readonly port?: number; readonly endPort?: number };

export type NetworkPolicyIngressRule = {
  readonly from?: readonly NetworkPolicyPeer[];
  readonly ports?: readonly NetworkPolicyPort[];
};

export type NetworkPolicyEgressRule = {
  readonly to?: readonly NetworkPolicyPeer[];
  readonly ports?: readonly NetworkPolicyPort[];
};

/** `networking.k8s.io/v1`, the fields that are used here. */
export type NetworkPolicyManifest = {
  readonly apiVersion: "networking.k8s.io/v1";
  readonly kind: "NetworkPolicy";
  readonly metadata: NamespacedMetadata;
  readonly spec: {
    readonly podSelector: LabelSelector;
    readonly policyTypes: readonly ("Ingress" | "Egress")[];
    readonly ingress?: readonly NetworkPolicyIngressRule[];
    readonly egress?: readonly NetworkPolicyEgressRule[];
  };
};

export type CiliumEntity = "kube-apiserver" | "host" | "remote-node";

export type CiliumPorts = {
  readonly ports: readonly {
    readonly port: string;
    readonly endPort?: number;
    readonly protocol: "TCP" | "UDP" | "ANY";
  }[];
  readonly rules?: { readonly dns: readonly { readonly matchPattern: string }[] };
};

export type CiliumIngressRule = {
  readonly fromEntities: readonly CiliumEntity[];
  readonly toPorts: readonly CiliumPorts[];
};

export type CiliumEgressRule = {
  readonly toEntities?: readonly CiliumEntity[];
  readonly toFQDNs?: readonly ({ readonly matchName: string } | { readonly matchPattern: string })[];
  readonly toEndpoints?: readonly LabelSelector[];
  readonly toPorts: readonly CiliumPorts[];
};

/** `cilium.io/v2`, the fields that are used here. */
export type CiliumNetworkPolicyManifest = {
  readonly apiVersion: "cilium.io/v2";
  readonly kind: "CiliumNetworkPolicy";
  readonly metadata: NamespacedMetadata;
  readonly spec: {
    readonly description: string;
    readonly endpointSelector: LabelSelector;
    readonly ingress?: readonly CiliumIngressRule[];
    readonly egress?: readonly CiliumEgressRule[];
  };
};

/** `cilium.io/v2`: a rule without any peer selects its endpoints and allows nothing. */
export type CiliumClusterwideNetworkPolicyManifest = {
  readonly apiVersion: "cilium.io/v2";
  readonly kind: "CiliumClusterwideNetworkPolicy";
  readonly metadata: Metadata;
  readonly spec: {
    readonly description: string;
    readonly endpointSelector: LabelSelector;
    readonly ingress: readonly [Readonly<Record<string, never>>];
    readonly egress: readonly [Readonly<Record<string, never>>];
  };
};

/** `projectcalico.org/v3`, the fields that are used here. */
export type GlobalNetworkPolicyManifest = {
  readonly apiVersion: "projectcalico.org/v3";
  readonly kind: "GlobalNetworkPolicy";
  readonly metadata: Metadata;
  readonly spec: {
    readonly order: number;
    readonly namespaceSelector: string;
    readonly types: readonly ("Ingress" | "Egress")[];
  };
};

export type NamespacedPolicyManifest = NetworkPolicyManifest | CiliumNetworkPolicyManifest;
export type ClusterPolicyManifest = CiliumClusterwideNetworkPolicyManifest | GlobalNetworkPolicyManifest;
