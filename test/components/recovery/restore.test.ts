import assert from "node:assert/strict";
import type { KnownBackup, KnownLocation } from "../../../components/recovery/choose";
import { explainFailure } from "../../../components/recovery/failures";
import {
  planRestore,
  type RestoreFacts,
  type RestorePlan,
  type RestoreWish,
} from "../../../components/recovery/restore";
import { restoreArguments, restoreSpec, type RestoreRequest } from "../../../components/recovery/restore-spec";
import { stackConfig } from "../../../components/stack-file";

const config = stackConfig(".", "prod-nl-west");
const DOCS = "mijnbureau-docs";
const now = new Date("2026-11-29T12:00:00Z");
const backup = (name: string, started: string, over: Partial<KnownBackup> = {}): KnownBackup => ({
  name,
  location: "default",
  phase: "Completed",
  started: new Date(started),
  expires: new Date("2026-12-29T00:00:00Z"),
  namespaces: [DOCS, "mijnbureau-keycloak"],
  ...over,
});
const location = (name: string, over: Partial<KnownLocation> = {}): KnownLocation => ({
  ...{ name, available: true, message: "", readOnly: false },
  ...over,
});
const gone = { available: false, message: "dial tcp: connection refused" };
const facts: RestoreFacts = {
  now,
  backups: [
    backup("old", "2026-11-20T01:17:00Z"),
    backup("new", "2026-11-28T01:17:00Z"),
    backup("partial", "2026-11-29T01:17:00Z", { phase: "PartiallyFailed" }),
    backup("gone", "2026-10-01T01:17:00Z", { expires: new Date("2026-10-31T00:00:00Z") }),
    backup("other", "2026-11-29T01:17:00Z", { namespaces: ["mijnbureau-keycloak"] }),
  ],
  locations: [location("default")],
  namespaces: new Set([DOCS, "mijnbureau-keycloak", "velero-drill"]),
  pods: 0,
  workloads: [{ kind: "Deployment", name: "docs-backend", replicas: 2 }],
  claims: ["docs-minio"],
  running: [],
};

const planned = (wish: Partial<RestoreWish>, over: Partial<RestoreFacts> = {}): RestorePlan => {
  const result = planRestore(config, { app: "docs", ...wish }, { ...facts, ...over });
  assert.ok("plan" in result, "problems" in result ? result.problems.join("\n") : "");
  return result.plan;
};
const refused = (wish: Partial<RestoreWish>, over: Partial<RestoreFacts> = {}): string => {
  const result = planRestore(config, { app: "docs", ...wish }, { ...facts, ...over });
  assert.ok("problems" in result, "it is planned");
  return result.problems.join("\n");
};

const backupOf = ({ steps }: RestorePlan): unknown =>
  steps.flatMap((step) => (step.does === "restore" && "backupName" in step.spec ? [step.spec.backupName] : []))[0];

describe("the plan of a restore", () => {
  it("takes the newest backup that completed and has not expired", () => {
    assert.equal(backupOf(planned({})), "new");
  });

  it("does not take what an earlier restore saved before it, unless that is named", () => {
    const saved = backup("docs-1-before", "2026-11-29T10:00:00Z", { beforeRestore: true });
    const over = { backups: [...facts.backups, saved] };
    assert.equal(backupOf(planned({}, over)), "new");
    assert.equal(backupOf(planned({ from: "docs-1-before" }, over)), "docs-1-before");
  });

  it("takes for a moment the newest backup that began before it", () => {
    assert.equal(backupOf(planned({ at: "2026-11-27T00:00:00Z" })), "old");
    assert.equal(backupOf(planned({ at: "2026-11-28T01:17:00Z" })), "new");
  });

  it("takes the second copy where the first store is gone, says why, and saves what is there in the second", () => {
    const copy = backup("copy", "2026-11-27T05:17:00Z", { location: "secondary" });
    const over = { locations: [location("default", gone), location("secondary")], backups: [...facts.backups, copy] };
    const plan = planned({}, over);
    assert.equal(backupOf(plan), "copy");
    assert.match(plan.says, /at location secondary \(location default: the store cannot be reached/);
    assert.deepEqual(
      plan.steps.flatMap((step) => (step.does === "backup" ? [step.location] : [])),
      ["secondary"],
    );
  });

  it("saves nothing first where it is told so, or where nothing is there", () => {
    const over = { locations: [location("default", { readOnly: true })] };
    const does = ({ steps }: RestorePlan): string[] =>
      steps.map((step) => step.does).filter((word) => word !== "people");
    const unsaved = planned({ unsaved: true }, over);
    assert.deepEqual(does(unsaved), ["read", "rest", "remove-claims", "restore", "check"]);
    assert.equal(unsaved.unsaved, true);
    assert.deepEqual(does(planned({}, { ...over, workloads: [], claims: [] })), ["read", "restore", "check"]);
  });

  it("in place: saves what is there before anything is changed, and restores over it", () => {
    const plan = planned({});
    assert.deepEqual(
      plan.steps.map(({ does }) => does).filter((does) => does !== "people"),
      ["read", "backup", "rest", "remove-claims", "restore", "check"],
    );
    const restore = plan.steps.find((step) => step.does === "restore");
    assert.ok(restore?.does === "restore");
    assert.equal(restore.spec.existingResourcePolicy, "update");
    assert.equal("namespaceMapping" in restore.spec, false);
  });

  it("beside the app: touches nothing of it, and brings no route and no policy along", () => {
    const plan = planned({ to: "velero-drill" }, { pods: 12 });
    assert.deepEqual(
      plan.steps.map(({ does }) => does),
      ["read", "restore", "check"],
    );
    const restore = plan.steps.find(({ does }) => does === "restore");
    assert.ok(restore?.does === "restore");
    assert.deepEqual(restore.spec.namespaceMapping, { [DOCS]: "velero-drill" });
    assert.ok(restore.spec.excludedResources?.includes("networkpolicies.networking.k8s.io"));
    assert.ok(restore.spec.excludedResources?.includes("ingresses.networking.k8s.io"));
  });

  const bad: readonly (readonly [string, Partial<RestoreWish>, Partial<RestoreFacts>, RegExp])[] = [
    ["an unknown app", { app: "nextclod" }, {}, /"nextclod" is no app of the suite; did you mean nextcloud\?/],
    [
      "a time before the oldest copy",
      { at: "2026-11-01T00:00:00Z" },
      {},
      /before the oldest copy of docs, old of 2026-11-20/,
    ],
    ["a time to come", { at: "2027-01-01T00:00:00Z" }, {}, /has not come yet/],
    ["no time", { at: "yesterday" }, {}, /--at yesterday: is not a time with its zone; example/],
    ["a time of no zone", { at: "2026-11-27T00:00:00" }, {}, /is not a time with its zone/],
    ["the database of an app that has none", { only: "database" }, {}, /docs: has no database of the platform's/],
    ["a missing backup", { from: "partail" }, {}, /--from partail: there is no such backup/],
    ["a backup of others", { from: "other" }, {}, /does not hold docs/],
    ["a backup that lacks something", { from: "partial" }, {}, /is PartiallyFailed, not Completed/],
    ["a backup that is too old", { from: "gone" }, {}, /has expired on 2026-10-31/],
    [
      "no backup at all",
      {},
      { backups: [] },
      /there is no good backup of namespace mijnbureau-docs; Velero lists none/,
    ],
    [
      "none that completed",
      {},
      { backups: [backup("partial", "2026-11-29T01:17:00Z", { phase: "Failed" })] },
      /partial \(Failed\)/,
    ],
    ["a running app", {}, { pods: 12 }, /docs is running \(12 pods\).*--stop/],
    [
      "a second restore at once",
      {},
      { running: [{ name: "docs-1", namespaces: [DOCS] }] },
      /restore docs-1 is not over/,
    ],
    [
      "an interrupted one",
      {},
      { unfinished: { restore: "docs-1", at: "20261129t110000z" } },
      /was interrupted.*--continue.*--undo/,
    ],
    [
      "a namespace that is not there",
      {},
      { namespaces: new Set<string>() },
      /namespace mijnbureau-docs does not exist/,
    ],
    ["another app's namespace", { to: "mijnbureau-keycloak" }, {}, /is the namespace of keycloak/],
    [
      "an unreachable store",
      {},
      { locations: [location("default", gone)] },
      /no good backup of namespace mijnbureau-docs can be read \(location default: the store cannot be reached/,
    ],
    [
      "a full store",
      {},
      { locations: [location("default", { available: false, message: "InsufficientStorage: no space left" })] },
      /the store is full/,
    ],
    [
      "a backup by name in a store that is gone",
      { from: "new" },
      {
        locations: [location("default", gone), location("secondary")],
        backups: [...facts.backups, backup("copy", "2026-11-27T05:17:00Z", { location: "secondary" })],
      },
      /--from new: cannot be read \(location default: the store cannot be reached.*; the newest good one is copy$/,
    ],
    [
      "a restore over what cannot be saved first",
      {},
      {
        locations: [location("default", gone), location("secondary", { readOnly: true })],
        backups: [backup("copy", "2026-11-27T05:17:00Z", { location: "secondary" })],
      },
      /cannot be saved first, for no backup location can be written to \(location default: .*--to velero-drill; or add --unsaved/,
    ],
  ];
  for (const [name, wish, over, said] of bad) {
    it(`refuses ${name} with a sentence`, () => {
      assert.match(refused(wish, over), said);
    });
  }

  it("names several things at once", () => {
    assert.equal(
      refused({ at: "2027-01-01T00:00:00Z" }, { pods: 3, namespaces: new Set(["x"]) }).split("\n").length,
      3,
    );
  });

  it("lets a running app be stopped where that is said", () => {
    assert.equal(backupOf(planned({ stop: true }, { pods: 3 })), "new");
  });
});

describe("what failures of a restore mean", () => {
  const kinds: Readonly<Record<string, RegExp>> = {
    "error to open repo: unable to decrypt: cipher: message authentication failed": /password does not fit/,
    "error reading tarball: unexpected EOF": /truncated or corrupted/,
    "BLOB not found": /missing from the store/,
    "No completed backups found for schedule": /no good backup/,
    "AccessDenied: Access Denied": /refuses the key/,
    "connect ECONNREFUSED 127.0.0.1:9000": /cannot be reached/,
    "getaddrinfo ENOTFOUND s3.example.nl": /cannot be reached/,
  };
  for (const [message, meaning] of Object.entries(kinds)) {
    it(message, () => {
      assert.match(explainFailure(message), meaning);
      assert.ok(explainFailure(message).includes(message));
    });
  }
  it("leaves what it does not know as it is", () => {
    assert.equal(explainFailure("something new"), "something new");
  });
});

describe("a restore as an object and as arguments of the drill", () => {
  const requests: readonly RestoreRequest[] = [
    { from: { backup: "b" }, namespace: "a" },
    { from: { schedule: "s" }, namespace: "a", to: "c", without: ["ingresses"], overwrite: true },
    { from: { backup: "files" }, namespace: "a", asFiles: true },
  ];
  /** `velero restore create`'s flags, by the field that each sets (velero v1.18.3, pkg/cmd/cli/restore/create.go). */
  const fields: Readonly<Record<string, (value: string) => Record<string, unknown>>> = {
    "from-backup": (value) => ({ backupName: value }),
    "from-schedule": (value) => ({ scheduleName: value }),
    "include-namespaces": (value) => ({ includedNamespaces: value.split(",") }),
    "namespace-mappings": (value) => ({ namespaceMapping: Object.fromEntries([value.split(":")]) }),
    "exclude-resources": (value) => ({ excludedResources: value.split(",") }),
    "include-cluster-resources": (value) => ({ includeClusterResources: value === "true" }),
    "existing-resource-policy": (value) => ({ existingResourcePolicy: value }),
    "item-operation-timeout": (value) => ({ itemOperationTimeout: value }),
  };
  for (const request of requests) {
    it(`asks the same of Velero: ${JSON.stringify(request.from)}`, () => {
      const parts = restoreArguments(request).map((argument) => {
        const [, flag = "", value = ""] = /^--([a-z-]+)=(.*)$/.exec(argument) ?? [];
        const field = fields[flag];
        assert.ok(field !== undefined, argument);
        return field(value);
      });
      assert.deepEqual(Object.assign({}, ...parts), restoreSpec(request));
    });
  }
});
