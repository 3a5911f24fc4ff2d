import type { KnownBackup } from "../../components/recovery/choose";
import { coverage } from "../../components/recovery/coverage";
import { planFailover } from "../../components/recovery/failover";
import { planRestore } from "../../components/recovery/restore";
import { stackConfig } from "../../components/stack-file";
import { appKeys } from "../../suite/apps";

/** Most that each may take for the fourteen apps. */
const LIMIT_MS = 5000;

/** What is saved, and the plans of fourteen restores and of a failover, reading the stacks' files included. */
export function recovery(): void {
  const now = new Date();
  const backups = (namespace: string): KnownBackup[] =>
    Array.from({ length: 500 }, (_, index) => ({
      ...{ name: `suite-daily-${index}`, location: "default", phase: "Completed", namespaces: [namespace] },
      started: new Date(now.getTime() - index * 3_600_000),
    }));
  const stack = (name: string) => ({ name, config: stackConfig(".", name) });
  const parts: Readonly<Record<string, () => number>> = {
    coverage: () => coverage(stack("prod-nl-west").config).length,
    "plans of restores": () => {
      const { config } = stack("prod-nl-west");
      return appKeys.filter((app) => {
        const { namespace } = config.apps[app];
        const facts = {
          ...{ now, backups: backups(namespace), locations: [], namespaces: new Set([namespace]) },
          ...{ pods: 0, workloads: [], claims: [], running: [] },
        };
        return "plan" in planRestore(config, { app }, facts);
      }).length;
    },
    "plan of a failover": () => {
      const planned = planFailover(stack("prod-nl-north"), stack("prod-nl-west"));
      return "plan" in planned ? planned.plan.steps.length : 0;
    },
  };
  // The program itself is read once.
  stack("dev");
  console.log("\nRecovery, fourteen apps (limit 5 s each)");
  for (const [name, part] of Object.entries(parts)) {
    const began = performance.now();
    const made = part();
    const took = performance.now() - began;
    console.log(
      `${took > LIMIT_MS || made === 0 ? "OVER    " : "ok      "}  ${name}: ${made} in ${took.toFixed(0)} ms`,
    );
  }
}
