/**
 * Conditions for policies of the API server under which an object that is already there is judged again. Without them
 * it could not lose a finalizer or change its status once it breaks a rule. Also what Pulumi does before each update: it
 * patches the owners of fields alone (pulumi-kubernetes, pkg/await/await.go, fixCSAFieldManagers). Judging that would
 * refuse the update that brings the object into line.
 *
 * An object that is being deleted is judged like any other: who puts a finalizer of their own on it keeps it as long as
 * they like, and controllers act on it meanwhile.
 */
const changed = (field: string): string => `dyn(object).?${field}.orValue({}) != dyn(oldObject).?${field}.orValue({})`;

/** Of a pod, or of an object that holds a template of one. Not annotations: controllers write theirs there. */
export const workloadChanged = ["spec", "template", "metadata.?labels"].map(changed).join(" || ");

export const metadataChanged = ["metadata.?labels", "metadata.?annotations"].map(changed).join(" || ");

/** Of any object, whatever its fields are called. */
export const objectChanged = [
  metadataChanged,
  "dyn(object).exists(k, !(k in ['metadata', 'status']) && dyn(oldObject)[?k] != optional.of(dyn(object)[k]))",
  "dyn(oldObject).exists(k, !(k in dyn(object)))",
].join(" || ");

/** The match condition of one of these. */
export const whenChanged = (condition: string): { readonly name: string; readonly expression: string } => ({
  name: "changed",
  expression: `oldObject == null || ${condition}`,
});
