import type { WorkloadPods } from "../../../cli/verify/endpoints";
import type { NetworkPolicy } from "../../../cli/verify/reachability";
import { containerPorts, podTemplate } from "../../../cli/verify/workloads";
import { isRecord, type KubeObject } from "../../../lib/kube/client";
import type { AppKey } from "../../../suite/apps";

/** An object that the suite's helmfile renders, where it comes to stand. */
export interface Rendered {
  readonly app: AppKey;
  readonly namespace: string;
  readonly object: KubeObject;
}

export function workloadsOf(given: readonly Rendered[]): WorkloadPods[] {
  return given.flatMap(({ app, namespace, object }): WorkloadPods[] => {
    const template = podTemplate(object);
    if (template === undefined) return [];
    const name = `${app}/${object.kind} ${object.metadata.name ?? ""}`;
    return [{ app, name, namespace, labels: template.metadata.labels, ports: containerPorts(template.spec) }];
  });
}

/** The NetworkPolicies among them; narrowed as the mutation `network-policies` leaves them: selector and types only. */
export function policiesOf(
  given: readonly Pick<Rendered, "namespace" | "object">[],
  narrowed: boolean,
): NetworkPolicy[] {
  return given.flatMap(({ namespace, object }): NetworkPolicy[] => {
    if (object.kind !== "NetworkPolicy") return [];
    const own: NetworkPolicy["spec"] = isRecord(object["spec"]) ? object["spec"] : {};
    const kept = {
      podSelector: own.podSelector,
      // As the API server fills them in before admission.
      policyTypes: own.policyTypes ?? ["Ingress", ...(own.egress === undefined ? [] : ["Egress"])],
    };
    const { name = "", labels } = object.metadata;
    return [{ metadata: { name, namespace, labels }, spec: narrowed ? kept : own }];
  });
}
