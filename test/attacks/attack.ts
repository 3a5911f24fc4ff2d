import { rulePage } from "../../cli/scan/rule-text";
import { DEPLOYER } from "../../components/namespace/rbac";
import type { KubeClient, KubeObject, ObjectRef, RequestInput } from "../../lib/kube/client";

/** Whose rights the attacker has. */
export interface Position {
  /** For people: "the deployer of docs". */
  readonly title: string;
  readonly namespace: string;
  readonly account: string;
  /** Groups besides those of every ServiceAccount; makes it a user, not a ServiceAccount. */
  readonly groups?: readonly string[];
}

/** Namespace of an app in the stack that the attacks are tried on. */
export const namespaceOfApp = (app: string): string => `mijnbureau-${app}`;

export const deployer = (app: string): Position => ({
  title: `deployer of ${app}`,
  namespace: namespaceOfApp(app),
  account: DEPLOYER,
});

/** An account of the suite or of an operator, with the rights that the plan and the charts give it. */
export const account = (namespace: string, name: string): Position => ({
  title: `account ${namespace}/${name}`,
  namespace,
  account: name,
});

/** What refuses an attempt, and can be taken away. */
export type Guard =
  /** A ValidatingAdmissionPolicy of the platform by its name; `says` is part of the refusal's words. */
  | { readonly by: "policy"; readonly name: string; readonly says: string }
  /** A rule of the policy pack, by its id. */
  | { readonly by: "rule"; readonly id: string }
  /** A MutatingAdmissionPolicy: the attempt is let in and made harmless. */
  | { readonly by: "mutation"; readonly name: string }
  /** A right that the position lacks; taking the guard away gives it. */
  | { readonly by: "rbac"; readonly right: Right }
  /** Pod Security admission at the level of the namespace. */
  | { readonly by: "pod-security"; readonly namespace: string }
  /** A ResourceQuota. */
  | { readonly by: "quota"; readonly namespace: string; readonly name: string };

export interface Right {
  readonly apiGroup: string;
  /** With the subresource, as RBAC writes it: `pods/exec`. */
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Absent: everywhere, as a ClusterRole. */
  readonly namespace?: string;
}

export const policy = (name: string, says: string): Guard => ({ by: "policy", name, says });
export const rule = (id: string): Guard => ({ by: "rule", id });
export const mutation = (name: string): Guard => ({ by: "mutation", name });
export const rbac = (right: Right): Guard => ({ by: "rbac", right });
export const quota = (namespace: string, name: string): Guard => ({ by: "quota", namespace, name });

export interface StepOptions {
  readonly dryRun: boolean;
}

/** One request of the attacker, or of somebody else for whom the attacker waits. */
export interface Step {
  readonly run: (client: KubeClient, options: StepOptions) => Promise<unknown>;
  /** What it leaves behind; removed when the attempt is over. */
  readonly leaves?: ObjectRef;
  /** Done with the rights of the cluster's owner: what is there before the attack, or what a controller does. */
  readonly asOwner?: boolean;
}

export const refOf = ({ apiVersion, kind, metadata: { name = "", namespace } }: KubeObject): ObjectRef => ({
  apiVersion,
  kind,
  name,
  namespace,
});

export const create = (object: KubeObject): Step => ({
  run: (client, options) => client.create(object, options),
  leaves: refOf(object),
});

/** Server-side apply, taking over fields of others. */
export const apply = (object: KubeObject): Step => ({
  run: (client, options) => client.apply(object, { ...options, force: true }),
  leaves: refOf(object),
});

/** JSON merge patch. */
export const patch = (target: ObjectRef | KubeObject, body: Record<string, unknown>, subresource?: string): Step => ({
  run: (client, options) =>
    client.patch(refFrom(target), body, {
      ...options,
      ...(subresource === undefined ? {} : { subresource }),
    }),
});

export const remove = (target: ObjectRef | KubeObject): Step => ({
  run: (client, options) => client.delete(refFrom(target), options),
});

/** Any request; the path carries the query, `dryRun=All` is added to it. */
export const request = (method: string, path: string, input: RequestInput = {}): Step => ({
  run: (client, { dryRun }) =>
    client.request(method, path, { ...input, query: { ...input.query, ...(dryRun ? { dryRun: "All" } : {}) } }),
});

/** Something the attacker waits for, such as what a controller makes. */
export const wait = (run: (owner: KubeClient) => Promise<unknown>, leaves?: ObjectRef): Step => ({
  run: (client) => run(client),
  asOwner: true,
  ...(leaves === undefined ? {} : { leaves }),
});

/** What is there before the attack begins. */
export const given = (object: KubeObject): Step => ({ ...apply(object), asOwner: true });

function isObject(target: ObjectRef | KubeObject): target is KubeObject {
  return "metadata" in target;
}

function refFrom(target: ObjectRef | KubeObject): ObjectRef {
  return isObject(target) ? refOf(target) : target;
}

/** An attempt to get further than an account is meant to, and what refuses it. */
export interface Attack {
  /** `<subject>/<name>`, unique. */
  readonly id: string;
  readonly position: Position;
  /** A sentence in the words of who reads the table, without final stop. */
  readonly attempt: string;
  /** In order. All but the last succeed; the last is refused, and tried without being kept unless `kept`. */
  readonly steps: readonly Step[];
  readonly refusedBy: Guard;
  /** Further guards that refuse it too: taken away before `refusedBy` is judged. */
  readonly also?: readonly Guard[];
  /** The last request is really done, not as a dry run. */
  readonly kept?: boolean;
  /** Where the attempt is let in and made harmless: whether what the API server answered does no harm. */
  readonly harmless?: (answer: unknown) => boolean;
}

/** A guard in one line, for tables and messages. */
export function guardText(guard: Guard): string {
  switch (guard.by) {
    case "policy":
      return `ValidatingAdmissionPolicy \`${guard.name}\``;
    case "rule":
      return `rule [\`${guard.id}\`](${rulePage(guard.id)})`;
    case "mutation":
      return `MutatingAdmissionPolicy \`${guard.name}\``;
    case "rbac":
      return `RBAC: no right to ${guard.right.verbs.join(", ")} ${guard.right.resource}`;
    case "pod-security":
      return "Pod Security admission";
    case "quota":
      return `ResourceQuota \`${guard.name}\``;
  }
}
