import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../embedded/cluster/ports";
import { eventually, HOST, type Sandbox } from "./support";

/**
 * A registry on this machine, without TLS: the library with which Kyverno, cosign and crane read registries takes
 * plain HTTP for loopback addresses (github.com/google/go-containerregistry, pkg/name, Registry.Scheme).
 */
export class LocalRegistry {
  private constructor(
    private readonly sandbox: Sandbox,
    private readonly crane: string,
    readonly host: string,
  ) {}

  static async start(sandbox: Sandbox, crane: string): Promise<LocalRegistry> {
    const registry = new LocalRegistry(sandbox, crane, `${HOST}:${String(await freePort())}`);
    await registry.resume();
    return registry;
  }

  /** Starts it, also again after it was stopped: what it holds is in the sandbox's folder. */
  async resume(): Promise<void> {
    const disk = join(this.sandbox.dir, "registry");
    mkdirSync(disk, { recursive: true });
    await this.sandbox.start("registry", this.crane, ["registry", "serve", "--address", this.host, "--disk", disk]);
    await eventually("the registry answers", async () => {
      try {
        return (await fetch(`http://${this.host}/v2/`)).ok ? true : undefined;
      } catch {
        return undefined;
      }
    });
  }

  stop = (): Promise<void> => this.sandbox.stop("registry");

  /** An image with one file; its digest. */
  push(repository: string, tag: string, content: string): string {
    const folder = join(this.sandbox.dir, "image");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "content"), content);
    execFileSync("tar", ["-cf", "layer.tar", "content"], { cwd: folder });
    this.run(["append", "--oci-empty-base", "-f", join(folder, "layer.tar"), "-t", this.name(repository, tag)]);
    return this.digest(repository, tag);
  }

  name = (repository: string, tag: string): string => `${this.host}/${repository}:${tag}`;

  digest = (repository: string, tag: string): string => this.run(["digest", this.name(repository, tag)]);

  copy(from: readonly [repository: string, tag: string], to: readonly [repository: string, tag: string]): void {
    this.run(["copy", this.name(...from), this.name(...to)]);
  }

  private run(args: readonly string[]): string {
    return quietly(this.crane, args, this.sandbox.dir);
  }
}

export interface KeyPair {
  readonly publicKey: string;
  readonly sign: (image: string, format: SignatureFormat) => void;
}

/** `attached`: under a tag made of the image's digest, cosign's until version 2; `bundle`: as a referrer, since 3. */
export type SignatureFormat = "attached" | "bundle";

/** A key pair of cosign's, and signing with it; nothing is written into, or asked of, a public log. */
export function keyPair(sandbox: Sandbox, cosign: string, name: string): KeyPair {
  const prefix = join(sandbox.dir, name);
  quietly(cosign, ["generate-key-pair", "--output-key-prefix", prefix], sandbox.dir);
  const offline = ["--yes", "--tlog-upload=false", "--use-signing-config=false"];
  return {
    publicKey: readFileSync(`${prefix}.pub`, "utf8"),
    sign: (image, format) => {
      const bundle = `--new-bundle-format=${String(format === "bundle")}`;
      quietly(cosign, ["sign", "--key", `${prefix}.key`, ...offline, bundle, image], sandbox.dir);
    },
  };
}

function quietly(command: string, args: readonly string[], home: string): string {
  const env = { HOME: home, PATH: "/usr/bin:/bin", COSIGN_PASSWORD: "" };
  return execFileSync(command, args, { encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] }).trim();
}
