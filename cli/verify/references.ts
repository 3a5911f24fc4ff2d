import { at, isRecord, type KubeObject } from "../../lib/kube/client";
import { listAt, textAt } from "./workloads";

/** What an object or pod names and needs, in its own namespace unless the kind has none. */
export interface Reference {
  readonly kind: "Secret" | "ConfigMap" | "PersistentVolumeClaim" | "ServiceAccount" | "PriorityClass" | "RuntimeClass";
  readonly name: string;
  readonly key?: string | undefined;
  /** Where it is named, for the reader. */
  readonly by: string;
}

/** Everything that a pod cannot start without. Optional references are left out. */
export function podReferences(podSpec: unknown): Reference[] {
  const containers = ["initContainers", "containers"].flatMap((list) => listAt(podSpec, list));
  return [
    ...named("ServiceAccount", textAt(podSpec, "serviceAccountName"), "serviceAccountName"),
    ...named("PriorityClass", textAt(podSpec, "priorityClassName"), "priorityClassName"),
    ...named("RuntimeClass", textAt(podSpec, "runtimeClassName"), "runtimeClassName"),
    ...listAt(podSpec, "imagePullSecrets").flatMap((entry) =>
      named("Secret", textAt(entry, "name"), "imagePullSecrets"),
    ),
    ...listAt(podSpec, "volumes").flatMap(volumeReferences),
    ...containers.flatMap(environmentReferences),
  ];
}

function named(kind: Reference["kind"], name: string | undefined, by: string): Reference[] {
  return name === undefined || name === "" ? [] : [{ kind, name, by }];
}

function volumeReferences(volume: unknown): Reference[] {
  const by = `volume ${textAt(volume, "name") ?? ""}`;
  const projected = listAt(volume, "projected", "sources").flatMap((source) => [
    ...fileReferences("Secret", at(source, "secret"), by),
    ...fileReferences("ConfigMap", at(source, "configMap"), by),
  ]);
  return [
    ...fileReferences("Secret", at(volume, "secret"), by),
    ...fileReferences("ConfigMap", at(volume, "configMap"), by),
    ...named("PersistentVolumeClaim", textAt(volume, "persistentVolumeClaim", "claimName"), by),
    ...named("Secret", textAt(volume, "csi", "nodePublishSecretRef", "name"), by),
    ...projected,
  ];
}

/** A Secret or ConfigMap mounted as files: the whole of it, or the keys that `items` lists. */
function fileReferences(kind: "Secret" | "ConfigMap", source: unknown, by: string): Reference[] {
  if (!isRecord(source) || source["optional"] === true) return [];
  const name = textAt(source, "secretName") ?? textAt(source, "name");
  if (name === undefined) return [];
  const items = listAt(source, "items");
  if (items.length === 0) return [{ kind, name, by }];
  return items.map((item) => ({ kind, name, key: textAt(item, "key"), by }));
}

function environmentReferences(container: unknown): Reference[] {
  const by = `container ${textAt(container, "name") ?? ""}`;
  const single = listAt(container, "env").flatMap((variable) => [
    ...keyReference("Secret", at(variable, "valueFrom", "secretKeyRef"), by),
    ...keyReference("ConfigMap", at(variable, "valueFrom", "configMapKeyRef"), by),
  ]);
  const whole = listAt(container, "envFrom").flatMap((source) => [
    ...keyReference("Secret", at(source, "secretRef"), by),
    ...keyReference("ConfigMap", at(source, "configMapRef"), by),
  ]);
  return [...single, ...whole];
}

function keyReference(kind: "Secret" | "ConfigMap", reference: unknown, by: string): Reference[] {
  const name = textAt(reference, "name");
  if (name === undefined || at(reference, "optional") === true) return [];
  const key = textAt(reference, "key");
  return [key === undefined ? { kind, name, by } : { kind, name, key, by }];
}

/** What exists in a namespace: names per kind, and keys per Secret and ConfigMap. */
export class Inventory {
  readonly #keys = new Map<string, ReadonlySet<string> | undefined>();

  /** `keys` undefined: the object is there, what it holds is not known yet. */
  add(kind: string, name: string, keys?: readonly string[]): void {
    this.#keys.set(`${kind}/${name}`, keys === undefined ? undefined : new Set(keys));
  }

  addObject(object: KubeObject): void {
    const keys = ["data", "stringData", "binaryData"].flatMap((field) => {
      const content = object[field];
      return isRecord(content) ? Object.keys(content) : [];
    });
    this.add(object.kind, object.metadata.name ?? "", keys);
  }

  has({ kind, name, key }: Pick<Reference, "kind" | "name" | "key">): boolean {
    const id = `${kind}/${name}`;
    if (!this.#keys.has(id)) return false;
    const keys = this.#keys.get(id);
    return key === undefined || keys === undefined || keys.has(key);
  }

  hasObject(kind: string, name: string): boolean {
    return this.#keys.has(`${kind}/${name}`);
  }
}

/** Sentences for the references that lead nowhere, each once. */
export function danglingReferences(references: readonly Reference[], inventory: Inventory): string[] {
  const missing = references.filter((reference) => !inventory.has(reference));
  const sentences = missing.map(({ kind, name, key, by }) => {
    const what =
      key !== undefined && inventory.hasObject(kind, name) ? `key ${key} of ${kind} ${name}` : `${kind} ${name}`;
    return `${what} (${by}) does not exist, and nothing given creates it`;
  });
  return [...new Set(sentences)];
}

/** Objects that others are declared to create, with the keys where these are known. */
interface Producer {
  readonly matches: (object: KubeObject) => boolean;
  readonly creates: (object: KubeObject) => readonly { kind: "Secret"; name: string; keys?: readonly string[] }[];
}

const isKind =
  (kind: string, group: string) =>
  (object: KubeObject): boolean =>
    object.kind === kind && object.apiVersion.startsWith(`${group}/`);

const producers: readonly Producer[] = [
  {
    // mijn-bureau-infra, helmfile/apps/element/charts/synapse/templates/job-keygen.yaml: kubectl create secret.
    matches: (object) => isKind("Job", "batch")(object) && object.metadata.name === "synapse-keygen",
    creates: () => [{ kind: "Secret", name: "synapse-signing-key", keys: ["synapse_signing_key"] }],
  },
  {
    // CloudNativePG documentation, "Connecting from an application".
    matches: isKind("Cluster", "postgresql.cnpg.io"),
    creates: ({ metadata: { name = "" } }) =>
      ["app", "superuser", "ca", "server", "replication"].map((suffix) => ({
        kind: "Secret",
        name: `${name}-${suffix}`,
      })),
  },
  {
    matches: isKind("ExternalSecret", "external-secrets.io"),
    creates: (object) => [
      { kind: "Secret", name: textAt(object, "spec", "target", "name") ?? object.metadata.name ?? "" },
    ],
  },
  {
    matches: isKind("Certificate", "cert-manager.io"),
    creates: (object) => [
      { kind: "Secret", name: textAt(object, "spec", "secretName") ?? "", keys: ["tls.crt", "tls.key", "ca.crt"] },
    ],
  },
];

/** Adds what the given objects will create once they run. */
export function addProduced(inventory: Inventory, objects: readonly KubeObject[]): void {
  const created = objects.flatMap((object) =>
    producers.filter(({ matches }) => matches(object)).flatMap(({ creates }) => creates(object)),
  );
  for (const { kind, name, keys } of created) {
    if (!inventory.hasObject(kind, name)) inventory.add(kind, name, keys);
  }
}

/** Middlewares that Traefik annotations of an Ingress name: `<namespace>-<name>@kubernetescrd`, comma-separated. */
export function middlewareReferences(ingress: KubeObject): string[] {
  const value = ingress.metadata.annotations?.["traefik.ingress.kubernetes.io/router.middlewares"] ?? "";
  return value
    .split(",")
    .map((reference) => reference.trim())
    .filter((reference) => reference.endsWith("@kubernetescrd"))
    .map((reference) => reference.slice(0, -"@kubernetescrd".length));
}
