import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { networkPage } from "../../../components/network/doc";
import { flows } from "../../../suite/flows";

describe("docs/network.md", () => {
  it("is what the table says today; renew it with `npm run docs`", () => {
    const committed = readFileSync(join(__dirname, "..", "..", "..", "docs", "network.md"), "utf8");
    assert.equal(committed, networkPage());
  });

  it("has a row for every entry", () => {
    const rows = networkPage()
      .split("\n")
      .filter((line) => line.startsWith("| "));
    const headings = rows.filter((line) => line.startsWith("| from ") || line.startsWith("| --- "));
    assert.equal(rows.length - headings.length, flows.length);
  });
});
