import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import type { Socket } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { ChartsError } from "../../cli/charts/error";
import { pullCharts, type PullSettings } from "../../cli/charts/pull";
import { packageDigest } from "../../components/charts/archive";
import { inspectCache } from "../../components/charts/cache";
import type { LockedChart } from "../../components/charts/lock";
import { serve, type Handler, type TestServer } from "./charts/server";
import { chartPackage } from "./charts/tarball";

const content = chartPackage("demo", "1.0.0", [
  { path: "demo/values.yaml", content: "a: 1\n" },
  { path: "demo/templates/big.yaml", content: randomBytes(60_000).toString("hex") },
]);
const digest = packageDigest(content);
const demo: LockedChart = { name: "demo", version: "1.0.0", appVersion: "1", url: "https://unused.example", digest };

describe("charts pull", () => {
  let root: string;
  let lines: string[];
  let servers: TestServer[];

  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "pull-"));
    lines = [];
    servers = [];
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.close()));
    fs.rmSync(root, { recursive: true, force: true });
  });

  async function start(handler: Handler): Promise<TestServer> {
    const server = await serve(handler);
    servers.push(server);
    return server;
  }

  function settings(more: Partial<PullSettings> = {}): PullSettings {
    return { cacheRoot: root, http: { env: {}, idleTimeoutMs: 2000 }, report: (line) => lines.push(line), ...more };
  }

  const whole: Handler = (_, response) => response.end(content);

  async function fails(chart: LockedChart, how: PullSettings, ...messages: RegExp[]): Promise<void> {
    await assert.rejects(pullCharts([chart], how), (error) => {
      assert.ok(error instanceof ChartsError, String(error));
      assert.match(error.message, /^chart demo 1\.0\.0: /);
      for (const message of messages) assert.match(error.message, message);
      return true;
    });
  }

  function assertNothingStands(): void {
    assert.deepEqual(fs.readdirSync(root).sort(), []);
  }

  it("downloads, verifies and unpacks; a second pull asks the network nothing", async () => {
    const server = await start(whole);
    await pullCharts([demo], settings({ from: server.origin }));
    assert.deepEqual(inspectCache(root, demo), { state: "verified" });
    assert.equal(fs.readFileSync(path.join(root, "demo-1.0.0/values.yaml"), "utf8"), "a: 1\n");
    assert.deepEqual(
      server.requests.map((request) => request.path),
      ["/demo-1.0.0.tgz"],
    );
    await pullCharts([demo], settings({ from: server.origin }));
    assert.equal(server.requests.length, 1);
    assert.deepEqual(
      lines.map((line) => line.replace(/127.*tgz/, "…")),
      ["demo 1.0.0: pulled from http://…, digest as in charts.lock.json", "demo 1.0.0: in the cache already"],
    );
  });

  it("refuses another digest before anything is unpacked", async () => {
    const server = await start((_, response) => response.end(chartPackage("demo", "1.0.0")));
    await fails(
      demo,
      settings({ from: server.origin }),
      /nothing was unpacked/,
      new RegExp(digest),
      /\/demo-1\.0\.0\.tgz/,
    );
    assertNothingStands();
  });

  it("refuses a download that ends early, whatever the server says about its length", async () => {
    const half = content.subarray(0, content.length / 2);
    const silent = await start((_, response) => response.end(half));
    await fails(demo, settings({ from: silent.origin }), /has digest sha256:\w+ \(\d+ bytes\).*cut off/);
    const broken = await start((_, response) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(half, () => response.destroy());
    });
    await fails(demo, settings({ from: broken.origin }), /no answer/);
    assertNothingStands();
  });

  it("gives up when nothing arrives any more", async () => {
    const server = await start((_, response) => void response.write("x"));
    await fails(
      demo,
      settings({ from: server.origin, http: { env: {}, idleTimeoutMs: 200 } }),
      /nothing arrived for 0\.2 seconds/,
    );
  });

  it("refuses a package that would write outside its folder, although its digest is right", async () => {
    const evil = chartPackage("demo", "1.0.0", [{ path: "demo/../../evil.txt", content: "evil" }]);
    const server = await start((_, response) => response.end(evil));
    await fails(
      { ...demo, digest: packageDigest(evil) },
      settings({ from: server.origin }),
      /leaves the chart's folder/,
      /nothing was unpacked/,
    );
    assertNothingStands();
    assert.equal(fs.existsSync(path.join(root, "../evil.txt")), false);
  });

  it("says what to do when the disk is full, and leaves nothing behind", async () => {
    const server = await start(whole);
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    let writes = 0;
    const write = (file: string, data: Buffer): void => {
      writes += 1;
      if (writes === 3) throw full;
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, data);
    };
    await fails(demo, settings({ from: server.origin, disk: { write } }), /is full .*XDG_CACHE_HOME/);
    assert.equal(writes, 3);
    assertNothingStands();
  });

  it("recovers from a pull that was killed half way", async function () {
    this.timeout(30_000);
    const server = await start((_, response) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 1000));
    });
    const call = `
      const { pullCharts } = require(${JSON.stringify(require.resolve("../../cli/charts/pull"))});
      pullCharts([${JSON.stringify(demo)}], { cacheRoot: ${JSON.stringify(root)}, from: ${JSON.stringify(server.origin)},
        http: { env: {} }, report() {} });`;
    const child = spawn(process.execPath, ["-r", "ts-node/register/transpile-only", "-e", call], { stdio: "inherit" });
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGKILL");
    await new Promise((resolve) => child.on("exit", resolve));
    assert.equal(inspectCache(root, demo).state, "missing");
    fs.mkdirSync(path.join(root, ".pull-left/chart"), { recursive: true });
    const good = await start(whole);
    await pullCharts([demo], settings({ from: good.origin }));
    assert.deepEqual(inspectCache(root, demo), { state: "verified" });
    assert.deepEqual(fs.readdirSync(root).sort(), ["demo-1.0.0", "demo-1.0.0.tgz"]);
  });

  it("unpacks again from its own package, without the network, when the folder is damaged or was never finished", async () => {
    const server = await start(whole);
    await pullCharts([demo], settings({ from: server.origin }));
    fs.appendFileSync(path.join(root, "demo-1.0.0/values.yaml"), "b: 2\n");
    await pullCharts([demo], settings({ from: "http://127.0.0.1:1" }));
    fs.rmSync(path.join(root, "demo-1.0.0"), { recursive: true });
    await pullCharts([demo], settings({ from: "http://127.0.0.1:1" }));
    assert.deepEqual(inspectCache(root, demo), { state: "verified" });
  });

  it("two pulls at once do not get into each other's way", async () => {
    const server = await start((_, response) => void setTimeout(() => response.end(content), 100));
    await Promise.all([1, 2, 3].map(() => pullCharts([demo], settings({ from: server.origin }))));
    assert.deepEqual(inspectCache(root, demo), { state: "verified" });
    assert.equal(server.requests.length, 1);
  });

  it("names every chart that failed and still brings the others", async () => {
    const server = await start((request, response) => {
      if (request.url?.includes("demo") === true) response.end(content);
      else response.writeHead(404).end();
    });
    const charts = ["a", "demo", "b"].map((name) => ({ ...demo, name }));
    await assert.rejects(
      pullCharts(charts, settings({ from: server.origin })),
      /^Error: chart a .*404\nchart b .*404$/,
    );
    assert.deepEqual(inspectCache(root, demo), { state: "verified" });
  });

  it("follows redirects, and keeps credentials from the host it is sent to", async () => {
    const storage = await start(whole);
    const server = await start((_, response) => response.writeHead(302, { location: `${storage.origin}/blob` }).end());
    const withUser = server.origin.replace("//", "//user:secret@");
    await pullCharts([demo], settings({ from: withUser }));
    assert.match(server.requests[0]?.headers.authorization ?? "", /^Basic /);
    assert.equal(storage.requests[0]?.headers.authorization, undefined);
  });

  it("does not run in circles", async () => {
    const server = await start((request, response) => response.writeHead(302, { location: request.url ?? "" }).end());
    await fails(demo, settings({ from: server.origin }), /redirected more than 5 times/);
  });

  it("goes through an http proxy, unless NO_PROXY names the host", async () => {
    const server = await start(whole);
    const proxy = await start((request, response) => {
      assert.equal(request.url, `${server.origin}/demo-1.0.0.tgz`);
      response.end(content);
    });
    await pullCharts(
      [demo],
      settings({ from: server.origin, http: { env: { HTTP_PROXY: proxy.origin, NO_PROXY: "127.0.0.1" } } }),
    );
    assert.deepEqual([proxy.requests.length, server.requests.length], [0, 1]);
    fs.rmSync(path.join(root, "demo-1.0.0"), { recursive: true });
    fs.rmSync(path.join(root, "demo-1.0.0.tgz"));
    await pullCharts([demo], settings({ from: server.origin, http: { env: { HTTP_PROXY: proxy.origin } } }));
    assert.deepEqual([proxy.requests.length, server.requests.length], [1, 1]);
  });

  it("asks an https proxy for a tunnel, with the proxy's credentials", async () => {
    const asked: string[] = [];
    const proxy = await serve(whole, (server) =>
      server.on("connect", (request, socket: Socket) => {
        asked.push(`${request.url ?? ""} ${request.headers["proxy-authorization"] ?? ""}`);
        socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      }),
    );
    servers.push(proxy);
    const env = { HTTPS_PROXY: proxy.origin.replace("//", "//me:pw@") };
    await fails(
      demo,
      settings({ from: "https://charts.example", http: { env } }),
      /through the proxy .*refused to connect to charts\.example:443: status 403/,
    );
    assert.deepEqual(asked, [`charts.example:443 Basic ${Buffer.from("me:pw").toString("base64")}`]);
  });

  it("takes packages from a folder, as carried into an air-gapped network", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "stick-"));
    await fails(demo, settings({ from: folder }), /does not exist\. Put the package there/);
    fs.writeFileSync(path.join(folder, "demo-1.0.0.tgz"), content);
    await pullCharts([demo], settings({ from: folder }));
    assert.deepEqual(inspectCache(root, demo), { state: "verified" });
    fs.rmSync(folder, { recursive: true });
  });

  it("takes a chart without a pinned digest only over TLS, and says that it is not verified", async () => {
    const { name, version, appVersion, url } = demo;
    const unpinned: LockedChart = { name, version, appVersion, url, unverified: "no index" };
    const server = await start(whole);
    await fails(unpinned, settings({ from: server.origin }), /Use https/);
    assert.equal(server.requests.length, 0);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "stick-"));
    fs.writeFileSync(path.join(folder, "demo-1.0.0.tgz"), content);
    await pullCharts([unpinned], settings({ from: folder }));
    assert.match(lines.join(), new RegExp(`NOT VERIFIED, its digest is ${digest}`));
    assert.equal(inspectCache(root, unpinned).state, "unverified");
    fs.rmSync(folder, { recursive: true });
  });

  it("says where it cannot write", async () => {
    const file = path.join(root, "file");
    fs.writeFileSync(file, "");
    await assert.rejects(
      pullCharts([demo], settings({ cacheRoot: path.join(file, "charts") })),
      /cannot write to .*XDG_CACHE_HOME/,
    );
  });

  describe("from an OCI registry", () => {
    const layer = { mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", digest, size: content.length };
    const manifest = JSON.stringify({ schemaVersion: 2, layers: [layer] });
    const registry: Handler = (request, response) => {
      if (request.url === "/v2/mirror/charts/demo/manifests/1.0.0") response.end(manifest);
      else if (request.url === `/v2/mirror/charts/demo/blobs/${digest}`) response.end(content);
      else response.writeHead(404).end();
    };
    const address = (server: TestServer) => `${server.origin.replace("http:", "oci:")}/mirror/charts`;

    it("reads the manifest, then the chart's layer", async () => {
      const server = await start(registry);
      await pullCharts([demo], settings({ from: address(server) }));
      assert.deepEqual(inspectCache(root, demo), { state: "verified" });
      assert.equal(server.requests.length, 2);
    });

    it("answers a token challenge with stored credentials, and sends the token", async () => {
      const home = fs.mkdtempSync(path.join(os.tmpdir(), "home-"));
      const tokens = await start((request, response) => {
        assert.match(request.url ?? "", /scope=repository%3Amirror%2Fcharts%2Fdemo%3Apull/);
        assert.match(request.url ?? "", /service=registry\.test/);
        assert.equal(request.headers.authorization, "Basic bWU6cHc=");
        response.end(JSON.stringify({ token: "abc" }));
      });
      const server = await start((request, response) => {
        if (request.headers.authorization === "Bearer abc") registry(request, response);
        else {
          const challenge = `Bearer realm="${tokens.origin}/token",service="registry.test"`;
          response.writeHead(401, { "www-authenticate": challenge }).end();
        }
      });
      fs.mkdirSync(path.join(home, ".docker"));
      const auths = { [server.origin.replace("http://", "")]: { auth: "bWU6cHc=" } };
      fs.writeFileSync(path.join(home, ".docker/config.json"), JSON.stringify({ auths }));
      await pullCharts([demo], settings({ from: address(server), http: { env: { HOME: home } } }));
      assert.deepEqual(inspectCache(root, demo), { state: "verified" });
      fs.rmSync(home, { recursive: true });
    });

    it("keeps the token from the storage that a registry redirects to", async () => {
      const storage = await start(whole);
      const tokens = await start((_, response) => response.end(JSON.stringify({ token: "abc" })));
      const server = await start((request, response) => {
        if (request.headers.authorization !== "Bearer abc") {
          response.writeHead(401, { "www-authenticate": `Bearer realm="${tokens.origin}"` }).end();
        } else if (request.url?.includes("/blobs/") === true) {
          response.writeHead(307, { location: `${storage.origin}/blob` }).end();
        } else registry(request, response);
      });
      await pullCharts([demo], settings({ from: address(server) }));
      assert.deepEqual(inspectCache(root, demo), { state: "verified" });
      assert.deepEqual(
        storage.requests.map(({ headers }) => headers.authorization),
        [undefined],
      );
    });

    it("names the address and the way out when the chart is not there or credentials are missing", async () => {
      const empty = await start((_, response) => response.writeHead(404).end());
      await fails(
        demo,
        settings({ from: address(empty) }),
        /manifests\/1\.0\.0: the registry answered with status 404.*helm registry login/,
      );
      const closed = await start((_, response) => response.writeHead(401, { "www-authenticate": "Basic" }).end());
      await fails(
        demo,
        settings({ from: address(closed) }),
        /asks for credentials\. Log in first: helm registry login/,
      );
      const image = await start((_, response) =>
        response.end(JSON.stringify({ layers: [{ mediaType: "x", digest: "y" }] })),
      );
      await fails(demo, settings({ from: address(image) }), /is not the manifest of a Helm chart/);
    });
  });
});
