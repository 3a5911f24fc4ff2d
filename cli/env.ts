import { clusterPaths, defaultClusterDir } from "../embedded/cluster/paths";
import { codeOf, explain } from "../lib/kube/errors";
import { defaultStateDir, pulumiEnv } from "../embedded/pulumi-env";
import { checkNode } from "../embedded/toolchain";
import { UserError } from "../lib/errors";

const USAGE = `Usage: eval "$(npm run -s env)"

Prints the variables with which pulumi, in this shell, works on the dev stack of npm start.
`;

async function variables(): Promise<Record<string, string>> {
  return {
    ...(await pulumiEnv(defaultStateDir(), { onProgress: (line) => console.error(`env: ${line}`) })),
    KUBECONFIG: clusterPaths(defaultClusterDir()).kubeconfig,
  };
}

const quote = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`;

async function main(args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    const asked = args.length === 1 && (args[0] === "--help" || args[0] === "-h");
    console.error(asked ? USAGE : `"${args.join(" ")}" is not understood.\n\n${USAGE}`);
    return asked ? 0 : 2;
  }
  checkNode();
  for (const [name, value] of Object.entries(await variables())) console.log(`export ${name}=${quote(value)}`);
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const expected = error instanceof UserError || codeOf(error) !== undefined;
    console.error(expected ? `env: ${explain(error)}` : error);
    process.exitCode = 1;
  },
);
