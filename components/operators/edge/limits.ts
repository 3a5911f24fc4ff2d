import { z } from "zod";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";

/** What the edge of the cluster does for every public route. The rest of denial of service is the provider's. */
export const edgeSettings = {
  requestsPerSecond: z.int().positive().default(100).describe("Per client address, on average."),
  burst: z.int().positive().default(200),
  concurrentRequests: z.int().positive().default(200).describe("Per client address; open web sockets count."),
  maxBodyBytes: z
    .int()
    .nonnegative()
    .default(104_857_600)
    .describe("Largest request body; 0: no limit. Bodies are held back until they are complete."),
  maxBodyBytesOf: z
    .record(z.string(), z.int().nonnegative())
    .default({ drive: 0, nextcloud: 0, openproject: 536_870_912 })
    .describe("Per app. Drive and Nextcloud take files of any size and limit uploads themselves."),
  responseSeconds: z.int().positive().default(60).describe("Longest wait for the first byte of an answer."),
  sourceRanges: z.array(z.string()).default([]).describe("Clients that may connect; empty: all."),
  sourceRangesOf: z
    .record(z.string(), z.array(z.string()).min(1))
    .default({})
    .describe("Per app, instead of `sourceRanges`."),
  proxyDepth: z
    .int()
    .nonnegative()
    .default(0)
    .describe("Trusted proxies before the controller: which address of X-Forwarded-For is the client's."),
};

export type EdgeSettings = z.infer<z.ZodObject<typeof edgeSettings>>;

export interface EdgeApp {
  readonly key: string;
  readonly namespace: string;
}

const CHAIN = "platform-edge";
const TRANSPORT = "platform-edge";
const HSTS_SECONDS = 31_536_000;

function sourcesOf({ key }: EdgeApp, settings: EdgeSettings): readonly string[] {
  return settings.sourceRangesOf[key] ?? settings.sourceRanges;
}

function bodyOf({ key }: EdgeApp, settings: EdgeSettings): number {
  return settings.maxBodyBytesOf[key] ?? settings.maxBodyBytes;
}

/** Traefik's middlewares for one app, and the chain of them that routes name. */
export function middlewares(app: EdgeApp, settings: EdgeSettings): Manifest[] {
  const client = { ipStrategy: { depth: settings.proxyDepth } };
  const sources = sourcesOf(app, settings);
  const body = bodyOf(app, settings);
  const parts: Record<string, Record<string, unknown>> = {
    ...(sources.length === 0 ? {} : { "platform-sources": { ipAllowList: { sourceRange: [...sources], ...client } } }),
    "platform-rate-limit": {
      rateLimit: { average: settings.requestsPerSecond, period: "1s", burst: settings.burst, sourceCriterion: client },
    },
    "platform-in-flight": { inFlightReq: { amount: settings.concurrentRequests, sourceCriterion: client } },
    ...(body === 0
      ? {}
      : { "platform-body": { buffering: { maxRequestBodyBytes: body, memRequestBodyBytes: 2_097_152 } } }),
    "platform-headers": {
      headers: {
        stsSeconds: HSTS_SECONDS,
        stsIncludeSubdomains: true,
        contentTypeNosniff: true,
        referrerPolicy: "strict-origin-when-cross-origin",
        // What the software is and which version is nobody's business.
        customResponseHeaders: { Server: "", "X-Powered-By": "" },
      },
    },
  };
  return [
    ...Object.entries(parts).map(([name, spec]) => middleware(name, app.namespace, spec)),
    middleware(CHAIN, app.namespace, { chain: { middlewares: Object.keys(parts).map((name) => ({ name })) } }),
    {
      apiVersion: "traefik.io/v1alpha1",
      kind: "ServersTransport",
      metadata: { name: TRANSPORT, namespace: app.namespace, labels: managedLabels },
      spec: {
        forwardingTimeouts: {
          dialTimeout: "10s",
          responseHeaderTimeout: `${settings.responseSeconds}s`,
          idleConnTimeout: "90s",
        },
      },
    },
  ];
}

function middleware(name: string, namespace: string, spec: Record<string, unknown>): Manifest {
  return {
    apiVersion: "traefik.io/v1alpha1",
    kind: "Middleware",
    metadata: { name, namespace, labels: managedLabels },
    spec,
  };
}

/**
 * Ingress annotations for Traefik. `own` are the middlewares that the route names already, e.g. the chart's
 * hsts-header: the platform's come first.
 */
export function traefikAnnotations({ namespace }: Pick<EdgeApp, "namespace">, own = ""): Record<string, string> {
  const ours = `${namespace}-${CHAIN}@kubernetescrd`;
  const others = own
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== ours);
  return { "traefik.ingress.kubernetes.io/router.middlewares": [ours, ...others].join(",") };
}

/** Annotation of the Services behind Traefik: the timeouts. */
export function traefikServiceAnnotations({ namespace }: Pick<EdgeApp, "namespace">): Record<string, string> {
  return { "traefik.ingress.kubernetes.io/service.serverstransport": `${namespace}-${TRANSPORT}@kubernetescrd` };
}

/** Filter of an HTTPRoute's rules, where Traefik is the Gateway. */
export const gatewayFilter = {
  type: "ExtensionRef",
  extensionRef: { group: "traefik.io", kind: "Middleware", name: CHAIN },
} as const;

/** Route and Ingress annotations for OpenShift's router (OpenShift docs, "Route-specific annotations"). */
export function openshiftAnnotations(app: EdgeApp, settings: EdgeSettings): Record<string, string> {
  const prefix = "haproxy.router.openshift.io";
  const sources = sourcesOf(app, settings);
  return {
    [`${prefix}/rate-limit-connections`]: "true",
    // Counted over three seconds.
    [`${prefix}/rate-limit-connections.rate-http`]: String(settings.requestsPerSecond * 3),
    [`${prefix}/rate-limit-connections.concurrent-tcp`]: String(settings.concurrentRequests),
    [`${prefix}/timeout`]: `${settings.responseSeconds}s`,
    [`${prefix}/hsts_header`]: `max-age=${HSTS_SECONDS};includeSubDomains`,
    ...(sources.length === 0 ? {} : { [`${prefix}/ip_allowlist`]: sources.join(" ") }),
  };
}
