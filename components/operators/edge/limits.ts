import { z } from "zod";
import { cidr, perApp } from "../../../config/fields";
import type { App } from "../../../suite/app";
import { eachApp } from "../../../suite/apps";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import type { RouteAnnotations } from "../frame/routes";

/** What apps of the suite need of the edge, by their keys. */
const ofApps = (field: keyof App["edge"]): Record<string, number> =>
  Object.fromEntries(
    eachApp.flatMap(({ key, app: { edge } }) => (edge[field] === undefined ? [] : [[key, edge[field]]])),
  );

/** What the edge of the cluster does for every public route. The rest of denial of service is the provider's. */
export const edgeSettings = {
  requestsPerSecond: z
    .int()
    .positive()
    .default(200)
    .describe("Per client address and route, on average. An office behind one address counts as one client."),
  burst: z.int().positive().default(400).describe("Requests above the average that are let through at once."),
  concurrentRequests: z
    .int()
    .positive()
    .default(1000)
    .describe("Per client address and route; each open web socket counts, so one per open document or chat."),
  maxBodyBytes: z
    .int()
    .nonnegative()
    .default(104_857_600)
    .describe("Largest request body; 0: no limit. Bodies are held back until they are complete."),
  maxBodyBytesOf: perApp(z.int().nonnegative())
    .default(ofApps("maxBodyBytes"))
    .describe("Per app. Drive and Nextcloud take files of any size and limit uploads themselves."),
  responseSeconds: z.int().positive().default(60).describe("Longest wait for the first byte of an answer."),
  responseSecondsOf: perApp(z.int().positive())
    .default(ofApps("responseSeconds"))
    .describe("Per app: converting documents, joining the parts of an upload and language models take longer."),
  sourceRanges: z.array(cidr).default([]).describe("Clients that may connect; empty: all."),
  sourceRangesOf: perApp(z.array(cidr).min(1)).default({}).describe("Per app, instead of `sourceRanges`."),
  proxyDepth: z
    .int()
    .nonnegative()
    .default(0)
    .describe("Trusted proxies before the controller: which address of X-Forwarded-For is the client's."),
  gatewayFilter: z
    .boolean()
    .default(true)
    .describe("HTTPRoutes get Traefik's filter; false where the Gateway is not Traefik's, which would refuse them."),
};

export type EdgeSettings = z.infer<z.ZodObject<typeof edgeSettings>>;

export interface EdgeApp {
  readonly key: string;
  readonly namespace: string;
}

/** Name of the chain of middlewares, and of the ServersTransport, in each app's namespace. */
export const EDGE_NAME = "platform-edge";

const HSTS_SECONDS = 31_536_000;

function sourcesOf({ key }: EdgeApp, settings: EdgeSettings): readonly string[] {
  return settings.sourceRangesOf[key] ?? settings.sourceRanges;
}

function bodyOf({ key }: EdgeApp, settings: EdgeSettings): number {
  return settings.maxBodyBytesOf[key] ?? settings.maxBodyBytes;
}

function secondsOf({ key }: EdgeApp, settings: EdgeSettings): number {
  return settings.responseSecondsOf[key] ?? settings.responseSeconds;
}

/** Traefik's middlewares for one app, the chain of them that routes name, and the timeouts towards its pods. */
export function traefikObjects(app: EdgeApp, settings: EdgeSettings): Manifest[] {
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
    middleware(EDGE_NAME, app.namespace, { chain: { middlewares: Object.keys(parts).map((name) => ({ name })) } }),
    {
      apiVersion: "traefik.io/v1alpha1",
      kind: "ServersTransport",
      metadata: { name: EDGE_NAME, namespace: app.namespace, labels: managedLabels },
      spec: {
        // As many as without a transport of one's own; absent is Go's two.
        maxIdleConnsPerHost: 200,
        forwardingTimeouts: {
          dialTimeout: "10s",
          responseHeaderTimeout: `${secondsOf(app, settings)}s`,
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

/** Route and Ingress annotations for OpenShift's router (OpenShift docs, "Route-specific annotations"). */
export function openshiftAnnotations(app: EdgeApp, settings: EdgeSettings): RouteAnnotations {
  const prefix = "haproxy.router.openshift.io";
  const sources = sourcesOf(app, settings);
  return {
    limits: {
      [`${prefix}/rate-limit-connections`]: "true",
      // Counted over three seconds.
      [`${prefix}/rate-limit-connections.rate-http`]: String(settings.requestsPerSecond * 3),
      [`${prefix}/rate-limit-connections.concurrent-tcp`]: String(settings.concurrentRequests),
      ...(sources.length === 0 ? {} : { [`${prefix}/ip_allowlist`]: sources.join(" ") }),
    },
    defaults: {
      [`${prefix}/timeout`]: `${secondsOf(app, settings)}s`,
      [`${prefix}/hsts_header`]: `max-age=${HSTS_SECONDS};includeSubDomains`,
    },
  };
}
