import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { packageDigest } from "../../components/charts/archive";
import { ChartsError } from "./error";
import { get, type HttpAnswer, type HttpOptions } from "./http";

/** A chart in an OCI registry. */
export interface OciChart {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  /** Without TLS; only for a registry on this machine. */
  readonly plainHttp: boolean;
}

/** Media type of a chart's package in an OCI manifest (helm.sh: "OCI artifacts"). */
const chartLayer = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const manifestType = "application/vnd.oci.image.manifest.v1+json";

const manifestSchema = z.object({ layers: z.array(z.object({ mediaType: z.string(), digest: z.string() })) });
const tokenSchema = z.object({ token: z.string().optional(), access_token: z.string().optional() });
const dockerConfigSchema = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional() })).optional(),
});

/**
 * Reads `oci://registry/path/chart` and a chart version. Helm writes a version's `+` as `_` in the tag.
 *
 * @throws {ChartsError}
 */
export function ociChart(reference: string, version: string): OciChart {
  const match = /^oci:\/\/([^/]+)\/(.+)$/.exec(reference);
  const [, registry, repository] = match ?? [];
  if (registry === undefined || repository === undefined) {
    throw new ChartsError(`${reference}: is not an OCI reference; example: oci://registry.example.nl/charts`);
  }
  const local = /^(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(registry);
  return { registry, repository: repository.replace(/\/$/, ""), tag: version.replace("+", "_"), plainHttp: local };
}

/**
 * Downloads a chart's package from an OCI registry (OCI Distribution Specification, "Pulling manifests" and "Pulling
 * blobs"), with the credentials of `docker login` or `helm registry login` where there are any.
 *
 * @throws {ChartsError}
 */
export async function pullOci(chart: OciChart, options: HttpOptions): Promise<Buffer> {
  const base = `${chart.plainHttp ? "http" : "https"}://${chart.registry}/v2/${chart.repository}`;
  const answer = await authorised(`${base}/manifests/${chart.tag}`, chart, options);
  const manifest = manifestSchema.safeParse(parseJson(answer.body));
  const layer = manifest.success ? manifest.data.layers.find((found) => found.mediaType === chartLayer) : undefined;
  if (layer === undefined) throw new ChartsError(`${base}/manifests/${chart.tag}: is not the manifest of a Helm chart`);
  const { body } = await authorised(`${base}/blobs/${layer.digest}`, chart, options);
  if (packageDigest(body) === layer.digest) return body;
  throw new ChartsError(`${base}/blobs/${layer.digest}: has digest ${packageDigest(body)}; the download was altered`);
}

async function authorised(url: string, chart: OciChart, options: HttpOptions): Promise<HttpAnswer> {
  const accept = { accept: manifestType };
  const first = await get(url, options, accept);
  if (first.status === 200) return first;
  const challenge = first.headers["www-authenticate"];
  if (first.status !== 401 || challenge === undefined) throw refused(url, first.status);
  const authorization = await answerChallenge(challenge, chart, options);
  const second = await get(url, options, { ...accept, authorization });
  if (second.status !== 200) throw refused(url, second.status);
  return second;
}

function refused(url: string, status: number): ChartsError {
  const advice =
    status === 401 || status === 403 || status === 404
      ? "Check the address, and log in if the registry needs it: helm registry login <registry>"
      : "Try again later, or use another source with --from";
  return new ChartsError(`${url}: the registry answered with status ${status}. ${advice}`);
}

async function answerChallenge(challenge: string, chart: OciChart, options: HttpOptions): Promise<string> {
  const basic = storedCredentials(chart.registry, options.env);
  if (/^basic/i.test(challenge) && basic !== undefined) return basic;
  const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
  const realm = field("realm");
  if (realm === undefined || !/^bearer/i.test(challenge)) {
    throw new ChartsError(
      `${chart.registry}: asks for credentials. Log in first: helm registry login ${chart.registry}`,
    );
  }
  const url = new URL(realm);
  url.searchParams.set("scope", field("scope") ?? `repository:${chart.repository}:pull`);
  const service = field("service");
  if (service !== undefined) url.searchParams.set("service", service);
  const answer = await get(url.href, options, basic === undefined ? {} : { authorization: basic });
  const token = tokenSchema.safeParse(parseJson(answer.body));
  const value = token.success ? (token.data.token ?? token.data.access_token) : undefined;
  if (value === undefined) throw refused(realm, answer.status);
  return `Bearer ${value}`;
}

/** Credentials as `helm registry login` and `docker login` store them; credential helpers are not started. */
function storedCredentials(registry: string, env: HttpOptions["env"]): string | undefined {
  const home = env["HOME"] ?? "";
  const files = [
    env["HELM_REGISTRY_CONFIG"] ??
      path.join(env["XDG_CONFIG_HOME"] ?? path.join(home, ".config"), "helm/registry/config.json"),
    path.join(env["DOCKER_CONFIG"] ?? path.join(home, ".docker"), "config.json"),
  ];
  for (const file of files) {
    const config = dockerConfigSchema.safeParse(fs.existsSync(file) ? parseJson(fs.readFileSync(file)) : undefined);
    const auth = config.success ? config.data.auths?.[registry]?.auth : undefined;
    if (auth !== undefined && auth !== "") return `Basic ${auth}`;
  }
  return undefined;
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString("utf8"));
  } catch {
    return undefined;
  }
}
