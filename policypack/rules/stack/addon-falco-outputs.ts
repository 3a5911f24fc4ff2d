import { asString, at } from "../../../lib/json";
import type { JsonObject } from "../../../lib/json";
import { stackRule } from "../../engine/rule";
import { configMapsWith, fileIn } from "./_addon";
import { parseYaml } from "../../engine/yaml-text";

const FILE = "falco.yaml";

/** Outputs that leave the pod (falco.yaml); its own standard output is nobody's until somebody reads it. */
function leaves(config: JsonObject): boolean {
  const http =
    at(config, "http_output", "enabled") === true && (asString(at(config, "http_output", "url")) ?? "") !== "";
  return (
    http || ["grpc_output", "program_output", "syslog_output"].some((name) => at(config, name, "enabled") === true)
  );
}

/** What Falco sees leaves the node. */
export const addonFalcoOutputs = stackRule({
  id: "stack/addon-falco-outputs",
  severity: "high",
  title: "What Falco sees leaves the node",
  why: "An alarm that is only written to the standard output of a pod is read by nobody, and whoever broke into the node can delete it.",
  standards: { iso27002: ["8.15", "8.16", "6.8"], nsa: true },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  message: "sends its events nowhere",
  remedy: "Enable http_output to Falcosidekick, with its url.",
  select: (stack) => configMapsWith(stack, FILE),
  check: (map) => {
    const config = parseYaml(fileIn(map, FILE) ?? "");
    return config !== undefined && leaves(config) ? [] : [{ field: `data["${FILE}"]` }];
  },
});
