/** The label that the API server gives every namespace (Kubernetes, "Well-Known Labels"). */
export const NAMESPACE_NAME = "kubernetes.io/metadata.name";

// Selectors that are empty, or only leave out (NotIn, DoesNotExist), select also what is made tomorrow.
const selects = (selector: string, expression: string): string =>
  `${selector}.?matchLabels.orValue({}).exists(k, true) || ${selector}.?matchExpressions.orValue([]).exists(e, ${expression})`;

/** Whether a label selector says what it selects. */
export const selectsByLabel = (selector: string): string => selects(selector, `e.operator in ["In", "Exists"]`);

/** Whether a label selector says which namespaces it selects, by more than the label that every one of them has. */
export const selectsNamespaces = (selector: string): string =>
  selects(selector, `e.operator == "In" || (e.operator == "Exists" && e.key != "${NAMESPACE_NAME}")`);
