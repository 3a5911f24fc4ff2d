import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { findHelm, helmTemplate, renderedObjects } from "../../cli/charts/helm";
import { stackConfig } from "../../components/stack-file";
import { chartCacheRoot } from "../../components/charts/cache";
import { resolveChart } from "../../components/charts/chart";
import { operatorFacts } from "../../components/operator-facts";
import { scanOperators } from "../../components/operators/frame/registry";
import { planOperators } from "../../components/operators/frame/stack";
import { measure, print, timed } from "./measure";

const STACK = "dev";

/** Whether `pulumi` in this shell works on a stack that is up: after `eval "$(npm run -s env)"`. */
function isUp(root: string): boolean {
  const shown = spawnSync("pulumi", ["stack", "export", "--stack", STACK], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1024 ** 3,
  });
  return shown.status === 0 && shown.stdout.includes("kubernetes:");
}

/** What the policy pack adds to a preview that changes nothing, its own start included. */
export function previews(root: string): void {
  if (!isUp(root)) {
    console.log('\nSKIPPED  previews: stack dev is not up; npm start, then eval "$(npm run -s env)" in this shell');
    return;
  }
  const preview = ["pulumi", "--cwd", root, "preview", "--stack", STACK];
  const contestants = [
    { name: "preview", command: preview },
    { name: "with the policy pack", command: [...preview, "--policy-pack", join(root, "policypack")] },
  ];
  print("pulumi preview of the whole stack, nothing to change (wanted: 1.1 with the pack)", measure(contestants, 3));
}

/** What each operator of the stack costs: planning, rendering its chart, and the resources that come of it. */
export async function operators(root: string): Promise<void> {
  const config = stackConfig(root, STACK);
  const none = { customResources: new Map<string, boolean>(), apiServices: new Map<string, boolean>() };
  const facts = operatorFacts(config, none);
  const source = {
    cacheRoot: chartCacheRoot(process.env, homedir()),
    standInRoot: join(root, "test", "charts"),
    environment: "dev" as const,
    allowUnverified: true,
  };
  const helm = await findHelm((line) => console.error(line));
  console.log(
    `\n${"operator".padEnd(28)}${["resources", "plan ms", "render ms"].map((text) => text.padStart(11)).join("")}`,
  );
  const planning = new Map<string, number>();
  const known = scanOperators().map((operator): typeof operator => ({
    ...operator,
    plan: (own, settings) => {
      const start = process.hrtime.bigint();
      const plan = operator.plan(own, settings);
      planning.set(operator.name, Number(process.hrtime.bigint() - start) / 1e6);
      return plan;
    },
  }));
  for (const { plan } of planOperators(config.operators, facts, known)) {
    let rendered = 0;
    const start = process.hrtime.bigint();
    if (plan.chart !== undefined) {
      const { entry, release, namespace, values } = plan.chart;
      const chart = resolveChart(entry, source).path;
      const text = await helmTemplate({ helm, chart, release, namespace, values: JSON.stringify(values) });
      rendered = renderedObjects(text, entry).length;
    }
    const rendering = Number(process.hrtime.bigint() - start) / 1e6;
    const resources = plan.before.length + rendered + plan.after.length;
    const cells = [resources, (planning.get(plan.operator) ?? 0).toFixed(1), rendering.toFixed(0)];
    console.log(plan.operator.padEnd(28) + cells.map((cell) => String(cell).padStart(11)).join(""));
  }
}

/** From nothing to a ready stack, and again where nothing is to do. Takes minutes, and replaces the embedded stack. */
export function wholeStack(root: string): void {
  const run = (...args: string[]): void => void spawnSync(process.execPath, args, { cwd: root, stdio: "ignore" });
  run("dist/cli/cluster.js", "reset");
  console.log(`\nfresh cluster to ready  ${timed(() => run("dist/cli/start.js")).toFixed(0)} s`);
  console.log(`nothing to do           ${timed(() => run("dist/cli/start.js")).toFixed(1)} s`);
}
