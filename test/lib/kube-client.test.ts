import assert from "node:assert/strict";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificate, certificateAuthority } from "../../embedded/cluster/x509";
import { KubeClient, UnreachableError } from "../../lib/kube/client";
import { tokenKubeconfigText } from "../../lib/kube/kubeconfig";

describe("a kept connection that the API server has closed", () => {
  let dir = "";
  let server: Server;
  let client: KubeClient;
  /** How many requests have come over each connection. */
  const requests = new Map<Socket, number>();

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), "kube-client-"));
    const ca = await certificateAuthority("test", 1);
    const { key, certificate: cert } = await certificate(
      { commonName: "test", usages: ["server"], names: ["127.0.0.1"], validDays: 1 },
      ca,
    );
    // STAND-IN for an API server: it answers the first request of a connection, and cuts it at the second.
    server = createServer({ key, cert }, ({ socket }, response) => {
      const count = (requests.get(socket) ?? 0) + 1;
      requests.set(socket, count);
      if (count > 1) socket.destroy();
      else response.end("{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    const path = join(dir, "config");
    const url = `https://127.0.0.1:${String(address.port)}`;
    writeFileSync(path, tokenKubeconfigText({ cluster: "c", user: "u", server: url, ca: ca.certificate, token: "t" }));
    client = KubeClient.fromKubeconfig(path);
  });
  after(() => {
    client.close();
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });
  beforeEach(async () => {
    requests.clear();
    await client.request("GET", "/version");
  });

  it("is replaced, and what may be repeated is asked again", async () => {
    assert.deepEqual(await client.request("GET", "/version"), {});
    assert.deepEqual([...requests.values()], [2, 1]);
  });

  it("fails what would be made twice", async () => {
    await assert.rejects(client.request("POST", "/api/v1/namespaces", { body: {} }), UnreachableError);
    assert.deepEqual([...requests.values()], [2]);
  });
});
