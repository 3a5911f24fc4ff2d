import * as pulumi from "@pulumi/pulumi";

/** A Kubernetes object as plain data, the way a manifest holds it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/**
 * Any Kubernetes object as a resource, under the token that the typed SDK uses for its kind, so that policies
 * cannot tell the two apart.
 */
export class KubernetesObject extends pulumi.CustomResource {
  constructor(name: string, manifest: Manifest, opts: pulumi.CustomResourceOptions) {
    const { kind } = manifest;
    const secrets = kind === "Secret" ? { additionalSecretOutputs: ["data", "stringData"] } : {};
    const own = { ...secrets, ...deletion(kind) };
    super(resourceToken(manifest), name, overruling(manifest), pulumi.mergeOptions(opts, own));
  }
}

/**
 * An object that the next `pulumi up` puts right where others wrote into it, or where a run that was killed had made it
 * already, instead of ending with a field conflict (Pulumi, "Managing Resources with Server-Side Apply").
 */
export function overruling<Props extends Readonly<Record<string, unknown>>>(props: Props): Props {
  const metadata = fieldsOf(props["metadata"]);
  const annotations = { ...fieldsOf(metadata["annotations"]), "pulumi.com/patchForce": "true" };
  return { ...props, metadata: { ...metadata, annotations } };
}

function fieldsOf(value: unknown): object & Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** Kinds without finalizers and without pods: gone as soon as they are deleted. */
const PASSIVE: ReadonlySet<string> = new Set([
  "ClusterRole",
  "ClusterRoleBinding",
  "ConfigMap",
  "FlowSchema",
  "LimitRange",
  "MutatingAdmissionPolicy",
  "MutatingAdmissionPolicyBinding",
  "MutatingWebhookConfiguration",
  "NetworkPolicy",
  "PodDisruptionBudget",
  "PodMonitor",
  "PriorityClass",
  "PriorityLevelConfiguration",
  "PrometheusRule",
  "ResourceQuota",
  "Role",
  "RoleBinding",
  "RuntimeClass",
  "Secret",
  "ServiceAccount",
  "ServiceMonitor",
  "StorageClass",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
]);

/**
 * How long the deletion of an object may take. Providers before 4.23 sometimes miss it and look again only when the time
 * is up, ten minutes by default (pulumi-kubernetes#3317); with a passive object that is soon.
 */
export function deletion(kind: string): { customTimeouts?: pulumi.CustomTimeouts } {
  return PASSIVE.has(kind) ? { customTimeouts: { delete: "30s" } } : {};
}

/** `kubernetes:<group>/<version>:<Kind>`; the legacy group is spelled `core`. */
function resourceToken({ apiVersion, kind }: Pick<Manifest, "apiVersion" | "kind">): string {
  return `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
}

/** Unique within a component: kind and name, as `kubectl` prints them, plus the namespace where there is one. */
export function resourceName(prefix: string, { kind, metadata }: Manifest): string {
  const place = metadata.namespace === undefined ? "" : `${metadata.namespace}/`;
  return `${prefix}:${kind.toLowerCase()}/${place}${metadata.name}`;
}

/** The kind in a type token. */
export function kindOfToken(token: string): string {
  return token.split(":").at(-1) ?? "";
}

/** Registers every manifest as a child of `opts.parent`; `ignored` names the fields of each that are not ours. */
export function createAll(
  prefix: string,
  manifests: readonly Manifest[],
  opts: pulumi.CustomResourceOptions & { parent: pulumi.Resource },
  ignored: (manifest: Manifest) => string[] = () => [],
): KubernetesObject[] {
  return manifests.map(
    (manifest) =>
      new KubernetesObject(resourceName(prefix, manifest), manifest, { ...opts, ignoreChanges: ignored(manifest) }),
  );
}
