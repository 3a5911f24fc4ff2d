import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeClient } from "../../lib/kube/client";
import { ClusterError } from "../../lib/kube/errors";
import { kubeconfigText, loadKubeconfig, tokenKubeconfigText } from "../../lib/kube/kubeconfig";

describe("kubeconfig", () => {
  let dir = "";
  let servers: Server[] = [];
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "kubeconfig-"));
    servers = [];
  });
  afterEach(() => {
    for (const server of servers) server.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const write = (content: unknown): string => {
    const path = join(dir, "config");
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };
  const entry = { cluster: "c", user: "u", server: "https://127.0.0.1:1", ca: "CA", certificate: "CRT", key: "KEY" };

  async function listening(server: Server): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push(server);
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    return `http://127.0.0.1:${String(address.port)}`;
  }

  /** STAND-IN for an API server: answers every request with what was asked. */
  const echo = (): Promise<string> =>
    listening(
      createServer((request: IncomingMessage, response) => {
        response.end(JSON.stringify({ url: request.url, authorization: request.headers.authorization }));
      }),
    );

  const config = (server: string, user: object, cluster: object = {}): string =>
    write({
      "current-context": "x",
      clusters: [{ name: "x", cluster: { server, "insecure-skip-tls-verify": true, ...cluster } }],
      contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
      users: [{ name: "x", user }],
    });

  const asked = async (client: KubeClient): Promise<unknown> => client.request("GET", "/version");
  const ask = async (path: string): Promise<unknown> => asked(KubeClient.fromKubeconfig(path));

  it("gives back what was written", async () => {
    const { server, options } = await KubeClient.fromKubeconfig(write(kubeconfigText(entry))).endpoint();
    const { ca, cert, key } = options;
    assert.deepEqual([server, ca, cert, key].map(String), [entry.server, "CA", "CRT", "KEY"]);
    const token = KubeClient.fromKubeconfig(write(tokenKubeconfigText({ ...entry, token: "t" })));
    assert.deepEqual((await token.endpoint()).options.headers, { Authorization: "Bearer t" });
  });

  it("names the file, and the contexts there are, when the wanted one is missing", async () => {
    const path = write(kubeconfigText(entry));
    const message = `cluster.context: "prod" is not in the kubeconfig "${path}". It has: c`;
    await assert.rejects(loadKubeconfig({ kubeconfig: path, context: "prod" }), new ClusterError(message));
  });

  for (const [what, content, message] of [
    ["that is none", "just: text", /cluster.kubeconfig: ".*config" is no kubeconfig/],
    ["without a context", { clusters: [], contexts: [], users: [] }, /cluster.kubeconfig: ".*config" is no kubeconfig/],
    [
      "whose context names a user that is not there",
      {
        "current-context": "x",
        clusters: [{ name: "x", cluster: { server: "https://example.test" } }],
        contexts: [{ name: "x", context: { cluster: "x", user: "absent" } }],
        users: [],
      },
      /cluster.kubeconfig: context "x" of ".*config" names a user that is not in the file/,
    ],
  ] as const) {
    it(`says what is wrong with a file ${what}`, async () => {
      await assert.rejects(
        loadKubeconfig({ kubeconfig: write(content) }),
        (error) => error instanceof ClusterError && message.test(error.message),
      );
    });
  }

  it("names a file that is missing", async () => {
    const kubeconfig = join(dir, "absent");
    await assert.rejects(loadKubeconfig({ kubeconfig }), /cluster.kubeconfig: ".*absent" cannot be read \(ENOENT/);
  });

  it("says so where there is none at all", async () => {
    const { KUBECONFIG, HOME } = process.env;
    delete process.env["KUBECONFIG"];
    process.env["HOME"] = dir;
    try {
      await assert.rejects(
        loadKubeconfig({ context: "prod" }),
        /cluster.kubeconfig: is not set, and neither KUBECONFIG nor ~\/.kube\/config is there. Give the path/,
      );
    } finally {
      Object.assign(process.env, KUBECONFIG === undefined ? { HOME } : { HOME, KUBECONFIG });
    }
  });

  const exec = (script: string): object => ({
    exec: { apiVersion: "client.authentication.k8s.io/v1", command: process.execPath, args: ["-e", script] },
  });
  const credential = (token: string, ends: string): string =>
    `console.log(JSON.stringify({ status: { token: ${token}, expirationTimestamp: ${ends} } }))`;
  const later = `new Date(Date.now() + 3_600_000)`;

  it("asks a credential command, which is told how it is asked", async () => {
    const token = "JSON.parse(process.env.KUBERNETES_EXEC_INFO).apiVersion";
    assert.deepEqual(await ask(config(await echo(), exec(credential(token, later)))), {
      url: "/version",
      authorization: "Bearer client.authentication.k8s.io/v1",
    });
  });

  it("asks it again when its answer has ended, and not before", async () => {
    const once = (ends: string): object => exec(credential("String(process.pid)", ends));
    for (const [ends, same] of [
      [later, true],
      ["new Date(0)", false],
    ] as const) {
      const client = KubeClient.fromKubeconfig(config(await echo(), once(ends)));
      const [first, second] = [await asked(client), await asked(client)];
      assert.equal(JSON.stringify(first) === JSON.stringify(second), same);
    }
  });

  it("quotes a credential command that fails", async () => {
    await assert.rejects(
      ask(config(await echo(), exec('console.error("log in first"); process.exit(1)'))),
      /cluster.kubeconfig: no credentials for context "x" \(log in first\)/,
    );
  });

  it("logs in by OIDC, as kubectl's auth-provider", async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const token = `${part({ alg: "none" })}.${part({ exp: Math.floor(Date.now() / 1000) + 3600 })}.x`;
    const user = { "auth-provider": { name: "oidc", config: { "id-token": token, "client-id": "platform" } } };
    assert.deepEqual(await ask(config(await echo(), user)), { url: "/version", authorization: `Bearer ${token}` });
  });

  it("goes by the cluster's proxy", async () => {
    const target = await echo();
    const proxied: (string | undefined)[] = [];
    const proxy = createServer().on("connect", (request: IncomingMessage, socket: Socket) => {
      proxied.push(request.url);
      const through = connect(Number(new URL(target).port), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        socket.pipe(through).pipe(socket);
      });
    });
    const path = config("http://api.example.test:6443", { token: "t" }, { "proxy-url": await listening(proxy) });
    assert.deepEqual(await ask(path), { url: "/version", authorization: "Bearer t" });
    assert.deepEqual(proxied, ["api.example.test:6443"]);
  });
});
