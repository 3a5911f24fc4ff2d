import { asObject } from "../../lib/json";

/** What only a template of Helm holds: its own values and functions, and control flow. */
const HELM =
  /\{\{-?\s*\(?(?:\.(?:Values|Release|Chart|Capabilities|Files|Template|Subcharts)\b|(?:include|template|tpl|toYaml|define|required|lookup)\s|(?:if|with|range|else|end)\b)/;

const ANY = /\{\{|\{%/;

/** What to say of a text that is no YAML because it was not rendered; undefined where that is not the reason. */
export function unrenderedHint(text: string): string | undefined {
  if (HELM.test(text)) return "it is a template of Helm: render it first (helm template …) and scan the result";
  return ANY.test(text) ? "it looks like a template: render it first and scan the result" : undefined;
}

/** Fields whose text is somebody else's: rules, programs and templates that are rendered in the cluster. */
const CARRIED: ReadonlySet<string> = new Set(["annotations", "args", "command", "data", "stringData", "binaryData"]);

/** The first of a document's objects that is a template of Helm and happens to be YAML: `image: "{{ .Values.image }}"`. */
export function unrenderedAmong<T extends { readonly object: unknown }>(
  items: readonly T[],
  text: string,
): T | undefined {
  return text.includes("{{") && HELM.test(text) ? items.find(({ object }) => holdsTemplate(object, 0)) : undefined;
}

/** Deeper than any field that a chart sets from its values. */
const DEEPEST = 40;

function holdsTemplate(value: unknown, depth: number): boolean {
  if (typeof value === "string") return HELM.test(value) && !value.includes("\n");
  if (typeof value !== "object" || value === null || depth > DEEPEST) return false;
  if (Array.isArray(value)) return value.some((each) => holdsTemplate(each, depth + 1));
  const object = asObject(value) ?? {};
  return Object.entries(object).some(
    ([key, each]) => !CARRIED.has(key) && (HELM.test(key) || holdsTemplate(each, depth + 1)),
  );
}
