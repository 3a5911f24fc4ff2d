import * as grpc from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { endWithParent } from "../parent";
import { endChildrenWithUs } from "./children";
import { languageHost } from "./host";
import { serve } from "./rpc";

/**
 * `pulumi-language-nodejs`: the process that Pulumi's engine starts to run Node programs and policy packs.
 *
 * Pulumi's own host is written in Go and is not published as a module, so a machine that builds its tools cannot have
 * it. The protocol is in `@pulumi/pulumi/proto`, and the code that runs programs and packs is in `@pulumi/pulumi/cmd`:
 * only the part between the two is here. Behaviour follows pulumi/pulumi, sdk/nodejs/cmd/pulumi-language-nodejs.
 */
async function main(args: readonly string[]): Promise<void> {
  // Set by the development shim for this process only; a program must not inherit it.
  delete process.env["TS_NODE_PROJECT"];
  endChildrenWithUs();
  endWithParent();

  // The engine's address is the last argument; flags (--logtostderr, -v, --tracing) come before it.
  const engine = args.at(-1) ?? "";
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(LanguageRuntimeService, languageHost(engine));
  console.log(await serve(server));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
