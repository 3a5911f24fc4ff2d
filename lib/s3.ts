import { createHash, createHmac } from "node:crypto";
import { Agent, request } from "node:https";
import { UserError } from "./errors";

/** A bucket of an object store that speaks S3, and the key to ask it with. */
export interface S3Bucket {
  readonly url: string;
  readonly region: string;
  readonly bucket: string;
  /** Whether the bucket is in the path; otherwise it is in the host. */
  readonly pathStyle: boolean;
  readonly accessKey: string;
  readonly secretKey: string;
  /** PEM of a private authority. */
  readonly ca?: string | undefined;
}

export interface S3Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  readonly body: Buffer;
}

export interface S3Request {
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The store did not do what was asked. */
class S3Error extends UserError {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

const TIMEOUT_MS = 30_000;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** RFC 3986: what stays as it is in a canonical request (Amazon S3 API Reference, "Signature Version 4"). */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** One signed request. Any answer is an answer; no answer is an error. */
export function s3Request(
  store: S3Bucket,
  method: string,
  { key = "", query = {}, headers, body = "" }: S3Request = {},
): Promise<S3Answer> {
  const endpoint = new URL(store.url);
  const host = store.pathStyle ? endpoint.host : `${store.bucket}.${endpoint.host}`;
  const path =
    `/${[...(store.pathStyle ? [store.bucket] : []), ...key.split("/")].map(encoded).join("/")}`.replace(/\/$/, "") ||
    "/";
  const search = Object.keys(query)
    .sort()
    .map((name) => `${encoded(name)}=${encoded(query[name] ?? "")}`)
    .join("&");
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const digest = createHash("sha256").update(body).digest("hex");
  const all: Readonly<Record<string, string>> = {
    ...headers,
    // Object lock wants a digest of the body beside the signature (Amazon S3 API Reference, PutObjectRetention).
    ...(body === "" ? {} : { "content-md5": createHash("md5").update(body).digest("base64") }),
    host,
    "x-amz-content-sha256": digest,
    "x-amz-date": time,
  };
  const authorization = signature(store, { method, path, search, headers: all, digest, time });
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(new S3Error(`${endpoint.origin} cannot be reached (${error.message})`, 0));
    };
    const sent = request(
      {
        ...{ method, agent, timeout: TIMEOUT_MS, hostname: host.replace(/:\d+$/, "") },
        ...(endpoint.port === "" ? {} : { port: endpoint.port }),
        path: search === "" ? path : `${path}?${search}`,
        headers: { ...all, authorization, "content-length": Buffer.byteLength(body) },
        ...(store.ca === undefined ? {} : { ca: store.ca }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const content = Buffer.concat(chunks);
          const { statusCode: status = 0, headers: sentBack } = response;
          resolve({ status, headers: sentBack, text: content.toString("utf8"), body: content });
        });
        response.on("error", fail);
      },
    );
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    sent.on("error", fail);
    sent.end(body);
  });
}

interface Signed {
  readonly method: string;
  readonly path: string;
  readonly search: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly digest: string;
  readonly time: string;
}

function signature(store: S3Bucket, { method, path, search, headers, digest, time }: Signed): string {
  const day = time.slice(0, 8);
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name] ?? ""}`);
  const canonical = [method, path, search, ...lines, "", names.join(";"), digest].join("\n");
  const scope = `${day}/${store.region}/s3/aws4_request`;
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
  const key = [store.region, "s3", "aws4_request"].reduce<Buffer>(hmac, hmac(`AWS4${store.secretKey}`, day));
  const hash = createHash("sha256").update(canonical).digest("hex");
  const signed = hmac(key, ["AWS4-HMAC-SHA256", time, scope, hash].join("\n")).toString("hex");
  return `AWS4-HMAC-SHA256 Credential=${store.accessKey}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signed}`;
}

/** Text of the first element of this name, however deep; of all with `elements`. Entities are those of XML alone. */
export const element = (xml: string, name: string): string | undefined => elements(xml, name)[0];

function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>(.*?)</${name}>`, "gs"))].map(([, text = ""]) => text);
}

const plainText = (text: string): string =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll(/&#(x?)([0-9a-fA-F]+);/g, (_, hex: string, code: string) =>
      String.fromCodePoint(parseInt(code, hex === "" ? 10 : 16)),
    )
    .replaceAll("&amp;", "&");

/** One version of an object, or the mark of its deletion. */
export interface S3Version {
  readonly key: string;
  readonly id: string;
  readonly latest: boolean;
  readonly deletion: boolean;
  readonly modified: Date;
}

/** Every version below a prefix: those of one key together, the newest first. Stores list marks of deletion apart. */
export async function* versions(store: S3Bucket, prefix: string): AsyncGenerator<S3Version> {
  let markers: Readonly<Record<string, string>> = {};
  let held: S3Version[] = [];
  for (;;) {
    const { status, text } = await s3Request(store, "GET", { query: { versions: "", prefix, ...markers } });
    if (status !== 200) throw refused(store, `listing versions below ${prefix}`, { status, text });
    const found = [...held, ...listed(text)].sort(byKeyNewestFirst);
    const last = element(text, "IsTruncated") === "true" ? found.at(-1)?.key : undefined;
    // The next page may have more of the last key.
    held = found.filter(({ key }) => key === last);
    yield* found.filter(({ key }) => key !== last);
    const key = element(text, "NextKeyMarker");
    if (last === undefined || key === undefined) break;
    const version = element(text, "NextVersionIdMarker");
    markers = { "key-marker": plainText(key), ...(version === undefined ? {} : { "version-id-marker": version }) };
  }
  yield* held;
}

const listed = (page: string): S3Version[] =>
  [...page.matchAll(/<(Version|DeleteMarker)>(.*?)<\/\1>/gs)].map(([, kind = "", entry = ""]) => ({
    key: plainText(element(entry, "Key") ?? ""),
    id: element(entry, "VersionId") ?? "null",
    latest: element(entry, "IsLatest") === "true",
    deletion: kind === "DeleteMarker",
    modified: new Date(element(entry, "LastModified") ?? 0),
  }));

const byKeyNewestFirst = (a: S3Version, b: S3Version): number => {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return Number(b.latest) - Number(a.latest) || b.modified.getTime() - a.modified.getTime();
};

/** What to say of an answer that is none of those that were hoped for. */
export function refused(store: S3Bucket, what: string, { status, text }: Pick<S3Answer, "status" | "text">): S3Error {
  const why = [element(text, "Code"), element(text, "Message")].filter((part) => part !== undefined).join(": ");
  return new S3Error(
    `bucket ${store.bucket}: ${what} was answered with ${status}${why === "" ? "" : ` (${plainText(why)})`}`,
    status,
  );
}
