import type { AppKey } from "./apps/keys";
import type { AppPeer, Flow, InternetName, Peer, Port } from "./flow";
import { infra } from "./sources";

/** Flows that several apps have, each with its one reason. An app's file says which of its pods. */

type Pods = AppPeer | readonly AppPeer[];

const ingress = { kind: "ingressController" } as const;
const monitoring = { kind: "monitoring" } as const;

/** The public hostname of an app. */
export const hostOf = (app: AppKey): Peer => ({ kind: "ingressController", host: app });

/** What a host of the app leads to: Ingress or HTTPRoute, by pod port. */
export const route = (to: AppPeer, port: number, why: string): Flow => ({
  from: ingress,
  to,
  ports: [port],
  why: `for users: ${why}`,
  source: infra(`apps/${to.app}, Ingress and HTTPRoute`),
});

export const staticRoute = (to: AppPeer): Flow => ({
  from: ingress,
  to,
  ports: [8080],
  why: "users load the link to Bureaublad and theme files from static-<app>",
  source: infra("apps/*/values-static-nginx.yaml.gotmpl"),
});

export const signIn = (from: Pods): Flow => ({
  from,
  to: { kind: "identityProvider" },
  why: "OpenID Connect: discovery, keys, token and user info",
  source: infra("environments/default/authentication.yaml.gotmpl, authentication.oidc"),
});

export const wopiDiscovery = (from: Pods): Flow => ({
  from,
  to: hostOf("collabora"),
  why: "WOPI discovery and capabilities",
  source: infra("apps/nextcloud/values.yaml.gotmpl and apps/drive/values.yaml.gotmpl"),
});

export const assistant = (from: Pods): Flow => ({
  from,
  to: { kind: "llm" },
  why: "the apps' assistants ask the language model",
  source: infra("environments/default/ai.yaml.gotmpl; blocked upstream across namespaces for docs and bureaublad"),
});

export const mail = (from: Pods): Flow => ({
  from,
  to: { kind: "smtp" },
  why: "invitations and notifications by mail",
  source: infra("environments/default/smtp.yaml.gotmpl; blocked upstream, where only 443 is open"),
});

export const metrics = (to: AppPeer, port: number, why: string, source: string): Flow => ({
  from: monitoring,
  to,
  ports: [port],
  why,
  source,
  when: ["metrics"],
});

export const nginxMetrics = (to: AppPeer): Flow =>
  metrics(to, 9113, "metrics of nginx, from the exporter beside it", infra("environments/default/metric.yaml.gotmpl"));

export const toInternet = (
  from: Pods,
  name: InternetName,
  rest: { readonly ports: readonly Port[]; readonly why: string; readonly source: string },
): Flow => ({ from, to: { kind: "internet", name }, ...rest });
