import { stackRule } from "../../engine/rule";
import { asObjects, asString, at } from "../../../lib/json";
import { append, derived } from "../../engine/stack";
import type { StackObject } from "../../engine/stack";
import { raiseUnknown, unlessUnknown } from "../../../lib/unknown";
import { INGRESS } from "./_routes";

/** Annotations from which external-dns makes records of a Service or Ingress. */
const HOSTNAME = ["external-dns.alpha.kubernetes.io/hostname", "external-dns.alpha.kubernetes.io/internal-hostname"];

const canonical = (name: string): string => name.trim().toLowerCase().replace(/\.$/, "");

function annotated({ annotations }: StackObject): readonly string[] {
  return HOSTNAME.flatMap((key) => (annotations[key] ?? "").split(","))
    .map(canonical)
    .filter((name) => name !== "");
}

/** The names that external-dns publishes for an object: annotated ones, and the hosts of an Ingress. */
function published(object: StackObject): readonly string[] {
  if (object.kind !== INGRESS) return annotated(object);
  const hosts = asObjects(at(object.object, "spec", "rules")).flatMap((rule) => asString(rule["host"]) ?? []);
  return [...annotated(object), ...hosts.map(canonical)];
}

/** Who asks for which name, and of whom that is not known yet. */
const askers = derived((stack) => {
  const known = new Map<string, StackObject[]>();
  const unknown: StackObject[] = [];
  for (const object of [...stack.ofKind("Service"), ...stack.ofKind(INGRESS)]) {
    const names = unlessUnknown(() => published(object), undefined);
    if (names === undefined) unknown.push(object);
    for (const name of new Set(names)) append(known, name, object);
  }
  return { known, unknown };
});

/** External-dns publishes each name of a Service for that Service only. Ingresses share names: their controller has one address. */
export const duplicateHostname = stackRule({
  id: "stack/duplicate-hostname",
  severity: "medium",
  title: "Each DNS name that a Service asks for is asked for once",
  why: "Of two objects that ask external-dns for a name one gets it, and takes the traffic and certificates of the other.",
  standards: { iso27002: ["8.20", "8.22"], kyverno: ["require-unique-external-dns"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  message: "asks for a DNS name that another object asks for too",
  remedy: "Give each Service a name of its own in external-dns.alpha.kubernetes.io/hostname.",
  select: (stack) => stack.ofKind("Service"),
  check: (service, stack) => {
    const { known, unknown } = askers(stack);
    // The first other one of each name: all of a thousand on one name would be a million.
    const shared = new Map<StackObject, string>();
    for (const name of annotated(service)) {
      const other = known.get(name)?.find((each) => each !== service);
      if (other !== undefined && !shared.has(other)) shared.set(other, name);
    }
    if (shared.size === 0 && annotated(service).length > 0 && unknown.length > 0) raiseUnknown();
    return [...shared].map(([{ shown }, name]) => ({
      message: `asks for DNS name ${name}, as ${shown.namespace}/${shown.name} does`,
      field: "metadata.annotations",
    }));
  },
});
