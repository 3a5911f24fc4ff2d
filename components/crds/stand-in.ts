import type { CustomResourceDefinition } from "./strip";

/** `group/version[,version…] Kind plural [cluster]`; the first version is the one that is stored. */
const line = /^([a-z0-9.-]+)\/([a-z0-9,]+) ([A-Za-z]+) ([a-z]+)( cluster)?$/;

/**
 * A CustomResourceDefinition that accepts any object of its kind, for a stand-in chart.
 *
 * @param text one line of `crds:` in a stand-in's facts.yaml.
 */
export function permissiveCrd(text: string): CustomResourceDefinition {
  const [, group, versions, kind, plural, cluster] = line.exec(text) ?? [];
  if (group === undefined || versions === undefined || kind === undefined || plural === undefined) {
    throw new Error(`"${text}" is not of the form \`group/version[,version…] Kind plural [cluster]\``);
  }
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}`, ...approval(group) },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      scope: cluster === undefined ? "Namespaced" : "Cluster",
      versions: versions.split(",").map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema,
        subresources: { status: {} },
      })),
    },
  };
}

/** The API server accepts groups below k8s.io only with this annotation (KEP-1111). */
function approval(group: string): { annotations?: Record<string, string> } {
  if (!group.endsWith(".k8s.io") && !group.endsWith(".kubernetes.io")) return {};
  return { annotations: { "api-approved.kubernetes.io": "unapproved, stand-in for development" } };
}
