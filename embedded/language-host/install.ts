import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { type InstallDependenciesRequest, InstallDependenciesResponse } from "@pulumi/pulumi/proto/language_pb";

/** `pulumi install`: npm, with the lock file where there is one. */
export function installDependencies(
  call: grpc.ServerWritableStream<InstallDependenciesRequest, InstallDependenciesResponse>,
): void {
  const directory = call.request.getDirectory();
  const command = fs.existsSync(path.join(directory, "package-lock.json")) ? "ci" : "install";
  const child = spawn("npm", [command], { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  const fail = (details: string): void => {
    call.destroy(Object.assign(new Error(details), { code: grpc.status.UNKNOWN, details }));
  };
  child.stdout.on("data", (chunk: Buffer) =>
    call.write(new InstallDependenciesResponse().setStdout(new Uint8Array(chunk))),
  );
  child.stderr.on("data", (chunk: Buffer) =>
    call.write(new InstallDependenciesResponse().setStderr(new Uint8Array(chunk))),
  );
  child.on("error", (error) => fail(`npm cannot be started: ${error.message}`));
  child.on("close", (code) => {
    if (code === 0) call.end();
    else fail(`\`npm ${command}\` in ${directory} ended with exit code ${code}`);
  });
  call.on("cancelled", () => void child.kill("SIGTERM"));
}
