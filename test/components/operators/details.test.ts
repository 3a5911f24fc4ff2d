import assert from "node:assert/strict";
import { parse } from "yaml";
import { z } from "zod";
import { apps as suiteApps } from "../../../suite/apps";
import { label } from "../../../lib/labels";
import type { Manifest } from "../../../components/kubernetes-object";
import { auditFlags, auditPolicy, auditPolicyFile, auditWebhookConfig } from "../../../components/audit-policy";
import { auditLog, podLogs, type Central } from "../../../components/operators/alloy/config";
import { priorityClass } from "../../../components/priority-classes";
import { appSecrets } from "../../../suite/secrets";
import { suiteSecrets } from "../../../components/operators/external-secrets/suite";
import { auditRuleFile, syscallRuleFile } from "../../../components/operators/falco/rules";
import { image, withRegistry } from "../../../components/operators/frame/facts";
import { alertmanagerConfig } from "../../../components/operators/prometheus/alertmanager";
import { retentionSize } from "../../../components/operators/prometheus/values";
import { planOperators } from "../../../components/operators/frame/stack";
import { driverOf } from "../../../components/operators/storage";
import type { OperatorSettings } from "../../../config/load";
import { operatorSettings } from "../../../components/operators/frame/settings";
import { drilledKinds } from "../../../components/operators/velero/drill";
import { notDrilled } from "../../../components/operators/velero/excluded";
import { suiteSchedules, volumesAsFiles } from "../../../components/operators/velero/objects";
import { delegations } from "../../../components/operators/velero/rbac";
import { selects } from "../../../policypack/engine/stack";
import { everything, facts, required } from "./support";

function planOf(name: string, input: OperatorSettings, given = facts) {
  const parsed = operatorSettings(input);
  assert.ok(parsed.success, parsed.success ? "" : JSON.stringify(parsed.error.issues));
  const found = planOperators(parsed.data, given).find(({ plan }) => plan.operator === name);
  assert.ok(found !== undefined, `${name} is not planned`);
  return found.plan;
}

function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, key) => {
    if (typeof inner !== "object" || inner === null) return undefined;
    return Object.entries(inner).find(([name]) => name === String(key))?.[1];
  }, value);
}

const named = (objects: readonly Manifest[], kind: string, name: string): Manifest => {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  assert.ok(found !== undefined, `no ${kind} ${name}`);
  return found;
};

describe("images and their mirror", () => {
  const mirror = { images: { mirror: "mirror.example.nl:5000/copies" } };

  it("completes Docker Hub's short names before moving them", () => {
    assert.equal(withRegistry("nginx:1"), "docker.io/library/nginx:1");
    assert.equal(withRegistry("velero/velero:v1"), "docker.io/velero/velero:v1");
    assert.equal(withRegistry("localhost/x:1"), "localhost/x:1");
    assert.equal(withRegistry("registry.example:5000/x"), "registry.example:5000/x");
  });

  it("keeps the path and the tag, and replaces only the registry", () => {
    assert.equal(image(mirror, "ghcr.io/a/b:1"), "mirror.example.nl:5000/copies/a/b:1");
    assert.equal(image(mirror, "nginx:1"), "mirror.example.nl:5000/copies/library/nginx:1");
    assert.equal(image({ images: {} }, "ghcr.io/a/b@sha256:abc"), "ghcr.io/a/b@sha256:abc");
  });
});

describe("Velero: schedules", () => {
  const apps = [
    { key: "a", namespace: "ns-a", backupTier: "critical" as const, holdsData: true },
    { key: "b", namespace: "ns-b", backupTier: "standard" as const, holdsData: true },
    { key: "c", namespace: "ns-c", backupTier: "none" as const, holdsData: false },
  ];
  const schedules = suiteSchedules(apps, "default");
  const of = (name: string) => at(named(schedules, "Schedule", name), "spec");

  it("follow the tiers: 6 h for 7 days, daily for 30, weekly for 12 weeks, monthly for 12 months", () => {
    const ttl = (name: string): number => Number(/^(\d+)h/.exec(String(at(of(name), "template", "ttl")))?.[1]) / 24;
    assert.equal(ttl("suite-6h"), 7);
    assert.equal(ttl("suite-daily"), 30);
    assert.equal(ttl("suite-weekly"), 12 * 7);
    assert.equal(ttl("suite-monthly"), 365);
  });

  it("cover exactly the namespaces of their tier", () => {
    assert.deepEqual(at(of("suite-6h"), "template", "includedNamespaces"), ["ns-a"]);
    for (const name of ["suite-daily", "suite-weekly", "suite-monthly"]) {
      assert.deepEqual(at(of(name), "template", "includedNamespaces"), ["ns-a", "ns-b"]);
    }
  });

  it("read volumes without snapshots as files where that is asked for, and leave all others to snapshots", () => {
    const template = (asFiles: boolean) =>
      at(named(suiteSchedules(apps, "default", { asFiles }), "Schedule", "suite-daily"), "spec", "template");
    assert.equal(at(template(false), "resourcePolicy"), undefined);
    assert.equal(at(template(true), "resourcePolicy", "name"), volumesAsFiles().metadata.name);
    assert.equal(at(template(true), "snapshotMoveData"), true);
  });

  it("are not made for nothing", () => {
    assert.deepEqual(
      suiteSchedules(
        [apps[2]].flatMap((app) => app ?? []),
        "default",
      ),
      [],
    );
  });

  it("keep backups when a Schedule goes, and enter no pod", () => {
    for (const schedule of schedules) {
      assert.equal(at(schedule, "spec", "useOwnerReferencesInBackup"), false);
      assert.equal(at(schedule, "spec", "template", "hooks"), undefined);
    }
  });

  it("leave CloudNativePG's databases to their own operator: kinds, pods and claims", () => {
    for (const schedule of schedules) {
      const excluded = at(schedule, "spec", "template", "excludedResources");
      assert.ok(Array.isArray(excluded));
      for (const kind of ["clusters", "backups", "scheduledbackups", "poolers"]) {
        assert.ok(excluded.includes(`${kind}.postgresql.cnpg.io`), kind);
      }
      const selector = z.record(z.string(), z.json()).parse(at(schedule, "spec", "template", "labelSelector"));
      assert.equal(selects(selector, { "cnpg.io/cluster": "docs-cluster" }), false);
      assert.equal(selects(selector, { "app.kubernetes.io/name": "postgresql" }), true);
    }
  });

  it("never start in the same minute of an hour at two locations", () => {
    const starts = (made: readonly Manifest[]): string[] =>
      made.flatMap((schedule) => {
        const [minute = "", hours = ""] = String(at(schedule, "spec", "schedule")).split(" ");
        return hours.split(",").map((hour) => `${hour}:${minute}`);
      });
    for (const later of [1, 2, 3, 4, 5]) {
      const both = [
        ...starts(schedules),
        ...starts(suiteSchedules(apps, "secondary", { suffix: "-secondary", later })),
      ];
      assert.deepEqual(
        both.filter((start, index) => both.indexOf(start) !== index),
        [],
        `${String(later)} hours later`,
      );
    }
  });
});

describe("Velero: locations and rights", () => {
  const full = planOf("velero", everything);

  it("has two writable locations in mode schedule, and a read-only second one in mode replica", () => {
    assert.equal(at(named(full.after, "BackupStorageLocation", "secondary"), "spec", "accessMode"), "ReadWrite");
    assert.ok(full.after.some(({ metadata }) => metadata.name === "suite-daily-secondary-nl-west"));
    const velero = {
      ...asObject(everything["velero"]),
      secondary: { ...asObject(at(everything["velero"], "secondary")), mode: "replica" },
    };
    const replica = planOf("velero", { ...everything, velero });
    assert.equal(at(named(replica.after, "BackupStorageLocation", "secondary"), "spec", "accessMode"), "ReadOnly");
    assert.ok(!replica.after.some(({ metadata }) => metadata.name.includes("-secondary")));
  });

  it("has exactly one default location", () => {
    const defaults = full.after.filter(
      (object) => object.kind === "BackupStorageLocation" && at(object, "spec", "default") === true,
    );
    assert.deepEqual(
      defaults.map(({ metadata }) => metadata.name),
      ["default"],
    );
  });

  it("mounts the customer's key where the plugin is told to look for it", () => {
    const file = String(
      at(named(full.after, "BackupStorageLocation", "default"), "spec", "config", "customerKeyEncryptionFile"),
    );
    for (const mounts of [
      at(full.chart?.values, "extraVolumeMounts"),
      at(full.chart?.values, "nodeAgent", "extraVolumeMounts"),
    ]) {
      assert.ok(Array.isArray(mounts));
      assert.ok(
        mounts.some((mount: unknown) => file.startsWith(`${String(at(mount, "mountPath"))}/`)),
        file,
      );
    }
    const secret = full.secrets.find(({ name }) => name === "velero-object-store");
    assert.ok(secret?.from === "store" && secret.template !== undefined);
    assert.deepEqual(Object.keys(secret.template).sort(), ["ca.crt", "cloud", "cloud-secondary", "customer-key"]);
  });

  it("gets no right to escalate and no cluster-admin", () => {
    const rules = at(named(full.before, "ClusterRole", "mijnbureau-velero"), "rules");
    assert.ok(Array.isArray(rules));
    for (const rule of rules) {
      const verbs = at(rule, "verbs");
      assert.ok(Array.isArray(verbs));
      for (const verb of ["*", "bind", "escalate", "impersonate"]) assert.ok(!verbs.includes(verb), verb);
      const groups = at(rule, "apiGroups");
      if (Array.isArray(groups) && groups.includes("*")) assert.deepEqual(verbs, ["get", "list", "watch"]);
    }
    assert.equal(at(full.chart?.values, "rbac", "create"), false);
  });

  it("drills every app that holds data, each on a day of its own, into the drill's namespace", () => {
    const jobs = full.after.filter(({ kind, metadata }) => kind === "CronJob" && !metadata.name.endsWith("-clean"));
    assert.deepEqual(
      jobs.map(({ metadata }) => metadata.name),
      ["restore-drill-docs", "restore-drill-meet", "restore-drill-nextcloud"],
    );
    const days = jobs.map((job) => String(at(job, "spec", "schedule")).split(" ")[2]);
    assert.equal(new Set(days).size, days.length);
    assert.match(JSON.stringify(jobs[0]), /--namespace-mappings=mijnbureau-docs:velero-drill/);
    assert.ok(full.namespaces.some(({ name }) => name === "velero-drill"));
  });

  it("either removes after a drill what Velero may write, or leaves it out of the drill", () => {
    const written = delegations(true).flatMap(({ rules }) =>
      rules.flatMap(({ apiGroups = [], resources = [], verbs }) =>
        verbs.includes("create")
          ? apiGroups.flatMap((group) => resources.map((name) => (group === "" ? name : `${name}.${group}`)))
          : [],
      ),
    );
    assert.ok(written.length > 20);
    const decided: readonly string[] = [...drilledKinds, ...notDrilled, "volumesnapshots.snapshot.storage.k8s.io"];
    assert.deepEqual(
      written.filter((kind) => !decided.includes(kind)),
      [],
    );
  });

  it("refuses a drill of an app without backups, and says which have some", () => {
    const velero = (...apps: string[]): OperatorSettings => ({
      ...required,
      velero: {
        storage: { url: "https://s3.example.nl", bucket: "backups", region: "x", encryption: { mode: "sse-c" } },
        drill: { apps },
      },
    });
    const without = { ...facts, apps: facts.apps.filter(({ key }) => key !== "docs") };
    assert.doesNotThrow(() => planOf("velero", velero("docs")));
    assert.throws(
      () => planOf("velero", velero("docs"), without),
      /operators\.velero\.drill\.apps: docs is off .*has: meet, nextcloud$/,
    );
    assert.throws(() => planOf("velero", velero("clamav")), /drill\.apps: clamav has the backup tier none; .*: docs, /);
    assert.throws(() => planOf("velero", velero(), { ...facts, apps: [] }), /operators\.velero\.drill: no app/);
    assert.equal(operatorSettings(velero("doc")).success, false);
  });
});

describe("Velero: buckets that are refused", () => {
  const place = { url: "https://s3.example.nl", bucket: "backups", region: "nl-west" };
  const plan = (region: string) =>
    planOf("velero", { ...required, velero: { storage: place, secondary: { location: { ...place, region } } } });

  it("are a copy that goes with the region of the first", () => {
    assert.throws(() => plan("nl-west"), /secondary\.location\.region: nl-west is the primary's/);
    assert.doesNotThrow(() => plan("nl-north"));
  });
});

describe("Velero: pods that it starts", () => {
  it("have a priority class of the platform, data movers and maintenance alike", () => {
    const values = planOf("velero", required).chart?.values;
    const agent = at(values, "configMaps", "node-agent-config", "data", "node-agent-config.json");
    const maintenance = at(values, "configuration", "repositoryMaintenanceJob", "repositoryConfigData", "global");
    const known = new Set<unknown>(Object.values(priorityClass));
    assert.ok(known.has(at(JSON.parse(String(agent)), "priorityClassName")));
    assert.ok(known.has(at(maintenance, "priorityClassName")));
  });
});

describe("External Secrets: the suite's Secrets", () => {
  it("are listed for every app but those without any", () => {
    const listed = new Set(appSecrets.map(({ app }) => app));
    const missing = Object.keys(suiteApps).filter((app) => ![...listed].some((key) => key === app));
    assert.deepEqual(missing.sort(), ["clamav", "ollama"]);
  });

  it("change a value that two apps share at both ends, from one entry", () => {
    const apps = ["keycloak", "docs"] as const;
    const objects = suiteSecrets({
      apps: apps.map((key) => ({ key, namespace: `ns-${key}`, stored: true, externalStores: false })),
    });
    const remote = (secret: string, key: string): unknown => {
      const data = at(named(objects, "ExternalSecret", `platform-${secret}`), "spec", "data");
      assert.ok(Array.isArray(data));
      return at(
        data.find((entry: unknown) => at(entry, "secretKey") === key),
        "remoteRef",
      );
    };
    assert.deepEqual(remote("docs", "OIDC_RP_CLIENT_SECRET"), { key: "mijnbureau/shared/oidc", property: "docs" });
    assert.deepEqual(
      remote("keycloak-keycloak-config-cli", "MB_CLIENT_SECRET_DOCS"),
      remote("docs", "OIDC_RP_CLIENT_SECRET"),
    );
  });

  it("leave a datastore's password alone unless the datastore is outside the cluster", () => {
    const keys = (externalStores: boolean): unknown[] => {
      const objects = suiteSecrets({ apps: [{ key: "docs", namespace: "ns", stored: true, externalStores }] });
      const data = at(named(objects, "ExternalSecret", "platform-docs"), "spec", "data");
      return Array.isArray(data) ? data.map((entry: unknown) => at(entry, "secretKey")) : [];
    };
    for (const key of ["DB_PASSWORD", "AWS_S3_SECRET_ACCESS_KEY", "MIGRATE_DB_PASSWORD"]) {
      assert.ok(!keys(false).includes(key), key);
      assert.ok(keys(true).includes(key), key);
    }
    // URLs with the password in them change together with the datastore or not at all.
    assert.ok(!keys(true).includes("REDIS_URL"));
  });

  it("only ever merge, so that Helm's Secret stays Helm's, and never touch the homeserver's key", () => {
    const objects = suiteSecrets({
      apps: (["docs", "element", "nextcloud"] as const).map((key) => ({
        key,
        namespace: `ns-${key}`,
        stored: true,
        externalStores: true,
        rotateAfter: "2160h",
      })),
    });
    const external = objects.filter(({ kind }) => kind === "ExternalSecret");
    const ofSuite = new Set(appSecrets.map(({ secret }) => secret));
    for (const object of external) {
      const target = String(at(object, "spec", "target", "name"));
      assert.equal(at(object, "spec", "target", "creationPolicy"), ofSuite.has(target) ? "Merge" : "Owner", target);
    }
    assert.ok(!external.some((object) => at(object, "spec", "target", "name") === "synapse-signing-key"));
    assert.equal(
      new Set(external.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).size,
      external.length,
    );
  });

  const docs = { key: "docs", namespace: "ns", externalStores: false } as const;
  const drawnKeys = (objects: readonly Manifest[], name: string): unknown[] => {
    const dataFrom = at(named(objects, "ExternalSecret", name), "spec", "dataFrom");
    assert.ok(Array.isArray(dataFrom));
    return dataFrom.map((entry: unknown) => at(entry, "rewrite", 0, "regexp", "target"));
  };

  it("draw a value of its own for each key that rotates, and leave those to no other source", () => {
    const objects = suiteSecrets({ apps: [{ ...docs, stored: true, rotateAfter: "2160h" }] });
    const rotatable = Object.entries(suiteApps.docs.secrets.docs).flatMap(([key, way]) =>
      "rotatable" in way ? [key] : [],
    );
    assert.ok(rotatable.length > 1);
    assert.deepEqual(drawnKeys(objects, "platform-docs-drawn"), rotatable);
    assert.equal(at(named(objects, "ExternalSecret", "platform-docs-drawn"), "spec", "refreshInterval"), "2160h");
    const copied = named(objects, "ExternalSecret", "platform-docs-keys");
    assert.deepEqual(at(copied, "spec", "target", "template", "templateFrom"), [
      { secret: { name: "platform-docs-drawn", items: rotatable.map((key) => ({ key, templateAs: "Values" })) } },
    ]);
    const stored = JSON.stringify(named(objects, "ExternalSecret", "platform-docs"));
    for (const key of rotatable) assert.ok(!stored.includes(key), "a key has one source");
  });

  it("rotate by default in production, store or no store, and not where the stack says why", () => {
    const rotating = (environment: "dev" | "acc" | "prod", settings: OperatorSettings[string] = {}): string[] =>
      planOf("external-secrets", { ...required, "external-secrets": settings }, { ...facts, environment })
        .after.filter((object) => at(object, "spec", "target", "creationPolicy") === "Owner")
        .map(({ metadata }) => metadata.namespace ?? "");
    const all = ["mijnbureau-docs", "mijnbureau-meet"];
    assert.deepEqual([rotating("acc"), rotating("prod"), rotating("dev")], [all, all, []]);
    assert.deepEqual(rotating("dev", { rotateAfter: "24h" }), all);
    assert.deepEqual(rotating("prod", { notRotated: { docs: "Sessions of a week." } }), ["mijnbureau-meet"]);
  });

  it("stores are open to one role of namespaces each, and log in with accounts of their own", () => {
    const plan = planOf("external-secrets", required);
    const stores = plan.after.filter(({ kind }) => kind === "ClusterSecretStore");
    const roles = stores.map((store) =>
      at(store, "spec", "conditions", 0, "namespaceSelector", "matchLabels", label.role),
    );
    assert.deepEqual([...roles].sort(), ["operator", "suite"]);
    const accounts = stores.map((store) =>
      at(store, "spec", "provider", "vault", "auth", "kubernetes", "serviceAccountRef", "name"),
    );
    assert.deepEqual([...accounts].sort(), ["openbao-operator", "openbao-suite"]);
    const role = plan.after.find((object) => object.kind === "Role");
    assert.deepEqual(at(role, "rules", 0, "resourceNames"), accounts);
  });

  it("refuses a store that is not reached over TLS", () => {
    const parsed = operatorSettings({
      ...required,
      "external-secrets": { openbao: { server: "http://openbao:8200" } },
    });
    assert.equal(parsed.success, false);
    assert.match(JSON.stringify(parsed.error.issues), /is not an https URL/);
  });
});

describe("Alertmanager", () => {
  const config = (settings: Parameters<typeof alertmanagerConfig>[0]): unknown =>
    parse(alertmanagerConfig(settings).replace(/\{\{[^}]*\}\}/g, '"filled in"'));

  it("has a receiver for every route", () => {
    for (const receiver of [
      { type: "webhook" } as const,
      { type: "email", to: "a@example.nl", from: "b@example.nl", smarthost: "smtp:587" } as const,
    ]) {
      const parsed = config(receiver);
      const receivers = at(parsed, "receivers");
      assert.ok(Array.isArray(receivers));
      const names = receivers.map((each: unknown) => at(each, "name"));
      const routes = at(parsed, "route", "routes");
      assert.ok(Array.isArray(routes));
      const every: unknown[] = [at(parsed, "route")].concat(routes);
      for (const route of every) assert.ok(names.includes(at(route, "receiver")));
    }
  });

  it("sends the alert that never stops to the dead man's switch, every minute, before anything else sees it", () => {
    const first = at(config({ type: "webhook" }), "route", "routes", 0);
    // Alerts of apps carry their namespace: none of them stands in for the platform's.
    assert.deepEqual(at(first, "matchers"), ['alertname="Watchdog"', 'namespace=""']);
    assert.equal(at(first, "repeat_interval"), "1m");
  });

  it("lets no alert of an app hide one of the platform: its rules can say anything of its namespace", () => {
    const plan = planOf("prometheus", everything);
    const texts = plan.secrets.flatMap((each) => (each.from === "store" ? Object.values(each.template ?? {}) : []));
    const [text = ""] = texts.filter((each) => each.includes("inhibit_rules"));
    const matchers = at(parse(text.replace(/\{\{[^}]*\}\}/g, '"x"')), "inhibit_rules", 0, "source_matchers");
    assert.ok(Array.isArray(matchers));
    const [, excluded = ""] = /^namespace!~"(.*)"$/.exec(String(matchers[1])) ?? [];
    const hides = (namespace: string): boolean => !new RegExp(`^(?:${excluded})$`).test(namespace);
    assert.deepEqual([hides("velero"), hides("mijnbureau-docs"), hides("mijnbureau-meet")], [true, false, false]);
  });

  it("keeps what is secret out of the values: placeholders only", () => {
    const plan = planOf("prometheus", everything);
    assert.ok(!JSON.stringify(plan.chart?.values).includes("smtp_password"));
    assert.match(
      alertmanagerConfig({ type: "email", to: "a@b.nl", from: "a@b.nl", smarthost: "s:1", username: "u" }),
      /auth_password: \{\{ \.smtpPassword \| toJson \}\}\n/,
    );
  });

  it("must tell somebody", () => {
    const parsed = operatorSettings({ ...required, prometheus: {} });
    assert.equal(parsed.success, false);
    assert.match(JSON.stringify(parsed.error.issues), /receiver/);
  });
});

describe("Prometheus", () => {
  it("leaves room on its volume", () => {
    assert.equal(retentionSize("50Gi"), "45GiB");
    assert.equal(retentionSize("10Gi"), "9GiB");
  });

  it("selects monitors by namespace, whatever labels they carry", () => {
    const spec = at(planOf("prometheus", required).chart?.values, "prometheus", "prometheusSpec");
    for (const kind of ["serviceMonitor", "podMonitor", "rule"]) {
      assert.deepEqual(at(spec, `${kind}Selector`), {});
      assert.equal(at(spec, `${kind}SelectorNilUsesHelmValues`), false);
      assert.deepEqual(at(spec, `${kind}NamespaceSelector`, "matchLabels"), { [label.monitoring]: "true" });
    }
    // What calls any host is the platform's alone.
    for (const kind of ["probe", "scrapeConfig"]) {
      const labels = at(spec, `${kind}NamespaceSelector`, "matchLabels");
      assert.deepEqual(labels, { [label.monitoring]: "true", [label.role]: "operator" });
    }
  });

  it("does without a webhook where nothing issues its certificate", () => {
    const values = planOf("prometheus", {
      ...required,
      "cert-manager": { install: "never" },
      "cloudnative-pg": { install: "never" },
      databases: { enabled: false },
      "falco-audit": { enabled: false },
    }).chart?.values;
    assert.equal(at(values, "prometheusOperator", "admissionWebhooks", "enabled"), false);
    assert.equal(at(values, "prometheusOperator", "tls", "enabled"), false);
  });
});

describe("Falco's rules", () => {
  const given = {
    namespaces: ["mijnbureau-docs", "mijnbureau-meet"],
    operatorNamespaces: ["velero"],
    outside: [{ namespace: "mijnbureau-meet", cidrs: ["0.0.0.0/0"] }],
    secretReaders: ["eso"],
    webhookKeepers: [],
    deployers: [],
    deployerGroups: [],
    platformUsers: [],
    exceptions: [],
  };
  const files = {
    syscall: parse(syscallRuleFile(given)) as unknown,
    k8s_audit: parse(auditRuleFile(given)) as unknown,
  };

  for (const [source, file] of Object.entries(files)) {
    it(`over ${source} define every macro and list that they use, before they use it`, () => {
      assert.ok(Array.isArray(file));
      const known = new Set<string>();
      for (const entry of file) {
        const condition = String(at(entry, "condition"));
        for (const [name] of condition.matchAll(/\bmijnbureau_\w+/g))
          assert.ok(known.has(name), `${name} in ${condition}`);
        const defines = at(entry, "macro") ?? at(entry, "list");
        if (typeof defines === "string") known.add(defines);
      }
    });
  }
});

describe("the audit policy", () => {
  const policy = auditPolicy({ namespaces: ["mijnbureau-docs"] });

  interface Request {
    readonly user?: string;
    readonly groups?: readonly string[];
    readonly verb: string;
    readonly group?: string;
    readonly resource: string;
    readonly namespace?: string;
  }

  /** The API server's own way of choosing a rule (k8s.io/apiserver, pkg/audit/policy/checker.go), for resource requests. */
  function level(request: Request): unknown {
    const rules = at(policy, "rules");
    assert.ok(Array.isArray(rules));
    const list = (rule: unknown, key: string): readonly unknown[] | undefined => {
      const value = at(rule, key);
      return Array.isArray(value) ? value : undefined;
    };
    const rule: unknown = rules.find((each: unknown) => {
      if (list(each, "nonResourceURLs") !== undefined) return false;
      const users = list(each, "users");
      if (users !== undefined && !users.includes(request.user)) return false;
      const groups = list(each, "userGroups");
      if (groups !== undefined && !(request.groups ?? []).some((group) => groups.includes(group))) return false;
      const verbs = list(each, "verbs");
      if (verbs !== undefined && !verbs.includes(request.verb)) return false;
      const namespaces = list(each, "namespaces");
      if (namespaces !== undefined && !namespaces.includes(request.namespace)) return false;
      const resources = list(each, "resources");
      return (
        resources === undefined ||
        resources.some((entry) => {
          const names = list(entry, "resources") ?? [];
          return (
            at(entry, "group") === (request.group ?? "") && (names.includes("*") || names.includes(request.resource))
          );
        })
      );
    });
    return at(rule, "level");
  }

  it("records who read a Secret, and never what was in it", () => {
    for (const verb of ["get", "list", "watch", "create", "update", "patch", "delete"]) {
      assert.equal(level({ user: "jan", verb, resource: "secrets", namespace: "mijnbureau-docs" }), "Metadata", verb);
    }
    assert.equal(
      level({
        user: "system:serviceaccount:x:y",
        groups: ["system:serviceaccounts"],
        verb: "get",
        resource: "secrets",
      }),
      "Metadata",
    );
  });

  it("records exec and its like with their parameters", () => {
    for (const resource of ["pods/exec", "pods/attach", "pods/portforward", "pods/ephemeralcontainers"]) {
      assert.equal(level({ user: "jan", verb: "create", resource, namespace: "mijnbureau-docs" }), "Request", resource);
    }
  });

  it("records changes of guardrails and of the suite's workloads with the new state", () => {
    assert.equal(
      level({ user: "jan", verb: "delete", group: "networking.k8s.io", resource: "networkpolicies" }),
      "RequestResponse",
    );
    assert.equal(
      level({ user: "jan", verb: "create", group: "rbac.authorization.k8s.io", resource: "rolebindings" }),
      "RequestResponse",
    );
    assert.equal(
      level({ user: "jan", verb: "create", resource: "pods", namespace: "mijnbureau-docs" }),
      "RequestResponse",
    );
    assert.equal(level({ user: "jan", verb: "create", resource: "pods", namespace: "elsewhere" }), "Metadata");
  });

  it("leaves the noise out", () => {
    assert.equal(level({ user: "system:kube-scheduler", verb: "watch", resource: "pods" }), "None");
    assert.equal(level({ verb: "update", group: "coordination.k8s.io", resource: "leases" }), "None");
    assert.equal(level({ user: "system:node:a", groups: ["system:nodes"], verb: "get", resource: "secrets" }), "None");
  });

  it("is a file that the API server reads, with the flags that go with it", () => {
    assert.deepEqual(parse(auditPolicyFile({ namespaces: ["mijnbureau-docs"] })), JSON.parse(JSON.stringify(policy)));
    assert.ok(auditFlags({ policy: "/p", log: "/l" }).includes("--audit-policy-file=/p"));
    assert.ok(!auditFlags({ policy: "/p", log: "/l" }).some((flag) => flag.includes("webhook")));
    const webhook: unknown = parse(
      auditWebhookConfig({ url: "https://falco:9765/k8s-audit", certificateAuthority: "PEM" }),
    );
    assert.equal(
      at(webhook, "clusters", 0, "cluster", "certificate-authority-data"),
      Buffer.from("PEM").toString("base64"),
    );
  });
});

describe("Alloy's configuration", () => {
  const base = {
    suiteNamespaces: ["mijnbureau-docs", "mijnbureau-meet"],
    securityNamespaces: ["falco"],
    logStore: true,
    organisation: "example",
    cluster: "prod-nl-west",
    central: undefined,
    keycloak: undefined,
  };

  /** Every component that is sent to must be there. */
  function dangling(config: string): string[] {
    const declared = new Set(
      [...config.matchAll(/^([a-z_.]+) "([a-z_]+)" \{/gm)].map(([, type, name]) => `${type}.${name}`),
    );
    const used = [...config.matchAll(/([a-z]+(?:\.[a-z_]+)+)\.(?:receiver|input|output|targets|handler)\b/g)].map(
      ([, reference]) => reference ?? "",
    );
    return used.filter((reference) => !declared.has(reference));
  }

  const centrals: readonly (Central | undefined)[] = [
    undefined,
    { type: "otlp", url: "https://otlp.example.nl", cidrs: [] },
    { type: "loki", url: "https://loki.example.nl/loki/api/v1/push", cidrs: [] },
    { type: "syslog", host: "syslog.example.nl", port: 6514, cidrs: [], acceptPublicPreview: true },
  ];

  for (const central of centrals) {
    for (const logStore of [true, false]) {
      it(`sends only to components that it has (central: ${central?.type ?? "none"}, store: ${logStore})`, () => {
        for (const config of [
          podLogs({ ...base, central, logStore }),
          auditLog({ ...base, central, logStore }, "/var/log/a.log"),
        ]) {
          assert.deepEqual(dangling(config), []);
          assert.equal((config.match(/\{/g) ?? []).length, (config.match(/\}/g) ?? []).length);
          assert.equal(config.includes('"central"'), central !== undefined);
          assert.equal(config.includes('loki.write "store"'), logStore);
        }
      });
    }
  }

  it("puts each namespace in the tenant of its class", () => {
    const config = podLogs(base);
    assert.match(config, /regex {9}= "mijnbureau-docs\|mijnbureau-meet"\n.*\n.*replacement {3}= "apps"/);
    assert.match(config, /regex {9}= "falco"\n.*\n.*replacement {3}= "security"/);
  });

  it("takes a less stable Alloy only where syslog was asked for, with open eyes", () => {
    assert.equal(at(planOf("alloy", everything).chart?.values, "alloy", "stabilityLevel"), "generally-available");
    assert.equal(at(planOf("alloy-node", everything).chart?.values, "alloy", "stabilityLevel"), "public-preview");
    const parsed = operatorSettings({ ...required, alloy: { central: { type: "syslog", host: "x" } } });
    assert.match(JSON.stringify(parsed.error?.issues), /public preview/);
  });
});

describe("storage", () => {
  it("says encryption in each driver's own words", () => {
    const says = (settings: Parameters<typeof driverOf>[0]): string => JSON.stringify(driverOf(settings));
    const parameters = {};
    assert.match(says({ provider: "aws", type: "gp3", parameters }), /"encrypted":"true"/);
    assert.match(
      says({
        provider: "ceph",
        clusterId: "c",
        pool: "p",
        kmsId: "vault",
        secretNamespace: "rook-ceph",
        provisioner: "x",
        parameters,
      }),
      /"encrypted":"true","encryptionKMSID":"vault"/,
    );
    assert.match(
      says({ provider: "azure", diskEncryptionSetId: "/subscriptions/1", sku: "Premium_ZRS", parameters }),
      /"diskEncryptionSetID":"\/subscriptions\/1"/,
    );
    assert.match(says({ provider: "openstack", volumeType: "luks", parameters }), /"type":"luks"/);
    assert.match(
      says({ provider: "luks", provisioner: "csi.example", secret: { name: "key", namespace: "kms" }, parameters }),
      /node-stage-secret-name":"key"/,
    );
    assert.equal(driverOf({ provider: "existing" }), undefined);
  });

  it("makes one class, the default, under the name that the stack gives", () => {
    const classes = planOf("storage", required).after;
    assert.deepEqual(
      classes.map(({ metadata }) => metadata.name),
      [facts.storageClass],
    );
    assert.equal(at(classes[0], "metadata", "annotations", "storageclass.kubernetes.io/is-default-class"), "true");
  });
});

describe("Trivy operator", () => {
  const scans = (images: typeof facts.images) => {
    const settings = operatorSettings(everything);
    assert(settings.success);
    const plan = planOperators(settings.data, { ...facts, images }).find(
      (each) => each.plan.operator === "trivy-operator",
    );
    const { operator } = z
      .object({
        operator: z.object({
          accessGlobalSecretsAndServiceAccount: z.boolean(),
          privateRegistryScanSecretsNames: z.record(z.string(), z.string()),
        }),
      })
      .parse(plan?.plan.chart?.values);
    return { ...operator, home: plan?.plan.namespaces[0]?.name };
  };

  it("logs in at registries with the pull secret of its own namespace: of others it is not asked without rights to all", () => {
    const { privateRegistryScanSecretsNames, accessGlobalSecretsAndServiceAccount, home } = scans({
      pullSecret: "registry",
    });
    assert.equal(accessGlobalSecretsAndServiceAccount, false);
    assert.deepEqual(Object.entries(privateRegistryScanSecretsNames), [[home, "registry"]]);
    assert.deepEqual(scans({}).privateRegistryScanSecretsNames, {});
  });
});

describe("Eraser", () => {
  it("never removes everything unused, nor an image whose scan failed", () => {
    const scanner = at(planOf("eraser", required).chart?.values, "runtimeConfig", "components", "scanner");
    assert.equal(at(scanner, "enabled"), true);
    const config: unknown = parse(String(at(scanner, "config")));
    assert.equal(at(config, "deleteFailedImages"), false);
    assert.deepEqual(at(config, "vulnerabilities", "severities"), ["CRITICAL"]);
  });
});

describe("wrong settings of operators", () => {
  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ["kyverno", { replicas: 1 }, /replicas/],
    ["velero", { storage: { url: "http://s3", bucket: "b", region: "r" } }, /is not an https URL/],
    ["loki", { storage: { url: "https://s3", region: "r" } }, /chunksBucket/],
    ["prometheus", { receiver: { type: "pigeon" } }, /receiver/],
    ["eraser", { severities: [] }, /severities/],
    ["sandboxes", { offer: ["docker"] }, /offer/],
    ["trivy-operator", { concurrency: 0 }, /concurrency/],
    ["alloy-node", { auditLogPath: "/etc/passwd" }, /is not below \/var\/log/],
    ["no-such-operator", {}, /no-such-operator/],
  ];

  for (const [name, value, message] of wrong) {
    it(`${name}: ${JSON.stringify(value)}`, () => {
      const parsed = operatorSettings({ ...required, [name]: value });
      assert.equal(parsed.success, false);
      assert.match(JSON.stringify(parsed.error.issues), message);
    });
  }
});

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}

describe("the audit trail of a stack", () => {
  const problemsOf = (settings: Record<string, unknown>, changes: Partial<typeof facts> = {}): string[] => {
    const parsed = operatorSettings({ ...required, ...settings });
    assert.ok(parsed.success, parsed.error?.message);
    try {
      planOperators(parsed.data, { ...facts, ...changes });
      return [];
    } catch (error) {
      assert.ok(error instanceof Error);
      return error.message.split("\n").slice(1);
    }
  };
  const none = { alloy: {}, "alloy-node": {}, falcosidekick: {} };
  const on = (distribution: "eks" | "aks" | "gke" | "kubernetes") => ({
    cluster: { ...facts.cluster, distribution, managedControlPlane: distribution !== "kubernetes" },
  });
  const eks = { type: "eks", cluster: "c", region: "eu-central-1", roleArn: "arn:aws:iam::1:role/r" };

  it("goes outside the cluster, or says why not, but in dev", () => {
    assert.deepEqual(
      problemsOf(none).map((problem) => problem.slice(0, problem.indexOf(" outside the cluster"))),
      Object.keys(none).map((operator) => `  - operators.${operator}.central: prod keeps no copy`),
    );
    assert.deepEqual(problemsOf(none, { environment: "dev" }), []);
    assert.deepEqual(problemsOf({}), []);
    const both = { falcosidekick: { central: { url: "https://x.example.nl" }, withoutCentral: "nobody has one yet" } };
    assert.match(problemsOf(both).join(), /falcosidekick\.withoutCentral: there is a central system as well/);
    const short = operatorSettings({ ...required, alloy: { withoutCentral: "no" } });
    assert.match(short.error?.message ?? "", /says too little/);
  });

  it("comes from the provider where the control plane takes no flags", () => {
    assert.match(problemsOf({}, on("eks")).join(), /falco-audit\.source: is webhook; the control plane of eks/);
    assert.match(problemsOf({ "falco-audit": { source: eks } }).join(), /source: is eks, and cluster\.distribution is/);
    assert.deepEqual(problemsOf({ "falco-audit": { source: eks } }, on("eks")), []);
    assert.deepEqual(problemsOf({ "falco-audit": { enabled: false } }, on("gke")), []);
  });

  const sources = [
    { distribution: "eks", source: eks, host: "logs.eu-central-1.amazonaws.com", secret: [] },
    {
      distribution: "aks",
      source: {
        type: "aks",
        eventHub: "h",
        eventHubHost: "n.servicebus.windows.net",
        container: "c",
        storageHost: "s.blob.core.windows.net",
      },
      host: "n.servicebus.windows.net",
      secret: ["EVENT_HUB_CONNECTION", "BLOB_STORAGE_CONNECTION"],
    },
    {
      distribution: "gke",
      source: { type: "gke", project: "p", subscription: "s" },
      host: "pubsub.googleapis.com",
      secret: ["credentials.json"],
    },
  ] as const;
  for (const { distribution, source, host, secret } of sources) {
    it(`${distribution}: the plugin, its way out and its login, and no webhook`, () => {
      const parsed = operatorSettings({ ...required, "falco-audit": { source } });
      assert.ok(parsed.success, parsed.error?.message);
      const planned = planOperators(parsed.data, { ...facts, ...on(distribution) });
      const plan = planned.find(({ plan: each }) => each.operator === "falco-audit")?.plan;
      const plugin = `k8saudit-${distribution}`;
      assert.deepEqual(at(plan?.chart?.values, "falco", "load_plugins"), [plugin, "json"]);
      assert.match(JSON.stringify(at(plan?.chart?.values, "falcoctl")), new RegExp(`plugin/${plugin}:`));
      assert.deepEqual(at(plan?.chart?.values, "services"), []);
      assert.match(JSON.stringify(plan?.flows), new RegExp(host.replaceAll(".", "\\.")));
      const own = (plan?.secrets ?? []).flatMap((each) => (each.from === "store" ? Object.keys(each.values) : []));
      assert.deepEqual(own, secret);
      // Nothing of a login is in a value.
      assert.ok(!JSON.stringify(plan?.chart?.values).includes("SharedAccessKey"));
    });
  }
});
