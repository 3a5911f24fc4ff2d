import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments, stringify } from "yaml";
import { admissionSettings, baselineOf, suiteAdmission } from "../../components/admission/kyverno";
import { suiteMutations } from "../../components/admission/mutations";
import { scannerLogin } from "../../components/operators/eraser/scanner-login";
import { edgeRoutes } from "../../components/operators/edge/routes";
import { networkSettings } from "../../config/network";
import { label } from "../../lib/labels";
import { at, isRecord } from "../../lib/kube/client";
import { needTools } from "../support/needs";

const { kyverno } = suiteAdmission({
  settings: admissionSettings.parse({}),
  admissionResources: ["mutatingadmissionpolicies", "mutatingadmissionpolicybindings"],
  apps: [{ app: "docs", namespace: "mijnbureau-docs" }],
  flows: [],
  facts: { appArmor: false, userRanges: false },
  baseline: baselineOf({
    settings: networkSettings.parse({
      podCidrs: ["10.244.0.0/16"],
      serviceCidrs: ["10.96.0.0/12"],
      controlPlaneCidrs: ["192.0.2.1/32"],
    }),
    monitoringNamespace: "monitoring",
  }),
  kyverno: true,
});

describe("policies by Kyverno's CLI", function () {
  this.timeout(120_000);
  let dir = "";
  let cli = "";

  before(async function () {
    this.timeout(45 * 60_000); // where nothing is cached, the tool is built first
    ({ "kubectl-kyverno": cli } = await needTools(this, "kubectl-kyverno"));
    dir = mkdtempSync(join(tmpdir(), "kyverno-cli-"));
  });
  after(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  const apply = async (policy: unknown, objects: readonly object[], suite: readonly string[] = []): Promise<string> => {
    writeFileSync(join(dir, "policy.yaml"), stringify(policy));
    writeFileSync(join(dir, "objects.yaml"), objects.map((object) => stringify(object)).join("---\n"));
    // The CLI has no cluster to ask for the labels of namespaces.
    const values = {
      apiVersion: "cli.kyverno.io/v1alpha1",
      kind: "Values",
      metadata: { name: "values" },
      namespaceSelector: suite.map((name) => ({ name, labels: { [label.role]: "suite" } })),
    };
    writeFileSync(join(dir, "values.yaml"), stringify(values));
    const files = ["--resource", join(dir, "objects.yaml"), "--values-file", join(dir, "values.yaml")];
    const args = ["apply", join(dir, "policy.yaml"), ...files];
    try {
      return (await promisify(execFile)(cli, args, { cwd: dir, env: { HOME: dir, PATH: "/usr/bin:/bin" } })).stdout;
    } catch (error) {
      // It ends with 1 when something did not pass.
      if (isRecord(error) && typeof error["stdout"] === "string") return error["stdout"];
      throw error;
    }
  };

  it("gives guardrails to namespaces of the suite that the program has not made, and to no others", async () => {
    const namespace = (name: string, labels: Record<string, string>) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels },
    });
    const output = await apply(
      kyverno.find(({ kind }) => kind === "GeneratingPolicy"),
      [
        namespace("extra", { [label.role]: "suite" }),
        namespace("made", { [label.role]: "suite", [label.managed]: "true" }),
        namespace("other", {}),
      ],
    );
    const generated = [...output.matchAll(/^kind: (\w+)\n[\s\S]*?^ {4}name: (\S+)\n {4}namespace: (\S+)$/gm)];
    assert.deepEqual(
      generated.map(([, kind, name, where]) => `${kind} ${where}/${name}`),
      [
        "NetworkPolicy extra/guardrail-default-allow-dns",
        "NetworkPolicy extra/guardrail-default-deny",
        "ResourceQuota extra/guardrail-platform",
        "ResourceQuota extra/guardrail-platform-priority",
        "ResourceQuota extra/guardrail-platform-affinity",
        "LimitRange extra/guardrail-platform",
      ],
    );
  });

  it("removes exceptions after their last day, and not before", async () => {
    const policy = kyverno.find(({ kind }) => kind === "DeletingPolicy");
    const spec: unknown = policy?.["spec"];
    assert.ok(policy !== undefined && isRecord(spec));
    // The CLI knows no objects of Kyverno's own kinds; the condition reads no more than their expiry.
    const resourceRules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["configmaps"] }];
    const exception = (name: string, expiresAt?: string) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: "platform-policy-exceptions" },
      spec: expiresAt === undefined ? {} : { expiresAt },
    });
    const day = 86_400_000;
    const output = await apply({ ...policy, spec: { ...spec, matchConstraints: { resourceRules } } }, [
      exception("past", new Date(Date.now() - day).toISOString()),
      exception("coming", new Date(Date.now() + day).toISOString()),
      exception("endless"),
    ]);
    assert.match(output, /pass: 1, fail: 2, warn: 0, error: 0/);
    assert.match(output, /ConfigMap\/coming failed/);
    assert.match(output, /ConfigMap\/endless failed/);
  });

  it("gives the login to the container of Eraser's worker that fetches the database, and to no other", async () => {
    const input = {
      apps: [],
      flows: [],
      facts: { appArmor: false, userRanges: false },
      ofOperators: scannerLogin("registry"),
    };
    const policy = suiteMutations(input, "kyverno").find(({ metadata }) => metadata.name.endsWith("-scanner-login"));
    const mounts = [{ name: "shared-data", mountPath: "/run/eraser.sh/shared-data" }];
    const worker = (name: string, containers: readonly object[]) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "eraser-system" },
      spec: { containers, volumes: [{ name: "shared-data", emptyDir: {} }] },
    });
    const container = (name: string, more: object = {}) => ({
      name,
      image: "example.org/a:1",
      volumeMounts: mounts,
      ...more,
    });
    const env = [{ name: "OTHER", value: "kept" }];
    const output = await apply(policy, [
      worker("scanning", [container("remover"), container("trivy-scanner"), container("collector")]),
      worker("with-env", [container("trivy-scanner", { env })]),
      worker("removing", [container("remover")]),
    ]);
    const made = parseAllDocuments(output.slice(output.indexOf("apiVersion:")).replace(/^\n?pass: .*$/m, ""))
      .map((document) => {
        const pod: unknown = document.toJS();
        return pod;
      })
      .filter((pod) => at(pod, "kind") === "Pod");
    const of = (pod: unknown, index: number): unknown => at(pod, "spec", "containers", index);
    const [scanning, withEnv] = made;
    assert.equal(at(scanning, "metadata", "name"), "scanning");
    const login = { name: "DOCKER_CONFIG", value: "/etc/registry-login" };
    const mount = { name: "registry-login", mountPath: "/etc/registry-login", readOnly: true };
    assert.deepEqual(at(of(scanning, 1), "env"), [login]);
    assert.deepEqual(at(of(scanning, 1), "volumeMounts"), [...mounts, mount]);
    for (const other of [0, 2]) assert.deepEqual(of(scanning, other), container(other === 0 ? "remover" : "collector"));
    assert.deepEqual(at(of(withEnv, 0), "env"), [...env, login]);
    assert.deepEqual(at(scanning, "spec", "volumes", 1, "secret", "secretName"), "registry");
    const removing = made.find((pod) => at(pod, "metadata", "name") === "removing");
    assert.equal(at(removing, "spec", "volumes", 1), undefined);
  });

  describe("limits of the edge", () => {
    const present = { crds: new Set(["middlewares.traefik.io"]), apiServices: new Set<string>() };
    const policies = (edgeController: "traefik" | "haproxy-openshift") =>
      suiteMutations(
        {
          apps: [],
          flows: [],
          facts: { appArmor: false, userRanges: false },
          edge: edgeRoutes(
            {
              edgeController,
              present,
              apps: [{ key: "docs", namespace: "docs" }],
            },
            {},
          ),
        },
        "kyverno",
      ).filter(({ metadata }) => metadata.name.includes("-edge-"));
    const ingress = (namespace: string) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: {
        name: namespace,
        namespace,
        annotations: { "traefik.ingress.kubernetes.io/router.middlewares": "docs-hsts-header@kubernetescrd" },
      },
      spec: { defaultBackend: { service: { name: "web", port: { number: 80 } } } },
    });
    const route = {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "docs", namespace: "docs" },
      spec: { rules: [{}, { filters: [{ type: "URLRewrite" }] }] },
    };

    /** What the policies of one controller make of an object, as the last document that the CLI prints of it. */
    const changed = async (edgeController: "traefik" | "haproxy-openshift", object: object): Promise<unknown> => {
      let result: unknown = object;
      for (const policy of policies(edgeController)) {
        const given = result;
        assert.ok(isRecord(given));
        const output = await apply(policy, [given], ["docs"]);
        assert.match(output, /error: 0/);
        const printed = /applied to [^\n]+:\n([\s\S]*?)\n---/.exec(output)?.[1];
        if (printed !== undefined) result = parseAllDocuments(printed)[0]?.toJS();
      }
      return result;
    };

    it("are on Ingresses and HTTPRoutes behind Traefik, and nothing changes the second time", async () => {
      const once = await changed("traefik", ingress("docs"));
      assert.deepEqual(at(once, "metadata", "annotations"), {
        "traefik.ingress.kubernetes.io/router.middlewares":
          "docs-hsts-header@kubernetescrd,docs-platform-edge@kubernetescrd",
      });
      assert.ok(isRecord(once));
      assert.deepEqual(await changed("traefik", once), once);
      const filtered = await changed("traefik", route);
      const filters = [0, 1].map((index) => at(filtered, "spec", "rules", index, "filters"));
      const ours = {
        type: "ExtensionRef",
        extensionRef: { group: "traefik.io", kind: "Middleware", name: "platform-edge" },
      };
      assert.deepEqual(filters, [[ours], [{ type: "URLRewrite" }, ours]]);
      assert.ok(isRecord(filtered));
      assert.deepEqual(await changed("traefik", filtered), filtered);
    });

    it("are annotations for OpenShift's router", async () => {
      const annotations = at(await changed("haproxy-openshift", ingress("docs")), "metadata", "annotations");
      assert.equal(at(annotations, "haproxy.router.openshift.io/rate-limit-connections"), "true");
      assert.equal(at(annotations, "haproxy.router.openshift.io/timeout"), "60s");
      assert.equal(
        at(annotations, "traefik.ingress.kubernetes.io/router.middlewares"),
        "docs-hsts-header@kubernetescrd",
      );
    });

    it("are not on an Ingress elsewhere", async () => {
      const given = ingress("elsewhere");
      assert.deepEqual(await changed("traefik", given), given);
    });
  });
});
