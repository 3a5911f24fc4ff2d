import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { createAll, KubernetesObject, type Manifest } from "../kubernetes-object";
import { namespaceLabels, type NamespaceIdentity } from "./labels";

export interface SecureNamespaceArgs {
  /** Name of the Namespace object. */
  readonly namespace: string;
  readonly identity: NamespaceIdentity;
  /** ResourceQuota and LimitRange. */
  readonly limits: readonly Manifest[];
  /** Default deny in both directions and the computed flows of this namespace. */
  readonly networkPolicies: readonly Manifest[];
  /** Roles, bindings, pull secrets and whatever else belongs to the namespace itself. */
  readonly objects?: readonly Manifest[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The Namespace object itself. */
export function namespaceManifest({ namespace, identity, annotations = {} }: SecureNamespaceArgs): Manifest {
  const metadata = { name: namespace, labels: namespaceLabels(identity), annotations };
  return { apiVersion: "v1", kind: "Namespace", metadata };
}

/**
 * A namespace with its guardrails: Pod Security labels, quota, defaults, default deny in both directions,
 * no ServiceAccount token by default. Everything that runs in it should depend on the whole component.
 */
export class SecureNamespace extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: SecureNamespaceArgs, opts: pulumi.ComponentResourceOptions) {
    super("mijnbureau:platform:SecureNamespace", name, {}, opts);
    const { identity } = args;
    const namespace = new KubernetesObject(
      name,
      namespaceManifest(args),
      // Deleting a namespace deletes the data in it. Retaining, unlike protecting, leaves `pulumi destroy` working.
      // `dependsOn` is not inherited by children, so what the component waits for is passed on.
      { parent: this, retainOnDelete: identity.holdsData, dependsOn: opts.dependsOn ?? [] },
    );
    const inside = { parent: this, dependsOn: [namespace] };
    const objects = createAll(name, [...args.networkPolicies, ...(args.objects ?? [])], inside);
    // After what they count: until the controller manager has counted, a quota refuses every object of its kinds
    // (k8s.io/apiserver, plugin/pkg/admission/resourcequota, "status unknown for quota").
    createAll(name, args.limits, { parent: this, dependsOn: [namespace, ...objects] });
    // The controller manager makes this account; only the field is ours.
    new k8s.core.v1.ServiceAccountPatch(
      `${name}:default-service-account`,
      { metadata: { name: "default", namespace: args.namespace }, automountServiceAccountToken: false },
      { ...inside, retainOnDelete: true },
    );
    this.namespace = pulumi.output(args.namespace);
    this.registerOutputs({ namespace: this.namespace });
  }
}
