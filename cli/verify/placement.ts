import { appKeys, apps, type AppKey } from "../../suite/apps";
import { isRecord, type JsonObject, type KubeObject } from "../../lib/kube/client";
import type { Document } from "./documents";
import { podTemplate } from "./workloads";

/** Namespace of each app that the stack has. */
export type SuiteNamespaces = ReadonlyMap<AppKey, string>;

/** A document with the app it belongs to and the namespace it goes to. */
export interface Placed {
  readonly document: Document;
  /** Undefined: of no app, such as the shared Gateway. */
  readonly app: AppKey | undefined;
  readonly object: KubeObject;
}

export interface Placement {
  readonly placed: readonly Placed[];
  /** Documents that go nowhere, with the reason. */
  readonly problems: readonly { readonly document: Document; readonly problem: string }[];
}

/**
 * API groups whose objects the suite renders into namespaces of the platform: backup, dashboards, the shared gateway
 * (mijn-bureau-infra, `backup.namespace`, `metric.namespace`, `cluster.gateway.namespace`).
 */
const platformGroups = ["velero.io", "grafana.integreatly.org"];
const platformKinds = ["Gateway"];

const groupOf = ({ apiVersion }: KubeObject): string =>
  apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";

const belongsToPlatform = (object: KubeObject): boolean =>
  platformGroups.includes(groupOf(object)) || platformKinds.includes(object.kind);

/**
 * Puts every document into the namespace that the stack has for its app. Suites rendered into one namespace (demo:
 * `default`) or with other names are rewritten, the references inside the objects included.
 */
export function place(documents: readonly Document[], namespaces: SuiteNamespaces): Placement {
  const byNamespace = new Map([...namespaces].map(([app, namespace]) => [namespace, app]));
  const owners = documents.map((document) => ({ document, app: appOf(document, byNamespace) }));
  const homes = homeNamespaces(owners);
  const placed: Placed[] = [];
  const problems: { document: Document; problem: string }[] = [];
  const rename = renamer(owners, homes, namespaces);
  for (const { document, app } of owners) {
    const target = app === undefined ? undefined : namespaces.get(app);
    if (app !== undefined && target === undefined) {
      problems.push({
        document,
        problem: `the stack has no namespace for ${app}: enable it (apps.${app}.enabled) and run pulumi up`,
      });
    } else if (target === undefined && podTemplate(document.object) !== undefined) {
      problems.push({ document, problem: "belongs to no app: name its file or its directory after the app" });
    } else placed.push({ document, app, object: rename(document.object, app) });
  }
  return { placed, problems };
}

/** The app of a document: by its namespace, else by its file's path, its labels or its name. */
export function appOf(document: Document, byNamespace: ReadonlyMap<string, AppKey>): AppKey | undefined {
  const { object, file } = document;
  const named = byNamespace.get(object.metadata.namespace ?? "");
  if (named !== undefined) return named;
  const { name = "", namespace = "" } = object.metadata;
  const segments = file.replace(/\.[a-z]+$/i, "").split("/");
  const labels = ["app.kubernetes.io/part-of", "app.kubernetes.io/instance", "app.kubernetes.io/name", "helm.sh/chart"];
  const labelled = labels.map((key) => object.metadata.labels?.[key] ?? "");
  const hints = [namespace, ...segments.reverse(), ...labelled, name];
  for (const hint of hints) {
    const apps = appsIn(hint);
    if (apps.length === 1) return apps[0];
  }
  return undefined;
}

function appsIn(hint: string): AppKey[] {
  const words = hint.toLowerCase().split(/[^a-z0-9]+/);
  const found = words.flatMap((word) => {
    const app = appKeys.find((key) => key === word) ?? appKeys.find((key) => apps[key].suiteName === word);
    return app === undefined ? [] : [app];
  });
  return [...new Set(found)];
}

/** The namespace that most of an app's documents name: what "its own namespace" was when it was rendered. */
function homeNamespaces(owners: readonly { document: Document; app: AppKey | undefined }[]): Map<AppKey, string> {
  const counts = new Map<AppKey, Map<string, number>>();
  for (const { document, app } of owners) {
    const { namespace } = document.object.metadata;
    if (app === undefined || namespace === undefined || belongsToPlatform(document.object)) continue;
    const ofApp = counts.get(app) ?? new Map<string, number>();
    counts.set(app, ofApp.set(namespace, (ofApp.get(namespace) ?? 0) + 1));
  }
  const homes = new Map<AppKey, string>();
  for (const [app, ofApp] of counts) {
    const [most] = [...ofApp].sort((a, b) => b[1] - a[1]);
    if (most !== undefined) homes.set(app, most[0]);
  }
  return homes;
}

type Rename = (object: KubeObject, app: AppKey | undefined) => KubeObject;

function renamer(
  owners: readonly { document: Document; app: AppKey | undefined }[],
  homes: ReadonlyMap<AppKey, string>,
  namespaces: SuiteNamespaces,
): Rename {
  const services = new Map<string, AppKey>();
  for (const { document, app } of owners) {
    if (app !== undefined && document.object.kind === "Service") services.set(document.object.metadata.name ?? "", app);
  }
  /** New name of a namespace that an object of `app` mentions; the same name where it is none of the suite's. */
  const renamed = (namespace: string, app: AppKey): string => {
    if (homes.get(app) === namespace) return namespaces.get(app) ?? namespace;
    const others = [...homes].filter(([, home]) => home === namespace);
    const [only] = others;
    return others.length === 1 && only !== undefined ? (namespaces.get(only[0]) ?? namespace) : namespace;
  };
  return (object, app) => {
    const target = app === undefined ? undefined : namespaces.get(app);
    if (app === undefined || target === undefined) return inSomeNamespace(object);
    const names: Names = {
      namespace: (name) => renamed(name, app),
      serviceHost: (service, namespace) => {
        if (![...homes.values()].includes(namespace)) return namespace;
        const owner = services.get(service);
        return (owner === undefined ? undefined : namespaces.get(owner)) ?? renamed(namespace, app);
      },
    };
    const { metadata, ...rest } = object;
    const namespace = metadata.namespace === undefined ? target : renamed(metadata.namespace, app);
    const body = rewriteRecord(rest, names);
    const annotations =
      metadata.annotations === undefined ? {} : { annotations: rewriteTexts(metadata.annotations, names) };
    return {
      ...body,
      apiVersion: object.apiVersion,
      kind: object.kind,
      metadata: { ...metadata, ...annotations, namespace },
    };
  };
}

/** Where kubectl would put it. */
const inSomeNamespace = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, namespace: object.metadata.namespace ?? "default" },
});

interface Names {
  readonly namespace: (name: string) => string;
  readonly serviceHost: (service: string, namespace: string) => string;
}

const NAMESPACE_NAME = "kubernetes.io/metadata.name";

function rewriteRecord(record: JsonObject, names: Names): JsonObject {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, rewriteField(key, value, names)]));
}

function rewriteField(key: string, value: unknown, names: Names): unknown {
  // Contents of ConfigMaps and Secrets are text of the app: only host names in it are looked at.
  if ((key === "data" || key === "stringData") && isRecord(value)) return rewriteTexts(value, names);
  if ((key === "namespace" || key === NAMESPACE_NAME) && typeof value === "string") return names.namespace(value);
  if (key === "matchNames" && Array.isArray(value)) {
    return Array.from<unknown>(value).map((name) => (typeof name === "string" ? names.namespace(name) : name));
  }
  return rewriteValue(value, names);
}

function rewriteValue(value: unknown, names: Names): unknown {
  if (typeof value === "string") return rewriteText(value, names);
  if (Array.isArray(value)) return Array.from<unknown>(value).map((item) => rewriteValue(item, names));
  return isRecord(value) ? rewriteRecord(value, names) : value;
}

const rewriteTexts = <T>(texts: Readonly<Record<string, T>>, names: Names): Record<string, T | string> =>
  Object.fromEntries(
    Object.entries(texts).map(([key, value]) => [key, typeof value === "string" ? rewriteText(value, names) : value]),
  );

/** Host names of Services, and Traefik's references `<namespace>-<name>@kubernetescrd`. */
function rewriteText(text: string, names: Names): string {
  return text
    .replace(
      /\b([a-z0-9-]+)\.([a-z0-9-]+)\.svc\b/g,
      (_, service: string, namespace: string) => `${service}.${names.serviceHost(service, namespace)}.svc`,
    )
    .replace(/(^|,\s*)([a-z0-9-]+)(?=@kubernetescrd)/g, (whole, comma: string, reference: string) => {
      const parts = reference.split("-");
      // Which hyphen ends the namespace is not marked: the first split whose namespace has a new name is the one.
      for (let size = parts.length - 1; size > 0; size -= 1) {
        const namespace = parts.slice(0, size).join("-");
        const renamed = names.namespace(namespace);
        if (renamed !== namespace) return `${comma}${renamed}-${parts.slice(size).join("-")}`;
      }
      return whole;
    });
}
