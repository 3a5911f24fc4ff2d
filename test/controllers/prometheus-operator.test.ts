import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse, stringify } from "yaml";
import { stackConfig, stackPlan } from "../../components/stack-file";
import { crdsOf } from "../../components/crds/crds";
import { namespaceLabels } from "../../components/namespace/labels";
import { at, isKubeObject, KubeClient, type KubeObject } from "../../lib/kube/client";
import { NETWORK } from "../../embedded/cluster/network";
import { clusterPaths } from "../../embedded/cluster/paths";
import { pkiPath } from "../../embedded/cluster/pki";
import { freePort } from "../../embedded/cluster/ports";
import { logTail } from "../../embedded/cluster/processes";
import { projectRoot } from "../../embedded/toolchain";
import { fields, chartsOf, render } from "../components/operators/rendered";
import { argumentsOf, chart, eventually, HOST, Sandbox, toolsOrSkip } from "./support";
import { needCharts, skip } from "../support/needs";

const CONTROLLER = "prometheus-operator";
const STACK = "prometheus-kube-prometheus-stack";
const ALERTS = "alertmanager-kube-prometheus-stack";
const API = "monitoring.coreos.com/v1";
/** What makes jobs of Prometheus' configuration, and how their names begin (pkg/prometheus/promcfg.go). */
const MONITORS: Readonly<Record<string, string>> = { ServiceMonitor: "serviceMonitor", PodMonitor: "podMonitor" };
/** Makes one job, whatever its targets. */
const SCRAPE_CONFIG = "ScrapeConfig";
/** The platform's own jobs, in a name that the chart derives; without it the operator makes no configuration at all. */
const SCRAPES = "kube-prometheus-stack-prometheus-scrape-confg";
/** By which an alert gets its owner. */
const RELABELING = "kube-prometheus-stack-prometheus-am-relabel-confg";
/** What the operator and its rights need of the chart; other workloads are not its business. */
const CHART_KINDS = ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Service"];

const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? Array.from<unknown>(value) : []);
const place = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ""}/${metadata.name ?? ""}`;

describe("Prometheus Operator's own controller with the platform's monitors, rules and admission", function () {
  this.timeout(120_000);
  const config = stackConfig(projectRoot(), "prod-nl-west");
  const plan = stackPlan(config);
  const { namespace } = config.monitoring;
  const monitoring = plan.operators.find((step) => step.plan.operator === "prometheus")?.plan;
  let tool: (name: "prometheus-operator" | "prometheus" | "helm" | "promtool" | "amtool") => string;
  let sandbox: Sandbox;
  let client: KubeClient;
  let objects: KubeObject[] = [];

  /** An app that lies: about other namespaces, other jobs, and where its metrics are. */
  const forged = (() => {
    const into = plan.suite.find(({ app }) => app === "docs")?.namespace ?? "";
    const labels = { app: "forged" };
    const metadata = { name: "forged", namespace: into };
    return {
      namespace: into,
      metrics: () =>
        [
          `velero_backup_last_successful_timestamp{namespace="velero",schedule="suite-daily"} ${String(Date.now() / 1000)}`,
          'kube_networkpolicy_created{namespace="elsewhere",job="kube-state-metrics",networkpolicy="default-deny"} 1',
          "",
        ].join("\n"),
      pod: {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { ...metadata, labels },
        spec: {
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, runAsUser: 1001, seccompProfile: { type: "RuntimeDefault" } },
          containers: [
            {
              name: "main",
              image: "docker.io/lasuite/impress-backend:v3.0.0",
              imagePullPolicy: "Always",
              ports: [{ name: "metrics", containerPort: 8080 }],
              resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "100m", memory: "32Mi" } },
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            },
          ],
        },
      },
      service: {
        apiVersion: "v1",
        kind: "Service",
        metadata: { ...metadata, labels: { ...labels, job: "kube-state-metrics" } },
        spec: { selector: labels, ports: [{ name: "metrics", port: 8080 }] },
      },
      /** Of the guard at admission only what Prometheus' own configuration does not do is kept: redirects. */
      monitor: (guarded: boolean): KubeObject => ({
        apiVersion: API,
        kind: "ServiceMonitor",
        metadata,
        spec: {
          jobLabel: "job",
          selector: { matchLabels: labels },
          namespaceSelector: { any: true },
          endpoints: ["/metrics", "/moved"].map((path) => ({
            port: "metrics",
            path,
            honorLabels: true,
            honorTimestamps: true,
            followRedirects: !guarded,
            relabelings: [{ targetLabel: "namespace", replacement: "velero" }],
            metricRelabelings: [{ action: "labeldrop", regex: "exported_namespace" }],
          })),
        },
      }),
      rule: {
        apiVersion: API,
        kind: "PrometheusRule",
        metadata,
        spec: {
          groups: [
            {
              name: "forged",
              rules: [
                {
                  record: "velero_backup_last_successful_timestamp",
                  expr: 'velero_backup_last_successful_timestamp{namespace="velero"} or vector(1)',
                  labels: { namespace: "velero", schedule: "suite-daily" },
                },
              ],
            },
          ],
        },
      },
    };
  })();

  const ofKind = (...kinds: readonly string[]): KubeObject[] => objects.filter(({ kind }) => kinds.includes(kind));
  const log = (): string => logTail(sandbox.log(CONTROLLER), 5);

  /** What the operator wrote, once it has something to say. */
  const written = (secret: string, key: string): Promise<string> =>
    eventually(`${key} in Secret ${secret}; ${log()}`, async () => {
      const found = await client.find({ apiVersion: "v1", kind: "Secret", name: secret, namespace });
      const data = at(found, "data", key);
      return typeof data === "string" ? gunzipSync(Buffer.from(data, "base64")).toString("utf8") : undefined;
    });
  const jobs = async (): Promise<string[]> =>
    items(at(parse(await written(STACK, "prometheus.yaml.gz")), "scrape_configs")).map((job) =>
      String(at(job, "job_name")),
    );
  const monitor = (into: string, endpoint: object): KubeObject => ({
    apiVersion: API,
    kind: "ServiceMonitor",
    metadata: { name: "tried", namespace: into },
    spec: { selector: { matchLabels: { app: "tried" } }, endpoints: [{ port: "metrics", ...endpoint }] },
  });

  before(async function () {
    this.timeout(300_000);
    const tools = await toolsOrSkip(this, "prometheus-operator", "prometheus", "helm", "promtool", "amtool");
    needCharts(this, chartsOf(plan.operators.map((step) => step.plan)));
    assert.ok(monitoring !== undefined);
    tool = tools.path;
    sandbox = await Sandbox.up(this, CONTROLLER);
    ({ client } = sandbox);
    const charts = plan.operators.flatMap((step) =>
      [...step.plan.before, ...render(tool("helm"), step.plan), ...step.plan.after].filter(isKubeObject),
    );
    const kinds = new Set([...Object.keys(MONITORS), SCRAPE_CONFIG, "PrometheusRule", "Prometheus", "Alertmanager"]);
    objects = [...charts, ...plan.monitoring.filter(isKubeObject)].filter(
      ({ apiVersion, kind }) => apiVersion.startsWith("monitoring.coreos.com/") && kinds.has(kind),
    );

    await sandbox.apply(crdsOf(chart("kube-prometheus-stack")));
    await sandbox.apply(plan.priorityClasses);
    await sandbox.apply(charts.filter(({ kind }) => kind === "StorageClass"));
    for (const each of [...plan.operators.flatMap(({ namespaces }) => namespaces), ...plan.suite]) {
      const metadata = { name: each.namespace, labels: namespaceLabels(each.identity) };
      await sandbox.apply([{ apiVersion: "v1", kind: "Namespace", metadata }, ...each.limits]);
    }
    await sandbox.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "elsewhere" } }]);
    await sandbox.apply(plan.rules);
    await admissionWorks();
    const own = charts.filter((object) => object.metadata.namespace === namespace || !("namespace" in object.metadata));
    await sandbox.apply(own.filter(({ kind }) => CHART_KINDS.includes(kind)));
    const scrapes = own.filter(
      ({ kind, metadata }) => kind === "Secret" && [SCRAPES, RELABELING].includes(metadata.name ?? ""),
    );
    assert.equal(scrapes.length, 2);
    await sandbox.apply([...scrapes, alertmanagerSecret(), webhookSecret()]);
    await sandbox.apply(objects);
    const args = argumentsOf(charts, "kube-prometheus-stack-operator", {
      "web.listen-address": `${HOST}:${String(await freePort())}`,
      "web.enable-tls": "false",
    });
    const env = { KUBECONFIG: await sandbox.kubeconfigOf(namespace, "kube-prometheus-stack-operator") };
    await sandbox.start(CONTROLLER, tool("prometheus-operator"), args, env);
  });

  after(async () => {
    await sandbox?.down();
  });

  /** A new policy of the API server holds only after a while. */
  const admissionWorks = (): Promise<true> =>
    eventually("admission refuses an image of elsewhere", async () => {
      const template = {
        metadata: { labels: { app: "tried" } },
        spec: { containers: [{ name: "c", image: "example.org/c:1" }] },
      };
      const selector = { matchLabels: { app: "tried" } };
      const metadata = { name: "tried", namespace };
      const tried = { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { selector, template } };
      const refused = await client.create(tried, { dryRun: true }).then(
        () => "",
        (error: unknown) => String(error),
      );
      return refused.includes("ValidatingAdmissionPolicy") ? true : undefined;
    });

  /** Its template, filled in as External Secrets would. */
  function alertmanagerSecret(): KubeObject {
    const source = monitoring?.secrets.find((secret) => secret.from === "store" && secret.template !== undefined);
    assert.ok(source?.from === "store" && source.template !== undefined);
    const filled = Object.entries(source.template).map(([key, text]) => [
      key,
      text.replace(/\{\{[^}]*\}\}/g, '"https://receiver.example.nl/x"'),
    ]);
    const metadata = { name: source.name, namespace };
    return { apiVersion: "v1", kind: "Secret", metadata, stringData: Object.fromEntries(filled) };
  }

  /** As cert-manager would make it: the operator's own monitor names its authority. */
  const webhookSecret = (): KubeObject => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "kube-prometheus-stack-admission", namespace },
    stringData: { "ca.crt": readFileSync(pkiPath(clusterPaths(sandbox.dir), "ca.crt"), "utf8") },
  });

  /**
   * Prometheus on the configuration and the rules that the operator made. It is no pod: the files of its account are
   * elsewhere, the API server is on the loopback address, and it asks more often, so that the test is short.
   */
  async function startPrometheus(process: string, forger?: string): Promise<string> {
    const { name, namespace: from = "" } = ofKind("Prometheus")[0]?.metadata ?? {};
    const account = at(ofKind("Prometheus")[0], "spec", "serviceAccountName");
    assert.ok(name !== undefined && typeof account === "string");
    const kubeconfig = await sandbox.kubeconfigOf(from, account);
    const { server, options } = await KubeClient.fromKubeconfig(kubeconfig).endpoint();
    const bearer = at(options.headers, "Authorization");
    assert.ok(typeof bearer === "string" && options.ca instanceof Buffer);
    const folder = join(sandbox.dir, "serviceaccount");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "token"), bearer.replace("Bearer ", ""));
    writeFileSync(join(folder, "ca.crt"), options.ca);
    const rules = join(sandbox.dir, `${process}-rules`);
    mkdirSync(rules);
    const maps = await client.list({ apiVersion: "v1", kind: "ConfigMap" }, { namespace });
    for (const map of maps.filter((each) => each.metadata.name?.startsWith(`${STACK}-rulefiles-`) === true)) {
      for (const [file, text] of Object.entries(at(map, "data") ?? {})) writeFileSync(join(rules, file), String(text));
    }
    const made = await written(STACK, "prometheus.yaml.gz");
    // The reloader beside Prometheus fills in the shard's number; without it every target of a monitor is dropped.
    const filled = made.replaceAll("/var/run/secrets/kubernetes.io/serviceaccount", folder).replaceAll("$(SHARD)", "0");
    const config = fields(parse(filled));
    const toLoopback = {
      source_labels: ["__address__"],
      regex: `${NETWORK.controlPlaneNode.replaceAll(".", "[.]")}:[0-9]+`,
      target_label: "__address__",
      replacement: new URL(server).host,
    };
    // Pods are played, so their addresses lead nowhere: what an app answers is answered here.
    const toForger =
      forger === undefined
        ? []
        : [
            {
              source_labels: ["__meta_kubernetes_namespace"],
              regex: forged.namespace,
              target_label: "__address__",
              replacement: forger,
            },
          ];
    const often = { scrape_interval: "5s", scrape_timeout: "5s", evaluation_interval: "5s" };
    const file = join(sandbox.dir, `${process}.yaml`);
    const jobs = items(config["scrape_configs"]).map((job) => ({
      ...fields(job),
      ...(forger === undefined ? {} : { scrape_interval: "5s", scrape_timeout: "5s" }),
      kubernetes_sd_configs: items(at(job, "kubernetes_sd_configs")).map((found) => ({
        ...fields(found),
        kubeconfig_file: kubeconfig,
      })),
      relabel_configs: [...items(at(job, "relabel_configs")), toLoopback, ...toForger],
    }));
    writeFileSync(
      file,
      stringify({
        ...config,
        global: { ...fields(config["global"]), ...often },
        rule_files: [`${rules}/*`],
        alerting: undefined,
        scrape_configs: jobs,
      }),
    );
    const port = await freePort();
    await sandbox.start(process, tool("prometheus"), [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(sandbox.dir, `${process}-tsdb`)}`,
      `--web.listen-address=${HOST}:${String(port)}`,
    ]);
    return `http://${HOST}:${String(port)}`;
  }

  it("makes Prometheus' and Alertmanager's pods, and admission lets them in", async () => {
    for (const [name, count] of [
      [STACK, 2],
      [ALERTS, 3],
    ] as const) {
      await eventually(`${String(count)} pods of ${name}; ${log()}`, async () => {
        const pods = await client.list({ apiVersion: "v1", kind: "Pod" }, { namespace });
        return pods.filter(({ metadata }) => metadata.name?.startsWith(`${name}-`) === true).length === count
          ? true
          : undefined;
      });
    }
  });

  it("takes up every monitor of the stack", async () => {
    const expected = [
      ...ofKind(...Object.keys(MONITORS)).map((object) => `${MONITORS[object.kind] ?? ""}/${place(object)}/0`),
      ...ofKind(SCRAPE_CONFIG).map((object) => `scrapeConfig/${place(object)}`),
    ];
    assert.ok(ofKind(SCRAPE_CONFIG).length > 0);
    assert.ok(expected.length > 20);
    const made = new Set(await jobs());
    assert.deepEqual(
      expected.filter((job) => !made.has(job)),
      [],
    );
  });

  it("adds the platform's own jobs for the API server and the kubelets", async () => {
    const made = await jobs();
    const secret = await client.find({ apiVersion: "v1", kind: "Secret", name: SCRAPES, namespace });
    const text = Buffer.from(String(at(secret, "data", "additional-scrape-configs.yaml")), "base64").toString("utf8");
    const own = items(parse(text)).map((job) => String(at(job, "job_name")));
    assert.ok(own.length > 0);
    assert.deepEqual(
      own.filter((job) => !made.includes(job)),
      [],
    );
  });

  it("makes a configuration that Prometheus takes", async () => {
    const file = join(sandbox.dir, "prometheus.yaml");
    writeFileSync(file, await written(STACK, "prometheus.yaml.gz"));
    execFileSync(tool("promtool"), ["check", "config", "--syntax-only", file], { stdio: "pipe" });
  });

  it("hands over every rule", async () => {
    const maps = await client.list({ apiVersion: "v1", kind: "ConfigMap" }, { namespace });
    const files = maps
      .filter(({ metadata }) => metadata.name?.startsWith(`${STACK}-rulefiles-`) === true)
      .flatMap((map) => Object.keys(at(map, "data") ?? {}));
    const rules = ofKind("PrometheusRule").map((object) => place(object).replace("/", "-"));
    assert.ok(rules.length > 20);
    assert.deepEqual(
      rules.filter((rule) => !files.some((file) => file.startsWith(`${rule}-`))),
      [],
    );
  });

  it("reads the API server with its configuration and Prometheus' own account, and evaluates every rule of half a minute", async () => {
    const url = await startPrometheus("prometheus");
    const ask = async (path: string): Promise<unknown> => {
      const body: unknown = await (await fetch(`${url}/api/v1/${path}`)).json();
      return at(body, "data");
    };
    const has = (query: string): Promise<true> =>
      eventually(`${query}; ${logTail(sandbox.log("prometheus"), 5)}`, async () =>
        items(at(await ask(`query?query=${encodeURIComponent(query)}`).catch(() => undefined), "result")).length > 0
          ? true
          : undefined,
      );
    await has('up{job="apiserver",namespace="default",service="kubernetes",endpoint="https"} == 1');
    await has('apiserver_request_total{job="apiserver"}');
    // Targets are found with the account's rights; nothing listens on the addresses of nodes that KWOK plays.
    await has('up{job="kubelet",metrics_path="/metrics/cadvisor",node!=""} == 0');
    const rules = await eventually("every rule of half a minute evaluated", async () => {
      const groups = items(at(await ask("rules"), "groups")).filter((group) => Number(at(group, "interval")) <= 30);
      const all = groups.flatMap((group) => items(at(group, "rules")));
      return all.length > 200 && all.every((rule) => at(rule, "health") !== "unknown") ? all : undefined;
    });
    assert.deepEqual(
      rules.filter((rule) => at(rule, "health") !== "ok").map((rule) => [at(rule, "name"), at(rule, "lastError")]),
      [],
    );
  });

  it("makes a configuration that Alertmanager takes, with the receiver", async () => {
    const text = await written(`${ALERTS}-generated`, "alertmanager.yaml.gz");
    const file = join(sandbox.dir, "alertmanager.yaml");
    writeFileSync(file, text);
    execFileSync(tool("amtool"), ["check-config", file], { stdio: "pipe" });
    assert.match(text, /receiver\.example\.nl/);
  });

  it("leaves monitors of other namespaces alone, and those that read files of its pod", async () => {
    const suite = plan.suite[0]?.namespace ?? "";
    const tried = monitor(suite, {});
    const file = { bearerTokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token" };
    // The quota of a namespace counts monitors as soon as the controller manager has found their kind.
    await eventually(`the quota of ${suite} counts monitors`, async () =>
      client.create(tried, { dryRun: true }).then(
        () => true as const,
        () => undefined,
      ),
    );
    await sandbox.apply([
      monitor("elsewhere", {}),
      { ...monitor(suite, file), metadata: { ...tried.metadata, name: "reads" } },
    ]);
    await sandbox.apply([tried]);
    const made = await eventually(`the monitor of ${suite}`, async () => {
      const names = await jobs();
      return names.includes(`serviceMonitor/${suite}/tried/0`) ? names : undefined;
    });
    assert.deepEqual(
      made.filter((job) => job.includes("elsewhere/") || job.includes("/reads/")),
      [],
    );
  });

  describe("with an app that forges", function () {
    this.timeout(300_000);
    let forger: Server;
    let address = "";
    /** Requests that Prometheus was sent to make elsewhere. */
    let misled = 0;

    before(async function () {
      if (sandbox === undefined) return skip(this, "no Prometheus Operator");
      forger = createServer((request, response) => {
        if (request.url === "/victim") misled += 1;
        if (request.url === "/moved") response.writeHead(302, { location: `http://${address}/victim` });
        else response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
        response.end(request.url === "/metrics" ? forged.metrics() : "");
      });
      address = await new Promise<string>((resolve) => {
        forger.listen(0, HOST, () => {
          const at = forger.address();
          resolve(`${HOST}:${typeof at === "object" && at !== null ? String(at.port) : ""}`);
        });
      });
      await sandbox.apply([forged.pod, forged.service]);
      // The quota of the app counts monitors as soon as the controller manager has found their kind.
      await eventually("the app's quota counts monitors and rules", async () =>
        sandbox.apply([forged.monitor(true), forged.rule]).then(
          () => true as const,
          () => undefined,
        ),
      );
    });
    after(() => forger?.close());

    const jobOf = async (name: string, ready: (job: unknown) => boolean): Promise<unknown> =>
      eventually(`job ${name}; ${log()}`, async () => {
        const config: unknown = parse(await written(STACK, "prometheus.yaml.gz"));
        return items(at(config, "scrape_configs")).find((job) => at(job, "job_name") === name && ready(job));
      });
    const asked = async (url: string, query: string): Promise<number> => {
      const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`).catch(() => undefined);
      // Until it has read its configuration it says so in plain words.
      const body: unknown = answer?.ok === true ? await answer.json() : undefined;
      return items(at(body, "data", "result")).length;
    };
    const seen = (url: string, query: string): Promise<true> =>
      eventually(`${query}; ${logTail(sandbox.log("prometheus"), 3)}`, async () =>
        (await asked(url, query)) > 0 ? true : undefined,
      );
    const JOB = `serviceMonitor/${forged.namespace}/forged/0`;
    const FORGED = 'velero_backup_last_successful_timestamp{namespace="velero"}';

    it("looks for its targets in its own namespace, honours nothing that they say, and writes the namespace last", async () => {
      const job = await jobOf(JOB, () => true);
      assert.deepEqual(at(job, "kubernetes_sd_configs", 0, "namespaces", "names"), [forged.namespace]);
      assert.equal(at(job, "honor_labels"), false);
      assert.equal(at(job, "honor_timestamps"), false);
      for (const list of ["relabel_configs", "metric_relabel_configs"]) {
        const last = items(at(job, list)).findLast((each) => at(each, "target_label") === "namespace");
        assert.equal(at(last, "replacement"), forged.namespace, list);
      }
    });

    it("has its rules look at its own series only, and the platform's at all", async () => {
      const rulesOf = async (place: string): Promise<readonly unknown[]> => {
        // The operator names a file after namespace, name and UID.
        const its = new RegExp(`^${place}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}[.]yaml$`);
        const maps = await client.list({ apiVersion: "v1", kind: "ConfigMap" }, { namespace });
        return maps
          .flatMap((map) => Object.entries(at(map, "data") ?? {}))
          .filter(([file]) => its.test(file))
          .flatMap(([, text]) => items(at(parse(String(text)), "groups")))
          .flatMap((group) => items(at(group, "rules")));
      };
      const [own] = await eventually("the app's rule", async () => {
        const found = await rulesOf(`${forged.namespace}-forged`);
        return found.length > 0 ? found : undefined;
      });
      assert.equal(at(own, "labels", "namespace"), forged.namespace);
      assert.match(String(at(own, "expr")), new RegExp(`namespace="${forged.namespace}"`));
      for (const { metadata, spec } of plan.monitoring.filter(({ kind }) => kind === "PrometheusRule")) {
        const wanted = items(at(spec, "groups")).flatMap((group) => items(at(group, "rules")));
        const made = await rulesOf(`${namespace}-${metadata.name}`);
        const parts = (rule: unknown) => [at(rule, "alert"), at(rule, "expr"), at(rule, "labels")];
        assert.deepEqual(made.map(parts), wanted.map(parts), metadata.name);
      }
    });

    it("silences no alert of the platform, and sends Prometheus nowhere", async () => {
      const url = await startPrometheus("prometheus-enforcing", address);
      // What it says is there, as its own.
      await seen(url, `velero_backup_last_successful_timestamp{namespace="${forged.namespace}"}`);
      await seen(
        url,
        `kube_networkpolicy_created{namespace="${forged.namespace}",job="${forged.namespace}/kube-state-metrics"}`,
      );
      for (const query of [
        FORGED,
        'kube_networkpolicy_created{job="kube-state-metrics"}',
        `kube_networkpolicy_created{namespace!="${forged.namespace}"}`,
        'up{job="kube-state-metrics"} == 1',
      ]) {
        assert.equal(await asked(url, query), 0, query);
      }
      for (const alert of ["BackupMissing", "KyvernoDown", "ClusterMetricsMissing"]) {
        await seen(url, `ALERTS{alertname="${alert}",alertstate=~"pending|firing"}`);
      }
      assert.equal(misled, 0);
      await sandbox.stop("prometheus-enforcing", 3_000);
    });

    it("could do all of it without", async () => {
      const prometheus = {
        apiVersion: API,
        kind: "Prometheus",
        name: ofKind("Prometheus")[0]?.metadata.name ?? "",
        namespace,
      };
      await client.patch(prometheus, {
        spec: {
          enforcedNamespaceLabel: null,
          excludedFromEnforcement: null,
          ignoreNamespaceSelectors: null,
          overrideHonorLabels: null,
          overrideHonorTimestamps: null,
          scrapeClasses: null,
        },
      });
      await sandbox.apply([forged.monitor(false)]);
      // Both changes: Prometheus reads what is written then, once.
      const job = await jobOf(
        JOB,
        (found) => at(found, "honor_labels") === true && at(found, "follow_redirects") === true,
      );
      assert.equal(at(job, "kubernetes_sd_configs", 0, "namespaces"), undefined);
      const url = await startPrometheus("prometheus-open", address);
      await seen(url, FORGED);
      await seen(url, 'kube_networkpolicy_created{job="kube-state-metrics",namespace="elsewhere"}');
      await eventually("a redirect followed", () => Promise.resolve(misled > 0 ? true : undefined));
      await eventually("BackupMissing falls silent", async () =>
        (await asked(url, 'ALERTS{alertname="BackupMissing"}')) === 0 ? true : undefined,
      );
      await sandbox.stop("prometheus-open", 3_000);
    });
  });

  it("is refused nothing by the API server, and cannot read an app's Secrets", async () => {
    assert.doesNotMatch(readFileSync(sandbox.log(CONTROLLER), "utf8"), /forbidden|cannot (list|watch|get)/i);
    const kubeconfig = await sandbox.kubeconfigOf(namespace, "kube-prometheus-stack-operator");
    const own = KubeClient.fromKubeconfig(kubeconfig);
    const secrets = { apiVersion: "v1", kind: "Secret" };
    assert.ok((await own.list(secrets, { namespace })).length > 0);
    await assert.rejects(own.list(secrets, { namespace: plan.suite[0]?.namespace ?? "" }), /forbidden/);
    await assert.rejects(own.list(secrets), /forbidden/);
    own.close();
  });
});
