import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { stackConfig, stackPlan } from "../../components/stack-file";
import { chartCacheRoot } from "../../components/charts/cache";
import { scanOperators } from "../../components/operators/frame/registry";
import type { Operator } from "../../components/operators/frame/define";
import { KubeClient } from "../../lib/kube/client";
import { projectRoot } from "../../embedded/toolchain";
import { chart } from "../controllers/support";
import { PlatformCopy, type Ended } from "../embedded/platform-copy";
import { skip } from "../support/needs";
import { danglingOn, webhooksByUrl } from "./dangling";
import { liveObjects, managedObjects, type Managed } from "./stack-state";
import { printed, type Switched } from "./table";

/** What a stack must say besides, to do without an operator: mandatory rules whose level it lowers, with the reason. */
const DEMANDED: Readonly<Record<string, { readonly rule: string; readonly reason: string }>> = {
  velero: { rule: "stack/backup-coverage", reason: "the stack without Velero has no backups" },
};

const all = scanOperators();
const config = stackConfig(projectRoot(), "dev");
const onByDefault: ReadonlySet<string> = new Set(stackPlan(config).operators.map(({ plan }) => plan.operator));

/** Those that cannot work without `operator`, and those that cannot work without them. */
function dependents(operator: Operator): Operator[] {
  const direct = all.filter(
    ({ name, requires }) => onByDefault.has(name) && requires.some((need) => operator.provides.includes(need)),
  );
  return [...new Set(direct.flatMap((each) => [each, ...dependents(each)]))];
}

/** The dev stack with one operator switched at a time; each ends as it began. */
function switching(charts: string, given: (copy: PlatformCopy) => string | undefined): void {
  describe(`each operator off and on alone, on ${charts}`, function () {
    this.timeout(30 * 60_000);
    let copy: PlatformCopy;
    const table: Switched[] = [];
    let stackFile = "";
    let original = "";
    let client: KubeClient | undefined;
    let base: readonly Managed[] = [];
    const api = (): KubeClient => (client ??= KubeClient.fromKubeconfig(copy.kubeconfig));

    before(async function () {
      copy = new PlatformCopy();
      stackFile = join(copy.root, "Pulumi.dev.yaml");
      const missing = given(copy);
      if (missing !== undefined) skip(this, missing);
      await copy.make();
      original = readFileSync(stackFile, "utf8");
      assertEnded(await copy.start());
      base = await managedObjects(copy);
      assert.deepEqual(await danglingOn(api()), []);
    });
    beforeEach(() => {
      if (original !== "") writeFileSync(stackFile, original);
    });
    afterEach(async function () {
      const { currentTest } = this;
      if (currentTest?.state !== "failed") return;
      // The run is long: what went wrong is told at once, and the next operator begins with a whole stack.
      console.log(currentTest.err?.message);
      writeFileSync(stackFile, original);
      await copy.start();
    });
    after(async () => {
      console.log(printed(table));
      client?.close();
      await copy.remove();
    });

    const set = (operator: Operator, on: boolean): void => {
      if (operator.prerequisite === undefined) copy.configure(["operators", operator.name, "enabled"], on);
      else copy.configure(["operators", operator.name, "install"], on ? "auto" : "never");
    };

    /** `pulumi up` after a change of the stack file, and what must hold after every one. */
    const up = async (before: readonly Managed[]): Promise<{ seconds: number; managed: Managed[] }> => {
      const began = Date.now();
      assertEnded(await copy.start());
      const seconds = (Date.now() - began) / 1000;
      const managed = await managedObjects(copy);
      await assertStanding(api(), { before, managed });
      return { seconds, managed };
    };

    for (const operator of all) {
      const { name } = operator;

      it(name, async () => {
        const initially = onByDefault.has(name);
        const needing = initially ? dependents(operator) : [];
        set(operator, !initially);
        if (needing.length > 0) {
          const refused = await copy.start();
          assertRefused(refused, needing);
          for (const each of needing) set(each, false);
        }
        const [demanded] = initially ? [operator, ...needing].flatMap((each) => DEMANDED[each.name] ?? []) : [];
        if (demanded !== undefined) {
          const previewed = await copy.pulumi(["preview", "--policy-pack", "policypack"]);
          assert.notEqual(previewed.code, 0, `without ${name}, ${demanded.rule} must refuse`);
          assert.match(previewed.output, new RegExp(demanded.rule));
          copy.configure(["policies"], {
            rules: { [demanded.rule]: { level: "advisory", reason: demanded.reason } },
          });
        }
        const switched = await up(base);
        writeFileSync(stackFile, original);
        const restored = await up(switched.managed);
        const [off, on] = initially ? [switched, restored] : [restored, switched];
        const left = off.managed.filter((object) =>
          [operator, ...needing].some((each) => each.name === object.operator),
        );
        assert.deepEqual(
          left.map(({ object }) => object),
          [],
        );
        if (name === "kyverno") assert.notDeepEqual(await webhooksByUrl(api()), [], "Kyverno does not answer again");
        assert.deepEqual(objectsOf(restored.managed), objectsOf(base));
        table.push({
          operator: name,
          initially,
          off: off.seconds,
          on: on.seconds,
          objects: Math.abs(on.managed.length - off.managed.length),
          notes: [...needing.map((each) => `with ${each.name}`), ...(demanded === undefined ? [] : [demanded.rule])],
        });
      });
    }
  });
}

const objectsOf = (managed: readonly Managed[]): string[] => managed.map(({ object }) => object).sort();

function assertEnded({ code, output }: Ended): void {
  const errors = output.split("\n").filter((line) => /\b(error|failed|refused|not ready|mandatory)\b/i.test(line));
  assert.equal(code, 0, [...errors.slice(-30), "…", output.slice(-1500)].join("\n"));
}

/** Refused before anything changes, in words for the user. */
function assertRefused({ code, output }: Ended, needing: readonly Operator[]): void {
  assert.equal(code, 1, output.slice(-1500));
  for (const { name } of needing.slice(0, 1)) {
    assert.match(
      output,
      new RegExp(`operators\\.${name}: needs [a-z-]+, which nothing in this stack provides\\. Turn`),
    );
  }
  assert.doesNotMatch(output, /^\s+at .*\.[jt]s:\d+/m, "a stack trace for a user's mistake");
  assert.doesNotMatch(output, /resources done/);
}

interface Step {
  readonly before: readonly Managed[];
  readonly managed: readonly Managed[];
}

/** The cluster has what the stack manages, and of what it no longer manages only what outlives it. */
async function assertStanding(client: KubeClient, { before, managed }: Step): Promise<void> {
  const live = await liveObjects(client, [...before, ...managed]);
  const now = new Set(objectsOf(managed));
  const former = before.filter(({ object }) => !now.has(object));
  const wrong = [
    ...managed.filter(({ object }) => !live.has(object)).map(({ object }) => `managed, but not there: ${object}`),
    ...former
      .filter(({ object, retained }) => retained && !live.has(object))
      .map(({ object }) => `holds data or defines a kind, and was removed: ${object}`),
    ...former
      .filter(({ object, retained }) => !retained && live.has(object))
      .map(({ object }) => `no longer managed, but still there: ${object}`),
    ...unserved(before, managed),
    ...(await danglingOn(client)),
    ...(managed.some(({ operator }) => operator === "kyverno") ? [] : await webhooksByUrl(client)),
  ];
  assert.deepEqual(wrong, []);
}

/** Objects of a kind whose definition the stack has let go of: nothing serves them any more. */
function unserved(before: readonly Managed[], managed: readonly Managed[]): string[] {
  const groups = (objects: readonly Managed[]): ReadonlySet<string> =>
    new Set(
      objects
        .filter(({ kind }) => kind === "CustomResourceDefinition")
        .map(({ object }) => object.slice(object.lastIndexOf(" ") + 1))
        .map((name) => name.slice(name.indexOf(".") + 1)),
    );
  const served = groups(managed);
  const gone = new Set([...groups(before)].filter((group) => !served.has(group)));
  return managed
    .filter(({ apiVersion }) => gone.has(apiVersion.split("/")[0] ?? ""))
    .map(({ object }) => `nothing in the stack serves its kind: ${object}`);
}

switching("stand-in charts", () => undefined);

switching("the pinned charts", (copy) => {
  const entries = stackPlan(config).operators.flatMap(({ plan }) => plan.chart?.entry ?? []);
  const absent = entries.filter((entry) => chart(entry).origin === "stand-in");
  if (absent.length > 0) return `not in the chart cache, see npm run charts -- pull: ${absent.join(", ")}`;
  const cache = chartCacheRoot(process.env, homedir());
  const link = join(copy.root, ".cache", "mijnbureau-platform", "charts");
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(cache, link);
  return undefined;
});
