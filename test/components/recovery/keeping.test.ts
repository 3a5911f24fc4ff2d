import assert from "node:assert/strict";
import { bucketFindings, bucketPolicy, type BucketFacts } from "../../../components/recovery/bucket";
import { ageHours, coverage, coverageWarnings } from "../../../components/recovery/coverage";
import { escrowWarnings } from "../../../components/recovery/escrow";
import { backupOf, lockDue, neededVersions, type StoredVersion } from "../../../components/recovery/locks";
import { storage as lokiStorage, storeOf } from "../../../components/operators/loki/stores";
import { stackConfig } from "../../../components/stack-file";
import { prefixOf } from "../../../components/operators/frame/facts";
import { storageLocation } from "../../../components/operators/velero/locations";
import { location } from "../../../components/operators/velero/settings";
import { at, isRecord } from "../../../lib/kube/client";

const now = new Date("2026-11-29T12:00:00Z");
const ago = (days: number): Date => new Date(now.getTime() - days * 86_400_000);
const keeping = { days: 30, graceDays: 45 };

describe("the coverage of a stack", () => {
  const config = stackConfig(".", "prod-nl-west");
  const rows = coverage(config);

  it("has every enabled app, and every store that it has", () => {
    for (const app of ["docs", "nextcloud", "openproject", "grist", "drive"] as const) {
      assert.deepEqual(
        rows.filter((row) => row.app === app && row.kind !== "claim").map(({ kind }) => kind),
        ["objects", "database", "redis", "bucket"],
        app,
      );
    }
    assert.ok(rows.some(({ app, place }) => app === "nextcloud" && place === "claim nextcloud"));
  });

  it("says of each place what saves it, or whose duty it is", () => {
    for (const row of rows) assert.ok(row.savedBy !== undefined || row.duty !== undefined, `${row.app} ${row.place}`);
    assert.deepEqual(coverageWarnings(rows), []);
  });

  it("calls a database that Velero leaves out and nobody archives a gap, and one outside the cluster somebody's duty", () => {
    const stores = config.network.datastores;
    const other = {
      ...config,
      network: {
        ...config.network,
        datastores: {
          ...stores,
          docs: { ...stores.docs, postgres: { provider: "cnpg" as const } },
          grist: {
            ...stores.grist,
            postgres: { provider: "external" as const, host: "db.example.nl", cidrs: [], port: 5432 },
          },
        },
      },
    };
    const found = coverage({ ...other, operators: { ...config.operators, databases: {} } });
    assert.match(coverageWarnings(found).join("\n"), /^backup coverage: docs: .*operators\.databases\.store/);
    const store = { provider: "s3", url: "https://s3.example.nl", region: "nl", bucket: "databases" };
    const archived = (enabled: boolean) =>
      coverage({ ...other, operators: { ...config.operators, databases: { enabled, store, retentionDays: 20 } } }).find(
        (row) => row.app === "docs" && row.kind === "database",
      );
    assert.deepEqual(
      [archived(true)?.savedBy, archived(true)?.kept, archived(true)?.gap],
      ["CloudNativePG's archive, databases at s3.example.nl", "any second of 20 days", undefined],
    );
    assert.match(String(archived(false)?.gap), /nothing archives it/);
    const outside = found.find((row) => row.app === "grist" && row.kind === "database");
    assert.match(String(outside?.duty), /db\.example\.nl/);
    assert.equal(outside?.savedBy, undefined);
  });

  it("warns of a missing second copy, and of Velero off", () => {
    const own = config.operators["velero"];
    const velero = { ...(isRecord(own) ? own : {}), secondary: undefined };
    assert.match(
      coverageWarnings(coverage({ ...config, operators: { ...config.operators, velero } })).join(),
      /no copy in another region/,
    );
    const off = { ...config.operators, velero: { enabled: false } };
    assert.match(coverageWarnings(coverage({ ...config, operators: off })).join(), /operators\.velero is off/);
  });

  it("knows the age of the newest copy at a location", () => {
    const [row] = rows.filter(({ app }) => app === "docs");
    assert.ok(row !== undefined);
    const copies = [
      { namespaces: ["mijnbureau-docs"], location: "default", started: ago(2) },
      { namespaces: ["mijnbureau-docs"], location: "default", started: ago(1) },
      { namespaces: ["mijnbureau-docs"], location: "secondary", started: ago(3) },
    ];
    assert.equal(ageHours(row, copies, "default", now), 24);
    assert.equal(ageHours(row, copies, "secondary", now), 72);
    assert.equal(ageHours(row, [], "default", now), undefined);
  });
});

describe("versions of a backup's folder", () => {
  async function* each(list: readonly StoredVersion[]): AsyncGenerator<StoredVersion> {
    for (const version of list) yield await Promise.resolve(version);
  }
  const version = (key: string, id: string, days: number, over: Partial<StoredVersion> = {}): StoredVersion => ({
    key,
    id,
    latest: false,
    deletion: false,
    modified: ago(days),
    ...over,
  });
  const needed = async (...list: StoredVersion[]): Promise<string[]> => {
    const found: string[] = [];
    for await (const { id } of neededVersions(each(list), now, keeping)) found.push(id);
    return found;
  };

  it("are needed while they are there, however old", async () => {
    assert.deepEqual(await needed(version("a", "1", 400, { latest: true })), ["1"]);
  });
  it("are needed for a while after they were hidden, whoever did it", async () => {
    assert.deepEqual(await needed(version("a", "2", 3, { latest: true, deletion: true }), version("a", "1", 400)), [
      "1",
    ]);
    assert.deepEqual(await needed(version("a", "2", 50, { latest: true, deletion: true }), version("a", "1", 400)), []);
    assert.deepEqual(
      await needed(version("a", "3", 3, { latest: true }), version("a", "2", 50), version("a", "1", 400)),
      ["3", "2"],
    );
  });
  it("of different keys say nothing of each other", async () => {
    assert.deepEqual(
      await needed(version("a", "1", 3, { latest: true, deletion: true }), version("b", "2", 400, { latest: true })),
      ["2"],
    );
  });
  it("are locked anew before half of the time is over", () => {
    assert.equal(lockDue(undefined, now, keeping).renew, true);
    assert.equal(lockDue(ago(-14), now, keeping).renew, true);
    assert.equal(lockDue(ago(-16), now, keeping).renew, false);
    assert.equal(lockDue(undefined, now, keeping).until.getTime(), ago(-30).getTime());
  });
  it("tell which backup they describe", () => {
    assert.equal(backupOf("a.b/prod", "a.b/prod/backups/suite-daily-1/velero-backup.json"), "suite-daily-1");
    assert.equal(backupOf("a.b/prod", "aXb/prod/backups/suite-daily-1/velero-backup.json"), undefined);
    assert.equal(backupOf("a.b/prod", "a.b/prod/kopia/x/p1"), undefined);
  });
});

describe("what a bucket must have", () => {
  const good: BucketFacts = {
    versioning: "Enabled",
    lock: { enabled: true, mode: "COMPLIANCE", days: 30 },
    encryption: true,
    publicBlocked: true,
    isPublic: false,
    trial: { deletesVersion: false, shortensLock: false, suspendsVersions: false },
  };
  const errors = (over: Partial<BucketFacts>): readonly string[] =>
    bucketFindings({ key: "k", bucket: "b" }, { ...good, ...over }).errors;

  it("is asked for, and nothing else", () => {
    assert.deepEqual(bucketFindings({ key: "k", bucket: "b" }, good), { errors: [], warnings: [] });
  });
  const bad: readonly (readonly [Partial<BucketFacts>, RegExp])[] = [
    [{ versioning: "Suspended" }, /keeps no versions/],
    [{ versioning: "" }, /keeps no versions/],
    [{ lock: { enabled: false } }, /no object lock/],
    [{ lock: { enabled: true, mode: "COMPLIANCE" } }, /no default retention/],
    [{ lock: { enabled: true, mode: "COMPLIANCE", days: 1 } }, /1 days; 14 at least/],
    [{ lock: { enabled: true, mode: "GOVERNANCE", days: 30 } }, /mode GOVERNANCE/],
    [{ encryption: false }, /encrypts nothing/],
    [{ publicBlocked: false }, /does not block public access/],
    [{ isPublic: true }, /is open to the public/],
    [{ trial: { deletesVersion: true, shortensLock: false, suspendsVersions: false } }, /delete versions/],
    [{ trial: { deletesVersion: false, shortensLock: true, suspendsVersions: false } }, /shorten a lock/],
    [{ trial: { deletesVersion: false, shortensLock: false, suspendsVersions: true } }, /suspend versioning/],
  ];
  for (const [over, said] of bad) {
    it(`is missed: ${JSON.stringify(over)}`, () => {
      const [error = "", ...others] = errors(over);
      assert.match(error, said);
      assert.deepEqual(others, []);
    });
  }
  it("of databases locks for as long as they are kept, for nobody lengthens those locks", () => {
    const facts = { ...good, lock: { enabled: true, mode: "COMPLIANCE", days: 20 } };
    assert.deepEqual(bucketFindings({ key: "k", bucket: "b" }, facts).errors, []);
    assert.match(
      bucketFindings({ key: "k", bucket: "b", lockDays: 32 }, facts).errors.join(),
      /^k\.bucket: b locks new objects for 20 days; 32 at least/,
    );
  });

  it("is a warning where the store does not say", () => {
    const { errors: none, warnings } = bucketFindings({ key: "k", bucket: "b" }, {});
    assert.deepEqual(none, []);
    assert.deepEqual(warnings, [
      "k.bucket: b does not say whether it keeps versions; the key needs s3:GetBucketVersioning",
      "k.bucket: b does not say whether it has an object lock; the key needs s3:GetBucketObjectLockConfiguration",
      "k.bucket: b does not say whether it encrypts; the key needs s3:GetEncryptionConfiguration",
      "k.bucket: b does not say whether public access is blocked; ask the store's owner",
    ]);
  });
  it("comes with a policy by which the writer removes no version", () => {
    const { Statement } = bucketPolicy({ bucket: "b", writer: "w", keeper: "k" });
    const of = (effect: string, who: string): string[] =>
      Statement.filter((each) => each.Effect === effect && each.Principal.AWS.includes(who)).flatMap(
        ({ Action }) => Action,
      );
    assert.ok(of("Deny", "w").includes("s3:DeleteObjectVersion"));
    assert.ok(of("Deny", "w").includes("s3:PutLifecycleConfiguration"));
    assert.ok(!of("Allow", "w").some((action) => of("Deny", "w").includes(action)));
    assert.ok(!of("Allow", "k").some((action) => /Delete|PutBucket/.test(action)));
    const written = Statement.filter(({ Effect, Action }) => Effect === "Allow" && Action.includes("s3:PutObject"));
    assert.deepEqual(
      written.map(({ Principal, Resource }) => [...Principal.AWS, ...Resource]),
      [
        ["w", "arn:aws:s3:::b/*"],
        ["k", "arn:aws:s3:::b/mijnbureau-evidence/*"],
      ],
    );
  });
});

describe("escrow", () => {
  const config = stackConfig(".", "prod-nl-west");
  it("is warned of where it never happened, and where it is long ago", () => {
    const warnings = (at: string | undefined): string => escrowWarnings(config, at, now).join("\n");
    assert.match(warnings(undefined), /^escrow: the backups' password lies in this cluster alone, .*$/);
    assert.match(warnings(ago(181).toISOString()), /^escrow: .* 181 days .*$/);
    assert.deepEqual(escrowWarnings(config, ago(179).toISOString(), now), []);
  });
});

describe("folders in a bucket", () => {
  const named = { environment: "prod", region: "nl-west", domain: "a.example.nl" } as const;
  it("of two tenants of one host are not the same, with and without a name of the organisation", () => {
    assert.notEqual(prefixOf(named), prefixOf({ ...named, domain: "b.example.nl" }));
    assert.notEqual(
      prefixOf({ ...named, organisation: "gemeente-a" }),
      prefixOf({ ...named, organisation: "gemeente-b" }),
    );
  });
});

describe("locations at other clouds", () => {
  const made = (input: Record<string, unknown>) =>
    storageLocation({ name: "x", location: location.parse(input), primary: true, readOnly: false, cluster: "c" });
  const azure = {
    provider: "azure",
    storageAccount: "mbbackups",
    bucket: "backups",
    region: "westeurope",
    resourceGroup: "backups",
    subscriptionId: "8d0f7a52-6f3b-4c1e-9a77-0c2f6f3f1a01",
  };
  const gcp = { provider: "gcp", bucket: "backups", region: "europe-west4" };
  it("have a key of their own, or log in as themselves", () => {
    assert.equal(at(made(azure)["spec"], "provider"), "azure");
    assert.deepEqual(at(made(azure)["spec"], "credential"), { name: "velero-object-store", key: "cloud" });
    assert.equal(at(made({ ...azure, clientId: azure.subscriptionId })["spec"], "credential"), undefined);
    assert.equal(at(made(gcp)["spec"], "provider"), "gcp");
    const workloadIdentity = {
      audience: "//iam.googleapis.com/projects/1/x",
      serviceAccount: "b@p.iam.gserviceaccount.com",
    };
    assert.equal(at(made({ ...gcp, workloadIdentity })["spec"], "credential"), undefined);
  });
});

describe("Loki at other clouds", () => {
  const place = { namespace: "logging", secret: "loki-object-store" };
  const of = (input: Record<string, unknown>) => storeOf(lokiStorage.parse({ chunksBucket: "logs", ...input }), place);
  const client = "8d0f7a52-6f3b-4c1e-9a77-0c2f6f3f1a01";

  it("has a key from the secret store, or none and the pods' own identity", () => {
    const keyed = of({ provider: "azure", storageAccount: "mblogs" });
    assert.equal(keyed.type, "azure");
    assert.deepEqual(Object.keys(keyed.secret), ["LOKI_AZURE_ACCOUNT_KEY"]);
    const own = of({ provider: "azure", storageAccount: "mblogs", clientId: client });
    assert.deepEqual(own.secret, {});
    assert.equal(own.annotations["azure.workload.identity/client-id"], client);
    assert.equal(own.labels["azure.workload.identity/use"], "true");
  });
  it("reads Google's key, or the federation's configuration, from the file that the environment names", () => {
    const workloadIdentity = {
      audience: "//iam.googleapis.com/projects/1/x",
      serviceAccount: "b@p.iam.gserviceaccount.com",
    };
    for (const [store, file] of [
      [of({ provider: "gcp" }), "service_account_key"],
      [of({ provider: "gcp", workloadIdentity }), "configuration.json"],
    ] as const) {
      const mounted = String(at(store.mounts[0], "mountPath"));
      assert.equal(at(store.env[0], "value"), `${mounted}/${file}`);
      const there = [
        ...Object.keys(store.secret),
        ...store.objects.flatMap((object) => Object.keys(isRecord(object["data"]) ? object["data"] : {})),
      ];
      assert.deepEqual(there, [file]);
    }
  });
  it("is S3's without a provider", () => {
    assert.equal(of({ url: "https://s3.example.nl", region: "nl" }).type, "s3");
  });
});
