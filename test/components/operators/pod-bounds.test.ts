import assert from "node:assert/strict";
import { bounded } from "../../../components/operators/frame/pod-bounds";

const deployment = (pod: object) => ({ kind: "Deployment", spec: { template: { spec: pod } } });

describe("what charts leave open in their pods", () => {
  it("gives temporary volumes a size, and leaves the others and those that have one", () => {
    const volumes = [
      { name: "tmp", emptyDir: {} },
      { name: "shm", emptyDir: { medium: "Memory" } },
      { name: "data", emptyDir: { sizeLimit: "5Gi" } },
      { name: "config", configMap: { name: "config" } },
    ];
    assert.deepEqual(bounded(deployment({ volumes }), "Deployment").spec.template.spec, {
      volumes: [
        { name: "tmp", emptyDir: { sizeLimit: "1Gi" } },
        { name: "shm", emptyDir: { medium: "Memory", sizeLimit: "1Gi" } },
        ...volumes.slice(2),
      ],
    });
  });

  for (const [what, livenessProbe, readinessProbe, expected] of [
    ["the same check", { periodSeconds: 10, failureThreshold: 3 }, { periodSeconds: 5, failureThreshold: 4 }, 6],
    ["Kubernetes' own defaults", {}, {}, 9],
    ["one that is late enough", { failureThreshold: 10 }, {}, 10],
    ["a slow readiness", { periodSeconds: 10 }, { periodSeconds: 7, failureThreshold: 3 }, 7],
  ] as const)
    it(`restarts a container after three times as long as it is out of service: ${what}`, () => {
      const check = { httpGet: { path: "/healthz", port: "http" } };
      const container = {
        name: "main",
        livenessProbe: { ...check, ...livenessProbe },
        readinessProbe: { ...check, ...readinessProbe },
      };
      assert.deepEqual(bounded(deployment({ containers: [container] }), "Deployment").spec.template.spec, {
        containers: [{ ...container, livenessProbe: { ...container.livenessProbe, failureThreshold: expected } }],
      });
    });

  it("leaves checks that differ, and objects without pods", () => {
    const container = {
      name: "main",
      livenessProbe: { httpGet: { path: "/livez", port: 80 } },
      readinessProbe: { httpGet: { path: "/readyz", port: 80 } },
    };
    for (const object of [deployment({ containers: [container] }), { kind: "Service", spec: { volumes: [] } }])
      assert.equal(bounded(object, object.kind), object);
  });
});
