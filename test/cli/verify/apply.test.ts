import assert from "node:assert/strict";
import type { Api, Apis } from "../../../cli/verify/api";
import { each, withRetries } from "../../../cli/verify/api";
import { applyAll, installStandIns, missingKinds, removeAll, withUniqueVariables } from "../../../cli/verify/apply";
import type { Placed } from "../../../cli/verify/placement";
import { stateOf } from "../../../cli/verify/observe";
import { laterHook } from "../../../cli/verify/workloads";
import { ApiError, at, type KubeObject } from "../../../lib/kube/client";

const object = (kind: string, name: string, rest: object = {}): KubeObject => ({
  apiVersion: kind === "Job" ? "batch/v1" : "v1",
  kind,
  metadata: { name, namespace: "suite" },
  ...rest,
});
const placed = (content: KubeObject): Placed => ({
  document: { file: "f", index: 0, object: content },
  app: "docs",
  object: content,
});

/** An API server in memory that records who did what; `refuse` may throw on an attempt. */
class FakeApi implements Api {
  readonly calls: string[] = [];
  readonly stored = new Map<string, KubeObject>();
  served: (apiVersion: string) => boolean = () => true;
  refuse: (call: string, content: KubeObject) => void = () => undefined;

  readonly #id = ({ kind, metadata }: Pick<KubeObject, "kind" | "metadata">): string =>
    `${kind}/${metadata.name ?? ""}`;
  #put(verb: string, content: KubeObject): Promise<KubeObject> {
    const call = `${verb} ${this.#id(content)}`;
    this.calls.push(call);
    return Promise.resolve().then(() => {
      this.refuse(call, content);
      this.stored.set(this.#id(content), content);
      return content;
    });
  }
  readonly apply = (content: KubeObject): Promise<KubeObject> => this.#put("apply", content);
  readonly create = (content: KubeObject): Promise<KubeObject> => this.#put("create", content);
  readonly delete = ({ kind, name }: { kind: string; name: string }): Promise<boolean> => {
    this.calls.push(`delete ${kind}/${name}`);
    return Promise.resolve(this.stored.delete(`${kind}/${name}`));
  };
  readonly find = ({ kind, name }: { kind: string; name: string }): Promise<KubeObject | undefined> =>
    Promise.resolve(this.stored.get(`${kind}/${name}`));
  readonly list = (): Promise<KubeObject[]> => Promise.resolve([...this.stored.values()]);
  readonly resourceType = ({ apiVersion, kind }: { apiVersion: string; kind: string }) =>
    this.served(apiVersion)
      ? Promise.resolve({ apiVersion, kind, plural: "x", namespaced: true })
      : Promise.reject(new ApiError(404, "NotFound", "no kind", {}));
  readonly version = (): Promise<string> => Promise.resolve("v1.36.3");
}

const apisOf = (deployer: Api, admin: Api = deployer): Apis => ({ admin, deployer: () => deployer });

describe("applying a suite", () => {
  for (const [who, code, says] of [
    ["a quota", 403, "status unknown for quota: platform, resources: count/servicemonitors.monitoring.coreos.com"],
    [
      "a mutating policy",
      503,
      "Resource kind monitoring.coreos.com/v1, Kind=ServiceMonitor not found. There can be a delay between when CustomResourceDefinitions are created and when they are available.",
    ],
  ] as const) {
    it(`waits until ${who} knows a kind whose definition is new`, async function () {
      this.timeout(20_000);
      const api = new FakeApi();
      // More often than what fails in passing is repeated.
      api.refuse = () => {
        if (api.calls.length < 6) throw new ApiError(code, "Refused", says, {});
      };
      const applied = await applyAll([placed(object("ServiceMonitor", "a"))], apisOf(api));
      assert.deepEqual(
        applied.map(({ refused }) => refused),
        [undefined],
      );
    });
  }

  it("brings what others refer to before the workloads", async () => {
    const api = new FakeApi();
    const kinds = [
      "Job",
      "Deployment",
      "Service",
      "Ingress",
      "Secret",
      "RoleBinding",
      "Role",
      "ServiceAccount",
      "Middleware",
    ];
    await applyAll(
      kinds.map((kind) => placed(object(kind, "x"))),
      apisOf(api),
    );
    const position = (kind: string): number => api.calls.indexOf(`apply ${kind}/x`);
    for (const [before, after] of [
      ["ServiceAccount", "Deployment"],
      ["Role", "RoleBinding"],
      ["Secret", "Deployment"],
      ["Service", "Deployment"],
      ["Middleware", "Ingress"],
      ["Deployment", "Job"],
    ] as const) {
      assert.ok(position(before) >= 0 && position(before) < position(after), `${before} before ${after}`);
    }
    assert.equal(api.calls.length, kinds.length);
  });

  it("acts as the deployer of each object's namespace, never as the administrator", async () => {
    const admin = new FakeApi();
    const asked: string[] = [];
    const deployer = new FakeApi();
    const apis: Apis = {
      admin,
      deployer: (namespace) => {
        asked.push(namespace);
        return deployer;
      },
    };
    await applyAll(
      [
        placed(object("Secret", "a")),
        placed({ ...object("Secret", "b"), metadata: { name: "b", namespace: "other" } }),
      ],
      apis,
    );
    assert.deepEqual(asked.sort(), ["other", "suite"]);
    assert.deepEqual(admin.calls, []);
  });

  it("keeps the refusal of one object and goes on with the others", async () => {
    const api = new FakeApi();
    api.refuse = (call) => {
      if (call === "apply Secret/bad") throw new ApiError(403, "Forbidden", "not yours", {});
    };
    const applied = await applyAll([placed(object("Secret", "bad")), placed(object("Job", "good"))], apisOf(api));
    assert.deepEqual(
      applied.map(({ placed: { object: content }, refused }) => [content.metadata.name, refused]),
      [
        ["bad", "not yours"],
        ["good", undefined],
      ],
    );
  });

  it("makes a changed Job anew, as its template cannot change", async () => {
    const api = new FakeApi();
    api.stored.set("Job/j", object("Job", "j"));
    api.refuse = (call) => {
      if (call.startsWith("apply")) throw new ApiError(422, "Invalid", "spec.template: field is immutable", {});
    };
    const [result] = await applyAll([placed(object("Job", "j"))], apisOf(api));
    assert.equal(result?.refused, undefined);
    assert.deepEqual(api.calls, ["apply Job/j", "delete Job/j", "create Job/j"]);
  });

  it("lets the last of equally named variables win where server-side apply refuses them", async () => {
    const api = new FakeApi();
    const env = [
      { name: "A", value: "1" },
      { name: "B", value: "2" },
      { name: "A", value: "3" },
    ];
    const job = object("Job", "j", { spec: { template: { spec: { containers: [{ name: "c", env }] } } } });
    api.refuse = (_, content) => {
      const given = at(content, "spec", "template", "spec", "containers", 0, "env");
      if (Array.isArray(given) && given.length === 3)
        throw new ApiError(500, "", 'duplicate entries for key [name="A"]', {});
    };
    const [result] = await applyAll([placed(job)], apisOf(api));
    assert.equal(result?.refused, undefined);
    const stored = api.stored.get("Job/j");
    assert.deepEqual(at(stored, "spec", "template", "spec", "containers", 0, "env"), env.slice(1));
    assert.equal(at(stored, "spec", "template", "spec", "containers", 0, "name"), "c");
  });

  it("changes nothing in an object whose variables are unique", () => {
    const content = object("Job", "j", {
      spec: { containers: [{ env: [{ name: "A" }, { name: "B" }], args: ["x", "x"] }] },
    });
    assert.deepEqual(withUniqueVariables(content), content);
  });

  it("removes workloads before what they use, with the claims of StatefulSets", async () => {
    const api = new FakeApi();
    const set = object("StatefulSet", "db", {
      spec: { replicas: 2, volumeClaimTemplates: [{ metadata: { name: "data" } }] },
    });
    const secret = object("Secret", "s");
    for (const content of [
      set,
      secret,
      object("PersistentVolumeClaim", "data-db-0"),
      object("PersistentVolumeClaim", "data-db-1"),
    ]) {
      api.stored.set(`${content.kind}/${content.metadata.name ?? ""}`, content);
    }
    const { removed, problems } = await removeAll([placed(secret), placed(set)], apisOf(api));
    assert.deepEqual([removed, problems], [4, []]);
    assert.equal(api.calls[0], "delete StatefulSet/db");
    assert.equal(api.stored.size, 0);
  });

  it("repeats what failed only for the moment, and nothing else", async () => {
    let attempts = 0;
    const flaky = (code: number) => (): Promise<string> => {
      attempts += 1;
      return attempts < 3 ? Promise.reject(new ApiError(code, "", "no", {})) : Promise.resolve("done");
    };
    assert.equal(await withRetries(flaky(503), 1), "done");
    attempts = 0;
    await assert.rejects(withRetries(flaky(403), 1));
    assert.equal(attempts, 1);
  });

  it("keeps the order of results, whichever ends first", async () => {
    const results = await each(
      [30, 1, 10],
      3,
      (ms) => new Promise<number>((resolve) => setTimeout(() => resolve(ms), ms)),
    );
    assert.deepEqual(results, [30, 1, 10]);
  });
});

describe("kinds that a cluster lacks", () => {
  it("are found, and stood in for where that is known", async () => {
    const api = new FakeApi();
    api.served = (apiVersion) =>
      apiVersion === "v1" || [...api.stored.keys()].some((key) => key.endsWith(apiVersion.split("/")[0] ?? ""));
    const monitor: KubeObject = {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "ServiceMonitor",
      metadata: { name: "m" },
    };
    const unknown: KubeObject = { apiVersion: "example.test/v1", kind: "Thing", metadata: { name: "t" } };
    const route: KubeObject = {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "r" },
    };
    const missing = await missingKinds([object("Secret", "s"), monitor, unknown, route, route].map(placed), api);
    assert.deepEqual(
      missing.map(({ kind }) => kind),
      ["ServiceMonitor", "Thing", "HTTPRoute"],
    );
    assert.deepEqual(await installStandIns(missing, api), [
      "servicemonitors.monitoring.coreos.com",
      "httproutes.gateway.networking.k8s.io",
    ]);
    const standIn = api.stored.get("CustomResourceDefinition/httproutes.gateway.networking.k8s.io");
    assert.match(standIn?.metadata.annotations?.["api-approved.kubernetes.io"] ?? "", /^unapproved/);
  });
});

describe("hooks of Helm", () => {
  it("that do not belong to an installation are told from those that do", () => {
    const hooked = (hook: string): KubeObject => {
      const plain = object("Job", "j");
      return { ...plain, metadata: { ...plain.metadata, annotations: { "helm.sh/hook": hook } } };
    };
    assert.equal(laterHook(hooked("test")), "test");
    assert.equal(laterHook(hooked("pre-delete, post-rollback")), "pre-delete");
    assert.equal(laterHook(hooked("post-install,post-rollback")), undefined);
    assert.equal(laterHook(object("Job", "j")), undefined);
  });
});

describe("state of a workload", () => {
  const state = (kind: string, spec: object, status: object): string => {
    const { ready, text } = stateOf(object(kind, "w", { spec, status }));
    return `${ready ? "ready" : "not ready"}: ${text}`;
  };

  it("is what its status says", () => {
    assert.equal(state("Deployment", { replicas: 2 }, { readyReplicas: 2 }), "ready: 2/2");
    assert.equal(state("Deployment", { replicas: 2 }, { readyReplicas: 1 }), "not ready: 1/2");
    assert.equal(state("Deployment", { replicas: 0 }, {}), "ready: 0/0");
    assert.equal(state("Job", {}, { succeeded: 1 }), "ready: completed");
    assert.equal(state("Job", { completions: 2 }, { succeeded: 1, failed: 3 }), "not ready: 3 failed");
    assert.equal(state("Job", {}, {}), "not ready: waiting");
    assert.equal(state("CronJob", {}, {}), "ready: on schedule");
    assert.equal(state("Pod", {}, { phase: "Pending" }), "not ready: Pending");
  });

  it("does not take an old status for the new generation's", () => {
    const changed = { ...object("Deployment", "d", { spec: {}, status: { readyReplicas: 1, observedGeneration: 1 } }) };
    assert.equal(stateOf({ ...changed, metadata: { ...changed.metadata, generation: 2 } }).ready, false);
  });
});
