import assert from "node:assert/strict";
import { generateKeyPairSync, verify } from "node:crypto";
import { signedLine } from "../../../cli/recovery/evidence";
import { notDrilled } from "../../../components/operators/velero/excluded";
import {
  compareLists,
  drillProblems,
  restoreProblems,
  type DrillEvidence,
} from "../../../components/recovery/evidence";
import { compareVolumes, savedVolumes } from "../../../components/recovery/volumes";

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
  // Made by the cluster in every namespace.
  "v1/ConfigMap": ["mijnbureau-docs/kube-root-ca.crt", "mijnbureau-docs/openshift-service-ca.crt"],
  "v1/ServiceAccount": ["mijnbureau-docs/default", "mijnbureau-docs/docs"],
};
const restored = {
  "apps/v1/Deployment": ["velero-drill/docs-backend(created)"],
  "v1/Secret": ["velero-drill/docs(created)", "velero-drill/docs-cluster(updated)"],
  "v1/ServiceAccount": ["velero-drill/docs(skipped)"],
};
const drill: DrillEvidence = {
  ...{
    stack: "prod-nl-west",
    app: "docs",
    restore: "restore-drill-docs-1",
    backup: "suite-daily-1",
    phase: "Completed",
  },
  ...{
    objects: 4,
    missing: [],
    volumes: [{ claim: "docs-minio", bytes: 7000, restored: 7000, saved: true, failure: "" }],
  },
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
        { claim: "docs-minio", bytes: 7000, restored: 6999, saved: true, failure: "" },
        { claim: "docs-cache", bytes: 7, restored: 7, saved: true, failure: "Failed, it gives no reason" },
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

describe("volumes of a restore, beside what the backup recorded of them", () => {
  const claim = (name: string, phase = "Bound") => ({
    ...{ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name, namespace: "mijnbureau-docs" } },
    status: { phase },
  });
  /** As Velero writes `<backup>-volumeinfo.json.gz`. */
  const saved = savedVolumes.parse([
    {
      ...{ pvcName: "moved", pvcNamespace: "mijnbureau-docs", backupMethod: "CSISnapshot", result: "succeeded" },
      ...{ snapshotDataMoved: true, snapshotDataMovementInfo: { size: 7000 } },
    },
    {
      ...{ pvcName: "files", pvcNamespace: "mijnbureau-docs", backupMethod: "PodVolumeBackup", result: "succeeded" },
      pvbInfo: { size: 50, podName: "docs-0", volumeName: "data" },
    },
    { pvcName: "left-out", pvcNamespace: "mijnbureau-docs", skipped: true, skippedReason: "no snapshot class" },
    { pvcName: "half", pvcNamespace: "mijnbureau-docs", result: "failed", snapshotDataMovementInfo: { size: 9 } },
    { pvcName: "local", pvcNamespace: "mijnbureau-docs", result: "succeeded", backupMethod: "CSISnapshot" },
  ]);
  const velero = (kind: string, spec: object, status: object) => ({
    ...{ apiVersion: "velero.io/v1", kind, metadata: { name: "a" } },
    ...{ spec, status },
  });
  const download = (bytesDone: number, phase = "Completed", message = "") =>
    velero("DataDownload", { targetVolume: { pvc: "moved" } }, { phase, message, progress: { bytesDone } });
  const files = velero(
    "PodVolumeRestore",
    { pod: { name: "docs-0" }, volume: "data" },
    { phase: "Completed", progress: { bytesDone: 50 } },
  );
  const compared = (name: string, ...restores: ReturnType<typeof velero>[]) =>
    compareVolumes([claim(name)], saved, restores)[0];

  for (const [what, found, expected] of [
    ["a snapshot's copy", compared("moved", files, download(7000)), { bytes: 7000, restored: 7000, saved: true }],
    ["files of a pod", compared("files", download(7000), files), { bytes: 50, restored: 50, saved: true }],
  ] as const) {
    it(`come back whole, as ${what}`, () => {
      assert.deepEqual(found, { claim: found?.claim, ...expected, failure: "" });
    });
  }

  for (const [what, found, isSaved, said] of [
    ["whose part came", compared("moved", download(6999)), true, /^$/],
    [
      "whose repository has another password",
      compared("moved", download(0, "Failed", "invalid repository password")),
      true,
      /^Failed, the repository's password does not fit/,
    ],
    ["that the restore left out", compared("moved", files), true, /the restore brought none of its data/],
    ["that the backup left out", compared("left-out"), false, /the backup left its data out: no snapshot class/],
    ["whose saving failed", compared("half"), false, /was not saved whole/],
    ["that is in a snapshot of the cluster alone", compared("local"), false, /not in the backup's store/],
    ["of which the backup says nothing", compared("unheard-of"), false, /the claim, and none of its data/],
  ] as const) {
    it(`are no whole restore where there is one ${what}`, () => {
      assert.ok(found !== undefined);
      assert.equal(found.saved, isSaved);
      assert.match(found.failure, said);
      assert.equal(restoreProblems({ ...drill, volumes: [found] }).length, 1);
    });
  }

  it("are not asked of a claim that never had a volume", () => {
    assert.deepEqual(compareVolumes([claim("moved", "Pending")], saved, []), []);
  });
});
