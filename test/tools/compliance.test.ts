import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../embedded/toolchain";

describe("what docs/compliance.md claims", () => {
  const rows = readFileSync(join(projectRoot(), "docs", "compliance.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !/^\| (theme|---)/.test(line))
    .map((line) => line.replace(/\s*\|$/, "").split(/\s+\| /));

  it("is a table with a claim in each row", () => {
    assert.ok(rows.length >= 6);
    for (const row of rows) assert.equal(row.length, 4, row.join());
  });

  for (const [theme = "", , , proofs = ""] of rows)
    it(`${theme.replace(/^\| /, "").trim()}: is held by what it names, by its words`, () => {
      for (const proof of proofs.split("; ")) {
        const [, file = "", words = ""] = /^`([^`]+)`: (.+)$/.exec(proof.trim()) ?? [];
        assert.ok(file !== "" && existsSync(join(projectRoot(), file)), `${proof}: there is no such file`);
        const text = readFileSync(join(projectRoot(), file), "utf8");
        assert.ok(words.length > 10 && text.includes(words), `${file} does not say "${words}"`);
      }
    });
});
