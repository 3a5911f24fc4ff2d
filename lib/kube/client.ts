import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { reasonOf } from "./errors";
import { loadConnection, type Connection } from "./kubeconfig";
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
  readonly #agent: Agent | undefined;
  readonly #types: Map<string, Promise<readonly ResourceType[]>>;

  constructor(
    readonly connection: Connection,
    readonly options: ClientOptions = {},
    shared?: KubeClient,
  ) {
    const { ca, certificate, key, serverName, insecure } = connection;
    const tls = { ca, cert: certificate, key, servername: serverName, rejectUnauthorized: insecure !== true };
    const secure = connection.server.startsWith("https:");
    this.#agent = shared === undefined ? (secure ? new Agent({ keepAlive: true, ...tls }) : undefined) : shared.#agent;
    this.#types = shared === undefined ? new Map<string, Promise<readonly ResourceType[]>>() : shared.#types;
  }

  static fromKubeconfig(path: string, context?: string, options: ClientOptions = {}): KubeClient {
    return new KubeClient(loadConnection(path, context), options);
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
    return new KubeClient(this.connection, { ...this.options, ...options }, this);
  }

  /** Closes idle connections; without it a command would wait for them at its end. */
  close(): void {
    this.#agent?.destroy();
  }

  async request(method: string, path: string, input: RequestInput = {}): Promise<unknown> {
    const body = input.body === undefined ? undefined : JSON.stringify(input.body);
    const { status, text, warnings } = await this.#exchange(method, withQuery(path, input.query), {
      body,
      contentType: input.contentType ?? "application/json",
    });
    for (const warning of warnings) this.options.onWarning?.(warning);
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

  #headers(body: string | undefined, contentType: string): Record<string, string | string[]> {
    const { impersonate } = this.options;
    return {
      accept: "application/json",
      ...(this.connection.token === undefined ? {} : { authorization: `Bearer ${this.connection.token}` }),
      ...(body === undefined ? {} : { "content-type": contentType, "content-length": String(Buffer.byteLength(body)) }),
      ...(impersonate === undefined ? {} : { "impersonate-user": impersonate.user }),
      ...(impersonate?.groups === undefined ? {} : { "impersonate-group": [...impersonate.groups] }),
    };
  }

  #exchange(method: string, path: string, content: { body: string | undefined; contentType: string }): Promise<Answer> {
    const url = new URL(`${this.connection.server.replace(/\/$/, "")}${path}`);
    const options: RequestOptions = {
      method,
      headers: this.#headers(content.body, content.contentType),
      timeout: this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      ...(this.#agent === undefined ? {} : { agent: this.#agent }),
    };
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        reject(new UnreachableError(`cannot reach the API server at ${this.connection.server}: ${reasonOf(error)}`));
      };
      const send = url.protocol === "https:" ? httpsRequest : httpRequest;
      const request = send(url, options, (response) => {
        collect(response).then(resolve, fail);
      });
      request.on("timeout", () => request.destroy(new Error("no answer in time")));
      request.on("error", fail);
      request.end(content.body);
    });
  }
}

interface Answer {
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
