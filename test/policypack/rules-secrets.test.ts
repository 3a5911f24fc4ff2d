import { mutationTests } from "./rules-mutants";

/** The piece that a text must hold only saves the time of looking for the whole. */
const prefilter = (text: string): string =>
  `${text}.contains(c.needs) && ${text}.matches(c.pattern) -> (${text}.matches(c.pattern))`;
/** The same of a line. */
const lines = [
  "params.words.exists(w, line.contains(w)) && line.matches(params.lines) -> (line.matches(params.lines))",
  "line.contains(w) -> !line.contains(w)",
];
/** A list item begins with its hyphen whatever follows it. */
const item = '"\\n-" -> "\\n-~"';

mutationTests("secrets", {
  "secrets/literal-annotation": [prefilter("object.metadata.annotations[k]"), ...lines, item],
  "secrets/literal-config-map": [prefilter("object.data[k]"), ...lines, item],
  "secrets/literal-environment": [prefilter("e.value"), ...lines, item],
  "secrets/literal-argument": lines,
  // Both the default interval and one that is none are shorter than any period of rotation.
  "secrets/generated-rotation": ['"1h" -> "1h~"'],
});
