import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { loadDocuments } from "../../../cli/verify/documents";
import { admissionSettings, baselineOf, suiteAdmission } from "../../../components/admission/kyverno";
import { mutationsOf, suiteMutations, tokenHolders, type MutationInput } from "../../../components/admission/mutations";
import { nativeResources } from "../../../components/admission/mutations/compile";
import { additions } from "../../../components/admission/mutations/data";
import { repairObject, repairPod } from "./repair";
import { flows } from "../../../suite/flows";
import { networkSettings } from "../../../config/network";
import { readObject } from "../../../policypack/engine/engine";
import { asList, asObject, at, type Json, type JsonObject } from "../../../lib/json";
import { podSecurityEngine } from "../../conformance/pod-security";
import { refusedInProduction } from "../../refused-in-production";
import { needFile } from "../../support/needs";

const corpus = join(__dirname, "..", "..", "..", "..", "shared", "corpus", "mijnbureau");
const facts = { appArmor: true, userRanges: false };
const input: MutationInput = {
  apps: [
    { app: "element", namespace: "chat" },
    { app: "livekit", namespace: "video", runtimeClass: "gvisor" },
  ],
  flows,
  facts,
};
const engine = podSecurityEngine();

/** Pod Security rules that an object violates in a namespace pinned at the version. */
function violations(object: JsonObject): string[] {
  const read = readObject(object);
  assert.ok(read !== undefined);
  const context = { role: "suite", podSecurityVersion: "v1.33", podSecurityLevel: "restricted" } as const;
  return engine.judge(read, context).flatMap(({ decision, rule }) => (decision === "violated" ? [rule] : []));
}

/** What MijnBureau's demo has that `restricted` refuses. */
const refusedInDemo = [
  "Deployment/collabora-online",
  "Deployment/element-web",
  "Deployment/meet-frontend",
  "Deployment/ollama",
  "Job/synapse-keygen",
];

const titleOf = (object: JsonObject): string =>
  [object["kind"], at(object, "metadata", "name")].filter((part) => typeof part === "string").join("/");
const runsPods = ({ kind }: JsonObject): boolean =>
  ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"].some((each) => each === kind);

const pod = (spec: JsonObject): JsonObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "sample", namespace: "chat" },
  spec,
});

/** Security contexts of which each field is absent, good or bad. */
const context = (fields: Record<string, readonly Json[]>): fc.Arbitrary<JsonObject> =>
  fc.record(
    Object.fromEntries(Object.entries(fields).map(([name, values]) => [name, fc.constantFrom<Json>(...values)])),
    { requiredKeys: [] },
  );
const good = {
  allowPrivilegeEscalation: [false],
  capabilities: [{}, { drop: ["ALL"] }, { add: ["NET_BIND_SERVICE"] }],
  seccompProfile: [{ type: "RuntimeDefault" }, { type: "Localhost", localhostProfile: "a.json" }],
  runAsNonRoot: [true],
  runAsUser: [26, 1001],
  runAsGroup: [0, 26],
  readOnlyRootFilesystem: [true, false],
};
const bad = {
  ...good,
  allowPrivilegeEscalation: [true, false],
  capabilities: [{ drop: ["NET_RAW"] }, { drop: [] }, { add: ["SYS_ADMIN"] }],
  seccompProfile: [{ type: "Unconfined" }],
  runAsNonRoot: [true, false],
  runAsUser: [0, 1001],
};
const onPod = ({ seccompProfile, runAsNonRoot, runAsUser }: typeof good): fc.Arbitrary<JsonObject> =>
  context({ seccompProfile, runAsNonRoot, runAsUser });
const podOf = (fields: typeof good): fc.Arbitrary<JsonObject> => {
  const container = fc.record({ securityContext: context(fields) }, { requiredKeys: [] });
  const lists = {
    containers: fc.array(container, { minLength: 1, maxLength: 3 }),
    initContainers: fc.array(container),
  };
  return fc
    .record({ ...lists, securityContext: onPod(fields) }, { requiredKeys: ["containers"] })
    .map((spec) => pod(asObject(JSON.parse(JSON.stringify(named(spec)))) ?? {}));
};
const named = <T extends { readonly containers: readonly object[]; readonly initContainers?: readonly object[] }>(
  spec: T,
): T => ({
  ...spec,
  ...Object.fromEntries(
    (["containers", "initContainers"] as const).flatMap((list) => {
      const items = spec[list];
      return items === undefined ? [] : [[list, items.map((item, index) => ({ ...item, name: `c${index}` }))]];
    }),
  ),
});

const field = (value: unknown, ...names: readonly string[]): unknown[] => {
  const object = asObject(JSON.parse(JSON.stringify(value)));
  return names.map((name) => object?.[name]);
};

/** Every value of the first is in the second, at the same place. */
function isKept(before: Json | undefined, after: Json | undefined): boolean {
  const [left, right] = [asObject(before), asObject(after)];
  if (left !== undefined && right !== undefined) {
    return Object.entries(left).every(([key, value]) => isKept(value, right[key]));
  }
  const [ours, theirs] = [asList(before), asList(after)];
  if (ours.length > 0) return ours.length === theirs.length && ours.every((item, index) => isKept(item, theirs[index]));
  return JSON.stringify(before) === JSON.stringify(after);
}

describe("mutations of the suite", () => {
  describe("repairPod", () => {
    it("makes every pod that only omits something pass restricted", () => {
      fc.assert(fc.property(podOf(good), (given) => assert.deepEqual(violations(repairPod(given, facts)), [])));
    });

    it("keeps every value that is there, and changes nothing the second time", () => {
      fc.assert(
        fc.property(podOf(bad), (given) => {
          const once = repairPod(given, facts);
          assert.ok(isKept(given, once));
          assert.deepEqual(repairPod(once, facts), once);
        }),
      );
    });

    it("gives a user only to containers of which nobody has said that they are not root", () => {
      const user = (spec: JsonObject): Json | undefined => {
        const [first] = asList(at(repairPod(pod(spec), facts), "spec", "containers"));
        return at(first, "securityContext", "runAsUser");
      };
      assert.equal(user({ containers: [{ name: "a" }] }), 1001);
      assert.equal(user({ containers: [{ name: "a", securityContext: { runAsNonRoot: true } }] }), undefined);
      assert.equal(user({ containers: [{ name: "a" }], securityContext: { runAsUser: 26 } }), undefined);
    });

    it("leaves Windows pods as they are, and AppArmor to annotations that say it already", () => {
      const windows = pod({ os: { name: "windows" }, containers: [{ name: "a" }] });
      assert.deepEqual(repairPod(windows, facts), windows);
      const annotated = {
        ...pod({ containers: [{ name: "a" }, { name: "b" }] }),
        metadata: { annotations: { "container.apparmor.security.beta.kubernetes.io/a": "unconfined" } },
      };
      const containers = asList(at(repairPod(annotated, facts), "spec", "containers"));
      const profiles = containers.map((each) => at(each, "securityContext", "appArmorProfile"));
      assert.deepEqual(profiles, [undefined, { type: "RuntimeDefault" }]);
    });

    it("repairs all of the suite's rendered workloads, those that restricted refuses among them", function () {
      needFile(this, corpus);
      for (const [environment, refused] of [
        ["production", refusedInProduction.map((path) => path.slice(path.indexOf("/") + 1))],
        ["demo", refusedInDemo],
      ] as const) {
        const { documents } = loadDocuments([join(corpus, environment)]);
        const objects = documents.map(({ object }) => asObject(JSON.parse(JSON.stringify(object))) ?? {});
        const given = objects.filter((object) => repairObject(object, facts) !== object);
        assert.deepEqual(given.map(titleOf), objects.filter(runsPods).map(titleOf));
        assert.deepEqual(
          given
            .filter((object) => violations(object).length > 0)
            .map(titleOf)
            .sort(),
          [...refused].sort(),
        );
        const left = given.flatMap((object) => violations(repairObject(object, facts)));
        assert.deepEqual(left, []);
      }
    });
  });

  it("says the same to the API server and to Kyverno", () => {
    const expressions = (manifests: readonly { readonly kind: string; readonly [field: string]: unknown }[]) =>
      manifests
        .filter(({ kind }) => !kind.endsWith("Binding"))
        .map(({ spec }) => field(spec, "mutations", "matchConditions"));
    const native = expressions(suiteMutations(input, "native"));
    assert.notDeepEqual(native, []);
    assert.deepEqual(expressions(suiteMutations(input, "kyverno")), native);
  });

  it("adds AppArmor only where nodes have it, and users only where the cluster gives none", () => {
    const text = (given: Partial<typeof facts>): string =>
      JSON.stringify(mutationsOf({ ...input, facts: { ...facts, ...given } }));
    assert.ok(text({}).includes("appArmorProfile") && text({}).includes("runAsUser"));
    assert.ok(!text({ appArmor: false }).includes("appArmorProfile"));
    assert.ok(!text({ userRanges: true }).includes("/runAsUser"));
    assert.deepEqual(
      additions.filter(({ needs }) => needs === undefined).map(({ path }) => path.join(".")),
      ["allowPrivilegeEscalation", "capabilities.drop", "seccompProfile", "runAsNonRoot"],
    );
  });

  it("leaves tokens to the pods that the table of flows lets call the API server", () => {
    const holders = tokenHolders(input).map(
      ({ namespace, pods: { labels, expressions = [] } }) =>
        `${namespace}: ${[...Object.values(labels), ...expressions.map(({ key, operator }) => `${key} ${operator}`)].join(" ")}`,
    );
    assert.deepEqual(holders.sort(), [
      "chat: cnpg.io/cluster Exists",
      "chat: synapse synapse-keygen",
      "video: livekit-server livekit-server-cronjob",
      "video: livekit-server livekit-server-job",
    ]);
  });
});

describe("admission of the suite", () => {
  const settings = networkSettings.parse({
    podCidrs: ["10.244.0.0/16"],
    serviceCidrs: ["10.96.0.0/12"],
    controlPlaneCidrs: ["192.0.2.1/32"],
  });
  const baseline = baselineOf({ settings, monitoringNamespace: "monitoring" });
  const admission = (given: { readonly served: boolean; readonly kyverno: boolean; readonly settings?: unknown }) =>
    suiteAdmission({
      ...input,
      settings: admissionSettings.parse(given.settings ?? {}),
      admissionResources: given.served ? nativeResources : [],
      baseline,
      kyverno: given.kyverno,
    });
  const kinds = (manifests: readonly { readonly kind: string }[]): string[] => [
    ...new Set(manifests.map(({ kind }) => kind)),
  ];

  it("mutates in the API server where that can, in Kyverno where it cannot, and says when neither does", () => {
    const both = admission({ served: true, kyverno: true });
    assert.deepEqual(kinds(both.native), ["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"]);
    assert.ok(!kinds(both.kyverno).includes("MutatingPolicy"));
    assert.deepEqual(both.notices, []);
    const older = admission({ served: false, kyverno: true });
    assert.deepEqual(older.native, []);
    assert.ok(kinds(older.kyverno).includes("MutatingPolicy"));
    assert.deepEqual(older.notices, []);
    const neither = admission({ served: false, kyverno: false });
    assert.deepEqual([neither.native, neither.kyverno], [[], []]);
    assert.match(neither.notices.join("\n"), /nine workloads .* refused/);
  });

  it("gives namespaces that others made what every namespace of the platform has", () => {
    assert.deepEqual(
      baseline.map(({ metadata }) => metadata.name),
      ["default-allow-dns", "default-deny"],
    );
    const { kyverno } = admission({ served: true, kyverno: true });
    const text = JSON.stringify(kyverno.find(({ kind }) => kind === "GeneratingPolicy"));
    for (const expected of ["default-deny", "default-allow-dns", "ResourceQuota", "LimitRange", "kube-dns"]) {
      assert.ok(text.includes(expected), expected);
    }
    assert.ok(!text.includes("'namespace'"));
  });

  it("refuses signers that could not be verified, each with what to do", () => {
    const problems = (signer: object): string =>
      admissionSettings
        .safeParse({ imageSignatures: [{ name: "own", images: ["example.org/*"], ...signer }] })
        .error?.issues.map(({ message }) => message)
        .join("\n") ?? "";
    const keyless = { issuer: "https://issuer.example.org", subject: "someone" };
    assert.match(problems({}), /needs either key or keyless/);
    assert.match(problems({ keyless }), /needs transparencyLog/);
    assert.match(problems({ key: "ssh-rsa AAAA" }), /not a public key in PEM form/);
    assert.equal(problems({ keyless, transparencyLog: "https://log.example.org" }), "");
  });

  it("verifies signatures only of the images that a signer is named for", () => {
    const transparencyLog = "https://log.example.org";
    const keyless = { issuer: "https://issuer.example.org", subject: "someone" };
    const signer = { name: "own", images: ["example.org/*"], keyless, transparencyLog };
    const { kyverno, notices } = admission({ served: true, kyverno: true, settings: { imageSignatures: [signer] } });
    const policies = kyverno.filter(({ kind }) => kind === "ImageValidatingPolicy");
    const spec: unknown = policies[0]?.["spec"];
    assert.match(JSON.stringify(field(spec, "matchImageReferences")), /full\.matches\('\^example/);
    assert.deepEqual(field(spec, "attestors")[0], [
      { name: "signer", cosign: { keyless: { identities: [keyless] }, ctlog: { url: transparencyLog } } },
    ]);
    assert.deepEqual(notices, []);
    const without = admission({ served: true, kyverno: false, settings: { imageSignatures: [signer] } });
    assert.match(without.notices.join("\n"), /imageSignatures/);
  });
});
