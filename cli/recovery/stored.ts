import { request } from "node:https";
import { gunzipSync } from "node:zlib";
import { Parser } from "tar";
import { z } from "zod";
import { explainFailure } from "../../components/recovery/failures";
import type { ResourceList } from "../../components/recovery/evidence";
import { savedVolumes, type SavedVolume } from "../../components/recovery/volumes";
import { UserError } from "../../lib/errors";
import { at, isKubeObject, type KubeClient, type KubeObject } from "../../lib/kube/client";
import { refused, s3Request } from "../../lib/s3";
import type { StackBucket } from "./buckets";
import { NAMESPACE, text, VELERO, veleroRef } from "./velero";

/** Files that Velero keeps of a backup or a restore, as its DownloadRequests call them. */
export type Stored = "BackupContents" | "BackupResourceList" | "BackupVolumeInfos" | "RestoreResourceList";
export type ReadStored = (kind: Stored, name: string) => Promise<Buffer>;

/** velero, pkg/persistence/object_store_layout.go. */
const keys: Readonly<Record<Stored, (name: string) => string>> = {
  BackupContents: (name) => `backups/${name}/${name}.tar.gz`,
  BackupResourceList: (name) => `backups/${name}/${name}-resource-list.json.gz`,
  BackupVolumeInfos: (name) => `backups/${name}/${name}-volumeinfo.json.gz`,
  RestoreResourceList: (name) => `restores/${name}/restore-${name}-resource-list.json.gz`,
};

/** With a key of one's own: whoever has the cluster has no say in what is read. */
export const fromBucket =
  ({ store, prefix }: StackBucket): ReadStored =>
  async (kind, name) => {
    const key = `${prefix}/${keys[kind](name)}`;
    const answer = await s3Request(store, "GET", { key });
    if (answer.status !== 200) throw refused(store, `reading ${key}`, answer);
    return answer.body;
  };

const SIGNING_SECONDS = 60;

/** By an address that Velero signs: no key is needed. */
export const throughVelero =
  (client: KubeClient, location: string, sleep: (ms: number) => Promise<void>): ReadStored =>
  async (kind, of) => {
    const name = `mijnbureau-${Date.now().toString(36)}-${kind.toLowerCase()}`;
    await client.create({
      ...{ apiVersion: VELERO, kind: "DownloadRequest", metadata: { name, namespace: NAMESPACE } },
      spec: { target: { kind, name: of } },
    });
    try {
      const deadline = Date.now() + SIGNING_SECONDS * 1000;
      for (;;) {
        const url = text(await client.get(veleroRef("DownloadRequest", name)), "status", "downloadURL");
        if (url !== "") return await download(url, await authorityOf(client, location), `${kind} of ${of}`);
        if (Date.now() > deadline)
          throw new UserError(
            `Velero gives no address for ${kind} of ${of} within ${SIGNING_SECONDS} s: does its server run, and can it reach the store?`,
          );
        await sleep(250);
      }
    } finally {
      await client.delete(veleroRef("DownloadRequest", name));
    }
  };

/** The private authority of a location's store. */
async function authorityOf(client: KubeClient, location: string): Promise<string | undefined> {
  const ref = at(await client.get(veleroRef("BackupStorageLocation", location)), "spec", "objectStorage", "caCertRef");
  if (ref === undefined) return undefined;
  const secret = await client.get({ apiVersion: "v1", kind: "Secret", name: text(ref, "name"), namespace: NAMESPACE });
  return Buffer.from(text(secret, "data", text(ref, "key")), "base64").toString("utf8");
}

const ANSWER_MS = 60_000;

function download(url: string, ca: string | undefined, what: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      reject(new UserError(`${what}: ${explainFailure(why)}`));
    };
    const sent = request(url, { ...(ca === undefined ? {} : { ca }), timeout: ANSWER_MS }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", (error) => {
        fail(error.message);
      });
      answer.on("end", () => {
        const body = Buffer.concat(chunks);
        if (answer.statusCode === 200) resolve(body);
        else fail(`HTTP ${String(answer.statusCode)} ${body.toString("utf8").slice(0, 300)}`);
      });
    });
    sent.on("timeout", () => sent.destroy(new Error("timed out")));
    sent.on("error", (error) => {
      fail(error.message);
    });
    sent.end();
  });
}

const lists = z.record(
  z.string(),
  z
    .array(z.string())
    .nullable()
    .transform((names) => names ?? []),
);

export async function readList(read: ReadStored, kind: Stored, name: string): Promise<ResourceList> {
  const parsed = lists.safeParse(JSON.parse(unpacked(await read(kind, name), name).toString("utf8")));
  if (!parsed.success) throw new UserError(`${kind} of ${name} is no list of objects`);
  return parsed.data;
}

/** Volumes of a namespace's claims, as a backup recorded them. */
export async function readVolumes(read: ReadStored, backup: string, namespace: string): Promise<SavedVolume[]> {
  const content = unpacked(await read("BackupVolumeInfos", backup), backup).toString("utf8");
  const parsed = savedVolumes.safeParse(JSON.parse(content));
  if (!parsed.success) throw new UserError(`BackupVolumeInfos of ${backup} is no list of volumes`);
  return parsed.data.filter(({ pvcNamespace }) => pvcNamespace === namespace);
}

/** A namespace as a backup holds it, by which a broken one is found before anything is changed. */
export async function readNamespace(
  read: ReadStored,
  backup: string,
  namespace: string,
): Promise<{ readonly contents: KubeObject[]; readonly volumes: SavedVolume[] }> {
  const contents = await readContents(read, backup, namespace);
  return { contents, volumes: await readVolumes(read, backup, namespace) };
}

function unpacked(content: Buffer, name: string): Buffer {
  try {
    return gunzipSync(content);
  } catch (error) {
    throw new UserError(`backup ${name}: ${explainFailure(`gzip: ${error instanceof Error ? error.message : ""}`)}`);
  }
}

/** A namespace's objects as a backup holds them: `resources/<kind>/namespaces/<namespace>/<name>.json`, once per kind. */
export async function readContents(read: ReadStored, backup: string, namespace: string): Promise<KubeObject[]> {
  const found: KubeObject[] = [];
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      const [, ours] = /^(?:\.\/)?resources\/[^/]+\/namespaces\/([^/]+)\/[^/]+\.json$/.exec(entry.path) ?? [];
      const chunks: Buffer[] = [];
      entry.on("data", (chunk) => chunks.push(chunk));
      entry.on("end", () => {
        if (ours !== namespace) return;
        const object: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
        if (isKubeObject(object)) found.push(object);
      });
    },
  });
  let fault = "";
  parser.on("error", (error: Error) => (fault = error.message));
  // Uncompressed and in memory: the parser is done when this returns.
  parser.end(unpacked(await read("BackupContents", backup), backup));
  if (fault !== "") throw new UserError(`backup ${backup}: ${explainFailure(`gzip: ${fault}`)}`);
  return found;
}
