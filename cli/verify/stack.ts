import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { parse } from "yaml";
import { ConfigError } from "../../config/errors";
import { type LoadedConfig } from "../../config/load";
import { parseConfig } from "../../components/settings";
import { isRecord } from "../../lib/kube/client";
import { reasonOf } from "../../lib/kube/errors";

/** Configuration of a stack, read from its file: verifying needs neither the engine nor the state. */
export function loadStack(root: string, stack: string): LoadedConfig {
  const project = readYaml(join(root, "Pulumi.yaml"))["name"];
  const file = join(root, `Pulumi.${stack}.yaml`);
  const config = readYaml(file)["config"];
  const prefix = `${typeof project === "string" ? project : "mijnbureau-platform"}:`;
  const own = Object.entries(isRecord(config) ? config : {}).filter(([key]) => key.startsWith(prefix));
  return parseConfig(Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value])));
}

function readYaml(path: string): Record<string, unknown> {
  try {
    const content: unknown = parse(readFileSync(path, "utf8"));
    return isRecord(content) ? content : {};
  } catch (error) {
    throw new ConfigError([`${path}: cannot be read: ${reasonOf(error)}. Name an existing stack with --stack`]);
  }
}

/** Where the kubeconfig of a stack is: as given, as its file says, else undefined: where kubectl looks. */
export function kubeconfigOf(
  given: string | undefined,
  { cluster: { kubeconfig } }: Pick<LoadedConfig, "cluster">,
  root: string,
): string | undefined {
  if (given !== undefined || kubeconfig === undefined) return given;
  return isAbsolute(kubeconfig) ? kubeconfig : join(root, kubeconfig);
}
