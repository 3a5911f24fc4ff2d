import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { discover } from "./components/cluster/discover";
import { preflight } from "./components/cluster/facts";
import { expectationsOf } from "./components/expectations";
import { Platform } from "./components/platform";
import { ConfigError } from "./config/errors";
import { loadStack } from "./components/settings";
import { UserError } from "./lib/errors";

// Pulumi reads a stack trace of every resource and every promise (pulumi/pulumi, sdk/nodejs/runtime/debuggable.ts), and
// ts-node maps each to its source: an eighth of a preview. Only the one that is shown needs that.
const mapped = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace") ?? {};
Reflect.deleteProperty(Error, "prepareStackTrace");

async function main(): Promise<Record<string, unknown>> {
  const { config, folders } = loadStack();
  const { cluster } = config;
  const facts = await discover(cluster);
  const { errors, warnings } = preflight(expectationsOf(config), facts);
  if (errors.length > 0) throw new ConfigError(errors);
  for (const warning of warnings) await pulumi.log.warn(warning);

  const provider = new k8s.Provider("cluster", {
    ...(cluster.kubeconfig === undefined ? {} : { kubeconfig: cluster.kubeconfig }),
    ...(cluster.context === undefined ? {} : { context: cluster.context }),
    // Without it, a renewed kubeconfig could be taken for another cluster and everything replaced.
    clusterIdentifier: `${config.environment}-${config.region}`,
    enableServerSideApply: true,
    suppressHelmHookWarnings: true,
  });
  const platform = new Platform("platform", { config, facts, folders }, { providers: [provider] });
  return platform.outputs;
}

// A user's mistake is printed as it is; only a defect of the program shows a stack trace.
export = async (): Promise<Record<string, unknown>> => {
  try {
    return await main();
  } catch (error) {
    if (error instanceof UserError) throw new pulumi.RunError(error.message);
    Object.defineProperty(Error, "prepareStackTrace", mapped);
    throw error;
  }
};
