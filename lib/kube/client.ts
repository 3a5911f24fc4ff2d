import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { KubeConfig } from "@kubernetes/client-node";
import { reasonOf } from "./errors";
import { loadKubeconfig, requestOptions, type ClusterAccess } from "./kubeconfig";
import { UserError } from "../errors";

export type JsonObject = Record<string, unknown>;

export interface ObjectMeta {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generateName?: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly Readonly<Record<string, unknown>>[];
  readonly managedFields?: readonly unknown[];
}

export interface KubeObject extends Readonly<Record<string, unknown>> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

export interface KindRef {
  readonly apiVersion: string;
  readonly kind: string;
}

export interface ObjectRef extends KindRef {
  readonly name: string;
  readonly namespace?: string | undefined;
}

export interface ResourceType extends KindRef {
  readonly plural: string;
  readonly namespaced: boolean;
}

export interface Impersonation {
  readonly user: string;
  readonly groups?: readonly string[];
}

export interface ClientOptions {
  readonly impersonate?: Impersonation | undefined;
  readonly timeoutMs?: number | undefined;
  /** Receives the API server's warnings, such as Pod Security's. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

export interface RequestInput {
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Media type of the answer; default JSON. */
  readonly accept?: string;
}

export interface WriteOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  /** Take over fields that another manager owns (server-side apply). */
  readonly force?: boolean;
}

export interface ListOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface DeleteOptions {
  readonly dryRun?: boolean;
  readonly propagation?: "Background" | "Foreground" | "Orphan";
  readonly graceSeconds?: number;
}

/** A refusal by the API server; the message is the one of its Status object. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly status: JsonObject,
  ) {
    super(message);
  }
}

/** The API server did not answer at all. */
export class UnreachableError extends UserError {
  override readonly name = "UnreachableError";
}

export const isRecord = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function isKubeObject(value: unknown): value is KubeObject {
  return (
    isRecord(value) &&
    typeof value["apiVersion"] === "string" &&
    typeof value["kind"] === "string" &&
    isRecord(value["metadata"])
  );
}

/** A value deep in an object by its path, undefined where a step is missing. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current: unknown = value;
  for (const step of path) {
    if (Array.isArray(current) && typeof step === "number") current = Array.from<unknown>(current)[step];
    else if (isRecord(current)) current = current[String(step)];
    else return undefined;
  }
  return current;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const PAGE_SIZE = "500";
const FIELD_MANAGER = "mijnbureau-platform";

/** A small client for the Kubernetes API: JSON in, JSON out, over one pool of kept-alive connections. */
export class KubeClient {
  readonly #types: Map<string, Promise<readonly ResourceType[]>>;
  readonly #connection: Connection;

  constructor(
    access: ClusterAccess,
    readonly options: ClientOptions = {},
    shared?: KubeClient,
  ) {
    this.#connection = shared === undefined ? new Connection(access) : shared.#connection;
    this.#types = shared === undefined ? new Map<string, Promise<readonly ResourceType[]>>() : shared.#types;
  }

  /** The kubeconfig is read by the first request. */
  static fromKubeconfig(kubeconfig: string, context?: string, options: ClientOptions = {}): KubeClient {
    return new KubeClient({ kubeconfig, context }, options);
  }

  /** The same connection acting as another user. */
  impersonate(user: string, groups: readonly string[] = []): KubeClient {
    return this.with({ impersonate: { user, groups } });
  }

  /** Acting as a ServiceAccount, with the groups that its token would carry. */
  asServiceAccount(namespace: string, name: string): KubeClient {
    return this.impersonate(`system:serviceaccount:${namespace}:${name}`, [
      "system:serviceaccounts",
      `system:serviceaccounts:${namespace}`,
      "system:authenticated",
    ]);
  }

  with(options: ClientOptions): KubeClient {
    return new KubeClient({}, { ...this.options, ...options }, this);
  }

  /** Closes idle connections; without it a command would wait for them at its end. */
  close(): void {
    this.#connection.close();
  }

  /** Where the requests go, and the TLS and credentials that they carry. */
  async endpoint(): Promise<{ readonly server: string; readonly options: RequestOptions }> {
    return this.#connection.open();
  }

  /** The answer as it came, whatever its status. */
  async send(method: string, path: string, input: RequestInput = {}): Promise<Answer> {
    const answer = await this.#exchange(method, withQuery(path, input.query), input);
    for (const warning of answer.warnings) this.options.onWarning?.(warning);
    return answer;
  }

  async request(method: string, path: string, input: RequestInput = {}): Promise<unknown> {
    const { status, text } = await this.send(method, path, input);
    const content = parseJson(text);
    if (status >= 200 && status < 300) return content ?? text;
    throw apiError(status, content, `${method} ${path}: HTTP ${String(status)} ${text.slice(0, 500)}`);
  }

  /** The API server's version, as `v1.36.3`. */
  async version(): Promise<string> {
    const version = at(await this.request("GET", "/version"), "gitVersion");
    return typeof version === "string" ? version : "unknown";
  }

  async get(ref: ObjectRef): Promise<KubeObject> {
    return toObject(await this.request("GET", await this.#path(ref)));
  }

  /** The object, or undefined where there is none. */
  async find(ref: ObjectRef): Promise<KubeObject | undefined> {
    try {
      return await this.get(ref);
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined;
      throw error;
    }
  }

  /** All objects of a kind, in one namespace or in all, page by page. */
  async list(kind: KindRef, options: ListOptions = {}): Promise<KubeObject[]> {
    const type = await this.resourceType(kind);
    const path = collectionPath(type, options.namespace);
    const { labelSelector, fieldSelector } = options;
    const found: KubeObject[] = [];
    let next: string | undefined;
    do {
      const query = { limit: PAGE_SIZE, continue: next, labelSelector, fieldSelector };
      const page = await this.request("GET", path, { query });
      const items = at(page, "items");
      // Items of a list carry neither apiVersion nor kind.
      for (const item of Array.isArray(items) ? Array.from<unknown>(items) : []) {
        if (isRecord(item)) found.push(toObject({ ...item, apiVersion: kind.apiVersion, kind: kind.kind }));
      }
      const token = at(page, "metadata", "continue");
      next = typeof token === "string" && token !== "" ? token : undefined;
    } while (next !== undefined);
    return found;
  }

  async create(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const type = await this.resourceType(object);
    const path = collectionPath(type, object.metadata.namespace ?? "default");
    return toObject(await this.request("POST", path, { query: writeQuery(options), body: object }));
  }

  async replace(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const path = await this.#path(refOf(object));
    return toObject(await this.request("PUT", path, { query: writeQuery(options), body: object }));
  }

  /** Server-side apply. */
  async apply(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const query = { ...writeQuery(options), force: options.force === true ? "true" : undefined };
    const contentType = "application/apply-patch+yaml"; // JSON is YAML
    return toObject(await this.request("PATCH", await this.#path(refOf(object)), { query, body: object, contentType }));
  }

  /** JSON merge patch. */
  async patch(
    ref: ObjectRef,
    body: JsonObject,
    options: WriteOptions & { subresource?: string } = {},
  ): Promise<KubeObject> {
    const path = `${await this.#path(ref)}${options.subresource === undefined ? "" : `/${options.subresource}`}`;
    const contentType = "application/merge-patch+json";
    return toObject(await this.request("PATCH", path, { query: writeQuery(options), body, contentType }));
  }

  /** Deletes; answers false where there was nothing to delete. */
  async delete(ref: ObjectRef, options: DeleteOptions = {}): Promise<boolean> {
    const body = {
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: options.propagation ?? "Background",
      ...(options.graceSeconds === undefined ? {} : { gracePeriodSeconds: options.graceSeconds }),
      ...(options.dryRun === true ? { dryRun: ["All"] } : {}),
    };
    try {
      await this.request("DELETE", await this.#path(ref), { body });
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return false;
      throw error;
    }
  }

  /** Where the API server serves a kind; asked once per group version, and again when a kind is new. */
  async resourceType(kind: KindRef): Promise<ResourceType> {
    for (const fresh of [false, true]) {
      const known = this.#types.get(kind.apiVersion);
      const types = known === undefined || fresh ? this.#discover(kind.apiVersion) : known;
      this.#types.set(kind.apiVersion, types);
      const found = (await types).find((type) => type.kind === kind.kind);
      if (found !== undefined) return found;
      if (known === undefined) break;
    }
    throw new ApiError(404, "NotFound", `the API server has no kind ${kind.kind} in ${kind.apiVersion}`, {});
  }

  async #discover(apiVersion: string): Promise<readonly ResourceType[]> {
    let answer: unknown;
    try {
      answer = await this.request("GET", groupPath(apiVersion));
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return [];
      this.#types.delete(apiVersion);
      throw error;
    }
    const resources = at(answer, "resources");
    const types: ResourceType[] = [];
    for (const resource of Array.isArray(resources) ? Array.from<unknown>(resources) : []) {
      const plural = at(resource, "name");
      const kind = at(resource, "kind");
      if (typeof plural !== "string" || typeof kind !== "string" || plural.includes("/")) continue;
      types.push({ apiVersion, kind, plural, namespaced: at(resource, "namespaced") === true });
    }
    return types;
  }

  async #path(ref: ObjectRef): Promise<string> {
    const type = await this.resourceType(ref);
    return `${collectionPath(type, ref.namespace ?? "default")}/${encodeURIComponent(ref.name)}`;
  }

  #headers(body: string | undefined, input: RequestInput): Record<string, string | string[]> {
    const { impersonate } = this.options;
    return {
      accept: input.accept ?? "application/json",
      ...(body !== undefined && {
        "content-type": input.contentType ?? "application/json",
        "content-length": String(Buffer.byteLength(body)),
      }),
      ...(impersonate === undefined ? {} : { "impersonate-user": impersonate.user }),
      ...(impersonate?.groups === undefined ? {} : { "impersonate-group": [...impersonate.groups] }),
    };
  }

  async #exchange(method: string, path: string, input: RequestInput): Promise<Answer> {
    const { server, options } = await this.#connection.open();
    const body = input.body === undefined ? undefined : JSON.stringify(input.body);
    const url = new URL(`${server.replace(/\/$/, "")}${path}`);
    const headers = { ...options.headers, ...this.#headers(body, input) };
    const timeout = this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        reject(new UnreachableError(`cannot reach the API server at ${server}: ${reasonOf(error)}`));
      };
      const send = url.protocol === "https:" ? httpsRequest : httpRequest;
      const attempt = (): void => {
        const request = send(url, { ...options, method, headers, timeout }, (response) => {
          collect(response).then(resolve, fail);
        });
        request.on("timeout", () => request.destroy(new Error(`no answer within ${String(timeout / 1000)} s`)));
        request.on("error", (error) => {
          if (method !== "POST" && request.reusedSocket && isReset(error)) attempt();
          else fail(error);
        });
        request.end(body);
      };
      attempt();
    });
  }
}

/**
 * A kept connection that the server closed while it was idle. What may be repeated is asked again; each such connection
 * leaves the pool, so a new one is used in the end (Node.js, `http.ClientRequest.reusedSocket`).
 */
const isReset = (error: Error): boolean => "code" in error && error.code === "ECONNRESET";

/** Less than the API server's own 90 s (k8s.io/apiserver, `secure_serving.go`), so that it seldom closes one first. */
const IDLE_MS = 60_000;

/** A kubeconfig's way to its API server, with one pool of connections for as long as the client certificate stays. */
class Connection {
  #config: Promise<KubeConfig> | undefined;
  #pool: { readonly certificate: string; readonly agent: Agent } | undefined;

  constructor(readonly access: ClusterAccess) {}

  async open(): Promise<{ readonly server: string; readonly options: RequestOptions }> {
    const config = await (this.#config ??= loadKubeconfig(this.access));
    const { server, options } = await requestOptions(config);
    if (config.getCurrentCluster()?.proxyUrl !== undefined || !server.startsWith("https:")) return { server, options };
    return { server, options: { ...options, agent: this.#pooled(options) } };
  }

  close(): void {
    this.#pool?.agent.destroy();
  }

  #pooled({ ca, cert, key, servername, rejectUnauthorized = true }: RequestOptions): Agent {
    const certificate = cert instanceof Buffer ? cert.toString() : JSON.stringify(cert ?? "");
    if (this.#pool?.certificate !== certificate) {
      this.close();
      this.#pool = {
        certificate,
        agent: new Agent({ keepAlive: true, timeout: IDLE_MS, ca, cert, key, servername, rejectUnauthorized }),
      };
    }
    return this.#pool.agent;
  }
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly warnings: readonly string[];
}

async function collect(response: IncomingMessage): Promise<Answer> {
  response.setEncoding("utf8");
  let text = "";
  for await (const chunk of response) text += String(chunk);
  const warnings = (response.headersDistinct["warning"] ?? []).map(warningText);
  return { status: response.statusCode ?? 0, text, warnings };
}

/** RFC 7234 §5.5: code, agent, quoted text. */
function warningText(header: string): string {
  const quoted = /^\d{3} \S+ "((?:[^"\\]|\\.)*)"/.exec(header)?.[1];
  return quoted === undefined ? header : quoted.replace(/\\(.)/g, "$1");
}

function apiError(status: number, content: unknown, fallback: string): ApiError {
  const details = isRecord(content) ? content : {};
  const { message, reason } = details;
  const text = typeof message === "string" && message !== "" ? message : fallback;
  return new ApiError(status, typeof reason === "string" ? reason : "", text, details);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // health endpoints answer with plain text
  }
}

function withQuery(path: string, query: RequestInput["query"]): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) if (value !== undefined) given.set(key, value);
  const text = given.toString();
  return text === "" ? path : `${path}?${text}`;
}

function writeQuery(options: WriteOptions): Record<string, string | undefined> {
  return {
    dryRun: options.dryRun === true ? "All" : undefined,
    fieldManager: options.fieldManager ?? FIELD_MANAGER,
    fieldValidation: "Strict",
  };
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** For a namespaced kind without a namespace: all namespaces. */
function collectionPath(type: ResourceType, namespace: string | undefined): string {
  const within = type.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${groupPath(type.apiVersion)}${within}/${type.plural}`;
}

function toObject(value: unknown): KubeObject {
  if (isKubeObject(value)) return value;
  throw new Error(`the API server answered with something that is no object: ${JSON.stringify(value)?.slice(0, 200)}`);
}

export function refOf(object: KubeObject): ObjectRef {
  const { name, namespace } = object.metadata;
  if (name === undefined) throw new Error(`${object.apiVersion} ${object.kind} has no metadata.name`);
  return { apiVersion: object.apiVersion, kind: object.kind, name, namespace };
}
