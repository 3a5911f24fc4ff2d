import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "js-yaml";
import { Engine, readObject } from "../../policypack/engine/engine";
import { minorOf } from "../../policypack/engine/compiled";
import type { StackObject } from "../../policypack/engine/stack";
import { asString, at } from "../../lib/json";
import type { JsonObject } from "../../lib/json";
import { loadRules } from "../../policypack/engine/load";
import { policySettings } from "../../config/policies";

export type Level = "baseline" | "restricted";

interface Control {
  /** Our rule. */
  readonly rule: string;
  /** Upstream's check id. */
  readonly check: string;
  readonly level: Level;
  /** Upstream's reason, singular. */
  readonly reason: string;
  /** The restricted check that replaces it at level restricted, and the minor from which it does. */
  readonly replacedBy?: { readonly check: string; readonly since: number };
}

/** The controls of k8s.io/pod-security-admission, policy/check_*.go. */
export const controls: readonly Control[] = [
  { rule: "host-process", check: "windowsHostProcess", level: "baseline", reason: "hostProcess" },
  { rule: "host-namespaces", check: "hostNamespaces", level: "baseline", reason: "host namespaces" },
  { rule: "privileged-containers", check: "privileged", level: "baseline", reason: "privileged" },
  {
    rule: "capabilities-baseline",
    check: "capabilities_baseline",
    level: "baseline",
    reason: "non-default capabilities",
    replacedBy: { check: "capabilities_restricted", since: 22 },
  },
  {
    rule: "host-path-volumes",
    check: "hostPathVolumes",
    level: "baseline",
    reason: "hostPath volumes",
    replacedBy: { check: "restrictedVolumes", since: 0 },
  },
  { rule: "host-ports", check: "hostPorts", level: "baseline", reason: "hostPort" },
  {
    rule: "host-probes-and-lifecycle",
    check: "hostProbesAndHostLifecycle",
    level: "baseline",
    reason: "probe or lifecycle host",
  },
  { rule: "app-armor-profile", check: "appArmorProfile", level: "baseline", reason: "forbidden AppArmor profile" },
  { rule: "selinux-options", check: "seLinuxOptions", level: "baseline", reason: "seLinuxOptions" },
  {
    rule: "proc-mount-baseline",
    check: "procMount",
    level: "baseline",
    reason: "procMount",
    replacedBy: { check: "procMount_restricted", since: 35 },
  },
  { rule: "proc-mount-restricted", check: "procMount_restricted", level: "restricted", reason: "procMount" },
  {
    rule: "seccomp-profile-baseline",
    check: "seccompProfile_baseline",
    level: "baseline",
    reason: "seccompProfile",
    replacedBy: { check: "seccompProfile_restricted", since: 19 },
  },
  { rule: "sysctls", check: "sysctls", level: "baseline", reason: "forbidden sysctls" },
  { rule: "volume-types", check: "restrictedVolumes", level: "restricted", reason: "restricted volume types" },
  {
    rule: "allow-privilege-escalation",
    check: "allowPrivilegeEscalation",
    level: "restricted",
    reason: "allowPrivilegeEscalation != false",
  },
  { rule: "run-as-non-root", check: "runAsNonRoot", level: "restricted", reason: "runAsNonRoot != true" },
  { rule: "run-as-user", check: "runAsUser", level: "restricted", reason: "runAsUser=0" },
  {
    rule: "seccomp-profile-restricted",
    check: "seccompProfile_restricted",
    level: "restricted",
    reason: "seccompProfile",
  },
  {
    rule: "capabilities-restricted",
    check: "capabilities_restricted",
    level: "restricted",
    reason: "unrestricted capabilities",
  },
];

const byRule = new Map(controls.map((control) => [`pod-security/${control.rule}`, control]));

/** An engine with every Pod Security rule mandatory. */
export function podSecurityEngine(): Engine {
  const rules = loadRules().filter((rule) => byRule.has(rule.id));
  return new Engine(rules, policySettings.parse({ profile: "strict" }), "2026-01-01");
}

/** The checks that an object fails at a level and version, as upstream would name them. */
export function failedChecks(
  engine: Engine,
  object: StackObject | undefined,
  level: Level,
  version: string,
): ReadonlySet<Control> {
  if (object === undefined) return new Set();
  const findings = engine.judge(object, { role: "any", podSecurityVersion: version });
  const minor = minorOf(version);
  const failed = findings.flatMap((finding) => byRule.get(finding.rule) ?? []);
  return new Set(
    failed.filter((control) => (level === "baseline" ? control.level === "baseline" : !isReplaced(control, minor))),
  );
}

function isReplaced(control: Control, minor: number): boolean {
  return control.replacedBy !== undefined && control.replacedBy.since <= minor;
}

/** Upstream's reasons without the plural some of them take. */
export function reasonOf(reason: string): string {
  return reason === "forbidden AppArmor profiles" ? "forbidden AppArmor profile" : reason;
}

export interface UpstreamFixture {
  readonly file: string;
  readonly level: Level;
  readonly version: string;
  readonly expect: "pass" | "fail";
  /** Upstream's check id in lower case, as the file is named. */
  readonly check: string;
  readonly object: JsonObject;
}

// The newest first; an older one still holds every version up to its own.
const MODULE_VERSIONS = ["v0.37.2", "v0.37.0", "v0.36.3"];

/** The directory of upstream's fixtures, fetched with the Go toolchain; undefined where that cannot be done. */
export function upstreamTestdata(): { readonly directory: string; readonly version: string } | undefined {
  const work = mkdtempSync(join(tmpdir(), "pod-security-"));
  try {
    writeFileSync(join(work, "go.mod"), "module fixtures\n\ngo 1.24\n");
    for (const version of MODULE_VERSIONS) {
      const directory = download(work, version);
      if (directory !== undefined) return { directory: join(directory, "test", "testdata"), version };
    }
    return undefined;
  } finally {
    rmSync(work, { recursive: true });
  }
}

function download(work: string, version: string): string | undefined {
  try {
    const output = execFileSync("go", ["mod", "download", "-json", `k8s.io/pod-security-admission@${version}`], {
      cwd: work,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const parsed: unknown = JSON.parse(output);
    return typeof parsed === "object" && parsed !== null && "Dir" in parsed && typeof parsed.Dir === "string"
      ? parsed.Dir
      : undefined;
  } catch {
    return undefined;
  }
}

/** Upstream's pass and fail fixtures of one level. */
export function upstreamFixtures(directory: string, level: Level): readonly UpstreamFixture[] {
  const folders = readdirSync(join(directory, level)).flatMap((version) =>
    (["pass", "fail"] as const).map((expect) => ({ version, expect, folder: join(directory, level, version, expect) })),
  );
  return folders.flatMap(({ version, expect, folder }) =>
    readdirSync(folder).map((name) => {
      const file = join(folder, name);
      const object = load(readFileSync(file, "utf8"));
      if (!isObject(object)) throw new Error(`${file} holds no object`);
      return { file, level, version, expect, check: name.replace(/\d*\.yaml$/, ""), object };
    }),
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Why our verdict on an upstream fixture differs; undefined where it agrees. */
export function disagreement(engine: Engine, fixture: UpstreamFixture): string | undefined {
  const failed = failedChecks(engine, readObject(fixture.object), fixture.level, fixture.version);
  const names = [...failed].map((control) => control.check).join(", ");
  const where = `${fixture.level} ${fixture.version} ${fixture.expect} ${asString(at(fixture.object, "metadata", "name")) ?? fixture.file}`;
  if (fixture.expect === "pass") return failed.size === 0 ? undefined : `${where}: refused for ${names}`;
  const named = controls.find((control) => control.check.toLowerCase() === fixture.check);
  if (named === undefined) return `${where}: no control is known as ${fixture.check}`;
  const replaced = fixture.level === "restricted" && isReplaced(named, minorOf(fixture.version));
  const wanted = replaced ? named.replacedBy?.check : named.check;
  return [...failed].some((control) => control.check === wanted)
    ? undefined
    : `${where}: not refused for ${wanted}, only for ${names || "nothing"}`;
}
