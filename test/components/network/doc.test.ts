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
    const cells = networkPage()
      .split("\n")
      .filter((line) => line.startsWith("| ") && !line.startsWith("| from ") && !line.startsWith("| --- "))
      .map((line) => line.split(" | ")[3]?.replaceAll("&lt;", "<").replaceAll("\\*", "*").replaceAll("\\|", "|"));
    assert.deepEqual(cells.sort(), flows.map(({ why }) => why).sort());
  });
});
