import assert from "node:assert/strict";
import { loadRules } from "../../policypack/engine/load";
import { pages, stale } from "./docs";

describe("generated pages", () => {
  it("are current", () => {
    assert.deepEqual(stale(), [], 'run "npm run docs" and commit what it writes');
  });

  it("cover every rule, each linked from the index", () => {
    const all = pages();
    const index = all.get("rules/README.md") ?? "";
    for (const { id } of loadRules()) {
      assert.ok(all.has(`rules/${id}.md`), id);
      assert.ok(index.includes(`(${id}.md)`), id);
    }
  });

  it("are told apart from what is written", () => {
    const [name = ""] = pages().keys();
    assert.ok(stale(new Map([...pages(), [name, "other"]])).includes(name));
  });
});
