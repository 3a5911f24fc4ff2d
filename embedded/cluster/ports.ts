import { createServer } from "node:net";
import { randomInt } from "node:crypto";
import { ClusterError } from "../../lib/kube/errors";

const HOST = "127.0.0.1";
/**
 * Below the ranges that systems hand to outgoing connections (32768 and up on Linux, 49152 elsewhere): a port from
 * there could be taken by any connection while the cluster is down, and the kubeconfig would change with it.
 */
const LOWEST = 20_000;
const HIGHEST = 30_000;

export function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen({ host: HOST, port, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/** A free port that is not among `taken`. */
export async function freePort(taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (!taken.has(port) && (await portIsFree(port))) return port;
  }
  throw new ClusterError(`no free port found on ${HOST} between ${String(LOWEST)} and ${String(HIGHEST)}.`);
}
