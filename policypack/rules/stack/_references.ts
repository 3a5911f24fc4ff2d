import { asList, asObject, asObjects, asString, at } from "../../../lib/json";
import type { Json, JsonObject } from "../../../lib/json";
import { append, derived } from "../../engine/stack";
import type { StackIndex, StackObject } from "../../engine/stack";
import { unlessUnknown } from "../../../lib/unknown";

/** A Secret or ConfigMap that a pod cannot start without, with the key where it names one. */
export interface Reference {
  readonly kind: "Secret" | "ConfigMap";
  readonly name: string;
  readonly key: string | undefined;
}

function reference(kind: Reference["kind"], source: Json | undefined, key?: Json): readonly Reference[] {
  const name = asString(at(source, "name")) ?? asString(at(source, "secretName"));
  if (name === undefined || name === "" || at(source, "optional") === true) return [];
  return [{ kind, name, key: asString(key) }];
}

/** Mounted as files: the whole of it, or the keys that `items` lists. */
function files(kind: Reference["kind"], source: Json | undefined): readonly Reference[] {
  const items = asObjects(at(source, "items"));
  return items.length === 0 ? reference(kind, source) : items.flatMap(({ key }) => reference(kind, source, key));
}

function environment(container: JsonObject): readonly Reference[] {
  const single = (kind: Reference["kind"], source: Json | undefined): readonly Reference[] =>
    reference(kind, source, at(source, "key"));
  return [
    ...asObjects(container["env"]).flatMap(({ valueFrom }) => [
      ...single("Secret", at(valueFrom, "secretKeyRef")),
      ...single("ConfigMap", at(valueFrom, "configMapKeyRef")),
    ]),
    ...asObjects(container["envFrom"]).flatMap((source) => [
      ...reference("Secret", source["secretRef"]),
      ...reference("ConfigMap", source["configMapRef"]),
    ]),
  ];
}

function volume(value: JsonObject): readonly Reference[] {
  const sources = [value, ...asObjects(at(value, "projected", "sources"))];
  return sources.flatMap((source) => [
    ...files("Secret", source["secret"]),
    ...files("ConfigMap", source["configMap"]),
  ]);
}

/** What a pod names, optional references left out. */
export function referencesOf(workload: StackObject): readonly Reference[] {
  const spec = at(workload.pod?.pod, "spec");
  const containers = ["containers", "initContainers"].flatMap((list) => asObjects(at(spec, list)));
  return [
    ...containers.flatMap(environment),
    ...asObjects(at(spec, "volumes")).flatMap(volume),
    ...asObjects(at(spec, "imagePullSecrets")).flatMap((source) => reference("Secret", source)),
  ];
}

/** The keys that something makes in a Secret or ConfigMap; "any" where they are not told. */
export type Keys = ReadonlySet<string> | "any";

interface Producer {
  readonly kind: string;
  readonly makes: (object: JsonObject, name: string) => readonly { readonly name: string; readonly keys: Keys }[];
}

const any = (names: readonly (string | undefined)[]): ReturnType<Producer["makes"]> =>
  names.flatMap((name) => (name === undefined ? [] : [{ name, keys: "any" as const }]));

/** Objects from which an operator makes a Secret of their namespace. */
const producers: readonly Producer[] = [
  {
    kind: "external-secrets.io/ExternalSecret",
    makes: (object, name) => {
      const target = asObject(at(object, "spec", "target")) ?? {};
      const made = asString(target["name"]) ?? name;
      const fixed = asList(at(object, "spec", "dataFrom")).length === 0 && target["template"] === undefined;
      const keys = asObjects(at(object, "spec", "data")).flatMap(({ secretKey }) => asString(secretKey) ?? []);
      return fixed ? [{ name: made, keys: new Set(keys) }] : any([made]);
    },
  },
  {
    // cert-manager, Certificate: keystores and additional formats add keys.
    kind: "cert-manager.io/Certificate",
    makes: (object) => any([asString(at(object, "spec", "secretName"))]),
  },
  {
    // OpenShift, "Securing service traffic using service serving certificate secrets".
    kind: "Service",
    makes: (object) =>
      any([asString(at(object, "metadata", "annotations", "service.beta.openshift.io/serving-cert-secret-name"))]),
  },
  { kind: "bitnami.com/SealedSecret", makes: (_, name) => any([name]) },
  {
    // CloudNativePG, "Connecting from an application".
    kind: "postgresql.cnpg.io/Cluster",
    makes: (_, name) => any(["app", "superuser", "ca", "server", "replication"].map((suffix) => `${name}-${suffix}`)),
  },
];

/** ConfigMaps that the control plane puts into every namespace. */
const EVERYWHERE: ReadonlySet<string> = new Set(["kube-root-ca.crt", "openshift-service-ca.crt"]);

/** Secrets that operators make, by namespace and name, and the objects of which that is not known yet. */
const declared = derived((stack) => {
  const known = new Map<string, Keys[]>();
  const unknown: { readonly object: StackObject; readonly producer: Producer }[] = [];
  for (const producer of producers) {
    for (const object of stack.ofKind(producer.kind)) {
      const made = unlessUnknown(
        () => producer.makes(object.object, object.name).map((each) => ({ ...each, at: object.namespace })),
        undefined,
      );
      if (made === undefined) unknown.push({ object, producer });
      for (const each of made ?? []) append(known, `${each.at} ${each.name}`, each.keys);
    }
  }
  return { known, unknown };
});

/** What the stack puts into a Secret or ConfigMap, one entry per object that does; none where nothing makes it. */
export function madeBy(stack: StackIndex, namespace: string, { kind, name }: Reference): readonly Keys[] {
  if (kind === "ConfigMap" && EVERYWHERE.has(name)) return ["any"];
  const object = stack.find(kind, namespace, name)?.object;
  const own =
    object && ["data", "stringData", "binaryData"].flatMap((field) => Object.keys(asObject(object[field]) ?? {}));
  // An empty one waits for a controller: a token, a bundle of authorities.
  const direct = own === undefined ? [] : [own.length === 0 ? ("any" as const) : new Set(own)];
  if (kind === "ConfigMap") return direct;
  const { known, unknown } = declared(stack);
  const late = unknown
    .filter((each) => each.object.namespace === namespace)
    .flatMap(({ object: each, producer }) => producer.makes(each.object, each.name))
    .filter((made) => made.name === name);
  return [...direct, ...(known.get(`${namespace} ${name}`) ?? []), ...late.map(({ keys }) => keys)];
}
