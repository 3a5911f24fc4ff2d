import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadDocuments, parseManifests } from "../../../cli/verify/documents";
import { assertMatches } from "../../support/match";

const configMap = (name: string, more = ""): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}`;

describe("manifests", () => {
  it("come from every file of a directory, in order, with their place", () => {
    const folder = mkdtempSync(join(tmpdir(), "manifests-"));
    try {
      mkdirSync(join(folder, "docs", "templates"), { recursive: true });
      writeFileSync(join(folder, "docs", "templates", "a.yaml"), `${configMap("one")}---\n---\n${configMap("two")}`);
      writeFileSync(
        join(folder, "b.json"),
        JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name: "x" } }),
      );
      writeFileSync(join(folder, "NOTES.txt"), "not a manifest");
      const { documents, problems } = loadDocuments([folder]);
      assert.deepEqual(problems, []);
      assert.deepEqual(
        documents.map(({ file, index, object }) => [file, index, object.metadata.name]),
        [
          ["b.json", 0, "x"],
          ["docs/templates/a.yaml", 0, "one"],
          ["docs/templates/a.yaml", 2, "two"],
        ],
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("are taken out of Lists, however deep", () => {
    const inner = {
      apiVersion: "v1",
      kind: "ConfigMapList",
      items: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "deep" } }],
    };
    const text = JSON.stringify({ apiVersion: "v1", kind: "List", items: [inner] });
    assert.deepEqual(
      parseManifests(text, "f").documents.map(({ object }) => object.metadata.name),
      ["deep"],
    );
  });

  it("are read as the API server's tools read YAML", () => {
    const [document] = parseManifests(
      `${configMap("x")}  labels:\n    one: a\n    one: b\nmode: 0644\non: yes\ntime: 12:30:00\nday: 2026-01-02\n`,
      "f",
    ).documents;
    assert.deepEqual(document?.object.metadata.labels, { one: "b" });
    assert.equal(document?.object["mode"], 420);
    assert.equal(document?.object["time"], "12:30:00");
    assert.equal(document?.object["day"], "2026-01-02");
  });

  it("lose empty metadata fields, which templates leave behind", () => {
    const [document] = parseManifests(configMap("x", "  namespace: null\n  annotations:\n"), "f").documents;
    assert.deepEqual(document?.object.metadata, { name: "x" });
  });

  it("that are broken are named, and the rest is read", () => {
    const { documents, problems } = parseManifests(`${configMap("good")}---\nkind: Thing\n---\na: [1\n`, "file.yaml");
    assert.deepEqual(
      documents.map(({ object }) => object.metadata.name),
      ["good"],
    );
    assertMatches(problems, [
      /file\.yaml, document 1: is not a Kubernetes object/,
      /file\.yaml, document 2: is not YAML/,
    ]);
  });

  it("that are not there are a problem, not a crash", () => {
    const { documents, problems } = loadDocuments(["/nowhere/at/all"]);
    assert.deepEqual(documents, []);
    assert.match(problems[0] ?? "", /\/nowhere\/at\/all: cannot be read/);
  });
});
