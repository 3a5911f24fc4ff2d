import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Shows a message beside a resource in the CLI's own display. */
export type Log = (urn: string, message: string) => Promise<void>;

export function engineLog(address: string | undefined): Log {
  if (address === undefined) return () => Promise.resolve();
  const client = new EngineClient(address, grpc.credentials.createInsecure());
  return (urn, message) =>
    new Promise((resolve) => {
      const request = new LogRequest().setSeverity(LogSeverity.INFO).setUrn(urn).setMessage(message);
      // A message that cannot be shown must not fail the resource.
      client.log(request, new grpc.Metadata(), { deadline: Date.now() + 5000 }, () => resolve());
    });
}
