import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";
import { helmTemplate, renderedObjects } from "../../cli/charts/helm";
import type { ResolvedChart } from "../../components/charts/chart";
import { chartLock } from "../../components/charts/lock";
import { valuesKeys } from "../../components/charts/values-keys";
import { crdsOf } from "../../components/crds/crds";
import { permissiveCrd } from "../../components/crds/stand-in";
import { needFile, needTools } from "../support/needs";

const corpus = path.join(__dirname, "../../../shared/corpus/operators");

const fields = z.record(z.string(), z.unknown());
const from = z.record(z.string(), z.string());
const container = z.strictObject({
  name: z.string(),
  image: z.string(),
  registryFrom: z.string().optional(),
  repositoryFrom: z.string().optional(),
  fixed: fields.optional(),
  from: from.optional(),
});
const workload = z.strictObject({
  kind: z.enum(["Deployment", "StatefulSet", "DaemonSet"]),
  name: z.string(),
  namespaceFrom: z.string().optional(),
  selector: z.record(z.string(), z.string()),
  podLabels: z.record(z.string(), z.string()).optional(),
  fixed: fields.optional(),
  from: from.optional(),
  storageClassFrom: z.string().optional(),
  pod: fields.optional(),
  podFrom: from.optional(),
  initContainers: z.array(container).optional(),
  containers: z.array(container).min(1),
});
const role = z.strictObject({
  name: z.string(),
  binding: z.string().optional(),
  scope: z.enum(["cluster", "namespace"]),
  namespace: z.string().optional(),
  refKind: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  rules: z.array(z.string().regex(/^\S+: [a-z* ]+$/)).optional(),
  accounts: z.array(z.string()).optional(),
});
const service = z.strictObject({
  name: z.string(),
  namespace: z.string().optional(),
  headless: z.boolean().optional(),
  labels: fields,
  selector: fields,
  ports: z.array(z.string().regex(/^[a-z0-9-]+ \d+ [a-z0-9-]+( UDP)?$/)),
});
const facts = z.strictObject({
  accounts: z.array(z.string()),
  accountsElsewhere: from.optional(),
  roles: z.array(role).default([]),
  workloads: z.array(workload).min(1),
  services: z.array(service).default([]),
  budgets: z.array(z.strictObject({ name: z.string(), selector: fields, spec: fields })).default([]),
  objects: z
    .array(
      z.strictObject({
        apiVersion: z.string(),
        kind: z.string(),
        name: z.string(),
        namespace: z.string().optional(),
        clusterWide: z.boolean().optional(),
        when: z.string().optional(),
        labels: fields.optional(),
        spec: fields.optional(),
        specFrom: z.string().optional(),
        storageClassFrom: z.string().optional(),
        image: z.string().optional(),
        registryFrom: z.string().optional(),
        fields: fields.optional(),
      }),
    )
    .default([]),
});
const crdLines = { crds: z.array(z.string()).optional() };
const standIn = z.union([
  z.strictObject({ ...crdLines, releases: z.record(z.string(), facts) }),
  facts.extend(crdLines),
]);
type Facts = z.infer<typeof facts>;

const read = (chart: string, file: string): string => fs.readFileSync(path.join(__dirname, chart, file), "utf8");
const yaml = (chart: string, file: string): unknown => parse(read(chart, file));

/** Facts per release of a stand-in; most have one release, whatever its name. */
function releases(chart: string): Map<string, Facts> {
  const content = standIn.parse(yaml(chart, "facts.yaml"));
  return "releases" in content ? new Map(Object.entries(content.releases)) : new Map([["", content]]);
}

const resolved = (chart: string): ResolvedChart => ({
  name: chart,
  version: "",
  path: path.join(__dirname, chart),
  origin: "stand-in",
});

const charts = [...chartLock.keys()];

/** `group/Kind` of CRDs. */
const kinds = (crds: readonly unknown[]): string[] =>
  crds
    .map((crd) => z.object({ spec: z.object({ group: z.string(), names: z.object({ kind: z.string() }) }) }).parse(crd))
    .map(({ spec }) => `${spec.group}/${spec.names.kind}`)
    .sort();

describe("stand-in charts", () => {
  it("there is one for every pinned chart, and none for another", () => {
    const folders = fs.readdirSync(__dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    assert.deepEqual(folders.map(({ name }) => name).sort(), [...charts].sort());
  });

  for (const chart of charts) {
    it(`${chart}: is of the pinned version, and its facts are well-formed`, () => {
      const locked = chartLock.get(chart);
      const { name, version, appVersion } = z.looseObject({}).parse(yaml(chart, "Chart.yaml"));
      assert.deepEqual([name, version, appVersion], [chart, locked?.version, locked?.appVersion]);
      assert.equal(read(chart, "templates/objects.tpl"), fs.readFileSync(path.join(__dirname, "objects.tpl"), "utf8"));
      assert.ok(releases(chart).size > 0);
      const crds = crdsOf(resolved(chart));
      assert.equal(new Set(crds.map(({ metadata }) => metadata.name)).size, crds.length);
    });

    it(`${chart}: reads only values keys that an operator sets`, () => {
      const known = Object.values(valuesKeys).filter((record) => record.chart.startsWith(`${chart} `));
      const keys = known.flatMap((record) => Object.keys(record.keys));
      const read = [...releases(chart).values()].flatMap(({ workloads, objects }) => [
        ...workloads.flatMap((found) => [
          ...Object.values(found.from ?? {}),
          ...Object.values(found.podFrom ?? {}),
          ...(found.storageClassFrom === undefined ? [] : [found.storageClassFrom]),
          ...[...found.containers, ...(found.initContainers ?? [])].flatMap((inner) => Object.values(inner.from ?? {})),
        ]),
        ...objects.flatMap(({ when, specFrom, storageClassFrom }) =>
          [when, specFrom, storageClassFrom].filter((key) => key !== undefined),
        ),
      ]);
      const strange = read.filter((key) => !keys.some((set) => set === key || set.startsWith(`${key}.`)));
      assert.deepEqual(strange, []);
    });

    it(`${chart}: every account that its pods or rights name is made by it`, () => {
      for (const { accounts, roles, workloads } of releases(chart).values()) {
        const used = [
          ...roles.flatMap((found) => found.accounts ?? []),
          ...workloads.map(({ pod }) => z.string().parse(pod?.["serviceAccountName"])),
        ];
        assert.deepEqual(
          used.filter((account) => ![...accounts, "default"].includes(account)),
          [],
        );
      }
    });
  }

  it("a kind of a protected group carries the annotation without which the API server refuses it", () => {
    const crd = permissiveCrd("snapshot.storage.k8s.io/v1 VolumeSnapshot volumesnapshots");
    assert.match(JSON.stringify(crd.metadata["annotations"]), /api-approved\.kubernetes\.io.*unapproved/);
    assert.equal(permissiveCrd("x.x-k8s.io/v1 Thing things cluster").metadata["annotations"], undefined);
    assert.throws(() => permissiveCrd("velero.io/v1 Backup"), /is not of the form/);
  });

  describe("keep what the real charts have (corpus)", () => {
    const podOwner = z.object({
      kind: z.string(),
      metadata: z.object({ name: z.string(), annotations: z.record(z.string(), z.string()).nullish() }),
      spec: z.object({
        template: z.object({
          spec: z.object({
            serviceAccountName: z.string(),
            containers: z.array(
              z.object({ name: z.string(), ports: z.array(z.object({ containerPort: z.number() })).nullish() }),
            ),
          }),
        }),
      }),
    });
    /** Folder of the corpus -> chart, release, and what our values leave out or add on purpose. */
    const rendered: [folder: string, chart: string, release: string, without: readonly string[]][] = [
      ["alloy", "alloy", "alloy", []],
      ["alloy-node", "alloy", "alloy-node", []],
      ["confidential-containers", "confidential-containers", "", []],
      ["eraser", "eraser", "", []],
      ["external-secrets", "external-secrets", "", []],
      // Falcosidekick is a release of its own chart.
      ["falco", "falco", "falco", ["Deployment/falco-falcosidekick"]],
      ["kata-deploy", "kata-deploy", "", []],
      ["kube-prometheus-stack", "kube-prometheus-stack", "", []],
      ["kyverno", "kyverno", "", []],
      ["loki", "loki", "", []],
      ["security-profiles-operator", "security-profiles-operator", "", []],
      ["trivy-operator", "trivy-operator", "", []],
      ["velero", "velero", "", []],
    ];

    for (const [folder, chart, release, without] of rendered) {
      it(`${folder}: workloads, containers and their accounts`, function () {
        const file = path.join(corpus, folder, "hardened.yaml");
        needFile(this, file);
        const real = parseAllDocuments(fs.readFileSync(file, "utf8")).flatMap((document) => {
          const owner = podOwner.safeParse(document.toJS());
          return owner.success && owner.data.metadata.annotations?.["helm.sh/hook"] === undefined ? [owner.data] : [];
        });
        const shape = new Map<string, unknown>(
          real.map(({ kind, metadata, spec }) => {
            const { serviceAccountName: account, containers } = spec.template.spec;
            return [`${kind}/${metadata.name}`, { account, containers: containers.map(({ name }) => name).sort() }];
          }),
        );
        for (const name of without) assert.ok(shape.delete(name), `${name} is in the corpus no more`);
        const ours = releases(chart).get(release)?.workloads ?? [];
        const standing = new Map<string, unknown>(
          ours.map(({ kind, name, pod, containers }) => [
            `${kind}/${name}`,
            { account: pod?.["serviceAccountName"], containers: containers.map((inner) => inner.name).sort() },
          ]),
        );
        assert.deepEqual(standing, shape);
      });

      it(`${folder}: kinds of custom resources`, function () {
        needFile(this, path.join(corpus, folder));
        const files = ["crds.yaml", "hardened.yaml"].map((file) => path.join(corpus, folder, file));
        const real = files
          .filter((file) => fs.existsSync(file))
          .flatMap((file) =>
            parseAllDocuments(fs.readFileSync(file, "utf8")).map((document) => {
              const object: unknown = document.toJS();
              return object;
            }),
          )
          .filter((object) => z.object({ kind: z.literal("CustomResourceDefinition") }).safeParse(object).success);
        if (real.length === 0) return;
        assert.deepEqual(kinds(crdsOf(resolved(chart))), kinds(real));
      });
    }
  });

  describe("rendered by Helm", function () {
    this.timeout(600_000);
    let helm: string;
    before(async function () {
      ({ helm } = await needTools(this, "helm"));
    });

    async function render(chart: string, release: string, values: unknown): Promise<z.infer<typeof object>[]> {
      const folder = path.join(__dirname, chart);
      const text = await helmTemplate({
        helm,
        chart: folder,
        release,
        namespace: "here",
        values: JSON.stringify(values),
      });
      return z.array(object).parse(renderedObjects(text, chart));
    }
    const object = z.looseObject({
      kind: z.string(),
      metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
    });

    for (const chart of charts) {
      it(`${chart}: renders every workload without any value`, async () => {
        for (const [release, { workloads }] of releases(chart)) {
          const objects = await render(chart, release === "" ? chart : release, {});
          const found = objects.filter(({ kind }) => ["Deployment", "StatefulSet", "DaemonSet"].includes(kind));
          assert.deepEqual(
            found.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort(),
            workloads.map(({ kind, name }) => `${kind}/${name}`).sort(),
          );
        }
      });
    }

    it("values reach the pods: registry, replicas, resources", async () => {
      const resources = { requests: { cpu: "1m" } };
      const objects = await render("kyverno", "kyverno", {
        global: { image: { registry: "mirror.example/x" }, priorityClassName: "platform-critical" },
        admissionController: { replicas: 7, container: { resources } },
      });
      const deployment = objects.find(
        ({ kind, metadata }) => kind === "Deployment" && metadata.name === "kyverno-admission-controller",
      );
      const text = JSON.stringify(deployment);
      assert.match(text, /"replicas":7/);
      assert.match(text, /"image":"mirror\.example\/x\/kyverno\/kyverno:v/);
      assert.match(text, /"priorityClassName":"platform-critical"/);
      assert.match(text, /"resources":\{"requests":\{"cpu":"1m"\}\}/);
    });

    it("a release that the stand-in does not know is named, with those it knows", async () => {
      await assert.rejects(render("alloy", "other", {}), /knows the releases alloy, alloy-node only/);
    });
  });
});
