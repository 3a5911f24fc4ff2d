import assert from "node:assert/strict";
import { z } from "zod";
import {
  neededLockDays,
  objectStoreSpec,
  RECOVERY_POINT_SECONDS,
} from "../../../components/operators/databases/archive";
import { clusterManifest, shapeOf } from "../../../components/operators/databases/cluster";
import { faultIn } from "../../../components/operators/databases/faults";
import { databaseObjects, databasesOf, sixFields } from "../../../components/operators/databases/objects";
import {
  planDatabase,
  type DatabasePlan,
  type DatabaseState,
  type Step,
} from "../../../components/operators/databases/restore";
import { withDatabase } from "../../../components/operators/databases/room";
import { settings as databaseSettings, sizeOf } from "../../../components/operators/databases/settings";
import { resourceQuota } from "../../../components/namespace/limits";
import { planOperators } from "../../../components/operators/frame/stack";
import { operatorSettings } from "../../../components/operators/frame/settings";
import { appSecrets } from "../../../suite/secrets";
import { appOf, eachApp } from "../../../suite/apps";
import { parseQuantity } from "../../../lib/quantity";
import { at } from "../../../lib/kube/client";
import { everything, facts, required } from "./support";

const store = { provider: "s3", url: "https://s3.example.nl", region: "nl", bucket: "databases" };
const stack = {
  settings: z.object(databaseSettings).parse({ store }),
  facts: { ...facts, operatorNamespaces: [], capabilities: new Set<never>() },
};
const state: DatabaseState = {
  now: new Date("2026-11-29T15:00:00Z"),
  firstSeconds: new Map([["docs-cluster", "2026-11-01T02:00:00Z"]]),
  clusters: ["docs-cluster"],
  running: [],
};
const AT = "2026-11-29T14:05:07Z";
const planned = (beside: boolean): DatabasePlan => {
  const result = planDatabase({ app: "docs", at: AT, beside }, state, stack);
  assert.ok("plan" in result, "problems" in result ? result.problems.join() : "");
  return result.plan;
};
const lastMade = (steps: readonly Step[]) => steps.flatMap((step) => (step.do === "apply" ? [step.object] : [])).at(-1);
const said = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "nothing was wrong";
};

describe("databases: a restore", () => {
  it("beside the database has one server with an archive of its own", () => {
    const made = lastMade(planned(true).copy);
    assert.deepEqual(at(made, "spec", "bootstrap", "recovery", "recoveryTarget"), { targetTime: AT });
    const [writes, reads] = [at(made, "spec", "plugins", 0), at(made, "spec", "externalClusters", 0, "plugin")];
    assert.equal(at(reads, "parameters", "serverName"), "docs-cluster");
    assert.equal(at(writes, "isWALArchiver"), true);
    assert.notEqual(at(writes, "parameters", "serverName"), "docs-cluster");
  });

  it("over the database, and the way back, leave what the stack then says", () => {
    const plan = planned(false);
    assert.deepEqual(plan.restored, { archive: 2, at: AT });
    for (const [steps, restored] of [
      [plan.over, plan.restored],
      [plan.back, plan.restoredBack],
    ] as const) {
      const after = operatorSettings({ ...required, databases: { store: { ...store }, restored: { docs: restored } } });
      assert.ok(after.success);
      const cluster = planOperators(after.data, facts)
        .flatMap((each) => each.plan.after)
        .find(({ kind, metadata }) => kind === "Cluster" && metadata.name === "docs-cluster");
      assert.deepEqual(lastMade(steps), cluster);
    }
  });

  it("is taken from an archive before the one that is written to", () => {
    const problem = (restored: object): string =>
      z.object(databaseSettings).safeParse({ restored: { docs: restored } }).error?.message ?? "none";
    assert.match(problem({ archive: 2, from: 2 }), /is not the number of an archive before/);
    assert.equal(problem({ archive: 3, from: 1 }), "none");
  });
});

describe("databases: the stack", () => {
  const problems = (databases: object, apps = facts.apps): string =>
    said(() => {
      const parsed = operatorSettings({ ...everything, databases: { ...databases } });
      assert.ok(parsed.success);
      planOperators(parsed.data, { ...facts, apps });
    });

  it("has no database without a store, and none that is locked for less than it is kept", () => {
    assert.match(problems({}), /operators\.databases\.store: is missing, and docs, meet are on CloudNativePG/);
    assert.match(problems({ store, retentionDays: 30, lockDays: 30 }), /lockDays: 30 is less than 32/);
    assert.equal(
      problems({ store, retentionDays: 30, lockDays: neededLockDays({ retentionDays: 30 }) }),
      "nothing was wrong",
    );
    assert.match(problems({ store, sizes: { grist: {} } }), /has an entry for grist/);
  });

  it("has room in the app's quota for its servers, three copies (of people, of a restore, of a drill), and what compares them", () => {
    const room = z.object({ settings: z.object(databaseSettings) }).parse({
      settings: { store, size: { memory: "6Gi", cpu: "1500m" }, sizes: { docs: { storage: "200Gi" } } },
    }).settings;
    const own = appOf("docs").size;
    const all = withDatabase(own, "docs", room);
    const [database] = databasesOf(room, facts.apps);
    assert.ok(database !== undefined);
    const cluster = clusterManifest(database, shapeOf(database, room), room, stack.facts);
    const objects = objectStoreSpec(database.store, "docs", room, stack.facts);
    const amount = (value: unknown): number => parseQuantity(String(value))?.asApproximateFloat() ?? NaN;
    const servers = Number(at(cluster, "spec", "instances")) + 3;
    const jobs = databaseObjects(database, room, stack.facts).filter(({ kind }) => kind === "CronJob");
    const job = at(jobs[0], "spec", "jobTemplate", "spec", "template", "spec", "containers", 0, "resources");
    // Each of them once, and one by hand.
    const comparing = jobs.length + 1;
    for (const kind of ["requests", "limits"] as const) {
      for (const resource of ["cpu", "memory"] as const) {
        const sidecar = at(objects, "instanceSidecarConfiguration", "resources", kind, resource);
        const each = amount(at(cluster, "spec", "resources", kind, resource)) + amount(sidecar);
        const jobs = comparing * amount(at(job, kind, resource));
        assert.equal(
          amount(all[kind][resource]).toFixed(3),
          (amount(own[kind][resource]) + servers * each + jobs).toFixed(3),
          `${kind} ${resource}`,
        );
      }
    }
    const volumes = amount(at(cluster, "spec", "storage", "size")) + amount(at(cluster, "spec", "walStorage", "size"));
    assert.equal(amount(all.storage), amount(own.storage) + servers * volumes);
    assert.deepEqual(
      [all.pods - own.pods, all.persistentVolumeClaims - own.persistentVolumeClaims],
      [servers + comparing, servers * 2],
    );
    assert.deepEqual(all.largestContainer, { cpu: own.largestContainer.cpu, memory: "6Gi" });
    assert.equal(all.storage, "1320Gi", "as the API server writes it");
  });

  it("has room for a Backup of each base backup that is kept, and for as many that failed", () => {
    const daily = [
      ["30 1 * * *", 1],
      ["0 */6 * * *", 4],
      ["*/15 * * * *", 96],
      ["0,30 8-17 * * 1-5", 20],
      ["5/20 2 * * *", 3],
      ["0 1-10/3,4,23 1 * *", 5],
      ["0 1-10/3,2,23 1 * *", 6],
    ] as const;
    for (const [schedule, aDay] of daily) {
      for (const retentionDays of [7, 30, 365]) {
        const given = z.object(databaseSettings).parse({ schedule, retentionDays });
        const quota = resourceQuota("docs", withDatabase(appOf("docs").size, "docs", given));
        const most = Number(at(quota, "spec", "hard", "count/backups.postgresql.cnpg.io"));
        const kept = neededLockDays({ retentionDays }) * aDay;
        assert.equal(most, 2 * kept, `${schedule}, ${String(retentionDays)} days`);
      }
    }
  });

  it("keeps what the stack says of every database where one app says something else", () => {
    const given = z.object(databaseSettings).parse({ size: { memory: "4Gi" }, sizes: { docs: { storage: "50Gi" } } });
    assert.deepEqual(sizeOf(given, "docs"), { storage: "50Gi", walStorage: "10Gi", cpu: "1", memory: "4Gi" });
  });

  it("closes the log twice in the time that may be lost", () => {
    const timeout = at(lastMade(planned(true).copy), "spec", "postgresql", "parameters", "archive_timeout");
    assert.ok(
      typeof timeout === "string" && Number.parseInt(timeout, 10) * 2 <= RECOVERY_POINT_SECONDS,
      String(timeout),
    );
  });

  it("installs the operator only where an app asks for it", () => {
    const parsed = operatorSettings(required);
    assert.ok(parsed.success);
    const names = (apps: typeof facts.apps) =>
      planOperators(parsed.data, { ...facts, apps }).map(({ plan }) => plan.operator);
    assert.ok(names(facts.apps).includes("cloudnative-pg"));
    assert.ok(
      !names(
        facts.apps.map(({ key, namespace, backupTier, holdsData }) => ({ key, namespace, backupTier, holdsData })),
      ).includes("cloudnative-pg"),
    );
  });

  it("takes each password from a key that the suite's own Secret takes it from, or that the deployer passes on", () => {
    const known = eachApp.flatMap(({ key, app: { database } }) =>
      database === undefined ? [] : [{ app: key, database }],
    );
    for (const { app } of databasesOf(stack.settings, stack.facts.apps))
      assert.ok(known.some((each) => each.app === app));
    for (const { app, database } of known) {
      const keys = appSecrets.filter((entry) => entry.app === app).flatMap(({ keys: all }) => Object.entries(all));
      const merged = keys.some(([key, way]) => key === database.password && way.way === "merge-external");
      assert.equal(merged, database.password !== "database-password", app);
    }
  });

  it("spreads the base backups over the night", () => {
    assert.equal(sixFields("30 1 * * *", 0), "0 30 1 * * *");
    assert.equal(sixFields("30 1 * * *", 5), "0 5 2 * * *");
    assert.equal(sixFields("55 23 * * *", 1), "0 2 0 * * *");
    assert.equal(sixFields("*/30 * * * *", 3), "0 */30 * * * *");
  });

  it("knows the words of the tool that unpacks, wherever the damage is (Python 3.11, tarfile)", () => {
    const said = {
      "invalid compressed data": "corrupted",
      "bad checksum": "corrupted",
      "truncated header": "truncated",
    };
    for (const [words, fault] of Object.entries(said))
      assert.equal(faultIn(`ERROR: Barman cloud restore exception: ${words}`)?.fault, fault);
  });

  it("knows no fault in words that speak of none", () => {
    assert.equal(faultIn("connection refused"), undefined);
  });
});
