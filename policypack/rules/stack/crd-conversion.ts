import { stackRule } from "../../engine/rule";
import { asObject, asString, at } from "../../../lib/json";

/** Conversion webhooks of custom resources exist. */
export const crdConversion = stackRule({
  id: "stack/crd-conversion",
  severity: "high",
  title: "Conversion webhooks of custom resources exist",
  why: "Without the Service no object of the kind can be read or written in another version, and the whole namespace cannot be deleted.",
  standards: { iso27002: ["8.9", "8.14"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  message: "is converted by a Service that the stack does not have",
  remedy: "Install the operator that serves the conversion, or set the strategy to None.",
  select: (stack) => stack.ofKind("apiextensions.k8s.io/CustomResourceDefinition"),
  check: ({ object }, stack) => {
    const conversion = asObject(at(object, "spec", "conversion"));
    const service = asObject(at(conversion, "webhook", "clientConfig", "service"));
    if (conversion?.["strategy"] !== "Webhook" || service === undefined) return [];
    const namespace = asString(service["namespace"]) ?? "";
    // A Service of a namespace that is not in the stack belongs to somebody else's installation.
    if (stack.namespace(namespace) === undefined) return [];
    return stack.find("Service", namespace, asString(service["name"]) ?? "") ? [] : [{ field: "spec.conversion" }];
  },
});
