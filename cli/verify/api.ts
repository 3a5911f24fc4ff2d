import { ApiError, type KubeClient } from "../../lib/kube/client";

/** The part of the Kubernetes API that the verification uses. */
export type Api = Pick<KubeClient, "apply" | "create" | "delete" | "find" | "list" | "resourceType" | "version">;

/** The API as the administrator, and as the suite's deployer of a namespace. */
export interface Apis {
  readonly admin: Api;
  readonly deployer: (namespace: string) => Api;
}

/** Runs `work` on every item, `limit` at a time, results in the order of the items. */
export async function each<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Map<number, R>();
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results.set(index, await work(item));
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
}

const RETRIES = 4;

/** Repeats what failed only because of others: conflicts, throttling, a server that is starting. */
export async function withRetries<T>(work: () => Promise<T>, pauseMs = 250): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= RETRIES || !isPassing(error)) throw error;
      await pause(pauseMs * attempt);
    }
  }
}

const isPassing = (error: unknown): boolean =>
  error instanceof ApiError && (error.code === 429 || error.code >= 500 || error.reason === "Conflict");

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
