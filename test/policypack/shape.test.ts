import assert from "node:assert/strict";
import fc from "fast-check";
import { podsByShape } from "../../policypack/engine/shape";
import { Engine, readObject } from "../../policypack/engine/engine";
import { loadRules } from "../../policypack/engine/load";
import { policySettings } from "../../config/policies";
import { asObject } from "../../lib/json";
import { TODAY } from "./harness";

const engine = new Engine(loadRules(), policySettings.parse({}), TODAY);

function findings(object: object) {
  const read = readObject(object);
  return read === undefined ? [] : engine.judge(read, { role: "any" });
}
const rulesOf = (object: object): readonly string[] => [...new Set(findings(object).map(({ rule }) => rule))];
const PRIVILEGED = "pod-security/privileged-containers";

const container = { name: "c", image: "ghcr.io/minbzk/a:1.0", securityContext: { privileged: true } };
const template = { metadata: { labels: { a: "b" } }, spec: { containers: [container] } };
const object = (group: string, kind: string, spec: object): object => ({
  apiVersion: `${group}/v1`,
  kind,
  metadata: { name: "o", namespace: "shop" },
  spec,
});

describe("pods by their shape", () => {
  // The forms of the operators' own documentation.
  const holders: Readonly<Record<string, object>> = {
    "Argo Workflow, container": object("argoproj.io", "Workflow", { templates: [{ name: "m", container }] }),
    "Argo Workflow, script": object("argoproj.io", "WorkflowTemplate", {
      templates: [{ name: "m", script: { ...container, source: "x" } }],
    }),
    "Argo CronWorkflow": object("argoproj.io", "CronWorkflow", {
      workflowSpec: { templates: [{ sidecars: [container] }] },
    }),
    "Argo container set": object("argoproj.io", "Workflow", {
      templates: [{ containerSet: { containers: [container] } }],
    }),
    "Argo Workflow, patch in YAML": object("argoproj.io", "Workflow", {
      podSpecPatch: "containers:\n  - name: main\n    securityContext:\n      privileged: true\n",
    }),
    "Argo Workflow, patch in JSON with a template": object("argoproj.io", "Workflow", {
      templates: [
        {
          podSpecPatch:
            '{"priority": {{inputs.parameters.priority}}, "containers": [{"name": "main", "securityContext": {"privileged": true}}]}',
        },
      ],
    }),
    "Tekton Task": object("tekton.dev", "Task", { steps: [container] }),
    "Tekton Task, steps' template": object("tekton.dev", "Task", {
      stepTemplate: { securityContext: { privileged: true } },
    }),
    "Tekton PipelineRun": object("tekton.dev", "PipelineRun", {
      pipelineSpec: { tasks: [{ taskSpec: { steps: [container] } }] },
    }),
    "KEDA ScaledJob": object("keda.sh", "ScaledJob", { jobTargetRef: { template } }),
    "CNPG Pooler": object("postgresql.cnpg.io", "Pooler", { template }),
    JobSet: object("jobset.x-k8s.io", "JobSet", { replicatedJobs: [{ template: { spec: { template } } }] }),
    "Volcano Job": object("batch.volcano.sh", "Job", { tasks: [{ template }] }),
    RayCluster: object("ray.io", "RayCluster", { headGroupSpec: { template }, workerGroupSpecs: [{ template }] }),
    "Kubeflow PyTorchJob": object("kubeflow.org", "PyTorchJob", { pytorchReplicaSpecs: { Worker: { template } } }),
    Elasticsearch: object("elasticsearch.k8s.elastic.co", "Elasticsearch", {
      nodeSets: [
        { podTemplate: { spec: { containers: [{ name: "elasticsearch", securityContext: { privileged: true } }] } } },
      ],
    }),
    "Spark, driver on the host's network": object("sparkoperator.k8s.io", "SparkApplication", {
      driver: { hostNetwork: true, securityContext: { privileged: true } },
    }),
    "OpenTelemetry Collector with an init container": object("opentelemetry.io", "OpenTelemetryCollector", {
      hostNetwork: true,
      image: "a:1",
      initContainers: [{ name: "i", image: "b:1" }],
      securityContext: { privileged: true },
    }),
    "MariaDB, both contexts": object("k8s.mariadb.com", "MariaDB", {
      podSecurityContext: { runAsNonRoot: true },
      securityContext: { privileged: true },
    }),
    "Spark, driver": object("sparkoperator.k8s.io", "SparkApplication", {
      driver: { image: "a:1", securityContext: { privileged: true } },
    }),
    "Strimzi Kafka": object("kafka.strimzi.io", "Kafka", {
      kafka: { template: { kafkaContainer: { securityContext: { privileged: true } } } },
    }),
    OpenTelemetryCollector: object("opentelemetry.io", "OpenTelemetryCollector", {
      image: "a:1",
      securityContext: { privileged: true },
    }),
    "Percona, both contexts beside each other": object("pxc.percona.com", "PerconaXtraDBCluster", {
      pxc: { image: "a:1", podSecurityContext: { fsGroup: 1 }, containerSecurityContext: { privileged: true } },
    }),
    "a kind that nobody knows yet": object("example.org", "Thing", { a: [{ b: { c: { template } } }] }),
    "a Deployment that is misspelt": { ...object("apps", "deployment", { template }) },
  };
  for (const [what, holder] of Object.entries(holders))
    it(`are found in: ${what}`, () => assert.ok(rulesOf(holder).includes(PRIVILEGED), JSON.stringify(holder)));

  it("have the context of a pod under its other name", () => {
    const server = { podSecurityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } };
    assert.ok(rulesOf(object("example.org", "Thing", { server })).includes("pod-security/sysctls"));
  });

  it("are found on the host, and with its directories", () => {
    const spark = { volumes: [{ name: "v", hostPath: { path: "/" } }], driver: { hostNetwork: true } };
    const rules = rulesOf(object("sparkoperator.k8s.io", "SparkApplication", spark));
    for (const rule of ["pod-security/host-path-volumes", "pod-security/host-namespaces"])
      assert.ok(rules.includes(rule), rule);
  });

  it("are judged in full where nothing is left open, and by what is set where an operator completes them", () => {
    const whole = { spec: { containers: [{ name: "c", image: "ghcr.io/minbzk/a:1.0" }] } };
    assert.ok(
      rulesOf(object("keda.sh", "ScaledJob", { jobTargetRef: { template: whole } })).includes(
        "pod-security/allow-privilege-escalation",
      ),
    );
    const open = object("argoproj.io", "Workflow", {
      templates: [{ container: { image: "ghcr.io/minbzk/a:1.0", command: ["a"] } }],
    });
    assert.deepEqual(
      rulesOf(open).filter((rule) => rule !== "images/digest"),
      [],
    );
  });

  const without: Readonly<Record<string, object>> = {
    "policies with patterns": object("kyverno.io", "ClusterPolicy", {
      rules: [{ validate: { pattern: { spec: { containers: [container] } } } }],
    }),
    "a definition": {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "d" },
      spec: { versions: [{ schema: { containers: [container] } }] },
    },
    "the status of an object": { ...object("example.org", "Thing", {}), status: { template } },
    "an image that is no container's": object("example.org", "Machine", { name: "m", image: "ubuntu-22.04", size: 3 }),
    "images of kustomize": object("example.org", "Thing", { images: [{ name: "a", newTag: "latest" }] }),
    "a manifest of its own": object("example.org", "Thing", {
      manifest: { apiVersion: "v1", kind: "Pod", metadata: {}, spec: template.spec },
    }),
  };
  for (const [what, holder] of Object.entries(without))
    it(`are none in: ${what}`, () => assert.ok(!rulesOf(holder).includes(PRIVILEGED), JSON.stringify(holder)));

  it("are found wherever a template stands, and looking for them ends on any object", () => {
    const place = fc.array(
      fc
        .string({ minLength: 1, maxLength: 8 })
        .filter((key) => !/^(metadata|status|apiVersion|kind|__proto__)$/.test(key)),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(place, fc.boolean(), (keys, listed) => {
        const held: unknown = keys.reduceRight<unknown>((inner, key) => ({ [key]: listed ? [inner] : inner }), {
          template,
        });
        const found = podsByShape(asObject({ apiVersion: "example.org/v1", kind: "Thing", spec: held }) ?? {});
        assert.equal(found.flatMap(({ containers }) => containers).length, 1);
      }),
    );
    fc.assert(fc.property(fc.jsonValue(), (value) => void podsByShape(asObject({ spec: value }) ?? {})));
  });
});

describe("a pod with a container's field in its own context", () => {
  it("is no container beside those that it lists", () => {
    const spec = { containers: [{ name: "c", image: "a:1" }], securityContext: { privileged: true } };
    const held = object("keda.sh", "ScaledJob", { jobTargetRef: { template: { spec } } });
    assert.ok(!rulesOf(held).includes(PRIVILEGED));
  });
});

describe("patches of pods as text", () => {
  it("that repeat themselves are left alone", () => {
    const lists = Array.from({ length: 30 }, (_, at) => `  a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`).join("\n");
    const podSpecPatch = `containers: []\nx:\n  a0: &a0 {image: a, args: [b]}\n${lists}\n`;
    assert.deepEqual(rulesOf(object("argoproj.io", "Workflow", { podSpecPatch })), []);
  });
});

describe("values of the wrong type", () => {
  const pod = (spec: object): object => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "shop" },
    spec,
  });
  const said = (object: object, rule: string): string =>
    findings(object)
      .filter((each) => each.rule === rule && each.decision === "violated")
      .map(({ message }) => message)
      .join();

  const cases: readonly (readonly [string, object, RegExp])[] = [
    [
      PRIVILEGED,
      pod({ containers: [{ ...container, securityContext: { privileged: "false" } }] }),
      /spec\.containers\[0\]\.securityContext\.privileged is text \("false"\), a boolean is needed/,
    ],
    [
      "pod-security/run-as-user",
      pod({ securityContext: { runAsUser: "0" }, containers: [{ name: "c", image: "a:1" }] }),
      /spec\.securityContext\.runAsUser is text \("0"\), a whole number is needed/,
    ],
    [
      "pod-security/run-as-user",
      pod({ securityContext: { runAsUser: 0.5 }, containers: [{ name: "c", image: "a:1" }] }),
      /is a number \(0\.5\), a whole number is needed/,
    ],
    ["pod-security/host-namespaces", pod({ hostNetwork: "${HOST}", containers: [] }), /spec\.hostNetwork is text/],
    [PRIVILEGED, pod({ containers: container }), /spec\.containers is a mapping, a list is needed/],
    [PRIVILEGED, pod({ containers: { main: container } }), /spec\.containers is a mapping, a list is needed/],
    [PRIVILEGED, pod({ initContainers: "none", containers: [] }), /spec\.initContainers is text, a list is needed/],
    [
      "secrets/literal-environment",
      pod({ containers: [{ name: "c", image: "a:1", env: { DB_PASSWORD: "Zomer2026" } }] }),
      /spec\.containers\[0\]\.env is a mapping, a list is needed/,
    ],
    [
      "pod-security/host-path-volumes",
      pod({ volumes: { hostPath: { path: "/" } }, containers: [] }),
      /spec\.volumes is a mapping, a list is needed/,
    ],
    [
      PRIVILEGED,
      pod({ containers: [{ name: "c", image: "a:1", securityContext: [{ privileged: true }] }] }),
      /spec\.containers\[0\]\.securityContext is a list, a mapping is needed/,
    ],
    [
      "pod-security/host-namespaces",
      pod({ hostNetwork: 1, containers: [] }),
      /spec\.hostNetwork is a number \(1\), a boolean is needed/,
    ],
  ];
  for (const [rule, object, message] of cases)
    it(`are told by ${rule}: ${message.source}`, () => assert.match(said(object, rule), message));

  it("are told in any holder of pods", () => {
    const spec = { containers: [{ ...container, securityContext: { privileged: "yes" } }] };
    for (const held of [
      {
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { name: "p" },
        spec: { jobTemplate: { spec: { template: { spec } } } },
      },
      { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", metadata: { name: "p" }, spec: { template: { spec } } },
      object("keda.sh", "ScaledJob", { jobTargetRef: { template: { spec } } }),
    ])
      assert.match(said(held, PRIVILEGED), /privileged is text \("yes"\), a boolean is needed/);
  });

  it("never show what may be a secret", () => {
    const secret = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "c", namespace: "shop" },
      data: { PIN: 123456 },
    };
    for (const { message } of findings(secret)) assert.doesNotMatch(message, /123456/);
  });
});
