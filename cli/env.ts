import { clusterPaths, defaultClusterDir } from "../embedded/cluster/paths";
import { defaultStateDir, pulumiEnv } from "../embedded/pulumi-env";
import { checkNode } from "../embedded/toolchain";
import { main, noOperands, parseOptions, type Command, type ExitStatus } from "./command";

const USAGE = `Usage: eval "$(npm run -s env)"

Prints the variables with which pulumi, in this shell, works on the dev stack of npm start.

  --json   as one object, for programs
`;

async function variables(): Promise<Record<string, string>> {
  return {
    ...(await pulumiEnv(defaultStateDir(), { onProgress: (line) => console.error(`env: ${line}`) })),
    KUBECONFIG: clusterPaths(defaultClusterDir()).kubeconfig,
  };
}

const quote = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`;

async function run(args: readonly string[]): Promise<ExitStatus> {
  const { values, positionals } = parseOptions(args, { json: { type: "boolean", default: false } });
  noOperands(positionals);
  checkNode();
  const all = await variables();
  if (values.json) console.log(JSON.stringify(all, undefined, 2));
  else for (const [name, value] of Object.entries(all)) console.log(`export ${name}=${quote(value)}`);
  return 0;
}

export const command: Command = {
  name: "env",
  summary: "variables with which pulumi and kubectl work on the stack of `start`",
  usage: USAGE,
  run,
};

if (require.main === module) main(command);
