import assert from "node:assert/strict";
import {
  addProduced,
  danglingReferences,
  Inventory,
  middlewareReferences,
  podReferences,
} from "../../../cli/verify/references";
import type { KubeObject } from "../../../lib/kube/client";

const podSpec = {
  serviceAccountName: "app",
  priorityClassName: "standard",
  runtimeClassName: "gvisor",
  imagePullSecrets: [{ name: "registry" }],
  initContainers: [{ name: "init", envFrom: [{ configMapRef: { name: "settings" } }] }],
  containers: [
    {
      name: "main",
      env: [
        { name: "A", valueFrom: { secretKeyRef: { name: "keys", key: "a" } } },
        { name: "B", valueFrom: { secretKeyRef: { name: "keys", key: "b", optional: true } } },
        { name: "C", valueFrom: { configMapKeyRef: { name: "settings", key: "c" } } },
        { name: "D", value: "plain" },
      ],
      envFrom: [{ secretRef: { name: "environment" } }, { secretRef: { name: "maybe", optional: true } }],
    },
  ],
  volumes: [
    { name: "secret", secret: { secretName: "files", items: [{ key: "tls.crt", path: "x" }] } },
    { name: "config", configMap: { name: "conf" } },
    { name: "data", persistentVolumeClaim: { claimName: "data" } },
    {
      name: "all",
      projected: { sources: [{ secret: { name: "projected" } }, { configMap: { name: "off", optional: true } }] },
    },
    { name: "driver", csi: { nodePublishSecretRef: { name: "csi" } } },
    { name: "scratch", emptyDir: {} },
  ],
};

describe("references of pods", () => {
  it("are everything without which a pod does not start", () => {
    const found = podReferences(podSpec).map(({ kind, name, key }) => [kind, name, key].filter(Boolean).join("/"));
    assert.deepEqual(found.sort(), [
      "ConfigMap/conf",
      "ConfigMap/settings",
      "ConfigMap/settings/c",
      "PersistentVolumeClaim/data",
      "PriorityClass/standard",
      "RuntimeClass/gvisor",
      "Secret/csi",
      "Secret/environment",
      "Secret/files/tls.crt",
      "Secret/keys/a",
      "Secret/projected",
      "Secret/registry",
      "ServiceAccount/app",
    ]);
  });

  it("dangle where object or key is missing, each said once", () => {
    const inventory = new Inventory();
    inventory.addObject({ apiVersion: "v1", kind: "Secret", metadata: { name: "keys" }, data: { other: "" } });
    inventory.addObject({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings" },
      data: { c: "" },
      binaryData: {},
    });
    const spec = { containers: [podSpec.containers[0], podSpec.containers[0]] };
    assert.deepEqual(danglingReferences(podReferences(spec), inventory), [
      "key a of Secret keys (container main) does not exist, and nothing given creates it",
      "Secret environment (container main) does not exist, and nothing given creates it",
    ]);
  });

  it("are satisfied by what declared producers will make, with the keys where these are known", () => {
    const inventory = new Inventory();
    const objects: KubeObject[] = [
      { apiVersion: "batch/v1", kind: "Job", metadata: { name: "synapse-keygen" } },
      { apiVersion: "batch/v1", kind: "Job", metadata: { name: "another" } },
      { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", metadata: { name: "docs-cluster" } },
      {
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        metadata: { name: "es" },
        spec: { target: { name: "synced" } },
      },
      { apiVersion: "cert-manager.io/v1", kind: "Certificate", metadata: { name: "c" }, spec: { secretName: "tls" } },
      { apiVersion: "example.test/v1", kind: "Cluster", metadata: { name: "foreign" } },
    ];
    addProduced(inventory, objects);
    const has = (name: string, key?: string): boolean => inventory.has({ kind: "Secret", name, key });
    assert.ok(has("synapse-signing-key", "synapse_signing_key"));
    assert.ok(!has("synapse-signing-key", "other"));
    assert.ok(has("docs-cluster-app", "password"));
    assert.ok(has("synced", "anything"));
    assert.ok(has("tls", "tls.key"));
    assert.ok(!has("foreign-app") && !has("es"));
  });

  it("do not lose the keys of what is there already", () => {
    const inventory = new Inventory();
    inventory.addObject({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "docs-cluster-app" },
      data: { user: "" },
    });
    addProduced(inventory, [
      { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", metadata: { name: "docs-cluster" } },
    ]);
    assert.ok(!inventory.has({ kind: "Secret", name: "docs-cluster-app", key: "password" }));
  });
});

describe("references of Ingresses", () => {
  it("are the middlewares of the Kubernetes provider", () => {
    const annotations = {
      "traefik.ingress.kubernetes.io/router.middlewares": "docs-hsts@kubernetescrd, auth@file,docs-x@kubernetescrd",
    };
    const ingress = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata: { name: "i", annotations } };
    assert.deepEqual(middlewareReferences(ingress), ["docs-hsts", "docs-x"]);
    assert.deepEqual(middlewareReferences({ ...ingress, metadata: { name: "i" } }), []);
  });
});
