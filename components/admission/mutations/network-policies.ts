import { label, PREFIX } from "../../../lib/labels";
import { text } from "../cel";
import { setAnnotation } from "./annotations";
import type { Mutation } from "./mutation";

/** On NetworkPolicies whose rules the platform has taken out. */
const NARROWED_ANNOTATION = `${PREFIX}narrowed`;

const NARROWED =
  "The rules of this policy were removed at admission: the platform's own policies allow the flows of the suite. See docs/network.md";

/** A NetworkPolicy of the suite that keeps its rules. */
export interface KeptNetworkPolicy {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The suite's own NetworkPolicies lose their rules and keep their selector and types: what stays is a default deny
 * for the pods that they select.
 *
 * Policies only ever add up, so nothing that the platform denies holds while one of the suite's allows it: most have
 * an ingress rule without `from`. Refusing them would stop the suite's installation. Cutting their rules down to what
 * is needed would be a second place for the table of flows; with the rules gone, the platform's policies, computed
 * from that table for every workload of the suite, are the only ones that allow anything.
 */
export function networkPolicyMutation(kept: readonly KeptNetworkPolicy[]): Mutation {
  const names = kept.map(({ namespace, name }) => text(`${namespace}/${name}`));
  const removal = (direction: "ingress" | "egress"): string =>
    `(has(object.spec.${direction}) ? [JSONPatch{op: 'remove', path: '/spec/${direction}'}] : [])`;
  const note = setAnnotation(NARROWED_ANNOTATION, text(NARROWED));
  return {
    name: "network-policies",
    title: "Only the platform's NetworkPolicies allow anything",
    resources: {
      apiGroups: ["networking.k8s.io"],
      apiVersions: ["v1"],
      operations: ["CREATE", "UPDATE"],
      resources: ["networkpolicies"],
    },
    conditions: [
      // The deployer may not set this label: the platform's guard refuses it.
      {
        name: "not-the-platforms",
        expression: `object.metadata.?labels[?${text(label.managed)}].orValue('') != 'true'`,
      },
      ...(names.length === 0
        ? []
        : [
            {
              name: "not-kept",
              expression: `!((object.metadata.namespace + '/' + object.metadata.name) in [${names.join(", ")}])`,
            },
          ]),
      { name: "has-rules", expression: "has(object.spec.ingress) || has(object.spec.egress)" },
    ],
    patch: [removal("ingress"), removal("egress"), note].join(" + "),
  };
}
