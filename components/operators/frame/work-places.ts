import type { Manifest } from "../../kubernetes-object";
import type { OperatorPlan } from "./define";
import type { WorkPlaces } from "./accounts";
import { scanOperators } from "./registry";

type Planned = Pick<OperatorPlan, "before" | "after" | "secrets">;

/** The parts of a stack that decide where operators work for others. */
export interface WorkInput {
  readonly suite: readonly string[];
  readonly operators: readonly Planned[];
  /** Namespaces that get the stack's pull secret, by an ExternalSecret. */
  readonly pullSecrets: readonly string[];
}

/** Follows from the objects of the plan, and from the Secrets that charts have made for them. */
export function workPlaces({ suite, operators, pullSecrets }: WorkInput): WorkPlaces {
  const objects = operators.flatMap(({ before, after }) => [...before, ...after]);
  const issuers = scanOperators().filter(({ provides }) => provides.includes("certificates"));
  const made = operators.flatMap(({ secrets }) =>
    secrets.flatMap((source) =>
      source.from === "controller" && issuers.some(({ name }) => name === source.by) ? [source.namespace] : [],
    ),
  );
  const withSecrets = namespacesOf(objects, "ExternalSecret");
  return {
    suite,
    // An app may make Certificates itself.
    certificates: unique([...namespacesOf(objects, "Certificate"), ...made, ...suite]),
    externalSecrets: unique([...withSecrets, ...pullSecrets]),
    changingSecrets: unique(withSecrets.filter((namespace) => suite.includes(namespace))),
  };
}

const namespacesOf = (objects: readonly Manifest[], wanted: string): string[] =>
  objects.flatMap(({ kind, metadata }) =>
    kind === wanted && metadata.namespace !== undefined ? [metadata.namespace] : [],
  );

const unique = (names: readonly string[]): string[] => [...new Set(names)].sort();
