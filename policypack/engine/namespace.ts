import { label, podSecurityLabel } from "../../lib/labels";
import { minorOf } from "./compiled";
import { isClusterScoped } from "../../lib/kinds";
import { knownOf } from "./stack";
import type { StackIndex, StackObject } from "./stack";
import { unlessUnknown } from "../../lib/unknown";

/** What the namespace of an object says about it. */
export interface NamespaceContext {
  /**
   * The role label. "other": a namespace without it, whose objects are still the program's; "any": not known,
   * so that rules of every scope apply.
   */
  readonly role: "suite" | "operator" | "other" | "any";
  /** The Pod Security version that the namespace pins; "unknown" where that is only known after deployment. */
  readonly podSecurityVersion?: string;
  /** The Pod Security Standard that the namespace enforces. */
  readonly podSecurityLevel?: string;
}

/** What a Namespace object by itself gives to what is in it. */
export function contextOf(namespace: StackObject): NamespaceContext {
  const role = unlessUnknown(() => namespace.labels[label.role], "any");
  const version = unlessUnknown(() => namespace.labels[podSecurityLabel.enforceVersion], "unknown");
  const level = unlessUnknown(() => namespace.labels[podSecurityLabel.enforce], undefined);
  return {
    role: role === "suite" || role === "operator" || role === "any" ? role : "other",
    ...(version !== undefined && { podSecurityVersion: version }),
    ...(level !== undefined && { podSecurityLevel: level }),
  };
}

const ROLES = ["suite", "any", "operator", "other"] as const;
const LEVELS = ["restricted", "baseline", "privileged"];

/**
 * What all objects of one namespace give: the strictest role, level and version. A patch adds what it sets; where there
 * are patches only, the namespace is somebody else's, and `missing` is its role unless one says it.
 */
export function contextOfAll(definitions: readonly StackObject[], missing: NamespaceContext["role"]): NamespaceContext {
  const whole = definitions.filter(({ isPart }) => !isPart);
  const [only] = whole;
  if (only === undefined) return strictest([{ role: missing }, ...definitions.map(patchContext).map(withoutLevel)]);
  if (definitions.length === 1) return contextOf(only);
  return strictest([...whole.map(contextOf), ...definitions.filter(({ isPart }) => isPart).map(patchContext)]);
}

/** What a patch sets; the labels that it leaves out are not unknown but those of the object. */
function patchContext(patch: StackObject): NamespaceContext {
  const labels = knownOf(patch, "labels");
  const role = labels[label.role];
  const version = labels[podSecurityLabel.enforceVersion];
  const level = labels[podSecurityLabel.enforce];
  return {
    role: role === "suite" || role === "operator" ? role : "other",
    ...(version !== undefined && { podSecurityVersion: version }),
    ...(level !== undefined && { podSecurityLevel: level }),
  };
}

// A patch lowers no namespace of which nobody here says whose it is.
function withoutLevel({ role, podSecurityLevel, podSecurityVersion }: NamespaceContext): NamespaceContext {
  return {
    role,
    ...(role === "operator" && podSecurityLevel !== undefined && { podSecurityLevel }),
    ...(podSecurityVersion !== undefined && { podSecurityVersion }),
  };
}

/** The strictest of several contexts. */
function strictest(contexts: readonly NamespaceContext[]): NamespaceContext {
  const role = ROLES.find((each) => contexts.some((context) => context.role === each)) ?? "other";
  const levels = new Set(contexts.map(({ podSecurityLevel }) => podSecurityLevel));
  const level = LEVELS.find((each) => levels.has(each));
  const version = newest(contexts.flatMap(({ podSecurityVersion }) => podSecurityVersion ?? []));
  return {
    role,
    ...(version !== undefined && { podSecurityVersion: version }),
    ...(level !== undefined && { podSecurityLevel: level }),
  };
}

function newest(versions: readonly string[]): string | undefined {
  if (versions.includes("unknown")) return "unknown";
  return [...versions].sort((a, b) => minorOf(a) - minorOf(b)).at(-1);
}

const contexts = new WeakMap<readonly StackObject[], Map<string, NamespaceContext>>();

/** What all objects of one namespace give, worked out once for all that is in it. */
function contextOnce(definitions: readonly StackObject[], missing: NamespaceContext["role"]): NamespaceContext {
  const known = contexts.get(definitions) ?? new Map<string, NamespaceContext>();
  contexts.set(definitions, known);
  const found = known.get(missing) ?? contextOfAll(definitions, missing);
  known.set(missing, found);
  return found;
}

/** The context of an object in a namespace whose name, or which itself, is not known yet. */
const uncertain: NamespaceContext = { role: "any", podSecurityVersion: "unknown" };

/** The context of an object of a stack. Without its Namespace in the stack, `missing` is its role. */
export function contextIn(stack: StackIndex, object: StackObject, missing: NamespaceContext["role"]): NamespaceContext {
  if (object.kind === "Namespace") return object.isPart ? { role: missing } : contextOf(object);
  if (isClusterScoped(object.kind)) return { role: "any" };
  return unlessUnknown(() => {
    const definitions = stack.namespaceDefinitions(object.namespace);
    if (definitions.length > 0) return contextOnce(definitions, missing);
    // Asked for because one whose name is not known yet may be it.
    stack.namespace(object.namespace);
    return { role: missing };
  }, uncertain);
}
