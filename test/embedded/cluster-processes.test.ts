import assert from "node:assert/strict";
import { X509Certificate, createPrivateKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { explain } from "../../lib/kube/errors";
import { writeAtomic } from "../../embedded/cluster/files";
import { processIdentity } from "../../embedded/cluster/identity";
import { clusterPaths } from "../../embedded/cluster/paths";
import { ensurePki, pkiPath } from "../../embedded/cluster/pki";
import { freePort, portIsFree } from "../../embedded/cluster/ports";
import {
  isRunning,
  specDigest,
  startProcess,
  stopProcess,
  waitUntilReady,
  type ProcessRecord,
  type ProcessSpec,
} from "../../embedded/cluster/processes";
import { StateFile } from "../../embedded/cluster/state";
import { certificate, certificateAuthority, type Issuer } from "../../embedded/cluster/x509";
import { clusterStatus, clusterDown, clusterReset } from "../../embedded/cluster";

describe("embedded cluster: its processes", () => {
  let dir = "";
  const started: ProcessRecord[] = [];

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "cluster-"));
  });
  afterEach(async () => {
    for (const record of started.splice(0)) await stopProcess(record, { graceMs: 0 });
    rmSync(dir, { recursive: true, force: true });
  });

  const spec = (script: string, more: Partial<ProcessSpec> = {}): ProcessSpec => ({
    name: "sample",
    command: process.execPath,
    args: ["-e", script],
    env: {},
    cwd: dir,
    log: join(dir, "sample.log"),
    inputs: [],
    ...more,
  });
  const begin = (wanted: ProcessSpec): Promise<ProcessRecord> =>
    startProcess(wanted, (record) => {
      started.push(record);
    });
  const idle = "setInterval(() => {}, 1000)";

  describe("identity", () => {
    it("tells a process from a later one with the same number", () => {
      const own = processIdentity(process.pid);
      assert.ok(own !== undefined && own.length > 10);
      assert.equal(processIdentity(process.pid), own);
      assert.notEqual(processIdentity(1), own);
      assert.ok(!isRunning({ pid: process.pid, identity: "another boot:1" }));
    });

    it("is undefined for a number that nobody has", () => {
      assert.equal(processIdentity(2 ** 22 + 1), undefined);
    });
  });

  describe("start and stop", () => {
    it("keeps the output in the log and ends the process on request", async () => {
      const record = await begin(spec(`console.log("hello"); ${idle}`));
      await waitUntilReady(record, () => Promise.resolve(readFileSync(record.log, "utf8").includes("hello")), 10_000);
      assert.ok(isRunning(record));
      await stopProcess(record, { graceMs: 5_000 });
      assert.ok(!isRunning(record));
    });

    it("records the process in the same turn in which it starts", async () => {
      let recorded: number | undefined;
      const starting = startProcess(spec(idle), (record) => {
        started.push(record);
        recorded = record.pid;
      });
      assert.ok(recorded !== undefined, "recorded only later: a kill in between would lose the process");
      await starting;
    });

    it("kills a process that ignores the request, after its time", async () => {
      const record = await begin(spec(`process.on("SIGTERM", () => {}); console.log("deaf"); ${idle}`));
      await waitUntilReady(record, () => Promise.resolve(readFileSync(record.log, "utf8").includes("deaf")), 10_000);
      await stopProcess(record, { graceMs: 300 });
      assert.ok(!isRunning(record));
    });

    it("never touches another process that got the same number", async () => {
      const record = await begin(spec(idle));
      await stopProcess({ ...record, identity: "an earlier boot:1" }, { graceMs: 0 });
      assert.ok(isRunning(record));
    });

    it("quotes the log of a process that ends at its start", async () => {
      const record = await begin(spec(`console.error("address already in use"); process.exit(3)`));
      await assert.rejects(
        waitUntilReady(record, () => Promise.resolve(false), 10_000),
        (error: Error) => error.message.includes("address already in use") && error.message.includes(record.log),
      );
    });

    it("says that a process does not get ready, and where its log is", async () => {
      const record = await begin(spec(idle));
      await assert.rejects(
        waitUntilReady(record, () => Promise.resolve(false), 200),
        (error: Error) => /sample is not ready/.test(error.message) && error.message.includes(record.log),
      );
    });
  });

  describe("specification", () => {
    it("changes with arguments, environment and the files a process reads", () => {
      const input = join(dir, "input");
      writeFileSync(input, "a");
      const base = spec(idle, { inputs: [input] });
      const digests = new Set([
        specDigest(base),
        specDigest({ ...base, args: ["-e", "0"] }),
        specDigest({ ...base, env: { GOGC: "50" } }),
      ]);
      assert.equal(specDigest({ ...base }), specDigest(base));
      writeFileSync(input, "b");
      digests.add(specDigest(base));
      assert.equal(digests.size, 4);
    });
  });

  describe("ports", () => {
    let server: Server | undefined;
    afterEach(() => {
      server?.close();
    });

    it("notices a port that somebody else listens on", async () => {
      server = createServer();
      await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      assert.equal(await portIsFree(port), false);
    });

    it("gives a free one, outside what was taken and outside the ephemeral range", async () => {
      const taken = new Set<number>();
      for (let index = 0; index < 5; index++) {
        const port = await freePort(taken);
        assert.ok(!taken.has(port) && port >= 20_000 && port < 30_000);
        assert.ok(await portIsFree(port));
        taken.add(port);
      }
    });
  });

  describe("state file", () => {
    it("survives the command that wrote it", () => {
      const paths = clusterPaths(dir);
      const record = { name: "etcd", pid: 1, identity: "b:1", spec: "s", log: "l", startedAt: "now" };
      new StateFile(paths).record(record);
      assert.deepEqual(new StateFile(paths).process("etcd"), record);
      new StateFile(paths).forget("etcd");
      assert.equal(new StateFile(paths).process("etcd"), undefined);
    });

    it("is refused with its name when damaged", () => {
      writeFileSync(join(dir, "cluster.json"), '{"processes": 3');
      assert.throws(() => new StateFile(clusterPaths(dir)), /cluster\.json.* is damaged/);
    });

    it("is never half written", () => {
      const path = join(dir, "nested", "file");
      writeAtomic(path, "one");
      assert.throws(() => {
        writeAtomic(join(path, "below-a-file"), "two");
      });
      assert.equal(readFileSync(path, "utf8"), "one");
    });
  });

  describe("without a cluster", () => {
    it("has a status, and nothing to stop or remove", async () => {
      const status = await clusterStatus({ dir });
      assert.equal(status.up, false);
      assert.deepEqual(status.problems, ["it has never been started."]);
      assert.equal(await clusterDown({ dir }), false);
      assert.equal(await clusterReset({ dir }), false);
    });
  });

  it("says what to do about a full disk", () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    assert.match(explain(full), /the disk is full.*Free some space/);
  });
});

describe("embedded cluster: certificates", () => {
  let authority: Issuer;
  let issuer: X509Certificate;

  before(async () => {
    authority = await certificateAuthority("some-ca", 10);
    issuer = new X509Certificate(authority.certificate);
  });

  it("are read back by another implementation with names, usages and issuer", async () => {
    const made = await certificate(
      {
        commonName: "kube-apiserver",
        usages: ["server"],
        names: ["localhost", "127.0.0.1", "10.96.0.1"],
        validDays: 5,
      },
      authority,
    );
    const read = new X509Certificate(made.certificate);
    assert.equal(read.subject, "CN=kube-apiserver");
    assert.equal(read.issuer, "CN=some-ca");
    assert.equal(read.subjectAltName, "DNS:localhost, IP Address:127.0.0.1, IP Address:10.96.0.1");
    assert.equal(read.ca, false);
    assert.ok(issuer.ca);
    assert.ok(read.verify(issuer.publicKey) && read.checkIssued(issuer));
    assert.ok(read.checkPrivateKey(createPrivateKey(made.key)));
    assert.ok(new Date(read.validFrom).getTime() < Date.now() && new Date(read.validTo).getTime() > Date.now());
  });

  it("carry any subject that Kubernetes takes for a user and its groups", async () => {
    const text = fc.stringMatching(/^[a-z0-9:-]{1,200}$/);
    await fc.assert(
      fc.asyncProperty(text, fc.uniqueArray(text, { maxLength: 3 }), async (commonName, organizations) => {
        const made = await certificate({ commonName, organizations, usages: ["client"], validDays: 1 }, authority);
        const read = new X509Certificate(made.certificate);
        assert.deepEqual(
          read.subject.split("\n").sort(),
          [`CN=${commonName}`, ...organizations.map((o) => `O=${o}`)].sort(),
        );
        assert.ok(read.verify(issuer.publicKey));
      }),
      { numRuns: 50 },
    );
  });

  it("are made once, and anew as a whole when interrupted", async () => {
    const dir = mkdtempSync(join(tmpdir(), "pki-"));
    try {
      const paths = clusterPaths(dir);
      assert.equal(await ensurePki(paths), true);
      const first = readFileSync(pkiPath(paths, "apiserver.crt"), "utf8");
      assert.equal(await ensurePki(paths), false);
      assert.equal(readFileSync(pkiPath(paths, "apiserver.crt"), "utf8"), first);
      rmSync(join(paths.pki, "complete"));
      assert.equal(await ensurePki(paths), true);
      const ca = new X509Certificate(readFileSync(pkiPath(paths, "ca.crt")));
      for (const file of ["apiserver.crt", "admin.crt", "kwok.crt"] as const) {
        assert.ok(new X509Certificate(readFileSync(pkiPath(paths, file))).checkIssued(ca), file);
      }
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
