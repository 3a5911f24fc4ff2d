import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Endpoint, NetworkPolicy } from "../../../cli/verify/reachability";
import type { Protocol } from "../../../cli/verify/ports";

export interface Traffic {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly port: number;
  readonly protocol: Protocol;
}

export interface Verdict {
  readonly ingress: boolean;
  readonly egress: boolean;
}

/** Those of the toolchain, and the same Kubernetes modules: most of it is then compiled already, for the API server. */
const FLAGS = ["-mod=readonly", "-trimpath", "-gcflags=all=-dwarf=false", "-ldflags", "-s -w"];

/** cyclonus 0.5.6, compiled from its Go module behind the small program in cyclonus/. */
export class Cyclonus {
  private constructor(
    private readonly folder: string,
    private readonly binary: string,
  ) {}

  /** Why it cannot be built here, or the built program. */
  static build(): Cyclonus | string {
    if (spawnSync("go", ["version"]).error !== undefined) return "needs Go on PATH to build cyclonus";
    const folder = mkdtempSync(join(tmpdir(), "cyclonus-"));
    const binary = join(folder, "judge");
    const built = spawnSync("go", ["build", ...FLAGS, "-o", binary, "."], {
      cwd: join(__dirname, "cyclonus"),
      encoding: "utf8",
      env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false", GOWORK: "off" },
    });
    if (built.status !== 0) throw new Error(`cyclonus does not build: ${built.stderr}`);
    return new Cyclonus(folder, binary);
  }

  judge(policies: readonly NetworkPolicy[], traffic: readonly Traffic[]): Verdict[] {
    const input = JSON.stringify({ policies, traffic: traffic.map(wire) });
    const run = spawnSync(this.binary, { input, encoding: "utf8", maxBuffer: 1 << 28 });
    if (run.status !== 0) throw new Error(`cyclonus fails: ${run.stderr}`);
    return verdicts(JSON.parse(run.stdout));
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function wire({ from, to, port, protocol }: Traffic): object {
  const name = to.ports.find((candidate) => candidate.port === port && candidate.protocol === protocol)?.name ?? "";
  return { from: wirePeer(from), to: wirePeer(to), port, portName: name, protocol };
}

const wirePeer = ({ pod, ip }: Endpoint): object => ({ ...pod, ip, external: pod === undefined });

function verdicts(answer: unknown): Verdict[] {
  if (!Array.isArray(answer)) throw new Error("cyclonus answers with something else than a list");
  return Array.from<unknown>(answer).map((entry) => {
    if (typeof entry !== "object" || entry === null || !("ingress" in entry) || !("egress" in entry)) {
      throw new Error(`cyclonus answers with ${JSON.stringify(entry)}`);
    }
    return { ingress: entry.ingress === true, egress: entry.egress === true };
  });
}
