import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import { AnalyzeRequest, AnalyzerResourceOptions, type AnalyzeResponse } from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";

const root = join(__dirname, "..", "..");
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Starts the compiled pack as the Pulumi engine does. */
function start(config: object): ChildProcess {
  const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
  const env = { ...process.env, PULUMI_CONFIG: JSON.stringify(config) };
  const args = [runner, "127.0.0.1:1", "."];
  return spawn(process.execPath, args, { cwd: join(root, "policypack"), env, stdio: ["ignore", "pipe", "pipe"] });
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null || child.stderr === null) return reject(new Error("no output to read"));
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    createInterface(child.stdout).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the pack ended with code ${code}: ${errors}`)));
  });
}

function analyze(
  client: AnalyzerClient,
  properties: Readonly<Record<string, JavaScriptValue>>,
): Promise<AnalyzeResponse> {
  const request = new AnalyzeRequest();
  request.setType("kubernetes:core/v1:Pod");
  request.setUrn("urn:pulumi:dev::mijnbureau-platform::kubernetes:core/v1:Pod::p");
  request.setName("p");
  request.setOptions(new AnalyzerResourceOptions());
  request.setProperties(Struct.fromJavaScript(properties));
  return new Promise((resolve, reject) => {
    client.analyze(request, (error, response) => (error === null ? resolve(response) : reject(error)));
  });
}

describe("policy pack, started as the engine starts it", function () {
  this.timeout(180_000);
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "n" },
    spec: {
      containers: [
        { name: "first", image: UNKNOWN },
        { name: "second", image: "i:1", securityContext: { privileged: true } },
      ],
    },
  };

  it("reads the stack's settings and reports each finding at its own level", async () => {
    const settings = { rules: { "pod-security/run-as-non-root": { level: "advisory" } } };
    const child = start({ "mijnbureau-platform:policies": JSON.stringify(settings) });
    try {
      const client = new AnalyzerClient(`127.0.0.1:${await firstLine(child)}`, grpc.credentials.createInsecure());
      const found = (await analyze(client, pod)).getDiagnosticsList().map((each) => ({
        rule: each.getPolicyname(),
        level: each.getEnforcementlevel(),
        message: each.getMessage(),
      }));
      client.close();
      const privileged = found.filter((each) => each.rule === "pod-security/privileged-containers");
      assert.equal(privileged.length, 1);
      assert.match(privileged[0]?.message ?? "", /Pod n\/p, container second runs privileged/);
      assert.equal(privileged[0]?.level, 1, "mandatory");
      assert.deepEqual(
        [...new Set(found.filter((each) => each.rule === "pod-security/run-as-non-root").map((each) => each.level))],
        [0],
        "advisory",
      );
      assert.ok(found.some((each) => each.rule === "engine/undecided"));
    } finally {
      child.kill();
    }
  });

  it("ends with a message, not a stack trace, where the settings are wrong", async () => {
    const child = start({ "mijnbureau-platform:policies": '{"profile":"lax"}' });
    await assert.rejects(firstLine(child), (error: Error) => {
      assert.match(error.message, /mijnbureau-platform:policies is not valid/);
      assert.match(error.message, /profile/);
      assert.doesNotMatch(error.message, /\n\s+at /);
      return true;
    });
  });
});
