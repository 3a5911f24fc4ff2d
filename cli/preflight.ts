import * as fs from "node:fs";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { z } from "zod";
import { discover } from "../components/cluster/discover";
import { preflight } from "../components/cluster/facts";
import { expectationsOf } from "../components/expectations";
import { ConfigError } from "../config/errors";
import { parseConfig, stackValues } from "../config/load";

const PROJECT = "mijnbureau-platform";
const USAGE = `Usage: npm run preflight -- --stack <stack>

Checks Pulumi.<stack>.yaml, then whether its cluster can carry the platform. Changes nothing.
Exit: 0 it can, 1 it cannot, 2 wrong use.
`;

const stackFile = z.object({ config: z.record(z.string(), z.unknown()) });

async function main(args: string[]): Promise<number> {
  const { stack } = parseArgs({ args, options: { stack: { type: "string", short: "s" } } }).values;
  if (stack === undefined) {
    console.error(USAGE);
    return 2;
  }
  const config = parseConfig(readStack(stack));
  console.log(`Pulumi.${stack}.yaml: valid`);
  const facts = await discover(config.cluster);
  const { errors, warnings } = preflight(expectationsOf(config), facts);
  console.log(`cluster: Kubernetes ${facts.version}, ${facts.nodes.length} nodes`);
  for (const warning of warnings) console.log(`warning: ${warning}`);
  for (const error of errors) console.log(`error: ${error}`);
  console.log(
    errors.length === 0 ? "The cluster can carry the platform." : "The cluster cannot carry the platform yet.",
  );
  return errors.length === 0 ? 0 : 1;
}

function readStack(stack: string): Record<string, unknown> {
  const file = `Pulumi.${stack}.yaml`;
  if (!fs.existsSync(file)) {
    const known = fs.readdirSync(".").flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
    throw new ConfigError([`--stack: "${stack}" has no ${file} here. There are: ${known.join(", ")}`]);
  }
  const { config } = stackFile.parse(parse(fs.readFileSync(file, "utf8")));
  const values = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return stackValues(PROJECT, Object.fromEntries(values));
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    const known = error instanceof ConfigError || (error instanceof TypeError && "code" in error);
    console.error(known ? `${error.message}${error instanceof ConfigError ? "" : `\n\n${USAGE}`}` : error);
    process.exitCode = error instanceof ConfigError ? 1 : 2;
  },
);
