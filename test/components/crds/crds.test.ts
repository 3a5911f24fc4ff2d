import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import { ChartError, type ResolvedChart } from "../../../components/charts/chart";
import { chartLock } from "../../../components/charts/lock";
import { crdsIn, crdsOf } from "../../../components/crds/crds";
import { allChartFacts } from "../../../components/operators/frame/charts";
import { withoutDescriptions } from "../../../components/crds/strip";
import { needFile } from "../../support/needs";

const corpus = path.join(__dirname, "../../../../shared/corpus/operators");

function crd(schema: unknown, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.example.org", ...more },
    spec: { group: "example.org", versions: [{ name: "v1", schema: { openAPIV3Schema: schema } }] },
  };
}

function schemaOf(object: unknown): unknown {
  const [version] = withoutDescriptions(object).spec["versions"] as { schema: { openAPIV3Schema: unknown } }[];
  return version?.schema.openAPIV3Schema;
}

describe("CRDs without descriptions", () => {
  it("drops descriptions of schemas wherever they nest, and nothing else", () => {
    const schema = {
      description: "gone",
      type: "object",
      default: { description: "a default is data" },
      required: ["description"],
      properties: {
        description: { type: "string", description: "gone; the property itself stays", enum: ["description"] },
        properties: { type: "object", properties: { description: { type: "string", description: "gone" } } },
        list: { type: "array", items: { description: "gone", anyOf: [{ description: "gone", type: "string" }] } },
        map: { type: "object", additionalProperties: { description: "gone", not: { description: "gone" } } },
        open: { additionalProperties: true },
      },
    };
    assert.deepEqual(schemaOf(crd(schema)), {
      type: "object",
      default: { description: "a default is data" },
      required: ["description"],
      properties: {
        description: { type: "string", enum: ["description"] },
        properties: { type: "object", properties: { description: { type: "string" } } },
        list: { type: "array", items: { anyOf: [{ type: "string" }] } },
        map: { type: "object", additionalProperties: { not: {} } },
        open: { additionalProperties: true },
      },
    });
  });

  it("keeps a schema without descriptions as it is, with any property names", () => {
    const leaf = fc.record({ type: fc.constantFrom("string", "integer") }, { noNullPrototype: true });
    const name = fc.oneof(
      fc.constantFrom("description", "properties", "items", "default"),
      fc.stringMatching(/^[a-z]{1,6}$/),
    );
    const schema = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc
          .dictionary(name, tie("node"), { maxKeys: 3, noNullPrototype: true })
          .map((properties) => ({ type: "object", properties })),
        tie("node").map((items) => ({ type: "array", items })),
      ),
    })).node;
    fc.assert(fc.property(schema, (value) => assert.deepEqual(schemaOf(crd(value)), value)));
  });

  it("drops what Helm claims and what the API server would change, keeps other labels and annotations", () => {
    const stripped = withoutDescriptions({
      ...crd(
        { type: "object" },
        {
          creationTimestamp: null,
          labels: { "app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "x-1", "app.kubernetes.io/part-of": "x" },
          annotations: { "controller-gen.kubebuilder.io/version": "v0.20.0" },
        },
      ),
      status: { conditions: [] },
    });
    assert.deepEqual(stripped.metadata, {
      name: "things.example.org",
      labels: { "app.kubernetes.io/part-of": "x" },
      annotations: { "controller-gen.kubebuilder.io/version": "v0.20.0" },
    });
    assert.deepEqual(Object.keys(stripped).sort(), ["apiVersion", "kind", "metadata", "spec"]);
    assert.deepEqual(withoutDescriptions(crd({}, { annotations: {} })).metadata, { name: "things.example.org" });
  });

  it("refuses what is no CRD", () => {
    assert.throws(() => withoutDescriptions({ kind: "Pod", metadata: { name: "x" }, spec: {} }), /found kind "Pod"/);
    assert.throws(() => withoutDescriptions(null), /expected a CustomResourceDefinition, found null/);
  });

  it("carries every field that validates of the operators' real CRDs, in a fraction of their size", function () {
    needFile(this, corpus);
    this.timeout(60_000);
    const validating = (value: unknown): number => {
      if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + validating(item), 0);
      if (typeof value !== "object" || value === null) return 1;
      return Object.entries(value).reduce(
        (sum, [key, item]) => sum + (key === "description" && typeof item === "string" ? 0 : validating(item)),
        0,
      );
    };
    for (const name of ["kyverno", "external-secrets", "kube-prometheus-stack", "security-profiles-operator"]) {
      const text = fs.readFileSync(path.join(corpus, name, "crds.yaml"), "utf8");
      const originals = parseAllDocuments(text).flatMap((document) =>
        document.toJS() === null ? [] : [document.toJS() as { metadata: { name: string }; spec: unknown }],
      );
      const stripped = crdsIn(text, name);
      const nameOf = ({ metadata }: { metadata: { name?: string } }) => metadata.name;
      assert.deepEqual(stripped.map(nameOf), originals.map(nameOf));
      for (const [index, original] of originals.entries())
        assert.equal(validating(stripped[index]?.spec), validating(original.spec));
      const ratio = JSON.stringify(stripped).length / JSON.stringify(originals).length;
      assert.ok(ratio < 0.6, `${name} keeps ${(ratio * 100).toFixed(0)} %`);
    }
  });
});

describe("CRDs of a chart", () => {
  let root: string;
  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "crds-"));
  });
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

  const chart = (name: string, origin: ResolvedChart["origin"] = "verified"): ResolvedChart => ({
    name,
    version: "1.0.0",
    path: path.join(root, `${name}-1.0.0`),
    origin,
  });

  it("is known for every pinned chart, and for no other", () => {
    assert.deepEqual([...allChartFacts().keys()].sort(), [...chartLock.keys()].sort());
  });

  it("are read from plain files, sorted by name, other kinds left out", () => {
    const folder = path.join(root, "velero-1.0.0/crds");
    fs.mkdirSync(folder, { recursive: true });
    const named = (name: string) => JSON.stringify({ ...crd({ type: "object" }), metadata: { name } });
    fs.writeFileSync(
      path.join(folder, "b.yaml"),
      `${named("b.example.org")}\n---\n${JSON.stringify({ kind: "ConfigMap" })}\n`,
    );
    fs.writeFileSync(path.join(folder, "a.yaml"), named("a.example.org"));
    fs.writeFileSync(path.join(folder, "README.md"), "{ not yaml");
    assert.deepEqual(
      crdsOf(chart("velero")).map((found) => found.metadata.name),
      ["a.example.org", "b.example.org"],
    );
  });

  it("are read from what Helm rendered where they are templates", () => {
    const file = path.join(root, "kyverno-1.0.0.crds.json");
    assert.throws(
      () => crdsOf(chart("kyverno")),
      (error) => error instanceof ChartError && /npm run charts -- crds kyverno/.test(error.message),
    );
    fs.writeFileSync(
      file,
      JSON.stringify({ chart: "kyverno 1.0.0", crds: [crd({ type: "object", description: "gone" })] }),
    );
    assert.deepEqual(crdsOf(chart("kyverno")).map(schemaOf), [{ type: "object" }]);
    fs.writeFileSync(file, JSON.stringify({ chart: "kyverno 0.9.0", crds: [] }));
    assert.throws(() => crdsOf(chart("kyverno")), /damaged or of another version/);
    fs.writeFileSync(file, "{");
    assert.throws(() => crdsOf(chart("kyverno")), /damaged or of another version/);
  });

  it("convert nothing: kinds with a conversion webhook are served as they are stored", () => {
    const folder = path.join(root, "velero-1.0.0/crds");
    fs.mkdirSync(folder, { recursive: true });
    const version = (name: string, storage: boolean) => ({ name, served: true, storage, schema: {} });
    const versions = [version("v1alpha1", false), version("v1", true)];
    const kind = (name: string, conversion: object) => ({
      ...crd({}),
      metadata: { name },
      spec: { group: "example.org", conversion, versions },
    });
    const webhook = { strategy: "Webhook", webhook: { clientConfig: { service: { name: "w", namespace: "n" } } } };
    const files = [kind("converted.example.org", webhook), kind("plain.example.org", { strategy: "None" })];
    fs.writeFileSync(path.join(folder, "a.yaml"), files.map((file) => JSON.stringify(file)).join("\n---\n"));
    const [converted, plain] = crdsOf(chart("velero"));
    assert.deepEqual(converted?.spec, { group: "example.org", versions: [version("v1", true)] });
    assert.deepEqual(plain?.spec["versions"], versions);
  });

  it("name the file that is not YAML", () => {
    assert.throws(() => crdsIn("a: [", "velero/crds/x.yaml"), /velero\/crds\/x\.yaml: not valid YAML/);
  });

  it("read the bare = of YAML 1.2 as text", () => {
    const text =
      "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x.y}\nspec: {enum: [=, '!=']}\n";
    assert.deepEqual(crdsIn(text, "x")[0]?.spec, { enum: ["=", "!="] });
  });
});
