import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { projectRoot } from "../../embedded/toolchain";

const root = projectRoot();
const page = fs.readFileSync(path.join(root, "CONTRIBUTING.md"), "utf8");
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
}).split("\n");

/** Code spans of one line. */
const spans = [...page.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);

describe("CONTRIBUTING.md", () => {
  it("names files and folders that there are", () => {
    const named = spans.filter((span) => /^[\w./<>-]+$/.test(span) && span.includes("/"));
    const gone = named.filter((span) => {
      const pattern = span
        .split(/<[a-z]+>/)
        .map((text) => text.replaceAll(".", "\\."))
        .join("[\\w-]+");
      return !files.some((file) => new RegExp(`^${pattern}${span.endsWith("/") ? "" : "$"}`).test(file));
    });
    assert.ok(named.length > 10);
    assert.deepEqual(gone, []);
  });

  it("names commands that there are", () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")));
    const named = [...page.matchAll(/npm run ([\w:-]+)/g)].map(([, name = ""]) => name);
    assert.ok(named.length > 5);
    assert.deepEqual(
      named.filter((name) => scripts[name] === undefined),
      [],
    );
  });

  it("has a row for every room that the linter knows", () => {
    const rooms = [...page.matchAll(/^\| `([a-z]+)\/` /gm)].map(([, room = ""]) => room).sort();
    const config = fs.readFileSync(path.join(root, ".dependency-cruiser.cjs"), "utf8");
    const known = fs
      .readdirSync(root, { withFileTypes: true })
      .flatMap((entry) => (entry.isDirectory() && config.includes(`${entry.name}/`) ? [entry.name] : []));
    assert.deepEqual(rooms, known.filter((name) => name !== "test").sort());
  });

  it("explains each word once", () => {
    const words = [...page.slice(page.indexOf("## Words")).matchAll(/^\| ([a-z][a-z-]+) +\|/gm)].map(
      ([, word = ""]) => word,
    );
    assert.ok(words.includes("flow"));
    assert.deepEqual([...new Set(words)], words);
  });
});
