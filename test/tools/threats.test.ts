import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../embedded/toolchain";

const folder = join(projectRoot(), "docs", "threats");

describe("the threat model", () => {
  const pages = readdirSync(folder).filter((page) => page !== "README.md");

  it("has a page for each boundary, all of them listed", () => {
    const index = readFileSync(join(folder, "README.md"), "utf8");
    assert.ok(pages.length >= 6);
    for (const page of pages) assert.ok(index.includes(`(${page})`), page);
  });

  for (const page of pages) {
    it(`${page}: each row names a test that is there, by its words`, () => {
      const rows = readFileSync(join(folder, page), "utf8")
        .split("\n")
        .filter((line) => line.startsWith("| ") && !/^\| (threat|---)/.test(line))
        .map((line) => line.split(" | ").at(-1)?.replace(/ \|$/, "") ?? "");
      assert.ok(rows.length >= 3);
      for (const row of rows) {
        const [, file = "", words = ""] = /^`([^`]+)`: (.+)$/.exec(row.trim()) ?? [];
        assert.ok(existsSync(join(projectRoot(), file)), `${row}: there is no such test`);
        const text = readFileSync(join(projectRoot(), file), "utf8");
        assert.ok(words.length > 10 && text.includes(words), `${file} does not say "${words}"`);
      }
    });
  }
});
