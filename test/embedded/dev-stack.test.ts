import assert from "node:assert/strict";
import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  adviceCounted,
  failure,
  releaseStaleLock,
  runEngine,
  runEngineOnBusyMachine,
  sections,
  stackExists,
  type EngineOptions,
} from "../../embedded/dev-stack/engine";
import { fingerprint } from "../../embedded/dev-stack/fingerprint";
import { forgetStack, refuseForeignState } from "../../embedded/dev-stack/record";
import { DEV_PASSPHRASE } from "../../embedded/pulumi-env";
import { stackConfig } from "../../components/stack-file";
import { NETWORK } from "../../embedded/cluster/network";
import { projectRoot } from "../../embedded/toolchain";
import { describeOperators } from "../../embedded/dev-stack/summary";
import { Steps } from "../../embedded/dev-stack/steps";

describe("dev stack", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "dev-stack-"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });
  const write = (path: string, text: string, mode = 0o644): string => {
    const file = join(root, path);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, text, { mode });
    return file;
  };

  describe("inputs", () => {
    const digest = (values: readonly string[] = []): string =>
      fingerprint({ root, folders: [join(root, "charts")], values });

    it("are the sources, the stack file, the lock files, the charts and the tools", () => {
      const seen = new Set([digest()]);
      const assertNew = (what: string, values: readonly string[] = []): void => {
        assert.ok(!seen.has(digest(values)), `a change of ${what} went unnoticed`);
        seen.add(digest(values));
      };
      for (const path of [
        "index.ts",
        "Pulumi.dev.yaml",
        "package-lock.json",
        "charts.lock.json",
        "components/a/b.ts",
        "policypack/rules/r.ts",
        "lib/cidr.ts",
        "suite/apps/docs.ts",
        "charts/kyverno.tgz",
      ]) {
        write(path, "one");
        assertNew(path);
      }
      write("components/a/b.ts", "two");
      assertNew("components/a/b.ts");
      assertNew("/tools/pulumi", ["/tools/pulumi"]);
    });

    it("are not the tests, the documentation, another stack or what a run leaves behind", () => {
      write("index.ts", "one");
      write("Pulumi.dev.yaml", "config: {}\n");
      const before = digest();
      for (const path of ["test/a.test.ts", "docs/a.md", "Pulumi.prod-nl-west.yaml", ".pulumi-dev/start.json"])
        write(path, "x");
      assert.equal(digest(), before);
    });
  });

  describe("stack file", () => {
    it("describes the network of the embedded cluster", () => {
      const network = stackConfig(projectRoot(), "dev").network;
      assert.deepEqual(network.podCidrs, [NETWORK.podCidr]);
      assert.deepEqual(network.serviceCidrs, [NETWORK.serviceCidr]);
      assert.deepEqual(network.controlPlaneCidrs, [`${NETWORK.controlPlaneNode}/32`]);
      assert.deepEqual(network.nodeCidrs, [NETWORK.nodeCidr]);
    });

    // pulumi/pulumi, pkg/secrets/passphrase and sdk/go/common/resource/config/crypt.go.
    it("has the salt of the dev stack's passphrase, so that Pulumi does not write one", () => {
      const text = readFileSync(join(projectRoot(), "Pulumi.dev.yaml"), "utf8");
      const [, salt = "", nonce = "", sealed = ""] = /^encryptionsalt: v1:(.+):v1:(.+):(.+)$/m.exec(text) ?? [];
      const key = pbkdf2Sync(DEV_PASSPHRASE, Buffer.from(salt, "base64"), 1_000_000, 32, "sha256");
      const bytes = Buffer.from(sealed, "base64");
      const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
      decipher.setAuthTag(bytes.subarray(-16));
      assert.equal(Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString(), "pulumi");
    });

    it("of an earlier version says how to start over", () => {
      const old = write("state/passphrase", "made here");
      assert.throws(() => refuseForeignState(dirname(old)), /npm run cluster -- reset/);
      forgetStack(dirname(old));
      refuseForeignState(dirname(old));
    });
  });

  describe("report", () => {
    it("counts what only advises, and keeps what is more than that", () => {
      const finding = (level: string, severity: string): string[] => [
        `        - [${level}] [severity: ${severity}]  images/digest  (kubernetes:apps/v1:Deployment: a/b)`,
        "          Images are named by digest. Deployment a/b has an image that is not.",
      ];
      const lines = ["Policies:", "    ⚠️ mijnbureau-platform@v0.1.0 (local: policypack)"];
      const given = [
        ...lines,
        ...finding("advisory", "low"),
        ...finding("mandatory", "high"),
        ...finding("advisory", "low"),
      ];
      const end = ["Resources:", "    + 3 created"];
      assert.deepEqual(adviceCounted([...given, ...finding("advisory", "critical"), ...end]), [
        ...lines,
        ...finding("mandatory", "high"),
        "        3 findings that only advise: 2 low, 1 critical; why each is accepted: npm run report -- --stack dev",
        ...end,
      ]);
      assert.deepEqual(adviceCounted([...lines, ...end]), [...lines, ...end]);
    });

    it("of a failure is what failed, without the advice", () => {
      const { message } = failure("pulumi up", {
        code: 1,
        log: "/tmp/log",
        lines: [
          "Updating (dev):",
          " +  a step",
          "Diagnostics:",
          "  pulumi:pulumi:Stack (x):",
          "    error: update failed",
          "Policies:",
          "    - the pack",
          "        - [advisory] [severity: low]  a/b  (c)",
          "          Some advice.",
          "        - [mandatory] [severity: high]  d/e  (f)",
          "          What is wrong.",
        ],
      });
      for (const expected of [/update failed/, /What is wrong/, /1 findings that only advise/, /\/tmp\/log/]) {
        assert.match(message, expected);
      }
      assert.doesNotMatch(message, /a step|Some advice/);
    });

    it("names an operator with two namespaces once", () => {
      const namespace = (name: string, component: string) => ({
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name, labels: { "mijnbureau-platform/component": component } },
      });
      const namespaces = [
        namespace("monitoring", "prometheus"),
        namespace("a", "edge"),
        namespace("node", "prometheus"),
      ];
      const workloads = [
        { namespace: "monitoring", ready: true },
        { namespace: "node", ready: false },
      ];
      assert.deepEqual(describeOperators(namespaces, workloads), ["prometheus (1/2 ready)", "edge"]);
    });
  });

  describe("steps", () => {
    const creating =
      " +  kubernetes:core/v1:PersistentVolumeClaim ns/data creating (0s) warning: no such storage class";

    it("are counted when they end, and the one that holds the others up is named once nothing ends", () => {
      const steps = new Steps();
      steps.take(" +  kubernetes:core/v1:Namespace ns creating (0s)", 1);
      steps.take(creating, 1);
      assert.equal(steps.describe(5), "working (5 s)");
      steps.take(" +  kubernetes:core/v1:Namespace ns created (0.21s)", 6);
      assert.equal(steps.describe(10), "1 resources done (10 s)");
      assert.equal(
        steps.describe(60),
        "1 resources done (60 s); waiting for PersistentVolumeClaim ns/data: warning: no such storage class",
      );
      steps.take(" +  kubernetes:core/v1:PersistentVolumeClaim ns/data created (61s)", 61);
      assert.equal(steps.describe(120), "2 resources done (120 s)");
    });

    it("are nothing else of the display", () => {
      const steps = new Steps();
      for (const line of ["Resources:", "    + 3 created", "Updating (dev):", "error: 1 resource created (1s)"]) {
        steps.take(line, 1);
      }
      assert.equal(steps.describe(1), "working (1 s)");
    });
  });

  describe("engine", () => {
    /** A stand-in for the CLI, which writes down how it was called. */
    const engine = (script: string, progress: string[] = []): EngineOptions => {
      write("bin/pulumi", `#!/bin/sh\necho "$*" >> "${root}/calls"\n${script}\n`, 0o755);
      mkdirSync(join(root, "backend"), { recursive: true });
      return {
        root,
        stateDir: join(root, "state"),
        stack: "dev",
        env: { PATH: `${join(root, "bin")}:/usr/bin:/bin`, PULUMI_BACKEND_URL: `file://${join(root, "backend")}` },
        progress: (line) => progress.push(line),
      };
    };
    const calls = (): string => {
      try {
        return readFileSync(join(root, "calls"), "utf8");
      } catch {
        return "";
      }
    };
    const lock = (pid: number, stack = "dev"): string =>
      write(
        `backend/.pulumi/locks/organization/p/${stack}/1.json`,
        JSON.stringify({ pid, username: "u", hostname: "h", timestamp: "2026-01-01T00:00:00Z" }),
      );

    it("says what failed, why, and where the whole output is", async () => {
      const result = await runEngine(
        ["up"],
        engine(
          'echo " +  kubernetes:core/v1:Namespace a created (0.1s) "; echo "Diagnostics:"; echo "  error: quota exceeded"; exit 7',
        ),
      );
      const { message } = failure("pulumi up", result);
      assert.match(
        message,
        /^pulumi up failed \(exit code 7\)\.\nDiagnostics:\n {2}error: quota exceeded\nWhole output: /,
      );
      assert.ok(!message.includes("created"));
      assert.match(readFileSync(result.log, "utf8"), /Namespace a created/);
    });

    it("goes on once where the API server was only slow, and not where something is wrong", async () => {
      const slow =
        'error: Failed to fetch OpenAPI schema from the API server: Get "https://127.0.0.1:1/openapi/v2?timeout=32s": context deadline exceeded';
      const second = await runEngineOnBusyMachine(
        ["up"],
        engine(`[ -e "${root}/seen" ] && echo done && exit 0; : > "${root}/seen"; echo '${slow}'; exit 1`),
      );
      assert.deepEqual(second.lines, ["done"]);
      const timeout = "Timeout: request did not complete within requested timeout - context deadline exceeded";
      const always = await runEngineOnBusyMachine(["up"], engine(`echo '${timeout}'; exit 1`));
      assert.equal(always.code, 1);
      assert.equal(calls(), "up --non-interactive --color never\n".repeat(4));
      await runEngineOnBusyMachine(["up"], engine("echo 'error: quota exceeded'; exit 1"));
      assert.equal(calls().split("\n").length - 1, 5);
    });

    it("quotes the end of an output that has no diagnostics", async () => {
      const { message } = failure("pulumi up", await runEngine(["up"], engine("echo unexpected; exit 1")));
      assert.match(message, /unexpected/);
    });

    it("leaves no temporary file behind, its own or of a run that was killed", async () => {
      write("state/tmp/kubeconfig1", "of a killed run");
      const { lines } = await runEngine(
        ["up"],
        engine('ls "$TMPDIR"; echo left > "$TMPDIR/kubeconfig2"; echo "$TMPDIR"'),
      );
      assert.equal(lines.length, 1, lines.join());
      assert.equal(existsSync(lines[0] ?? ""), false);
    });

    it("keeps the sections asked for", () => {
      const lines = ["Updating (dev):", " + a created (0s)", "Resources:", "    + 1 created", "", "Duration: 1s"];
      assert.deepEqual(sections(lines, ["Resources"]), ["Resources:", "    + 1 created", ""]);
    });

    it("knows whether the stack exists", async () => {
      assert.equal(await stackExists(engine(`echo '[{"name":"dev"}]'`)), true);
      assert.equal(await stackExists(engine(`echo '[{"name":"other"}]'`)), false);
    });

    it("unlocks a stack whose run was killed, once", async () => {
      const options = engine(`rm -f "${root}"/backend/.pulumi/locks/organization/p/dev/1.json`);
      lock(2 ** 22 + 1);
      await releaseStaleLock(options);
      assert.match(calls(), /^cancel --yes --stack dev/);
      await releaseStaleLock(options);
      assert.equal(calls().split("\n").length, 2);
    });

    it("leaves another stack's lock, and the lock of a process that is no pulumi of ours", async () => {
      const options = engine("");
      lock(2 ** 22 + 1, "other");
      await releaseStaleLock(options);
      assert.equal(calls(), "");
      lock(process.pid); // a reused pid: alive, but this is mocha
      await releaseStaleLock(options);
      assert.match(calls(), /^cancel/);
    });
  });
});
