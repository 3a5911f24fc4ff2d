import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { REPOSITORY, VERSION } from "../../config/version";
import { projectRoot } from "../../embedded/toolchain";
import { analyzePod, startPack } from "../policypack/process";
import { pack, policyPack } from "./release";
import { skip } from "../support/needs";

const root = projectRoot();
const json = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"));
const field = (value: unknown, name: string): unknown => Object.getOwnPropertyDescriptor(Object(value), name)?.value;

describe("packages of a release", function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), "release-"));

  before(function () {
    if (existsSync(join(root, "dist", "policypack", "index.js"))) return;
    skip(this, "not compiled: npm run build");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Installs a package as npm does, with the packages that the checkout has. */
  function unpacked(archive: string): string {
    const place = join(mkdtempSync(join(folder, "installed-")), "package");
    execFileSync("tar", ["-xzf", join(folder, archive), "-C", dirname(place)]);
    symlinkSync(join(root, "node_modules"), join(place, "node_modules"));
    return place;
  }

  it("the policy pack finds what the checkout's finds, from a folder of its own", async () => {
    policyPack(join(folder, "policypack"));
    const place = unpacked(pack(join(folder, "policypack"), folder));
    const container = { name: "main", image: "i:1", securityContext: { privileged: true } };
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "n" },
      spec: { containers: [container] },
    };
    const found = await Promise.all(
      [place, join(root, "policypack")].map(async (each) => {
        const child = startPack(each, {});
        try {
          return await analyzePod(child, pod);
        } finally {
          child.kill();
        }
      }),
    );
    assert.ok(found[0]?.some(({ rule }) => rule === "pod-security/privileged-containers"));
    assert.deepEqual(found[0], found[1]);
  });

  it("the commands run where they were installed", () => {
    const place = unpacked(pack(root, folder));
    const run = (file: string, ...args: string[]): string =>
      execFileSync(process.execPath, [join(place, "dist", "cli", file), ...args], { cwd: folder, encoding: "utf8" });
    assert.match(run("main.js", "--help"), /^Usage: mijnbureau <command>/);
    assert.ok(run("main.js", "--version").includes(VERSION));
    for (const text of [
      run("policy.js", "scan", "--explain", "pod-security/privileged-containers"),
      run("main.js", "scan", "--explain", "pod-security/privileged-containers"),
    ]) {
      assert.match(text, /^Refused.*:\n[^]*privileged: true[^]*^Allowed.*:\n/m);
    }
    assert.ok(!existsSync(join(place, "policypack", "rules", "pod-security", "privileged-containers.bad.yaml")));
  });
});

describe("the version", () => {
  it("is the same wherever it is written, and has its part of the changelog", () => {
    const publiccode: unknown = parse(readFileSync(join(root, "publiccode.yml"), "utf8"));
    assert.equal(field(publiccode, "url"), REPOSITORY);
    const places = {
      "package.json": field(json(join(root, "package.json")), "version"),
      "package-lock.json": field(json(join(root, "package-lock.json")), "version"),
      "policypack/package.json": field(json(join(root, "policypack", "package.json")), "version"),
      "publiccode.yml": field(publiccode, "softwareVersion"),
    };
    for (const [file, version] of Object.entries(places)) assert.equal(version, VERSION, file);
    const changelog = readFileSync(join(root, "CHANGELOG.md"), "utf8");
    const released = [...changelog.matchAll(/^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$/gm)].map(([, name]) => name);
    assert.equal(released[0], VERSION, "the newest release in CHANGELOG.md");
  });
});
