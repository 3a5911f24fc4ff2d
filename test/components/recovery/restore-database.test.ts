import assert from "node:assert/strict";
import type { DatabaseState } from "../../../components/operators/databases/restore";
import { RECOVERY_POINT_SECONDS } from "../../../components/operators/databases/archive";
import {
  planRestore,
  type RestoreFacts,
  type RestorePlan,
  type RestoreStep,
  type RestoreWish,
} from "../../../components/recovery/restore";
import { planUndo } from "../../../components/recovery/undo";
import { stackConfig } from "../../../components/stack-file";
import { at } from "../../../lib/kube/client";

const DOCS = "mijnbureau-docs";
const AT = "2026-11-29T14:05:07Z";
const plain = stackConfig(".", "prod-nl-west");
const store = { provider: "s3", url: "https://s3.example.nl", region: "nl", bucket: "databases" };
const withDatabase = (restored: object = {}) => ({
  ...plain,
  network: {
    ...plain.network,
    datastores: {
      ...plain.network.datastores,
      docs: { ...plain.network.datastores.docs, postgres: { provider: "cnpg" as const } },
    },
  },
  operators: { ...plain.operators, databases: { store, restored } },
});

const part = (component: string): Readonly<Record<string, string>> => ({
  "app.kubernetes.io/name": "docs",
  "app.kubernetes.io/component": component,
});
const database: DatabaseState = {
  now: new Date("2026-11-29T15:00:00Z"),
  firstSeconds: new Map([["docs-cluster", "2026-11-01T02:00:00Z"]]),
  clusters: ["docs-cluster"],
  running: [
    { kind: "Deployment", name: "docs-backend", replicas: 3, labels: part("backend") },
    { kind: "Deployment", name: "docs-frontend", replicas: 2, labels: part("frontend") },
  ],
};
const facts: RestoreFacts = {
  now: database.now,
  backups: [
    {
      ...{ name: "night", location: "default", phase: "Completed", namespaces: [DOCS] },
      started: new Date("2026-11-29T01:17:00Z"),
    },
  ],
  locations: [{ name: "default", available: true, message: "", readOnly: false }],
  namespaces: new Set([DOCS, "velero-drill"]),
  pods: 0,
  workloads: [{ kind: "Deployment", name: "docs-backend", replicas: 3 }],
  claims: ["docs-minio"],
  running: [],
  database,
};

const planned = (wish: Partial<RestoreWish>, over: Partial<DatabaseState> = {}, restored: object = {}): RestorePlan => {
  const state = { ...facts, database: { ...database, ...over } };
  const result = planRestore(withDatabase(restored), { app: "docs", ...wish }, state);
  assert.ok("plan" in result, "problems" in result ? result.problems.join("\n") : "");
  return result.plan;
};
const refused = (wish: Partial<RestoreWish>, over: Partial<DatabaseState> = {}): string => {
  const state = { ...facts, database: { ...database, ...over } };
  const result = planRestore(withDatabase(), { app: "docs", ...wish }, state);
  assert.ok("problems" in result, "it is planned");
  return result.problems.join("\n");
};
const words = (steps: readonly RestoreStep[]): string[] =>
  steps.flatMap((step) =>
    step.does === "people" ? [] : step.does === "database" ? [`database: ${step.step.do}`] : [step.does],
  );
/** Of each Cluster that is made: its name, where its rows come from, where it writes to, and up to when. */
const made = (steps: readonly RestoreStep[]): unknown[] =>
  steps.flatMap((step) =>
    step.does === "database" && step.step.do === "apply"
      ? [
          [
            step.step.object.metadata.name,
            at(step.step.object, "spec", "externalClusters", 0, "plugin", "parameters", "serverName"),
            at(step.step.object, "spec", "plugins", 0, "parameters", "serverName"),
            at(step.step.object, "spec", "bootstrap", "recovery", "recoveryTarget", "targetTime"),
          ],
        ]
      : [],
  );
/** The restore over the database, and what it goes by. */
const over = [
  "database: pause",
  "database: archived",
  "database: remove",
  "database: apply",
  "database: await",
  "stack-file",
];
const placeOf = (plan: RestorePlan, word: string): number => plan.steps.findIndex((step) => words([step])[0] === word);

const record = { at: "2026-11-29T01:02:03.456Z", archive: "docs-cluster" };

describe("the plan of a restore, where the database's tables were recorded", () => {
  /** Which Cluster is compared, and whether it has to be the same. */
  const compared = (steps: readonly RestoreStep[]): unknown[] =>
    steps.flatMap((step) => {
      if (step.does !== "database" || step.step.do !== "compare") return [];
      const env = at(step.step.job, "spec", "template", "spec", "containers", 0, "env");
      assert.ok(Array.isArray(env));
      const value = (name: string): unknown =>
        at(
          env.find((each: unknown) => at(each, "name") === name),
          "value",
        );
      return [[value("PGHOST"), value("EXACT")]];
    });

  it("with a backup: brings the database to the recorded moment, and compares the proof and the database", () => {
    const plan = planned({}, { record });
    assert.deepEqual(compared(plan.steps), [
      ["docs-cluster-proof-rw", "yes"],
      ["docs-cluster-rw", "yes"],
    ]);
    assert.deepEqual(made(plan.steps), [
      ["docs-cluster-proof", "docs-cluster", "docs-cluster-proof-20261129t150000z", record.at],
      ["docs-cluster", "docs-cluster", "docs-cluster-2", record.at],
    ]);
    assert.deepEqual(plan.database?.restored, { archive: 2, at: record.at });
  });

  it("to another second: compares a copy of the recorded moment before anything goes, and counts what came", () => {
    const plan = planned({ at: AT }, { record });
    assert.deepEqual(compared(plan.steps), [
      ["docs-cluster-proof-rw", "yes"],
      ["docs-cluster-rw", "no"],
    ]);
    assert.deepEqual(made(plan.steps), [
      ["docs-cluster-proof", "docs-cluster", "docs-cluster-proof-20261129t150000z-recorded", record.at],
      ["docs-cluster-proof", "docs-cluster", "docs-cluster-proof-20261129t150000z", AT],
      ["docs-cluster", "docs-cluster", "docs-cluster-2", AT],
    ]);
    assert.ok(placeOf(plan, "database: compare") < placeOf(plan, "rest"));
  });

  it("compares with no record of a later moment, of another archive, or of another day's backup", () => {
    const early = planned({ at: "2026-11-29T01:00:00Z", only: "database" }, { record });
    assert.deepEqual(compared(early.steps), []);
    const other = planned({ at: AT }, { record: { ...record, archive: "docs-cluster-2" } });
    assert.deepEqual(compared(other.steps), []);
    for (const moment of ["2026-11-28T01:02:03.456Z", "2026-11-29T01:30:00Z"]) {
      const [, last] = made(planned({}, { record: { ...record, at: moment } }).steps).slice(-2);
      assert.deepEqual(last, ["docs-cluster", "docs-cluster", "docs-cluster-2", "2026-11-29T01:17:00Z"], moment);
    }
  });
});

describe("the plan of a restore, with a database of the platform's", () => {
  it("shows that the archive can be restored, and brings the database back before what uses it", () => {
    const plan = planned({ at: AT });
    assert.deepEqual(words(plan.steps), [
      ...["read", "backup", "database: apply", "database: await", "rest"],
      ...over,
      ...["remove-claims", "restore", "check", "database: remove"],
    ]);
    const pause = plan.steps.find((step) => step.does === "database" && step.step.do === "pause");
    assert.ok(pause?.does === "database" && pause.step.do === "pause");
    assert.equal(pause.step.seconds, RECOVERY_POINT_SECONDS);
    assert.ok(!plan.steps.some(({ does, says }) => does === "people" && says.startsWith("postgres")));
  });

  it("brings the database to the second of --at, else to the moment of the backup", () => {
    const last = (plan: RestorePlan): unknown => made(plan.steps).at(-1);
    assert.deepEqual(last(planned({ at: AT })), ["docs-cluster", "docs-cluster", "docs-cluster-2", AT]);
    assert.deepEqual(last(planned({})), ["docs-cluster", "docs-cluster", "docs-cluster-2", "2026-11-29T01:17:00Z"]);
    assert.deepEqual(last(planned({ only: "database" })), [
      ...["docs-cluster", "docs-cluster", "docs-cluster-2", undefined],
    ]);
  });

  it("alone: puts to rest what uses the database, and nothing else", () => {
    const plan = planned({ at: AT, only: "database" });
    assert.deepEqual(words(plan.steps), [
      ...["database: apply", "database: await", "database: rest"],
      ...over,
      ...["database: wake", "database: remove"],
    ]);
    assert.match(plan.steps[2]?.says ?? "", /Deployment docs-backend/);
  });

  it("beside: touches nothing of it", () => {
    const plan = planned({ at: AT, to: "velero-drill" });
    assert.deepEqual(words(plan.steps), ["read", "database: apply", "database: await", "restore", "check"]);
    const [[name, reads, writes]] = made(plan.steps) as [[string, string, string]];
    assert.deepEqual([name, reads], ["docs-copy", "docs-cluster"]);
    assert.match(writes, /^docs-copy-\d+t\d+z$/);
  });

  it("everything but the database: leaves it, and says whose part it is", () => {
    const plan = planned({ only: "objects" });
    assert.deepEqual(made(plan.steps), []);
    assert.ok(plan.steps.some(({ does, says }) => does === "people" && says.startsWith("postgres (cnpg)")));
  });

  it("finds a second before an earlier restore in the archive of that time", () => {
    const over = {
      firstSeconds: new Map([
        ["docs-cluster", "2026-11-01T02:00:00Z"],
        ["docs-cluster-2", "2026-11-29T14:30:00Z"],
      ]),
    };
    const plan = planned({ at: AT }, over, { docs: { archive: 2, at: AT } });
    assert.deepEqual(made(plan.steps).at(-1), ["docs-cluster", "docs-cluster", "docs-cluster-3", AT]);
    assert.deepEqual(
      plan.steps.flatMap((step) => (step.does === "stack-file" ? [step.restored] : [])),
      [{ archive: 3, from: 1, at: AT }],
    );
  });

  it("refuses with a sentence what its archive does not have", () => {
    assert.match(
      refused({ at: "2026-10-31T00:00:00Z", only: "database" }),
      /^docs: 2026-10-31T00:00:00Z is before 2026-11-01T02:00:00Z, the first second/,
    );
    assert.match(refused({}, { firstSeconds: new Map() }), /the archive docs-cluster has no base backup/);
    assert.match(refused({ at: "2026-12-01T00:00:00Z", only: "database" }), /has not come yet/);
    assert.match(
      refused({ to: "velero-drill" }, { clusters: ["docs-cluster", "docs-copy"] }),
      /there is a Cluster docs-copy already; remove it: kubectl/,
    );
  });
});

describe("the way back of an interrupted restore", () => {
  const plan = planned({ at: AT });
  const undone = (word: string): RestorePlan => planUndo(plan, placeOf(plan, word));

  it("changes nothing where nothing was", () => {
    assert.deepEqual(words(undone("backup").steps), []);
  });

  it("removes the copy that shows that the archive can be restored", () => {
    assert.deepEqual(words(undone("database: await").steps), ["database: remove"]);
  });

  it("starts an app again that was put to rest", () => {
    assert.deepEqual(words(undone("rest").steps), ["rest", "restore", "check", "database: remove"]);
  });

  it("brings a database that is gone back to its last second, into an archive of its own", () => {
    const back = undone("restore");
    assert.deepEqual(words(back.steps), [
      ...["settle", "rest", "database: remove", "database: apply", "database: await", "stack-file"],
      ...["remove-added", "remove-claims", "restore", "check", "database: remove"],
    ]);
    assert.deepEqual(made(back.steps), [["docs-cluster", "docs-cluster", "docs-cluster-3", undefined]]);
    assert.deepEqual(
      back.steps.flatMap((step) => (step.does === "stack-file" ? [step.restored] : [])),
      [{ archive: 3, from: 1 }],
    );
    const restore = back.steps.find((step) => step.does === "restore");
    assert.equal(at(restore, "spec", "backupName"), `${plan.name}-before`);
    assert.equal(back.undoes, true);
  });

  it("beside the app: takes away what came, and the copy", () => {
    const beside = planned({ to: "velero-drill" });
    const back = planUndo(beside, placeOf(beside, "check"));
    assert.deepEqual(words(back.steps), ["settle", "remove-added", "database: remove"]);
  });

  it("of a database alone: with what uses it at rest, and started again", () => {
    const alone = planned({ at: AT, only: "database" });
    const back = planUndo(alone, placeOf(alone, "stack-file"));
    assert.deepEqual(words(back.steps), [
      ...["database: rest", "database: remove", "database: apply", "database: await", "stack-file"],
      ...["database: wake", "database: remove"],
    ]);
  });
});
