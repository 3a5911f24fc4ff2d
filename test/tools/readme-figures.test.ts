import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stackConfig, stackPlan } from "../../components/stack-file";
import { projectRoot } from "../../embedded/toolchain";
import { DEFAULT_TOOLS, TOOLS, type ToolName } from "../../embedded/toolchain/table";
import { at } from "../../lib/kube/client";
import { parseQuantity } from "../../lib/quantity";
import { appKeys } from "../../suite/apps";

describe("figures of the README", () => {
  const readme = readFileSync(join(projectRoot(), "README.md"), "utf8").replace(/\s+/g, " ");
  const figure = (pattern: RegExp): number[] => {
    const found = pattern.exec(readme);
    assert.ok(found !== null, `${pattern.source} is not there`);
    return found.slice(1).map(Number);
  };
  const near = (said: number, is: number): void =>
    assert.ok(Math.abs(said - is) <= is / 10, `the page says ${said}, it is ${is}`);

  it("namespaces of the suite, and the oldest Kubernetes", () => {
    assert.deepEqual(figure(/(\d+) secure namespaces/), [appKeys.length]);
    const minor = stackConfig(projectRoot(), "prod-nl-north").cluster.minimumVersion.replace("1.", "");
    assert.deepEqual(figure(/Kubernetes 1\.(\d+) or newer/), [Number(minor)]);
  });

  it("what the quotas of a stack ask for", () => {
    const quotas = stackPlan(stackConfig(projectRoot(), "prod-nl-north"))
      .suite.flatMap(({ limits }) => limits)
      .filter(({ kind }) => kind === "ResourceQuota");
    const sum = (name: string): number =>
      quotas.reduce((total, quota) => {
        const hard = at(quota, "spec", "hard", name);
        return total + (typeof hard === "string" ? Number(parseQuantity(hard)?.asApproximateFloat()) : 0);
      }, 0);
    const [cores = 0, gibibytes = 0] = figure(/about (\d+) cores and (\d+) Gi/);
    near(cores, sum("requests.cpu"));
    near(gibibytes, sum("requests.memory") / 1024 ** 3);
  });

  it("half an hour for the first start, by the times of the tools that it builds", () => {
    assert.match(readme, /about half an hour on two cores/);
    const notForStart: readonly ToolName[] = ["kubectl-kyverno", "helm", "kubeconform"];
    const built = DEFAULT_TOOLS.filter((name) => !notForStart.includes(name));
    near(30, built.reduce((total, name) => total + TOOLS[name].buildSeconds, 0) / 60);
  });
});
