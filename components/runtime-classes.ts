import { z } from "zod";
import { appKeys } from "../suite/apps";
import type { LoadedConfig } from "../config/load";
import { sandboxes, type Sandbox } from "./operators/sandboxes";

type Given = Pick<LoadedConfig, "apps" | "cluster" | "operators">;

const offered = z.looseObject({
  enabled: z.boolean(),
  offer: z.array(z.string()).default([]),
  nodeSelectors: z.record(z.string(), z.record(z.string(), z.string())).default({}),
});
const installed = z.looseObject({ enabled: z.boolean(), hardware: z.array(z.string()).default([]) });

/** What nodes must have for a RuntimeClass. */
interface OnNodes {
  readonly handler: string;
  /** Labels by which its pods find them; absent: the class is the cluster's own. */
  readonly nodeSelector?: Readonly<Record<string, string>>;
}

/** RuntimeClasses that pods of the stack can name, each with what nodes have already; nothing: it is installed. */
function runtimeClassesOf({ cluster, operators }: Given): Map<string, OnNodes | undefined> {
  const known = new Map<string, OnNodes | undefined>(
    Object.entries(cluster.runtimeClasses).map(([name, handler]) => [name, { handler }]),
  );
  const { enabled, offer, nodeSelectors } = offered.parse(operators["sandboxes"] ?? { enabled: false });
  const all: Readonly<Record<string, Sandbox>> = sandboxes;
  for (const name of enabled ? offer : []) {
    const sandbox = all[name];
    if (sandbox === undefined) continue;
    const { runtimeClass, handler, nodeSelector } = sandbox;
    known.set(runtimeClass, { handler, nodeSelector: nodeSelectors[name] ?? nodeSelector });
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
export function neededHandlers(config: Given): (OnNodes & { readonly key: string })[] {
  const known = runtimeClassesOf(config);
  return appKeys.flatMap((key) => {
    const { enabled, runtimeClass } = config.apps[key];
    const onNodes = runtimeClass === undefined ? undefined : known.get(runtimeClass);
    return !enabled || onNodes === undefined ? [] : [{ key: `apps.${key}.runtimeClass`, ...onNodes }];
  });
}
