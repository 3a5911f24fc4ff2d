import { z } from "zod";
import { ClusterError, reasonOf } from "../../lib/kube/errors";
import { readIfPresent, writeAtomic } from "./files";
import type { ClusterPaths } from "./paths";
import { processRecordSchema, type ProcessRecord } from "./processes";

const port = z.number().int().min(1).max(65_535);
const stateSchema = z.object({
  ports: z.object({ etcd: port, etcdPeer: port, apiServer: port }).partial(),
  /** How many real nodes the cluster has; it was made with as many. */
  nodes: z.number().int().min(0).default(0),
  kyvernoPorts: z.object({ webhook: port, metrics: port }).optional(),
  processes: z.record(z.string(), processRecordSchema),
  /** A stop has begun: what still runs is ending and of no use to a start. */
  stopping: z.boolean(),
});
export type ClusterState = z.infer<typeof stateSchema>;

/** What is known of the cluster's processes: read at the beginning of a command, written at every change. */
export class StateFile {
  #state: ClusterState;

  constructor(readonly paths: ClusterPaths) {
    this.#state = read(paths.state);
  }

  get state(): ClusterState {
    return this.#state;
  }

  update(change: Partial<ClusterState>): void {
    this.#state = { ...this.#state, ...change };
    writeAtomic(this.paths.state, `${JSON.stringify(this.#state, null, 2)}\n`);
  }

  record(started: ProcessRecord): void {
    this.update({ processes: { ...this.#state.processes, [started.name]: started } });
  }

  forget(name: string): void {
    const others = Object.entries(this.#state.processes).filter(([key]) => key !== name);
    this.update({ processes: Object.fromEntries(others) });
  }

  process(name: string): ProcessRecord | undefined {
    return this.#state.processes[name];
  }
}

function read(path: string): ClusterState {
  const text = readIfPresent(path);
  if (text === undefined) return { ports: {}, nodes: 0, processes: {}, stopping: false };
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : reasonOf(error);
    throw new ClusterError(
      `${path}, the record of the embedded cluster's processes, is damaged: ${reason}\n` +
        "End its processes (etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok) and remove the folder.",
    );
  }
}
