import assert from "node:assert/strict";
import { parseArguments } from "../../../cli/verify/arguments";
import type { BeyondRow, Report, WorkloadRow } from "../../../cli/verify/model";
import { failuresOf, isClean, renderReport } from "../../../cli/verify/render";
import { kubeconfigOf } from "../../../cli/verify/stack";
import { explain } from "../../../cli/verify/upstream";

const explanation = { why: "known", source: "somewhere" };
const workload: WorkloadRow = {
  app: "docs",
  namespace: "mijnbureau-docs",
  kind: "Deployment",
  name: "docs-backend",
  object: "admitted",
  pods: "admitted",
  state: "1/1",
  problems: [],
};
const clean: Report = {
  server: "v1.36.3",
  stack: "dev",
  objects: { given: 1, admitted: 1 },
  workloads: [workload],
  otherObjects: [],
  flows: [{ from: "a", to: "b", ports: "1", verdict: "allowed", why: "w", source: "s", blocked: [] }],
  beyond: [],
  problems: [],
  notes: [],
};
const beyond: BeyondRow = {
  from: ["docs/web", "internet (IPv4)"],
  to: "drive/api",
  ports: "8000",
  listening: "8000",
  cause: "suite",
  policies: ["x/y"],
};

describe("the report", () => {
  it("is clean when everything is admitted, ready, allowed or explained", () => {
    assert.ok(isClean(failuresOf(clean)));
    assert.ok(isClean(failuresOf({ ...clean, beyond: [{ ...beyond, explanation }] })));
    const other = {
      app: undefined,
      namespace: "velero",
      kind: "Schedule",
      name: "x",
      problem: { kind: "refused", text: "t", explanation },
    } as const;
    assert.ok(isClean(failuresOf({ ...clean, otherObjects: [other] })));
    assert.ok(
      !isClean(failuresOf({ ...clean, otherObjects: [{ ...other, problem: { kind: "refused", text: "t" } }] })),
    );
  });

  it("fails on refused workloads even where the cause is known", () => {
    const refused: WorkloadRow = {
      ...workload,
      pods: "refused",
      state: "-",
      problems: [{ kind: "pods refused", text: "t", explanation }],
    };
    assert.deepEqual(failuresOf({ ...clean, workloads: [refused] }), {
      refused: 1,
      notReady: 0,
      blocked: 0,
      unexplained: 0,
    });
    assert.equal(failuresOf({ ...clean, workloads: [{ ...refused, object: "refused", pods: "admitted" }] }).refused, 1);
    const test: WorkloadRow = { ...refused, kind: "Pod", state: "on helm test" };
    assert.ok(isClean(failuresOf({ ...clean, workloads: [test] })));
  });

  it("fails on blocked flows, unready pods and whatever nobody can explain", () => {
    const [flow] = clean.flows;
    assert.ok(flow);
    assert.equal(failuresOf({ ...clean, flows: [{ ...flow, verdict: "blocked" }] }).blocked, 1);
    assert.equal(failuresOf({ ...clean, flows: [{ ...flow, verdict: "absent" }] }).blocked, 0);
    assert.equal(failuresOf({ ...clean, beyond: [beyond] }).unexplained, 1);
    assert.equal(failuresOf({ ...clean, problems: ["x.yaml: cannot be read"] }).unexplained, 1);
    const waiting: WorkloadRow = { ...workload, problems: [{ kind: "not ready", text: "no node" }] };
    assert.deepEqual(failuresOf({ ...clean, workloads: [waiting] }), {
      refused: 0,
      notReady: 1,
      blocked: 0,
      unexplained: 1,
    });
  });

  it("marks in words what is unexplained, and gives the cause of the rest", () => {
    const text = renderReport({
      ...clean,
      workloads: [
        {
          ...workload,
          problems: [
            { kind: "dangling reference", text: "Secret s" },
            { kind: "not ready", text: "r", explanation },
          ],
        },
      ],
    });
    assert.match(text, /dangling reference: Secret s\n {6}UNEXPLAINED/);
    assert.match(text, /not ready: r\n {6}because: known \(somewhere\)/);
    assert.match(text, /1 unexplained$/);
    assert.doesNotMatch(renderReport(clean), /UNEXPLAINED/);
  });

  it("sums up what is open beyond the table from the side that is open", () => {
    const everywhere = ["internet (IPv4)", "any other pod", "Prometheus"];
    const rows: BeyondRow[] = [
      { ...beyond, from: everywhere, to: "drive/api", explanation },
      { ...beyond, from: everywhere.slice(0, 2), to: "docs/web", explanation },
      {
        ...beyond,
        from: ["docs/a", "docs/b", "docs/c", "drive/d", "drive/e"],
        to: "docs/web",
        ports: "9000",
        explanation,
      },
      { ...beyond, from: ["docs/web"], to: "Prometheus", ports: "all ports", explanation },
    ];
    const text = renderReport({ ...clean, beyond: rows });
    assert.match(text, /Out of the suite:\n {4}docs\/web\n {6}all ports to Prometheus/);
    assert.match(text, /drive\/api\n {6}8000 from everything outside the suite\n/);
    assert.match(text, /docs\/web\n {6}8000 from internet \(IPv4\), any other pod\n/);
    assert.match(text, /9000 from 5 workloads \(docs, drive\)/);
  });
});

describe("known defects", () => {
  it("explain a refusal by Pod Security and nothing else about the same workload", () => {
    const element = { app: "element", kind: "Deployment", name: "element-web" } as const;
    assert.ok(explain({ kind: "pods refused", text: 'violates PodSecurity "restricted:v1.33": x' }, element));
    assert.ok(
      explain({ kind: "refused", text: "denied request: [pod-security/seccomp-profile-restricted] x" }, element),
    );
    assert.equal(explain({ kind: "pods refused", text: "exceeded quota: platform" }, element), undefined);
    assert.equal(
      explain({ kind: "not ready", text: 'violates PodSecurity "restricted:v1.33": x' }, element),
      undefined,
    );
    const other = { app: "element", kind: "Deployment", name: "synapse" } as const;
    assert.equal(
      explain({ kind: "pods refused", text: 'violates PodSecurity "restricted:v1.33": x' }, other),
      undefined,
    );
  });

  it("explain the two Secrets that openproject names and does not render, and no third", () => {
    const web = { app: "openproject", kind: "Deployment", name: "openproject-web" } as const;
    const dangling = (name: string) =>
      explain({ kind: "dangling reference", text: `Secret ${name} (container a) does not exist` }, web);
    assert.ok(dangling("hocuspocus-secret-auto-generated"));
    assert.ok(dangling("openproject-cron-environment"));
    assert.equal(dangling("openproject-core"), undefined);
  });
});

describe("arguments", () => {
  const wrong = (argv: readonly string[]): string => {
    const parsed = parseArguments(argv);
    assert.ok(typeof parsed === "string");
    return parsed;
  };

  it("have defaults, and say what is wrong", () => {
    const parsed = parseArguments(["dir", "--json", "--timeout", "5"]);
    assert.ok(typeof parsed !== "string");
    assert.deepEqual([parsed.paths, parsed.json, parsed.timeoutMs, parsed.stack], [["dir"], true, 5000, "dev"]);
    assert.match(wrong([]), /give the directory/);
    assert.match(wrong(["d", "--timeout", "soon"]), /--timeout soon: is not a number/);
    assert.match(wrong(["d", "--keep", "--delete"]), /contradict/);
    assert.match(wrong(["d", "--what"]), /--what/);
  });

  it("name the kubeconfig, else the stack does, else where kubectl looks", () => {
    const of = (given: string | undefined, own: object): string | undefined =>
      kubeconfigOf(given, { cluster: { ...defaults, ...own } }, "/project");
    const cluster = { kubeconfig: ".pulumi-dev/kubeconfig" };
    assert.equal(of("/given", cluster), "/given");
    assert.equal(of(undefined, cluster), "/project/.pulumi-dev/kubeconfig");
    assert.equal(of(undefined, {}), undefined);
  });
});

const defaults = {
  distribution: "kubernetes",
  managedControlPlane: false,
  dedicated: false,
  minimumVersion: "1.33",
  domain: "cluster.local",
  appArmor: false,
  simulatedNodes: false,
  runtimeClasses: {},
} as const;
