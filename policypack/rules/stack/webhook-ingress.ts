import { stackRule } from "../../engine/rule";
import { asList, asObject, asObjects, asString, at } from "../../../lib/json";
import type { JsonObject } from "../../../lib/json";
import type { StackIndex } from "../../engine/stack";
import { admitsAddresses, policiesOn, portNames, targetPort, workloadsOf } from "./_selection";

/** Default port of a webhook's Service (Kubernetes API reference, ServiceReference). */
const HTTPS = 443;

/** Cilium names the API server as an entity; where its policies do, addresses are not needed. */
function admittedByCilium(namespace: string, stack: StackIndex): boolean {
  return stack
    .ofKind("cilium.io/CiliumNetworkPolicy", namespace)
    .some(({ object }) =>
      asObjects(at(object, "spec", "ingress")).some((rule) =>
        asList(rule["fromEntities"]).some((entity) => entity === "kube-apiserver" || entity === "all"),
      ),
    );
}

/** Whether policies close the pods behind a webhook; a Service that is not in the stack is not judged. */
function closed(webhook: JsonObject, stack: StackIndex): boolean {
  const reference = asObject(at(webhook, "clientConfig", "service"));
  const namespace = asString(reference?.["namespace"]) ?? "";
  const service = reference && stack.find("Service", namespace, asString(reference["name"]) ?? "");
  if (service === undefined || admittedByCilium(namespace, stack)) return false;
  const port = targetPort(service, reference?.["port"] ?? HTTPS);
  return workloadsOf(service, stack).some((workload) => {
    const policies = policiesOn(workload, "Ingress", stack);
    const ports = portNames(workload, port);
    const open = policies.some(({ object }) =>
      asObjects(at(object, "spec", "ingress")).some((rule) => admitsAddresses(rule, ports)),
    );
    return policies.length > 0 && !open;
  });
}

/** Network policies let the API server in to webhooks. Seen in practice: uds-core issue 1101. */
export const webhookIngress = stackRule({
  id: "stack/webhook-ingress",
  severity: "high",
  title: "Network policies let the API server in to webhooks",
  why: "The API server is no pod: under a default deny no selector matches it, every call of the webhook times out, and with failurePolicy Fail nothing of its kinds can be changed.",
  standards: { iso27002: ["8.14", "8.22"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  message: "calls a webhook that network policies close to the API server",
  remedy: "Allow the port of the webhook from the addresses of the control plane.",
  select: (stack) =>
    ["Validating", "Mutating"].flatMap((kind) =>
      stack.ofKind(`admissionregistration.k8s.io/${kind}WebhookConfiguration`),
    ),
  check: (configuration, stack) =>
    asObjects(configuration.object["webhooks"])
      .filter((webhook) => closed(webhook, stack))
      .map((webhook) => ({
        message: `calls webhook ${asString(webhook["name"]) ?? ""}, which network policies close to the API server`,
        field: "webhooks",
      })),
});
