import assert from "node:assert/strict";
import { generateKeyPairSync, verify } from "node:crypto";
import { signedLine } from "../../../cli/recovery/evidence";
import { notDrilled } from "../../../components/operators/velero/excluded";
import { compareLists, drillProblems, type DrillEvidence } from "../../../components/recovery/evidence";

const job = (name: string, status: Record<string, unknown>) => ({
  ...{ apiVersion: "batch/v1", kind: "Job", metadata: { name, namespace: "mijnbureau-docs" }, status },
});
const place = {
  ...{ namespace: "mijnbureau-docs", to: "velero-drill", without: notDrilled },
  contents: [job("migrate", { completionTime: "2026-11-29T01:00:00Z" }), job("running", {})],
};
/** As `velero backup describe --details` shows them. */
const backup = {
  "apps/v1/Deployment": ["mijnbureau-docs/docs-backend", "mijnbureau-grist/grist"],
  "networking.k8s.io/v1/NetworkPolicy": ["mijnbureau-docs/allow"],
  "networking.k8s.io/v1/Ingress": ["mijnbureau-docs/docs"],
  "v1/Event": ["mijnbureau-docs/docs.1"],
  "v1/Namespace": ["mijnbureau-docs"],
  "v1/Secret": ["mijnbureau-docs/docs", "mijnbureau-docs/docs-cluster"],
  "v1/ServiceAccount": ["mijnbureau-docs/default"],
};
const restored = {
  "apps/v1/Deployment": ["velero-drill/docs-backend(created)"],
  "v1/Secret": ["velero-drill/docs(created)", "velero-drill/docs-cluster(updated)"],
  "v1/ServiceAccount": ["velero-drill/default(skipped)"],
};
const drill: DrillEvidence = {
  ...{
    stack: "prod-nl-west",
    app: "docs",
    restore: "restore-drill-docs-1",
    backup: "suite-daily-1",
    phase: "Completed",
  },
  ...{ objects: 4, missing: [], volumes: [{ claim: "docs-minio", bytes: 7000, restored: 7000, failure: "" }] },
  ...{ recoveryPointSeconds: 3600, recoveryTimeSeconds: 120 },
};

describe("a drill, compared with what the backup recorded", () => {
  it("has every object of the app, and asks for none that a drill leaves out", () => {
    assert.deepEqual(compareLists(backup, restored, place), { objects: 4, missing: [] });
  });

  it("asks for no Job that had ended, which Velero leaves out, and for one that had not", () => {
    const withJobs = { ...backup, "batch/v1/Job": ["mijnbureau-docs/migrate", "mijnbureau-docs/running"] };
    assert.deepEqual(compareLists(withJobs, restored, place), { objects: 5, missing: ["batch/v1/Job running"] });
  });

  for (const [what, list] of [
    ["is not in the restore", { ...restored, "v1/Secret": ["velero-drill/docs(created)"] }],
    ["failed", { ...restored, "v1/Secret": ["velero-drill/docs(created)", "velero-drill/docs-cluster(failed)"] }],
    [
      "came back elsewhere",
      { ...restored, "v1/Secret": ["velero-drill/docs(created)", "other/docs-cluster(created)"] },
    ],
  ] as const) {
    it(`names an object that ${what}`, () => {
      assert.deepEqual(compareLists(backup, list, place).missing, ["v1/Secret docs-cluster"]);
    });
  }

  it("is whole, or says in a sentence of each thing that it is not", () => {
    assert.deepEqual(drillProblems(drill), []);
    const bad = {
      ...{ ...drill, phase: "PartiallyFailed", objects: 0, missing: ["v1/Secret docs"] },
      volumes: [
        { claim: "docs-minio", bytes: 7000, restored: 6999, failure: "" },
        { claim: "docs-cache", bytes: 7, restored: 7, failure: "Failed, it gives no reason" },
      ],
    };
    assert.deepEqual(
      drillProblems(bad).map((text) => text.replace("docs, drill restore-drill-docs-1: ", "")),
      [
        "the restore is PartiallyFailed",
        "backup suite-daily-1 recorded nothing of the app",
        "v1/Secret docs is in the backup, and did not come back",
        "claim docs-minio: 6999 of 7000 bytes",
        "claim docs-cache: 7 of 7 bytes: Failed, it gives no reason",
      ],
    );
  });

  it("has a line whose signature no other line has", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const [line = "", signature = ""] = signedLine(
      drill,
      String(privateKey.export({ type: "pkcs8", format: "pem" })),
    ).split("\n");
    const holds = (text: string): boolean =>
      verify(null, Buffer.from(text), publicKey, Buffer.from(signature, "base64"));
    assert.deepEqual(JSON.parse(line), drill);
    assert.ok(holds(line) && !holds(line.replace("3600", "36")));
    assert.throws(() => signedLine(drill, "nonsense"), /--sign: is no private key/);
  });
});
