import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import { imageReferences } from "../../../components/charts/upstream";
import { needFile } from "../../support/needs";

const corpus = path.join(__dirname, "../../../../shared/corpus/operators");
const references = (object: unknown) => imageReferences(object).map(({ reference }) => reference);

describe("images that an object names", () => {
  it("in image fields of any kind, with Docker Hub's short names completed", () => {
    const object = {
      spec: {
        image: "quay.io/prometheus/prometheus:v3",
        template: {
          spec: {
            initContainers: [{ image: "busybox" }],
            containers: [{ image: "grafana/loki:3.7" }, { image: "host:5000/x/y@sha256:" + "a".repeat(64) }],
          },
        },
      },
    };
    assert.deepEqual(references(object).sort(), [
      "docker.io/grafana/loki:3.7",
      "docker.io/library/busybox",
      `host:5000/x/y@sha256:${"a".repeat(64)}`,
      "quay.io/prometheus/prometheus:v3",
    ]);
  });

  it("inside arguments, environment variables and configuration files, with the path that leads there", () => {
    const object = {
      data: { "config.yaml": "dbRepo: ghcr.io/aquasecurity/trivy-db\nother: registry.example.nl/a/b:1.2\n" },
      args: ["--prometheus-config-reloader=quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1"],
      refs: ["oci://ghcr.io/falcosecurity/rules/falco-rules:5"],
    };
    assert.deepEqual(
      imageReferences(object).map(({ path: where, reference }) => [where, reference]),
      [
        ["data.config.yaml", "ghcr.io/aquasecurity/trivy-db"],
        ["data.config.yaml", "registry.example.nl/a/b:1.2"],
        ["args[0]", "quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1"],
        ["refs[0]", "ghcr.io/falcosecurity/rules/falco-rules:5"],
      ],
    );
  });

  it("not in URLs, host names, versions, labels and paths", () => {
    const strings = [
      "https://github.com/kyverno/kyverno/issues/1:2",
      "http://loki-gateway.logging.svc.cluster.local:80/loki/api/v1/push",
      "app.kubernetes.io/name",
      "pod-security.kubernetes.io/enforce:restricted",
      "/var/run/containerd/containerd.sock",
      "velero.velero.svc:8085",
      "127.0.0.1:8080/metrics",
    ];
    assert.deepEqual(
      references({ strings }).filter((found) => !found.startsWith("pod-security")),
      [],
    );
  });

  it("below the mirror need no tag, whatever the mirror is called, and the mirror alone is none", () => {
    for (const mirror of ["registry.example.nl/mirror", "10.0.0.5:5000", "harbor:8443/a.b"]) {
      const config = `db: ${mirror}/aquasec/trivy-db\nchecks: oci://${mirror}/checks:1\nregistry: ${mirror}\nsee: https://${mirror}/ui`;
      const found = imageReferences({ config }, [mirror]).map(({ reference }) => reference);
      assert.deepEqual(found.sort(), [`${mirror}/aquasec/trivy-db`, `${mirror}/checks:1`].sort());
      assert.deepEqual(imageReferences({ x: `${mirror}2/a/b` }, [mirror]), []);
    }
  });

  it("are found however they are embedded", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
    const reference = fc
      .tuple(
        fc.constantFrom("quay.io", "ghcr.io", "registry.example.nl:5000"),
        fc.array(name, { minLength: 1, maxLength: 3 }),
        name,
      )
      .map(([registry, parts, tag]) => `${registry}/${parts.join("/")}:${tag}`);
    const around = fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => `--image=${text}`,
      (text) => `image: "${text}"\nnext: 1`,
      (text) => `[${text}, x]`,
      (text) => `{"image":"${text}"}`,
    );
    fc.assert(
      fc.property(reference, around, (text, wrap) => assert.deepEqual(references({ value: wrap(text) }), [text])),
    );
  });

  it("of the operators' rendered charts are all found (corpus)", function () {
    needFile(this, corpus);
    const expected: Record<string, string[]> = {
      "trivy-operator": [
        "ghcr.io/aquasecurity/node-collector:0.3.1",
        "mirror.gcr.io/aquasec/trivy-checks:1",
        "mirror.gcr.io/aquasec/trivy-db",
        "mirror.gcr.io/aquasec/trivy:0.72.0",
      ],
      "kube-prometheus-stack": [
        "quay.io/thanos/thanos:v0.42.4",
        "quay.io/prometheus/alertmanager:v0.34.0",
        "docker.io/grafana/grafana:13.2.0",
      ],
      falco: ["ghcr.io/falcosecurity/plugins/plugin/container:0.7.1", "docker.io/falcosecurity/falco:0.44.1"],
      velero: ["docker.io/velero/velero-plugin-for-aws:v1.14.0"],
    };
    for (const [name, images] of Object.entries(expected)) {
      const text = fs.readFileSync(path.join(corpus, name, "hardened.yaml"), "utf8");
      const found = new Set(parseAllDocuments(text).flatMap((document) => references(document.toJS())));
      for (const image of images) assert.ok(found.has(image), `${name}: ${image}`);
    }
  });
});
