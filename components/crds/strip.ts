/** A CustomResourceDefinition as the program installs it. */
export interface CustomResourceDefinition {
  readonly apiVersion: string;
  readonly kind: "CustomResourceDefinition";
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly spec: { readonly [field: string]: unknown };
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

/** Labels with which Helm claims an object; the program owns these CRDs, not a release. */
const helmLabels = new Set(["helm.sh/chart", "app.kubernetes.io/managed-by", "app.kubernetes.io/instance"]);

/** JSONSchemaProps fields (apiextensions/v1) that hold one schema, a list of schemas, or a map of schemas by name. */
const schemaFields = new Set(["items", "additionalProperties", "additionalItems", "not"]);
const schemaLists = new Set(["allOf", "anyOf", "oneOf", "items"]);
const schemaMaps = new Set(["properties", "patternProperties", "definitions", "dependencies"]);

/**
 * A CustomResourceDefinition without descriptions: they are 60 to 90 % of it, and the engine, the state and etcd carry
 * every byte. What validates stays byte for byte: only the `description` of a schema goes, never a property that is
 * called `description`, nor one inside `default` or `enum`.
 *
 * Fields that the API server drops or fills by itself go as well, for they would show as a change in every preview.
 */
export function withoutDescriptions(crd: unknown): CustomResourceDefinition {
  const source = requireObject(crd, "a CustomResourceDefinition");
  const metadata = requireObject(source["metadata"], "metadata of a CustomResourceDefinition");
  const name = metadata["name"];
  if (source["kind"] !== "CustomResourceDefinition" || typeof name !== "string") {
    throw new Error(`expected a CustomResourceDefinition, found kind ${JSON.stringify(source["kind"])}`);
  }
  const spec = requireObject(source["spec"], `spec of CustomResourceDefinition ${name}`);
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name, ...labelsAndAnnotations(metadata) },
    spec: Object.fromEntries(
      Object.entries(spec)
        .filter(([field, value]) => !(field === "preserveUnknownFields" && value === false))
        .map(([field, value]) => [field, field === "versions" ? versions(value) : value]),
    ),
  };
}

function labelsAndAnnotations(metadata: JsonObject): Record<string, Json> {
  const kept = (field: string): [string, Json][] => {
    const map = metadata[field];
    if (!isObject(map)) return [];
    const entries = Object.entries(map).filter(([key, value]) => value !== null && !helmLabels.has(key));
    return entries.length === 0 ? [] : [[field, Object.fromEntries(entries)]];
  };
  return Object.fromEntries([...kept("labels"), ...kept("annotations")]);
}

function versions(value: Json): Json {
  if (!isArray(value)) return value;
  return value.map((version) => {
    if (!isObject(version)) return version;
    return Object.fromEntries(
      Object.entries(version).map(([field, content]) => {
        if (field === "schema" && isObject(content)) return [field, mapValues(content, schema)];
        if (field === "additionalPrinterColumns" && isArray(content)) return [field, content.map(withoutDescription)];
        return [field, content];
      }),
    );
  });
}

function schema(value: Json): Json {
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([field]) => field !== "description")
      .map(([field, content]) => [field, subSchemas(field, content)]),
  );
}

function subSchemas(field: string, content: Json): Json {
  if (schemaLists.has(field) && isArray(content)) return content.map(schema);
  if (schemaFields.has(field)) return schema(content);
  if (schemaMaps.has(field) && isObject(content)) return mapValues(content, schema);
  return content;
}

function withoutDescription(value: Json): Json {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([field]) => field !== "description"));
}

function mapValues(object: JsonObject, change: (value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function requireObject(value: unknown, what: string): JsonObject {
  if (!isObject(value)) throw new Error(`expected ${what}, found ${JSON.stringify(value)?.slice(0, 80) ?? "nothing"}`);
  return value;
}
