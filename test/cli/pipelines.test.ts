import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "js-yaml";
import { chartLock } from "../../components/charts/lock";
import { freePort } from "../../embedded/cluster/ports";
import { projectRoot } from "../../embedded/toolchain";
import { asList, asObject, asObjects, asString, at } from "../../lib/json";
import type { Json, JsonObject } from "../../lib/json";
import { needCharts, needTools, skip } from "../support/needs";

const text = (value: Json | undefined): string => asString(value) ?? "";
const file = (name: string): JsonObject =>
  asObject(load(readFileSync(join(projectRoot(), "docs", "ci", name), "utf8"))) ?? {};

/** Of what the engine prints, as `pulumi preview --policy-pack` ends. */
const preview = (level: "mandatory" | "advisory"): string => `Previewing update (acc-nl-west):
Diagnostics:
  pulumi:pulumi:Stack (mijnbureau-platform-acc-nl-west):
    ${level === "mandatory" ? "error: preview failed" : "warning: nothing of note"}

Policies:
    mijnbureau-platform@v0.2.0 (local: policypack)
        - [${level}] [severity: high]  images/fixed-tag  (kubernetes:apps/v1:Deployment: a/b)
          Images have a fixed tag. Deployment a/b, container c has an image without one.
          Name a version.

Resources:
    + 3 to create
    12 unchanged
`;

const trivyReport = (published: string, fixed: string): string =>
  JSON.stringify({
    ArtifactName: "docker.io/x/y:1",
    Results: [
      {
        Vulnerabilities: [
          {
            VulnerabilityID: "CVE-2026-11111",
            PkgName: "openssl",
            InstalledVersion: "3.0",
            FixedVersion: fixed,
            Severity: "HIGH",
            PublishedDate: published,
          },
        ],
      },
    ],
  });

/** Writes each request into `notes.log` of the folder that its path begins with: method, path, token; body. */
const GITLAB = `
const { appendFileSync } = require("node:fs");
require("node:http").createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk)).on("end", () => {
    const folder = decodeURIComponent(request.url.split("/")[1]);
    appendFileSync(folder + "/notes.log", request.method + " " + request.url + " " + request.headers["private-token"] + "\\n" + body + "\\n");
    response.writeHead(201).end("{}");
  });
}).listen(Number(process.argv[1]), "127.0.0.1", () => console.log("ready"));
`;

/** A job's lines, with its variables. */
interface Job {
  readonly name: string;
  readonly lines: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const variables = (given: Json | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(asObject(given) ?? {}).map(([key, value]) => [key, text(value)]));

function github(): Job[] {
  const context: Readonly<Record<string, string>> = {
    "matrix.stack": "acc-nl-west",
    "github.event.pull_request.number": "7",
    "github.token": "token",
  };
  const filled = (value: string): string =>
    value.replace(/\$\{\{ ([\w.]+) \}\}/g, (_, name: string) => context[name] ?? name);
  return Object.entries(asObject(file("github-actions.yml")["jobs"]) ?? {}).map(([name, job]) => ({
    name,
    lines: asObjects(at(job, "steps")).flatMap((step) =>
      step["run"] === undefined ? [] : [filled(text(step["run"]))],
    ),
    env: Object.fromEntries(Object.entries(variables(at(job, "env"))).map(([key, value]) => [key, filled(value)])),
  }));
}

function gitlab(): Job[] {
  const jobs = file("gitlab.yml");
  return Object.entries(jobs).flatMap(([name, given]) => {
    const parent = asObject(jobs[text(at(given, "extends"))]);
    const script = at(given, "script") ?? at(parent, "script");
    if (script === undefined || name.startsWith(".") || name === "default") return [];
    const matrix = asList(at(asObjects(at(given, "parallel", "matrix"))[0], "STACK")).map(text);
    const env = { ...(matrix[0] === undefined ? {} : { STACK: matrix[0] }), ...variables(at(given, "variables")) };
    return [
      {
        name,
        lines: asList(script)
          .flat()
          .map((line) => text(line)),
        env,
      },
    ];
  });
}

describe("the pipelines of docs/ci, line by line", function () {
  this.timeout(240_000);
  let directory = "";
  let helm = "";
  let pulumi = "";
  let gitlabServer: ChildProcess | undefined;
  let port = 0;
  const cli = join(projectRoot(), "dist", "cli", "main.js");

  before(async function () {
    if (!existsSync(join(projectRoot(), "dist", "cli", "cves.js"))) skip(this, "not compiled: npm run build");
    ({ helm, pulumi } = await needTools(this, "helm", "pulumi"));
    needCharts(this, [...chartLock.keys()]);
    // STAND-IN for GitLab, in a process of its own: the lines run while this one waits for them.
    port = await freePort();
    gitlabServer = spawn(process.execPath, ["-e", GITLAB, String(port)], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((ready) => gitlabServer?.stdout?.once("data", ready));
  });
  after(() => gitlabServer?.kill("SIGKILL"));
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "pipelines-"));
    for (const folder of ["bin", "manifests"]) mkdirSync(join(directory, folder));
    for (const name of readdirSync(projectRoot()).filter((each) => /^Pulumi\..*\.yaml$/.test(each)))
      symlinkSync(join(projectRoot(), name), join(directory, name));
    writeFileSync(join(directory, "vulnerabilities.yaml"), "decisions: []\n");
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a" },
      spec: { containers: [{ name: "c", image: "ghcr.io/minbzk/suite:1.0" }] },
    };
    writeFileSync(join(directory, "manifests", "suite.json"), JSON.stringify(pod));
    appendFileSync(join(directory, "summary.md"), "");
    // The real one logs in, at a state in a folder; what previews and brings up needs a cluster per region.
    standIn(
      "pulumi",
      `[ "$1" != login ] || exec "${pulumi}" "$@"; cat "${directory}/preview.out"; [ ! -e "${directory}/refused" ] || exit 1`,
    );
    mkdirSync(join(directory, "state"));
    standIn("gh", `[ "$1 $2" != "run download" ] || exit 1`);
    standIn("trivy", `while [ "$1" != --output ]; do shift; done; cp "${directory}/trivy.json" "$2"`);
    // The commands themselves are real; what installs, and what asks a cluster, is not.
    standIn(
      "npm",
      `[ "$1" != run ] || { shift; [ "$1" != -s ] || shift; name="$1"; shift; [ "$1" != -- ] || shift; ` +
        `case "$name $1" in "charts pull"|preflight*|backup*) ;; *) exec "${process.execPath}" "${cli}" "$name" "$@";; esac; }`,
    );
    symlinkSync(helm, join(directory, "bin", "helm"));
    writeFileSync(join(directory, "preview.out"), preview("advisory"));
    writeFileSync(join(directory, "trivy.json"), trivyReport("2026-01-01", ""));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** STAND-IN for a program that a runner has: writes down how it was called. */
  function standIn(name: string, line: string): void {
    const script = `#!/bin/sh\necho "STAND-IN ${name} $*" >> "${directory}/calls.log"\n${line}\n`;
    writeFileSync(join(directory, "bin", name), script, { mode: 0o755 });
  }

  const calls = (): string => readFileSync(join(directory, "calls.log"), "utf8");

  function run(job: Job, options: string): { readonly failed: readonly string[]; readonly said: string } {
    const failed: string[] = [];
    let said = "";
    for (const line of job.lines) {
      const { status, stdout, stderr } = spawnSync("bash", [options, "-c", line], {
        cwd: directory,
        encoding: "utf8",
        env: {
          ...job.env,
          PATH: `${join(directory, "bin")}:${process.env["PATH"] ?? ""}`,
          HOME: process.env["HOME"] ?? "",
          PULUMI_BACKEND_URL: `file://${join(directory, "state")}`,
          PULUMI_HOME: join(directory, "home"),
          PULUMI_SKIP_UPDATE_CHECK: "true",
          GITHUB_STEP_SUMMARY: join(directory, "summary.md"),
          RUNNER_TEMP: directory,
          KEEPER_KEYS: "keeper.ini",
          EVIDENCE_KEY: "evidence.pem",
          GITHUB_REPOSITORY: "a/b",
          GITHUB_SHA: "0".repeat(40),
          GITHUB_REF: "refs/pull/7/merge",
          GITLAB_TOKEN: "token",
          CI_API_V4_URL: `http://127.0.0.1:${port}/${encodeURIComponent(directory)}`,
          CI_PROJECT_ID: "1",
          CI_MERGE_REQUEST_IID: "7",
        },
      });
      said += stdout + stderr;
      if (status !== 0) failed.push(`${job.name}: ${line.trim().split("\n").at(-1) ?? ""}\n${stderr}`);
    }
    return { failed, said };
  }

  // GitHub runs a step by `bash -e` alone, GitLab with pipefail (their documentation of shells).
  for (const [product, jobs, options] of [
    ["GitHub Actions", github(), "-e"],
    ["GitLab", gitlab(), "-eo pipefail"],
  ] as const) {
    const shell = options.startsWith("-eo") ? "-e" : options;
    const named = (part: string): Job => {
      const found = jobs.find(({ name }) => name === part);
      assert.ok(found !== undefined, part);
      return found;
    };
    const night = (): readonly Job[] =>
      jobs.filter(({ name }) => ["images", "scan", "decisions", "vulnerabilities"].includes(name));

    it(`${product}: every line of every job runs`, () => {
      assert.ok(jobs.length >= 6);
      const failed = jobs.filter((job) => !night().includes(job)).flatMap((job) => run(job, shell).failed);
      assert.deepEqual(failed, []);
      // The first night has nothing before it: what is open is shown, and nothing is new.
      assert.deepEqual(
        night().flatMap((job) => run(job, shell).failed),
        [],
      );
      const images = readFileSync(join(directory, "images.txt"), "utf8");
      assert.match(images, /^ghcr\.io\/minbzk\/suite:1\.0$/m, "the suite's images");
      assert.match(images, /falcosecurity\/falco:/, "the platform's images");
      assert.equal(readdirSync(join(directory, "scans")).length, images.trim().split("\n").length);
      assert.match(calls(), /STAND-IN pulumi preview --policy-pack policypack --stack acc-nl-west/);
      assert.match(calls(), /STAND-IN pulumi preview --refresh --expect-no-changes/);
      for (const nightly of [
        "locks --stack acc-nl-west .*--renew --record",
        "drills --stack acc-nl-west .*--sign \\S+ --record",
      ])
        assert.match(calls(), new RegExp(`STAND-IN npm run backup -- ${nightly}`));
      const login = readFileSync(join(directory, "home", "credentials.json"), "utf8");
      assert.equal(
        at(asObject(JSON.parse(login)), "current"),
        `file://${join(directory, "state")}`,
        "logged in, by the real pulumi",
      );
      for (const stack of ["acc-nl-west", "prod-nl-west", "prod-nl-north"])
        assert.match(calls(), new RegExp(`STAND-IN pulumi up --yes --policy-pack policypack --stack ${stack}`));
      assert.ok(existsSync(join(directory, "openvex.json")));
    });

    it(`${product}: a refused preview fails, with a comment that says why`, () => {
      writeFileSync(join(directory, "preview.out"), preview("mandatory"));
      writeFileSync(join(directory, "refused"), "");
      assert.notDeepEqual(run({ ...named("preview") }, shell).failed, []);
      const comment = readFileSync(join(directory, "comment.md"), "utf8");
      assert.match(comment, /\*\*Refused\.\*\*/);
      assert.match(
        comment,
        /\| high \| images\/fixed-tag \| kubernetes:apps\/v1:Deployment: a\/b \| Images have a fixed tag\./,
      );
      if (product === "GitLab") {
        const [request = "", body = ""] = readFileSync(join(directory, "notes.log"), "utf8").split("\n");
        assert.match(request, /^POST .*\/projects\/1\/merge_requests\/7\/notes token$/);
        assert.equal(new URLSearchParams(body).get("body"), comment, "the note that curl has sent");
      }
      const sarif = asObject(JSON.parse(readFileSync(join(directory, "preview.sarif"), "utf8")));
      assert.equal(at(asObjects(at(asObjects(sarif?.["runs"])[0], "results"))[0], "ruleId"), "images/fixed-tag");
    });

    it(`${product}: what has a repair for more than a week fails the night`, () => {
      writeFileSync(join(directory, "trivy.json"), trivyReport("2026-01-01", "3.1"));
      const { failed } = { failed: night().flatMap((job) => run(job, shell).failed) };
      assert.equal(failed.length, 1, failed.join("\n"));
      const shown = [join(directory, "vulnerabilities.md"), join(directory, "summary.md")].map((each) =>
        readFileSync(each, "utf8"),
      );
      assert.match(shown.join("\n"), /Overdue.*BIO2 8\.08\.01[^]*CVE-2026-11111/);
    });
  }

  it("GitHub Actions: every action by its commit, with its version behind it", () => {
    const lines = readFileSync(join(projectRoot(), "docs", "ci", "github-actions.yml"), "utf8").split("\n");
    const uses = lines.filter((line) => line.includes("uses:"));
    assert.ok(uses.length > 8);
    for (const line of uses) assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("both ask for approval: each production region by itself, after acc", () => {
    const actions = asObject(file("github-actions.yml")["jobs"]);
    const pipeline = file("gitlab.yml");
    for (const region of ["prod-nl-west", "prod-nl-north"]) {
      assert.equal(at(actions?.[region], "environment"), region);
      assert.equal(at(pipeline[region], "environment"), region);
    }
    assert.equal(at(actions?.["prod-nl-west"], "needs"), "acc");
    assert.deepEqual(at(pipeline["prod-nl-west"], "needs"), ["acc"]);
  });
});
