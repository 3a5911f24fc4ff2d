import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runDatabaseStep } from "../../cli/recovery/database";
import { sleep } from "../../cli/recovery/cluster";
import type { Runner } from "../../cli/recovery/runner";
import { KubeClient } from "../../lib/kube/client";

const NAMESPACE = "mijnbureau-docs";
const step = { do: "await", cluster: "docs-copy", instances: 1, says: "wait until docs-copy works" } as const;

const kinds = (groupVersion: string, kind: string, name: string) => ({
  ...{ kind: "APIResourceList", apiVersion: "v1", groupVersion },
  resources: [{ name, kind, namespaced: true, verbs: ["get", "list"] }],
});

const JOBS = `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`;
const comparing = {
  ...{ apiVersion: "batch/v1", kind: "Job", metadata: { name: "docs-copy-compare", namespace: NAMESPACE } },
};

describe("a restore waits for a database", () => {
  let server: Server;
  let folder = "";
  let client: KubeClient;
  let runner: Runner;
  /** By container of the Job's one pod; `phase` is the pod's. */
  let job: { readonly phase: string; readonly logs: Readonly<Record<string, string>> };
  let ready = 0;
  let conditions: readonly object[] = [];
  /** How the Job ends that compares tables; absent: there is none. */
  let compared: "Complete" | "Failed" | undefined;
  let made: "Complete" | "Failed" | undefined;
  const said: string[] = [];

  before(async () => {
    console.log("      STAND-IN: an API server that knows one Cluster and the pod of its Job");
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://stand-in");
      const status = {
        conditions,
        phase: ready > 0 ? "Cluster in healthy state" : "Setting up primary",
        readyInstances: ready,
      };
      const answers: Readonly<Record<string, unknown>> = {
        "/api/v1": kinds("v1", "Pod", "pods"),
        "/apis/batch/v1": kinds("batch/v1", "Job", "jobs"),
        [JOBS]: request.method === "POST" ? { ...comparing, status: {} } : undefined,
        [`${JOBS}/docs-copy-compare`]:
          made === undefined ? undefined : { ...comparing, status: { conditions: [{ type: made, status: "True" }] } },
        "/apis/postgresql.cnpg.io/v1": kinds("postgresql.cnpg.io/v1", "Cluster", "clusters"),
        [`/apis/postgresql.cnpg.io/v1/namespaces/${NAMESPACE}/clusters/docs-copy`]: {
          ...{ apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", status },
          metadata: { name: "docs-copy", namespace: NAMESPACE },
        },
        [`/api/v1/namespaces/${NAMESPACE}/pods`]: {
          ...{ apiVersion: "v1", kind: "PodList", metadata: {} },
          items: [
            {
              metadata: { name: "docs-copy-1-full-recovery-abcde", namespace: NAMESPACE },
              status: { phase: job.phase },
            },
          ],
        },
        [`/api/v1/namespaces/${NAMESPACE}/pods/docs-copy-1-full-recovery-abcde/log`]:
          job.logs[searchParams.get("container") ?? ""],
      };
      if (pathname === JOBS) made = compared;
      if (request.method === "DELETE") made = undefined;
      const answer = answers[pathname];
      response.statusCode = answer === undefined ? 404 : 200;
      response.end(typeof answer === "string" ? answer : JSON.stringify(answer ?? { kind: "Status", code: 404 }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    folder = mkdtempSync(join(tmpdir(), "restore-database-"));
    const kubeconfig = join(folder, "kubeconfig");
    const cluster = { server: `http://127.0.0.1:${String(port)}`, "insecure-skip-tls-verify": true };
    const content = {
      "current-context": "x",
      clusters: [{ name: "x", cluster }],
      contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
      users: [{ name: "x", user: {} }],
    };
    writeFileSync(kubeconfig, JSON.stringify(content));
    client = KubeClient.fromKubeconfig(kubeconfig);
    runner = {
      ...{ client, sleep, minutes: 1, records: "velero" },
      say: (line) => said.push(line),
      writeStack: () => assert.fail("no step of these writes it"),
    };
  });

  after(() => {
    client.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("and for its tables to be compared: says what was found, and ends where they differ", async () => {
    const compare = { do: "compare", job: comparing, says: "compare" } as const;
    compared = "Complete";
    job = { phase: "Succeeded", logs: { compare: "4 tables, 9 rows, checksum 0a: as recorded at 01:02\n" } };
    await runDatabaseStep(runner, NAMESPACE, compare);
    assert.deepEqual(said.splice(0), ["  4 tables, 9 rows, checksum 0a: as recorded at 01:02"]);
    // It is not taken for one of an earlier run.
    assert.equal(made, undefined);
    compared = "Failed";
    job = { phase: "Failed", logs: { compare: "4 tables, 9 rows, checksum 0a: DIFFERS\n< 9 1 public.rows\n" } };
    await assert.rejects(
      runDatabaseStep(runner, NAMESPACE, compare),
      /mijnbureau-docs\/docs-copy-compare: 4 tables, 9 rows, checksum 0a: DIFFERS\. .*--undo/,
    );
    assert.deepEqual(said.splice(0).at(-1), "  < 9 1 public.rows");
    compared = undefined;
  });

  for (const [container, printed, said] of [
    ["plugin-barman-cloud", "ERROR: Barman cloud restore exception: invalid compressed data", /is damaged/],
    [
      "full-recovery",
      "FATAL: recovery ended before configured recovery target was reached",
      /log in the archive ends before/,
    ],
    [
      "plugin-barman-cloud",
      "An error occurred (404) when calling the HeadObject operation: Not Found",
      /is not in the object store/,
    ],
  ] as const) {
    it(`and says what is wrong with the backup as soon as its Job has failed: ${printed}`, async () => {
      job = { phase: "Failed", logs: { [container]: printed } };
      await assert.rejects(runDatabaseStep(runner, NAMESPACE, step), (error: Error) => {
        assert.match(error.message, /^Cluster mijnbureau-docs\/docs-copy was not restored: /);
        assert.match(error.message, said);
        return true;
      });
    });
  }

  it("through a failure that is none of the backup's, until it works", async () => {
    job = { phase: "Failed", logs: { "full-recovery": "connection refused" } };
    setTimeout(() => (ready = 1), 500);
    await runDatabaseStep(runner, NAMESPACE, step);
  });

  describe("and removes none whose log is in no archive", () => {
    const look = (): Promise<void> =>
      runDatabaseStep(runner, NAMESPACE, { do: "archived", cluster: "docs-copy", says: "look" });
    const archiving = (status: string) => [
      { type: "Ready", status: "False", message: "no" },
      { type: "ContinuousArchiving", status, message: "exit status 4" },
    ];

    it("while a server of it could still archive it", async () => {
      [ready, conditions] = [1, archiving("False")];
      await assert.rejects(
        look(),
        /docs-copy: its log does not reach its archive \(exit status 4\).*--continue.*--undo/,
      );
    });

    it("but one whose log is archived, or that never failed to", async () => {
      for (const now of [archiving("True"), []]) {
        [ready, conditions] = [1, now];
        await look();
      }
      assert.deepEqual(
        said.filter((line) => line.includes("no server")),
        [],
      );
    });

    it("but one that nothing runs of any more, which it says", async () => {
      [ready, conditions] = [0, archiving("False")];
      await look();
      assert.equal(said.filter((line) => line.includes("no server of docs-copy runs")).length, 1);
    });
  });
});
