import { createHash } from "node:crypto";
import { writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { certificate, certificateAuthority } from "../../embedded/cluster/x509";
import { freePort, portIsFree } from "../../embedded/cluster/ports";
import { s3Request, type S3Answer } from "../../lib/s3";
import { eventually, HOST, type Sandbox } from "./support";

const REGION = "nl-west";

export interface ObjectStore {
  readonly url: string;
  readonly region: string;
  /** Certificate of the private authority that signed the store's own. */
  readonly ca: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** A key without the rights of an administrator, as the cluster has it; the bucket's policy says what it may not. */
  readonly writer: { readonly name: string; readonly accessKey: string; readonly secretKey: string };
  /** Starts it, also again after it was stopped; `full` without room for anything new. */
  readonly start: (room?: "full") => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Somebody whom a SeaweedFS knows, and what they may do: `Write:bucket`. */
export interface Identity {
  readonly name: string;
  readonly credentials: readonly { readonly accessKey: string; readonly secretKey: string }[];
  readonly actions: readonly string[];
}

/** A SeaweedFS with TLS by a private authority and a key for server-side encryption; its data is in the sandbox's folder. */
export async function objectStore(
  sandbox: Pick<Sandbox, "dir" | "stop"> & { start: (...what: Parameters<Sandbox["start"]>) => Promise<unknown> },
  weed: string,
  others: readonly Identity[] = [],
  /** What else it is called, by its certificate: where a relay answers for it. */
  names: readonly string[] = [],
): Promise<ObjectStore> {
  const ports = await servicePorts();
  const authority = await certificateAuthority("object store", 2);
  const { certificate: leaf, key } = await certificate(
    { commonName: HOST, names: [HOST, ...names], usages: ["server"], validDays: 2 },
    authority,
  );
  const folder = join(sandbox.dir, "object-store");
  mkdirSync(folder, { mode: 0o700 });
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const store = { url: `https://${HOST}:${String(ports.s3)}`, region: REGION, ca: authority.certificate };
  const keys = { accessKey: "backup-test", secretKey: createHash("sha256").update(key).digest("hex") };
  const writer = { accessKey: "writer-test", secretKey: createHash("sha256").update(keys.secretKey).digest("hex") };
  const identities = [
    { name: "backup", credentials: [keys], actions: ["Admin", "Read", "Write", "List", "Tagging"] },
    { name: "writer", credentials: [writer], actions: ["Read", "Write", "List"] },
  ];
  const args = [
    "server",
    ...[`-dir=${folder}`, `-ip=${HOST}`, `-ip.bind=${HOST}`, "-s3"],
    // A volume reserves its size: small ones, and enough of them for every bucket.
    ...["-master.volumeSizeLimitMB=64", "-volume.max=32"],
    ...Object.entries(ports).flatMap(([service, port]) => [
      `-${service}.port=${String(port)}`,
      `-${service}.port.grpc=${String(port + GRPC)}`,
    ]),
    `-s3.config=${file("identities.json", JSON.stringify({ identities: [...identities, ...others] }))}`,
    `-s3.cert.file=${file("public.crt", leaf)}`,
    `-s3.key.file=${file("private.key", key)}`,
  ];
  const env = { WEED_S3_SSE_KEY: createHash("sha256").update(leaf).digest("hex") };
  const known = { ...store, ...keys };
  const answers = async (): Promise<true | undefined> => {
    try {
      return (await s3(known, "GET", "/")).status === 200 ? true : undefined;
    } catch {
      return undefined;
    }
  };
  return {
    ...known,
    // SeaweedFS, weed/s3api/auth_credentials.go, buildPrincipalARN.
    writer: { ...writer, name: "arn:aws:iam::000000000000:user/writer" },
    start: async (room) => {
      const enough = room === "full" ? ["-volume.minFreeSpace=100"] : [];
      await sandbox.start("weed", weed, [...args, ...enough], env);
      await eventually("SeaweedFS answers", answers);
    },
    stop: () => sandbox.stop("weed"),
  };
}

/** Distance of each service's own port to that on which the services speak with each other. */
const GRPC = 10_000;

async function servicePorts(): Promise<Readonly<Record<"master" | "volume" | "filer" | "s3", number>>> {
  const taken = new Set<number>();
  const next = async (): Promise<number> => {
    for (;;) {
      const port = await freePort(taken);
      taken.add(port);
      if (await portIsFree(port + GRPC)) return port;
    }
  };
  return { master: await next(), volume: await next(), filer: await next(), s3: await next() };
}

/** A bucket as docs/operations asks for: versions are kept, and cannot be removed for a day. */
export async function lockedBucket(store: ObjectStore, bucket: string): Promise<void> {
  const made = await s3(store, "PUT", `/${bucket}`, { headers: { "x-amz-bucket-object-lock-enabled": "true" } });
  if (made.status !== 200) throw new Error(`bucket ${bucket}: ${made.text}`);
  const body =
    "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>" +
    "<Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>";
  const locked = await s3(store, "PUT", `/${bucket}`, { query: "object-lock=", body });
  if (locked.status !== 200) throw new Error(`object lock of ${bucket}: ${locked.text}`);
}

interface Content {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Known = Pick<ObjectStore, "url" | "region" | "ca" | "accessKey" | "secretKey">;

/** One signed S3 request to `/bucket/key`. */
export function s3(store: Known, method: string, path: string, content: Content = {}): Promise<S3Answer> {
  const [, bucket = "", ...key] = path.split("/");
  const { query = "", ...rest } = content;
  return s3Request({ ...store, bucket, pathStyle: true }, method, {
    ...rest,
    key: key.join("/"),
    query: Object.fromEntries(new URLSearchParams(query)),
  });
}
