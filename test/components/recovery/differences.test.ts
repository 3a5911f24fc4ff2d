import assert from "node:assert/strict";
import { differences, isMade } from "../../../components/recovery/differences";
import type { KubeObject } from "../../../lib/kube/client";

const recorded: KubeObject = {
  ...{ apiVersion: "v1", kind: "Service" },
  metadata: {
    ...{ name: "docs", namespace: "mijnbureau-docs", uid: "a", resourceVersion: "1" },
    labels: { app: "docs" },
    annotations: { "docs.example/owner": "team" },
  },
  spec: { clusterIP: "10.0.0.1", ports: [{ port: 80, targetPort: 8080, nodePort: 30000 }], selector: { app: "docs" } },
  status: { loadBalancer: {} },
};

describe("an object after its restore, beside what the backup has of it", () => {
  it("may differ in what the cluster assigns anew, and in Velero's own labels", () => {
    const live = {
      ...recorded,
      metadata: {
        ...recorded.metadata,
        ...{ namespace: "velero-drill", uid: "b", resourceVersion: "9", creationTimestamp: "2026-11-29T01:00:00Z" },
        labels: { app: "docs", "velero.io/restore-name": "x" },
      },
      spec: {
        clusterIP: "10.0.0.9",
        ports: [{ port: 80, targetPort: 8080, nodePort: 31000 }],
        selector: { app: "docs" },
      },
      status: {},
    };
    assert.deepEqual(differences(recorded, live), []);
  });

  it("is said with the path of each field that it differs in, and without the value", () => {
    const live = {
      ...recorded,
      metadata: { ...recorded.metadata, annotations: {}, labels: { app: "docs", other: "x" } },
      spec: { clusterIP: "10.0.0.1", ports: [{ port: 81, targetPort: 8080 }], selector: {} },
    };
    assert.deepEqual(differences(recorded, live), [
      "metadata.annotations.docs.example/owner",
      "metadata.labels.other",
      "spec.ports.0.port",
      "spec.selector.app",
    ]);
  });

  it("has the fields of its own kind alone left out", () => {
    const deployment: KubeObject = { ...recorded, kind: "Deployment", spec: { clusterIP: "10.0.0.1" } };
    const live = { ...deployment, spec: { clusterIP: "10.0.0.9" } };
    assert.deepEqual(differences(deployment, live), ["spec.clusterIP"]);
  });

  it("is looked at where no controller makes it", () => {
    const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "docs-1", uid: "c" };
    const owned = (controller: boolean): KubeObject => ({
      ...recorded,
      metadata: { ...recorded.metadata, ownerReferences: [{ ...owner, controller }] },
    });
    assert.deepEqual([isMade(owned(true)), isMade(owned(false)), isMade(recorded)], [true, false, false]);
  });
});
