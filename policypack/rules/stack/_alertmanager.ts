import { asList, asObject, asObjects, asString, at, stringMap } from "../../../lib/json";
import type { Json, JsonObject } from "../../../lib/json";
import type { StackIndex, StackObject } from "../../engine/stack";
import { fileIn } from "./_addon";
import { parseYaml } from "../../engine/yaml-text";

const FILE = "alertmanager.yaml";

/** A receiver by its name; one without integrations notifies nobody. */
export interface Receiver {
  readonly name: string;
  readonly notifies: boolean;
}

/** What an Alertmanager does with alerts: of its file, or of an AlertmanagerConfig. */
export interface Routing {
  readonly route: JsonObject | undefined;
  readonly receivers: readonly Receiver[];
}

// In the file integrations are lists such as `webhook_configs`, in an AlertmanagerConfig such as `webhookConfigs`.
function receiver(entry: JsonObject): Receiver {
  const integrations = Object.keys(entry).filter((key) => /(_configs|Configs)$/.test(key));
  return {
    name: asString(entry["name"]) ?? "",
    notifies: integrations.some((key) => asList(entry[key]).length > 0),
  };
}

function routing(config: JsonObject): Routing {
  return { route: asObject(config["route"]), receivers: asObjects(config["receivers"]).map(receiver) };
}

/** The file of an Alertmanager in the stack, or in what an ExternalSecret of the stack makes of the store. */
function fileOf(alertmanager: StackObject, stack: StackIndex): string | undefined {
  const { namespace } = alertmanager;
  const name = asString(at(alertmanager.object, "spec", "configSecret")) ?? `alertmanager-${alertmanager.name}`;
  const secret = stack.find("Secret", namespace, name);
  if (secret !== undefined) return fileIn(secret, FILE);
  const external = stack
    .ofKind("external-secrets.io/ExternalSecret", namespace)
    .find((each) => (asString(at(each.object, "spec", "target", "name")) ?? each.name) === name);
  return asString(at(external?.object, "spec", "target", "template", "data", FILE));
}

/** How an Alertmanager or AlertmanagerConfig routes; undefined where that stands outside the stack. */
export function routingOf(object: StackObject, stack: StackIndex): Routing | undefined {
  if (object.kind === "monitoring.coreos.com/AlertmanagerConfig")
    return routing(asObject(at(object.object, "spec")) ?? {});
  const text = fileOf(object, stack);
  const config = text === undefined ? undefined : parseYaml(text);
  return config === undefined ? undefined : routing(config);
}

/** A route with all below it. */
export function routesUnder(route: JsonObject): readonly JsonObject[] {
  return [route, ...asObjects(route["routes"]).flatMap(routesUnder)];
}

/** The names of the receivers that an alert reaches (Alertmanager documentation, Routing-related settings). */
export function reached(route: JsonObject, labels: Readonly<Record<string, string>>): readonly string[] {
  return reachedUnder(route, labels, asString(route["receiver"]) ?? "");
}

function reachedUnder(
  route: JsonObject,
  labels: Readonly<Record<string, string>>,
  receiver: string,
): readonly string[] {
  const found: string[] = [];
  for (const child of asObjects(route["routes"])) {
    if (!matches(child, labels)) continue;
    found.push(...reachedUnder(child, labels, asString(child["receiver"]) ?? receiver));
    if (child["continue"] !== true) break;
  }
  return found.length > 0 ? found : [receiver];
}

function matches(route: JsonObject, labels: Readonly<Record<string, string>>): boolean {
  const exact = Object.entries(stringMap(route["match"])).every(([label, value]) => labels[label] === value);
  const pattern = Object.entries(stringMap(route["match_re"])).every(([label, value]) =>
    isMatch(value, labels[label] ?? ""),
  );
  return exact && pattern && asList(route["matchers"]).every((matcher) => holds(matcher, labels));
}

// A text such as `severity=~"none|info"`; in an AlertmanagerConfig `{ name, value, matchType }`.
function holds(matcher: Json, labels: Readonly<Record<string, string>>): boolean {
  const fields = asObject(matcher);
  const [, label = "", type = "", value = ""] =
    fields === undefined
      ? (/^\s*"?([\w.:-]+)"?\s*(=~|!~|!=|=)\s*"?(.*?)"?\s*$/.exec(asString(matcher) ?? "") ?? [])
      : ["", asString(fields["name"]), asString(fields["matchType"]) ?? "=", asString(fields["value"])];
  const actual = labels[label] ?? "";
  const found = type.endsWith("~") ? isMatch(value, actual) : actual === value;
  return type.startsWith("!") ? !found : found;
}

function isMatch(pattern: string, value: string): boolean {
  return new RegExp(`^(?:${pattern})$`).test(value);
}
