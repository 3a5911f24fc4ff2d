import { text } from "../cel";

/** Path of an annotation in a JSON patch (RFC 6901, section 3). */
const pathOf = (key: string): string => `/metadata/annotations/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** CEL of an annotation's value; empty where it is absent. */
export const annotation = (key: string): string => `object.metadata.?annotations[?${text(key)}].orValue('')`;

/** CEL of the patches that set an annotation to the value of an expression, whether or not the object has any. */
export function setAnnotation(key: string, value: string): string {
  return (
    `(has(object.metadata.annotations) ? ` +
    `[JSONPatch{op: 'add', path: ${text(pathOf(key))}, value: ${value}}] : ` +
    `[JSONPatch{op: 'add', path: '/metadata/annotations', value: {${text(key)}: ${value}}}])`
  );
}

/** Entries of an expression of type map<string, string>, those for which the condition on `key` and `value` holds. */
export interface AnnotationSource {
  readonly values: string;
  readonly condition: string;
}

/** CEL of the patches that set many annotations. */
export function setAnnotations(sources: readonly AnnotationSource[]): string {
  const escaped = "key.replace('~', '~0').replace('/', '~1')";
  const each = sources.map(
    ({ values, condition }) =>
      `${values}.transformList(key, value, ${condition}, ` +
      `JSONPatch{op: 'add', path: '/metadata/annotations/' + ${escaped}, value: value})`,
  );
  const parent = `(has(object.metadata.annotations) ? [] : [JSONPatch{op: 'add', path: '/metadata/annotations', value: {}}])`;
  return [parent, ...each].join(" + ");
}
