import { text } from "../cel";

/** An annotation's name as a step of a path in a JSON patch (RFC 6901, section 3). */
const step = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");

/** CEL of an annotation's value; empty where it is absent. */
export const annotation = (key: string): string => `object.metadata.?annotations[?${text(key)}].orValue('')`;

/**
 * CEL of the patches that set an annotation to the value of an expression, whether or not there are any.
 *
 * @param owner what has the metadata, below the object; absent: the object itself
 */
export function setAnnotation(key: string, value: string, owner?: "spec.template"): string {
  const metadata = ["object", ...(owner === undefined ? [] : [owner]), "metadata"].join(".");
  const path = `/${[...(owner?.split(".") ?? []), "metadata", "annotations"].join("/")}`;
  return (
    `(has(${metadata}.annotations) ? ` +
    `[JSONPatch{op: 'add', path: ${text(`${path}/${step(key)}`)}, value: ${value}}] : ` +
    `[JSONPatch{op: 'add', path: ${text(path)}, value: {${text(key)}: ${value}}}])`
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
