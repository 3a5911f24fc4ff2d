import { join } from "node:path";
import { clusterPaths, defaultClusterDir } from "../embedded/cluster/paths";
import { codeOf, explain } from "../embedded/cluster/errors";
import { defaultStateDir, pulumiEnv } from "../embedded/pulumi-env";
import { ToolchainError, checkNode } from "../embedded/toolchain";

const USAGE = `Usage: eval "$(npm run -s env)"

Prints the variables with which pulumi, in this shell, works on the dev stack of npm start.
`;

/** As a file: what is printed may end in a terminal's history, and the passphrase opens the stack's secrets. */
async function variables(): Promise<Record<string, string>> {
  const state = defaultStateDir();
  const env = await pulumiEnv(state, { onProgress: (line) => console.error(`env: ${line}`) });
  const rest = Object.entries(env).filter(([name]) => name !== "PULUMI_CONFIG_PASSPHRASE");
  return {
    ...Object.fromEntries(rest),
    PULUMI_CONFIG_PASSPHRASE_FILE: join(state, "passphrase"),
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
  // An inherited passphrase would win over the file.
  console.log("unset PULUMI_CONFIG_PASSPHRASE");
  for (const [name, value] of Object.entries(await variables())) console.log(`export ${name}=${quote(value)}`);
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const expected = error instanceof ToolchainError || codeOf(error) !== undefined;
    console.error(expected ? `env: ${explain(error)}` : error);
    process.exitCode = 1;
  },
);
