import type { SharedService } from "../../suite/app";
import { appKeys, appOf, apps as suiteApps, type AppKey } from "../../suite/apps";
import { hostLabels, type PublicHost } from "../../suite/hostnames";
import type { LoadedConfig } from "../../config/load";
import type { Store } from "../../suite/flow";
import { DEFAULT_REGISTRY, imagesWithRegistry } from "../../suite/images";
import { imageFacts } from "../operator-facts";
import { registry } from "../operators/frame/facts";
import { servingApps } from "../../suite/services";
import { operatorFacts } from "../operator-facts";
import type { Capability } from "../operators/frame/facts";
import { scanOperators } from "../operators/frame/registry";

/**
 * The environment file that MijnBureau's helmfile reads, computed from the stack. Paths in comments are those of
 * MinBZK/mijn-bureau-infra b2ae545: the file that declares the key, and a template that reads it.
 */
export type HelmfileValues = Readonly<Record<string, unknown>>;

/** `<host>.<domain>` of a component of the suite. */
function publicHost(config: Pick<LoadedConfig, "domain" | "hostnames">, component: PublicHost): string {
  return `${hostLabels(config.hostnames)[component]}.${config.domain}`;
}

/** Values of the suite's environment for this stack; holds no secret. */
export function mijnbureauValues(config: LoadedConfig): HelmfileValues {
  return {
    global: global(config),
    cluster: cluster(config),
    application: applications(config),
    // helmfile/environments/default/authentication.yaml.gotmpl; all seven default to null, and are rendered as empty.
    authentication: { oidc: oidcEndpoints(config) },
    ...smtp(config),
    ...antivirus(config),
    ...languageModel(config),
    ...datastores(config),
    // helmfile/environments/default/pvc.yaml.gotmpl; read by each app's values for its claims.
    pvc: persistentVolumes(config),
    // helmfile/environments/default/container.yaml.gotmpl; `coalesce` in each app's values prefers an image's own entry.
    container: containers(config),
    ...securityContexts(config),
    // helmfile/environments/default/metric.yaml.gotmpl; monitors are read by the platform's Prometheus.
    metric: metrics(config),
    // helmfile/environments/default/backup.yaml.gotmpl: its storage location is called `default`, as the platform's own is.
    backup: { enabled: false },
    // helmfile/environments/default/user.yaml.gotmpl seeds demo users with a published password.
    user: [],
    // helmfile/environments/default/tls.yaml.gotmpl; `extraTls` in each app's values.
    tls: certificates(config),
  };
}

function global({ domain, hostnames }: LoadedConfig): object {
  return {
    domain,
    hostname: hostLabels(hostnames),
    tls: { enabled: true, selfSigned: false },
  };
}

/** helmfile/environments/default/cluster.yaml.gotmpl */
function cluster(config: LoadedConfig): object {
  const { cluster: facts, network, edge, apps } = config;
  const gateway = edge.routing === "gateway";
  return {
    networking: {
      domain: facts.domain,
      // helmfile/apps/nextcloud/values.yaml.gotmpl reads index 0 for the WOPI allow list, so the pods' first range leads.
      podSubnet: network.podCidrs,
      // Same file: trusted proxies. The controller's pods answer from the pod range, which upstream leaves out.
      serviceSubnet: [...network.serviceCidrs, ...network.podCidrs],
    },
    routingMode: gateway ? "gateway-api" : "ingress",
    ingress: {
      type: edge.controller,
      className: edge.className,
      annotations: gateway ? {} : ingressAnnotations(config),
    },
    gateway: {
      name: edge.gateway.name,
      namespace: edge.gateway.namespace,
      className: edge.className,
      ...(edge.clusterIssuer === undefined ? {} : { certManagerClusterIssuer: edge.clusterIssuer }),
    },
    runtimeClassName: commonRuntimeClass(apps),
  };
}

/**
 * `cluster.ingress.annotations`: one set for every Ingress of the suite, e.g. helmfile/apps/nextcloud/values.yaml.gotmpl
 * `ingress.annotations`. Only what holds for all apps and no release sets itself; the rest is written at admission
 * (docs/handover.md, "Limits at the edge").
 */
function ingressAnnotations(config: LoadedConfig): Record<string, string> {
  const { clusterIssuer } = config.edge;
  return {
    ...(clusterIssuer === undefined ? {} : { "cert-manager.io/cluster-issuer": clusterIssuer }),
    ...operatorAnnotations(config),
  };
}

/** Those of the operators, which depend on the configuration alone: the file is written before there is a cluster. */
function operatorAnnotations(config: LoadedConfig): Record<string, string> {
  const nothing = { customResources: new Map(), apiServices: new Map() };
  const facts = { ...operatorFacts(config, nothing), operatorNamespaces: [], capabilities: new Set<Capability>() };
  const installed = scanOperators()
    .map((operator) => ({ operator, settings: config.operators[operator.name] ?? {} }))
    .filter(({ operator, settings }) => operator.installed(settings, facts.present));
  return Object.fromEntries(
    installed.flatMap(({ operator, settings }) => Object.entries(operator.ingressAnnotations(facts, settings))),
  );
}

/** The suite has one key for all its pods; differing classes per app are set by the platform's admission policies. */
function commonRuntimeClass(apps: LoadedConfig["apps"]): string {
  const classes = new Set(appKeys.filter((key) => apps[key].enabled).map((key) => apps[key].runtimeClass ?? ""));
  const [only, ...others] = classes;
  return others.length === 0 ? (only ?? "") : "";
}

/** helmfile/environments/default/application.yaml.gotmpl */
function applications({ apps }: LoadedConfig): Record<string, object> {
  return Object.fromEntries(
    appKeys.map((key) => [key, { enabled: apps[key].enabled, namespace: apps[key].namespace }]),
  );
}

/** The seven endpoints of OpenID Connect Discovery 1.0 §3 and RFC 8414 §2 that the suite asks for. */
function oidcEndpoints(config: LoadedConfig): Record<string, string> {
  const { identity } = config;
  const issuer = identity.issuer ?? `https://${publicHost(config, "keycloak")}/realms/${identity.realm}`;
  // Keycloak, "Securing applications: OpenID Connect endpoints". Other products publish theirs at the discovery URL.
  const protocol = `${issuer}/protocol/openid-connect`;
  const keycloak = {
    authorization_endpoint: `${protocol}/auth`,
    token_endpoint: `${protocol}/token`,
    introspection_endpoint: `${protocol}/token/introspect`,
    userinfo_endpoint: `${protocol}/userinfo`,
    end_session_endpoint: `${protocol}/logout`,
    jwks_uri: `${protocol}/certs`,
  };
  return { issuer, ...keycloak, ...given(identity.endpoints) };
}

/** The fields that have a value. */
function given(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const set: Record<string, string> = {};
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) set[key] = value;
  return set;
}

/** helmfile/environments/default/smtp.yaml.gotmpl; read by docs, element, nextcloud and openproject. The password stays in SMTP_PASSWORD. */
function smtp({ mail, network }: LoadedConfig): object {
  // The production overlay has placeholders here, which would be taken for a relay.
  if (mail === undefined || network.smtp === undefined) return { smtp: { host: "", username: "" } };
  const { host, port } = network.smtp;
  return {
    smtp: {
      from: { email: mail.from, name: mail.fromName },
      host,
      port,
      username: mail.username,
      tls: { enabled: true, force: true, requireTransportSecurity: true },
    },
  };
}

/** Where the suite's own service is reached; undefined without its app. */
function ownService(name: SharedService, { apps, cluster: facts }: LoadedConfig) {
  const { app, service, port } = servingApps[name];
  const { enabled, namespace } = apps[app];
  return enabled ? { host: `${service}.${namespace}.svc.${facts.domain}`, port } : undefined;
}

/** helmfile/environments/default/antivirus.yaml.gotmpl; helmfile/apps/nextcloud/values.yaml.gotmpl `files.antivirus`. */
function antivirus(config: LoadedConfig): object {
  const scanner = config.network.antivirus ?? ownService("antivirus", config);
  return scanner === undefined ? {} : { antivirus: { host: scanner.host, port: scanner.port } };
}

/**
 * `application.ollama.model`, helmfile/environments/default/application.yaml.gotmpl. Of the apps that read `ai.llm.model`
 * only Conversations falls back to it; Docs switches its assistant off (helmfile/apps/docs/values.yaml.gotmpl).
 * Ollama takes any `apiKey` and checks none; without one helmfile/apps/bureaublad/values.yaml.gotmpl renders a Secret
 * that lacks AI_API_KEY, and Bureaublad's pod does not start.
 */
const ollamaModel = "llama3.2:1b";

/** helmfile/environments/default/ai.yaml.gotmpl; the default host `ollama` only resolves in Ollama's own namespace. */
function languageModel(config: LoadedConfig): object {
  const external = config.network.llm;
  const { host, port } = external ?? ownService("llm", config) ?? {};
  if (host === undefined || port === undefined) return {};
  const own = external === undefined;
  const model = own ? { model: ollamaModel, apiKey: "ollama" } : {};
  return { ai: { llm: { ...model, endpoint: { host, port, isSsl: !own, isInternal: own, path: "v1" } } } };
}

interface ExternalStore {
  readonly host: string;
  readonly port: number;
}

type StoreSettings = Partial<Record<Store, { provider: string } & Partial<ExternalStore>>>;

/** helmfile/environments/default/{database,cache,objectstore}.yaml.gotmpl; external stores only, bundled ones keep their defaults. */
function datastores({ network, apps }: LoadedConfig): object {
  const sections = { database: "postgres", cache: "redis", objectstore: "s3" } as const;
  const settings: Partial<Record<AppKey, StoreSettings>> = network.datastores;
  const external = (store: Store): [string, ExternalStore][] =>
    appKeys.flatMap((key) => {
      const own = settings[key]?.[store];
      if (!apps[key].enabled || own?.provider !== "external" || own.host === undefined || own.port === undefined)
        return [];
      return [[suiteApps[key].suiteName, { host: own.host, port: own.port }]];
    });
  const usesCnpg = appKeys.some((key) => apps[key].enabled && settings[key]?.postgres?.provider === "cnpg");
  const database = {
    ...(usesCnpg ? { default: { provider: "cnpg" } } : {}),
    ...Object.fromEntries(external(sections.database).map(([key, at]) => [key, { ...at, isInternal: false }])),
  };
  const cache = Object.fromEntries(external(sections.cache).map(([key, at]) => [key, { ...at, isInternal: false }]));
  const objectstore = Object.fromEntries(
    external(sections.objectstore).map(([key, { host, port }]) => [
      key,
      { endpoint: host, port, useSSL: true, isInternal: false },
    ]),
  );
  return {
    ...(Object.keys(database).length > 0 ? { database } : {}),
    ...(Object.keys(cache).length > 0 ? { cache } : {}),
    ...(Object.keys(objectstore).length > 0 ? { objectstore } : {}),
  };
}

/** An app's own class goes to all of its volumes; the parts of the others fall back to `default` (`coalesce` in each app's values). */
function persistentVolumes({ storage, apps }: LoadedConfig): object {
  const own = appKeys.flatMap((app): [string, object][] => {
    const [place, { enabled, storageClass }] = [appOf(app).volumes, apps[app]];
    if (place === undefined || !enabled) return [];
    // Flat entries have no part that falls back.
    if (place.parts.length === 0) return [[place.key, { storageClass: storageClass ?? storage.default }]];
    if (storageClass === undefined) return [];
    return [[place.key, Object.fromEntries(place.parts.map((part) => [part, { storageClass }]))]];
  });
  const all: Record<string, object> = { default: { storageClass: storage.default }, ...Object.fromEntries(own) };
  // More than one replica of Nextcloud, and its CronJob, share one claim (docs/docs/components/nextcloud.md).
  if (storage.shared === undefined) return all;
  const shared = { storageClass: storage.shared, accessModes: ["ReadWriteMany"] };
  return { ...all, nextcloud: { ...all["nextcloud"], nextcloud: shared } };
}

function containers(config: LoadedConfig): object {
  const images = imageFacts(config);
  const login = images.pullSecret === undefined ? {} : { imagePullSecret: images.pullSecret };
  const own = (source: string): object => {
    const place = registry({ images }, source);
    return { ...(place === source ? {} : { registry: place }), ...login };
  };
  const { replacements } = config.images;
  const sources = { default: DEFAULT_REGISTRY, ...imagesWithRegistry };
  return Object.fromEntries(
    Object.entries(sources).map(([key, source]) => [key, { ...own(source), ...replacements[key] }]),
  );
}

function metrics({ network, monitoring }: LoadedConfig): object {
  const on = { enabled: network.monitoring.metrics };
  return {
    ...on,
    namespace: monitoring.namespace,
    serviceMonitor: on,
    podMonitor: on,
    prometheusRule: on,
    grafanaDashboards: {
      // The deployer has no rights in the monitoring namespace; the platform brings the suite's dashboards itself.
      enabled: false,
    },
  };
}

/**
 * helmfile/environments/default/security.yaml.gotmpl names users and groups, of which OpenShift gives each namespace its own
 * (`restricted-v2`): null takes them out. Collabora keeps its own, which `nonroot-v2` lets it have.
 */
function securityContexts({ cluster: { distribution } }: LoadedConfig): object {
  if (distribution !== "openshift") return {};
  const own = {
    containerSecurityContext: { runAsUser: null, runAsGroup: null },
    podSecurityContext: { fsGroup: null },
  };
  return { security: { default: own, openproject: own } };
}

/**
 * With the issuer's annotation every chart adds its host and `<host>-tls` to its Ingress itself
 * (`common.ingress.certManagerRequest` in its templates/ingress.yaml); an entry here would ask for a second certificate
 * of the same host. Synapse alone needs one: helmfile/apps/element/values-synapse.yaml.gotmpl `serveServerWellknown`
 * is true only with it, and without it other Matrix servers try port 8448, where nothing listens.
 */
function certificates(config: LoadedConfig): object {
  const { edge, apps } = config;
  if (!apps.element.enabled || (edge.routing === "ingress" && edge.clusterIssuer === undefined)) return {};
  return { synapse: [{ hosts: [publicHost(config, "synapse")], secretName: "synapse-tls" }] };
}
