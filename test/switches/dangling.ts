import { addProduced, danglingReferences, Inventory, podReferences, type Reference } from "../../cli/verify/references";
import { label } from "../../lib/labels";
import { at, isRecord, type KindRef, type KubeClient, type KubeObject } from "../../lib/kube/client";
import { identity } from "./stack-state";

const core = (kind: string): KindRef => ({ apiVersion: "v1", kind });
const rbac = (kind: string): KindRef => ({ apiVersion: "rbac.authorization.k8s.io/v1", kind });
const admission = (kind: string): KindRef => ({ apiVersion: "admissionregistration.k8s.io/v1", kind });
const CRD: KindRef = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };
const API_SERVICE: KindRef = { apiVersion: "apiregistration.k8s.io/v1", kind: "APIService" };
const EXTERNAL_SECRET: KindRef = { apiVersion: "external-secrets.io/v1", kind: "ExternalSecret" };
const CLUSTER_STORE: KindRef = { apiVersion: "external-secrets.io/v1", kind: "ClusterSecretStore" };
const CERTIFICATE: KindRef = { apiVersion: "cert-manager.io/v1", kind: "Certificate" };

/** Everything on the cluster that names something which is not there, as sentences. */
export async function danglingOn(client: KubeClient): Promise<string[]> {
  const types = new Map((await client.list(CRD)).map((crd) => [String(at(crd, "spec", "names", "kind")), crd]));
  const list = (kind: KindRef): Promise<KubeObject[]> => client.list(kind);
  const custom = (kind: KindRef): Promise<KubeObject[]> =>
    types.has(kind.kind) ? client.list(kind) : Promise.resolve([]);
  const services = new Set((await list(core("Service"))).map(place));
  const found = await Promise.all([
    danglingPods(client, [...(await custom(EXTERNAL_SECRET)), ...(await custom(CERTIFICATE))]),
    danglingBindings(list),
    callsOf(list).then((calls) => calls.filter(({ service }) => !services.has(service)).map(sentenceOf)),
    Promise.all([custom(EXTERNAL_SECRET), custom(CLUSTER_STORE)]).then(([secrets, stores]) =>
      storeless(secrets, stores),
    ),
  ]);
  return [...new Set(found.flat())].sort();
}

const place = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ""}/${metadata.name ?? ""}`;

/** What the pods of the platform's namespaces cannot start without; simulated nodes start any pod. */
async function danglingPods(client: KubeClient, declared: readonly KubeObject[]): Promise<string[]> {
  const clusterWide = (
    await Promise.all([
      client.list({ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass" }),
      client.list({ apiVersion: "node.k8s.io/v1", kind: "RuntimeClass" }),
    ])
  ).flat();
  const namespaces = await client.list(core("Namespace"), { labelSelector: label.role });
  const problems = await Promise.all(
    namespaces.map(async ({ metadata: { name: namespace = "" } }) => {
      const pods = await client.list(core("Pod"), { namespace });
      const inventory = new Inventory();
      const kinds = ["Secret", "ConfigMap", "PersistentVolumeClaim", "ServiceAccount"] as const;
      const own = await Promise.all(kinds.map((kind) => client.list(core(kind), { namespace })));
      for (const object of [...clusterWide, ...own.flat()]) inventory.addObject(object);
      addProduced(
        inventory,
        declared.filter((object) => object.metadata.namespace === namespace),
      );
      const references: Reference[] = pods.flatMap((pod) => podReferences(pod["spec"]));
      return danglingReferences(references, inventory).map((sentence) => `pods of ${namespace}: ${sentence}`);
    }),
  );
  return problems.flat();
}

/** Bindings to roles or accounts that do not exist; those that Kubernetes itself ships excepted. */
async function danglingBindings(list: (kind: KindRef) => Promise<KubeObject[]>): Promise<string[]> {
  const [roles, clusterRoles, accounts, ...bindings] = await Promise.all([
    list(rbac("Role")),
    list(rbac("ClusterRole")),
    list(core("ServiceAccount")),
    list(rbac("RoleBinding")),
    list(rbac("ClusterRoleBinding")),
  ]);
  const known = new Set([...roles, ...clusterRoles, ...accounts].map((object) => `${object.kind} ${place(object)}`));
  return bindings.flat().flatMap((binding) => {
    if (binding.metadata.labels?.["kubernetes.io/bootstrapping"] !== undefined) return [];
    const role = String(at(binding, "roleRef", "kind"));
    const namespace = role === "Role" ? (binding.metadata.namespace ?? "") : "";
    const subjects = at(binding, "subjects");
    const names = (Array.isArray(subjects) ? Array.from<unknown>(subjects) : [])
      .filter((subject) => at(subject, "kind") === "ServiceAccount")
      // In a RoleBinding, its own namespace is meant where none is said (plugin/pkg/auth/authorizer/rbac, appliesToUser).
      .map((subject) => [at(subject, "namespace") ?? binding.metadata.namespace, at(subject, "name")].join("/"))
      .map((account) => `ServiceAccount ${account}`);
    return [`${role} ${namespace}/${String(at(binding, "roleRef", "name"))}`, ...names]
      .filter((name) => !known.has(name))
      .map((name) => `${identity(binding)}: ${name} does not exist`);
  });
}

interface Call {
  readonly by: KubeObject;
  readonly service: string;
}

const sentenceOf = ({ by, service }: Call): string => `${identity(by)}: Service ${service} does not exist`;

/** Whom the API server itself calls: webhooks, aggregated APIs, conversions between versions. */
async function callsOf(list: (kind: KindRef) => Promise<KubeObject[]>): Promise<Call[]> {
  const [validating, mutating, apiServices, crds] = await Promise.all([
    list(admission("ValidatingWebhookConfiguration")),
    list(admission("MutatingWebhookConfiguration")),
    list(API_SERVICE),
    list(CRD),
  ]);
  const call = (by: KubeObject, service: unknown): Call[] =>
    isRecord(service) ? [{ by, service: `${String(service["namespace"])}/${String(service["name"])}` }] : [];
  const webhooks = [...validating, ...mutating].flatMap((by) => {
    const entries = at(by, "webhooks");
    return (Array.isArray(entries) ? Array.from<unknown>(entries) : []).flatMap((entry) =>
      call(by, at(entry, "clientConfig", "service")),
    );
  });
  return [
    ...webhooks,
    ...apiServices.flatMap((by) => call(by, at(by, "spec", "service"))),
    ...crds.flatMap((by) => call(by, at(by, "spec", "conversion", "webhook", "clientConfig", "service"))),
  ];
}

function storeless(secrets: readonly KubeObject[], stores: readonly KubeObject[]): string[] {
  const names = new Set(stores.map(({ metadata }) => metadata.name));
  return secrets.flatMap((secret) => {
    const reference = at(secret, "spec", "secretStoreRef");
    const name = at(reference, "name");
    if (at(reference, "kind") !== "ClusterSecretStore" || (typeof name === "string" && names.has(name))) return [];
    return [`${identity(secret)}: ClusterSecretStore ${String(name)} does not exist`];
  });
}

/** Webhooks that the API server reaches by URL: of processes outside the cluster. */
export async function webhooksByUrl(client: KubeClient): Promise<string[]> {
  const lists = await Promise.all(
    ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"].map((kind) => client.list(admission(kind))),
  );
  return lists
    .flat()
    .filter((object) => JSON.stringify(object["webhooks"] ?? []).includes('"url":'))
    .map(identity);
}
