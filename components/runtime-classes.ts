import { z } from "zod";
import { appKeys } from "../suite/apps";
import type { LoadedConfig } from "../config/load";
import { sandboxes, type Sandbox } from "./operators/sandboxes";

type Given = Pick<LoadedConfig, "apps" | "cluster" | "operators">;

const offered = z.looseObject({ enabled: z.boolean(), offer: z.array(z.string()).default([]) });
const installed = z.looseObject({ enabled: z.boolean(), hardware: z.array(z.string()).default([]) });

/** RuntimeClasses that pods of the stack can name, each with the handler that nodes have already; none: it is installed. */
function runtimeClassesOf({ cluster, operators }: Given): Map<string, string | undefined> {
  const known = new Map<string, string | undefined>(Object.entries(cluster.runtimeClasses));
  const { enabled, offer } = offered.parse(operators["sandboxes"] ?? { enabled: false });
  const all: Readonly<Record<string, Sandbox>> = sandboxes;
  for (const sandbox of enabled ? offer.flatMap((name) => all[name] ?? []) : []) {
    known.set(sandbox.runtimeClass, sandbox.handler);
  }
  if (installed.parse(operators["kata-deploy"] ?? { enabled: false }).enabled) known.set("kata-qemu", undefined);
  const confidential = installed.parse(operators["confidential-containers"] ?? { enabled: false });
  for (const name of confidential.enabled ? confidential.hardware : []) known.set(`kata-qemu-${name}`, undefined);
  return known;
}

/** Apps whose RuntimeClass nobody makes: their pods would be refused when they start. */
export function runtimeClassProblems(config: Given): string[] {
  const known = runtimeClassesOf(config);
  return appKeys.flatMap((key) => {
    const { enabled, runtimeClass } = config.apps[key];
    if (!enabled || runtimeClass === undefined || known.has(runtimeClass)) return [];
    return [
      `apps.${key}.runtimeClass: "${runtimeClass}" is no class of this stack; it has ${[...known.keys()].sort().join(", ") || "none"}. ` +
        "Add its sandbox to operators.sandboxes.offer, or name a class that the cluster has of its own with its handler in cluster.runtimeClasses",
    ];
  });
}

/** Handlers that nodes must have for the apps of the stack, each with the key that asks for it. */
export function neededHandlers(config: Given): { readonly key: string; readonly handler: string }[] {
  const known = runtimeClassesOf(config);
  return appKeys.flatMap((key) => {
    const { enabled, runtimeClass } = config.apps[key];
    const handler = runtimeClass === undefined ? undefined : known.get(runtimeClass);
    return !enabled || handler === undefined ? [] : [{ key: `apps.${key}.runtimeClass`, handler }];
  });
}
