import type { Manifest } from "../../kubernetes-object";
import type { ChartPatch } from "./patch";
import { beyond, rightText, type PolicyRule } from "./rights";

/** A ServiceAccount. */
export interface AccountName {
  readonly namespace: string;
  readonly name: string;
}

/** What makes an account worth taking over, most harmful first; `components/reach` finds them in Roles. */
export const powers = [
  "run pods",
  "enter pods",
  "write Roles",
  "take other identities",
  "write admission",
  "write policies",
  "write API definitions",
  "write namespaces",
  "write nodes",
  "use kubelets",
  "write volumes",
  "write network policies",
  "sign certificates",
  "write Secrets",
  "read Secrets",
  "read logs",
] as const;
export type Power = (typeof powers)[number];

/** Where an account has a power: its own namespace, the suite's, named others, named objects, or everywhere. */
export type Places = readonly string[];
export const OWN = "its own namespace";
export const SUITE = "the suite's namespaces";
export const EVERYWHERE = "everywhere";

/** A power that an account is meant to have, and where. */
export type Goal = Readonly<Partial<Record<Power, Places>>>;

/**
 * A condition on what the account writes, where RBAC cannot say it narrowly enough. CEL over `object`, `oldObject`,
 * `request` and `namespaceObject`; false refuses. For DELETE `object` is null, for CREATE `oldObject`.
 */
export interface Limit {
  readonly apiGroup: string;
  readonly resources: readonly string[];
  readonly operations: readonly ("CREATE" | "UPDATE" | "DELETE" | "CONNECT")[];
  readonly allowed: string;
  /** What the account may do there, as a sentence. */
  readonly says: string;
  /** What is left of the powers that RBAC gives with these kinds. */
  readonly leaves?: Goal;
}

/** What an account of an operator is for, and what it may do at most. */
export interface Account extends AccountName {
  readonly purpose: string;
  readonly goal: Goal;
  readonly limits?: readonly Limit[];
}

/** Namespaces of a stack in which somebody else's operator works. */
export interface WorkPlaces {
  readonly suite: readonly string[];
  /** With a Certificate, or where the suite may make one. */
  readonly certificates: readonly string[];
  /** With an ExternalSecret. */
  readonly externalSecrets: readonly string[];
  /** Of the suite, with an ExternalSecret that changes a Secret of the app. */
  readonly changingSecrets: readonly string[];
}

/** By what they hold, and by name. */
export interface Where {
  readonly work?: readonly (keyof WorkPlaces)[];
  readonly namespaces?: readonly string[];
}

export const namespacesOf = ({ work = [], namespaces = [] }: Where, places: WorkPlaces): string[] => [
  ...new Set([...namespaces, ...work.flatMap((kind) => places[kind])]),
];

/** Rights that an account has in the namespaces where it works, and in no other: one ClusterRole, a RoleBinding in each. */
export interface Delegation {
  readonly account: AccountName;
  /** Name of the ClusterRole and of each RoleBinding. */
  readonly role: string;
  readonly rules: readonly PolicyRule[];
  readonly where: Where;
  /** Rules of the policy pack (`identity/…`) that the ClusterRole is excused from. */
  readonly excused: readonly string[];
  readonly reason: string;
}

/**
 * A role of a chart that gets our rules. What the chart asks for and we leave out is on record: a right that is on neither
 * list came with a new version of the chart, and somebody has to decide on it before the operator silently does nothing.
 */
export interface RoleCut {
  readonly kind: "ClusterRole" | "Role";
  readonly name: string;
  readonly rules: readonly PolicyRule[];
  readonly cut: readonly PolicyRule[];
  readonly reason: string;
}

/** A pod that a namespace without Pod Security admits. Everything else that the pods of a node agent could do is refused. */
export interface AdmittedPod {
  readonly account: string;
  /** Repositories, as the stack names them; any tag or digest. */
  readonly images: readonly string[];
  /** Programs that containers are started with; absent: only what the images say. */
  readonly commands?: readonly (readonly string[])[];
  /** Variables that name what programs load, as the chart sets them: others are refused. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Paths of the host, exactly. */
  readonly hostPaths?: readonly string[];
  readonly privileged?: true;
  readonly hostNetwork?: true;
  readonly hostPID?: true;
  /** Capabilities that containers add. */
  readonly capabilities?: readonly string[];
}

export const userOf = ({ namespace, name }: AccountName): string => `system:serviceaccount:${namespace}:${name}`;

const RBAC = "rbac.authorization.k8s.io";

/** The same as a patch of the chart's object. */
export function cutPatches(cuts: readonly RoleCut[]): ChartPatch[] {
  return cuts.map(({ kind, name, rules, reason }) => ({ kind, name, patch: { rules: rules.map(plain) }, reason }));
}

const plain = ({ apiGroups, resources, resourceNames, nonResourceURLs, verbs }: PolicyRule) => ({
  ...(apiGroups && { apiGroups: [...apiGroups] }),
  ...(resources && { resources: [...resources] }),
  ...(resourceNames && { resourceNames: [...resourceNames] }),
  ...(nonResourceURLs && { nonResourceURLs: [...nonResourceURLs] }),
  verbs: [...verbs],
});

/** Rights that a chart's role asks for and that are neither granted nor on record as left out, each as a sentence. */
export function undecidedRights(
  operator: string,
  cuts: readonly RoleCut[],
  role: { readonly kind: string; readonly name: string; readonly rules: readonly PolicyRule[] },
): string[] {
  return cuts
    .filter(({ kind, name }) => kind === role.kind && name === role.name)
    .flatMap(({ kind, name, rules, cut }) => {
      const rights = beyond(role.rules, [...rules, ...cut]).map(rightText);
      if (rights.length === 0) return [];
      return [
        `operators.${operator}: ${kind} ${name} of its chart asks for rights that the platform neither grants nor is known to leave out: ` +
          `${rights.join(", ")}. Read what the operator does with them, then add each to \`rules\` or \`cut\` in components/operators/${operator}`,
      ];
    });
}

/** The ClusterRole of a delegation. */
export function delegatedRole({ role, rules }: Delegation, labels: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: `${RBAC}/v1`, kind: "ClusterRole", metadata: { name: role, labels }, rules: rules.map(plain) };
}

/** RoleBindings by namespace. */
export function delegatedBindings(
  delegations: readonly Delegation[],
  places: WorkPlaces,
  labels: Readonly<Record<string, string>>,
): ReadonlyMap<string, readonly Manifest[]> {
  const found = new Map<string, Manifest[]>();
  for (const { account, role, where } of delegations) {
    for (const namespace of namespacesOf(where, places)) {
      const binding: Manifest = {
        apiVersion: `${RBAC}/v1`,
        kind: "RoleBinding",
        metadata: { name: role, namespace, labels },
        roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: role },
        subjects: [{ kind: "ServiceAccount", ...account }],
      };
      found.set(namespace, [...(found.get(namespace) ?? []), binding]);
    }
  }
  return found;
}
