import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import type { Attack, Guard } from "./attack";
import { attempt, refused, settled, succeeded, type Outcome } from "./attempt";
import { AttackedPlatform } from "./platform";
import { Removal } from "./removal";
import { attacks } from "./rows";
import { corpus, refusedOfOperators, refusedOfSuite } from "./suite";
import { DEPLOYER } from "../../components/namespace/rbac";
import { refOf, type KubeObject } from "../../lib/kube/client";
import { needTools, skip } from "../support/needs";

/** How long a change of policies may take to be in force. */
const PATIENCE_MS = 60_000;

describe("attacks on a real API server", function () {
  this.timeout(600_000);
  let platform: AttackedPlatform;
  let removal: Removal;

  before(async function () {
    this.timeout(45 * 60_000); // where nothing is cached, the tools are built first
    platform = await AttackedPlatform.up(this);
    removal = new Removal(platform);
  });
  after(() => platform.down());

  it("have names of their own", () => {
    const names = attacks.map(({ id }) => id);
    assert.deepEqual(names, [...new Set(names)]);
  });

  for (const environment of ["production", "demo"]) {
    it(`and MijnBureau's own manifests are let in: ${environment}`, async function () {
      if (!existsSync(corpus)) {
        skip(this, "../shared/corpus is not there");
      }
      assert.deepEqual(await refusedOfSuite(platform, environment), []);
    });
  }

  it("and the pods of the platform's own operators are let in", async function () {
    const { helm } = await needTools(this, "helm");
    assert.deepEqual(await refusedOfOperators(platform, helm), []);
  });

  it("and what Velero restores is let in, and can be bound and upgraded afterwards", async () => {
    const [suite] = platform.plan.suite;
    assert.ok(suite !== undefined);
    const { namespace } = suite;
    const restored = { "velero.io/backup-name": "a", "velero.io/restore-name": "b" };
    const claim = (labels: Record<string, string>, annotations: Record<string, string>): KubeObject => ({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "restored", namespace, labels, annotations },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
    const velero = platform.owner.asServiceAccount("velero", "velero-server");
    const deployer = platform.owner.asServiceAccount(namespace, DEPLOYER);
    try {
      await velero.create(claim(restored, {}));
      // As the scheduler does before it binds, and as the next release does.
      const chosen = { "volume.kubernetes.io/selected-node": "a" };
      await platform.owner.apply(claim(restored, chosen), { force: true });
      await deployer.apply(claim({ ...restored, "helm.sh/chart": "docs-2" }, {}), { force: true });
      const excluded = { ...restored, "velero.io/exclude-from-backup": "true" };
      await assert.rejects(deployer.apply(claim(excluded, {}), { force: true }), /velero\.io are the platform's/);
    } finally {
      await platform.owner.delete(refOf(claim({}, {})));
    }
  });

  it("and what the platform itself puts into the suite's namespaces is let in", async () => {
    const refusals = await Promise.all(
      platform.inSuite().map(async (object) => {
        const { name = "" } = object.metadata;
        const again = { ...object, metadata: { ...object.metadata, name: `${name}-again` } };
        try {
          await platform.owner.create(again, { dryRun: true });
          return [];
        } catch (error) {
          return [`${object.kind} ${object.metadata.namespace ?? ""}/${name}: ${String(error)}`];
        }
      }),
    );
    assert.deepEqual(refusals.flat(), []);
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
