import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import { AnalyzeRequest, AnalyzerResourceOptions, type AnalyzeResponse } from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";

export interface Reported {
  readonly rule: string;
  readonly level: number;
  readonly message: string;
}

/** Starts the pack of a folder as the Pulumi engine does. */
export function startPack(folder: string, config: object): ChildProcess {
  const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
  const env = { ...process.env, PULUMI_CONFIG: JSON.stringify(config) };
  const args = [runner, "127.0.0.1:1", "."];
  return spawn(process.execPath, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
}

/** The port on which it listens: the first line that it prints. */
export function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null || child.stderr === null) return reject(new Error("no output to read"));
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    createInterface(child.stdout).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the pack ended with code ${code}: ${errors}`)));
  });
}

/** What the started pack says of a Pod. */
export async function analyzePod(
  child: ChildProcess,
  pod: Readonly<Record<string, JavaScriptValue>>,
): Promise<readonly Reported[]> {
  const client = new AnalyzerClient(`127.0.0.1:${await firstLine(child)}`, grpc.credentials.createInsecure());
  const request = new AnalyzeRequest();
  request.setType("kubernetes:core/v1:Pod");
  request.setUrn("urn:pulumi:dev::mijnbureau-platform::kubernetes:core/v1:Pod::p");
  request.setName("p");
  request.setOptions(new AnalyzerResourceOptions());
  request.setProperties(Struct.fromJavaScript(pod));
  try {
    const response = await new Promise<AnalyzeResponse>((resolve, reject) => {
      client.analyze(request, (error, answer) => (error === null ? resolve(answer) : reject(error)));
    });
    return response.getDiagnosticsList().map((each) => ({
      rule: each.getPolicyname(),
      level: each.getEnforcementlevel(),
      message: each.getMessage(),
    }));
  } finally {
    client.close();
  }
}
