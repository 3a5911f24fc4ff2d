import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { splitArguments } from "../../embedded/language-host/options";
import { dependencies, requiredPlugins } from "../../embedded/language-host/packages";
import { configOf } from "../../embedded/language-host/program";
import { pulumiEnv } from "../../embedded/pulumi-env";
import { projectRoot } from "../../embedded/toolchain";

const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

class Box extends pulumi.ComponentResource {
  constructor(name: string, args: { size: number }) {
    super("toy:index:Box", name, args);
    this.registerOutputs({});
  }
}

const config = new pulumi.Config();
if (config.getBoolean("fail")) throw new pulumi.RunError("refused by the program");
if (config.getBoolean("hang")) setInterval(() => console.log("program hangs"), 200);
new Box("one", { size: config.requireNumber("size") });
// A type error on purpose: the program is not type-checked when it runs.
const wrong: number = "text";
export const greeting = \`\${pulumi.getOrganization()}/\${pulumi.getProject()}/\${pulumi.getStack()} \${wrong} \${process.argv[2] ?? ""}\`;
export const token = config.requireSecret("token");
export const password = new random.RandomPassword("password", { length: 24 }).result;
`;

const PACK = `
const { PolicyPack } = require("@pulumi/policy");
const pulumi = require("@pulumi/pulumi");
const stack = pulumi.getStack() + " size " + new pulumi.Config("toy").get("size");
if (process.env.TOY_BREAK_PACK) throw new Error("broken on purpose");
new PolicyPack("toy-pack", {
  policies: [{
    name: "small", description: "Boxes must be small.", enforcementLevel: "mandatory",
    validateResource: (args, report) => {
      if (args.type === "toy:index:Box" && args.props.size > 2) report(args.name + " is too large, seen on stack " + stack);
    },
  }],
});
`;

interface Result {
  readonly code: number | null;
  readonly output: string;
}

describe("toolchain: language host", function () {
  this.timeout(600_000);

  let folder: string;
  let env: NodeJS.ProcessEnv;

  function write(name: string, content: string): void {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), content);
  }

  async function pulumi(args: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<Result> {
    const child = spawn("pulumi", [...args, "--non-interactive", "--stack", "dev"], {
      cwd: path.join(folder, "program"),
      env: { ...env, ...extra },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    return { code, output };
  }

  async function succeed(args: readonly string[]): Promise<string> {
    const { code, output } = await pulumi(args);
    assert.equal(code, 0, output);
    return output;
  }

  /** Processes whose command line names our temporary folder: packs and programs that outlived their CLI. */
  function leftRunning(): string[] {
    if (process.platform !== "linux") return [];
    const pids = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return pids.flatMap((pid) => {
      try {
        const command = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return command.includes(folder) ? [command] : [];
      } catch {
        return [];
      }
    });
  }

  before(async function () {
    this.timeout(1_200_000);
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "language-host-"));
    env = { ...process.env, ...(await pulumiEnv(path.join(folder, "state"))) };
    write(
      "program/Pulumi.yaml",
      [
        "name: toy",
        "runtime:",
        "  name: nodejs",
        "  options:",
        "    typescript: false",
        '    nodeargs: "--require ts-node/register/transpile-only"',
        "",
      ].join("\n"),
    );
    write(
      "program/package.json",
      JSON.stringify({ main: "index.ts", dependencies: { "@pulumi/random": "*", yaml: "*" } }),
    );
    write("program/tsconfig.json", JSON.stringify({ compilerOptions: { module: "nodenext", target: "es2022" } }));
    write("program/index.ts", PROGRAM);
    // As in this project: the pack's folder has only its manifests, `main` points to what the build has compiled.
    write("pack/PulumiPolicy.yaml", "runtime: nodejs\nversion: 0.1.0\n");
    write("pack/package.json", JSON.stringify({ name: "toy-pack", version: "0.1.0", main: "../dist/pack/index.js" }));
    write("dist/pack/index.js", PACK);
    fs.symlinkSync(path.join(projectRoot(), "node_modules"), path.join(folder, "node_modules"));
    await succeed(["stack", "init"]);
    await succeed(["config", "set", "size", "2"]);
    await succeed(["config", "set", "--secret", "token", "not to be seen"]);
  });

  // `--config` of a preview is also saved: every test starts from the same file.
  let settings: string;
  before(() => (settings = fs.readFileSync(path.join(folder, "program", "Pulumi.dev.yaml"), "utf8")));
  beforeEach(() => write("program/Pulumi.dev.yaml", settings));

  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it("runs a TypeScript program with its configuration, behind a policy pack", async () => {
    const output = await succeed(["up", "--yes", "--skip-preview", "--policy-pack", "../pack"]);
    assert.match(output, /✅ toy-pack@v0\.1\.0/);
    const outputs: unknown = JSON.parse(await succeed(["stack", "output", "--json", "--show-secrets"]));
    assert.ok(typeof outputs === "object" && outputs !== null);
    assert.deepEqual(
      { ...outputs, password: "" },
      { greeting: "organization/toy/dev text ", token: "not to be seen", password: "" },
    );
    assert.ok("password" in outputs && typeof outputs.password === "string");
    assert.equal(outputs.password.length, 24);
    const state = fs.readFileSync(
      path.join(folder, "state", "backend", ".pulumi", "stacks", "toy", "dev.json"),
      "utf8",
    );
    assert.ok(
      !state.includes(outputs.password) && !state.includes("not to be seen"),
      "a secret is in the state in clear",
    );

    await succeed(["preview", "--expect-no-changes", "--policy-pack", "../pack"]);
    assert.deepEqual(leftRunning(), []);
  });

  it("fails on a mandatory violation; the pack knows stack and configuration when it loads", async () => {
    const { code, output } = await pulumi(["preview", "--policy-pack", "../pack", "--config", "size=3"]);
    assert.notEqual(code, 0, output);
    assert.match(output, /\[mandatory\] {2}small {2}\(toy:index:Box: one\)/);
    assert.match(output, /one is too large, seen on stack dev size 3/);
  });

  it("shows the program's own error once, without a stack trace", async () => {
    const { code, output } = await pulumi(["preview", "--config", "fail=true"]);
    assert.notEqual(code, 0);
    assert.match(output, /error: refused by the program/);
    assert.doesNotMatch(output, /at Object\.<anonymous>|non-zero exit code/);
  });

  it("a pack that does not load stops the preview with its own error, and leaves nothing running", async () => {
    const { code, output } = await pulumi(["preview", "--policy-pack", "../pack"], { TOY_BREAK_PACK: "1" });
    assert.notEqual(code, 0);
    assert.match(output, /broken on purpose/);
    assert.match(output, /policy pack ended \(exit code \d+\) before it was ready/);
    assert.deepEqual(leftRunning(), []);
  });

  it("a CLI that is killed takes program and pack with it", async () => {
    const args = [
      "preview",
      "--non-interactive",
      "--stack",
      "dev",
      "--policy-pack",
      "../pack",
      "--config",
      "hang=true",
    ];
    const child = spawn("pulumi", args, {
      cwd: path.join(folder, "program"),
      env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    await new Promise<void>((resolve, reject) => {
      let output = "";
      child.stdout.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes("program hangs")) resolve();
      });
      child.on("close", () => reject(new Error(`it ended: ${output}`)));
    });
    const isOurs = (command: string): boolean => /cmd\/run(-policy-pack)?\/index\.js/.test(command);
    const running = leftRunning().flatMap((command) => /cmd\/(run[a-z-]*)\/index\.js/.exec(command)?.[1] ?? []);
    assert.deepEqual(running.sort(), process.platform === "linux" ? ["run", "run-policy-pack"] : []);
    child.kill("SIGKILL");
    for (let i = 0; i < 100 && leftRunning().some(isOurs); i++)
      await new Promise((resolve) => setTimeout(resolve, 200));
    assert.deepEqual(leftRunning().filter(isOurs), []);
  });

  it("`pulumi about` is answered by this host", async () => {
    const { output } = await pulumi(["about"]);
    assert.ok(output.includes(process.version), output);
  });

  it("keeps the CLI from logging every property", () => {
    const state = path.join(folder, "state");
    assert.ok(fs.statSync(path.join(state, "home", "logs")).isFile());
  });

  it("the environment is the same the second time, also inside itself", async () => {
    const again = await pulumiEnv(path.join(folder, "state"), { env });
    assert.deepEqual({ ...env, ...again }, env);
    const names = fs.readdirSync(path.join(folder, "state", "bin")).sort();
    assert.deepEqual(names, [
      "pulumi",
      "pulumi-language-nodejs",
      "pulumi-resource-kubernetes",
      "pulumi-resource-random",
    ]);
  });

  it("splits node arguments like a shell", () => {
    assert.deepEqual(splitArguments(`--require 'a b'  --x="c \\"d" e\\ f`), ["--require", "a b", '--x=c "d', "e f"]);
    assert.deepEqual(splitArguments("  "), []);
  });

  it("passes configuration keys in the form that the SDK reads", () => {
    const config = new Map([
      ["toy:size", "2"],
      ["toy:config:old", "x"],
      ["kubernetes:a:b", "y"],
    ]);
    assert.deepEqual(configOf(config), { "toy:config:size": "2", "toy:config:old": "x", "kubernetes:config:a:b": "y" });
  });

  it("names the plugins that direct dependencies need, and what is installed", () => {
    const program = path.join(folder, "program");
    assert.deepEqual(requiredPlugins(program), [{ name: "random", version: "v4.21.2", server: "" }]);
    assert.deepEqual(
      dependencies(program).map(({ name }) => name),
      ["@pulumi/random", "yaml"],
    );
  });
});
