import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ChartError } from "./components/charts/chart";
import { discover } from "./components/cluster/discover";
import { preflight } from "./components/cluster/facts";
import { sender, webhooksAnswer } from "./components/cluster/webhooks";
import { expectationsOf } from "./components/expectations";
import type { WebhookProbe } from "./components/operators/lib/webhooks";
import { Platform } from "./components/platform";
import { ConfigError } from "./config/errors";
import { loadStack } from "./config/load";

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
  const answer = async (probes: readonly WebhookProbe[]): Promise<void> => {
    if (!pulumi.runtime.isDryRun()) await webhooksAnswer(probes, await sender(cluster)).catch(inOwnWords);
  };
  const args = { config, facts, folders, webhooksAnswer: answer };
  const platform = new Platform("platform", args, { providers: [provider] });
  return platform.outputs;
}

/** A user's mistake is printed as it is; only a defect of the program shows a stack trace. */
function inOwnWords(error: unknown): never {
  if (error instanceof ConfigError || error instanceof ChartError) throw new pulumi.RunError(error.message);
  Object.defineProperty(Error, "prepareStackTrace", mapped);
  throw error;
}

export = (): Promise<Record<string, unknown>> => main().catch(inOwnWords);
