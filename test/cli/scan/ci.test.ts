import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load, loadAll } from "js-yaml";
import { asList, asObject, asObjects, asString, at } from "../../../lib/json";
import type { Json, JsonObject } from "../../../lib/json";
import { skip } from "../../support/needs";

const root = join(__dirname, "..", "..", "..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const text = (value: Json | undefined): string => asString(value) ?? "";

const manifest = (privileged: boolean): string => `apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec: {containers: [{name: c, image: "ghcr.io/minbzk/a:1.0", securityContext: {privileged: ${String(privileged)}}}]}
`;

/** Only the rule that the two manifests differ by. */
const OPTIONS = "--rules pod-security/privileged-containers";

describe("the scan in CI, as docs/ci has it", () => {
  let directory = "";
  before(function () {
    if (!existsSync(join(root, "dist", "cli", "policy.js"))) skip(this, "not compiled: npm run build");
  });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "ci-"));
    mkdirSync(join(directory, "bin"));
    mkdirSync(join(directory, "manifests"));
    // What the install step leaves behind.
    shim("mijnbureau-policy", `exec "${process.execPath}" "${join(root, "dist", "cli", "policy.js")}" "$@"`);
    shim("npm", `echo "npm $*" >> "${join(directory, "npm.log")}"`);
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  function shim(name: string, line: string): void {
    writeFileSync(join(directory, "bin", name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  }

  function bash(script: string, env: Readonly<Record<string, string>> = {}) {
    const own = { ...env, PATH: `${join(directory, "bin")}:${process.env["PATH"] ?? ""}` };
    // GitHub and GitLab both end at the first command that fails.
    return spawnSync("bash", ["-eo", "pipefail", "-c", script], { cwd: directory, encoding: "utf8", env: own });
  }

  const put = (privileged: boolean): void =>
    writeFileSync(join(directory, "manifests", "pod.yaml"), manifest(privileged));

  it("is a hook of pre-commit", () => {
    const [hook] = asObjects(load(read(".pre-commit-hooks.yaml")) as Json);
    const config = asObject(load(read("docs/ci/pre-commit-config.yaml")));
    const [used] = asObjects(at(asObjects(config?.["repos"])[0], "hooks"));
    assert.equal(used?.["id"], hook?.["id"]);
    const args = asList(used?.["args"]).map(text).join(" ");
    const run = (...files: string[]) => bash(`${text(hook?.["entry"])} ${args} ${OPTIONS} ${files.join(" ")}`);
    put(true);
    const { status, stdout } = run("manifests/pod.yaml");
    assert.equal(status, 1, stdout);
    assert.match(stdout, /pod-security\/privileged-containers/);
    put(false);
    assert.equal(run("manifests/pod.yaml").status, 0);
    writeFileSync(join(directory, "values.yaml"), "a: b\n");
    assert.equal(run("values.yaml").status, 0, "a commit of other YAML files passes");
  });

  it("is an action of GitHub", () => {
    const action = asObject(load(read("docs/ci/scan/action.yml")));
    const inputs = asObject(action?.["inputs"]) ?? {};
    const given = (name: string): string => (name === "options" ? OPTIONS : text(at(inputs[name], "default")));
    const filled = (value: string): string =>
      value.replaceAll(/\$\{\{ inputs\.(\w+) \}\}/g, (_, name: string) => given(name));
    const steps = asObjects(at(action, "runs", "steps")).filter((step) => step["run"] !== undefined);
    const run = () =>
      steps.map((step) => {
        const env = Object.entries(asObject(step["env"]) ?? {}).map(
          ([key, value]) => [key, filled(text(value))] as const,
        );
        return bash(text(step["run"]), {
          ...Object.fromEntries(env),
          GITHUB_ACTION_PATH: join(root, "docs", "ci", "scan"),
        });
      });
    put(true);
    assert.deepEqual(
      run().map(({ status }) => status),
      [0, 1],
    );
    const sarif = asObject(JSON.parse(readFileSync(join(directory, given("output")), "utf8")));
    assert.equal(
      at(asObjects(at(asObjects(sarif?.["runs"])[0], "results"))[0], "ruleId"),
      "pod-security/privileged-containers",
    );
    put(false);
    assert.deepEqual(
      run().map(({ status }) => status),
      [0, 0],
    );
    assert.match(
      readFileSync(join(directory, "npm.log"), "utf8"),
      /^npm ci --prefix .*docs\/ci\/scan\/\.\.\/\.\.\/\.\./,
    );
    assert.ok(existsSync(join(root, "docs", "ci", "scan", "..", "..", "..", "package.json")));
  });

  it("is a component of GitLab", () => {
    const [head, job] = loadAll(read("docs/ci/gitlab-scan.yml")).map((each) => asObject(each) ?? {});
    const inputs: JsonObject = asObject(at(head, "spec", "inputs")) ?? {};
    const given = (name: string): string => (name === "options" ? OPTIONS : text(at(inputs[name], "default")));
    const filled = (value: string): string =>
      value.replaceAll(/\$\[\[ inputs\.(\w+) \]\]/g, (_, name: string) => {
        assert.ok(name in inputs, name);
        return given(name);
      });
    const script = asList(at(job, "policy-scan", "script"))
      .map(text)
      .map(filled)
      .join("\n");
    put(true);
    const { status, stderr } = bash(script);
    assert.equal(status, 1, stderr);
    assert.match(
      readFileSync(join(directory, text(at(job, "policy-scan", "artifacts", "reports", "junit"))), "utf8"),
      /<failure type="critical"/,
    );
    put(false);
    assert.equal(bash(script).status, 0);
  });
});
