import { ApiError, type KubeClient, type ObjectRef } from "../../lib/kube/client";
import { sleep } from "../../embedded/cluster/files";
import type { Attack, Guard, Position } from "./attack";

export type Outcome = { readonly refused: string } | { readonly answer: unknown };

/** The last problem that was seen; empty as soon as there is none. */
export async function settled(
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

export function refused(attack: Attack, seen: Outcome): string {
  if (attack.harmless !== undefined) {
    if ("refused" in seen) return `is refused: ${seen.refused}`;
    return attack.harmless(seen.answer) ? "" : "does harm";
  }
  if ("answer" in seen) return "is not refused";
  const words = wordsOf(attack.refusedBy);
  const missing = words.filter((each) => !seen.refused.includes(each));
  return missing.length === 0 ? "" : `is refused, but not with "${missing.join('", "')}": ${seen.refused}`;
}

export function succeeded(attack: Attack, seen: Outcome): string {
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
export async function attempt(owner: KubeClient, attack: Attack): Promise<Outcome> {
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
    // A controller may remove it in between; whether it is gone is seen at the next look.
    if ((found.metadata.finalizers ?? []).length > 0) await tried(owner.patch(ref, { metadata: { finalizers: null } }));
    await tried(owner.delete(ref, { graceSeconds: 0 }));
    await sleep(20);
  }
  throw new Error(`${ref.kind} ${ref.namespace ?? ""}/${ref.name} cannot be removed`);
}
