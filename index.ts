import * as pulumi from "@pulumi/pulumi";
import { discover } from "./components/cluster/discover";
import { preflight } from "./components/cluster/facts";
import { sender, webhooksAnswer as answers } from "./components/cluster/webhooks";
import { expectationsOf } from "./components/expectations";
import { establish } from "./components/installation";
import type { WebhooksAnswer } from "./components/operators/frame/operator-component";
import { Platform } from "./components/platform";
import { loadStack } from "./components/settings";
import { UserError } from "./lib/errors";

// Pulumi reads a stack trace of every resource and every promise (pulumi/pulumi, sdk/nodejs/runtime/debuggable.ts), and
// ts-node maps each to its source: an eighth of a preview. Only the one that is shown needs that.
const mapped = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace") ?? {};
Reflect.deleteProperty(Error, "prepareStackTrace");

async function main(): Promise<Record<string, unknown>> {
  const { config, folders } = loadStack();
  const facts = await discover(config.cluster);
  const send = sender(config.cluster);
  const { errors, warnings } = preflight(expectationsOf(config, facts), facts);
  const { provider, finish, ...installation } = await establish(config, facts, { send, errors });
  for (const warning of [...warnings, ...installation.warnings]) await pulumi.log.warn(warning);

  const webhooksAnswer: WebhooksAnswer = async (probes) => {
    if (pulumi.runtime.isDryRun()) return;
    await answers(probes, send, { report: (line) => void pulumi.log.info(line) }).catch(inOwnWords);
  };
  const args = { config, facts, folders, webhooksAnswer, keptSecrets: installation.keptSecrets };
  const platform = new Platform("platform", args, { providers: [provider] });
  finish(platform);
  return platform.outputs;
}

/** A user's mistake is printed as it is; only a defect of the program shows a stack trace. */
function inOwnWords(error: unknown): never {
  if (error instanceof UserError) throw new pulumi.RunError(error.message);
  Object.defineProperty(Error, "prepareStackTrace", mapped);
  throw error;
}

export = (): Promise<Record<string, unknown>> => main().catch(inOwnWords);
