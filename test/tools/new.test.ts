import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { copyOfProject } from "../support/copy";

interface Kind {
  readonly args: readonly string[];
  /** The places that it may touch. */
  readonly own: RegExp;
  /** What `npm test` is asked for. */
  readonly tests: readonly string[];
}

const OPERATOR = "image-cleaner";

const kinds: Readonly<Record<string, Kind>> = {
  operator: {
    args: ["operator", OPERATOR, "--chart", `https://charts.example.nl/${OPERATOR}-1.2.3.tgz`],
    own: new RegExp(
      `^(components/operators|test/charts)/${OPERATOR}/|^docs/runbooks/${OPERATOR}-down\\.md$` +
        "|^(charts\\.lock|components/charts/recorded-keys)\\.json$",
    ),
    tests: [
      OPERATOR,
      "components/charts",
      "components/monitoring/alerts",
      ...["places", "laws", "flows", "scan"].map((name) => `components/operators/${name}`),
    ],
  },
  rule: {
    args: ["rule", "workload/standard-input"],
    own: /^policypack\/rules\/workload\/standard-input\./,
    tests: ["workload/standard-input", "policypack/rules-workload"],
  },
  app: {
    args: ["app", "whiteboard"],
    own: /^suite\/apps\//,
    tests: ["suite", "components/network/flows", "components/operators/details", "components/namespace"],
  },
  region: {
    args: ["region", "nl-east"],
    own: /^config\/region-facts\.json$|^Pulumi\.(acc|prod)-nl-east\.yaml$/,
    tests: ["config/schema"],
  },
};

describe("npm run new", function () {
  this.timeout(900_000);
  let folder = "";
  const touched = new Map<string, string[]>();
  let pages: string[] = [];

  const npm = (...args: string[]) => spawnSync("npm", ["run", "--silent", ...args], { cwd: folder, encoding: "utf8" });
  const done = ({ status, stdout, stderr }: ReturnType<typeof npm>): void => {
    assert.equal(status, 0, `${stdout.slice(-4000)}\n${stderr.slice(-4000)}`);
  };
  /** Files that are new or changed since the last time. */
  const changes = (): string[] => {
    const git = (...args: string[]): string => execFileSync("git", args, { cwd: folder, encoding: "utf8" });
    const status = git("status", "--porcelain", "--untracked-files=all", "-z", "--no-renames");
    git("add", "--all");
    git("-c", "user.name=test", "-c", "user.email=test@example.nl", "commit", "--quiet", "--message", "next");
    return status.split("\0").flatMap((line) => (line === "" ? [] : [line.slice(3)]));
  };

  before(() => {
    folder = copyOfProject("new");
    changes();
    for (const [kind, { args }] of Object.entries(kinds)) {
      done(npm("new", "--", ...args));
      touched.set(kind, changes());
    }
    done(npm("docs"));
    done(npm("snapshots"));
    pages = changes();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [kind, { own }] of Object.entries(kinds)) {
    it(`${kind}: touches its own place only`, () => {
      const files = touched.get(kind) ?? [];
      assert.ok(files.length > 1, `${kind}: ${files.join(", ")}`);
      assert.deepEqual(
        files.filter((file) => !own.test(file)),
        [],
      );
    });
  }

  it("leaves pages and snapshots to the commands that make them, which touch nothing else", () => {
    assert.ok(pages.includes(`docs/operators/${OPERATOR}.md`), pages.join("\n"));
    assert.deepEqual(
      pages.filter((file) => !/^(docs|test\/snapshots)\//.test(file)),
      [],
    );
  });

  it("makes what the compiler, the linter and the formatter accept", () => {
    const files = [...touched.values()].flat();
    const code = files.filter((file) => file.endsWith(".ts"));
    done(npm("typecheck"));
    done(spawnSync("npx", ["eslint", ...code], { cwd: folder, encoding: "utf8" }));
    done(spawnSync("npx", ["prettier", "--check", "--ignore-unknown", ...files], { cwd: folder, encoding: "utf8" }));
  });

  for (const [kind, { tests }] of Object.entries(kinds)) {
    it(`${kind}: passes the fast tests that concern it`, () => {
      const { status, stdout, stderr } = npm("test:fast", "--", ...tests);
      assert.equal(status, 0, `${stdout.slice(-4000)}\n${stderr.slice(-4000)}`);
      assert.match(stdout, /\d+ passing/);
    });
  }

  it("pages and snapshots are as they should be", () => {
    done(npm("test:fast", "--", "tools/docs", "snapshots/snapshots"));
  });

  it("refuses what is no kind, no name, or there already, and writes nothing", () => {
    const refused = (words: RegExp, ...args: string[]): void => {
      const { status, stderr } = npm("new", "--", ...args);
      assert.equal(status, 2);
      assert.match(stderr, words);
    };
    refused(/"fruit": is none of operator, rule, app, region/, "fruit", "apple");
    refused(/app "White Board": is not lower-case words with hyphens; example: /, "app", "White Board");
    refused(/rule "standard-input": is not <area>\/<rule>; areas: .*workload/, "rule", "standard-input");
    refused(/suite\/apps\/docs\.ts: there already; nothing was written/, "app", "docs");
    refused(/region "nl-west": is in config\/region-facts\.json already/, "region", "nl-west");
    refused(/--backup "mars": is no region; write one of .*nl-north/, "region", "nl-south", "--backup", "mars");
    refused(/--chart "x": is not the address of a package; example: https/, "operator", "x", "--chart", "x");
    refused(/--chart: is not for app/, "app", "x", "--chart", "x");
    assert.equal(execFileSync("git", ["status", "--porcelain"], { cwd: folder, encoding: "utf8" }), "");
  });
});
