import { load, YAMLException } from "js-yaml";
import { asObject } from "../../lib/json";
import type { JsonObject } from "../../lib/json";

/** The mapping that a YAML text holds; undefined where it is none. Templates (`{{ … }}`) count as text. */
export function parseYaml(text: string): JsonObject | undefined {
  try {
    return asObject(load(text.replaceAll(/\{\{.*?\}\}/g, "template")));
  } catch (error) {
    if (error instanceof YAMLException) return undefined;
    throw error;
  }
}
