import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { tmpdir } from "node:os";
import { parseManifests } from "../../../cli/verify/documents";
import { NAMESPACE, STORE_SECRET } from "../../../components/operators/velero/locations";
import { isReal, type RealImage } from "../../../embedded/nodes/images";
import { findTools } from "../../../embedded/toolchain";
import type { KubeObject } from "../../../lib/kube/client";
import { lockedBucket, objectStore, type ObjectStore } from "../../controllers/s3";
import { end, outsideAddress } from "./outside";

/** Outside the cluster, as the stack's policies have it: https://www.rfc-editor.org/rfc/rfc5737, TEST-NET-1. */
const ADDRESS = "192.0.2.30";
const BUCKET = "velero-real";

/** SeaweedFS on this machine, and its address outside the cluster, from where a relay leads to it. */
export class BackupStore {
  private constructor(
    private readonly store: ObjectStore,
    private readonly definitions: readonly KubeObject[],
    private readonly processes: readonly ChildProcess[],
  ) {}

  /** For a cluster whose Velero is real, where SeaweedFS has been built. */
  static async up(dir: string, images: readonly RealImage[]): Promise<BackupStore | undefined> {
    const tools = await findTools(["weed", "velero"]);
    const [weed, velero] = [tools.get("weed"), tools.get("velero")];
    if (weed === undefined || velero === undefined || !isReal("docker.io/velero/velero:", images)) return undefined;
    const processes: ChildProcess[] = [];
    try {
      return await BackupStore.start(dir, { weed, velero, processes });
    } catch (error) {
      await end(processes);
      throw error;
    }
  }

  private static async start(
    dir: string,
    { weed, velero, processes }: { weed: string; velero: string; processes: ChildProcess[] },
  ): Promise<BackupStore> {
    const start = (_: string, program: string, args: readonly string[], env = {}): Promise<void> => {
      processes.push(spawn(program, args, { env, stdio: "ignore" }));
      return Promise.resolve();
    };
    const store = await objectStore({ dir, start, stop: () => Promise.resolve() }, weed, [], [ADDRESS]);
    await store.start();
    await lockedBucket(store, BUCKET);
    processes.push(outsideAddress(dir, ADDRESS, new URL(store.url).host));
    // Definitions of this very version; with --dry-run it asks no cluster.
    const crds = execFileSync(velero, ["install", "--crds-only", "--dry-run", "--output", "yaml"], {
      encoding: "utf8",
      env: { HOME: tmpdir(), KUBECONFIG: "/dev/null" },
    });
    const definitions = parseManifests(crds, "velero install").documents.map(({ object }) => object);
    return new BackupStore(store, definitions, processes);
  }

  /** Of operator `velero`. */
  get settings(): Readonly<Record<string, unknown>> {
    const { region } = this.store;
    const bucket = { url: `https://${ADDRESS}`, bucket: BUCKET, region, caKey: "ca.crt", cidrs: [`${ADDRESS}/32`] };
    // The volumes of these nodes have no snapshots.
    return { storage: { provider: "s3", ...bucket }, fileSystemBackup: true, drill: {} };
  }

  /** What the secret store gives Velero, and its own kinds. */
  get objects(): readonly KubeObject[] {
    const { accessKey, secretKey } = this.store.writer;
    const cloud = `[default]\naws_access_key_id=${accessKey}\naws_secret_access_key=${secretKey}\n`;
    return [
      ...this.definitions,
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: STORE_SECRET, namespace: NAMESPACE },
        stringData: { cloud, "ca.crt": this.store.ca },
      },
    ];
  }

  down(): Promise<void> {
    return end(this.processes);
  }
}
