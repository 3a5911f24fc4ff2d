import { NAMESPACE_NAME_LABEL } from "../../../lib/labels";
import { asList, asObject, asObjects, asString, at } from "../../../lib/json";
import type { JsonObject } from "../../../lib/json";
import { stackRule } from "../../engine/rule";
import { namespaceLabels, selects } from "../../engine/stack";
import type { StackIndex } from "../../engine/stack";

const SYSTEM = "kube-system";
/** Groups whose objects a cluster, or the webhook's own pods, need to come back. */
const vital: ReadonlySet<unknown> = new Set(["", "*", "apps", "coordination.k8s.io", "discovery.k8s.io"]);

function judgesVital(webhook: JsonObject): boolean {
  return asObjects(webhook["rules"]).some(
    (rule) => asString(rule["scope"]) !== "Cluster" && asList(rule["apiGroups"]).some((group) => vital.has(group)),
  );
}

/** A selector on the objects' own labels takes in what carries them, and leaves the rest alone. */
function isOptIn(selector: JsonObject | undefined): boolean {
  return selector !== undefined && !selects(selector, {});
}

function sees(webhook: JsonObject, namespace: string, stack: StackIndex): boolean {
  const selector = asObject(webhook["namespaceSelector"]) ?? {};
  const object = stack.namespace(namespace);
  const labels = object === undefined ? { [NAMESPACE_NAME_LABEL]: namespace } : namespaceLabels(object);
  return selects(selector, labels);
}

/** Namespaces that a webhook must leave alone and does not. */
function blocked(webhook: JsonObject, stack: StackIndex): readonly string[] {
  const failsClosed = (asString(webhook["failurePolicy"]) ?? "Fail") === "Fail";
  const filtered = isOptIn(asObject(webhook["objectSelector"])) || asList(webhook["matchConditions"]).length > 0;
  if (!failsClosed || filtered || !judgesVital(webhook)) return [];
  const own = asString(at(webhook, "clientConfig", "service", "namespace"));
  const spared = own === undefined || own === SYSTEM ? [SYSTEM] : [SYSTEM, own];
  return spared.filter((namespace) => sees(webhook, namespace, stack));
}

/** Webhooks that fail closed leave alone what brings them back (Kubernetes documentation, Admission webhook good practices). */
export const addonWebhookExclusion = stackRule({
  id: "stack/addon-webhook-exclusion",
  severity: "high",
  title: "Webhooks that fail closed leave alone what brings them back",
  why: "A webhook that judges its own pods, or those of the cluster, keeps them from starting while it is down: the cluster then heals only by somebody's hand.",
  standards: { iso27002: ["8.14"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  message: "keeps itself or the cluster from coming back while it is down",
  remedy:
    "Exclude kube-system and the webhook's own namespace in namespaceSelector (kubernetes.io/metadata.name NotIn …).",
  select: (stack) =>
    ["Validating", "Mutating"].flatMap((kind) =>
      stack.ofKind(`admissionregistration.k8s.io/${kind}WebhookConfiguration`),
    ),
  check: (configuration, stack) =>
    asObjects(configuration.object["webhooks"]).flatMap((webhook) =>
      blocked(webhook, stack).map((namespace) => ({
        message: `judges namespace ${namespace} with webhook ${asString(webhook["name"]) ?? ""}, which fails closed`,
        field: "webhooks",
      })),
    ),
});
