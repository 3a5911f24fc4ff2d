import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { scanOperators } from "../../components/operators/frame/registry";
import { loadRules } from "../../policypack/engine/load";
import { docsDirectory, pages, stale } from "./docs";

describe("generated pages", () => {
  it("are current", () => {
    assert.deepEqual(stale(), [], 'run "npm run docs" and commit what it writes');
  });

  it("have a row for every rule, in its area's page, linked from the index", () => {
    const all = pages();
    const index = all.get("rules/README.md") ?? "";
    const rows = [...all]
      .filter(([page]) => page.startsWith("rules/") && page !== "rules/README.md")
      .flatMap(([page, text]) =>
        [...text.matchAll(/^\| <a id="([^"]+)"><\/a>`([^`]+)` \| (.*) \|$/gm)].map(([, anchor, id = "", rest = ""]) => {
          const [asks, severity, , baseline, mijnbureau, strict] = rest.split(/ \| /);
          return { page: `${page}#${anchor ?? ""}`, id, asks, severity, levels: { baseline, mijnbureau, strict } };
        }),
      );
    const expected = loadRules().map(({ id, definition: { title, severity, levels } }) => ({
      page: `rules/${id.replace("/", ".md#")}`,
      id,
      asks: title.replaceAll("<", "&lt;"),
      severity,
      levels,
    }));
    assert.deepEqual(rows, expected);
    for (const { page } of rows) assert.ok(index.includes(`(${page.replace("rules/", "")})`), page);
  });

  it("name in the row of a rule the controls and the other scanners' checks that it answers", () => {
    const row = /^.*id="privileged-containers".*$/m.exec(pages().get("rules/pod-security.md") ?? "")?.[0] ?? "";
    for (const id of ["CKV_K8S_16", "KSV-0017", "disallow-privileged-containers"]) assert.ok(row.includes(id), id);
  });

  it("cover every operator, each linked from the index and from its settings", () => {
    const all = pages();
    const [index, configuration] = [all.get("operators/README.md") ?? "", all.get("configuration.md") ?? ""];
    for (const { name } of scanOperators()) {
      assert.ok(all.has(`operators/${name}.md`), name);
      assert.ok(index.includes(`(${name}.md)`), name);
      assert.ok(configuration.includes(`(operators/${name}.md)`), name);
    }
  });

  it("say of every operator what it leaves to the cluster's owner, and why its namespaces are not restricted", () => {
    const all = pages();
    for (const operator of scanOperators()) {
      const text = all.get(`operators/${operator.name}.md`) ?? "";
      for (const duty of operator.duties) assert.ok(text.includes(`- ${duty}`), `${operator.name}: ${duty}`);
    }
    assert.match(all.get("operators/falco.md") ?? "", /\| `falco` \| privileged \| Host paths/);
    assert.match(all.get("operators/falco.md") ?? "", /\(\.\.\/runbooks\/falco-drops-events\.md\)/);
    assert.match(all.get("operators/kube-bench.md") ?? "", /\(\.\.\/runbooks\/kube-bench-missing\.md\)/);
  });

  it("link only to pages that there are", () => {
    const all = pages();
    for (const [name, text] of all) {
      for (const [, link = ""] of text.matchAll(/\]\(([^)#:]+\.md)\)/g)) {
        const target = join(dirname(name), link);
        assert.ok(all.has(target) || existsSync(join(docsDirectory, target)), `docs/${name}: ${link}`);
      }
    }
  });

  it("have a row for every operator's switch, and for the keys inside records, lists and alternatives", () => {
    const configuration = pages().get("configuration.md") ?? "";
    for (const { name, prerequisite } of scanOperators()) {
      const key = prerequisite === undefined ? "enabled" : "install";
      assert.ok(configuration.includes(`| \`operators.${name}.${key}\` |`), name);
    }
    for (const key of [
      "policies.rules.<name>.level",
      "policies.rules.<name>.parameters",
      "policies.rules.<name>.reason",
      "policies.exemptions[].expires",
      "operators.alloy.central.url",
      "operators.velero.storage.encryption.keyId",
    ]) {
      assert.match(configuration, new RegExp(`\\| \`${key.replace(/[[\].]/g, "\\$&")}\` \\| [^|]+ \\|`), key);
    }
  });

  it("are told apart from what is written", () => {
    const [name = ""] = pages().keys();
    assert.ok(stale(new Map([...pages(), [name, "other"]])).includes(name));
  });
});
