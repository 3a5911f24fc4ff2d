import * as pulumi from "@pulumi/pulumi";
import type { ResolvedChart } from "./charts/chart";
import type { ClusterFacts } from "./cluster/facts";
import { crdsOf } from "./crds/crds";
import { KubernetesObject, resourceName, type Manifest } from "./kubernetes-object";
import { managedLabels } from "./namespace/labels";

/**
 * Every CustomResourceDefinition of the stack, before any chart: the provider must know a kind to place its objects, and
 * deleting a definition deletes every object of its kind, so they outlive the stack.
 */
export class CustomResourceDefinitions extends pulumi.ComponentResource {
  constructor(
    name: string,
    charts: readonly ResolvedChart[],
    cluster: Pick<ClusterFacts, "customResources">,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("mijnbureau:platform:CustomResourceDefinitions", name, {}, opts);
    for (const crd of charts.flatMap(crdsOf)) {
      // A definition that the cluster brought itself stays its own.
      if (cluster.customResources.get(crd.metadata.name) === false) continue;
      const manifest: Manifest = { ...crd, metadata: labelled(crd.metadata) };
      new KubernetesObject(resourceName(name, manifest), manifest, { parent: this, retainOnDelete: true });
    }
    this.registerOutputs({});
  }
}

function labelled(metadata: { readonly name: string; readonly labels?: unknown }): Manifest["metadata"] {
  const labels = typeof metadata.labels === "object" && metadata.labels !== null ? metadata.labels : {};
  return { ...metadata, labels: { ...labels, ...managedLabels } };
}
