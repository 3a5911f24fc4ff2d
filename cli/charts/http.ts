import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import * as tls from "node:tls";
import { ChartsError } from "./error";
import { basicAuthorization, proxyFor } from "./proxy";

/** How to reach the network. */
export interface HttpOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gives up when nothing arrives for so long. */
  readonly idleTimeoutMs?: number;
}

/** An answer, read to its end. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** Where redirects ended. */
  readonly url: string;
}

/** The largest pinned package is under 2 MB; this bounds what a wrong address can fill memory with. */
const largestAnswer = 128 * 1024 * 1024;
const mostRedirects = 5;

/**
 * A GET request with redirects, proxies and private certificate authorities (`NODE_EXTRA_CA_CERTS`).
 * Authorization is sent to the first host only: registries redirect to storage that must not see it.
 *
 * @throws {ChartsError} if there is no whole answer.
 */
export async function get(
  url: string,
  options: HttpOptions,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpAnswer> {
  let target = new URL(url);
  let sent = { ...headers };
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    const answer = await once(target, options, sent);
    const location = answer.headers.location;
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer;
    const next = new URL(location, target);
    if (target.protocol === "https:" && next.protocol !== "https:") {
      throw new ChartsError(
        `${url}: redirected from https to ${next.origin}; refused. Check the address, or use --from`,
      );
    }
    if (next.host !== target.host) {
      sent = Object.fromEntries(Object.entries(sent).filter(([name]) => name.toLowerCase() !== "authorization"));
    }
    target = next;
  }
  throw new ChartsError(`${url}: redirected more than ${mostRedirects} times. Check the address, or use --from`);
}

async function once(target: URL, options: HttpOptions, headers: Readonly<Record<string, string>>): Promise<HttpAnswer> {
  const proxy = proxyFor(target, options.env);
  const credentials = basicAuthorization(target);
  const all = { ...(credentials === undefined ? {} : { authorization: credentials }), ...headers };
  try {
    const request = proxy === undefined ? direct(target, all) : await viaProxy(target, proxy, all);
    return await wholeAnswer(request, target, options.idleTimeoutMs ?? 30_000);
  } catch (error) {
    if (error instanceof ChartsError) throw error;
    const reason = error instanceof Error ? (error.message === "" ? error.name : error.message) : String(error);
    const through = proxy === undefined ? "" : ` through the proxy ${proxy.host}`;
    throw new ChartsError(`${target.href}: no answer${through}: ${reason}`);
  }
}

function direct(target: URL, headers: http.OutgoingHttpHeaders): http.ClientRequest {
  const client = target.protocol === "https:" ? https : http;
  return client.get(target, { headers });
}

async function viaProxy(target: URL, proxy: URL, headers: http.OutgoingHttpHeaders): Promise<http.ClientRequest> {
  const authorization = basicAuthorization(proxy);
  const proxyHeaders = authorization === undefined ? {} : { "proxy-authorization": authorization };
  const port = proxy.port === "" ? 80 : Number(proxy.port);
  if (target.protocol === "http:") {
    const absolute = { host: proxy.hostname, port, path: target.href };
    return http.get({ ...absolute, headers: { host: target.host, ...proxyHeaders, ...headers } });
  }
  const authority = `${target.hostname}:${target.port === "" ? 443 : target.port}`;
  const socket = await tunnel(proxy.hostname, port, authority, proxyHeaders);
  return https.get(target, {
    headers,
    agent: false,
    createConnection: () => tls.connect({ socket, servername: target.hostname }),
  });
}

function tunnel(
  host: string,
  port: number,
  authority: string,
  headers: Readonly<Record<string, string>>,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      host,
      port,
      method: "CONNECT",
      path: authority,
      headers: { host: authority, ...headers },
    });
    request.on("error", reject);
    request.on("connect", (answer, socket) => {
      if (answer.statusCode === 200) resolve(socket);
      else {
        socket.destroy();
        reject(new Error(`it refused to connect to ${authority}: status ${answer.statusCode ?? "unknown"}`));
      }
    });
    request.end();
  });
}

function wholeAnswer(request: http.ClientRequest, target: URL, idleTimeoutMs: number): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.setTimeout(idleTimeoutMs, () => {
      request.destroy(new Error(`nothing arrived for ${idleTimeoutMs / 1000} seconds`));
    });
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > largestAnswer) request.destroy(new Error(`the answer is larger than ${largestAnswer} bytes`));
        else chunks.push(chunk);
      });
      response.on("error", reject);
      response.on("aborted", () => reject(new Error("the connection broke before the answer was complete")));
      response.on("end", () => {
        const body = Buffer.concat(chunks);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, url: target.href });
      });
    });
  });
}
