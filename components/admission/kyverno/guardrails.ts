import { label } from "../../../lib/labels";
import type { NamespaceSize } from "../../../suite/size";
import { asObject, type JsonObject } from "../../../lib/json";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { suiteLimits } from "../../namespace/limits";
import { networkPolicies } from "../../network/policies";
import type { NetworkInput } from "../../network/resolve";
import { literal, text } from "../cel";

/** The NetworkPolicies that every namespace of the platform has, as those of a namespace without any flow. */
export function baselineOf(network: Pick<NetworkInput, "settings" | "monitoringNamespace">): readonly Manifest[] {
  const namespace = "any";
  const input = { ...network, apps: {}, operatorNamespaces: [namespace] };
  return networkPolicies([], input)
    .filter(({ metadata }) => metadata.namespace === namespace)
    .map((policy) => ({ ...policy }));
}

const NAME = "mijnbureau-platform-guardrails";

/**
 * Before the names of what is generated. A namespace that the program takes over no longer matches, and Kyverno then
 * deletes by name what it generated there (v1.19.1, pkg/background/gpol/dynamic_watcher.go, DeleteDownstreams): under
 * the same names that would be the program's own. Kyverno also leaves out what already exists under the name.
 */
export const GENERATED_PREFIX = "guardrail-";

/** Quota of a namespace that the program does not know: enough to try something, too little to starve others. */
const size: NamespaceSize = {
  requests: { cpu: "2", memory: "4Gi" },
  limits: { cpu: "4", memory: "8Gi" },
  storage: "20Gi",
  pods: 20,
  persistentVolumeClaims: 5,
  loadBalancers: 0,
  nodePorts: 0,
  devices: {},
  largestContainer: { cpu: "2", memory: "4Gi" },
};

/** What a rule of a generated object holds: the namespace is Kyverno's to fill in. */
const generated = ({ apiVersion, kind, metadata: { name }, ...rest }: Manifest): JsonObject => ({
  apiVersion,
  kind,
  metadata: {
    name: `${GENERATED_PREFIX}${name}`,
    labels: { [label.managed]: "true", "app.kubernetes.io/part-of": "mijnbureau-platform" },
  },
  ...asObject(JSON.parse(JSON.stringify(rest))),
});

/**
 * Guardrails for namespaces that are labelled as the suite's but not made by the program: default deny in both
 * directions, DNS, quota and limits. Kyverno keeps them as they are, and restores what is deleted.
 *
 * @param baseline the NetworkPolicies that every namespace of the platform has
 */
export function guardrails(baseline: readonly Manifest[]): readonly Manifest[] {
  const objects = [...baseline, ...suiteLimits("", size)].map(generated);
  return [
    {
      apiVersion: "policies.kyverno.io/v1",
      kind: "GeneratingPolicy",
      metadata: {
        name: NAME,
        labels: managedLabels,
        annotations: {
          "kubernetes.io/description":
            "Default deny, DNS, quota and limits in namespaces of the suite that others made",
        },
      },
      spec: {
        evaluation: {
          synchronize: { enabled: true },
          generateExisting: { enabled: true },
          // Else every guardrail goes with the policy, and the namespaces stand open where Kyverno is switched off.
          orphanDownstreamOnPolicyDelete: { enabled: true },
        },
        matchConstraints: {
          resourceRules: [
            { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["namespaces"] },
          ],
        },
        matchConditions: [
          { name: "suite", expression: `object.metadata.?labels[?${text(label.role)}].orValue('') == 'suite'` },
          {
            name: "not-the-programs",
            expression: `object.metadata.?labels[?${text(label.managed)}].orValue('') != 'true'`,
          },
        ],
        variables: [{ name: "objects", expression: literal(objects) }],
        generate: [{ expression: "generator.Apply(object.metadata.name, variables.objects)" }],
      },
    },
  ];
}
