import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** Answers requests of a test; records their paths. */
export interface TestServer {
  readonly origin: string;
  readonly requests: { readonly path: string; readonly headers: http.IncomingHttpHeaders }[];
  readonly close: () => Promise<void>;
}

export type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** A server on a free loopback port. */
export async function serve(handler: Handler, prepare?: (server: http.Server) => void): Promise<TestServer> {
  const requests: TestServer["requests"][number][] = [];
  const server = http.createServer((request, response) => {
    requests.push({ path: request.url ?? "", headers: request.headers });
    handler(request, response);
  });
  prepare?.(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { origin: `http://127.0.0.1:${port}`, requests, close };
}
