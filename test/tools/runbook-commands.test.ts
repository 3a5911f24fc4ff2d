import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import * as os from "node:os";
import { join } from "node:path";
import { planObjects } from "../../cli/report/plan-objects";
import { chartCacheRoot } from "../../components/charts/cache";
import { chartLock } from "../../components/charts/lock";
import { parseConfig } from "../../components/settings";
import { stackConfig, stackKeys, stackPlan } from "../../components/stack-file";
import { findTools, projectRoot } from "../../embedded/toolchain";
import { asObject, asObjects, asString, at } from "../../lib/json";
import type { StackObject } from "../../policypack/engine/stack";
import { variants } from "../snapshots/variants";
import { needCharts, needTools } from "../support/needs";

const folder = join(projectRoot(), "docs", "runbooks");
const STACK = "prod-nl-north";
const KINDS: Readonly<Record<string, string>> = {
  deploy: "apps/Deployment",
  sts: "apps/StatefulSet",
  ds: "apps/DaemonSet",
  cronjob: "batch/CronJob",
};

interface Named {
  readonly page: string;
  readonly command: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

/** Every `kubectl -n <namespace> … <kind>/<name>` of the runbooks; what is left to the reader (`<…>`) is not named. */
function named(): Named[] {
  return readdirSync(folder).flatMap((page) => {
    const text = readFileSync(join(folder, page), "utf8").replaceAll("\\\n", " ");
    return [...text.matchAll(/kubectl -n ([a-z0-9-]+) [^`\n]*/g)].flatMap(([command, namespace = ""]) =>
      [...command.matchAll(/\b(deploy|sts|ds|cronjob)\/([a-z0-9-]+)/g)].map(([, kind = "", name = ""]) => ({
        page,
        command,
        namespace,
        kind: KINDS[kind] ?? kind,
        name,
      })),
    );
  });
}

/** The cluster's own, and the suite's, which no plan of ours holds; and what an operator makes of an object of ours. */
const elsewhere = ({ namespace, name }: Named): boolean =>
  namespace === "kube-system" || namespace.startsWith("mijnbureau-") || name === "alertmanager-kube-prometheus-stack";

describe("commands of the runbooks, on what a production stack installs", function () {
  this.timeout(120_000);
  let objects: readonly StackObject[] = [];

  before(async function () {
    await needTools(this, "helm");
    needCharts(this, [...chartLock.keys()]);
    const production = stackConfig(projectRoot(), STACK);
    const whole = variants["with-everything"]?.(stackKeys(projectRoot(), STACK));
    assert.ok(whole !== undefined);
    const source = {
      cacheRoot: chartCacheRoot(process.env, os.homedir()),
      standInRoot: join(projectRoot(), "test", "charts"),
      environment: production.environment,
      allowUnverified: true,
    };
    const helm = (await findTools(["helm"])).get("helm");
    const plans = [production, parseConfig(whole)].map((config) =>
      planObjects(stackPlan(config), { source, helm, simulatedNodes: false }),
    );
    objects = (await Promise.all(plans)).flatMap((plan) => plan.objects);
  });

  const workloadOf = ({ namespace, kind, name }: Named): StackObject | undefined =>
    objects.find((object) => object.kind === kind && object.namespace === namespace && object.name === name);
  const all = named().filter((each) => !elsewhere(each));
  const told = (each: Named): string => `${each.page}: ${each.command}`;

  it("name workloads that are there", () => {
    assert.ok(all.length > 20, "the pages name hardly any workload");
    assert.deepEqual(all.filter((each) => workloadOf(each) === undefined).map(told), []);
  });

  it("name containers that these have", () => {
    const wrong = all.filter((each) => {
      const container = / -c ([a-z0-9-]+)/.exec(each.command)?.[1];
      const containers = asObjects(at(asObject(workloadOf(each)?.pod?.pod["spec"]), "containers"));
      return container !== undefined && !containers.some(({ name }) => asString(name) === container);
    });
    assert.deepEqual(wrong.map(told), []);
  });

  // `kubectl logs deploy/x` reads one pod, whichever it finds first.
  it("read the logs of every replica", () => {
    const partial = all.filter((each) => {
      const workload = workloadOf(each);
      const several = each.kind === "apps/DaemonSet" || (at(workload?.object, "spec", "replicas") ?? 1) !== 1;
      return several && / logs /.test(each.command) && !each.command.includes("--all-pods");
    });
    assert.deepEqual(partial.map(told), []);
  });
});
