/** `npm run new`: the files that a new operator, rule, app or region needs, as the types and the tests ask for them. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { regions } from "../../config/regions";
import { projectRoot } from "../../embedded/toolchain";
import { UserError } from "../../lib/errors";
import { newApp } from "./new/app";
import type { Change } from "./new/change";
import { newOperator } from "./new/operator";
import { newRegion } from "./new/region";
import { newRule } from "./new/rule";

const usage = `Usage: npm run new -- operator <name> [--chart https://…/<chart>-<version>.tgz]
       npm run new -- rule <area>/<rule>
       npm run new -- app <name>
       npm run new -- region <name> [--backup <region>]

Writes what the types and the tests ask for, and says what is left to fill in. Afterwards "npm run docs" and
"npm run snapshots" renew the pages and the snapshots.`;

const root = projectRoot();
const read = (file: string): string => fs.readFileSync(path.join(root, file), "utf8");

const areas = (): string[] =>
  fs
    .readdirSync(path.join(root, "policypack", "rules"), { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

interface Options {
  readonly chart?: string | undefined;
  readonly backup?: string | undefined;
}

const kinds: Readonly<Record<string, { readonly option?: keyof Options; make(name: string, given: Options): Change }>> =
  {
    operator: { option: "chart", make: (name, { chart }) => newOperator(name, chart, read) },
    rule: { make: (id) => newRule(id, areas()) },
    app: { make: newApp },
    region: {
      option: "backup",
      make: (name, { backup = "nl-north" }) => newRegion(name, backup, Object.keys(regions), read),
    },
  };

/** @throws a UserError where the arguments do not say what is to be made */
function changeOf(args: readonly string[]): Change {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { chart: { type: "string" }, backup: { type: "string" } },
  });
  const [kind = "", name, ...more] = positionals;
  const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (known === undefined) throw new UserError(`"${kind}": is none of ${Object.keys(kinds).join(", ")}\n\n${usage}`);
  if (name === undefined || more.length > 0) throw new UserError(`${kind}: one name is needed\n\n${usage}`);
  const foreign = Object.keys(values).find((option) => option !== known.option);
  if (foreign !== undefined) throw new UserError(`--${foreign}: is not for ${kind}\n\n${usage}`);
  return known.make(name, values);
}

function write({ files, edits, next }: Change): void {
  const there = Object.keys(files).filter((file) => fs.existsSync(path.join(root, file)));
  if (there.length > 0) throw new UserError(`${there.join(", ")}: there already; nothing was written`);
  const texts = {
    ...files,
    ...Object.fromEntries(Object.entries(edits).map(([file, edit]) => [file, edit(read(file))])),
  };
  for (const [file, text] of Object.entries(texts)) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), text);
  }
  const prettier = path.join(root, "node_modules", ".bin", "prettier");
  spawnSync(prettier, ["--write", "--ignore-unknown", "--log-level", "warn", ...Object.keys(texts)], {
    cwd: root,
    stdio: "inherit",
  });
  const said = [
    ...Object.keys(files).map((file) => `new      ${file}`),
    ...Object.keys(edits).map((file) => `changed  ${file}`),
    "",
    "To fill in:",
    ...next.map((each) => `  ${each}`),
    "Then: npm run docs && npm run snapshots, and npm run test:fast",
  ];
  console.log(said.join("\n"));
}

function main(args: readonly string[]): number {
  if (args.includes("--help")) {
    console.log(usage);
    return 0;
  }
  try {
    write(changeOf(args));
    return 0;
  } catch (error) {
    const expected = error instanceof UserError || (error instanceof TypeError && "code" in error);
    if (!expected) throw error;
    console.error(error instanceof TypeError ? `${error.message}\n\n${usage}` : error.message);
    return 2;
  }
}

if (require.main === module) process.exitCode = main(process.argv.slice(2));
