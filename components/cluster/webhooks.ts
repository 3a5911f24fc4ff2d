import { z } from "zod";
import { ConfigError } from "../../config/errors";
import { KubeClient, UnreachableError } from "../../lib/kube/client";
import type { ClusterAccess } from "../../lib/kube/kubeconfig";
import type { Manifest } from "../kubernetes-object";
import type { WebhookProbe } from "../operators/frame/webhooks";

/** An answer of the API server. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One request to the API server; `body` is sent as JSON. */
export type Send = (method: "GET" | "POST", path: string, body?: Manifest) => Promise<Answer>;

const PAUSE_MS = 1_000;
/** As long as the provider waits for a Deployment: a webhook of pods that never become ready says nothing sooner. */
const PATIENCE_MS = 600_000;
/** A refusal that is not of a webhook ends by itself only where the API server has yet to see what was just made. */
const REFUSAL_PATIENCE_MS = 30_000;
const REPORT_MS = 15_000;

/** How long is waited, and who is told of it. */
export interface Patience {
  readonly patienceMs?: number;
  readonly refusalMs?: number;
  readonly pauseMs?: number;
  readonly reportMs?: number;
  /** Told again and again while something is waited for. */
  readonly report?: (line: string) => void;
}

const configurationSchema = z.object({
  webhooks: z
    .array(
      z.object({
        name: z.string(),
        clientConfig: z.object({ url: z.string().optional(), caBundle: z.string().optional() }).default({}),
      }),
    )
    .default([]),
});
const resourceList = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});
const statusSchema = z.object({ message: z.string() });

const plurals: Readonly<Record<string, string>> = {
  MutatingWebhookConfiguration: "mutatingwebhookconfigurations",
  ValidatingWebhookConfiguration: "validatingwebhookconfigurations",
};

/** What keeps a probe from being let through. */
interface Problem {
  readonly text: string;
  /** Waiting does not end it: no webhook has said it, nor failed to say anything. */
  readonly lasting: boolean;
}

const waiting = (text: string): Problem => ({ text, lasting: false });

/**
 * Waits until the API server gets answers from these webhooks: each configuration is there with an authority, and a dry
 * run of each object is let through. What is waited for is reported; a refusal that waiting does not end is an error soon.
 *
 * @throws {ConfigError} with what is still wrong when the patience ends.
 */
export async function webhooksAnswer(
  probes: readonly WebhookProbe[],
  send: Send,
  {
    patienceMs = PATIENCE_MS,
    refusalMs = REFUSAL_PATIENCE_MS,
    pauseMs = PAUSE_MS,
    reportMs = REPORT_MS,
    report = () => undefined,
  }: Patience = {},
): Promise<void> {
  const began = Date.now();
  let refusedSince: number | undefined;
  let told = began;
  for (;;) {
    const missing = await unanswered(probes, send);
    if (missing.length === 0) return;
    const now = Date.now();
    const lasting = missing.filter((problem) => problem.lasting);
    refusedSince = lasting.length === 0 ? undefined : (refusedSince ?? now);
    if (refusedSince !== undefined && now - refusedSince >= refusalMs) throw new ConfigError(lasting.map(asDefect));
    if (now - began >= patienceMs) throw new ConfigError(missing.map(asSilence));
    if (now - told >= reportMs) {
      told = now;
      report(
        `waiting for admission webhooks (${Math.round((now - began) / 1000)} s): ${missing.map(({ text }) => text).join("; ")}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

const asSilence = ({ text }: Problem): string =>
  `${text}. Nothing that it judges can be made before it answers: look at the pods behind it and their ` +
  "certificate, and whether the API server may reach them (network.controlPlaneCidrs)";

const asDefect = ({ text }: Problem): string =>
  `${text}. No webhook said so, and waiting does not help: the objects of this kind would be refused for the same reason. ` +
  "Check the rights of the kubeconfig, and the policies and quotas of others on the cluster";

async function unanswered(probes: readonly WebhookProbe[], send: Send): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const configuration of new Set(probes.flatMap(({ configurations }) => configurations))) {
    problems.push(...(await withoutAuthority(configuration, send)).map(waiting));
  }
  // Before its configuration is there, an object would be let through without being asked about.
  if (problems.length > 0) return problems;
  for (const { object } of probes) problems.push(...(await refused(object, send)));
  return problems;
}

async function withoutAuthority(configuration: string, send: Send): Promise<string[]> {
  const [kind = "", name = ""] = configuration.split("/");
  const { status, body } = await send(
    "GET",
    `/apis/admissionregistration.k8s.io/v1/${plurals[kind] ?? kind.toLowerCase()}/${name}`,
  );
  if (status !== 200) return [`${kind} ${name} is not there (${messageOf(status, body)})`];
  const { webhooks } = configurationSchema.parse(JSON.parse(body));
  if (webhooks.length === 0) return [`${kind} ${name} holds no webhook yet`];
  return webhooks
    .filter(({ clientConfig }) => clientConfig.url === undefined && (clientConfig.caBundle ?? "") === "")
    .map((webhook) => `${kind} ${name}: webhook ${webhook.name} has no authority yet (clientConfig.caBundle)`);
}

/** A webhook that says no has answered as well. */
const denied = /^admission webhook "[^"]+" denied the request/;

/** Of the API server itself, and for good: wrong request, no login, no right, an object that its own checks refuse. */
const LASTING: ReadonlySet<number> = new Set([400, 401, 403, 422]);

async function refused(object: Manifest, send: Send): Promise<Problem[]> {
  const what = `${object.kind} ${object.metadata.name}`;
  const found = await collection(object, send);
  if (found === undefined) return [waiting(`${object.kind} of ${object.apiVersion} is not served`)];
  const { status, body } = await send("POST", `${found}?dryRun=All&fieldManager=mijnbureau-platform`, object);
  // 409: it exists, which the API server looks up after the webhooks.
  if ((status >= 200 && status < 300) || status === 409) return [];
  const message = messageOf(status, body);
  if (denied.test(message)) return [];
  return [{ text: `a dry run of ${what} is refused: ${message}`, lasting: LASTING.has(status) }];
}

async function collection({ apiVersion, kind, metadata }: Manifest, send: Send): Promise<string | undefined> {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { status, body } = await send("GET", root);
  if (status !== 200) return undefined;
  const { resources } = resourceList.parse(JSON.parse(body));
  const resource = resources.find((each) => each.kind === kind && !each.name.includes("/"));
  if (resource === undefined) return undefined;
  return resource.namespaced
    ? `${root}/namespaces/${metadata.namespace ?? "default"}/${resource.name}`
    : `${root}/${resource.name}`;
}

function messageOf(status: number, body: string): string {
  try {
    return statusSchema.parse(JSON.parse(body)).message;
  } catch {
    return `status ${status}`;
  }
}

const TIMEOUT_MS = 45_000; // longer than the longest `timeoutSeconds` of a webhook, 30

/** Sends to the cluster of a kubeconfig; a broken connection is an answer too, for whoever waits. */
export function sender(access: ClusterAccess): Send {
  const client = new KubeClient(access, { timeoutMs: TIMEOUT_MS });
  return async (method, path, body) => {
    try {
      const { status, text } = await client.send(method, path, { body });
      return { status, body: text };
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      return { status: 0, body: JSON.stringify({ message: error.message }) };
    }
  };
}
