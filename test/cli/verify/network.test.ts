import assert from "node:assert/strict";
import type { Flow } from "../../../suite/flow";
import { networkSettings } from "../../../config/network";
import { label } from "../../../lib/labels";
import type { World, WorkloadPods } from "../../../cli/verify/endpoints";
import { judgeNetwork } from "../../../cli/verify/network";
import type { NetworkPolicy } from "../../../cli/verify/reachability";

const settings = networkSettings.parse({
  podCidrs: ["10.244.0.0/16"],
  serviceCidrs: ["10.96.0.0/16"],
  controlPlaneCidrs: ["10.0.0.10/32"],
});
const workload = (app: "docs" | "drive", part: string, port = 8000): WorkloadPods => ({
  app,
  name: `${app}/${part}`,
  namespace: `mijnbureau-${app}`,
  labels: { part },
  ports: [{ name: "http", port, protocol: "TCP" }],
});
const world: World = {
  settings,
  monitoringNamespace: "monitoring",
  workloads: [workload("docs", "api"), workload("docs", "web"), workload("drive", "api")],
  namespaceLabels: new Map(),
};
const part = (app: "docs" | "drive", name: string) =>
  ({ kind: "app", app, pods: { name, labels: { part: name } } }) as const;
const flow: Flow = {
  from: part("docs", "web"),
  to: part("drive", "api"),
  ports: [8000],
  why: "because",
  source: "here",
};

const policy = (owner: "platform" | "suite", namespace: string, spec: NetworkPolicy["spec"]): NetworkPolicy => ({
  metadata: { name: `${owner}-policy`, namespace, labels: owner === "platform" ? { [label.managed]: "true" } : {} },
  spec,
});
const both = ["Ingress", "Egress"];
const denyAll = ["mijnbureau-docs", "mijnbureau-drive"].map((namespace) =>
  policy("platform", namespace, { policyTypes: both }),
);
const dns = ["mijnbureau-docs", "mijnbureau-drive"].map((namespace) =>
  policy("platform", namespace, {
    policyTypes: ["Egress"],
    egress: [
      {
        to: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
            podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
          },
        ],
        ports: [{ port: 53 }, { port: 53, protocol: "UDP" }],
      },
    ],
  }),
);
const peer = (app: string, name: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": `mijnbureau-${app}` } },
  podSelector: { matchLabels: { part: name } },
});
const egress = policy("platform", "mijnbureau-docs", {
  podSelector: { matchLabels: { part: "web" } },
  policyTypes: ["Egress"],
  egress: [{ to: [peer("drive", "api")], ports: [{ port: 8000 }] }],
});
const ingress = policy("platform", "mijnbureau-drive", {
  podSelector: { matchLabels: { part: "api" } },
  policyTypes: ["Ingress"],
  ingress: [{ from: [peer("docs", "web")], ports: [{ port: 8000 }] }],
});
const exact = [...denyAll, ...dns, egress, ingress];

describe("the network of a stack", () => {
  it("has its flows allowed and nothing beyond, where policies are exact", () => {
    const report = judgeNetwork([flow], exact, world);
    assert.deepEqual(
      report.flows.map(({ verdict, from, to }) => [verdict, from, to]),
      [
        ["allowed", "docs/web", "drive/api"],
        ["allowed", "every pod", "cluster DNS"],
      ],
    );
    assert.deepEqual(report.beyond, []);
  });

  it("names the side that blocks a flow, and the policies there", () => {
    const withoutIngress = judgeNetwork([flow], [...denyAll, ...dns, egress], world).flows[0];
    assert.equal(withoutIngress?.verdict, "blocked");
    assert.deepEqual(withoutIngress?.blocked, [
      "docs/web -> drive/api: no ingress policy of drive/api allows 8000 (platform-policy)",
    ]);
    const [neither] = judgeNetwork([flow], [...denyAll, ...dns], world).flows;
    assert.match(neither?.blocked[0] ?? "", /no egress policy of docs\/web .*; no ingress policy of drive\/api/);
  });

  it("blocks a flow when one of several pods or ports is shut out", () => {
    const wide: Flow = { ...flow, ports: [8000, 9000] };
    const [row] = judgeNetwork([wide], exact, world).flows;
    assert.match(row?.blocked.join() ?? "", /allows 9000/);
    const all: Flow = { ...flow, from: { kind: "app", app: "docs", pods: { name: "all", labels: {} } } };
    const [second] = judgeNetwork([all], exact, world).flows;
    assert.deepEqual(
      second?.blocked.map((text) => text.split(" ->")[0]),
      ["docs/api"],
    );
  });

  it("calls a flow absent whose pods or service are not there", () => {
    const nobody: Flow = { ...flow, to: part("drive", "ghost") };
    const mail: Flow = { from: part("docs", "web"), to: { kind: "smtp" }, why: "mail", source: "here" };
    const rows = judgeNetwork([nobody, mail], exact, world).flows;
    assert.deepEqual(
      rows.map(({ verdict }) => verdict),
      ["absent", "absent", "allowed"],
    );
  });

  it("leaves out flows whose condition does not hold", () => {
    const quiet = { ...world, settings: networkSettings.parse({ ...settings, monitoring: { metrics: false } }) };
    const scrape: Flow = {
      from: { kind: "monitoring" },
      to: part("docs", "web"),
      ports: [9090],
      why: "m",
      source: "s",
      when: ["metrics"],
    };
    const reasons = (given: World) => judgeNetwork([scrape], exact, given).flows.map(({ why }) => why);
    assert.ok(!reasons(quiet).includes("m"));
    assert.deepEqual(reasons(world).sort(), [...reasons(quiet), "m"].sort());
  });

  it("reports what the suite's own policies open, with their names, as explained", () => {
    const open = policy("suite", "mijnbureau-drive", {
      podSelector: {},
      policyTypes: ["Ingress"],
      ingress: [{ ports: [{ port: 8000 }, { port: 9000 }] }],
    });
    const { beyond } = judgeNetwork([flow], [...exact, open], world);
    const [row] = beyond;
    assert.deepEqual(beyond, [row]);
    assert.equal(row?.to, "drive/api");
    assert.equal(row?.ports, "8000, 9000");
    assert.equal(row?.listening, "8000");
    assert.equal(row?.cause, "suite");
    assert.deepEqual(row?.policies, ["mijnbureau-drive/suite-policy"]);
    assert.ok(row?.explanation);
    assert.ok(row?.from.includes("any other pod of the cluster") && row.from.includes("internet (IPv4)"));
    assert.ok(!row?.from.includes("docs/web"), "its egress is closed for 9000");
  });

  it("reports what the platform itself opens beyond the table as unexplained", () => {
    const tooWide = policy("platform", "mijnbureau-docs", {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        {
          to: [
            {
              ipBlock: {
                cidr: "0.0.0.0/0",
                except: ["10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],
              },
            },
          ],
        },
      ],
    });
    const { beyond } = judgeNetwork([flow], [...exact, tooWide], world);
    assert.deepEqual(
      beyond.map(({ from, to, ports, cause, explanation }) => ({ from, to, ports, cause, explanation })),
      [
        {
          from: ["docs/api", "docs/web"],
          to: "internet (IPv4)",
          ports: "all ports",
          cause: "platform",
          explanation: undefined,
        },
      ],
    );
  });

  it("reports pods that no policy selects", () => {
    const { beyond } = judgeNetwork([flow], exact.slice(1), world);
    const toDocs = beyond.filter(({ to }) => to === "docs/api");
    assert.ok(toDocs.length > 0);
    assert.ok(
      toDocs.every(
        ({ cause, policies }) => cause === "platform" && policies.includes("no ingress policy selects docs/api"),
      ),
    );
  });

  it("blames the platform, not the suite's open policy, where the other end has no policy at all", () => {
    const open = policy("suite", "mijnbureau-drive", {
      policyTypes: ["Ingress"],
      ingress: [{ ports: [{ port: 9000 }] }],
    });
    const withoutDenyOfDocs = [...exact.slice(1).filter((one) => one !== egress && one !== dns[0]), open];
    const { beyond } = judgeNetwork([flow], withoutDenyOfDocs, world);
    const row = beyond.find(({ from, to }) => from.includes("docs/api") && to === "drive/api");
    assert.deepEqual([row?.ports, row?.cause, row?.explanation], ["9000", "platform", undefined]);
    assert.ok(row?.policies.includes("no egress policy selects docs/api"));
  });

  it("looks for the API server where it is, not where the settings say", () => {
    const api: Flow = { from: part("docs", "web"), to: { kind: "kubeApi" }, why: "w", source: "s" };
    const out = policy("platform", "mijnbureau-docs", {
      podSelector: { matchLabels: { part: "web" } },
      policyTypes: ["Egress"],
      egress: [{ to: [{ ipBlock: { cidr: "10.0.0.10/32" } }], ports: [{ port: 443 }, { port: 6443 }] }],
    });
    assert.equal(judgeNetwork([api], [...exact, out], world).flows[0]?.verdict, "allowed");
    const moved = { ...world, apiServerAddresses: ["10.0.0.11"] };
    assert.equal(judgeNetwork([api], [...exact, out], moved).flows[0]?.verdict, "blocked");
  });

  it("asks for the datastore that was given, whatever the settings say", () => {
    const bundled: WorkloadPods = {
      ...workload("docs", "store", 5432),
      labels: { "app.kubernetes.io/name": "postgresql", "app.kubernetes.io/component": "primary" },
    };
    const cnpg: WorkloadPods = { ...workload("docs", "cluster", 5432), labels: { "cnpg.io/cluster": "docs-cluster" } };
    const data: Flow = {
      from: part("docs", "api"),
      to: { kind: "datastore", app: "docs", store: "postgres" },
      why: "w",
      source: "s",
    };
    const judged = (workloads: readonly WorkloadPods[]) =>
      judgeNetwork([data], exact, { ...world, workloads: [...world.workloads, ...workloads] }).flows[0];
    assert.equal(judged([])?.verdict, "absent");
    assert.match(judged([bundled])?.blocked[0] ?? "", /docs\/api -> docs\/store: .*allows 5432/);
    assert.match(judged([cnpg])?.blocked[0] ?? "", /docs\/api -> docs\/cluster: .*allows 5432/);
  });
});
