import type { Restored } from "../../components/operators/databases/settings";
import type { AppKey } from "../../suite/apps";
import { UserError } from "../../lib/errors";
import type { KubeClient } from "../../lib/kube/client";

/** What a restore is done with. */
export interface Runner {
  readonly client: KubeClient;
  readonly say: (line: string) => void;
  readonly sleep: (ms: number) => Promise<void>;
  /** Longest wait for one step. */
  readonly minutes: number;
  /** Namespace in which a restore writes down how far it came: none that an app's deployer can write to. */
  readonly records: string;
  /** Writes into the stack's file from what a database was restored. */
  readonly writeStack: (app: AppKey, restored: Restored) => void;
}

export async function until<T>(
  { minutes, sleep }: Pick<Runner, "minutes" | "sleep">,
  what: string,
  probe: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + minutes * 60_000;
  for (;;) {
    const result = await probe();
    if (result !== undefined) return result;
    if (Date.now() > deadline)
      throw new UserError(`not within ${String(minutes)} minutes: ${what}. It may still happen; go on with --continue`);
    await sleep(1000);
  }
}
