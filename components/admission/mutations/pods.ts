import type { PodGroup } from "../../../suite/flow";
import { literal, text } from "../cel";
import { additionsFor, decidedBy, PULL_POLICY, type Addition, type PodFacts } from "./data";
import type { MatchCondition, Mutation, ResourceRule } from "./mutation";

type ContainerList = "containers" | "initContainers" | "ephemeralContainers";

/**
 * Pods, not the templates of workloads: every pod passes here, whoever makes it (Jobs of CronJobs, operators,
 * `kubectl run`), and what Helm applied stays what Helm reads back. Pod Security only warns about templates.
 */
const newPods: ResourceRule = {
  apiGroups: [""],
  apiVersions: ["v1"],
  operations: ["CREATE"],
  resources: ["pods"],
};

/** `kubectl debug`: the rest of the pod cannot be changed here. */
const debugging: ResourceRule = { ...newPods, operations: ["UPDATE"], resources: ["pods/ephemeralcontainers"] };

/** The fields of a Linux security context are refused on Windows pods. */
const linux: MatchCondition = { name: "linux", expression: "object.spec.?os.?name.orValue('') != 'windows'" };

const containersOf = (list: ContainerList): string => `object.spec.?${list}.orValue([])`;

// Ephemeral containers that are already there cannot be changed.
const IS_NEW = "!oldObject.spec.?ephemeralContainers.orValue([]).exists(old, old.name == container.name)";

/** Patches, one for every container of the list for which the condition holds. */
function perContainer(list: ContainerList, condition: string, path: string, value: string): string {
  const fresh = list === "ephemeralContainers" ? `${IS_NEW} && ` : "";
  const patch = `JSONPatch{op: 'add', path: '/spec/${list}/' + string(i) + '${path}', value: ${value}}`;
  return `${containersOf(list)}.transformList(i, container, ${fresh}${condition}, ${patch})`;
}

const absent = (owner: string, path: readonly string[]): string =>
  `!${[owner, "securityContext", ...path].join(".?")}.hasValue()`;

function undecided(addition: Addition): string {
  const owners = addition.inherits ? ["container", "object.spec"] : ["container"];
  const fields = addition.path.length > 1 ? [addition.path] : decidedBy(addition).map((field) => [field]);
  const annotated =
    addition.legacyAnnotation === undefined
      ? []
      : [`!(${text(addition.legacyAnnotation)} + container.name in object.metadata.?annotations.orValue({}))`];
  return [...owners.flatMap((owner) => fields.map((field) => absent(owner, field))), ...annotated].join(" && ");
}

/** Paths that have to exist before a value can be added below them, outermost first. */
function parentsOf(list: readonly Addition[]): readonly string[][] {
  const paths = list.flatMap(({ path }) => path.slice(0, -1).map((_, depth) => path.slice(0, depth + 1)));
  return [[], ...new Map(paths.map((path) => [path.join("/"), path])).values()];
}

function securityContexts(facts: PodFacts, lists: readonly ContainerList[]): string {
  const chosen = additionsFor(facts);
  const parents = parentsOf(chosen);
  const patches = lists.flatMap((list) => [
    ...parents.map((path) => perContainer(list, absent("container", path), pathOf(path), "{}")),
    ...chosen.map((addition) =>
      perContainer(list, undecided(addition), pathOf(addition.path), valueOf(addition, facts)),
    ),
  ]);
  return patches.join(" + ");
}

/** The value to add, which for AppArmor may be the namespace's own. */
function valueOf({ path, value }: Addition, { appArmorProfiles = new Map() }: PodFacts): string {
  if (path[0] !== "appArmorProfile" || appArmorProfiles.size === 0) return literal(value);
  const names = [...appArmorProfiles].sort(([a], [b]) => (a < b ? -1 : 1));
  const map = `{${names.map(([namespace, name]) => `${text(namespace)}: ${text(name)}`).join(", ")}}`;
  const own = `{'type': dyn('Localhost'), 'localhostProfile': dyn(${map}[object.metadata.namespace])}`;
  return `(object.metadata.namespace in ${map} ? ${own} : ${literal(value)})`;
}

const pathOf = (path: readonly string[]): string => ["", "securityContext", ...path].join("/");

/** Adds the fields that Pod Security `restricted` asks for and a chart has left out. */
export function securityContextMutations(facts: PodFacts): readonly Mutation[] {
  const title = "Security contexts: what Pod Security restricted asks for and the chart leaves out";
  return [
    {
      name: "security-context",
      title,
      resources: newPods,
      conditions: [linux],
      patch: securityContexts(facts, ["containers", "initContainers"]),
    },
    {
      name: "security-context-debug",
      title: `${title} (ephemeral containers)`,
      resources: debugging,
      conditions: [linux],
      patch: securityContexts(facts, ["ephemeralContainers"]),
    },
  ];
}

/**
 * The API server has filled in a default before admission, so a chart's own value cannot be told from none; the
 * suite itself sets Always everywhere (CloudNativePG's instances are the exception).
 */
export function pullPolicyMutation(): Mutation {
  const patches = (["containers", "initContainers"] as const).map((list) =>
    perContainer(
      list,
      `container.?imagePullPolicy.orValue('') != '${PULL_POLICY}'`,
      "/imagePullPolicy",
      `'${PULL_POLICY}'`,
    ),
  );
  return {
    name: "image-pull-policy",
    title: "Images are pulled, and the right to pull them checked, at each start",
    resources: newPods,
    conditions: [],
    patch: patches.join(" + "),
  };
}

/** Gives pods the RuntimeClass of their app; the suite's own setting misses most Jobs, proxies and caches. */
export function runtimeClassMutation(byNamespace: ReadonlyMap<string, string>): readonly Mutation[] {
  if (byNamespace.size === 0) return [];
  const names = [...byNamespace].sort(([a], [b]) => (a < b ? -1 : 1));
  const classes = `{${names.map(([namespace, name]) => `${text(namespace)}: ${text(name)}`).join(", ")}}`;
  return [
    {
      name: "runtime-class",
      title: "Pods run in the sandbox of their app",
      resources: newPods,
      conditions: [
        { name: "has-class", expression: `object.metadata.namespace in ${classes}` },
        { name: "absent", expression: "object.spec.?runtimeClassName.orValue('') == ''" },
      ],
      patch: `[JSONPatch{op: 'add', path: '/spec/runtimeClassName', value: ${classes}[object.metadata.namespace]}]`,
    },
  ];
}

/** Pods that call the API server. */
export interface TokenHolder {
  readonly namespace: string;
  readonly pods: PodGroup;
}

function selects({ labels, expressions = [] }: PodGroup): string[] {
  const label = (key: string): string => `object.metadata.?labels[?${text(key)}]`;
  return [
    ...Object.entries(labels).map(([key, value]) => `${label(key)}.orValue('') == ${text(value)}`),
    ...expressions.map(({ key, operator, values = [] }) => {
      const listed = `[${values.map(text).join(", ")}]`;
      switch (operator) {
        case "Exists":
          return `${label(key)}.hasValue()`;
        case "DoesNotExist":
          return `!${label(key)}.hasValue()`;
        case "In":
          return `${label(key)}.hasValue() && ${label(key)}.value() in ${listed}`;
        case "NotIn":
          return `!(${label(key)}.hasValue() && ${label(key)}.value() in ${listed})`;
      }
    }),
  ];
}

function anyOf(holders: readonly TokenHolder[]): string {
  const each = holders.map(
    ({ namespace, pods }) => `(${[`object.metadata.namespace == ${text(namespace)}`, ...selects(pods)].join(" && ")})`,
  );
  return `(${["false", ...each].join(" || ")})`;
}

/** What the API server's ServiceAccount plugin adds to a pod (kubernetes, plugin/pkg/admission/serviceaccount). */
const TOKEN_VOLUME = "kube-api-access-";
const TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * No token for pods that never call the API server, unless the chart mounts it explicitly. The API server's own
 * plugin has added volume and mounts before policies see the pod, so these go as well.
 */
export function tokenMutation(holders: readonly TokenHolder[]): Mutation {
  const mounts = (["containers", "initContainers"] as const).map((list) => {
    const mine = `mount.mountPath == '${TOKEN_PATH}' && mount.name.startsWith('${TOKEN_VOLUME}')`;
    // At most one per container: the plugin adds none where the path is taken.
    const path = `'/spec/${list}/' + string(i) + '/volumeMounts/' + string(j)`;
    const removals = `container.volumeMounts.transformList(j, mount, ${mine}, ${path})`;
    const has = `container.?volumeMounts.orValue([]).exists(mount, ${mine})`;
    return `${containersOf(list)}.transformList(i, container, ${has}, JSONPatch{op: 'remove', path: ${removals}[0]})`;
  });
  const volume = `has(volume.projected) && volume.name.startsWith('${TOKEN_VOLUME}')`;
  return {
    name: "service-account-token",
    title: "Only pods that call the API server get a token for it",
    resources: newPods,
    conditions: [
      { name: "absent", expression: "!has(object.spec.automountServiceAccountToken)" },
      { name: "not-holder", expression: `!${anyOf(holders)}` },
    ],
    patch: [
      "[JSONPatch{op: 'add', path: '/spec/automountServiceAccountToken', value: false}]",
      ...mounts,
      `object.spec.?volumes.orValue([]).transformList(i, volume, ${volume}, JSONPatch{op: 'remove', path: '/spec/volumes/' + string(i)})`,
    ].join(" + "),
  };
}
