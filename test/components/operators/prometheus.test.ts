import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { singleFlows } from "../../../suite/flow";
import type { OperatorPlan } from "../../../components/operators/frame/define";
import type { OperatorSettings } from "../../../config/load";
import { operatorSettings } from "../../../components/operators/frame/settings";
import { planOperators, type StackFacts } from "../../../components/operators/frame/stack";
import { facts, required } from "./support";
import { needTools } from "../../support/needs";

const run = promisify(execFile);

function planOf(operator: string, settings: OperatorSettings, stack: StackFacts = facts): OperatorPlan {
  const given = operatorSettings(settings);
  assert.ok(given.success, JSON.stringify(given.error?.issues));
  const found = planOperators(given.data, stack).find(({ plan }) => plan.operator === operator);
  assert.ok(found, operator);
  return found.plan;
}

const toNodes = (plan: OperatorPlan) =>
  singleFlows(plan.flows)
    .filter(({ to }) => to.kind === "nodes")
    .flatMap(({ ports }) => ports ?? []);

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? new Map(Object.entries(inner)).get(key) : undefined),
    value,
  );
}

const receiver = { type: "webhook" } as const;
const controlPlane = { kubeEtcd: 2381, kubeControllerManager: 10_257, kubeScheduler: 10_259 };

describe("metrics of the control plane", () => {
  const on = { ...required, prometheus: { receiver, controlPlaneMetrics: true } };

  it("are left alone where nobody said that they can be reached: their alerts would never end", () => {
    const plan = planOf("prometheus", required);
    for (const [part, port] of Object.entries(controlPlane)) {
      assert.equal(at(plan.chart?.values, part, "enabled"), false, part);
      assert.ok(!toNodes(plan).includes(port), part);
    }
  });

  it("are monitored through a flow of their own where they can be", () => {
    const plan = planOf("prometheus", on);
    for (const [part, port] of Object.entries(controlPlane)) {
      assert.notEqual(at(plan.chart?.values, part, "enabled"), false, part);
      assert.ok(toNodes(plan).includes(port), part);
    }
  });

  it("are the provider's where the provider runs the control plane", () => {
    const plan = planOf("prometheus", on, { ...facts, cluster: { ...facts.cluster, managedControlPlane: true } });
    assert.equal(at(plan.chart?.values, "kubeEtcd", "enabled"), false);
    assert.ok(!toNodes(plan).includes(controlPlane.kubeEtcd));
  });
});

describe("what asks for Prometheus' token", () => {
  const jobs = (settings: OperatorSettings) =>
    [
      at(planOf("prometheus", settings).chart?.values, "prometheus", "prometheusSpec", "additionalScrapeConfigs"),
    ].flat();
  const on = { ...required, prometheus: { receiver, controlPlaneMetrics: true } };

  it("is scraped by jobs of the platform, with the labels that the chart's rules look for", () => {
    const labelled = (job: unknown): unknown =>
      [at(job, "relabel_configs")].flat().find((each) => at(each, "target_label") === "job");
    const named = (settings: OperatorSettings) =>
      [...new Set(jobs(settings).map((job) => at(labelled(job), "replacement") ?? at(job, "job_name")))].sort();
    assert.deepEqual(named(required), ["apiserver", "kubelet"]);
    assert.deepEqual(named(on), ["apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"]);
    const paths = jobs(required).map((job) => at(job, "metrics_path"));
    assert.deepEqual(paths, [undefined, "/metrics", "/metrics/cadvisor", "/metrics/probes"]);
  });

  it("is asked with the token over TLS only", () => {
    for (const job of jobs(on)) {
      assert.equal(at(job, "scheme"), "https");
      assert.match(String(at(job, "authorization", "credentials_file")), /serviceaccount\/token$/);
      assert.match(String(at(job, "tls_config", "ca_file")), /ca\.crt$/);
    }
  });

  it("has no monitor of the chart beside it, which would never be read", () => {
    for (const part of ["kubeApiServer", "kubelet", "kubeScheduler", "kubeControllerManager"]) {
      assert.equal(at(planOf("prometheus", on).chart?.values, part, "serviceMonitor", "enabled"), false, part);
    }
  });

  it("is written as Prometheus reads it", async function () {
    const { promtool } = await needTools(this, "promtool");
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "scrapes-"));
    try {
      const file = path.join(folder, "prometheus.yaml");
      fs.writeFileSync(file, stringify({ scrape_configs: jobs(on) }));
      const { stdout } = await run(promtool, ["check", "config", "--syntax-only", "--lint=all", file]);
      assert.match(stdout, /SUCCESS/);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("the dead man's switch", () => {
  const mail = {
    type: "email",
    to: "dienst@example.nl",
    from: "alerts@example.nl",
    smarthost: "smtp.example.nl:587",
  } as const;
  for (const [name, settings] of Object.entries({
    "by webhook": { receiver },
    "by mail": { receiver: mail },
    "by mail, with its host named": { receiver: mail, deadMansSwitch: "https://dms.example.nl:8443" },
  })) {
    it(`can be reached by Alertmanager: alerts ${name}`, () => {
      const flows = singleFlows(planOf("prometheus", { ...required, prometheus: settings }).flows);
      const called = flows.filter(({ to }) => to.kind === "address" && to.name === "dead-mans-switch");
      assert.deepEqual(
        called.map(({ from, ports }) => [from.kind === "operator" ? from.pods?.name : from.kind, ports]),
        [["alertmanager", ["deadMansSwitch" in settings ? 8443 : 443]]],
      );
    });
  }
});

describe("the ingress controller's metrics", () => {
  const monitors = (stack: StackFacts) =>
    planOf("edge", required, stack).after.filter(({ kind }) => kind === "ScrapeConfig");

  it("are read from the pods that the stack names, through a flow", () => {
    const stack = { ...facts, ingressNamespace: "kube-system", ingressPodLabels: { app: "rke2-traefik" } };
    const [monitor] = monitors(stack);
    assert.equal(monitor?.metadata.namespace, facts.monitoringNamespace);
    const [found] = [at(monitor, "spec", "kubernetesSDConfigs")].flat();
    assert.deepEqual(at(found, "namespaces", "names"), ["kube-system"]);
    const kept = [at(monitor, "spec", "relabelings")].flat().filter((each) => at(each, "action") === "keep");
    assert.ok(
      kept.some(
        (each) =>
          at(each, "regex") === "rke2-traefik" &&
          String(at(each, "sourceLabels")) === "__meta_kubernetes_pod_label_app",
      ),
    );
    const flows = singleFlows(planOf("edge", required, stack).flows);
    assert.deepEqual(
      flows.map(({ from, to, ports }) => [from.kind, to.kind, ports]),
      [["monitoring", "ingressController", [9100]]],
    );
  });

  it("are OpenShift's own affair for its router", () => {
    assert.deepEqual(monitors({ ...facts, edgeController: "haproxy-openshift" }), []);
  });

  it("keep the label that names the app: alerts and dashboards read `service`", () => {
    const [monitor] = monitors(facts);
    // A target with a label `service` of its own pushes the router's aside, as those of ServiceMonitors do.
    const written = [at(monitor, "spec", "relabelings")].flat().flatMap((each) => at(each, "targetLabel") ?? []);
    assert.deepEqual(written, ["job", "namespace", "pod", "container"]);
  });
});

describe("the network plugin's metrics", () => {
  const relabelingsOf = (cni: string) => {
    const monitor = planOf("cni", required, { ...facts, cni }).after.find(({ kind }) => kind === "ScrapeConfig");
    return [at(monitor, "spec", "relabelings")].flat();
  };
  const keptPorts = (cni: string) =>
    relabelingsOf(cni)
      .filter((each) => String(at(each, "sourceLabels")) === "__meta_kubernetes_pod_container_port_name")
      .map((each) => at(each, "regex"));
  const open = (cni: string) => toNodes(planOf("cni", required, { ...facts, cni }));

  it("are read from Calico's agents, which declare no port, at the port that the flow opens", () => {
    assert.deepEqual(keptPorts("calico"), []);
    const relabelings = relabelingsOf("calico");
    const address = relabelings.find((each) => at(each, "targetLabel") === "__address__");
    assert.deepEqual(
      open("calico").map((port) => (typeof port === "number" ? `$1:${port}` : port)),
      [at(address, "replacement")],
    );
    // One target of the pod's several containers, or each would be counted several times.
    assert.ok(relabelings.some((each) => at(each, "action") === "keep" && at(each, "regex") === "calico-node"));
  });

  it("are read from Cilium's agents at the port that its chart names", () => {
    assert.deepEqual(keptPorts("cilium"), ["prometheus"]);
    assert.deepEqual(open("cilium"), [9962]);
  });
});
