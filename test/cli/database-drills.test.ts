import assert from "node:assert/strict";
import { generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databaseDrillsOf, signedLine } from "../../cli/recovery/evidence";
import { databaseDrillProblems, type DatabaseDrill } from "../../components/recovery/evidence";
import { KubeClient } from "../../lib/kube/client";

const NAMESPACE = "mijnbureau-docs";
const kinds = (groupVersion: string, kind: string, name: string) => ({
  ...{ kind: "APIResourceList", apiVersion: "v1", groupVersion },
  resources: [{ name, kind, namespaced: true, verbs: ["get", "list"] }],
});
const job = (name: string, type?: string) => ({
  metadata: { name, namespace: NAMESPACE },
  status: {
    startTime: "2026-11-29T04:43:00Z",
    conditions:
      type === undefined
        ? []
        : [
            { type: "FailureTarget", status: "False", lastTransitionTime: "2026-11-29T04:44:00Z" },
            { type, status: "True", lastTransitionTime: "2026-11-29T04:45:30Z" },
          ],
  },
});
const step = (name: string, exitCode: number, message: string) => ({
  name,
  state: { terminated: { exitCode, message } },
});
/** By the name of the Job that it is of. */
const pods: Readonly<Record<string, object>> = {
  "docs-cluster-drill-1": {
    initContainerStatuses: [step("clean", 0, ""), step("compare", 0, "")],
    containerStatuses: [
      step("verdict", 0, "4 tables, 16567 rows, checksum 0a: as recorded at 2026-11-29T01:02:03.456Z"),
    ],
  },
  "docs-cluster-drill-2": {
    initContainerStatuses: [step("moment", 1, "nothing was recorded yet: see the Job docs-cluster-record")],
    containerStatuses: [{ name: "verdict", state: { waiting: {} } }],
  },
};

describe("the drills of a database that the cluster remembers", () => {
  let server: Server;
  let folder = "";
  let client: KubeClient;

  before(async () => {
    console.log("      STAND-IN: an API server that knows four Jobs and their pods");
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://stand-in");
      const of = pods[(searchParams.get("labelSelector") ?? "").replace("batch.kubernetes.io/job-name=", "")];
      const listed = (kind: string, apiVersion: string, items: readonly object[]) => ({
        kind,
        apiVersion,
        metadata: {},
        items,
      });
      const answers: Readonly<Record<string, unknown>> = {
        "/api/v1": kinds("v1", "Pod", "pods"),
        "/apis/batch/v1": kinds("batch/v1", "Job", "jobs"),
        [`/apis/batch/v1/namespaces/${NAMESPACE}/jobs`]: listed("JobList", "batch/v1", [
          job("docs-cluster-drill-1", "Complete"),
          job("docs-cluster-drill-2", "Failed"),
          job("docs-cluster-drill-3"),
          job("docs-cluster-record-1", "Complete"),
        ]),
        [`/api/v1/namespaces/${NAMESPACE}/pods`]: listed(
          "PodList",
          "v1",
          of === undefined ? [] : [{ metadata: { name: "pod", namespace: NAMESPACE }, status: of }],
        ),
      };
      const answer = answers[pathname];
      response.statusCode = answer === undefined ? 404 : 200;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(answer ?? { kind: "Status", status: "Failure", message: pathname, code: 404 }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    folder = mkdtempSync(join(tmpdir(), "drills-"));
    const kubeconfig = join(folder, "kubeconfig");
    const url = `http://127.0.0.1:${String(address.port)}`;
    const stack = { name: "stand-in", cluster: { server: url, "insecure-skip-tls-verify": true } };
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        ...{ apiVersion: "v1", kind: "Config", "current-context": "stand-in", clusters: [stack] },
        users: [{ name: "stand-in", user: {} }],
        contexts: [{ name: "stand-in", context: { cluster: "stand-in", user: "stand-in" } }],
      }),
    );
    client = KubeClient.fromKubeconfig(kubeconfig);
  });

  after(() => {
    client.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("say what came and what stopped them, in signed lines; what still runs says nothing", async () => {
    const found = await databaseDrillsOf(client, { app: "docs", namespace: NAMESPACE }, "prod-nl-west");
    const common = { stack: "prod-nl-west", app: "docs", recoveryTimeSeconds: 150 };
    const [good, bad]: readonly DatabaseDrill[] = [
      {
        ...{ ...common, restore: "docs-cluster-drill-1", came: true },
        says: "step verdict: 4 tables, 16567 rows, checksum 0a: as recorded at 2026-11-29T01:02:03.456Z",
      },
      {
        ...{ ...common, restore: "docs-cluster-drill-2", came: false },
        says: "step moment: nothing was recorded yet: see the Job docs-cluster-record",
      },
    ];
    assert.deepEqual(found, [good, bad]);
    assert.deepEqual(found.map(databaseDrillProblems), [
      [],
      [
        "docs, drill docs-cluster-drill-2: the database did not come back as it was recorded: step moment: nothing was recorded yet: see the Job docs-cluster-record",
      ],
    ]);
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const [drill] = found;
    assert.ok(drill !== undefined);
    const [line = "", signature = ""] = signedLine(
      drill,
      privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    ).split("\n");
    assert.deepEqual(JSON.parse(line), good);
    assert.ok(verify(null, Buffer.from(line), publicKey, Buffer.from(signature, "base64")));
  });
});
