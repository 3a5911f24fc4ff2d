import { parseArgs } from "node:util";
import { discover } from "../components/cluster/discover";
import { preflight } from "../components/cluster/facts";
import { expectationsOf } from "../components/expectations";
import { ConfigError } from "../config/errors";
import { ChartsError } from "./charts/error";
import { stackConfig } from "./charts/stack-file";

const USAGE = `Usage: npm run preflight -- --stack <stack>

Checks Pulumi.<stack>.yaml, then whether its cluster can carry the platform. Changes nothing.
Exit: 0 it can, 1 it cannot, 2 wrong use.
`;

async function main(args: string[]): Promise<number> {
  const { stack } = parseArgs({ args, options: { stack: { type: "string", short: "s" } } }).values;
  if (stack === undefined) {
    console.error(USAGE);
    return 2;
  }
  const config = stackConfig(".", stack);
  console.log(`Pulumi.${stack}.yaml: valid`);
  const facts = await discover(config.cluster);
  const { errors, warnings } = preflight(expectationsOf(config, facts), facts);
  console.log(`cluster: Kubernetes ${facts.version}, ${facts.nodes.length} nodes`);
  for (const warning of warnings) console.log(`warning: ${warning}`);
  for (const error of errors) console.log(`error: ${error}`);
  console.log(
    errors.length === 0 ? "The cluster can carry the platform." : "The cluster cannot carry the platform yet.",
  );
  return errors.length === 0 ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const wrongUse = error instanceof TypeError && "code" in error;
    const known = error instanceof ConfigError || error instanceof ChartsError;
    console.error(wrongUse ? `${error.message}\n\n${USAGE}` : known ? error.message : error);
    process.exitCode = wrongUse ? 2 : 1;
  },
);
