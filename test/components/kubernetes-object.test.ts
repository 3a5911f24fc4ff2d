import assert from "node:assert/strict";
import { overruling } from "../../components/kubernetes-object";

describe("an overruling object", () => {
  it("wins over fields that another run or somebody else wrote, and keeps what it has", () => {
    const object = {
      kind: "Deployment",
      metadata: { name: "web", labels: { app: "web" }, annotations: { "example.nl/note": "kept" } },
      spec: { replicas: 2 },
    };
    assert.deepEqual(overruling(object), {
      ...object,
      metadata: {
        ...object.metadata,
        annotations: { "example.nl/note": "kept", "pulumi.com/patchForce": "true" },
      },
    });
    assert.deepEqual(object.metadata.annotations, { "example.nl/note": "kept" });
  });
});
