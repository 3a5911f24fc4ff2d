import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import * as grpc from "@grpc/grpc-js";
import type { AnalyzerStackConfigureRequest } from "@pulumi/pulumi/proto/analyzer_pb";
import { type RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb";
import { track } from "./children";
import { programDirectory, runtimeOptions } from "./options";
import { PolicyProxy } from "./policy-proxy";
import { configOf, locate } from "./program";
import { messageOf } from "./rpc";

type Call = grpc.ServerWritableStream<RunPluginRequest, RunPluginResponse>;
type Child = ChildProcessByStdio<null, Readable, Readable>;

/** `RunPlugin`: a policy pack (kind "analyzer") or any other plugin written in Node, for as long as the call lasts. */
export function runPlugin(call: Call): void {
  const work = call.request.getKind() === "analyzer" ? runPolicyPack(call) : runOtherPlugin(call);
  work.catch((error: unknown) => {
    call.destroy(Object.assign(new Error(messageOf(error)), { code: grpc.status.UNKNOWN, details: messageOf(error) }));
  });
}

async function runOtherPlugin(call: Call): Promise<void> {
  const { request } = call;
  const directory = programDirectory(request.getInfo());
  const options = runtimeOptions(request.getInfo());
  const script = locate("@pulumi/pulumi/cmd/run-plugin", directory);
  const args = [...options.nodeArgs, script, directory, ...request.getArgsList()];
  const child = start(call, args, { cwd: request.getPwd(), env: { ...environment(request), ...options.env } });
  child.stdout.on("data", (chunk: Buffer) => sendOutput(call, chunk));
  finish(call, await exitOf(child));
}

async function runPolicyPack(call: Call): Promise<void> {
  const { request } = call;
  const directory = programDirectory(request.getInfo());
  const options = runtimeOptions(request.getInfo());
  const script = locate("@pulumi/pulumi/cmd/run-policy-pack", directory);
  const proxy = new PolicyProxy();
  try {
    sendOutput(call, Buffer.from(`${await proxy.listen()}\n`));
    const cancelled = new Promise<"cancelled">((resolve) => call.on("cancelled", () => resolve("cancelled")));
    const configuration = await Promise.race([proxy.configuration(), cancelled]);
    if (configuration === "cancelled") return;
    const env = { ...environment(request), ...options.env, ...stackEnvironment(configuration) };
    // The engine's address first, the pack's folder last; packs have always run with their own folder as cwd.
    const args = [...options.nodeArgs, script, ...request.getArgsList(), directory];
    const child = start(call, args, { cwd: directory, env });
    readPort(child, (chunk) => sendOutput(call, chunk)).then(
      (port) => proxy.attach(port).catch((error: unknown) => proxy.fail(new Error(messageOf(error)))),
      (error: unknown) => proxy.fail(new Error(messageOf(error))),
    );
    finish(call, await exitOf(child));
  } finally {
    proxy.close();
  }
}

function start(call: Call, args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Child {
  const child = track(spawn(process.execPath, args, { ...options, stdio: ["ignore", "pipe", "pipe"] }));
  child.stderr.on("data", (chunk: Buffer) => call.write(new RunPluginResponse().setStderr(new Uint8Array(chunk))));
  // The engine ends a plugin by cancelling this call.
  const stop = (): void => void child.kill("SIGTERM");
  if (call.cancelled) stop();
  call.on("cancelled", stop);
  return child;
}

function sendOutput(call: Call, chunk: Buffer): void {
  call.write(new RunPluginResponse().setStdout(new Uint8Array(chunk)));
}

function exitOf(child: Child): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

function finish(call: Call, code: number): void {
  if (call.cancelled) return;
  call.write(new RunPluginResponse().setExitcode(code));
  call.end();
}

/** The first line that a pack prints is its port; everything after it is its own output. */
function readPort(child: Child, rest: (chunk: Buffer) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    let found = false;
    child.stdout.on("data", (chunk: Buffer) => {
      if (found) return rest(chunk);
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\n");
      if (end < 0) return;
      found = true;
      const line = head.subarray(0, end).toString().trim();
      if (/^\d+$/.test(line)) resolve(Number(line));
      else
        reject(
          new Error(
            `the policy pack printed "${line}" where its port was expected: it must print nothing while loading`,
          ),
        );
      if (end + 1 < head.length) rest(head.subarray(end + 1));
    });
    child.on("close", (code) => {
      if (!found)
        reject(new Error(`the policy pack ended (exit code ${code}) before it was ready; its output says why`));
    });
  });
}

function environment(request: RunPluginRequest): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const entry of request.getEnvList()) {
    const equals = entry.indexOf("=");
    if (equals > 0) env[entry.slice(0, equals)] = entry.slice(equals + 1);
  }
  return env;
}

function stackEnvironment(configuration: AnalyzerStackConfigureRequest | undefined): NodeJS.ProcessEnv {
  if (configuration === undefined) return {};
  return {
    PULUMI_NODEJS_ORGANIZATION: configuration.getOrganization(),
    PULUMI_NODEJS_PROJECT: configuration.getProject(),
    PULUMI_NODEJS_STACK: configuration.getStack(),
    PULUMI_NODEJS_DRY_RUN: String(configuration.getDryRun()),
    PULUMI_CONFIG: JSON.stringify(configOf(configuration.getConfigMap())),
  };
}
