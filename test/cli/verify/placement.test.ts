import assert from "node:assert/strict";
import type { AppKey } from "../../../suite/apps";
import type { Document } from "../../../cli/verify/documents";
import { appOf, place, type Placed } from "../../../cli/verify/placement";
import { at, type KubeObject } from "../../../lib/kube/client";

const object = (kind: string, name: string, namespace?: string, rest: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  ...rest,
});
const document = (file: string, content: KubeObject): Document => ({ file, index: 0, object: content });
const namespaces = new Map<AppKey, string>([
  ["docs", "mijnbureau-docs"],
  ["keycloak", "suite-identity"],
  ["element", "mijnbureau-element"],
]);
const only = (placed: readonly Placed[], name: string): KubeObject => {
  const found = placed.find((item) => item.object.metadata.name === name);
  assert.ok(found, `${name} was not placed`);
  return found.object;
};

describe("placement", () => {
  it("finds the app by namespace, then by path, then by labels and name", () => {
    const byNamespace = new Map([...namespaces].map(([app, namespace]) => [namespace, app]));
    const find = (file: string, content: KubeObject) => appOf(document(file, content), byNamespace);
    assert.equal(find("x.yaml", object("Secret", "s", "suite-identity")), "keycloak");
    assert.equal(find("docs.yaml", object("Secret", "s", "default")), "docs");
    assert.equal(find("helmfile-1a2b-docs-minio/minio/templates/a.yaml", object("Secret", "s")), "docs");
    assert.equal(find("helmfile-1a2b-synapse/synapse/templates/a.yaml", object("Secret", "s")), "element");
    const labelled = { metadata: { name: "s", labels: { "app.kubernetes.io/instance": "keycloak-postgresql" } } };
    assert.equal(find("all.yaml", { ...object("Secret", "s"), ...labelled }), "keycloak");
    assert.equal(find("all.yaml", object("Secret", "s", "mb-docs")), "docs");
    assert.equal(find("all.yaml", object("Secret", "docs-cluster-app")), "docs");
    assert.equal(find("all.yaml", object("Secret", "docs-and-keycloak")), undefined, "of two apps at once");
    assert.equal(find("all.yaml", object("Secret", "s", "monitoring")), undefined);
  });

  it("moves a suite that was rendered into one namespace, with the references inside", () => {
    const binding = object("RoleBinding", "b", "default", {
      subjects: [{ kind: "ServiceAccount", name: "a", namespace: "default" }],
    });
    const monitor = object("ServiceMonitor", "m", "default", {
      spec: { namespaceSelector: { matchNames: ["default"] } },
    });
    const config = object("ConfigMap", "c", "default", {
      data: {
        url: "http://keycloak.default.svc.cluster.local:8080/default",
        namespace: "default",
        own: "docs.default.svc",
      },
    });
    const policy = object("NetworkPolicy", "n", "default", {
      spec: {
        ingress: [{ from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "default" } } }] }],
      },
    });
    const ingress: KubeObject = {
      ...object("Ingress", "i"),
      metadata: {
        name: "i",
        namespace: "default",
        annotations: { middlewares: "default-hsts-header@kubernetescrd, default-other@kubernetescrd", text: "default" },
      },
    };
    const { placed, problems } = place(
      [
        ...[binding, monitor, config, policy, ingress].map((content) => document("docs.yaml", content)),
        document("docs.yaml", object("Service", "docs", "default")),
        document("keycloak.yaml", object("Service", "keycloak", "default")),
      ],
      namespaces,
    );
    assert.deepEqual(problems, []);
    assert.equal(only(placed, "keycloak").metadata.namespace, "suite-identity");
    assert.equal(only(placed, "b").metadata.namespace, "mijnbureau-docs");
    assert.equal(at(only(placed, "b"), "subjects", 0, "namespace"), "mijnbureau-docs");
    assert.deepEqual(at(only(placed, "m"), "spec", "namespaceSelector", "matchNames"), ["mijnbureau-docs"]);
    assert.deepEqual(only(placed, "c")["data"], {
      url: "http://keycloak.suite-identity.svc.cluster.local:8080/default",
      namespace: "default",
      own: "docs.mijnbureau-docs.svc",
    });
    const selector = at(only(placed, "n"), "spec", "ingress", 0, "from", 0, "namespaceSelector", "matchLabels");
    assert.deepEqual(selector, { "kubernetes.io/metadata.name": "mijnbureau-docs" });
    assert.deepEqual(only(placed, "i").metadata.annotations, {
      middlewares: "mijnbureau-docs-hsts-header@kubernetescrd, mijnbureau-docs-other@kubernetescrd",
      text: "default",
    });
  });

  it("renames what other apps mention too, and leaves foreign namespaces alone", () => {
    const mention = object("ConfigMap", "c", "mijnbureau-docs", {
      data: { id: "keycloak.mijnbureau-keycloak.svc", dns: "kube-dns.kube-system.svc" },
    });
    const { placed } = place(
      [
        document("docs.yaml", mention),
        document("keycloak.yaml", object("Service", "keycloak", "mijnbureau-keycloak")),
        document("docs.yaml", object("BackupStorageLocation", "default", "velero")),
      ],
      namespaces,
    );
    assert.deepEqual(only(placed, "c")["data"], { id: "keycloak.suite-identity.svc", dns: "kube-dns.kube-system.svc" });
    assert.equal(only(placed, "default").metadata.namespace, "velero");
  });

  it("is the identity for a suite that is rendered for this stack", () => {
    const contents = [
      object("Service", "docs", "mijnbureau-docs"),
      object("Job", "j", "mijnbureau-docs", { spec: { a: [1, "b"] } }),
    ];
    const { placed } = place(
      contents.map((content) => document("docs.yaml", content)),
      namespaces,
    );
    assert.deepEqual(
      placed.map((item) => item.object),
      contents,
    );
  });

  it("says what it cannot place", () => {
    const { placed, problems } = place(
      [
        document("meet.yaml", object("Secret", "s")),
        document("all.yaml", object("Pod", "t", "default", { spec: { containers: [] } })),
        document("all.yaml", object("Gateway", "shared")),
      ],
      namespaces,
    );
    assert.deepEqual(
      placed.map(({ app, object: content }) => [app, content.metadata.name, content.metadata.namespace]),
      [[undefined, "shared", "default"]],
    );
    assert.match(problems[0]?.problem ?? "", /no namespace for meet: enable it/);
    assert.match(problems[1]?.problem ?? "", /belongs to no app/);
  });
});
