import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stackConfig, stackPlan } from "../../../components/stack-file";
import { parseManifests } from "../../../cli/verify/documents";
import { containerDefaults, resourceQuota } from "../../../components/namespace/limits";
import { creatable, LARGEST_CONTENT, objectCounts } from "../../../components/namespace/counts";
import { deployerRules } from "../../../components/namespace/rbac";
import { appKeys, apps } from "../../../suite/apps";
import { at, type KubeObject } from "../../../lib/kube/client";
import { projectRoot } from "../../../embedded/toolchain";
import { resourceOf } from "../../../lib/kinds";
import { needFile } from "../../support/needs";

const Mi = 2 ** 20;
/** etcd takes no larger request, and is full at this size unless told otherwise (etcd, "System limits"). */
const LARGEST_OBJECT = 1.5 * Mi;
const ETCD = 2048 * Mi;
/** A release that Helm keeps is a Secret, and the API takes none of more than a mebibyte (core/v1, MaxSecretSize). */
const LARGEST: Readonly<Record<string, number>> = { "count/configmaps": LARGEST_CONTENT, "count/secrets": Mi };

const corpus = join(projectRoot(), "..", "shared", "corpus", "mijnbureau");
/** A second release while the first is still there, and what Pulumi, Helm and controllers add. */
const ROOM = 2;
const REVISIONS = 11;

const amount = (quantity: string): number => {
  const [, value = "", unit = ""] = /^(\d+(?:\.\d+)?)(m|[KMGT]i)?$/.exec(quantity) ?? [];
  const factor = { "": 1, m: 1e-3, Ki: 2 ** 10, Mi, Gi: 2 ** 30, Ti: 2 ** 40 }[unit];
  assert.ok(factor !== undefined && value !== "", quantity);
  return Number(value) * factor;
};

const hardOf = (app: (typeof appKeys)[number]): Record<string, string> =>
  JSON.parse(JSON.stringify(at(resourceQuota("n", apps[app].size), "spec", "hard"))) as Record<string, string>;

/** The key under which a quota counts an object. */
function countOf({ apiVersion, kind }: KubeObject): string {
  const [group = "", version] = apiVersion.split("/");
  const resource = resourceOf(kind);
  return version === undefined ? `count/${resource}` : `count/${resource}.${group}`;
}

const bytes = (value: unknown): number =>
  typeof value === "object" && value !== null
    ? Object.entries(value).reduce((sum, [key, text]) => sum + key.length + Buffer.byteLength(String(text)), 0)
    : 0;

function containersOf(object: KubeObject): readonly unknown[] {
  const path = object.kind === "CronJob" ? ["jobTemplate", "spec", "template"] : ["template"];
  const containers = at(object, "spec", ...path, "spec", "containers");
  return Array.isArray(containers) ? Array.from<unknown>(containers) : [];
}

interface Rendered {
  readonly name: string;
  readonly app: (typeof appKeys)[number];
  readonly objects: readonly KubeObject[];
  readonly releases: number;
}

function rendered(): readonly Rendered[] {
  return ["production", "demo"].flatMap((overlay) =>
    appKeys.flatMap((app): Rendered[] => {
      const file = join(corpus, overlay, `${app}.yaml`);
      if (!existsSync(file)) return [];
      const text = readFileSync(file, "utf8");
      const charts = new Set([...text.matchAll(/^# Source: ([^/]+)\//gm)].map(([, chart]) => chart));
      const { documents } = parseManifests(text, file);
      return [
        { name: `${overlay}/${app}`, app, objects: documents.map(({ object }) => object), releases: charts.size },
      ];
    }),
  );
}

describe("how many objects an app may have", () => {
  it("is said of every kind that its deployer may make", () => {
    const made = deployerRules()
      .filter(({ verbs }) => verbs.includes("create"))
      .flatMap(({ apiGroups, resources }) =>
        apiGroups.flatMap((group) => resources.map((name) => (group === "" ? name : `${name}.${group}`))),
      );
    for (const app of appKeys) {
      const hard = hardOf(app);
      const free = made.filter((kind) => hard[`count/${kind}`] === undefined && hard[kind] === undefined);
      assert.deepEqual(free, [], app);
    }
    assert.equal(creatable().length, made.length);
  });

  it("leaves etcd room, however large the objects are", () => {
    for (const app of appKeys) {
      const counts = Object.entries(hardOf(app)).filter(([key]) => key.startsWith("count/"));
      const most = counts.reduce((sum, [key, count]) => {
        const largest = LARGEST[key] ?? LARGEST_OBJECT;
        return sum + Number(count) * largest;
      }, 0);
      assert.ok(most < ETCD, `${app}: ${String(Math.round(most / Mi))} MiB`);
    }
  });

  it("counts pods that have ended, and fewer than three for each that runs", () => {
    for (const app of appKeys) {
      const { pods = "", "count/pods": all = "" } = hardOf(app);
      assert.ok(Number(all) > Number(pods) && Number(all) <= 2 * Number(pods), app);
    }
  });

  it("has room for what the platform itself puts there", () => {
    const plan = stackPlan(stackConfig(projectRoot(), "prod-nl-west"));
    for (const { app, namespace, networkPolicies, objects = [] } of plan.suite) {
      const hard = hardOf(app);
      const found = new Map<string, number>();
      for (const object of [...networkPolicies, ...objects]) {
        const key = countOf({ ...object, metadata: { ...object.metadata } });
        found.set(key, (found.get(key) ?? 0) + 1);
      }
      for (const [key, count] of found) assert.ok(count * 2 <= Number(hard[key] ?? Infinity), `${namespace}: ${key}`);
    }
  });
});

describe("MijnBureau's manifests", function () {
  before(function () {
    needFile(this, corpus);
  });

  it("are all looked at", () => {
    const files = ["production", "demo"].flatMap((overlay) => readdirSync(join(corpus, overlay)));
    assert.equal(rendered().length, files.length);
  });

  it("fit twice into the counts, with the revisions that Helm keeps", () => {
    for (const { name, app, objects, releases } of rendered()) {
      const hard = hardOf(app);
      const found = new Map([["count/secrets", releases * REVISIONS]]);
      for (const object of objects) found.set(countOf(object), (found.get(countOf(object)) ?? 0) + ROOM);
      for (const [key, count] of found) {
        if (key.endsWith(".velero.io")) continue; // not the deployer's
        const most = hard[key] ?? hard[key.replace("count/", "")];
        assert.ok(
          most !== undefined && count <= Number(most),
          `${name}: ${String(count)} of ${key}, ${String(most)} allowed`,
        );
      }
    }
  });

  it("have no ConfigMap or Secret of more than half the size that is allowed", () => {
    for (const { name, objects } of rendered()) {
      for (const object of objects.filter(({ kind }) => kind === "ConfigMap" || kind === "Secret")) {
        const size = bytes(object["data"]) + bytes(object["binaryData"]) + bytes(object["stringData"]);
        assert.ok(
          size * 2 <= LARGEST_CONTENT,
          `${name}: ${object.kind} ${object.metadata.name ?? ""} has ${String(size)}`,
        );
      }
    }
  });

  it("fit into local storage at the autoscalers' maximum, and ask for nothing that the quota does not know", () => {
    const ordinary = new Set(["cpu", "memory", "ephemeral-storage"]);
    for (const { name, app, objects } of rendered()) {
      const hard = hardOf(app);
      const most = new Map(
        objects
          .filter(({ kind }) => kind === "HorizontalPodAutoscaler")
          .map((scaler) => [at(scaler, "spec", "scaleTargetRef", "name"), Number(at(scaler, "spec", "maxReplicas"))]),
      );
      const resources = objects.flatMap((object) => {
        const replicas = most.get(object.metadata.name) ?? Number(at(object, "spec", "replicas") ?? 1);
        return containersOf(object).map((container) => ({ container, pods: replicas + 1 }));
      });
      const used = { requests: 0, limits: 0 };
      for (const { container, pods } of resources) {
        for (const kind of ["requests", "limits"] as const) {
          const given = at(container, "resources", kind);
          const names = Object.keys(typeof given === "object" && given !== null ? given : {});
          assert.deepEqual(
            names.filter((each) => !ordinary.has(each)),
            [],
            name,
          );
          const own = at(given, "ephemeral-storage");
          const fallback = containerDefaults[kind === "requests" ? "request" : "limit"]["ephemeral-storage"];
          used[kind] += amount(typeof own === "string" ? own : fallback) * pods;
        }
      }
      for (const kind of ["requests", "limits"] as const) {
        const allowed = amount(hard[`${kind}.ephemeral-storage`] ?? "");
        assert.ok(used[kind] <= allowed, `${name}: ${kind} ${String(used[kind] / 2 ** 30)}Gi`);
      }
    }
  });
});

describe("object counts", () => {
  it("are numbers under names that the API server accepts", () => {
    for (const [key, count] of Object.entries(objectCounts())) {
      assert.match(key, /^count\/[a-z]+(\.[a-z0-9-]+)*$/);
      assert.ok(key.length - "count/".length <= 63, key);
      assert.match(count, /^[1-9]\d*$/);
    }
  });
});
