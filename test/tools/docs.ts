/** `npm run docs`: writes the generated pages under docs/. With `--check` it only tells which are stale. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { networkPage } from "../../components/network/doc";
import { loadRules } from "../../policypack/engine/load";
import { attackPage } from "./attack-page";
import { configurationPage } from "./configuration";
import { operatorPages } from "./operator-pages";
import { reachDocument } from "./reach";
import { rulePages } from "./rule-pages";
import { secretKeysPage } from "./secret-keys-page";

const projectRoot = join(__dirname, "..", "..");

export const docsDirectory = join(projectRoot, "docs");

/** Folders under docs/ in which everything is generated. */
const generated = ["operators", "rules"];

/** Every generated page by its path under docs/. */
export function pages(): ReadonlyMap<string, string> {
  return new Map([
    ...rulePages(loadRules()),
    ...operatorPages(projectRoot),
    ["attacks.md", attackPage()],
    ["configuration.md", configurationPage()],
    ["network.md", networkPage()],
    ["operations/secret-keys.md", secretKeysPage()],
    ["reach.md", reachDocument()],
  ]);
}

/** Pages of rules and operators that no longer exist. */
function leftovers(current: ReadonlyMap<string, string>): readonly string[] {
  return generated.flatMap((folder) => {
    const directory = join(docsDirectory, folder);
    if (!existsSync(directory)) return [];
    return readdirSync(directory, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(folder, name))
      .filter((name) => !current.has(name));
  });
}

/** The paths under docs/ that are missing, differ from what is generated, or are no longer generated. */
export function stale(current: ReadonlyMap<string, string> = pages()): readonly string[] {
  const differing = [...current].filter(([name, text]) => {
    const file = join(docsDirectory, name);
    return !existsSync(file) || readFileSync(file, "utf8") !== text;
  });
  return [...differing.map(([name]) => name), ...leftovers(current)];
}

function write(current: ReadonlyMap<string, string>): void {
  for (const name of leftovers(current)) rmSync(join(docsDirectory, name));
  for (const [name, text] of current) {
    const file = join(docsDirectory, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

if (require.main === module) {
  const current = pages();
  const old = stale(current);
  if (process.argv.includes("--check")) {
    for (const name of old) console.error(`docs/${name} is not current`);
    if (old.length > 0) console.error('Run "npm run docs" and commit what it writes.');
    process.exitCode = old.length === 0 ? 0 : 1;
  } else {
    write(current);
    console.log(`${current.size} pages, ${old.length} of them changed`);
  }
}
