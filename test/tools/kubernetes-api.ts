/**
 * Writes `policypack/engine/kubernetes-api.ts`: what Kubernetes serves and the types of its fields, from the OpenAPI
 * document of the module k8s.io/kubernetes at the version of the toolchain. `npm run conformance` says where the two
 * differ; run this by hand with a newer Kubernetes.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TOOLS } from "../../embedded/toolchain/table";
import type { Json, JsonObject } from "../../lib/json";
import { asList, asObject, asObjects, asString, at } from "../../lib/json";

export const tableFile = join(__dirname, "..", "..", "policypack", "engine", "kubernetes-api.ts");

/** The OpenAPI document; undefined where neither Go nor its module cache has it. */
function openApi(version: string): JsonObject | undefined {
  try {
    const module = JSON.parse(
      execFileSync("go", ["mod", "download", "-json", `k8s.io/kubernetes@v${version}`], { encoding: "utf8" }),
    ) as { readonly Dir: string };
    return asObject(JSON.parse(readFileSync(join(module.Dir, "api", "openapi-spec", "swagger.json"), "utf8")));
  } catch {
    return undefined;
  }
}

const GVK = "x-kubernetes-group-version-kind";

/** "apps/v1" with its kinds, each with the definition of its fields. */
function served(document: JsonObject): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>();
  const definitions = new Map<string, string>();
  for (const [name, definition] of Object.entries(asObject(document["definitions"]) ?? {}))
    for (const each of asObjects(at(definition, GVK))) definitions.set(keyOf(each), name);
  for (const path of Object.values(asObject(document["paths"]) ?? {}))
    for (const operation of [at(path, "post", GVK), at(path, "get", GVK)]) {
      const kind = asObject(operation);
      const definition = kind === undefined ? undefined : definitions.get(keyOf(kind));
      if (kind === undefined || definition === undefined) continue;
      const version = apiVersionOf(kind);
      const kinds = found.get(version) ?? new Map<string, string>();
      found.set(version, kinds.set(asString(kind["kind"]) ?? "", definition));
    }
  return found;
}

const text = (value: Json | undefined): string => asString(value) ?? "";
const apiVersionOf = (kind: JsonObject): string =>
  text(kind["group"]) === "" ? text(kind["version"]) : `${text(kind["group"])}/${text(kind["version"])}`;
const keyOf = (kind: JsonObject): string => `${apiVersionOf(kind)} ${text(kind["kind"])}`;

/** Types that are written in more than one way, or that hold anything. */
const FREE = /\.(Quantity|IntOrString|RawExtension|JSON|JSONSchemaProps\w*|FieldsV1|Patch)$/;

class Types {
  readonly all: Record<string, Record<string, string>> = {};
  private readonly names = new Map<string, string>();

  constructor(private readonly definitions: JsonObject) {}

  /** The name under which a definition stands in the table, its fields with it. */
  name(definition: string): string {
    const known = this.names.get(definition);
    if (known !== undefined) return known;
    const parts = definition.split(".");
    const short = parts.at(-1) ?? definition;
    const name = short in this.all ? `${short}.${parts.at(-3) ?? ""}.${parts.at(-2) ?? ""}` : short;
    this.names.set(definition, name);
    const fields: Record<string, string> = {};
    this.all[name] = fields;
    for (const [field, schema] of Object.entries(asObject(at(this.definitions, definition, "properties")) ?? {}))
      fields[field] = this.type(asObject(schema) ?? {});
    return name;
  }

  private type(schema: JsonObject): string {
    const reference = text(schema["$ref"]).replace("#/definitions/", "");
    if (reference !== "") return this.reference(reference);
    switch (text(schema["type"])) {
      case "boolean":
        return "boolean";
      case "integer":
        return "integer";
      case "number":
        return "number";
      case "string":
        return text(schema["format"]) === "int-or-string" ? "any" : "string";
      case "array":
        return `[${this.type(asObject(schema["items"]) ?? {})}`;
      case "object":
        return schema["additionalProperties"] === undefined
          ? "any"
          : `{${this.type(asObject(schema["additionalProperties"]) ?? {})}`;
      default:
        return "any";
    }
  }

  private reference(definition: string): string {
    if (FREE.test(definition)) return "any";
    const target = asObject(this.definitions[definition]) ?? {};
    return target["properties"] === undefined ? this.type(target) : `#${this.name(definition)}`;
  }
}

/** The table as text; undefined where the document cannot be had. */
export function kubernetesApiTable(version: string = TOOLS["kube-apiserver"].version): string | undefined {
  const document = openApi(version);
  if (document === undefined) return undefined;
  const types = new Types(asObject(document["definitions"]) ?? {});
  const kinds: Record<string, Record<string, string>> = {};
  for (const [apiVersion, each] of [...served(document)].sort(([a], [b]) => (a < b ? -1 : 1)))
    kinds[apiVersion] = Object.fromEntries(
      [...each].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, definition]) => [kind, types.name(definition)]),
    );
  const json = JSON.stringify({ version, kinds, types: types.all });
  return `/** Written by test/tools/kubernetes-api.ts from the OpenAPI document of Kubernetes ${version}. Do not edit. */
// prettier-ignore
export const kubernetesApiJson = ${JSON.stringify(json).replaceAll("'", "\\'").replace(/^"|"$/g, "'").replaceAll('\\"', '"')};
`;
}

if (require.main === module) {
  const table = kubernetesApiTable();
  if (table === undefined)
    throw new Error("k8s.io/kubernetes cannot be had: Go and its module proxy or cache are needed");
  writeFileSync(tableFile, table);
  console.log(`${tableFile}: ${asList([]).length + table.length} characters`);
}
