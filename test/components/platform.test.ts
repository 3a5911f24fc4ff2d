import assert from "node:assert/strict";
import * as fs from "node:fs";
import type { ClusterFacts } from "../../components/cluster/facts";
import { preflight } from "../../components/cluster/facts";
import { expectationsOf } from "../../components/expectations";
import { planPlatform, type PlatformPlan } from "../../components/plan";
import { stackConfig as configOf } from "../../cli/charts/stack-file";
import type { LoadedConfig } from "../../config/load";
import { label } from "../../config/labels";

const stackConfig = (stack: string): LoadedConfig => configOf(".", stack);

const TODAY = "2026-11-22";

const emptyCluster: ClusterFacts = {
  version: "v1.36.3",
  customResources: new Map(),
  apiServices: new Map(),
  namespaces: new Map(),
  nodes: [],
  daemonSets: ["cilium"],
  admissionResources: [
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
    "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
  ],
};

const stacks = fs
  .readdirSync(".")
  .map((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1])
  .filter((name) => name !== undefined);

/** One line per object that the plan registers itself, and per chart: what a reviewer wants to see change. */
function summary(plan: PlatformPlan): string[] {
  const line = (where: string, object: { kind: string; metadata: { name: string; namespace?: string } }): string =>
    `${where}: ${object.kind} ${object.metadata.namespace === undefined ? "" : `${object.metadata.namespace}/`}${object.metadata.name}`;
  const namespaceLines = (
    where: string,
    namespaces: PlatformPlan["suite"] | PlatformPlan["operators"][number]["namespaces"],
  ) =>
    namespaces.flatMap(({ namespace, identity, limits, networkPolicies, objects }) => [
      `${where}: Namespace ${namespace} ${identity.podSecurity.level} ${identity.podSecurity.version} ${identity.dataClassification} ${identity.backupTier}${identity.holdsData ? " holds-data" : ""}`,
      ...[...limits, ...networkPolicies, ...(objects ?? [])].map((object) => line(where, object)),
    ]);
  return [
    ...plan.priorityClasses.map((object) => line("cluster", object)),
    ...plan.guards.map((object) => line("cluster", object)),
    ...plan.clusterNetwork.map((object) => line("cluster", object)),
    ...plan.admission.map((object) => line("admission", object)),
    ...plan.monitoring.map((object) => line("monitoring", object)),
    ...namespaceLines("suite", plan.suite),
    ...plan.operators.flatMap(({ plan: operator, after, namespaces }) => [
      `${operator.operator}: after ${after.join(", ") || "nothing"}${operator.chart === undefined ? "" : `, chart ${operator.chart.entry}`}`,
      ...namespaceLines(operator.operator, namespaces),
      ...[...operator.before, ...operator.after].map((object) => line(operator.operator, object)),
    ]),
    ...plan.notices.map((notice) => `notice: ${notice}`),
  ];
}

describe("the platform's plan", () => {
  for (const stack of stacks) {
    it(`of ${stack} is what its golden says (UPDATE_GOLDEN=1 writes it)`, () => {
      const file = `test/components/golden/${stack}.txt`;
      const found = `${summary(planPlatform(stackConfig(stack), emptyCluster, TODAY)).join("\n")}\n`;
      if (process.env["UPDATE_GOLDEN"] === "1") fs.writeFileSync(file, found);
      assert.equal(found, fs.readFileSync(file, "utf8"));
    });
  }

  it("is the same for the same configuration", () => {
    const [once, again] = [1, 2].map(() => JSON.stringify(planPlatform(stackConfig("dev"), emptyCluster, TODAY)));
    assert.equal(once, again);
  });

  it("gives every namespace default deny, a quota, a limit range and all three Pod Security modes", () => {
    const plan = planPlatform(stackConfig("prod-nl-west"), emptyCluster, TODAY);
    const namespaces = [...plan.suite, ...plan.operators.flatMap((operator) => operator.namespaces)];
    assert(namespaces.length > 30);
    for (const { namespace, limits, networkPolicies, identity } of namespaces) {
      assert.deepEqual([...new Set(limits.map(({ kind }) => kind))].sort(), ["LimitRange", "ResourceQuota"], namespace);
      const deny = networkPolicies.filter(({ metadata }) => metadata.name === "default-deny");
      assert.equal(deny.length, 1, namespace);
      assert.deepEqual(JSON.parse(JSON.stringify(deny[0]?.["spec"])), {
        podSelector: {},
        policyTypes: ["Ingress", "Egress"],
      });
      assert.match(identity.podSecurity.version, /^v1\.\d+$/);
    }
  });

  it("puts the platform's label on every object that it owns", () => {
    const plan = planPlatform(stackConfig("prod-nl-west"), emptyCluster, TODAY);
    const objects = [
      ...plan.guards,
      ...plan.admission,
      ...plan.rules,
      ...plan.priorityClasses,
      ...plan.suite.flatMap(({ limits, networkPolicies, objects: more }) => [
        ...limits,
        ...networkPolicies,
        ...(more ?? []),
      ]),
    ];
    for (const { kind, metadata } of objects)
      assert.equal(metadata.labels?.[label.managed], "true", `${kind} ${metadata.name}`);
  });

  it("has no trace of an app that is off", () => {
    const config = stackConfig("dev");
    const without: LoadedConfig = {
      ...config,
      apps: { ...config.apps, grist: { ...config.apps.grist, enabled: false } },
    };
    assert.match(JSON.stringify(planPlatform(config, emptyCluster, TODAY)), /mijnbureau-grist/);
    assert.doesNotMatch(JSON.stringify(planPlatform(without, emptyCluster, TODAY)), /mijnbureau-grist/);
  });

  it("keeps the suite at restricted whatever the operators need", () => {
    const { suite } = planPlatform(stackConfig("dev"), emptyCluster, TODAY);
    assert(suite.every(({ identity }) => identity.podSecurity.level === "restricted"));
  });

  it("keeps the hosts of operators from the suite as well", () => {
    const config = stackConfig("prod-nl-west");
    const prometheus = { ...(config.operators["prometheus"] as object), grafanaHost: "grafana.example.nl" };
    const { guards } = planPlatform({ ...config, operators: { ...config.operators, prometheus } }, emptyCluster, TODAY);
    const owners = JSON.stringify({ "grafana.example.nl": config.monitoring.namespace }).slice(0, -1);
    assert(guards.some(({ spec }) => JSON.stringify(spec).includes(JSON.stringify(owners).slice(1, -1))));
  });

  it("leaves expired exemptions out of the API server's policies", () => {
    const config = stackConfig("dev");
    const exempted = (today: string): boolean =>
      planPlatform(config, emptyCluster, today).rules.some((rule) => JSON.stringify(rule).includes("'falco'"));
    assert.equal(exempted("2027-06-30"), true);
    assert.equal(exempted("2027-07-01"), false);
  });
});

describe("preflight", () => {
  const expected = expectationsOf(stackConfig("prod-nl-west"), emptyCluster);

  it("accepts a cluster that has everything", () => {
    assert.deepEqual(preflight(expected, emptyCluster).errors, []);
  });

  it("says which of everything is missing, all at once", () => {
    const { errors } = preflight(
      {
        ...expected,
        podSecurityVersion: "v1.37",
        runtimeHandlers: [{ key: "apps.grist.runtimeClass", handler: "runsc" }],
      },
      {
        ...emptyCluster,
        version: "v1.29.4",
        daemonSets: ["kube-flannel-ds"],
        admissionResources: ["mutatingwebhookconfigurations"],
        namespaces: new Map([["mijnbureau-docs", false]]),
        nodes: [{ name: "n", zone: "z", architecture: "amd64", runtimeHandlers: ["runc"] }],
      },
    );
    const wanted = [
      /v1\.29\.4 is older/,
      /podSecurity\.version/,
      /validatingadmissionpolicies/,
      /flannel does not enforce/,
      /mijnbureau-docs" exists/,
      /runsc/,
    ];
    assert.equal(errors.length, wanted.length, errors.join("\n"));
    for (const pattern of wanted)
      assert(
        errors.some((error) => pattern.test(error)),
        `${String(pattern)} in\n${errors.join("\n")}`,
      );
  });

  it("takes Canal for a plugin that enforces policies", () => {
    const facts = { ...emptyCluster, daemonSets: ["kube-flannel-ds", "calico-node"] };
    assert.deepEqual(preflight(expected, facts).errors, []);
  });
});
