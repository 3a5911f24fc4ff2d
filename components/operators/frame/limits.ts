/** CEL for what an account may write (`Limit.allowed`). */

/** An update leaves these fields as they are. */
export const same = (...fields: readonly string[]): string =>
  fields.map((field) => `object.${field} == oldObject.${field}`).join(" && ");

/** The condition holds for the object as it was and as it will be, where there is one. */
export const ofBoth = (condition: (object: string) => string): string =>
  ["object", "oldObject"].map((object) => `(${object} == null || (${condition(object)}))`).join(" && ");
