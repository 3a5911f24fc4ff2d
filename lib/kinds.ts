import type { JsonObject } from "./json";
import { asString } from "./json";
import { unlessUnknown } from "./unknown";

/** The API group of an apiVersion; "" for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** "apps/Deployment", "Service": how rules name kinds. Empty where an object has no readable kind. */
export function groupKind(object: JsonObject): string {
  return unlessUnknown(() => {
    const kind = asString(object["kind"]) ?? "";
    const group = groupOf(asString(object["apiVersion"]) ?? "");
    return group === "" ? kind : `${group}/${kind}`;
  }, "");
}

/** Group and kind of a name such as "apps/Deployment". */
export function splitKind(name: string): { readonly group: string; readonly kind: string } {
  const slash = name.lastIndexOf("/");
  return slash < 0 ? { group: "", kind: name } : { group: name.slice(0, slash), kind: name.slice(slash + 1) };
}

/** Ways into a pod that runs, as resources of the core group (Kubernetes, "Authorization", request verbs). */
export const POD_ACCESS = [
  "pods/exec",
  "pods/attach",
  "pods/portforward",
  "pods/proxy",
  "pods/ephemeralcontainers",
  "services/proxy",
] as const;

const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  "Namespace",
  "Node",
  "PersistentVolume",
  "admissionregistration.k8s.io/MutatingAdmissionPolicy",
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding",
  "admissionregistration.k8s.io/MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
  "apiextensions.k8s.io/CustomResourceDefinition",
  "apiregistration.k8s.io/APIService",
  "certificates.k8s.io/CertificateSigningRequest",
  "cert-manager.io/ClusterIssuer",
  "cilium.io/CiliumClusterwideNetworkPolicy",
  "crd.projectcalico.org/GlobalNetworkPolicy",
  "external-secrets.io/ClusterExternalSecret",
  "external-secrets.io/ClusterSecretStore",
  "flowcontrol.apiserver.k8s.io/FlowSchema",
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration",
  "gateway.networking.k8s.io/GatewayClass",
  "kyverno.io/ClusterPolicy",
  "kyverno.io/ClusterCleanupPolicy",
  "networking.k8s.io/IngressClass",
  "node.k8s.io/RuntimeClass",
  "policies.kyverno.io/DeletingPolicy",
  "policies.kyverno.io/GeneratingPolicy",
  "policies.kyverno.io/ImageValidatingPolicy",
  "policies.kyverno.io/MutatingPolicy",
  "policies.kyverno.io/ValidatingPolicy",
  "policy.networking.k8s.io/AdminNetworkPolicy",
  "policy.networking.k8s.io/BaselineAdminNetworkPolicy",
  "policy.networking.k8s.io/ClusterNetworkPolicy",
  "projectcalico.org/GlobalNetworkPolicy",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "scheduling.k8s.io/PriorityClass",
  "storage.k8s.io/CSIDriver",
  "storage.k8s.io/CSINode",
  "storage.k8s.io/StorageClass",
  "storage.k8s.io/VolumeAttachment",
]);

/** Whether objects of this kind live outside namespaces. Kinds that are not known count as namespaced. */
export function isClusterScoped(kind: string): boolean {
  return CLUSTER_SCOPED.has(kind);
}

const IRREGULAR: Readonly<Record<string, string>> = {
  Endpoints: "endpoints",
  Gateway: "gateways",
  IngressRouteTCP: "ingressroutetcps",
  IngressRouteUDP: "ingressrouteudps",
  Prometheus: "prometheuses",
};

/** The resource name of a kind (the guess of k8s.io/apimachinery, meta.UnsafeGuessKindToResource, with its misses). */
export function resourceOf(kind: string): string {
  const irregular = IRREGULAR[kind];
  if (irregular !== undefined) return irregular;
  const lower = kind.toLowerCase();
  if (lower.endsWith("s") || lower.endsWith("ch")) return `${lower}es`;
  if (lower.endsWith("y")) return `${lower.slice(0, -1)}ies`;
  return `${lower}s`;
}
