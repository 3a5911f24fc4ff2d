import assert from "node:assert/strict";
import { ApiError, type KubeClient, type ObjectRef } from "../../embedded/cluster/client";
import { sleep } from "../../embedded/cluster/files";
import type { Attack, Guard, Position } from "./attack";
import { AttackedPlatform } from "./platform";
import { Removal } from "./removal";
import { attacks } from "./rows";

/** How long a change of policies may take to be in force. */
const PATIENCE_MS = 20_000;

type Outcome = { readonly refused: string } | { readonly answer: unknown };

describe("attacks on a real API server", function () {
  this.timeout(600_000);
  let platform: AttackedPlatform;
  let removal: Removal;

  before(async function () {
    this.timeout(45 * 60_000); // where nothing is cached, the tools are built first
    platform = await AttackedPlatform.up();
    removal = new Removal(platform);
  });
  after(() => platform.down());

  it("have names of their own", () => {
    const names = attacks.map(({ id }) => id);
    assert.deepEqual(names, [...new Set(names)]);
  });

  describe("are refused, and succeed without what refuses them", () => {
    for (const [title, group] of byGuards(attacks)) {
      it(title, async () => {
        const problems: string[] = [];
        // One rule more or less is in force at the next look of the API server: all rows of a group share the wait.
        const stage = async (guards: readonly Guard[], holds: (attack: Attack, seen: Outcome) => string) => {
          const [{ position }] = group;
          await removal.without({ guards, position });
          const until = Date.now() + PATIENCE_MS;
          for (const attack of group) {
            const problem = await settled(
              () => attempt(platform.owner, attack),
              (seen) => holds(attack, seen),
              until,
            );
            if (problem !== "") problems.push(`${attack.id}: ${problem}`);
          }
        };
        const [{ refusedBy, also = [] }] = group;
        await stage(also, refused);
        await stage([...also, refusedBy], succeeded);
        assert.deepEqual(problems, []);
      });
    }

    after(() => removal.without({ guards: [], position: { title: "", namespace: "", account: "" } }));
  });
});

/** Attacks with the same guards and, where a right is what they lack, the same position: tried together. */
function byGuards(all: readonly Attack[]): ReadonlyMap<string, readonly [Attack, ...Attack[]]> {
  const groups = new Map<string, [Attack, ...Attack[]]>();
  for (const attack of all) {
    const guards = [attack.refusedBy, ...(attack.also ?? [])];
    const forWhom = guards.some(({ by }) => by === "rbac") ? ` (${attack.position.title})` : "";
    const title = `${guards.map(named).join(", also ")}${forWhom}`;
    const group = groups.get(title);
    if (group === undefined) groups.set(title, [attack]);
    else group.push(attack);
  }
  return groups;
}

function named(guard: Guard): string {
  switch (guard.by) {
    case "policy":
    case "mutation":
      return guard.name;
    case "rule":
      return guard.id;
    case "rbac":
      return `no right to ${guard.right.verbs.join(", ")} ${guard.right.resource}.${guard.right.apiGroup}`;
    case "pod-security":
      return `Pod Security in ${guard.namespace}`;
    case "quota":
      return `quota ${guard.namespace}/${guard.name}`;
  }
}

/** The last problem that was seen; empty as soon as there is none. */
async function settled(
  act: () => Promise<Outcome>,
  problemOf: (seen: Outcome) => string,
  until: number,
): Promise<string> {
  for (;;) {
    const problem = problemOf(await act());
    if (problem === "" || Date.now() > until) return problem;
    await sleep(250);
  }
}

function refused(attack: Attack, seen: Outcome): string {
  if (attack.harmless !== undefined) {
    if ("refused" in seen) return `is refused: ${seen.refused}`;
    return attack.harmless(seen.answer) ? "" : "does harm";
  }
  if ("answer" in seen) return "is not refused";
  const words = wordsOf(attack.refusedBy);
  const missing = words.filter((each) => !seen.refused.includes(each));
  return missing.length === 0 ? "" : `is refused, but not with "${missing.join('", "')}": ${seen.refused}`;
}

function succeeded(attack: Attack, seen: Outcome): string {
  if ("refused" in seen) return `does not succeed without its guard: ${seen.refused}`;
  return attack.harmless?.(seen.answer) === true ? "does no harm without its guard" : "";
}

/** What the API server says where this guard refuses. */
function wordsOf(guard: Guard): readonly string[] {
  switch (guard.by) {
    case "policy":
      return [`ValidatingAdmissionPolicy '${guard.name}'`, guard.says];
    case "rule":
      return [`[${guard.id}]`];
    case "mutation":
      return [];
    case "rbac":
      return ["is forbidden: User", `cannot ${guard.right.verbs[0] ?? ""} resource "${guard.right.resource}"`];
    case "pod-security":
      return ["violates PodSecurity"];
    case "quota":
      return [`exceeded quota: ${guard.name}`];
  }
}

function clientOf(owner: KubeClient, { namespace, account, groups }: Position): KubeClient {
  if (groups === undefined) return owner.asServiceAccount(namespace, account);
  return owner.impersonate(account, [...groups, "system:authenticated"]);
}

/** Does what the attacker does, and removes what it left. */
async function attempt(owner: KubeClient, attack: Attack): Promise<Outcome> {
  const attacker = clientOf(owner, attack.position);
  const left: ObjectRef[] = [];
  try {
    let answer: unknown;
    for (const [index, step] of attack.steps.entries()) {
      const last = index === attack.steps.length - 1;
      if (step.leaves !== undefined) left.push(step.leaves);
      const dryRun = last && attack.kept !== true;
      const done = await tried(step.run(step.asOwner === true ? owner : attacker, { dryRun }));
      if ("refused" in done && last) return done;
      if ("refused" in done) return { refused: `step ${String(index + 1)}: ${done.refused}` };
      answer = done.answer;
    }
    return { answer };
  } finally {
    for (const ref of left.reverse()) await clear(owner, ref);
  }
}

async function tried(work: Promise<unknown>): Promise<Outcome> {
  try {
    return { answer: await work };
  } catch (error) {
    if (error instanceof ApiError) return { refused: error.message };
    throw error;
  }
}

/** Removes an object, whatever finalizers it has, and waits until it is gone. */
async function clear(owner: KubeClient, ref: ObjectRef): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const found = await owner.find(ref);
    if (found === undefined) return;
    if ((found.metadata.finalizers ?? []).length > 0) await owner.patch(ref, { metadata: { finalizers: null } });
    await owner.delete(ref, { graceSeconds: 0 });
    await sleep(20);
  }
  throw new Error(`${ref.kind} ${ref.namespace ?? ""}/${ref.name} cannot be removed`);
}
