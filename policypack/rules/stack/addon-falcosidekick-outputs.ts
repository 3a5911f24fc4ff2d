import { asObject, asObjects, asString, at } from "../../../lib/json";
import { stackRule } from "../../engine/rule";
import type { StackIndex, StackObject } from "../../engine/stack";
import { containersOf, fileIn } from "./_addon";

/** The variable that turns an output on is its address, account or place (falcosidekick, docs/outputs). */
const ADDRESS =
  /_(ADDRESS|APIKEY|ARN|TOPICARN|BROKER|BUCKET|EVENTLISTENER|FORWARDER|HOST|HOSTPORT|RECEIVERURL|ROUTINGKEY|URL|WEBHOOKURL)$/;
const turnsOn = (name: string, value: string | undefined): boolean =>
  ADDRESS.test(name) && value !== undefined && value !== "";

function isSidekick(container: { readonly [key: string]: unknown }): boolean {
  return typeof container["image"] === "string" && /(^|\/)falcosidekick([:@]|$)/.test(container["image"]);
}

/** Names of Secrets and ConfigMaps whose keys become variables of the workload, with the object where the stack has it. */
function sources(workload: StackObject, stack: StackIndex): readonly (StackObject | undefined)[] {
  return containersOf(workload)
    .filter(isSidekick)
    .flatMap((container) => asObjects(container["envFrom"]))
    .map((source) => {
      const secret = asString(at(source, "secretRef", "name"));
      const map = asString(at(source, "configMapRef", "name"));
      if (secret !== undefined) return stack.find("Secret", workload.namespace, secret);
      return map === undefined ? undefined : stack.find("ConfigMap", workload.namespace, map);
    });
}

function hasOutput(source: StackObject): boolean {
  const keys = ["data", "stringData"].flatMap((field) => Object.keys(asObject(at(source.object, field)) ?? {}));
  return keys.some((key) => turnsOn(key, fileIn(source, key)));
}

/** Falcosidekick passes events on. */
export const addonFalcosidekickOutputs = stackRule({
  id: "stack/addon-falcosidekick-outputs",
  severity: "high",
  title: "Falcosidekick passes events on",
  why: "Without an output the alarms of every node end here, and the only trace of them is a counter.",
  standards: { iso27002: ["8.15", "8.16", "6.8"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  message: "has no output",
  remedy: "Configure an output, such as Alertmanager (config.alertmanager.hostport, with endpoint /api/v2/alerts).",
  select: (stack) => ["apps/Deployment", "apps/StatefulSet"].flatMap((kind) => stack.ofKind(kind)),
  concerns: (workload) => containersOf(workload).some(isSidekick),
  check: (workload, stack) => {
    const direct = containersOf(workload)
      .filter(isSidekick)
      .flatMap((container) => asObjects(container["env"]))
      .some((entry) => {
        const name = asString(entry["name"]) ?? "";
        return ADDRESS.test(name) && (entry["valueFrom"] !== undefined || turnsOn(name, asString(entry["value"])));
      });
    if (direct) return [];
    const found = sources(workload, stack);
    // What another object provides, such as an ExternalSecret, cannot be read here.
    const open = found.includes(undefined);
    return open || found.some((source) => source !== undefined && hasOutput(source)) ? [] : [{}];
  },
});
