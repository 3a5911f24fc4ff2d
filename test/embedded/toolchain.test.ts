import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import fc from "fast-check";
import {
  checkNode,
  DEFAULT_TOOLS,
  ensureFromTable,
  type EnsureOptions,
  isToolName,
  projectRoot,
  type Tool,
  ToolchainError,
  TOOLS,
} from "../../embedded/toolchain";
import { explain } from "../../embedded/toolchain/build";
import { Estimate } from "../../embedded/toolchain/estimate";
import { ownerOf, withLock } from "../../embedded/toolchain/lock";
import { skip } from "../support/needs";

/** A Go program that builds in about a second and prints its stamped version. */
const MAIN = `package main

import "fmt"

var version string

func main() { fmt.Println("hello version " + version) }
`;

function helloTool(changes: Partial<Tool> = {}): Tool {
  return {
    bin: "hello",
    version: "1.2.3",
    accepts: "~1.2.3",
    module: "hello",
    package: ".",
    stamps: ["main.version=v1.2.3"],
    versionArgs: [],
    buildSeconds: 1,
    purpose: "test",
    ...changes,
  };
}

function executable(file: string, lines: readonly string[]): string {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, ["#!/bin/sh", ...lines, ""].join("\n"), { mode: 0o755 });
  return file;
}

describe("toolchain", function () {
  this.timeout(120_000);

  let folder: string;
  let env: NodeJS.ProcessEnv;
  let lines: string[];
  let buildCache: string;

  // Go keeps its build cache under XDG_CACHE_HOME too; without the usual one every test would compile Go's own library.
  before(() => {
    buildCache = execFileSync("go", ["env", "GOCACHE"], { encoding: "utf8" }).trim();
  });

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "toolchain-"));
    fs.mkdirSync(path.join(folder, "modules", "hello"), { recursive: true });
    fs.writeFileSync(path.join(folder, "modules", "hello", "go.mod"), "module example.test/hello\n\ngo 1.24\n");
    fs.writeFileSync(path.join(folder, "modules", "hello", "main.go"), MAIN);
    env = {
      ...process.env,
      XDG_CACHE_HOME: path.join(folder, "cache"),
      PULUMI_HOME: path.join(folder, "pulumi"),
      GOCACHE: buildCache,
    };
    lines = [];
  });

  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  async function ensureHello(tool: Tool = helloTool(), more: Partial<EnsureOptions> = {}): Promise<string> {
    const modules = path.join(folder, "modules");
    const options = { env, modules, onProgress: (line: string) => lines.push(line), ...more };
    return (await ensureFromTable(["hello"], { hello: tool }, options)).hello;
  }

  /** Files under the tool's folder in the cache, relative to it. */
  function cached(): string[] {
    const base = path.join(folder, "cache", "mijnbureau-platform", "toolchain", "hello");
    return fs.readdirSync(base, { recursive: true, encoding: "utf8" });
  }

  function fakeGo(
    buildLines: readonly string[],
    version = "go1.26.0",
    listLines: readonly string[] = ["exit 1"],
  ): void {
    const answer = `{"GOVERSION":"${version}","GOCACHE":"${folder}","GOMODCACHE":"${folder}"}`;
    executable(path.join(folder, "fake", "go"), [
      `if [ "$1" = env ]; then echo '${answer}'; exit 0; fi`,
      `if [ "$1" = list ]; then ${listLines.join("; ")}; exit 0; fi`,
      ...buildLines,
    ]);
    env["PATH"] = `${path.join(folder, "fake")}${path.delimiter}/usr/bin${path.delimiter}/bin`;
  }

  describe("finding and building", () => {
    it("builds what is missing with its version stamp, and finds it in the cache the next time", async () => {
      const file = await ensureHello();
      assert.equal(execFileSync(file, { encoding: "utf8" }), "hello version v1.2.3\n");
      assert.ok(
        lines.some((line) => line.startsWith("1 of 1 tools must be built")),
        lines.join("\n"),
      );
      assert.ok(
        lines.some((line) => line.startsWith("built hello 1.2.3 in ")),
        lines.join("\n"),
      );

      lines = [];
      assert.equal(await ensureHello(), file);
      assert.deepEqual(lines, []);
    });

    it("builds again when the lock files, the main program or the stamps change", async () => {
      const first = await ensureHello();
      fs.appendFileSync(path.join(folder, "modules", "hello", "main.go"), "// changed\n");
      const second = await ensureHello();
      fs.appendFileSync(path.join(folder, "modules", "hello", "go.mod"), "// changed\n");
      const third = await ensureHello();
      const fourth = await ensureHello(helloTool({ stamps: ["main.version=v1.2.4"] }));
      assert.equal(new Set([first, second, third, fourth]).size, 4);
    });

    it("builds again when a source file of ours changes, and only the package that it belongs to", async () => {
      const module = path.join(folder, "modules", "hello");
      fs.mkdirSync(path.join(module, "part"));
      fs.writeFileSync(path.join(module, "part", "main.go"), MAIN);
      const part = helloTool({ package: "./part" });
      const [first, firstPart] = [await ensureHello(), await ensureHello(part)];
      fs.writeFileSync(path.join(module, "part", "more.go"), "package main\n");
      assert.equal(await ensureHello(), first);
      const secondPart = await ensureHello(part);
      assert.notEqual(secondPart, firstPart);
      fs.writeFileSync(path.join(module, "more.go"), "package main\n");
      assert.notEqual(await ensureHello(), first);
      assert.equal(await ensureHello(part), secondPart);
    });

    it("takes the tool from PATH in an accepted version, without building", async () => {
      const own = executable(path.join(folder, "bin", "hello"), ["echo hello 1.2.9 >&2"]);
      env["PATH"] = path.dirname(own);
      assert.equal(await ensureHello(), own);
    });

    it("does not take another version from PATH, nor an accepted one further down", async () => {
      const first = executable(path.join(folder, "bin", "hello"), ["echo hello v1.3.0"]);
      const second = executable(path.join(folder, "bin2", "hello"), ["echo hello v1.2.3"]);
      env["PATH"] = [path.dirname(first), path.dirname(second), process.env["PATH"]].join(path.delimiter);
      assert.match(await ensureHello(), /toolchain\/hello\/[0-9a-f]{16}\/hello$/);
    });

    it("takes the newest accepted plugin that Pulumi's own CLI has installed", async () => {
      const tool = helloTool({ bin: "pulumi-resource-hello", accepts: ">=1.2.3 <2", versionArgs: ["--version"] });
      for (const version of ["1.0.0", "1.10.0", "1.9.0", "2.0.0"]) {
        executable(path.join(folder, "pulumi", "plugins", `resource-hello-v${version}`, tool.bin), [":"]);
      }
      assert.match(await ensureHello(tool), /resource-hello-v1\.10\.0\/pulumi-resource-hello$/);
    });

    it("tells how many packages are left, as Go names them, and ends when it is told to", async () => {
      fs.writeFileSync(path.join(folder, "p.go"), "x".repeat(1000));
      const packages = ["a", "b", "c", "d"].map((name) => `echo '${name}	${folder}	p.go'`);
      fakeGo(["echo a >&2", "echo other >&2", "echo b >&2", "exec sleep 60"], "go1.26.0", packages);
      const stopped = new AbortController();
      const told = (line: string): void => {
        lines.push(line);
        if (line.includes("2 of 4 packages")) stopped.abort();
      };
      await assert.rejects(ensureHello(helloTool(), { onProgress: told, signal: stopped.signal, reportMs: 20 }), {
        name: "AbortError",
      });
      assert.ok(lines.every((line) => !line.includes("3 of 4")));
      assert.ok(!cached().includes("lock"));
    });

    it("refuses a build that reports another version, and does not keep it", async () => {
      await assert.rejects(ensureHello(helloTool({ stamps: ["main.version=v9.9.9"] })), (error) => {
        assert.ok(error instanceof ToolchainError);
        assert.match(error.message, /does not report its version[^]*found: {2}9\.9\.9[^]*needed: ~1\.2\.3/);
        return true;
      });
      assert.deepEqual(
        cached().filter((name) => path.basename(name) === "hello"),
        [],
      );
    });
  });

  describe("estimates", () => {
    const sizes = fc.array(fc.nat(1_000_000), { minLength: 2, maxLength: 60 });

    it("are right where the rest goes as fast as what was seen, whatever the packages", () => {
      fc.assert(
        fc.property(sizes, fc.nat(59), fc.double({ min: 0.1, max: 100, noNaN: true }), (all, index, speed) => {
          const done = index % all.length;
          const estimate = new Estimate(new Map(all.map((size, at) => [String(at), size])), 1);
          for (let at = 0; at <= done; at++) estimate.take(String(at));
          const sum = (part: readonly number[]): number => part.reduce((total, size) => total + size, 0);
          const before = all.slice(0, done);
          const left = estimate.secondsLeft(sum(before) / speed);
          fc.pre(sum(before) > 0.05 * sum(all));
          assert.ok(left !== undefined && Math.abs(left - sum(all.slice(done)) / speed) < 1e-6 * (1 + left));
        }),
      );
    });

    it("say nothing of the time before a twentieth is done, nor where Go told nothing", () => {
      const estimate = new Estimate(
        new Map([
          ["small", 4],
          ["large", 96],
        ]),
        1,
      );
      estimate.take("small");
      estimate.take("large");
      assert.equal(estimate.describe(30), ", 2 of 2 packages");
      assert.equal(new Estimate(new Map(), 2).describe(30), "");
    });
  });

  describe("interruptions and two starts at once", () => {
    it("two at once: one builds, the other waits, says so, and uses the result", async () => {
      const [first, second] = await Promise.all([ensureHello(), ensureHello()]);
      assert.equal(first, second);
      assert.equal(lines.filter((line) => line.startsWith("built hello")).length, 1, lines.join("\n"));
      assert.ok(
        lines.includes(`hello: process ${process.pid} is building it already, waiting for that`),
        lines.join("\n"),
      );
      assert.ok(!cached().some((name) => path.basename(name) === "lock"));
    });

    it("a build that was killed leaves nothing that stops the next one", async () => {
      // The compiler of the first start never ends, and has written half of the executable.
      fakeGo(['for arg; do case "$arg" in *.tmp) echo half > "$arg";; esac; done', "sleep 60"]);
      const script = path.join(folder, "start.ts");
      fs.writeFileSync(
        script,
        `import { ensureFromTable } from ${JSON.stringify(path.join(projectRoot(), "embedded", "toolchain"))};
        const hello = ${JSON.stringify(helloTool())};
        void ensureFromTable(["hello"], { hello }, { modules: ${JSON.stringify(path.join(folder, "modules"))} });`,
      );
      const child = spawn(process.execPath, ["-r", "ts-node/register/transpile-only", script], {
        cwd: projectRoot(),
        env: { ...env, TS_NODE_PROJECT: path.join(projectRoot(), "tsconfig.json") },
        stdio: "ignore",
        detached: true,
      });
      const isHalf = (): boolean =>
        fs.existsSync(path.join(folder, "cache")) && cached().some((name) => name.endsWith(".tmp"));
      while (!isHalf()) {
        assert.equal(child.exitCode, null, "the first start ended by itself");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.ok(child.pid !== undefined);
      process.kill(-child.pid, "SIGKILL");
      await once(child, "exit");
      assert.ok(cached().includes("lock"), "the killed start holds its lock");

      env["PATH"] = process.env["PATH"] ?? "";
      // Another Go version is another place in the cache; the lock and its folder are the same.
      assert.equal(execFileSync(await ensureHello(), { encoding: "utf8" }), "hello version v1.2.3\n");
      assert.ok(!cached().includes("lock"));
    });

    it("removes what a killed build has left half-written", async () => {
      const file = await ensureHello();
      const leftover = `${file}.999.tmp`;
      fs.renameSync(file, leftover);
      await ensureHello();
      assert.ok(!fs.existsSync(leftover));
    });

    it("a lock is waited for while its process lives, and taken over when it is gone", async () => {
      const lock = path.join(folder, "lock");
      const holder = spawn(process.execPath, ["-e", "setTimeout(() => {}, 800)"]);
      await once(holder, "spawn");
      assert.ok(holder.pid !== undefined);
      fs.writeFileSync(lock, ownerOf(holder.pid));
      const waitedFor: number[] = [];
      const started = Date.now();
      await withLock(lock, () => Promise.resolve(), { onWait: (pid) => waitedFor.push(pid), pollMs: 20 });
      assert.deepEqual(waitedFor, [holder.pid]);
      assert.ok(Date.now() - started >= 400, "it did not wait");
      assert.ok(!fs.existsSync(lock));
    });

    it("a lock of an earlier process with the same pid is stale", async function () {
      if (process.platform !== "linux") skip(this, "only Linux tells when a process began");
      const lock = path.join(folder, "lock");
      fs.writeFileSync(lock, `${process.pid} 1`);
      assert.equal(
        await withLock(lock, () => Promise.resolve("done"), { onWait: () => assert.fail("waited") }),
        "done",
      );
    });

    it("a lock lets one in at a time, and is released when the work fails", async () => {
      const lock = path.join(folder, "lock");
      let inside = 0;
      const work = async (): Promise<void> => {
        assert.equal(++inside, 1);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside--;
        throw new Error("failed work");
      };
      const all = Array.from({ length: 10 }, () => withLock(lock, work, { pollMs: 2 }));
      for (const result of await Promise.allSettled(all)) {
        assert.equal(
          result.status === "rejected" && result.reason instanceof Error && result.reason.message,
          "failed work",
        );
      }
    });
  });

  describe("errors", () => {
    async function failure(): Promise<string> {
      try {
        await ensureHello();
      } catch (error) {
        assert.ok(error instanceof ToolchainError, String(error));
        return error.message;
      }
      return assert.fail("it was built");
    }

    it("no Go: what must be built, what is needed, where to get it", async () => {
      env["PATH"] = path.join(folder, "empty");
      assert.match(
        await failure(),
        /hello must be built, and Go is not installed\.[^]*needed: Go 1\.24 or newer[^]*go\.dev\/dl/,
      );
    });

    it("an old Go, by its version", async () => {
      fakeGo(["exit 1"], "go1.21.3");
      assert.match(await failure(), /this Go is too old\.[^]*found: {2}go1\.21\.3[^]*needed: Go 1\.24/);
    });

    const outputs: readonly [string, string, RegExp][] = [
      ["a full disk", "write /tmp/x: no space left on device", /the disk is full[^]*no space left[^]*free some space/],
      [
        "no network",
        'go: example.test/x@v1.0.0: Get "https://proxy.test/x": dial tcp: lookup proxy.test: no such host',
        /Go modules cannot be downloaded[^]*no such host[^]*GOPROXY/,
      ],
      ["a killed compiler", "x/y: /usr/lib/go/compile: signal: killed", /the compiler was killed[^]*GOMAXPROCS=1/],
      [
        "a module that needs a newer Go",
        "go: go.mod requires go >= 1.27.1 (running go 1.26.8; GOTOOLCHAIN=local)",
        /this Go is too old[^]*found: {2}1\.26\.8[^]*needed: Go 1\.27\.1/,
      ],
      ["anything else", "main.go:3:1: syntax error", /Building hello 1\.2\.3 failed\.[^]*syntax error/],
    ];
    for (const [name, output, expected] of outputs) {
      it(`${name}, with the log`, async () => {
        fakeGo([`echo '${output}' >&2`, "exit 1"]);
        const message = await failure();
        assert.match(message, expected);
        const log = /log: +(\S+)$/m.exec(message)?.[1];
        assert.ok(log !== undefined && fs.readFileSync(log, "utf8").includes(output), message);
      });
    }

    it("the last of several network errors is named", () => {
      const output = "go: a: dial tcp 1: i/o timeout\ngo: b: dial tcp 2: i/o timeout\n";
      assert.match(explain(output, { tool: helloTool(), logFile: "x.log" }).message, /found: {2}go: b: dial tcp 2/);
    });

    it("an old Node", () => {
      assert.throws(() => checkNode("18.20.1"), /Node\.js is too old[^]*Node\.js 18\.20\.1[^]*20\.19/);
      assert.doesNotThrow(() => checkNode("20.19.0"));
      assert.doesNotThrow(() => checkNode("24.1.0"));
    });
  });

  describe("table", () => {
    for (const [name, tool] of Object.entries<Tool>(TOOLS)) {
      it(`${name}: lock files agree with the table`, () => {
        const module = path.join(projectRoot(), "embedded", "toolchain", tool.module);
        const goMod = fs.readFileSync(path.join(module, "go.mod"), "utf8");
        assert.ok(fs.statSync(path.join(module, "go.sum")).size > 0);
        // Under the AGPL (docs/dependencies.md).
        assert.doesNotMatch(goMod, /github\.com\/(grafana\/(loki|mimir|tempo)|minio\/minio)(\/v\d+)? /);
        if (tool.package.startsWith(".")) {
          const main = fs.readFileSync(path.join(module, tool.package, "main.go"), "utf8");
          // Our own main of somebody else's program: that one's release is what the table names.
          const release = new RegExp(`/${name} v(\\S+)$`, "m").exec(goMod)?.[1];
          if (main.includes(`/${name}/`)) assert.equal(release, tool.version);
        } else {
          assert.match(goMod, new RegExp(`^tool ${tool.package}$|^\t${tool.package}$`, "m"));
          const required = [...goMod.matchAll(/^\s*(?:require )?(\S+) v(\S+)/gm)].filter(
            ([, dependency]) => dependency !== undefined && `${tool.package}/`.startsWith(`${dependency}/`),
          );
          // Prometheus 3.x is module version 0.30x; every other module carries the release's own version.
          const version = ["prometheus", "promtool"].includes(name) ? "0.315.0" : tool.version;
          assert.deepEqual(
            required.map((match) => match[2]),
            [version],
          );
        }
        for (const stamp of tool.stamps ?? []) assert.match(stamp, /^[\w./-]+=\S+$/);
      });
    }

    it("the default set is known and has no benchmark competitor", () => {
      assert.ok(DEFAULT_TOOLS.every(isToolName));
      for (const name of ["kube-score", "conftest", "cyclonus"] as const) assert.ok(!DEFAULT_TOOLS.includes(name));
      assert.ok(!isToolName("toString"));
    });
  });
});
