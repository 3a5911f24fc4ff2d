import * as net from "node:net";
import { pipeline } from "node:stream";
import * as grpc from "@grpc/grpc-js";
import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import { AnalyzerStackConfigureRequest } from "@pulumi/pulumi/proto/analyzer_pb";
import { deferred, messageOf } from "./rpc";

const UNLIMITED = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
const EMPTY = Buffer.alloc(0);

/** How long calls that are under way may take to end on the first connection, in milliseconds. */
const GRACE = 60_000;

/**
 * Stands between the engine and a policy pack.
 *
 * The engine sends the stack's name and configuration in a call (ConfigureStack), a pack reads them from its
 * environment when it loads. So the engine gets this server first, and the pack is started when the configuration is
 * known. (Same as policy_proxy.go in pulumi/pulumi, sdk.) Then the first connection is closed as gRPC does it
 * (GOAWAY), the engine connects again, and from there on bytes pass without a look at the calls: there are two per
 * resource.
 */
export class PolicyProxy {
  readonly #server = new grpc.Server(UNLIMITED);
  readonly #entrance = this.#server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  readonly #door = net.createServer({ noDelay: true }, (socket) => this.#admit(socket));
  #port: number | undefined;
  readonly #configuration = deferred<Buffer | undefined>();
  readonly #pack = deferred<grpc.Client>();

  constructor() {
    // Nobody may be waiting yet when the pack fails to start; the error is reported to whoever asks later.
    this.#pack.promise.catch(() => undefined);
    const methods: grpc.UntypedServiceImplementation = {};
    const definition: Record<string, grpc.MethodDefinition<Buffer, Buffer>> = {};
    for (const [name, { path }] of Object.entries(AnalyzerService)) {
      definition[name] = rawMethod(path);
      methods[name] = this.#handler(name, path);
    }
    this.#server.addService(definition, methods);
  }

  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#door.once("error", reject);
      this.#door.listen(0, "127.0.0.1", () => {
        const address = this.#door.address();
        if (typeof address === "object" && address !== null) resolve(address.port);
        else reject(new Error("no local port is free for the policy pack"));
      });
    });
  }

  /** What the engine said about the stack; `undefined` when it asks for something else first (`policy publish`). */
  async configuration(): Promise<AnalyzerStackConfigureRequest | undefined> {
    const bytes = await this.#configuration.promise;
    return bytes === undefined ? undefined : AnalyzerStackConfigureRequest.deserializeBinary(bytes);
  }

  /** The pack listens on this port: tell it the configuration, then let waiting calls through. */
  async attach(port: number): Promise<void> {
    const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), UNLIMITED);
    const configuration = await this.#configuration.promise;
    if (configuration !== undefined) await forward(client, AnalyzerService.configureStack.path, configuration);
    this.#pack.resolve(client);
    this.#port = port;
    this.#entrance.drain(GRACE);
  }

  fail(reason: Error): void {
    this.#pack.reject(reason);
  }

  close(): void {
    this.#configuration.resolve(undefined);
    this.#pack.promise.then(
      (client) => client.close(),
      () => undefined,
    );
    this.#door.close();
    // Calls that are being answered (that the pack did not start, say) must still reach the engine.
    const force = setTimeout(() => this.#server.forceShutdown(), 2000).unref();
    this.#server.tryShutdown(() => clearTimeout(force));
  }

  #admit(socket: net.Socket): void {
    if (this.#port === undefined) {
      this.#entrance.injectConnection(socket);
      return;
    }
    const pack = net.connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    // Either end may go first; its error is the other end's end.
    pipeline(socket, pack, socket, () => undefined);
  }

  #handler(name: string, path: string): grpc.handleUnaryCall<Buffer, Buffer> {
    if (name === "handshake") return (_call, callback) => callback(null, EMPTY);
    if (name === "configureStack") {
      return (call, callback) => {
        this.#configuration.resolve(call.request);
        callback(null, EMPTY);
      };
    }
    return (call, callback) => {
      this.#configuration.resolve(undefined);
      this.#pack.promise
        .then((client) => forward(client, path, call.request))
        .then(
          (response) => callback(null, response),
          (error: unknown) => callback(asStatus(error)),
        );
    };
  }
}

function identity(bytes: Buffer): Buffer {
  return bytes;
}

function rawMethod(path: string): grpc.MethodDefinition<Buffer, Buffer> {
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  };
}

function forward(client: grpc.Client, path: string, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, identity, identity, request, (error, response) => {
      if (error !== null) reject(error);
      else resolve(response ?? EMPTY);
    });
  });
}

/** The pack's own status (the engine treats "unimplemented" as an answer) and the details that travel with it. */
function asStatus(error: unknown): Partial<grpc.StatusObject> {
  if (error instanceof Error && "code" in error && typeof error.code === "number") {
    const details = "details" in error && typeof error.details === "string" ? error.details : error.message;
    return { code: error.code, details };
  }
  return { code: grpc.status.UNAVAILABLE, details: messageOf(error) };
}
