import { z } from "zod";
import { stackRule } from "../../engine/rule";
import { asList, asObjects, asString, at } from "../../../lib/json";
import type { JsonObject } from "../../../lib/json";
import type { StackIndex, StackObject } from "../../engine/stack";
import { GATEWAY, hostNames, INGRESS } from "./_routes";

const CERTIFICATE = "cert-manager.io/Certificate";

/** An issuer by kind and name. */
interface Reference {
  readonly kind: string;
  readonly name: string;
}

function issuerOf(object: StackObject): Reference | undefined {
  const reference = at(object.object, "spec", "issuerRef");
  const own = asString(at(reference, "name"));
  if (own !== undefined) return { kind: asString(at(reference, "kind")) ?? "Issuer", name: own };
  const cluster = object.annotations["cert-manager.io/cluster-issuer"];
  if (cluster !== undefined) return { kind: "ClusterIssuer", name: cluster };
  const local = object.annotations["cert-manager.io/issuer"];
  return local === undefined ? undefined : { kind: "Issuer", name: local };
}

function namesOf({ kind, object }: StackObject): readonly string[] {
  if (kind === CERTIFICATE) return at(object, "spec", "isCA") === true ? [] : hostNames(at(object, "spec", "dnsNames"));
  if (kind === INGRESS) return asObjects(at(object, "spec", "tls")).flatMap((tls) => hostNames(tls["hosts"]));
  return asObjects(at(object, "spec", "listeners")).flatMap((listener) => asString(listener["hostname"]) ?? []);
}

/** Why browsers do not trust what an issuer signs; undefined where they may. */
function distrust(issuer: JsonObject): string | undefined {
  if (at(issuer, "spec", "selfSigned") !== undefined) return "signs certificates with themselves";
  const server = asString(at(issuer, "spec", "acme", "server")) ?? "";
  return server.includes("staging") ? "is for trials" : undefined;
}

function find({ kind, name }: Reference, namespace: string, stack: StackIndex): StackObject | undefined {
  return stack.find(`cert-manager.io/${kind}`, kind === "ClusterIssuer" ? "" : namespace, name);
}

/** Public names have certificates that browsers trust. An issuer that is not in the stack is not judged. */
export const publicIssuer = stackRule({
  id: "stack/public-issuer",
  severity: "high",
  title: "Public names have certificates that browsers trust",
  why: "Who learns to click a warning away clicks away that of an attacker too, and a client that checks nothing reports nothing.",
  standards: { iso27002: ["8.24"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  message: "has a certificate that browsers do not trust",
  remedy: "Name an issuer of a public authority.",
  parameters: z.strictObject({
    /** Ends of names that no public authority signs (RFC 6761, RFC 6762, RFC 9476, and Kubernetes' own). */
    internal: z.array(z.string()).default([".svc", ".local", ".internal", ".localhost", ".test", ".invalid", ".alt"]),
  }),
  select: (stack) => [CERTIFICATE, INGRESS, GATEWAY].flatMap((kind) => stack.ofKind(kind)),
  check: (object, stack, params) => {
    // Inside the cluster a Service is also known as <service>.<namespace>.
    const internal = [...hostNames(asList(params["internal"])), `.${object.namespace}`];
    const name = namesOf(object).find((each) => each.includes(".") && !internal.some((end) => each.endsWith(end)));
    const reference = name === undefined ? undefined : issuerOf(object);
    const issuer = reference && find(reference, object.namespace, stack);
    const reason = issuer && distrust(issuer.object);
    return reason === undefined ? [] : [{ message: `has ${name ?? ""} certified by an issuer that ${reason}` }];
  },
});
