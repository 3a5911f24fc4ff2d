import assert from "node:assert/strict";
import { z } from "zod";
import {
  neededLockDays,
  objectStoreSpec,
  RECOVERY_POINT_SECONDS,
} from "../../../components/operators/databases/archive";
import { clusterManifest, shapeOf } from "../../../components/operators/databases/cluster";
import { faultIn } from "../../../components/operators/databases/faults";
import { databasesOf, sixFields } from "../../../components/operators/databases/objects";
import { planRestore, planUndo, type RestoreState, type Step } from "../../../components/operators/databases/restore";
import { withDatabase } from "../../../components/operators/databases/room";
import { settings as databaseSettings, sizeOf } from "../../../components/operators/databases/settings";
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
const state: RestoreState = {
  now: "2026-11-29T15:00:00.000Z",
  window: { first: "2026-11-01T02:00:00Z", lastBackup: "2026-11-29T01:30:00Z" },
  clusters: ["docs-cluster"],
  running: [
    {
      kind: "Deployment",
      name: "docs-backend",
      replicas: 3,
      labels: { "app.kubernetes.io/name": "docs", "app.kubernetes.io/component": "backend" },
    },
    {
      kind: "Deployment",
      name: "docs-frontend",
      replicas: 2,
      labels: { "app.kubernetes.io/name": "docs", "app.kubernetes.io/component": "frontend" },
    },
  ],
};
const AT = "2026-11-29T14:05:07Z";
const kinds = (steps: readonly Step[]): string[] => steps.map((step) => step.do);
const said = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "nothing was wrong";
};

describe("databases: a restore", () => {
  it("beside the database touches nothing of it", () => {
    const { steps, restored } = planRestore({ app: "docs", at: AT, to: "docs-copy" }, state, stack);
    assert.deepEqual(kinds(steps), ["note", "apply", "await", "forget"]);
    assert.equal(restored, undefined);
    const [made] = steps.flatMap((step) => (step.do === "apply" ? [step.object] : []));
    assert.deepEqual(at(made, "spec", "bootstrap", "recovery", "recoveryTarget"), { targetTime: AT });
    const [writes, reads] = [at(made, "spec", "plugins", 0), at(made, "spec", "externalClusters", 0, "plugin")];
    assert.equal(at(reads, "parameters", "serverName"), "docs-cluster");
    assert.equal(at(writes, "isWALArchiver"), true);
    assert.notEqual(at(writes, "parameters", "serverName"), "docs-cluster");
  });

  it("over the database shows first that it can be, and ends as the stack then says", () => {
    const { steps, restored } = planRestore({ app: "docs", at: AT }, state, stack);
    const done = kinds(steps);
    assert.ok(done.indexOf("await") < done.indexOf("remove"));
    assert.ok(done.indexOf("rest") < done.indexOf("remove"));
    assert.ok(done.lastIndexOf("wake") > done.lastIndexOf("await"));
    assert.deepEqual(
      steps.flatMap((step) => (step.do === "rest" ? [step.what.name] : [])),
      ["docs-backend"],
    );
    assert.deepEqual(restored, { archive: 2, at: AT });
    const made = steps.flatMap((step) => (step.do === "apply" ? [step.object] : [])).at(-1);
    const after = operatorSettings({ ...required, databases: { store: { ...store }, restored: { docs: restored } } });
    assert.ok(after.success);
    const planned = planOperators(after.data, facts)
      .flatMap(({ plan }) => plan.after)
      .find(({ kind, metadata }) => kind === "Cluster" && metadata.name === "docs-cluster");
    assert.deepEqual(made, planned);
  });

  it("that was interrupted goes on, and does not remove what it has restored", () => {
    const first = planRestore({ app: "docs", at: AT }, state, stack);
    const notes = first.steps.flatMap((step) => (step.do === "note" ? [step.record] : []));
    const [begun, removed] = notes;
    assert.ok(begun !== undefined && removed?.removed === true);
    const early = planRestore({ app: "docs", at: AT }, { ...state, underway: begun, running: [] }, stack);
    assert.deepEqual(early.steps, first.steps);
    const late = planRestore({ app: "docs", at: AT }, { ...state, underway: removed, running: [] }, stack);
    assert.ok(!kinds(late.steps).includes("rest"));
    const remove = late.steps.find((step) => step.do === "remove");
    assert.equal(remove?.do === "remove" ? remove.unlessArchive : "", "docs-cluster-2");
    assert.match(
      said(() => planUndo("docs", { ...state, underway: removed }, stack)),
      /is gone already. Go on \(restore-database docs --at/,
    );
    assert.deepEqual(kinds(planUndo("docs", { ...state, underway: begun }, stack).steps), ["remove", "wake", "forget"]);
  });

  for (const [what, request, given, pattern] of [
    [
      "before the oldest second",
      { app: "docs", at: "2026-10-31T00:00:00Z", to: "c" },
      state,
      /^docs: 2026-10-31T00:00:00Z is before 2026-11-01T02:00:00Z, the first second/,
    ],
    [
      "in the future",
      { app: "docs", at: "2026-12-01T00:00:00Z", to: "c" },
      state,
      /is in the future; it is 2026-11-29/,
    ],
    [
      "of an archive without a base backup",
      { app: "docs", at: AT, to: "c" },
      { ...state, window: undefined },
      /has no base backup/,
    ],
    ["of an unknown app", { app: "dox", to: "c" }, state, /^dox: is no app of this stack; .* docs, meet$/],
    [
      "of an app with a database elsewhere",
      { app: "nextcloud", to: "c" },
      state,
      /network\.datastores\.nextcloud\.postgres is external/,
    ],
    [
      "onto a name that is taken",
      { app: "docs", to: "other" },
      { ...state, clusters: ["docs-cluster", "other"] },
      /there is a Cluster other already/,
    ],
    ["as a copy of the same name", { app: "docs", to: "docs-cluster" }, state, /is the database itself/],
    [
      "while another is under way",
      { app: "docs", at: AT },
      {
        ...state,
        underway: {
          app: "docs",
          to: "c",
          started: "2026-11-29T14:00:00Z",
          archive: "c-1",
          running: [],
          removed: false,
        },
      },
      /a restore of docs to its last second as c, begun at 2026-11-29T14:00:00Z, is under way/,
    ],
  ] as const) {
    it(`${what} is refused in a sentence`, () => {
      assert.match(
        said(() => planRestore(request, given, stack)),
        pattern,
      );
    });
  }
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

  it("has room in the app's quota for its servers, a copy that people look at, and the one before a restore over it", () => {
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
    const servers = Number(at(cluster, "spec", "instances")) + 2;
    for (const kind of ["requests", "limits"] as const) {
      for (const resource of ["cpu", "memory"] as const) {
        const sidecar = at(objects, "instanceSidecarConfiguration", "resources", kind, resource);
        const each = amount(at(cluster, "spec", "resources", kind, resource)) + amount(sidecar);
        assert.equal(amount(all[kind][resource]), amount(own[kind][resource]) + servers * each, `${kind} ${resource}`);
      }
    }
    const volumes = amount(at(cluster, "spec", "storage", "size")) + amount(at(cluster, "spec", "walStorage", "size"));
    assert.equal(amount(all.storage), amount(own.storage) + servers * volumes);
    assert.deepEqual(
      [all.pods - own.pods, all.persistentVolumeClaims - own.persistentVolumeClaims],
      [servers, servers * 2],
    );
    assert.deepEqual(all.largestContainer, { cpu: own.largestContainer.cpu, memory: "6Gi" });
    assert.equal(all.storage, "1110Gi", "as the API server writes it");
  });

  it("keeps what the stack says of every database where one app says something else", () => {
    const given = z.object(databaseSettings).parse({ size: { memory: "4Gi" }, sizes: { docs: { storage: "50Gi" } } });
    assert.deepEqual(sizeOf(given, "docs"), { storage: "50Gi", walStorage: "10Gi", cpu: "1", memory: "4Gi" });
  });

  it("closes the log twice in the time that may be lost", () => {
    const { steps } = planRestore({ app: "docs", to: "docs-copy" }, state, stack);
    const [made] = steps.flatMap((step) => (step.do === "apply" ? [step.object] : []));
    const timeout = at(made, "spec", "postgresql", "parameters", "archive_timeout");
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
