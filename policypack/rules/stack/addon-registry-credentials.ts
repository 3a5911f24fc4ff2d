import { asObjects, asString, at } from "../../../lib/json";
import { stackRule } from "../../engine/rule";
import type { StackIndex, StackObject } from "../../engine/stack";
import { configMapsWith, containersOf, fileIn } from "./_addon";
import { parseYaml } from "../../engine/yaml-text";
import { matchesPattern } from "./_selection";

const SCANNER = "OPERATOR_VULNERABILITY_SCANNER_ENABLED";
const ALL_SECRETS = "OPERATOR_ACCESS_GLOBAL_SECRETS_SERVICE_ACCOUNTS";
const NAMED = "OPERATOR_PRIVATE_REGISTRY_SCAN_SECRETS_NAMES";

/** Names in a text of the operator's: separated by commas. */
function names(text: string | undefined): readonly string[] {
  return (text ?? "").split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()]));
}

/** An environment variable of the pods beside the operator's settings. */
function variable(settings: StackObject, stack: StackIndex, name: string): string | undefined {
  return stack
    .workloads(settings.namespace)
    .flatMap(containersOf)
    .flatMap(({ env }) => asObjects(env))
    .flatMap((entry) => (entry["name"] === name ? (asString(entry["value"]) ?? []) : []))[0];
}

/** The pull secrets by which pods of a namespace get their images: their own, and those of its service accounts. */
function pullSecrets(stack: StackIndex): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const holders = [
    // An operator that builds the pods takes the secrets from its resource, where they have the same name.
    ...stack
      .workloads()
      .map((object) => ({ object, holder: at(object.pod?.open === true ? object.object : object.pod?.pod, "spec") })),
    ...stack.ofKind("ServiceAccount").map((object) => ({ object, holder: object.object })),
  ];
  for (const { object, holder } of holders) {
    for (const entry of asObjects(at(holder, "imagePullSecrets"))) {
      const name = asString(entry["name"]);
      if (name === undefined) continue;
      found.set(object.namespace, (found.get(object.namespace) ?? new Set()).add(name));
    }
  }
  return found;
}

/** The vulnerability scanner (trivy-operator) has the credentials of the registries whose images it scans. */
export const addonRegistryCredentials = stackRule({
  id: "stack/addon-registry-credentials",
  severity: "medium",
  title: "The vulnerability scanner can read private registries",
  why: "An image that the scanner may not fetch gets no report, and the namespace looks as if nothing were wrong with it.",
  standards: { iso27002: ["8.8", "5.7"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  message: "has no credentials for the images of a namespace",
  remedy:
    "Name the pull secret of the namespace under operator.privateRegistryScanSecretsNames in the values of trivy-operator.",
  select: (stack) => configMapsWith(stack, SCANNER),
  check: (settings, stack) => {
    // Reads every pull secret of the cluster; the operator's own default.
    if (fileIn(settings, ALL_SECRETS) !== "false") return [];
    const named = parseYaml(fileIn(settings, NAMED) ?? "") ?? {};
    const only = names(variable(settings, stack, "OPERATOR_TARGET_NAMESPACES"));
    const excluded = names(variable(settings, stack, "OPERATOR_EXCLUDE_NAMESPACES"));
    return [...pullSecrets(stack)]
      .filter(([namespace]) => only.length === 0 || matchesPattern(only, namespace))
      .filter(([namespace]) => !matchesPattern(excluded, namespace))
      .filter(([namespace, secrets]) => !names(asString(named[namespace])).some((name) => secrets.has(name)))
      .map(([namespace, secrets]) => ({
        message: `scans the images of namespace ${namespace} without its pull secret ${[...secrets].join(" or ")}`,
        field: `data.${NAMED}`,
      }));
  },
});
